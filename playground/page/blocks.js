// Block Kit's blocks, as one column.
import { freshId, html, memo, useMemo, useState } from "./lib.js";
import { Element } from "./elements.js";
import { FileCard } from "./files.js";
import { useHost } from "./host.js";
import { Icon } from "./icons.js";
import { Markdown } from "./markdown.js";
import { Mrkdwn, Plain, TextObject } from "./mrkdwn.js";
import { RichText } from "./richtext.js";

/** Only pictures of this server (or in the message itself) are loaded: the playground talks to nobody else. */
export function Picture({ url, alt, small }) {
  const [broken, setBroken] = useState(false);
  const src = url ? localUrl(url) : null;
  if (!src || broken) {
    return html`<span class=${small ? "picture-missing small" : "picture-missing"} role="img" aria-label=${alt} title=${url}
      >${small ? null : html`<${Icon} name="file" />`}<span>${alt || "Image"}</span></span>`;
  }
  return html`<img class=${small ? "picture small" : "picture"} src=${src} alt=${alt ?? ""} loading="lazy" onError=${() => setBroken(true)} />`;
}

/** The address on this server that an address of the playground means, whatever name it was given; else null. */
export function localUrl(url) {
  if (url.startsWith("data:image/")) return url;
  try {
    const at = new URL(url, location.href);
    const loopback = ["localhost", "127.0.0.1", "[::1]", location.hostname].includes(at.hostname);
    return loopback && at.port === location.port ? at.pathname + at.search : null;
  } catch {
    return null;
  }
}

function Section({ block }) {
  const { accessory } = block;
  return html`<div class="section">
    <div class="section-body">
      ${block.text && html`<${TextObject} object=${block.text} />`}
      ${block.fields && html`<div class="fields">${block.fields.map((field) => html`<div class="section-field"><${TextObject} object=${field} /></div>`)}</div>`}
    </div>
    ${accessory && html`<div class=${`accessory accessory-${accessory.type}`}>${accessory.type === "image"
      ? html`<${Picture} url=${accessory.image_url ?? accessory.slack_file?.url} alt=${accessory.alt_text} small />`
      : html`<${Element} block=${block} element=${accessory} />`}</div>`}
  </div>`;
}

const Header = ({ block }) => html`<h3 class="header-text" dir="auto"><${Plain} text=${block.text.text} emoji=${block.text.emoji !== false} /></h3>`;

const Context = ({ block }) => html`<div class="context">${block.elements.map((element) => element.type === "image"
  ? html`<${Picture} url=${element.image_url ?? element.slack_file?.url} alt=${element.alt_text} small />`
  : html`<span class="context-text"><${TextObject} object=${element} /></span>`)}</div>`;

const Actions = ({ block }) => html`<div class="actions">${block.elements.map((element, i) =>
  html`<div class="action" key=${element.action_id ?? i}><${Element} block=${block} element=${element} /></div>`)}</div>`;

function Input({ block }) {
  const host = useHost();
  const base = useMemo(() => freshId("input"), []);
  const error = host.errorOf(block);
  const { element } = block;
  const hintId = `${base}-hint`;
  const errorId = `${base}-error`;
  const ids = {
    input: base,
    label: `${base}-label`,
    invalid: Boolean(error),
    notes: [error && errorId, block.hint && hintId].filter(Boolean).join(" ") || undefined,
  };
  const group = element.type === "checkboxes" || element.type === "radio_buttons";
  const label = html`<${Plain} text=${block.label.text} emoji=${block.label.emoji !== false} />${block.optional && html` <span class="optional">(optional)</span>`}`;
  return html`<div class=${error ? "field-group invalid" : "field-group"} data-block-id=${block.block_id}>
    ${group ? html`<div class="label" id=${ids.label}>${label}</div>` : html`<label class="label" id=${ids.label} for=${base}>${label}</label>`}
    <${Element} block=${block} element=${element} input ids=${ids} />
    ${error && html`<div class="field-error" id=${errorId} role="alert" data-qa="field-error"><${Icon} name="warning" />${error}</div>`}
    ${block.hint && html`<div class="hint" id=${hintId}><${Plain} text=${block.hint.text} /></div>`}
  </div>`;
}

const ImageBlock = ({ block }) => html`<figure>
  ${block.title && html`<figcaption><${Plain} text=${block.title.text} /></figcaption>`}
  <${Picture} url=${block.image_url ?? block.slack_file?.url} alt=${block.alt_text} /></figure>`;

const FileBlock = ({ block }) => html`<${FileCard} file=${block.file ?? { title: block.external_id, name: block.external_id }} />`;

const cellOf = (cell) => {
  if (cell?.type === "rich_text") return html`<${RichText} block=${cell} />`;
  return html`<span class="plain" dir="auto">${cell?.text ?? cell?.value ?? ""}</span>`;
};
const Table = ({ block }) => html`<div class="table-scroll"><table class="table">${block.rows.map((row, i) => html`<tr>${row.map((cell, column) => {
  const align = block.column_settings?.[column]?.align;
  const style = align ? { textAlign: align } : undefined;
  return i === 0 ? html`<th style=${style}>${cellOf(cell)}</th>` : html`<td style=${style}>${cellOf(cell)}</td>`;
})}</tr>`)}</table></div>`;

const BLOCKS = {
  section: Section,
  header: Header,
  divider: () => html`<hr class="divider" />`,
  context: Context,
  actions: Actions,
  input: Input,
  image: ImageBlock,
  rich_text: ({ block }) => html`<${RichText} block=${block} />`,
  markdown: ({ block }) => html`<${Markdown} text=${block.text} />`,
  file: FileBlock,
  table: Table,
};

const Block = memo(function Block({ block }) {
  const view = BLOCKS[block.type];
  if (!view) return html`<div class="unknown">The playground does not show “${block.type}” blocks.</div>`;
  return html`<div class=${`block ${block.type}-block`} data-block-id=${block.type === "input" ? undefined : block.block_id}><${view} block=${block} /></div>`;
});

export const Blocks = ({ blocks }) => html`<div class="blocks">${blocks.map((block, i) =>
  html`<${Block} key=${block.block_id ?? i} block=${block} />`)}</div>`;

/** Legacy attachments: a coloured bar with text, fields or blocks of its own. */
export const Attachments = ({ attachments }) => attachments.map((one) => html`
  <div class="attachment-wrap">
    ${one.pretext && html`<${Mrkdwn} text=${one.pretext} />`}
    <div class="attachment" style=${{ "--bar": colorOf(one.color) }}>
      ${one.author_name && html`<div class="attachment-author">${one.author_name}</div>`}
      ${one.title && html`<div class="attachment-title"><${Mrkdwn} text=${one.title_link ? `<${one.title_link}|${one.title}>` : one.title} /></div>`}
      ${one.blocks ? html`<${Blocks} blocks=${one.blocks} />` : one.text && html`<${Mrkdwn} text=${one.text} />`}
      ${!one.blocks && !one.text && one.fallback && html`<${Mrkdwn} text=${one.fallback} />`}
      ${one.fields && html`<div class="fields">${one.fields.map((field) => html`<div class="section-field"><strong>${field.title}</strong><${Mrkdwn} text=${String(field.value)} /></div>`)}</div>`}
      ${one.image_url && html`<${Picture} url=${one.image_url} alt=${one.title ?? one.fallback} />`}
      ${one.footer && html`<div class="attachment-footer"><${Mrkdwn} text=${one.footer} /></div>`}
    </div>
  </div>`);

const colorOf = (color) => {
  const named = { good: "#2eb67d", warning: "#ecb22e", danger: "#e01e5a" }[color];
  return named ?? (/^#?[0-9a-f]{6}$/i.test(color ?? "") ? `#${color.replace("#", "")}` : "#dddddd");
};
