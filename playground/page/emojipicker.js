import { html, useEffect, useRef, useState } from "./lib.js";
import { findEmoji, PICKER } from "./emoji.js";
import { Popover } from "./popover.js";

export function EmojiPicker({ anchor, onClose, onPick }) {
  const [query, setQuery] = useState("");
  const input = useRef(null);
  useEffect(() => input.current?.focus({ preventScroll: true }), []);
  const sections = query ? [["Search results", findEmoji(query.replaceAll(":", ""))]] : PICKER;
  const pick = (one) => {
    onClose();
    onPick(one.names[0]);
  };
  return html`<${Popover} anchor=${anchor} onClose=${onClose} align="end" class="emoji-picker" role="dialog" label="Emoji">
    <input ref=${input} class="field" type="search" placeholder="Search all emoji" aria-label="Search all emoji" value=${query}
      onInput=${(event) => setQuery(event.target.value)}
      onKeyDown=${(event) => { if (event.key === "Enter" && sections[0][1][0]) pick(sections[0][1][0]); }} />
    <div class="emoji-sections">${sections.map(([name, list]) => html`
      <div class="emoji-section">${name}</div>
      <div class="emoji-grid">${list.map((one) => html`<button type="button" key=${one.names[0]} aria-label=${one.names[0]} title=${`:${one.names[0]}:`}
        onClick=${() => pick(one)}><span class="emoji">${one.char}</span></button>`)}</div>
      ${query && !list.length && html`<p class="quiet">No emoji is called that here.</p>`}`)}
    </div>
  <//>`;
}
