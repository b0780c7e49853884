// What the viewer does: every act goes through perform(), which words what went wrong.
import * as api from "./api.js";
import { loadMessages, loadShown } from "./data.js";
import { state, toast, update } from "./store.js";

/** Does an act as the viewer. Answers null when the playground refused it; the viewer has been told then. */
export async function perform(name, body) {
  const { user } = state.route;
  try {
    const answer = await api.act(user, name, body);
    // Live updates come on their own connection; without it the page has to look by itself.
    if (state.live !== "on") loadShown();
    return answer;
  } catch (error) {
    if (error.errors) return { delivered: true, errors: error.errors };
    // Slackbot says the one in the channel, and the Home tab itself that it is empty.
    if (error.code === "unknown_command" || error.code === "home_tab_disabled") return null;
    toast(error instanceof api.ApiError ? `That did not work: ${error.message}` : "The playground does not answer. Is it still running?", "bad");
    return null;
  }
}

const inThread = (thread) => (thread ? { thread_ts: thread } : {});

/** Whether the text has left the composer; that a command failed is said by Slackbot, in the channel. */
export async function send(channel, text, thread) {
  const name = text.startsWith("/") && !text.startsWith("//") ? "command" : "message";
  const answer = await perform(name, { channel, text, ...inThread(thread) });
  update({ sent: state.sent + 1 });
  if (!answer) return false;
  loadMessages(channel).catch(() => {});
  if (thread) loadMessages(channel, thread).catch(() => {});
  return true;
}

export const hasReacted = (reaction) => (reaction.users ?? []).includes(state.route.user);

export function toggleReaction(message, name) {
  const mine = (message.reactions ?? []).some((one) => one.name === name && hasReacted(one));
  return perform(mine ? "unreact" : "react", { channel: message.channel, ts: message.ts, name });
}

export async function copyText(text, done) {
  try {
    await navigator.clipboard.writeText(text);
    toast(done);
  } catch {
    toast(text); // no permission for the clipboard: at least it can be read
  }
}
