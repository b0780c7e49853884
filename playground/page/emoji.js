import { html } from "./lib.js";
import { SECTIONS } from "./emoji-table.js";

/** [section, [{char, names}]] for the picker. */
export const PICKER = SECTIONS.map(([section, table]) => {
  const words = table.trim().split(/\s+/);
  const list = [];
  for (let i = 0; i < words.length; i += 2) list.push({ char: words[i], names: words[i + 1].split("/") });
  return [section, list];
});

const BY_NAME = new Map();
for (const [, list] of PICKER) for (const one of list) for (const name of one.names) BY_NAME.set(name, one.char);

const TONES = { 2: "🏻", 3: "🏼", 4: "🏽", 5: "🏾", 6: "🏿" };

/** The character of a shortcode, without its colons; undefined when the table does not have it. */
export function emojiChar(name) {
  const [base, tone] = name.split("::skin-tone-");
  const char = BY_NAME.get(base);
  return char && tone ? char + (TONES[tone] ?? "") : char;
}

export function findEmoji(text, limit = 60) {
  const wanted = text.toLowerCase();
  const starts = [], contains = [];
  for (const [, list] of PICKER) {
    for (const one of list) {
      if (one.names.some((name) => name.startsWith(wanted))) starts.push(one);
      else if (one.names.some((name) => name.includes(wanted))) contains.push(one);
    }
  }
  return [...starts, ...contains].slice(0, limit);
}

/** An emoji of the table, or its shortcode as typed, as Slack shows one that a workspace does not have. */
export function Emoji({ name, unicode }) {
  const char = unicode ? fromCodePoints(unicode) : emojiChar(name);
  if (!char) return `:${name}:`;
  return html`<span class="emoji" role="img" aria-label=${`:${name}:`} title=${`:${name}:`}>${char}</span>`;
}

function fromCodePoints(hex) {
  try {
    return String.fromCodePoint(...hex.split("-").map((part) => parseInt(part, 16)));
  } catch {
    return undefined;
  }
}
