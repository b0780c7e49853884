import { html, render, useEffect, useRef } from "./lib.js";
import { AppPage } from "./apppage.js";
import { ChannelHeader, ChannelPane } from "./channel.js";
import { forgetViewer, loadScreen, loadWorkspace } from "./data.js";
import { Dialogs } from "./dialogs.js";
import { FaultsDrawer } from "./faults.js";
import { Icon } from "./icons.js";
import { listen } from "./live.js";
import { Modals } from "./modal.js";
import { channel, humans, isAppDm, person } from "./people.js";
import { format, inside, parse, replace } from "./route.js";
import { PhonesDrawer } from "./phones.js";
import { SearchPane } from "./search.js";
import { nextSection } from "./sections.js";
import { Sidebar } from "./sidebar.js";
import { dismiss, openDialog, state, update, useStore } from "./store.js";
import { ThreadPane } from "./thread.js";
import { TopBar } from "./topbar.js";

const REMEMBERED = "playground-person";

/** Somewhere to be, when the address names nobody or nothing that this person may see. */
function settle() {
  const { route, workspace, screen } = state;
  if (!workspace) return;
  if (!person(route.user) || person(route.user).is_bot) {
    const people = humans();
    const before = people.find((one) => one.id === sessionStorage.getItem(REMEMBERED));
    if (people.length) replace({ user: (before ?? people[0]).id });
    return;
  }
  if (!screen || screen.user.id !== route.user) return;
  if (route.place === "home" || route.place === "app-messages" || channel(route.place)) return;
  const open = workspace.channels.some((one) => one.id === route.place && !one.is_private);
  if (open) return;
  const mine = screen.channels.filter((one) => !one.is_archived && one.is_member !== false);
  const first = mine.find((one) => one.name === "incidents") ?? mine.find((one) => one.name === "general") ?? mine[0];
  replace({ place: first?.id ?? "home", thread: null, message: null });
}

let viewing = null;
function onRoute() {
  const { user } = state.route;
  if (user && user !== viewing) {
    viewing = user;
    forgetViewer();
    sessionStorage.setItem(REMEMBERED, user);
    listen(user);
    loadScreen().then(settle, () => {});
  }
}

async function start() {
  const routed = () => {
    const route = parse(location.hash);
    // A thread takes the side pane back from a search.
    update({ route, menu: false, ...(route.thread ? { side: null } : {}) });
    settle();
    onRoute();
  };
  addEventListener("hashchange", routed);
  addEventListener("keydown", nextSection);
  addEventListener("keydown", (event) => {
    if ((event.metaKey || event.ctrlKey) && event.key === "k") {
      event.preventDefault();
      openDialog({ kind: "browse" });
    }
  });
  const link = location.hash ? null : inside(location.href);
  if (link) history.replaceState(null, "", `/${format({ user: sessionStorage.getItem(REMEMBERED) ?? "-", ...link })}`);
  update({ route: parse(location.hash) });
  for (;;) {
    try {
      await loadWorkspace();
      break;
    } catch {
      update({ trouble: "The playground does not answer yet. Trying again…" });
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
  update({ trouble: null });
  settle();
  onRoute();
}

function Main() {
  const route = useStore((s) => s.route);
  const screen = useStore((s) => s.screen);
  const workspace = useStore((s) => s.workspace);
  const side = useStore((s) => s.side);
  const drawer = useStore((s) => s.drawer);
  useEffect(settle, [screen]);
  const here = channel(route.place) ?? workspace.channels.find((one) => one.id === route.place && !one.is_private);
  const inApp = route.place === "home" || route.place === "app-messages" || (here && isAppDm(here));
  useEffect(() => {
    const place = inApp ? "App" : here ? (here.is_im ? "Direct message" : `#${here.name}`) : "";
    document.title = [place, workspace.team?.name, "Playground"].filter(Boolean).join(" · ");
  }, [here?.name, inApp]);
  if (!screen) return html`<main class="main"><p class="quiet loading" role="status">Loading…</p></main>`;
  const paneOpen = (route.thread && here) || side === "search";
  return html`<main class=${paneOpen ? "main with-pane" : "main"}>
      <div class="primary-pane">${inApp ? html`<${AppPage} />`
        : here ? html`<${ChannelHeader} channel=${here} /><${ChannelPane} channel=${here} />`
        : html`<p class="quiet loading">Choose a channel on the left.</p>`}</div>
      ${side === "search" ? html`<${SearchPane} />` : route.thread && here && html`<${ThreadPane} key=${route.thread} channel=${here} thread=${route.thread} />`}
    </main>
    ${drawer === "faults" && html`<${FaultsDrawer} />`}${drawer === "phones" && html`<${PhonesDrawer} />`}`;
}

function Toasts() {
  const toasts = useStore((s) => s.toasts);
  const box = useRef(null);
  useEffect(() => {
    // Shown anew it comes to lie above a modal that was opened meanwhile.
    box.current.hidePopover?.();
    if (toasts.length) box.current.showPopover?.();
  }, [toasts]);
  return html`<div class="toasts" ref=${box} popover="manual" role="status" aria-live="polite">${toasts.map((one) => html`<div key=${one.id} class=${`toast ${one.tone}`} data-qa="toast">
    <span>${one.text}</span><button type="button" aria-label="Dismiss" onClick=${() => dismiss(one.id)}><${Icon} name="close" /></button></div>`)}</div>`;
}

function App() {
  const workspace = useStore((s) => s.workspace);
  const trouble = useStore((s) => s.trouble);
  const user = useStore((s) => s.route.user);
  const menu = useStore((s) => s.menu);
  if (!workspace || !user) return html`<div class="starting" role="status">${trouble ?? "Loading…"}</div>`;
  return html`<div class="shell">
    <${TopBar} />
    <div class="columns">
      <${Sidebar} />
      ${menu && html`<button type="button" class="scrim" aria-label="Hide channels" onClick=${() => update({ menu: false })}></button>`}
      <${Main} />
    </div>
    <${Modals} /><${Dialogs} /><${Toasts} />
  </div>`;
}

render(html`<${App} />`, document.getElementById("app"));
start();
