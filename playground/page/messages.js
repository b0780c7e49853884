// A list of messages: days, runs of one author, and a scroll position that stays where it is put.
import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./lib.js";
import { dayKey, dayName } from "./dates.js";
import { Icon } from "./icons.js";
import { authorOf, isSystem, Message } from "./message.js";
import { useViewerZone } from "./people.js";
import { useStore } from "./store.js";

const RUN_SECONDS = 300;

const followsOn = (message, before) =>
  before && authorOf(message) === authorOf(before) && message.username === before.username &&
  !before.ephemeral && !message.ephemeral && !message.pinned && !isSystem(message) && !isSystem(before) &&
  Number(message.ts) - Number(before.ts) < RUN_SECONDS;

/** Replies have their place in the thread, unless they were also sent to the channel. */
export const inChannel = (message) =>
  !message.thread_ts || message.thread_ts === message.ts || message.subtype === "thread_broadcast";

export function MessageList({ messages, inThread, target, top, afterFirst, empty, label }) {
  const zone = useViewerZone();
  const scroller = useRef(null);
  const stuck = useRef(!target); // to the bottom, until somebody scrolls up
  const lastTop = useRef(0);
  const [away, setAway] = useState(false);

  const days = useMemo(() => {
    const out = [];
    let before = null;
    for (const message of messages) {
      const day = dayKey(Number(message.ts), zone);
      if (out.at(-1)?.day !== day) {
        out.push({ day, name: dayName(Number(message.ts), zone), rows: [] });
        before = null;
      }
      const parent = inThread && before?.ts === message.thread_ts; // the first reply names its author again
      out.at(-1).rows.push({ message, compact: Boolean(!parent && followsOn(message, before)) });
      before = message;
    }
    return out;
  }, [messages, zone, inThread]);

  const toBottom = () => {
    const box = scroller.current;
    box.scrollTop = box.scrollHeight;
  };
  useLayoutEffect(() => {
    if (stuck.current) toBottom();
  }, [messages]);
  const sent = useStore((s) => s.sent);
  const sentBefore = useRef(sent);
  useLayoutEffect(() => {
    if (sent === sentBefore.current) return;
    sentBefore.current = sent;
    stuck.current = true;
    toBottom();
  }, [sent]);
  useEffect(() => {
    const box = scroller.current;
    // Pictures and previews arrive later and a window changes its size; the bottom stays the bottom meanwhile.
    const watch = new ResizeObserver(() => stuck.current && toBottom());
    watch.observe(box);
    watch.observe(box.firstElementChild);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    if (!target) return;
    const found = scroller.current.querySelector(`[data-ts="${CSS.escape(target)}"]`);
    if (!found) return;
    stuck.current = false;
    found.scrollIntoView({ block: "center" });
  }, [target, messages.length > 0]);

  const scrolled = () => {
    const box = scroller.current;
    // Growing content moves the bottom away without anybody having scrolled: only going up counts.
    const near = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
    if (near || box.scrollTop < lastTop.current - 2) stuck.current = near;
    lastTop.current = box.scrollTop;
    setAway(!stuck.current);
  };
  const last = messages.at(-1);
  return html`<div class="list-frame">
    <div class="scroller" ref=${scroller} onScroll=${scrolled} data-list role="log" aria-label=${label} tabindex="-1">
      <div class="list">
        ${top}
        ${!messages.length && empty}
        ${days.map(({ day, name, rows }) => html`<section key=${day} class="day">
          ${!inThread && html`<div class="day-name"><span>${name}</span></div>`}
          ${rows.map(({ message, compact }) => [html`<${Message} key=${`${message.ts}${message.ephemeral ? "e" : ""}`} message=${message} compact=${compact}
            inThread=${inThread} target=${message.ts === target} focusable=${message === last} />`,
            message === messages[0] && afterFirst])}
        </section>`)}
      </div>
    </div>
    ${away && html`<button type="button" class="to-bottom" onClick=${() => { stuck.current = true; toBottom(); }}><${Icon} name="down" />Latest messages</button>`}
  </div>`;
}
