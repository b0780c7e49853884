// A channel or direct message: header, bookmarks, messages, composer.
import { html, plural, useEffect, useMemo } from "./lib.js";
import { copyText, perform } from "./actions.js";
import { Composer } from "./composer.js";
import { loadMessages, loadScreen } from "./data.js";
import { emojiChar } from "./emoji.js";
import { Icon } from "./icons.js";
import { inChannel, MessageList } from "./messages.js";
import { authorOf } from "./message.js";
import { InlineMrkdwn, Link, Mrkdwn } from "./mrkdwn.js";
import { Avatar, ChannelIcon, channelTitle, dmPartner, person, userName } from "./people.js";
import { Menu, Opener, Popover } from "./popover.js";
import { go } from "./route.js";
import { openDialog, state, update, useStore } from "./store.js";

function ChannelMenu({ channel }) {
  const items = [
    { label: "Members", icon: html`<${Icon} name="users" />`, act: () => openDialog({ kind: "members", channel: channel.id }) },
    { label: "Add people", icon: html`<${Icon} name="plus" />`, act: () => openDialog({ kind: "invite", channel: channel.id }) },
    { label: "Copy channel ID", note: channel.id, icon: html`<${Icon} name="copy" />`, act: () => copyText(channel.id, "Channel ID copied") },
    "-",
    { label: "Leave channel", danger: true, icon: html`<${Icon} name="leave" />`, act: async () => {
      if (await perform("leave", { channel: channel.id })) loadScreen();
    } },
  ];
  return html`<${Opener} class="title-button" label=${`${channel.name}, channel menu`} title="Channel menu"
      content=${html`<h1 dir="auto"><${ChannelIcon} channel=${channel} /><span class="title-name">${channel.name}</span></h1><${Icon} name="down" />`}>
    ${(anchor, close) => html`<${Menu} anchor=${anchor} onClose=${close} items=${items} label="Channel" />`}
  <//>`;
}

function Pins({ channel }) {
  const list = useStore((s) => s.lists[channel.id]);
  const pins = channel.pins ?? [];
  if (!pins.length) return null;
  const shown = (list?.messages ?? []).filter((one) => one.pinned || pins.includes(one.ts));
  return html`<${Opener} class="header-chip" label=${plural(pins.length, "pinned message")} content=${html`<${Icon} name="pin" />${pins.length}`}>
    ${(anchor, close) => html`<${Popover} anchor=${anchor} onClose=${close} align="end" class="pins" role="dialog" label="Pinned messages">
      <div class="menu-header">Pinned in this channel</div>
      ${shown.map((one) => html`<button type="button" key=${one.ts} class="pin-row" onClick=${() => { close(); go({ message: one.ts }); }}>
        <${Avatar} id=${authorOf(one)} size=${28} /><span><strong>${userName(authorOf(one))}</strong><span class="pin-text"><${Mrkdwn} text=${one.text || "A message"} /></span></span></button>`)}
    <//>`}
  <//>`;
}

function Bookmarks({ channel }) {
  const marks = channel.bookmarks ?? [];
  if (!marks.length) return null;
  return html`<div class="bookmarks" role="list" aria-label="Bookmarks">${marks.map((one) => html`<span role="listitem" key=${one.id} class="bookmark">
    <${Link} url=${one.link ?? ""}><span class="emoji">${emojiChar((one.emoji ?? "").replaceAll(":", "")) ?? "🔗"}</span><span class="bookmark-title">${one.title}</span><//></span>`)}</div>`;
}

export function ChannelHeader({ channel }) {
  if (channel.is_im) {
    const partner = dmPartner(channel);
    return html`<header class="pane-header"><div class="title-plain"><${Avatar} id=${partner} size=${24} /><h1>${channelTitle(channel)}</h1></div>
      <span class="topic">${person(partner)?.title}</span></header>`;
  }
  const member = (channel.members ?? []).includes(state.route.user);
  return html`<header class="pane-header">
      <${ChannelMenu} channel=${channel} />
      <span class="topic" title=${channel.topic} dir="auto">${channel.topic && html`<${InlineMrkdwn} text=${channel.topic} />`}</span>
      <${Pins} channel=${channel} />
      <button type="button" class="header-chip members" aria-label=${`${plural((channel.members ?? []).length, "member")}`} title="Members"
        onClick=${() => openDialog({ kind: "members", channel: channel.id })}>
        <span class="faces">${(channel.members ?? []).slice(0, 3).map((id) => html`<${Avatar} key=${id} id=${id} size=${20} />`)}</span>${(channel.members ?? []).length}</button>
      ${member && !channel.is_archived && html`<button type="button" class="header-chip" aria-label="Add people" title="Add people" onClick=${() => openDialog({ kind: "invite", channel: channel.id })}><${Icon} name="plus" /></button>`}
    </header>
    <${Bookmarks} channel=${channel} />`;
}

/** What to try, from the commands that the app brings along. */
function suggestion(commands) {
  const out = [];
  for (const one of commands) {
    const name = `/${one.name.replace(/^\//, "")}`;
    const example = /\[|<|\|/.test(one.usage_hint ?? "") ? null : one.usage_hint;
    out.push({ text: example ? `${name} ${example}` : name, note: one.description });
    if (/(^|[\s|[])declare/.test(one.usage_hint ?? "")) out[out.length - 1].text = `${name} declare sev1 Checkout is down`;
  }
  return out.slice(0, 3);
}

function Beginning({ channel, quiet }) {
  const commands = useStore((s) => s.workspace.commands);
  const tries = suggestion(commands);
  const im = channel.is_im;
  return html`<div class="beginning">
    ${im
      ? html`<div class="beginning-title"><${Avatar} id=${dmPartner(channel)} size=${48} /><h2>${channelTitle(channel)}</h2></div><p>This conversation is just between the two of you.</p>`
      : html`<h2><${ChannelIcon} channel=${channel} />${channel.name}</h2>
        <p>This is the beginning of the ${channel.is_private ? html`private ` : ""}channel <strong>${channel.name}</strong>.${channel.purpose && html` <${InlineMrkdwn} text=${channel.purpose} />`}</p>`}
    ${quiet && !channel.is_archived && tries.length > 0 && html`<div class="tries"><p>Try one of these, or type <kbd>/</kbd> to see every command:</p>
      ${tries.map((one) => html`<button type="button" key=${one.text} class="try" onClick=${() => fillComposer(channel.id, one.text)}><code>${one.text}</code>${one.note && html`<small>${one.note}</small>`}</button>`)}</div>`}
  </div>`;
}

function fillComposer(key, text) {
  update({ drafts: { ...state.drafts, [key]: text } });
  document.querySelector("[data-qa=composer]")?.focus();
}

export function ChannelPane({ channel }) {
  const route = useStore((s) => s.route);
  const list = useStore((s) => s.lists[channel.id]);
  const member = channel.is_im || (channel.members ?? []).includes(route.user);
  useEffect(() => {
    loadMessages(channel.id).then(() => loadScreen(), () => {});
  }, [channel.id, route.user]);
  const messages = useMemo(() => (list?.messages ?? []).filter(inChannel), [list]);
  const name = channel.is_im ? channelTitle(channel) : `#${channel.name}`;
  return html`
    <${MessageList} key=${channel.id} messages=${messages} target=${route.message} label=${`Messages in ${name}`}
      top=${list && html`<${Beginning} channel=${channel} quiet=${member && messages.length < 6} />`}
      empty=${!list && html`<p class="quiet loading" role="status">Loading messages…</p>`} />
    ${channel.is_archived
      ? html`<div class="notice">This channel is archived: it can be read, not written to.</div>`
      : member
        ? html`<${Composer} channel=${channel.id} draftKey=${channel.id} placeholder=${`Message ${name}`} qa="composer" />`
        : html`<div class="notice"><strong>${name}</strong> You are looking at this channel from outside.
          <button type="button" class="button primary" onClick=${() => perform("join", { channel: channel.id })}>Join channel</button></div>`}`;
}

