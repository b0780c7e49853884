// People and channels by id: names, avatars, mentions.
import { html } from "./lib.js";
import { Icon } from "./icons.js";
import { go } from "./route.js";
import { state, useStore } from "./store.js";

let index = { source: null, people: new Map(), channels: new Map() };
function lookup() {
  const { workspace, screen } = state;
  if (index.source !== workspace || index.screen !== screen) {
    index = {
      source: workspace,
      screen,
      people: new Map((workspace?.people ?? []).map((one) => [one.id, one])),
      channels: new Map([...(screen?.channels ?? []), ...(screen?.dms ?? [])].map((one) => [one.id, one])),
    };
  }
  return index;
}

export const person = (id) => lookup().people.get(id);
/** A channel that the viewer may see. */
export const channel = (id) => lookup().channels.get(id);
export const nameOf = (one) => one?.real_name || one?.name || "Someone";
export const isBot = (id) => Boolean(id) && [state.workspace?.bot?.user_id, state.workspace?.bot?.bot_id].includes(id);
const SLACKBOT = "USLACKBOT";
/** The app's own name, as its profile spells it. */
export const botName = () => {
  const name = state.workspace?.bot?.name ?? "App";
  return name.charAt(0).toUpperCase() + name.slice(1);
};
export const groupName = (id) => {
  const found = state.workspace?.usergroups?.find((one) => one.id === id);
  return found ? found.handle ?? found.name : null;
};
export const userName = (id) => {
  if (isBot(id)) return botName();
  if (id === SLACKBOT) return "Slackbot";
  return person(id) ? nameOf(person(id)) : id;
};
/** People, without the apps that have accounts too. */
export const humans = () => (state.workspace?.people ?? []).filter((one) => !one.is_bot && !one.deleted);

export const viewer = () => person(state.route.user);
export const useViewerZone = () => useStore(() => viewer()?.tz) || "UTC";

/** The other side of a direct message. */
export function dmPartner(one) {
  if (one.user && one.user !== state.route.user) return one.user;
  return (one.members ?? []).find((id) => id !== state.route.user) ?? state.route.user;
}
export const isAppDm = (one) => Boolean(one?.is_im) && isBot(dmPartner(one));
export const channelTitle = (one) => (one.is_im ? userName(dmPartner(one)) : one.name);

const COLORS = ["#3b7ea1", "#7a4fa3", "#2f855a", "#b7512f", "#a8416a", "#4a5fb0", "#8a6d1f", "#1f7a7a", "#8c4a4a", "#55692e"];
function colorOf(one) {
  if (one?.color) return one.color.startsWith("#") ? one.color : `#${one.color}`;
  let sum = 0;
  for (const c of one?.id ?? "") sum = (sum * 31 + c.codePointAt(0)) % 9973;
  return COLORS[sum % COLORS.length];
}

const initials = (name) => {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0] ?? "").join("").toUpperCase();
};

export function Avatar({ id, size = 36 }) {
  if (id === SLACKBOT) return html`<span class="avatar slackbot" style=${{ "--size": `${size}px` }} aria-hidden="true"><${Icon} name="heart" /></span>`;
  if (isBot(id)) return html`<span class="avatar app" style=${{ "--size": `${size}px` }} aria-hidden="true"><${Icon} name="bell" /></span>`;
  const one = person(id);
  return html`<span class="avatar" style=${{ "--size": `${size}px`, "--color": colorOf(one ?? { id }) }} aria-hidden="true"
    >${initials(nameOf(one))}</span>`;
}

export function UserMention({ id, label }) {
  const me = useStore((s) => s.route.user === id);
  const name = useStore(() => (isBot(id) || person(id) ? userName(id) : label || id));
  return html`<span class=${me ? "mention me" : "mention"} data-user=${id} title=${person(id)?.title || null}>@${name}</span>`;
}

export function ChannelMention({ id }) {
  const seen = useStore(() => channel(id));
  if (!seen) {
    // As in Slack, a private channel's name stays hidden from those who are not in it, whatever the label says.
    return html`<span class="mention"><${Icon} name="lock" />private channel</span>`;
  }
  return html`<a class="mention" href=${`#/${state.route.user}/${id}`} onClick=${(event) => {
    event.preventDefault();
    go({ place: id });
  }}>${seen.is_private ? html`<${Icon} name="lock" />` : "#"}${seen.name}</a>`;
}

export const Broadcast = ({ range }) => html`<span class="mention me">@${range}</span>`;

export const ChannelIcon = ({ channel: one }) =>
  html`<${Icon} name=${one.is_private ? "lock" : "hash"} />`;
