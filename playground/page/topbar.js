// Search, and who looks: the playground's own addition to what people know.
import { html, useEffect, useRef, useState } from "./lib.js";
import { clock, now } from "./dates.js";
import { Icon } from "./icons.js";
import { Avatar, humans, nameOf, person } from "./people.js";
import { Menu, Opener } from "./popover.js";
import { go } from "./route.js";
import { state, update, useStore } from "./store.js";

function Switcher() {
  const user = useStore((s) => s.route.user);
  useStore((s) => s.workspace);
  const me = person(user);
  return html`<${Opener} class="switcher" qa="person-switch" label=${`You are ${nameOf(me)}. Switch person`} title="See the workspace as someone else"
      content=${html`<${Avatar} id=${user} size=${26} /><span class="switcher-name">${nameOf(me)}</span><${Icon} name="down" />`}>
    ${(anchor, close) => html`<${Menu} anchor=${anchor} onClose=${close} align="end" label="Who am I?" class="people-menu"
      header=${html`<div class="menu-header">See the workspace as</div>`}
      items=${humans().map((one) => ({
        label: nameOf(one), current: one.id === user, value: one.id, icon: html`<${Avatar} id=${one.id} size=${32} />`,
        note: [one.title, one.is_restricted && "guest", clock(now(), one.tz)].filter(Boolean).join(" · "),
        act: () => go({ user: one.id, place: state.route.place }),
      }))} />`}
  <//>`;
}

export function TopBar() {
  const search = useStore((s) => s.search);
  const team = useStore((s) => s.workspace.team?.name ?? "the workspace");
  const [text, setText] = useState(search);
  const timer = useRef(null);
  useEffect(() => {
    if (!search) setText("");
  }, [search]);
  const find = (value) => {
    clearTimeout(timer.current);
    update({ search: value.trim(), side: value.trim() ? "search" : null });
  };
  return html`<header class="topbar">
    <button type="button" class="icon-button menu-button" aria-label="Show channels" onClick=${() => update({ menu: !state.menu })}><${Icon} name="menu" /></button>
    <div class="search" role="search"><${Icon} name="search" />
      <input type="search" aria-label="Search messages" placeholder=${`Search ${team}`} value=${text}
        onInput=${(event) => {
          setText(event.target.value);
          clearTimeout(timer.current);
          const { value } = event.target;
          timer.current = setTimeout(() => find(value), 250);
        }}
        onKeyDown=${(event) => { if (event.key === "Enter") find(text); }} /></div>
    <${Switcher} />
  </header>`;
}
