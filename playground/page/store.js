// The page's state in one object. Modules change it with update() and read it with useStore(), which renders a
// component again only when the part that it selects has changed.
import { useLayoutEffect, useReducer, useRef } from "./lib.js";

export const state = {
  route: { user: null, place: null, thread: null, message: null },
  workspace: null,
  screen: null,
  lists: {}, // channel or channel/thread → {messages, loaded}
  drafts: {}, // channel or channel/thread → text not yet sent
  sent: 0, // counts what the viewer sent: their list goes to its end then
  live: "connecting",
  trouble: null,
  toasts: [],
  dialog: null, // {kind, …}: the page's own dialogs (browse, invite, confirm)
  side: null, // "search" | null: what the right-hand pane shows when it is no thread
  search: "",
  drawer: null, // "faults" | "phones" | null: what the drawer at the right shows
  menu: false, // narrow windows: is the sidebar out?
};

const listeners = new Set();

export function update(change) {
  Object.assign(state, change);
  for (const listener of [...listeners]) listener();
}

export function useStore(select) {
  const [, again] = useReducer((n) => n + 1, 0);
  const latest = useRef(null);
  const selected = select(state);
  latest.current = { select, selected };
  useLayoutEffect(() => {
    const check = () => {
      if (latest.current.select(state) !== latest.current.selected) again();
    };
    listeners.add(check);
    check(); // something may have changed between rendering and listening
    return () => listeners.delete(check);
  }, []);
  return selected;
}

let toasts = 0;
export function toast(text, tone = "plain") {
  const id = ++toasts;
  update({ toasts: [...state.toasts, { id, text, tone }] });
  setTimeout(() => dismiss(id), 6000);
}
export const dismiss = (id) => update({ toasts: state.toasts.filter((one) => one.id !== id) });

export const openDialog = (dialog) => update({ dialog });
export const closeDialog = () => update({ dialog: null });
