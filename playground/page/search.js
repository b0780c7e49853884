import { html, plural, useEffect, useState } from "./lib.js";
import * as api from "./api.js";
import { SlackDate } from "./dates.js";
import { Icon } from "./icons.js";
import { authorOf } from "./message.js";
import { Mrkdwn } from "./mrkdwn.js";
import { Avatar, channel, channelTitle, userName, useViewerZone } from "./people.js";
import { go } from "./route.js";
import { update, useStore } from "./store.js";

export function SearchPane() {
  const text = useStore((s) => s.search);
  const user = useStore((s) => s.route.user);
  const zone = useViewerZone();
  const [found, setFound] = useState(null);
  useEffect(() => {
    let dropped = false;
    api.find(user, text).then((answer) => !dropped && setFound([...answer.messages].reverse()), () => !dropped && setFound([]));
    return () => { dropped = true; };
  }, [text, user]);
  const close = () => update({ side: null, search: "" });
  return html`<aside class="side-pane" data-qa="search" aria-label="Search results">
    <header class="pane-header"><div class="title-plain"><h2>Search</h2><span class="topic">${found ? plural(found.length, "result") : ""}</span></div>
      <button type="button" class="icon-button" aria-label="Close search" onClick=${close}><${Icon} name="close" /></button></header>
    <div class="results">${(found ?? []).map((one) => {
      const where = channel(one.channel);
      const reply = one.thread_ts && one.thread_ts !== one.ts;
      return html`<button type="button" class="result" key=${`${one.channel}${one.ts}`} onClick=${() => {
        update({ side: null, search: "" });
        go({ place: one.channel, ...(reply ? { thread: one.thread_ts } : { message: one.ts }) });
      }}>
        <small>${where ? (where.is_im ? channelTitle(where) : `#${where.name}`) : one.channel} · <${SlackDate} ts=${Number(one.ts)} format="{date_short_pretty} at {time}" zone=${zone} /></small>
        <span class="result-row"><${Avatar} id=${authorOf(one)} size=${28} /><span><strong>${userName(authorOf(one))}</strong><${Mrkdwn} text=${one.text || "A message"} /></span></span>
      </button>`;
    })}
    ${found && !found.length && html`<p class="quiet loading">Nothing found for “${text}”.</p>`}</div>
  </aside>`;
}
