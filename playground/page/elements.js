// The interactive elements of Block Kit. Each gets its block and element as the bot wrote them; the host knows
// what to do with a click or a value. `input` is set within an input block, where nothing is sent until submit.
import { cx, freshId, html, useEffect, useMemo, useRef, useState } from "./lib.js";
import { fromWall, toWall } from "./dates.js";
import { useHost } from "./host.js";
import { Icon } from "./icons.js";
import { Plain, TextObject, plainString } from "./mrkdwn.js";
import { Avatar, botName, ChannelIcon, channelTitle, humans, isBot, nameOf, useViewerZone } from "./people.js";
import { Menu, Opener } from "./popover.js";
import { go, inside } from "./route.js";
import { Select } from "./select.js";
import { state, useStore } from "./store.js";

const marks = (block, element) => ({ "data-block-id": block.block_id, "data-action-id": element.action_id });

/** An act that is under way: the element shows it, and a failure stays visible next to it for a while. */
function useSending() {
  const [sending, setSending] = useState(false);
  const [failed, setFailed] = useState(false);
  const alive = useRef(true);
  useEffect(() => () => { alive.current = false; }, []);
  const run = async (act) => {
    setSending(true);
    setFailed(false);
    const answer = await act();
    if (!alive.current) return;
    setSending(false);
    if (answer && answer.delivered === false) {
      setFailed(true);
      setTimeout(() => alive.current && setFailed(false), 8000);
    }
  };
  return [sending, failed, run];
}

const Failed = ({ when }) => when
  ? html`<span class="action-failed" role="status" data-qa="action-failed"><${Icon} name="warning" />The app did not answer</span>`
  : null;

/** How an element outside an input block reads and changes its value: each change is a click. */
function useValue(block, element, input) {
  const host = useHost();
  const [sending, failed, run] = useSending();
  const value = host.get(block, element);
  const change = async (next) => {
    if (input) return host.type(block, element, next, block.dispatch_action);
    const before = value;
    host.set(block, element, next);
    if (!(await host.confirmed(element))) return host.set(block, element, before);
    return run(() => host.click(block, element, next));
  };
  return { value, change, sending, failed, disabled: host.disabled || sending };
}

// --- buttons -------------------------------------------------------------------------------------------------

function Button({ block, element }) {
  const host = useHost();
  const [sending, failed, run] = useSending();
  const name = cx("button", element.style, sending && "sending");
  const label = element.accessibility_label;
  const press = async () => {
    if (await host.confirmed(element)) run(() => host.click(block, element));
  };
  const words = html`<span><${Plain} text=${element.text.text} emoji=${element.text.emoji !== false} /></span>`;
  if (element.url) {
    const way = inside(element.url);
    return html`<a class=${name} href=${/^https?:/i.test(element.url) ? element.url : undefined} target=${way ? undefined : "_blank"}
      rel="noopener noreferrer" role="button" aria-label=${label} ...${marks(block, element)}
      onClick=${(event) => {
        press();
        if (way) {
          event.preventDefault();
          go(way);
        }
      }}>${words}</a><${Failed} when=${failed} />`;
  }
  return html`<button type="button" class=${name} aria-label=${label} aria-busy=${sending} disabled=${host.disabled || sending}
    onClick=${press} ...${marks(block, element)}>${words}</button><${Failed} when=${failed} />`;
}

function Overflow({ block, element }) {
  const host = useHost();
  const [sending, failed, run] = useSending();
  return html`<${Opener} class="button icon-only" label="More options" content=${html`<${Icon} name="more" />`}
      disabled=${host.disabled || sending} ...${marks(block, element)}>
    ${(anchor, close) => html`<${Menu} anchor=${anchor} onClose=${close} label="More options"
      items=${element.options.map((option) => ({
        label: plainString(option.text),
        note: option.description && plainString(option.description),
        value: option.value,
        act: async () => {
          if (!(await host.confirmed(element))) return;
          if (option.url) {
            const way = inside(option.url);
            if (way) go(way);
            else if (/^https?:/i.test(option.url)) open(option.url, "_blank", "noopener,noreferrer");
          }
          run(() => host.click(block, element, option.value));
        },
      }))} />`}
  <//><${Failed} when=${failed} />`;
}

// --- menus ---------------------------------------------------------------------------------------------------

const optionOf = (option) => ({
  value: option.value,
  text: plainString(option.text),
  description: option.description ? plainString(option.description) : undefined,
});
const groupsOf = (source) => source?.option_groups?.length
  ? source.option_groups.map((group) => ({ label: plainString(group.label), options: group.options.map(optionOf) }))
  : [{ options: (source?.options ?? []).map(optionOf) }];

function peopleGroups() {
  const { bot } = state.workspace;
  const options = humans().map((one) => ({
    value: one.id, text: nameOf(one), description: one.title || undefined, lead: html`<${Avatar} id=${one.id} size=${20} />`,
  }));
  options.sort((a, b) => a.text.localeCompare(b.text));
  return [{ options: [...options, { value: bot.user_id, text: botName(), description: "App", lead: html`<${Avatar} id=${bot.user_id} size=${20} />` }] }];
}

function channelGroups(element) {
  const include = element.filter?.include ?? (element.type.endsWith("channels_select") ? ["public"] : ["public", "private", "im", "mpim"]);
  const { screen, workspace } = state;
  const seen = new Map((screen?.channels ?? []).map((one) => [one.id, one]));
  for (const one of workspace.channels) if (!one.is_private && !one.is_im) seen.set(one.id, one);
  const channels = [...seen.values()]
    .filter((one) => !one.is_archived && !one.is_im && include.includes(one.is_private ? "private" : "public"))
    .sort((a, b) => a.name.localeCompare(b.name))
    .map((one) => ({ value: one.id, text: one.name, lead: html`<${ChannelIcon} channel=${one} />` }));
  const dms = include.includes("im")
    ? (screen?.dms ?? []).filter((one) => !element.filter?.exclude_bot_users || !one.members?.some(isBot))
      .map((one) => ({ value: one.id, text: channelTitle(one) }))
    : [];
  return dms.length ? [{ label: "Channels", options: channels }, { label: "Direct messages", options: dms }] : [{ options: channels }];
}

function SelectElement({ block, element, input, ids }) {
  const host = useHost();
  const { value, change, failed, disabled } = useValue(block, element, input);
  const workspace = useStore((s) => s.workspace);
  const screen = useStore((s) => s.screen);
  const multiple = element.type.startsWith("multi_");
  const external = element.type.endsWith("external_select");
  const groups = useMemo(() => {
    if (external) return [];
    if (element.type.endsWith("users_select")) return peopleGroups();
    if (element.type.endsWith("channels_select") || element.type.endsWith("conversations_select")) return channelGroups(element);
    return groupsOf(element);
  }, [element, workspace, screen]);
  const load = external
    ? async (query) => {
      const answer = await host.options(block, element, query);
      if (answer.delivered === false) throw new Error("the bot did not answer");
      return groupsOf(answer.body ?? answer);
    }
    : undefined;
  const known = [element.initial_option, ...(element.initial_options ?? []), ...host.chosen(block, element)].filter(Boolean).map(optionOf);
  return html`<${Select} id=${ids?.input} groups=${groups} load=${load} minQuery=${element.min_query_length ?? 3}
    value=${value} onChange=${change} multiple=${multiple} known=${known} max=${element.max_selected_items}
    placeholder=${element.placeholder ? plainString(element.placeholder) : multiple ? "Select options" : "Select an option"}
    label=${ids ? undefined : element.placeholder ? plainString(element.placeholder) : plainString(block.text) || "Choose"}
    clearable=${input && block.optional} disabled=${disabled} invalid=${ids?.invalid} describedBy=${ids?.notes}
    autoFocus=${element.focus_on_load} data=${marks(block, element)} /><${Failed} when=${failed} />`;
}

// --- choices -------------------------------------------------------------------------------------------------

function Choices({ block, element, input, ids }) {
  const { value, change, failed, disabled } = useValue(block, element, input);
  const many = element.type === "checkboxes";
  const name = useMemo(() => freshId("choice"), []);
  return html`<div class="choices" role=${many ? "group" : "radiogroup"} aria-labelledby=${ids?.label} aria-describedby=${ids?.notes}
      ...${marks(block, element)}>
    ${element.options.map((option) => {
      const checked = many ? value.includes(option.value) : value === option.value;
      return html`<label class="choice">
        <input type=${many ? "checkbox" : "radio"} name=${name} value=${option.value} checked=${checked} disabled=${disabled}
          onChange=${(event) => {
            if (!many) return change(option.value);
            // In the order in which the options are offered, as Slack sends them.
            const next = element.options.map((one) => one.value)
              .filter((one) => (one === option.value ? event.target.checked : value.includes(one)));
            return change(next);
          }} />
        <span class="choice-text"><${TextObject} object=${option.text} />
          ${option.description && html`<small><${TextObject} object=${option.description} /></small>`}</span>
      </label>`;
    })}
  </div><${Failed} when=${failed} />`;
}

// --- dates ---------------------------------------------------------------------------------------------------

function DateInput({ block, element, input, ids }) {
  const { value, change, failed, disabled } = useValue(block, element, input);
  const zone = useViewerZone();
  const kind = { datepicker: "date", timepicker: "time", datetimepicker: "datetime-local" }[element.type];
  const both = element.type === "datetimepicker";
  const shown = both ? (value ? toWall(Number(value), zone) : "") : value ?? "";
  const take = (text) => {
    if (!text) return change(null);
    return change(both ? fromWall(text, zone) : text);
  };
  return html`<span class="date-field"><input type=${kind} id=${ids?.input} class="field" value=${shown} disabled=${disabled}
      aria-label=${ids ? undefined : element.placeholder ? plainString(element.placeholder) : "Choose"} aria-describedby=${ids?.notes}
      aria-invalid=${ids?.invalid ? "true" : undefined} autofocus=${element.focus_on_load}
      onChange=${(event) => take(event.target.value)} ...${marks(block, element)} />
    ${element.type !== "datepicker" && html`<small class="zone" title="Times are in your time zone">${zone.split("/").at(-1).replaceAll("_", " ")}</small>`}
    </span><${Failed} when=${failed} />`;
}

// --- text ----------------------------------------------------------------------------------------------------

const TEXT_TYPES = { email_text_input: "email", url_text_input: "url", number_input: "text", plain_text_input: "text" };

function TextInput({ block, element, input, ids }) {
  const host = useHost();
  const [failed, setFailed] = useState(false);
  const value = String(host.get(block, element) ?? "");
  const timer = useRef(null);
  const on = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const dispatches = input ? block.dispatch_action : true;

  const send = async (text) => {
    clearTimeout(timer.current);
    const answer = await host.type(block, element, text, true);
    setFailed(answer?.delivered === false);
  };
  const typed = (event) => {
    const text = event.target.value;
    host.set(block, element, text);
    if (!dispatches || !on.includes("on_character_entered")) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => send(text), 300);
  };
  const key = (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    if (dispatches && on.includes("on_enter_pressed") && (!element.multiline || !event.shiftKey)) {
      event.preventDefault();
      send(event.target.value);
    }
  };

  const common = {
    id: ids?.input, class: "field", value, disabled: host.disabled, dir: "auto",
    placeholder: element.placeholder ? plainString(element.placeholder) : undefined,
    "aria-describedby": ids?.notes, "aria-invalid": ids?.invalid ? "true" : undefined, "aria-required": input && !block.optional ? "true" : undefined,
    "aria-label": ids ? undefined : "Text", autofocus: element.focus_on_load,
    onInput: typed, onKeyDown: key, ...marks(block, element),
  };
  const left = element.max_length ? element.max_length - [...value].length : null;
  const counter = left !== null && (left <= 50 || left <= element.max_length * 0.2)
    ? html`<span class=${left < 0 ? "counter over" : "counter"} aria-live="polite" data-qa="counter">${left}</span>`
    : null;
  return html`<span class="text-field">${element.multiline || element.type === "rich_text_input"
    ? html`<textarea rows="4" ...${common} />`
    : html`<input type=${TEXT_TYPES[element.type] ?? "text"} inputmode=${element.type === "number_input" ? "decimal" : undefined} ...${common} />`}
    ${counter}</span><${Failed} when=${failed} />`;
}

// --- everything ----------------------------------------------------------------------------------------------

const ELEMENTS = {
  button: Button,
  workflow_button: Button,
  overflow: Overflow,
  checkboxes: Choices,
  radio_buttons: Choices,
  datepicker: DateInput,
  timepicker: DateInput,
  datetimepicker: DateInput,
  plain_text_input: TextInput,
  rich_text_input: TextInput,
  email_text_input: TextInput,
  url_text_input: TextInput,
  number_input: TextInput,
};
for (const kind of ["static", "external", "users", "conversations", "channels"]) {
  ELEMENTS[`${kind}_select`] = SelectElement;
  ELEMENTS[`multi_${kind}_select`] = SelectElement;
}

export function Element(props) {
  const view = ELEMENTS[props.element.type];
  if (!view) return html`<span class="unknown">The playground does not show “${props.element.type}”.</span>`;
  return html`<${view} ...${props} />`;
}

