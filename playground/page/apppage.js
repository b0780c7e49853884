// The app's page: its Home tab, and the messages between it and the viewer.
import { html, useEffect, useState } from "./lib.js";
import { perform } from "./actions.js";
import { Blocks } from "./blocks.js";
import { ChannelPane } from "./channel.js";
import { loadScreen } from "./data.js";
import { HostContext, useNewHost } from "./host.js";
import { Avatar, botName, isAppDm } from "./people.js";
import { go } from "./route.js";
import { state, useStore } from "./store.js";

function HomeView({ view }) {
  const [errors, setErrors] = useState({});
  const host = useNewHost({ kind: "home", container: { view: view.id }, blocks: view.blocks, held: view.state, errors, setErrors });
  return html`<${HostContext.Provider} value=${host}><div class="home-view"><${Blocks} blocks=${view.blocks} /></div><//>`;
}

function Home() {
  const user = useStore((s) => s.route.user);
  const home = useStore((s) => s.screen?.home);
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    setAsked(false);
    perform("open_home", { tab: "home" }).finally(() => {
      setAsked(true);
      loadScreen().catch(() => {});
    });
  }, [user]);
  return html`<div class="home-scroll" data-qa="home" role="tabpanel" aria-label="Home">
    ${home?.blocks ? html`<${HomeView} key=${home.id} view=${home} />`
      : html`<div class="home-empty"><${Avatar} id=${state.workspace.bot.user_id} size=${56} /><h2>${botName()}</h2>
        <p role="status">${asked ? "The app has not published anything here yet." : "Loading…"}</p></div>`}
  </div>`;
}

export function AppPage() {
  const route = useStore((s) => s.route);
  const dm = useStore((s) => (s.screen?.dms ?? []).find(isAppDm));
  const tab = route.place === "home" ? "home" : "messages";
  const unread = dm?.unread ?? 0;
  useEffect(() => {
    // Slack tells the app about this tab too; the conversation exists from then on.
    if (tab === "messages") perform("open_home", { tab }).then(() => loadScreen().catch(() => {}));
  }, [tab, route.user]);
  return html`
    <header class="pane-header"><div class="title-plain"><${Avatar} id=${state.workspace.bot.user_id} size=${26} /><h1>${botName()}</h1><span class="app-badge">APP</span></div></header>
    <div class="tabs" role="tablist" aria-label=${botName()}>
      <button type="button" role="tab" aria-selected=${tab === "home"} onClick=${() => go({ place: "home" })}>Home</button>
      <button type="button" role="tab" aria-selected=${tab === "messages"} onClick=${() => go({ place: dm ? dm.id : "app-messages" })}>Messages${unread > 0 && tab === "home" && html`<span class="badge">${unread}</span>`}</button>
    </div>
    ${tab === "home" ? html`<${Home} />`
      : dm ? html`<${ChannelPane} channel=${dm} />`
      : html`<div class="home-empty"><${Avatar} id=${state.workspace.bot.user_id} size=${56} /><h2>${botName()}</h2><p role="status">Loading…</p></div>`}`;
}
