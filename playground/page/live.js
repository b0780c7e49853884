// The connection on which the server says that something changed.
import { loadShown, loadWorkspace, onChanged } from "./data.js";
import { state, toast, update } from "./store.js";

let socket = null;
let listeningAs = null;
let attempts = 0;
let timer = null;

export function listen(user) {
  if (user === listeningAs && socket) return;
  listeningAs = user;
  attempts = 0;
  clearTimeout(timer);
  socket?.close();
  connect();
}

function connect() {
  const user = listeningAs;
  const mine = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live?user=${user}`);
  socket = mine;
  update({ live: "connecting" });
  mine.addEventListener("message", (event) => {
    if (mine !== socket) return;
    const change = JSON.parse(event.data);
    if (change.type === "hello") {
      const again = attempts > 0;
      attempts = 0;
      update({ live: "on" });
      // What happened while nobody listened was missed, the server may even have begun anew.
      if (again) loadWorkspace().catch(() => {});
      loadShown();
    } else if (change.what === "toast") {
      // In a channel the same words stand there as a line from Slackbot.
      // A modal says by itself that it could not be submitted.
      const inModal = state.screen?.views?.length && !change.text.startsWith("We had some trouble");
      if (state.route.place === "home" || inModal) toast(change.text, "bad");
    } else if (change.type === "changed") {
      onChanged(change);
    }
  });
  mine.addEventListener("close", () => {
    if (mine !== socket) return;
    socket = null;
    update({ live: "off" });
    timer = setTimeout(connect, Math.min(10000, 250 * 2 ** attempts++));
  });
}
