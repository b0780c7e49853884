// Where the viewer is, kept in the address so that links, reloads and tests can go straight there:
//   #/U01ADA/C123                     a channel or direct message
//   #/U01ADA/C123/thread/1700000.01   with a thread open
//   #/U01ADA/C123/message/1700000.01  scrolled to a message
//   #/U01ADA/home                     the app's Home tab
import { state, update } from "./store.js";

export function parse(hash) {
  const [user, place, kind, ts] = hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  return {
    user: user || null,
    place: place || null,
    thread: kind === "thread" ? ts : null,
    message: kind === "message" ? ts : null,
  };
}

export function format({ user, place, thread, message }) {
  const parts = [user, place];
  if (thread) parts.push("thread", thread);
  else if (message) parts.push("message", message);
  return `#/${parts.filter(Boolean).join("/")}`;
}

/** Goes somewhere; what is not named stays, except a thread or message, which belong to their channel. */
export function go(change) {
  const hash = format({ user: state.route.user, place: state.route.place, ...change });
  if (hash === location.hash) update({ route: parse(hash) });
  else location.hash = hash;
}

export function replace(change) {
  history.replaceState(null, "", format({ ...state.route, ...change }));
  update({ route: parse(location.hash) });
}

/** The way inside the page that a link means, or null when it leads elsewhere. */
export function inside(url) {
  let at;
  try {
    at = new URL(url, location.href);
  } catch {
    return null;
  }
  const archive = at.pathname.match(/\/archives\/([CDG][A-Z0-9]+)(?:\/p(\d{10})(\d{6}))?$/);
  if (archive) {
    const [, place, seconds, micros] = archive;
    const thread = at.searchParams.get("thread_ts");
    if (thread) return { place, thread };
    return { place, message: seconds ? `${seconds}.${micros}` : null };
  }
  if (at.origin === location.origin && at.pathname === "/" && at.hash.startsWith("#/")) return parse(at.hash);
  return null;
}
