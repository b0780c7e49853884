// The drawer with everybody's telephones: what arrives by SMS, and what a call says.
import { html } from "./lib.js";
import * as api from "./api.js";
import { formatDate } from "./dates.js";
import { Icon } from "./icons.js";
import { useViewerZone } from "./people.js";
import { usePolled } from "./polled.js";
import { update } from "./store.js";

const KINDS = { sms: "SMS", voice: "Call" };
const LINK = /(https?:\/\/\S+)/;

export function PhonesDrawer() {
  const zone = useViewerZone();
  const [answer] = usePolled(api.phones);
  const close = () => update({ drawer: null });
  const messages = [...(answer?.messages ?? [])].reverse();
  return html`<aside class="drawer" aria-label="Phones" data-qa="phones" onKeyDown=${(event) => { if (event.key === "Escape") close(); }}>
    <header class="pane-header"><div class="title-plain"><h2>Phones</h2></div>
      <button type="button" class="icon-button" aria-label="Close phones" title="Close" onClick=${close}><${Icon} name="close" /></button></header>
    <div class="drawer-body">
      <p class="quiet">What arrives by SMS and by call, at any number, also while Slack is dead.</p>
      ${answer && !messages.length && html`<p class="quiet">Nothing has arrived yet. Add your number in the app’s Home.</p>`}
      ${messages.map((one) => html`<article key=${one.n} class="phone-message" data-qa="phone-message">
        <header><strong>${KINDS[one.kind]}</strong> to ${one.number}<time>${formatDate(one.at, "{time}", zone)}</time></header>
        ${one.title && html`<h3 dir="auto">${one.title}</h3>`}
        <p dir="auto">${one.text.split(LINK).map((part, i) => (i % 2 ? html`<a href=${part} target="_blank" rel="noreferrer">${part}</a>` : part))}</p>
      </article>`)}
    </div>
  </aside>`;
}
