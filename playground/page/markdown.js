// Standard Markdown, for `markdown` blocks: the part of it that Slack shows. Like mrkdwn it becomes elements,
// never HTML.
import { html, memo, useMemo } from "./lib.js";
import { Emoji, emojiChar } from "./emoji.js";
import { decode, Link, parseInline } from "./mrkdwn.js";
import { UserMention, ChannelMention, Broadcast, useViewerZone } from "./people.js";
import { SlackDate } from "./dates.js";

const RULES = [
  ["code", /^(`+)(.+?)\1(?!`)/s],
  ["strong", /^(\*\*|__)(?=\S)(.+?\S|\S)\1/s],
  ["strike", /^~~(?=\S)(.+?)~~/s],
  ["em", /^([*_])(?=\S)((?:(?!\1).)*?\S|\S)\1(?![\p{L}\p{N}])/su],
  ["link", /^!?\[([^\]]*)\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/],
  ["angle", /^<[^<>\n]+>/],
  ["url", /^https?:\/\/[^\s<>)]+[^\s<>).,;:!?]/],
  ["emoji", /^:([a-z0-9_+'-]+):/],
  ["escape", /^\\([\\`*_{}[\]()#+.!~|>-])/],
];

function Inline({ text, zone }) {
  const out = [];
  let plain = "";
  const push = (node) => {
    if (plain) out.push(decode(plain));
    plain = "";
    out.push(node);
  };
  let rest = text;
  let before = " ";
  while (rest) {
    let hit = null;
    for (const [name, rule] of RULES) {
      const found = rule.exec(rest);
      // Underscores inside of words are part of the word.
      if (found && !((name === "em" || name === "strong") && found[1].startsWith("_") && /[\p{L}\p{N}]/u.test(before)) &&
          !(name === "emoji" && !emojiChar(found[1]))) {
        hit = [name, found];
        break;
      }
    }
    if (!hit) {
      before = rest[0];
      plain += before;
      rest = rest.slice(1);
      continue;
    }
    const [name, found] = hit;
    if (name === "code") push(html`<code>${found[2]}</code>`);
    else if (name === "strong") push(html`<strong><${Inline} text=${found[2]} zone=${zone} /></strong>`);
    else if (name === "em") push(html`<em><${Inline} text=${found[2]} zone=${zone} /></em>`);
    else if (name === "strike") push(html`<s><${Inline} text=${found[1]} zone=${zone} /></s>`);
    else if (name === "link") push(html`<${Link} url=${found[2]}><${Inline} text=${found[1]} zone=${zone} /><//>`);
    else if (name === "url") push(html`<${Link} url=${found[0]}>${found[0]}<//>`);
    else if (name === "emoji") push(html`<${Emoji} name=${found[1]} />`);
    else if (name === "escape") plain += found[1];
    else push(angle(found[0], zone));
    before = found[0].at(-1);
    rest = rest.slice(found[0].length);
  }
  if (plain) out.push(decode(plain));
  return out.map((node) => (typeof node === "string" ? node.split("\n").map((line, i) => [i > 0 && html`<br />`, line]) : node));
}

function angle(text, zone) {
  const [node] = parseInline(text);
  switch (node?.type) {
    case "user": return html`<${UserMention} id=${node.id} label=${node.label} />`;
    case "channel": return html`<${ChannelMention} id=${node.id} />`;
    case "broadcast": return html`<${Broadcast} range=${node.range} />`;
    case "link": return html`<${Link} url=${node.url}>${node.label || node.url}<//>`;
    case "date": return html`<${SlackDate} ts=${node.ts} format=${node.format} zone=${zone} />`;
    default: return decode(text);
  }
}

const ITEM = /^(\s*)([-*+]|\d+[.)])\s+(?:\[([ xX])\]\s+)?(.*)$/;

/** [{type, …}] of a text's lines. */
function parseMarkdown(text) {
  const lines = text.replace(/\r/g, "").split("\n");
  const out = [];
  let at = 0;
  const cells = (line) => line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
  while (at < lines.length) {
    const line = lines[at];
    const fence = /^\s*(```+|~~~+)/.exec(line);
    if (fence) {
      const body = [];
      at++;
      while (at < lines.length && !lines[at].trim().startsWith(fence[1])) body.push(lines[at++]);
      at++;
      out.push({ type: "pre", text: body.join("\n") });
    } else if (!line.trim()) {
      at++;
    } else if (/^#{1,6}\s/.test(line)) {
      const [, marks, words] = /^(#+)\s+(.*?)\s*#*$/.exec(line);
      out.push({ type: "heading", level: marks.length, text: words });
      at++;
    } else if (/^\s*([-*_])(?:\s*\1){2,}\s*$/.test(line)) {
      out.push({ type: "rule" });
      at++;
    } else if (/^\s*>/.test(line)) {
      const body = [];
      while (at < lines.length && /^\s*>/.test(lines[at])) body.push(lines[at++].replace(/^\s*> ?/, ""));
      out.push({ type: "quote", children: parseMarkdown(body.join("\n")) });
    } else if (line.includes("|") && /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/.test(lines[at + 1] ?? "")) {
      const rows = [cells(line)];
      at += 2;
      while (at < lines.length && lines[at].includes("|")) rows.push(cells(lines[at++]));
      out.push({ type: "table", rows });
    } else if (ITEM.test(line)) {
      const items = [];
      while (at < lines.length) {
        const found = ITEM.exec(lines[at]);
        if (found) {
          items.push({ indent: found[1].length, ordered: /\d/.test(found[2]), mark: found[2], task: found[3], text: found[4] });
        } else if (/^\s+\S/.test(lines[at])) {
          items.at(-1).text += `\n${lines[at].trim()}`;
        } else {
          break;
        }
        at++;
      }
      out.push({ type: "list", items });
    } else {
      const body = [];
      while (at < lines.length && lines[at].trim() && !/^(?:#{1,6}\s|\s*>|\s*(?:```|~~~))/.test(lines[at]) && !(body.length && ITEM.test(lines[at]))) body.push(lines[at++]);
      out.push({ type: "paragraph", text: body.join("\n") });
    }
  }
  return out;
}

const Parts = ({ parts, zone }) => parts.map((part) => {
  switch (part.type) {
    case "pre": return html`<pre><code>${part.text}</code></pre>`;
    case "heading": return html`<div class=${`md-heading level-${part.level}`} role="heading" aria-level=${Math.min(6, part.level + 2)}><${Inline} text=${part.text} zone=${zone} /></div>`;
    case "rule": return html`<hr class="divider" />`;
    case "quote": return html`<blockquote><${Parts} parts=${part.children} zone=${zone} /></blockquote>`;
    case "table": return html`<div class="table-scroll"><table class="table">${part.rows.map((row, i) => html`<tr>${row.map((cell) => i === 0
      ? html`<th><${Inline} text=${cell} zone=${zone} /></th>` : html`<td><${Inline} text=${cell} zone=${zone} /></td>`)}</tr>`)}</table></div>`;
    case "list": return html`<div class="md-list" role="list">${part.items.map((item) => html`<div class="md-item" role="listitem" style=${{ marginLeft: `${Math.floor(item.indent / 2) * 22}px` }}>
      <span class="md-mark" aria-hidden="true">${item.task !== undefined ? (item.task === " " ? "☐" : "☑") : item.ordered ? item.mark.replace(")", ".") : item.indent ? "◦" : "•"}</span>
      <span><${Inline} text=${item.text} zone=${zone} /></span></div>`)}</div>`;
    default: return html`<p><${Inline} text=${part.text} zone=${zone} /></p>`;
  }
});

export const Markdown = memo(function Markdown({ text }) {
  const zone = useViewerZone();
  const parts = useMemo(() => parseMarkdown(text ?? ""), [text]);
  return html`<div class="markdown" dir="auto"><${Parts} parts=${parts} zone=${zone} /></div>`;
});
