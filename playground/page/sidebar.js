import { cx, html } from "./lib.js";
import { Icon } from "./icons.js";
import { Avatar, botName, ChannelIcon, channelTitle, dmPartner, isAppDm } from "./people.js";
import { go } from "./route.js";
import { openDialog, state, update, useStore } from "./store.js";

const DRAWERS = [["phones", "Phones", "phone"], ["faults", "Faults", "bug"]];
const LIVE = { on: "Live", connecting: "Connecting…", off: "Not connected: trying again" };

function Row({ place, current, unread, icon, title, qa, muted }) {
  const href = `#/${state.route.user}/${place}`;
  return html`<a class=${cx("side-row", current && "current", unread > 0 && !current && "unread", muted && "muted")} href=${href} data-qa=${qa}
      aria-current=${current ? "page" : undefined} onClick=${(event) => {
        event.preventDefault();
        update({ menu: false });
        go({ place });
      }}>
    <span class="side-icon">${icon}</span><span class="side-name" dir="auto">${title}</span>
    ${unread > 0 && !current && html`<span class="badge" aria-label=${`${unread} unread`}>${unread > 99 ? "99+" : unread}</span>`}
  </a>`;
}

export function Sidebar() {
  const workspace = useStore((s) => s.workspace);
  const screen = useStore((s) => s.screen);
  const route = useStore((s) => s.route);
  const live = useStore((s) => s.live);
  const drawer = useStore((s) => s.drawer);
  const menu = useStore((s) => s.menu);
  const channels = [...(screen?.channels ?? [])].filter((one) => !one.is_im && !one.is_archived && one.is_member !== false)
    .sort((a, b) => a.name.localeCompare(b.name));
  const archived = (screen?.channels ?? []).find((one) => one.id === route.place && one.is_archived);
  const dms = (screen?.dms ?? []).filter((one) => !isAppDm(one));
  const appDm = (screen?.dms ?? []).find(isAppDm);
  const inApp = route.place === "home" || (appDm && route.place === appDm.id);
  return html`<nav class=${menu ? "sidebar out" : "sidebar"} aria-label="Channels and conversations">
    <div class="workspace-name"><strong>${workspace.team?.name ?? workspace.team ?? "Playground"}</strong>
      <span class=${`live ${live}`} role="status" title=${LIVE[live]} aria-label=${LIVE[live]}></span></div>
    <div class="side-scroll">
      <div class="side-section"><h2>Channels</h2>
        <button type="button" class="side-add" aria-label="Add channels" title="Browse or create channels" onClick=${() => openDialog({ kind: "browse" })}><${Icon} name="plus" /></button></div>
      ${channels.map((one) => html`<${Row} key=${one.id} place=${one.id} current=${route.place === one.id} unread=${one.unread}
        icon=${html`<${ChannelIcon} channel=${one} />`} title=${one.name} qa=${`channel-${one.name}`} />`)}
      ${archived && html`<${Row} place=${archived.id} current muted icon=${html`<${ChannelIcon} channel=${archived} />`} title=${archived.name} qa=${`channel-${archived.name}`} />`}
      <button type="button" class="side-row quiet" onClick=${() => openDialog({ kind: "browse" })}><span class="side-icon"><${Icon} name="plus" /></span><span class="side-name">Browse channels</span></button>
      ${dms.length > 0 && html`<div class="side-section"><h2>Direct messages</h2></div>
        ${dms.map((one) => html`<${Row} key=${one.id} place=${one.id} current=${route.place === one.id} unread=${one.unread}
          icon=${html`<${Avatar} id=${dmPartner(one)} size=${20} />`} title=${channelTitle(one)} qa=${`dm-${channelTitle(one)}`} />`)}`}
      <div class="side-section"><h2>Apps</h2></div>
      <${Row} place=${appDm?.unread && appDm.id ? appDm.id : "home"} current=${inApp} unread=${appDm?.unread ?? 0}
        icon=${html`<${Avatar} id=${workspace.bot.user_id} size=${20} />`} title=${botName()} qa="app" />
    </div>
    <div class="side-foot">${DRAWERS.map(([name, title, icon]) => html`<button type="button" key=${name} class=${cx("side-row", drawer === name && "current")} aria-expanded=${drawer === name}
        onClick=${() => update({ drawer: drawer === name ? null : name, menu: false })}>
      <span class="side-icon"><${Icon} name=${icon} /></span><span class="side-name">${title}</span></button>`)}</div>
  </nav>`;
}
