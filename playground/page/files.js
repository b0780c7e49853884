// Files of a message: pictures are shown, text has a preview, everything can be downloaded.
import { html, useEffect, useState } from "./lib.js";
import { localUrl, Picture } from "./blocks.js";
import { Icon } from "./icons.js";

const PREVIEW_LINES = 12;
const isText = (file) =>
  /^(?:text\/|application\/(?:json|xml|yaml|x-yaml|x-ndjson))/.test(file.mimetype ?? "") ||
  /\.(?:txt|md|csv|json|log|ya?ml|html?|ics)$/i.test(file.name ?? "");
const isImage = (file) => (file.mimetype ?? "").startsWith("image/");

function sizeText(bytes) {
  if (!Number.isFinite(bytes)) return "";
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1e6) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function Preview({ url, given }) {
  const [text, setText] = useState(given ?? null);
  const [whole, setWhole] = useState(false);
  useEffect(() => {
    if (given !== undefined || !url) return;
    fetch(url).then((answer) => (answer.ok ? answer.text() : null)).then((body) => body !== null && setText(body.slice(0, 100000)), () => {});
  }, [url]);
  if (text === null) return null;
  const lines = text.split("\n");
  const long = lines.length > PREVIEW_LINES;
  return html`<div class="file-preview"><pre>${(whole ? lines : lines.slice(0, PREVIEW_LINES)).join("\n")}</pre>
    ${long && html`<button type="button" class="link-button" onClick=${() => setWhole(!whole)}>${whole ? "Show less" : `Show all ${lines.length} lines`}</button>`}</div>`;
}

export function FileCard({ file }) {
  const url = localUrl(file.url_private_download ?? file.url_private ?? "");
  const title = file.title || file.name || file.id || "File";
  if (isImage(file) && url) {
    return html`<div class="file-image"><div class="file-caption">${title}</div><a href=${url} download=${file.name ?? title}><${Picture} url=${url} alt=${file.alt_txt ?? title} /></a></div>`;
  }
  return html`<div class="file" data-qa="file">
    <div class="file-head">
      <span class="file-icon"><${Icon} name="file" /></span>
      <span class="file-name"><strong dir="auto">${title}</strong><small>${[file.pretty_type ?? file.filetype ?? file.mimetype, sizeText(file.size)].filter(Boolean).join(" · ")}</small></span>
      ${url && html`<a class="icon-button" href=${url} download=${file.name ?? title} aria-label=${`Download ${title}`} title="Download"><${Icon} name="download" /></a>`}
    </div>
    ${isText(file) && html`<${Preview} url=${url} given=${file.preview} />`}
  </div>`;
}
