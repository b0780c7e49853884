// One message with everything that hangs on it, and the toolbar that appears over it.
import { cx, html, memo, plural, useEffect, useRef, useState } from "./lib.js";
import { copyText, hasReacted, perform, toggleReaction } from "./actions.js";
import { Attachments, Blocks } from "./blocks.js";
import { clock, fullDate, SlackDate } from "./dates.js";
import { Emoji } from "./emoji.js";
import { EmojiPicker } from "./emojipicker.js";
import { FileCard } from "./files.js";
import { HostContext, useNewHost } from "./host.js";
import { Icon } from "./icons.js";
import { Mrkdwn } from "./mrkdwn.js";
import { Avatar, isBot, userName, useViewerZone, viewer } from "./people.js";
import { Menu, Opener } from "./popover.js";
import { format, go } from "./route.js";
import { openDialog, state, useStore } from "./store.js";

const QUICK = ["pushpin", "white_check_mark", "eyes", "fire"];
const SYSTEM = new Set(["channel_join", "channel_leave", "channel_topic", "channel_purpose", "channel_name",
  "channel_archive", "channel_unarchive", "group_join", "group_leave", "group_topic", "group_purpose", "group_name",
  "pinned_item", "bot_add", "bot_remove", "bookmark_added"]);

export const authorOf = (message) =>
  message.bot_id ? state.workspace?.bot?.user_id : message.user;
export const isSystem = (message) => SYSTEM.has(message.subtype);

/** "@Ada has joined the channel" stands under Ada's name already. */
const unsaid = ({ text, user, subtype }) => SYSTEM.has(subtype) && text.startsWith(`<@${user}> `) ? text.slice(user.length + 4) : text;

function Body({ message }) {
  // What people write is shown from its text: there Slack's marks are still marks, in its blocks they are not.
  const written = !message.bot_id && message.blocks?.every((block) => block.type === "rich_text");
  const blocks = written ? null : message.blocks;
  return html`
    ${blocks?.length
      ? html`<${Blocks} blocks=${blocks} />`
      : message.text && html`<${Mrkdwn} text=${unsaid(message)} jumbo />`}
    ${message.attachments?.length > 0 && html`<${Attachments} attachments=${message.attachments} />`}
    ${message.files?.map((file) => html`<${FileCard} key=${file.id} file=${file} />`)}
    ${message.edited && html`<span class="edited" title=${fullDate(Number(message.edited.ts), viewer()?.tz)}>(edited)</span>`}`;
}

function Reactions({ message }) {
  if (!message.reactions?.length) return null;
  return html`<div class="reactions">
    ${message.reactions.map((one) => {
      const names = (one.users ?? []).map(userName).join(", ");
      return html`<button type="button" key=${one.name} class=${hasReacted(one) ? "reaction mine" : "reaction"}
        aria-pressed=${hasReacted(one)} aria-label=${`${one.name}, ${plural(one.count ?? one.users?.length ?? 0, "reaction")}`}
        title=${`${names} reacted with :${one.name}:`} onClick=${() => toggleReaction(message, one.name)}>
        <${Emoji} name=${one.name} /><span>${one.count ?? one.users?.length}</span></button>`;
    })}
    <${Opener} class="reaction add" label="Add a reaction" content=${html`<${Icon} name="smile" />`}>
      ${(anchor, close) => html`<${EmojiPicker} anchor=${anchor} onClose=${close} onPick=${(name) => perform("react", { channel: message.channel, ts: message.ts, name })} />`}
    <//>
  </div>`;
}

function Replies({ message }) {
  const zone = useViewerZone();
  if (!message.reply_count) return null;
  const users = message.reply_users ?? [];
  return html`<button type="button" class="replies" onClick=${() => go({ thread: message.ts })}>
    ${users.slice(0, 4).map((id) => html`<${Avatar} id=${id} size=${22} />`)}
    <strong>${plural(message.reply_count, "reply", "replies")}</strong>
    ${message.latest_reply && html`<small>Last reply <${SlackDate} ts=${Number(message.latest_reply)} format="{date_short_pretty} at {time}" zone=${zone} /></small>`}
    <span class="replies-open">View thread</span>
  </button>`;
}

/** The address of a message in this page, for people to pass on. */
const addressOf = (message) => {
  const { user } = state.route;
  const reply = message.thread_ts && message.thread_ts !== message.ts;
  const way = reply ? { thread: message.thread_ts } : { message: message.ts };
  return `${location.origin}/${format({ user, place: message.channel, ...way })}`;
};

function Toolbar({ message, inThread, onEdit, hold }) {
  const shortcuts = useStore((s) => s.workspace.shortcuts).filter((one) => one.type === "message");
  const where = { channel: message.channel, ts: message.ts };
  const own = message.user === state.route.user && !message.bot_id && !isSystem(message);
  const held = (children) => (anchor, close) => {
    return children(anchor, () => {
      close();
      hold(false);
    });
  };
  const items = [
    ...shortcuts.map((one) => ({
      label: one.name, note: one.description, icon: html`<${Avatar} id=${state.workspace.bot.user_id} size=${20} />`,
      act: () => perform("message_shortcut", { callback_id: one.callback_id, ...where }),
    })),
    shortcuts.length > 0 && "-",
    { label: message.pinned ? "Unpin from channel" : "Pin to channel", icon: html`<${Icon} name="pin" />`, act: () => perform(message.pinned ? "unpin" : "pin", where) },
    { label: "Copy link", icon: html`<${Icon} name="link" />`, act: () => copyText(addressOf(message), "Link copied") },
    own && "-",
    own && { label: "Edit message", icon: html`<${Icon} name="edit" />`, act: onEdit },
    own && {
      label: "Delete message…", danger: true, icon: html`<${Icon} name="trash" />`,
      act: () => openDialog({
        kind: "confirm",
        confirm: {
          title: { type: "plain_text", text: "Delete message" },
          text: { type: "plain_text", text: "Are you sure you want to delete this message? This cannot be undone." },
          confirm: { type: "plain_text", text: "Delete" }, deny: { type: "plain_text", text: "Cancel" }, style: "danger",
        },
        yes: () => perform("delete", where),
      }),
    },
  ];
  return html`<div class="toolbar" role="toolbar" aria-label="Message actions" onClickCapture=${() => hold(true)}>
    ${QUICK.map((name) => html`<button type="button" key=${name} class="icon-button" aria-label=${`React with ${name}`} title=${`:${name}:`}
      onClick=${() => { toggleReaction(message, name); hold(false); }}><${Emoji} name=${name} /></button>`)}
    <${Opener} class="icon-button" label="Find another reaction" content=${html`<${Icon} name="smile" />`}>
      ${held((anchor, close) => html`<${EmojiPicker} anchor=${anchor} onClose=${close} onPick=${(name) => perform("react", { ...where, name })} />`)}
    <//>
    ${!inThread && html`<button type="button" class="icon-button" aria-label="Reply in thread" title="Reply in thread"
      onClick=${() => { hold(false); go({ thread: message.thread_ts ?? message.ts }); }}><${Icon} name="reply" /></button>`}
    <${Opener} class="icon-button" label="More actions" content=${html`<${Icon} name="more" />`}>
      ${held((anchor, close) => html`<${Menu} anchor=${anchor} onClose=${close} align="end" label="Message actions" items=${items} />`)}
    <//>
  </div>`;
}

function Editor({ message, onDone }) {
  const [text, setText] = useState(() => typedAs(message.text ?? ""));
  const input = useRef(null);
  useEffect(() => {
    input.current.focus();
    input.current.selectionStart = input.current.value.length;
  }, []);
  const save = async () => {
    if (await perform("edit", { channel: message.channel, ts: message.ts, text })) onDone();
  };
  return html`<div class="editor">
    <textarea ref=${input} aria-label="Edit message" rows=${Math.min(8, text.split("\n").length)} value=${text} onInput=${(event) => setText(event.target.value)}
      onKeyDown=${(event) => {
        if (event.key === "Escape") onDone();
        if (event.key === "Enter" && !event.shiftKey) {
          event.preventDefault();
          save();
        }
      }}></textarea>
    <div class="editor-buttons"><button type="button" class="button small" onClick=${onDone}>Cancel</button>
      <button type="button" class="button small primary" onClick=${save}>Save</button></div>
  </div>`;
}

/** A message's text as its author once typed it. */
const typedAs = (text) => text
  .replace(/<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>/g, (whole, id) => {
    const name = state.workspace.people.find((one) => one.id === id)?.name;
    return name ? `@${name}` : whole;
  })
  .replace(/<#[CG][A-Z0-9]+\|([^<>]+)>/g, "#$1")
  .replace(/<!(here|channel|everyone)(?:\|[^<>]*)?>/g, "@$1")
  .replace(/<((?:https?|mailto):[^<>|]+)(?:\|[^<>]*)?>/g, "$1")
  .replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

export const Message = memo(function Message({ message, compact, inThread, target, focusable = false }) {
  const [hovered, setHovered] = useState(false);
  const [focused, setFocused] = useState(false);
  const [held, hold] = useState(false); // a menu of the toolbar is open
  const [editing, setEditing] = useState(false);
  const [errors, setErrors] = useState({});
  const zone = useViewerZone();
  const author = authorOf(message);
  const host = useNewHost({
    kind: "message", container: { channel: message.channel, ts: message.ts }, blocks: message.blocks,
    held: message.state, errors, setErrors,
  });
  const name = message.bot_id && message.username ? message.username : userName(author);
  const time = html`<a class="time" tabindex="-1" href=${addressOf(message).slice(location.origin.length + 1)} title=${fullDate(Number(message.ts), zone)}
    onClick=${(event) => event.preventDefault()}>${compact ? clock(Number(message.ts), zone).replace(/ [AP]M$/, "") : clock(Number(message.ts), zone)}</a>`;
  const system = isSystem(message);
  const alone = message.ephemeral ? html`<div class="only-you"><${Icon} name="eye" />Only visible to you</div>` : null;
  return html`<div class=${cx("message", compact && "compact", message.ephemeral && "ephemeral", message.pinned && "pinned", target && "target", system && "system")}
      data-qa="message" data-ts=${message.ts} role="article" aria-label=${`${name}, ${clock(Number(message.ts), zone)}`} tabindex=${focusable ? 0 : -1}
      onMouseEnter=${() => setHovered(true)} onMouseLeave=${() => setHovered(false)}
      onFocusCapture=${() => setFocused(true)}
      onBlurCapture=${(event) => { if (!event.currentTarget.contains(event.relatedTarget)) setFocused(false); }}
      onKeyDown=${moveFocus}>
    ${message.pinned && html`<div class="pinned-by"><${Icon} name="pin" />Pinned</div>`}
    ${alone}
    <div class="message-row">
      <div class="gutter">${compact ? time : html`<${Avatar} id=${author} />`}</div>
      <div class="content">
        ${!compact && html`<div class="byline"><strong class="author">${name}</strong>${(message.bot_id || isBot(author)) && html`<span class="app-badge">APP</span>`}${time}</div>`}
        ${editing
          ? html`<${Editor} message=${message} onDone=${() => setEditing(false)} />`
          : html`<${HostContext.Provider} value=${host}><div class="body"><${Body} message=${message} /></div><//>`}
        <${Reactions} message=${message} />
        ${!inThread && html`<${Replies} message=${message} />`}
      </div>
    </div>
    ${(hovered || focused || held) && !editing && !message.ephemeral && html`<${Toolbar} message=${message} inThread=${inThread} hold=${hold}
      onEdit=${() => setEditing(true)} />`}
  </div>`;
});

/** Arrow keys walk from message to message. */
function moveFocus(event) {
  if (event.target !== event.currentTarget) return;
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!step) return;
  const all = [...event.currentTarget.closest("[data-list]").querySelectorAll("[data-qa=message]")];
  const next = all[all.indexOf(event.currentTarget) + step];
  if (next) {
    event.preventDefault();
    next.focus();
  }
}
