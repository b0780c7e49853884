// The drawer in which Slack is made to fail, and in which one sees what the bot asked of it.
import { cx, html, useRef, useState } from "./lib.js";
import * as api from "./api.js";
import { parts } from "./dates.js";
import { Icon } from "./icons.js";
import { useViewerZone } from "./people.js";
import { usePolled } from "./polled.js";
import { toast, update } from "./store.js";

const READY_MADE = [
  { title: "Rate limited", note: "429 for the next 10 calls", fault: { on: "*", kind: "ratelimited", times: 10 } },
  { title: "Server errors", note: "500 for the next 5 calls", fault: { on: "*", kind: "status", status: 500, times: 5 } },
  { title: "Slow Slack", note: "every call takes 2 s", fault: { on: "*", kind: "slow", seconds: 2, times: null } },
  { title: "Hanging", note: "the next call is not answered", fault: { on: "*", kind: "hang", times: 1 } },
  { title: "Missing permission", note: "topics are refused until removed", fault: { on: "conversations.setTopic", kind: "error", error: "missing_scope", times: null } },
  { title: "Lose an event", note: "the next one never arrives", fault: { on: "*", kind: "event_lost", times: 1 } },
  { title: "Double an event", note: "the next one arrives twice", fault: { on: "*", kind: "event_twice", times: 1 } },
  { title: "Double a command", note: "the next one is sent twice", fault: { on: "command", kind: "command_twice", times: 1 } },
  { title: "Double a click", note: "the next one is sent twice", fault: { on: "click", kind: "command_twice", times: 1 } },
];

export function FaultsDrawer() {
  const [tab, setTab] = useState("faults");
  const close = () => update({ drawer: null });
  const tabs = [["faults", "Faults"], ["calls", "Calls"], ["deliveries", "Sent to the bot"]];
  return html`<aside class="drawer" aria-label="Faults" data-qa="faults" onKeyDown=${(event) => { if (event.key === "Escape") close(); }}>
    <header class="pane-header"><div class="title-plain"><h2>Faults and calls</h2></div>
      <button type="button" class="icon-button" aria-label="Close faults" title="Close" onClick=${close}><${Icon} name="close" /></button></header>
    <div class="tabs" role="tablist">${tabs.map(([name, title]) => html`<button type="button" key=${name} role="tab" aria-selected=${tab === name} onClick=${() => setTab(name)}>${title}</button>`)}</div>
    ${tab === "faults" ? html`<${Faults} />` : tab === "calls" ? html`<${Calls} />` : html`<${Deliveries} />`}
  </aside>`;
}

function describe(fault) {
  const details = [];
  if (fault.status) details.push(fault.status);
  if (fault.error) details.push(fault.error);
  if (fault.seconds) details.push(`${fault.seconds} s`);
  if (fault.match && Object.keys(fault.match).length) details.push(Object.entries(fault.match).map(([key, value]) => `${key} ${value}`).join(", "));
  const left = fault.times === null || fault.times === undefined ? null : fault.times - (fault.hits ?? 0);
  details.push(left === null ? "until removed" : left <= 0 ? "used up" : `${left} more`);
  return details.join(" · ");
}

function Faults() {
  const [answer, again] = usePolled(api.faults.list);
  const run = async (act) => {
    try {
      await act();
    } catch (error) {
      toast(`That did not work: ${error.message}`, "bad");
    }
    again();
  };
  const active = answer?.faults ?? [];
  const dead = Boolean(answer?.dead);
  return html`<div class="drawer-body">
    <p class="quiet">Make this Slack misbehave, and see how the bot copes.</p>
    <div class="fault-grid">${READY_MADE.map((one) => html`<button type="button" key=${one.title} class="fault" onClick=${() => run(() => api.faults.add(one.fault))}>
      <strong>${one.title}</strong><small>${one.note}</small></button>`)}
      <button type="button" class=${cx("fault", dead && "on")} aria-pressed=${dead} onClick=${() => run(dead ? api.faults.alive : api.faults.dead)}>
        <strong>${dead ? "Bring Slack back" : "Slack is dead"}</strong><small>${dead ? "no call is answered now" : "drops every call until brought back"}</small></button>
      <button type="button" class=${cx("fault", answer?.rate_limits && "on")} aria-pressed=${Boolean(answer?.rate_limits)} onClick=${() => run(() => api.faults.rateLimits(!answer?.rate_limits))}>
        <strong>Real rate limits</strong><small>${answer?.rate_limits ? "as strict as Slack’s tiers now" : "as strict as Slack’s tiers"}</small></button>
    </div>
    <div class="drawer-heading"><h3>Active</h3>${active.length > 0 && html`<button type="button" class="link-button" onClick=${() => run(api.faults.clear)}>Remove all</button>`}</div>
    ${!active.length && html`<p class="quiet">${dead ? "Slack is dead." : "None: Slack works as it should."}</p>`}
    <ul class="fault-list">${active.map((one) => html`<li key=${one.id}><span><strong>${one.kind}</strong> on ${one.on === "*" ? "everything" : html`<code>${one.on}</code>`}<small>${describe(one)}</small></span>
      <button type="button" class="icon-button" aria-label=${`Remove ${one.kind} on ${one.on}`} onClick=${() => run(() => api.faults.remove(one.id))}><${Icon} name="close" /></button></li>`)}</ul>
  </div>`;
}

function when(at, zone) {
  const seconds = typeof at === "number" ? at : Date.parse(at) / 1000;
  if (!Number.isFinite(seconds)) return "";
  const { hour, minute, second } = parts(seconds, zone);
  return `${hour}:${minute}:${second}`;
}

const KEPT = 300;

function Calls() {
  const zone = useViewerZone();
  const kept = useRef({ last: null, calls: [] });
  const [opened, setOpened] = useState(null);
  const [calls] = usePolled(async () => {
    const { last } = kept.current;
    const answer = await api.calls(last);
    if (last !== null && !answer.calls.length) return undefined;
    const fresh = answer.calls.filter((one) => last === null || one.n > last);
    kept.current = { last: fresh.at(-1)?.n ?? last, calls: [...kept.current.calls, ...fresh].slice(-KEPT) };
    return kept.current.calls;
  });
  return html`<div class="drawer-body log" data-qa="calls">
    ${calls && !calls.length && html`<p class="quiet">The bot has not called Slack yet.</p>`}
    ${[...(calls ?? [])].reverse().map((one) => {
      const failed = one.status >= 400 || !one.status || one.answer?.ok === false;
      const result = one.answer?.ok === false ? one.answer.error : one.fault?.kind ?? one.fault ?? "ok";
      return html`<div key=${one.n} class=${failed ? "log-entry failed" : "log-entry"}>
        <button type="button" class="log-row" aria-expanded=${opened === one.n} onClick=${() => setOpened(opened === one.n ? null : one.n)}>
          <span class="log-time">${when(one.at, zone)}</span><span class="log-name">${one.method}</span><span class="log-result">${result}</span><span class="log-status">${one.status ?? "–"}</span></button>
        ${opened === one.n && html`<pre>${JSON.stringify({ args: one.args, answer: one.answer }, null, 2)}</pre>`}
      </div>`;
    })}</div>`;
}

function Deliveries() {
  const [opened, setOpened] = useState(null);
  const [answer] = usePolled(api.deliveries);
  const list = (answer?.deliveries ?? []).slice(-KEPT).reverse();
  return html`<div class="drawer-body log" data-qa="deliveries">
    ${answer && !list.length && html`<p class="quiet">Nothing has been sent to the bot yet.</p>`}
    ${list.map((one) => {
      const failed = !one.status || one.status >= 400;
      return html`<div key=${one.n} class=${failed ? "log-entry failed" : "log-entry"}>
        <button type="button" class="log-row" aria-expanded=${opened === one.n} onClick=${() => setOpened(opened === one.n ? null : one.n)}>
          <span class="log-time">#${one.n}</span><span class="log-name">${one.kind}${one.retry ? ` (retry ${one.retry})` : ""}</span><span class="log-result">${one.took_ms === undefined || one.took_ms === null ? "" : `${Math.round(one.took_ms)} ms`}</span><span class="log-status">${one.status ?? "none"}</span></button>
        ${opened === one.n && html`<pre>${JSON.stringify(one.body, null, 2)}</pre>`}
      </div>`;
    })}</div>`;
}
