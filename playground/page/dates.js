// Dates and times as Slack words them, in the viewer's zone rather than the browser's: two people of the same
// playground see the same moment at different hours.
import { html, useEffect, useReducer } from "./lib.js";

const formatters = new Map();
function formatter(zone, options) {
  const key = `${zone} ${JSON.stringify(options)}`;
  if (!formatters.has(key)) {
    let made;
    try {
      made = new Intl.DateTimeFormat("en-US", { timeZone: zone || undefined, ...options });
    } catch {
      made = new Intl.DateTimeFormat("en-US", { timeZone: "UTC", ...options }); // a zone nobody knows
    }
    formatters.set(key, made);
  }
  return formatters.get(key);
}

const say = (ts, zone, options) =>
  formatter(zone, options).format(new Date(ts * 1000)).replace(/\u202f/g, " "); // browsers put a thin space before AM

export function parts(ts, zone) {
  const found = {};
  const options = {
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
    hourCycle: "h23",
  };
  for (const part of formatter(zone, options).formatToParts(new Date(ts * 1000))) found[part.type] = part.value;
  return found;
}

export const now = () => Date.now() / 1000;
export const dayKey = (ts, zone) => {
  const { year, month, day } = parts(ts, zone);
  return `${year}-${month}-${day}`;
};
export const clock = (ts, zone) => say(ts, zone, { hour: "numeric", minute: "2-digit" });

function ordinal(day) {
  const n = Number(day);
  const tens = n % 100;
  if (tens >= 11 && tens <= 13) return `${n}th`;
  return `${n}${{ 1: "st", 2: "nd", 3: "rd" }[n % 10] ?? "th"}`;
}

const SIX_MONTHS = 183 * 86400;
/** Slack leaves the year out when the date is near. */
const withYear = (ts, zone, text) =>
  Math.abs(ts - now()) < SIX_MONTHS ? text : `${text}, ${say(ts, zone, { year: "numeric" })}`;

function near(ts, zone) {
  const day = dayKey(ts, zone);
  if (day === dayKey(now(), zone)) return "today";
  if (day === dayKey(now() - 86400, zone)) return "yesterday";
  if (day === dayKey(now() + 86400, zone)) return "tomorrow";
  return null;
}

function ago(ts) {
  const distance = now() - ts;
  const seconds = Math.abs(distance);
  const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
  for (const [unit, size] of units) {
    if (seconds >= size) {
      const n = Math.floor(seconds / size);
      const words = `${n} ${unit}${n === 1 ? "" : "s"}`;
      return distance >= 0 ? `${words} ago` : `in ${words}`;
    }
  }
  return distance >= 0 ? "just now" : "in less than a minute";
}

const DATE_TOKENS = {
  date_num: (ts, zone) => dayKey(ts, zone),
  date_slash: (ts, zone) => dayKey(ts, zone).replaceAll("-", "/"),
  date: (ts, zone) => withYear(ts, zone, `${say(ts, zone, { month: "long" })} ${ordinal(say(ts, zone, { day: "numeric" }))}`),
  date_short: (ts, zone) => withYear(ts, zone, say(ts, zone, { month: "short", day: "numeric" })),
  date_long: (ts, zone) =>
    withYear(ts, zone, `${say(ts, zone, { weekday: "long" })}, ${say(ts, zone, { month: "long" })} ${ordinal(say(ts, zone, { day: "numeric" }))}`),
  time: clock,
  time_secs: (ts, zone) => say(ts, zone, { hour: "numeric", minute: "2-digit", second: "2-digit" }),
  ago: (ts) => ago(ts),
};
for (const name of ["date", "date_short", "date_long"]) {
  DATE_TOKENS[`${name}_pretty`] = (ts, zone) => near(ts, zone) ?? DATE_TOKENS[name](ts, zone);
}

/** Slack's `<!date^…>`: the tokens of `format` filled in. */
export function formatDate(ts, format, zone) {
  const text = format.replace(/\{(\w+)\}/g, (whole, token) => DATE_TOKENS[token]?.(ts, zone) ?? whole);
  return format.startsWith("{") ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

/** The divider between two days. */
export function dayName(ts, zone) {
  const close = near(ts, zone);
  if (close) return close.charAt(0).toUpperCase() + close.slice(1);
  return DATE_TOKENS.date_long(ts, zone);
}

export const fullDate = (ts, zone) => `${DATE_TOKENS.date_long(ts, zone)} at ${DATE_TOKENS.time_secs(ts, zone)}`;

/** Renders again while it is on screen, for texts that grow old ("3 minutes ago"). */
function useTick(active, milliseconds = 15000) {
  const [, again] = useReducer((n) => n + 1, 0);
  useEffect(() => {
    if (!active) return undefined;
    const timer = setInterval(again, milliseconds);
    return () => clearInterval(timer);
  }, [active]);
}

export function SlackDate({ ts, format, zone, link }) {
  useTick(format.includes("{ago}") || format.includes("_pretty}"));
  const time = html`<time class="date-token" datetime=${new Date(ts * 1000).toISOString()} title=${fullDate(ts, zone)}
    >${formatDate(ts, format, zone)}</time>`;
  return link ? html`<a href=${link} target="_blank" rel="noopener noreferrer">${time}</a>` : time;
}

/** The moment at which a clock in `zone` shows this wall time ("2026-11-21T09:30"), in seconds. */
export function fromWall(wall, zone) {
  const asUtc = Date.parse(`${wall}Z`) / 1000;
  if (Number.isNaN(asUtc)) return null;
  // The offset at the guess can differ from the one at the answer around a change of summer time: look twice.
  let guess = asUtc;
  for (let i = 0; i < 2; i++) guess = asUtc - (Date.parse(`${toWall(guess, zone)}Z`) / 1000 - guess);
  return guess;
}

export function toWall(ts, zone) {
  const { year, month, day, hour, minute } = parts(Math.floor(ts / 60) * 60, zone);
  return `${year}-${month}-${day}T${hour}:${minute}`;
}
