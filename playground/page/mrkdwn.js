// Slack's mrkdwn: first a tree (parse), then elements (Mrkdwn). Text only ever becomes text nodes and attributes
// of elements made here, so nothing that a person or the bot writes can become markup.
import { html, memo, useMemo } from "./lib.js";
import { SlackDate } from "./dates.js";
import { Emoji, emojiChar } from "./emoji.js";
import { Broadcast, ChannelMention, groupName, UserMention, useViewerZone } from "./people.js";
import { go, inside } from "./route.js";

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
export const decode = (text) => text.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity]);

/** Addresses within code lose the marks that Slack put around them. */
const bare = (code) => code.replace(/<((?:https?|mailto):[^<>|]+)(?:\|([^<>]*))?>/g, (whole, url, label) => label ?? url);

const STYLES = { "*": "bold", "_": "italic", "~": "strike" };
const WORD = /[\p{L}\p{N}]/u;
const SAFE_LINK = /^(?:https?:\/\/|mailto:|tel:)/i;

/** Where the run that starts at `from` ends, or -1: the closing mark follows a character and precedes none. */
function closing(text, from, mark) {
  for (let i = from; i < text.length; i++) {
    const c = text[i];
    if (c === "\n") return -1;
    if (c === "<") {
      const end = text.indexOf(">", i);
      if (end > 0) i = end;
    } else if (c === "`") {
      const end = text.indexOf("`", i + 1);
      if (end > 0) i = end;
    } else if (c === mark && i > from && !/\s/.test(text[i - 1]) && !WORD.test(text[i + 1] ?? " ")) {
      return i;
    }
  }
  return -1;
}

function parseAngle(content) {
  const bar = content.indexOf("|");
  const target = bar < 0 ? content : content.slice(0, bar);
  const label = bar < 0 ? null : decode(content.slice(bar + 1));
  if (/^@[UW]/.test(target)) return { type: "user", id: target.slice(1), label };
  if (/^#[CGD]/.test(target)) return { type: "channel", id: target.slice(1), label };
  if (target.startsWith("!subteam^")) return { type: "group", id: target.slice(9), label };
  if (target.startsWith("!date^")) {
    const [, ts, format, link] = target.split("^");
    if (!/^\d+$/.test(ts ?? "") || !format) return { type: "text", text: label ?? content };
    const href = link && SAFE_LINK.test(link) ? decode(link) : null;
    return { type: "date", ts: Number(ts), format: decode(format), link: href, fallback: label };
  }
  if (/^!(?:here|channel|everyone)$/.test(target)) return { type: "broadcast", range: target.slice(1) };
  if (SAFE_LINK.test(target)) return { type: "link", url: decode(target), label };
  return null;
}

export function parseInline(text) {
  const out = [];
  let plain = "";
  const flush = () => {
    if (plain) out.push({ type: "text", text: decode(plain) });
    plain = "";
  };
  const push = (node) => {
    flush();
    out.push(node);
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    const before = text[i - 1] ?? " ";
    if (c === "<") {
      const end = text.indexOf(">", i);
      const node = end > 0 ? parseAngle(text.slice(i + 1, end)) : null;
      if (node) {
        push(node);
        i = end;
        continue;
      }
    } else if (c === "`") {
      const end = text.indexOf("`", i + 1);
      const code = end > 0 ? text.slice(i + 1, end) : "";
      if (code.trim() && !code.includes("\n")) {
        push({ type: "code", text: decode(bare(code)) });
        i = end;
        continue;
      }
    } else if (STYLES[c] && !WORD.test(before) && before !== c && text[i + 1] !== c && !/\s/.test(text[i + 1] ?? " ")) {
      const end = closing(text, i + 1, c);
      if (end > 0) {
        push({ type: STYLES[c], children: parseInline(text.slice(i + 1, end)) });
        i = end;
        continue;
      }
    } else if (c === ":") {
      const found = /^:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/.exec(text.slice(i, i + 60));
      if (found && emojiChar(found[1])) {
        push({ type: "emoji", name: found[1] });
        i += found[0].length - 1;
        continue;
      }
    }
    plain += c;
  }
  flush();
  return out;
}

/** Blocks of lines: text, quote, code; `•` lines keep a hanging indent. */
export function parse(text) {
  const out = [];
  const add = (type, line) => {
    const last = out.at(-1);
    if (last?.type === type) last.lines.push(line);
    else out.push({ type, lines: [line] });
  };
  for (const [index, piece] of text.split("```").entries()) {
    const fenced = index % 2 === 1;
    if (fenced && text.split("```").length - 1 > index) {
      out.push({ type: "pre", text: decode(bare(piece.replace(/^\n|\n$/g, ""))) });
      continue;
    }
    // A line break next to a code block belongs to the block, not to the text.
    let rest = fenced ? "```" + piece : piece;
    if (index > 0 && !fenced) rest = rest.replace(/^\n/, "");
    if (!rest) continue;
    const lines = rest.split("\n");
    let quoteAll = false;
    for (const line of lines) {
      if (/^(?:&gt;|>){3}/.test(line)) quoteAll = true;
      const quoted = /^(?:&gt;|>)+ ?/.exec(line);
      if (quoteAll || quoted) add("quote", quoted ? line.slice(quoted[0].length) : line);
      else if (/^\s*[•◦▪] /.test(line)) add("list", line);
      else add("text", line);
    }
    const last = out.at(-1);
    if (last?.type === "text" && last.lines.length > 1 && last.lines.at(-1) === "") last.lines.pop();
  }
  return out.map((part) => (part.lines ? { type: part.type, lines: part.lines.map(parseInline) } : part));
}

function follow(event, way) {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return; // their way of opening a new tab
  event.preventDefault();
  go(way);
}

export function Link({ url, children }) {
  const way = inside(url);
  if (way) return html`<a href=${url} onClick=${(event) => follow(event, way)}>${children}</a>`;
  if (!SAFE_LINK.test(url)) return children;
  return html`<a href=${url} target="_blank" rel="noopener noreferrer">${children}</a>`;
}

function Inline({ nodes, zone }) {
  return nodes.map((node) => {
    switch (node.type) {
      case "text": return node.text;
      case "bold": return html`<strong><${Inline} nodes=${node.children} zone=${zone} /></strong>`;
      case "italic": return html`<em><${Inline} nodes=${node.children} zone=${zone} /></em>`;
      case "strike": return html`<s><${Inline} nodes=${node.children} zone=${zone} /></s>`;
      case "code": return html`<code>${node.text}</code>`;
      case "emoji": return html`<${Emoji} name=${node.name} />`;
      case "user": return html`<${UserMention} id=${node.id} label=${node.label} />`;
      case "channel": return html`<${ChannelMention} id=${node.id} />`;
      case "group": return html`<span class="mention">${node.label || `@${groupName(node.id) ?? node.id}`}</span>`;
      case "broadcast": return html`<${Broadcast} range=${node.range} />`;
      case "date": return html`<${SlackDate} ts=${node.ts} format=${node.format} link=${node.link} zone=${zone} />`;
      case "link": return html`<${Link} url=${node.url}>${node.label || node.url.replace(/^(?:mailto|tel):/, "")}<//>`;
      default: return null;
    }
  });
}

const Lines = ({ lines, zone }) =>
  lines.map((nodes, i) => [i > 0 && html`<br />`, html`<${Inline} nodes=${nodes} zone=${zone} />`]);

const isEmojiOnly = (tree) =>
  tree.length === 1 && tree[0].type === "text" && tree[0].lines.length === 1 && tree[0].lines[0].length <= 24 &&
  tree[0].lines[0].some((node) => node.type === "emoji") &&
  tree[0].lines[0].every((node) => node.type === "emoji" || (node.type === "text" && !node.text.trim()));

export const Mrkdwn = memo(function Mrkdwn({ text, jumbo }) {
  const zone = useViewerZone();
  const tree = useMemo(() => parse(text ?? ""), [text]);
  return html`<div class=${jumbo && isEmojiOnly(tree) ? "mrkdwn jumbo" : "mrkdwn"} dir="auto">${tree.map((part) => {
    switch (part.type) {
      case "pre": return html`<pre><code>${part.text}</code></pre>`;
      case "quote": return html`<blockquote><${Lines} lines=${part.lines} zone=${zone} /></blockquote>`;
      case "list": return part.lines.map((nodes) => html`<div class="bullet"><${Inline} nodes=${nodes} zone=${zone} /></div>`);
      default: return html`<div class="lines"><${Lines} lines=${part.lines} zone=${zone} /></div>`;
    }
  })}</div>`;
});

/** One line of mrkdwn within other text, for topics. */
export function InlineMrkdwn({ text }) {
  const zone = useViewerZone();
  return html`<${Inline} nodes=${parseInline((text ?? "").replace(/\s+/g, " "))} zone=${zone} />`;
}

/** A plain_text object: its emoji, nothing else. */
export function Plain({ text, emoji = true }) {
  if (!text) return null;
  if (!emoji) return text;
  return text.split(/(:[a-z0-9_+'-]+(?:::skin-tone-[2-6])?:)/g).map((part) =>
    part.length > 2 && part.startsWith(":") && part.endsWith(":") && emojiChar(part.slice(1, -1))
      ? html`<${Emoji} name=${part.slice(1, -1)} />`
      : part);
}

/** What a plain_text object says where only a string will do (labels, tooltips). */
export const plainString = (object) =>
  (object?.text ?? "").replace(/:([a-z0-9_+'-]+):/g, (whole, name) => emojiChar(name) ?? whole);

/** A text object of either type. */
export const TextObject = ({ object }) => {
  if (!object) return null;
  if (object.type === "mrkdwn") return html`<${Mrkdwn} text=${object.text} />`;
  return html`<span class="plain" dir="auto"><${Plain} text=${object.text} emoji=${object.emoji !== false} /></span>`;
};
