// What blocks need from the message or view that they are in: where to send a click, and what has been typed.
import { createContext, useContext, useMemo, useReducer, useRef } from "./lib.js";
import * as api from "./api.js";
import { perform } from "./actions.js";
import { openDialog, state } from "./store.js";

export const HostContext = createContext(null);
export const useHost = () => useContext(HostContext);

// What was typed outlives its elements: a modal that a second one covers comes back as it was left.
const typedIn = new Map();
const keyOf = (block, element) => `${block.block_id ?? ""}/${element.action_id ?? ""}`;

/** What an element holds before anybody touches it. */
function initialValue(element) {
  switch (element.type) {
    case "static_select": case "external_select": case "radio_buttons": return element.initial_option?.value ?? null;
    case "multi_static_select": case "multi_external_select": case "checkboxes":
      return (element.initial_options ?? []).map((one) => one.value);
    case "users_select": return element.initial_user ?? null;
    case "multi_users_select": return element.initial_users ?? [];
    case "conversations_select": return element.initial_conversation ?? null;
    case "multi_conversations_select": return element.initial_conversations ?? [];
    case "channels_select": return element.initial_channel ?? null;
    case "multi_channels_select": return element.initial_channels ?? [];
    case "datepicker": return element.initial_date ?? null;
    case "timepicker": return element.initial_time ?? null;
    case "datetimepicker": return element.initial_date_time ?? null;
    default: return element.initial_value ?? "";
  }
}

/** What Slack's `state.values` says about an element, in the form of initialValue(). */
function stateValue(held) {
  if (!held) return undefined;
  for (const key of ["value", "selected_date", "selected_time", "selected_date_time", "selected_user", "selected_users",
    "selected_conversation", "selected_conversations", "selected_channel", "selected_channels"]) {
    if (key in held) return held[key];
  }
  if ("selected_option" in held) return held.selected_option?.value ?? null;
  if ("selected_options" in held) return held.selected_options.map((one) => one.value);
  return undefined;
}

const isEmpty = (value) => value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length);

/**
 * The host of one message (`container` {channel, ts}) or view ({view}).
 * `kind`: message, modal, home; `blocks` and `held` are those of the message or view.
 */
export function useNewHost({ kind, container, blocks, held, errors, setErrors }) {
  const [version, again] = useReducer((n) => n + 1, 0);
  const id = `${state.route.user} ${container.view ?? `${container.channel}/${container.ts}`}`;
  const latest = useRef(null);
  latest.current = { blocks, held, errors, setErrors };

  return useMemo(() => {
    if (!typedIn.has(id)) typedIn.set(id, new Map());
    const typed = typedIn.get(id);
    const inView = Boolean(container.view);

    const get = (block, element) => {
      const key = keyOf(block, element);
      if (typed.has(key)) return typed.get(key).value;
      const known = stateValue(latest.current.held?.values?.[block.block_id]?.[element.action_id]);
      return known === undefined || known === null ? initialValue(element) : known;
    };
    const set = (block, element, value) => {
      typed.set(keyOf(block, element), { value, sent: false, block: block.block_id });
      if (latest.current.errors?.[block.block_id]) {
        const { [block.block_id]: gone, ...rest } = latest.current.errors;
        latest.current.setErrors(rest);
      }
      again();
    };
    const inputs = () => (latest.current.blocks ?? []).filter((block) => block.type === "input" && block.element);

    /** Tells the server what was typed since the last time, before the bot hears of a click in the same view. */
    const flush = async () => {
      if (!inView) return;
      const values = {};
      for (const block of inputs()) {
        const one = typed.get(keyOf(block, block.element));
        if (one && !one.sent && !block.dispatch_action) {
          values[block.block_id] = one.value;
          one.sent = true;
        }
      }
      if (Object.keys(values).length) await perform("fill", { view: container.view, values });
    };

    const send = async (block, element, value) => {
      await flush();
      const body = { container, action_id: element.action_id };
      if (block.block_id) body.block_id = block.block_id;
      if (value !== undefined) body.value = value;
      return perform("click", body);
    };

    return {
      id, kind, container, version, get, set, inputs, flush,
      disabled: false,
      errorOf: (block) => latest.current.errors?.[block.block_id],

      /** The options that the server holds as chosen, with their words: a searched menu offers them no more. */
      chosen(block, element) {
        const held = latest.current.held?.values?.[block.block_id]?.[element.action_id];
        return [held?.selected_option, ...(held?.selected_options ?? [])].filter(Boolean);
      },

      /** A button, or a choice outside of input blocks: the bot hears of it at once. */
      click: send,

      /** Asks what the element wants asked first; true when it may go on. */
      confirmed(element) {
        if (!element.confirm) return true;
        return new Promise((resolve) => {
          openDialog({ kind: "confirm", confirm: element.confirm, yes: () => resolve(true), no: () => resolve(false) });
        });
      },

      /** A value within an input block; the bot only hears of it when the block asks for it. */
      async type(block, element, value, dispatch) {
        set(block, element, value);
        if (!dispatch) return;
        await flush();
        typed.get(keyOf(block, element)).sent = true;
        if (inView) await perform("fill", { view: container.view, values: { [block.block_id]: value } });
        else await send(block, element, value);
      },

      async options(block, element, query) {
        const body = { container, action_id: element.action_id, query };
        if (block.block_id) body.block_id = block.block_id;
        return api.act(state.route.user, "options", body);
      },

      /** All that was typed into input blocks, for submitting. */
      values() {
        const values = {};
        for (const block of inputs()) {
          const one = typed.get(keyOf(block, block.element));
          if (one) values[block.block_id] = one.value;
        }
        return values;
      },

      /** What Slack refuses before it asks the bot. */
      complaints() {
        const found = {};
        for (const block of inputs()) {
          const { element } = block;
          const value = get(block, element);
          if (isEmpty(value) || (typeof value === "string" && !value.trim())) {
            if (!block.optional) found[block.block_id] = "Please complete this required field.";
          } else if (element.min_length && value.length < element.min_length) {
            found[block.block_id] = `This field must have at least ${element.min_length} characters.`;
          } else if (element.max_length && typeof value === "string" && [...value].length > element.max_length) {
            found[block.block_id] = `This field must have at most ${element.max_length} characters.`;
          } else if (element.type === "email_text_input" && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)) {
            found[block.block_id] = "Enter a valid email address.";
          } else if (element.type === "url_text_input" && !/^https?:\/\/\S+$/i.test(value)) {
            found[block.block_id] = "Enter a valid URL.";
          } else if (element.type === "number_input") {
            const problem = numberProblem(element, value);
            if (problem) found[block.block_id] = problem;
          }
        }
        return found;
      },
      /** The server has everything now: from here on its state counts, which an answered `update` may have changed. */
      sent: () => typed.clear(),
      forget: () => typedIn.delete(id),
    };
  }, [id, kind, version]);
}

function numberProblem(element, value) {
  const number = Number(value);
  if (Number.isNaN(number)) return "Enter a number.";
  if (!element.is_decimal_allowed && !Number.isInteger(number)) return "Enter a whole number.";
  if (element.min_value !== undefined && number < Number(element.min_value)) return `Enter ${element.min_value} or more.`;
  if (element.max_value !== undefined && number > Number(element.max_value)) return `Enter ${element.max_value} or less.`;
  return null;
}
