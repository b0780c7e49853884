import { html, plural, useEffect, useMemo } from "./lib.js";
import { Composer } from "./composer.js";
import { listKey, loadMessages } from "./data.js";
import { Icon } from "./icons.js";
import { MessageList } from "./messages.js";
import { channelTitle } from "./people.js";
import { go } from "./route.js";
import { useStore } from "./store.js";

export function ThreadPane({ channel, thread }) {
  const key = listKey(channel.id, thread);
  const list = useStore((s) => s.lists[key]);
  const user = useStore((s) => s.route.user);
  useEffect(() => {
    loadMessages(channel.id, thread).catch(() => {});
  }, [key, user]);
  const messages = list?.messages ?? [];
  const parent = messages.find((one) => one.ts === thread);
  const replies = useMemo(() => messages.filter((one) => one.ts !== thread), [messages, thread]);
  const name = channel.is_im ? channelTitle(channel) : `#${channel.name}`;
  return html`<aside class="side-pane" data-qa="thread" aria-label="Thread"
      onKeyDown=${(event) => { if (event.key === "Escape" && !event.defaultPrevented) go({}); }}>
    <header class="pane-header"><div class="title-plain"><h2>Thread</h2><span class="topic">${name}</span></div>
      <button type="button" class="icon-button" aria-label="Close thread" title="Close" onClick=${() => go({})}><${Icon} name="close" /></button></header>
    <${MessageList} messages=${messages} inThread label="Thread" key=${key}
      empty=${!list && html`<p class="quiet loading" role="status">Loading…</p>`}
      afterFirst=${replies.length > 0 && html`<p class="thread-count">${plural(replies.length, "reply", "replies")}</p>`}
      top=${list && !parent && html`<p class="quiet loading">This message was deleted.</p>`} />
    <${Composer} channel=${channel.id} thread=${thread} draftKey=${key} placeholder="Reply…" qa="thread-composer" />
  </aside>`;
}
