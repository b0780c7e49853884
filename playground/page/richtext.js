// rich_text blocks: what Slack makes of messages written in its own editor.
import { html } from "./lib.js";
import { SlackDate } from "./dates.js";
import { Emoji } from "./emoji.js";
import { Link } from "./mrkdwn.js";
import { Broadcast, ChannelMention, groupName, UserMention, useViewerZone } from "./people.js";

function styled(content, style) {
  let out = content;
  if (style?.code) out = html`<code>${out}</code>`;
  if (style?.strike) out = html`<s>${out}</s>`;
  if (style?.italic) out = html`<em>${out}</em>`;
  if (style?.bold) out = html`<strong>${out}</strong>`;
  return out;
}

const broken = (text) => text.split("\n").map((line, i) => [i > 0 && html`<br />`, line]);

function Piece({ piece, zone }) {
  switch (piece.type) {
    case "text": return styled(broken(piece.text), piece.style);
    case "link": return styled(html`<${Link} url=${piece.url}>${piece.text || piece.url}<//>`, piece.style);
    case "user": return styled(html`<${UserMention} id=${piece.user_id} />`, piece.style);
    case "channel": return styled(html`<${ChannelMention} id=${piece.channel_id} />`, piece.style);
    case "usergroup": return html`<span class="mention">@${groupName(piece.usergroup_id) ?? piece.usergroup_id}</span>`;
    case "broadcast": return html`<${Broadcast} range=${piece.range} />`;
    case "emoji": return html`<${Emoji} name=${piece.name} unicode=${piece.unicode} />`;
    case "date": return html`<${SlackDate} ts=${Number(piece.timestamp)} format=${piece.format} link=${piece.url} zone=${zone} />`;
    case "color": return html`<code>${piece.value}</code>`;
    default: return null;
  }
}

const Pieces = ({ pieces, zone }) => (pieces ?? []).map((piece) => html`<${Piece} piece=${piece} zone=${zone} />`);

export function RichText({ block }) {
  const zone = useViewerZone();
  return html`<div class="rich-text" dir="auto">${block.elements.map((element) => {
    const inner = html`<${Pieces} pieces=${element.elements} zone=${zone} />`;
    switch (element.type) {
      case "rich_text_section": return html`<div>${inner}</div>`;
      case "rich_text_quote": return html`<blockquote>${inner}</blockquote>`;
      case "rich_text_preformatted": return html`<pre><code>${inner}</code></pre>`;
      case "rich_text_list": {
        const items = element.elements.map((item) => html`<li><${Pieces} pieces=${item.elements} zone=${zone} /></li>`);
        const style = { marginLeft: `${(element.indent ?? 0) * 24}px` };
        return element.style === "ordered"
          ? html`<ol style=${style} start=${(element.offset ?? 0) + 1}>${items}</ol>`
          : html`<ul style=${style} class=${`indent-${(element.indent ?? 0) % 3}`}>${items}</ul>`;
      }
      default: return null;
    }
  })}</div>`;
}
