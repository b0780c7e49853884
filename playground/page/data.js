// Fetches what is shown, and only that: the server says that something changed, never what, so a burst of fifty
// changes costs two fetches.
import * as api from "./api.js";
import { state, update } from "./store.js";

/** While a load runs, any number of calls lead to one more. */
function coalesced(load) {
  let running = null;
  let queued = null;
  const start = () => {
    running = load().finally(() => {
      running = null;
    });
    return running;
  };
  return () => {
    if (!running) return start();
    queued ??= running.catch(() => {}).then(() => {
      queued = null;
      return start();
    });
    return queued;
  };
}

const json = new WeakMap();
const text = (value) => {
  if (!json.has(value)) json.set(value, JSON.stringify(value));
  return json.get(value);
};

/** The new list, with the old objects where nothing changed, so that unchanged rows are not rendered again. */
function share(before, after, key) {
  const old = new Map((before ?? []).map((one) => [key(one), one]));
  const shared = after.map((one) => {
    const same = old.get(key(one));
    return same && text(same) === text(one) ? same : one;
  });
  const unchanged = before && before.length === shared.length && shared.every((one, i) => one === before[i]);
  return unchanged ? before : shared;
}

const shareOne = (before, after) => (before && after && text(before) === text(after) ? before : after);

export const loadWorkspace = coalesced(async () => {
  const workspace = await api.workspace();
  update({ workspace: shareOne(state.workspace, workspace) });
});

export const loadScreen = coalesced(async () => {
  const { user } = state.route;
  if (!user) return;
  const screen = await api.screen(user);
  if (state.route.user !== user) return; // the viewer became someone else meanwhile
  update({
    screen: {
      ...screen,
      channels: share(state.screen?.channels, screen.channels ?? [], (one) => one.id),
      dms: share(state.screen?.dms, screen.dms ?? [], (one) => one.id),
      views: share(state.screen?.views, screen.views ?? [], (one) => one.id),
      home: shareOne(state.screen?.home, screen.home),
    },
  });
});

export const listKey = (channel, thread) => (thread ? `${channel}/${thread}` : channel);

const loaders = new Map();
export function loadMessages(channel, thread = null) {
  const { user } = state.route;
  const key = `${user} ${listKey(channel, thread)}`;
  if (!loaders.has(key)) loaders.set(key, coalesced(() => fetchMessages(user, channel, thread)));
  return loaders.get(key)();
}

async function fetchMessages(user, channel, thread) {
  const key = listKey(channel, thread);
  let answer;
  try {
    answer = await api.messages(user, channel, thread);
  } catch (error) {
    if (state.route.user === user && error.status) {
      update({ lists: { ...state.lists, [key]: { messages: [], failed: error.code ?? "failed" } } });
    }
    throw error;
  }
  if (state.route.user !== user) return;
  const before = state.lists[key];
  const messages = share(before?.messages, answer.messages, (one) => `${one.ts}${one.ephemeral ? "e" : ""}`);
  if (before?.messages !== messages) update({ lists: { ...state.lists, [key]: { messages } } });
}

/** Everything on screen again: after a change whose extent is unknown, or a lost connection. */
export function loadShown() {
  const { place, thread } = state.route;
  const loads = [loadScreen()];
  if (place && place !== "home") {
    loads.push(loadMessages(place));
    if (thread) loads.push(loadMessages(place, thread));
  }
  return Promise.allSettled(loads);
}

export function onChanged(change) {
  const { place, thread } = state.route;
  const isHere = !change.channel || change.channel === place;
  if (change.what === "faults" || change.what === "toast") return;
  if (change.what === "people") {
    // Also the news of a workspace that began anew.
    loadWorkspace().then(loadShown, () => {});
    return;
  }
  const loads = [loadScreen()];
  if (change.what === "channel") {
    if (change.channel && !state.workspace?.channels?.some((one) => one.id === change.channel)) loads.push(loadWorkspace());
    if (isHere && place && place !== "home") {
      loads.push(loadMessages(place));
      if (thread) loads.push(loadMessages(place, thread));
    }
  }
  Promise.allSettled(loads);
}

/** Another person looks now: nothing of the one before may stay on screen. */
export function forgetViewer() {
  loaders.clear();
  update({ screen: null, lists: {}, drafts: {}, dialog: null, toasts: [], side: null, search: "", menu: false });
}
