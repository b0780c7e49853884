// Where messages and commands are typed, with the menus that open while typing.
import { freshId, html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./lib.js";
import { perform, send } from "./actions.js";
import { findEmoji } from "./emoji.js";
import { EmojiPicker } from "./emojipicker.js";
import { Icon } from "./icons.js";
import { Avatar, botName, ChannelIcon, humans, isBot, nameOf } from "./people.js";
import { Menu, Opener, Popover } from "./popover.js";
import { state, update, useStore } from "./store.js";

const norm = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");

/** What the text before the caret asks for: {kind, from, word} or null. */
function asked(text, caret) {
  const before = text.slice(0, caret);
  const command = /^\/([\w-]*)$/.exec(before);
  if (command) return { kind: "command", from: 0, word: command[1] };
  const found = /(?:^|[\s(])([@#:])([\p{L}\p{N}_+-]*)$/u.exec(before);
  if (!found) return null;
  const [, mark, word] = found;
  if (mark === ":" && word.length < 2) return null;
  return { kind: { "@": "person", "#": "channel", ":": "emoji" }[mark], from: caret - word.length - 1, word };
}

function completions(ask) {
  const word = norm(ask.word);
  const { workspace, screen } = state;
  switch (ask.kind) {
    case "command":
      return workspace.commands.filter((one) => one.name.replace(/^\//, "").startsWith(word)).map((one) => {
        const name = `/${one.name.replace(/^\//, "")}`;
        return { key: name, insert: `${name} `, title: name, hint: one.usage_hint, note: one.description, lead: html`<${Avatar} id=${workspace.bot.user_id} size=${32} />` };
      });
    case "person": {
      const people = [...humans(), { id: workspace.bot.user_id, name: workspace.bot.name, real_name: botName() }];
      const fits = (one) => norm(one.name).startsWith(word) || norm(nameOf(one)).split(/\s+/).some((part) => part.startsWith(word));
      const found = people.filter(fits).map((one) => ({
        key: one.id, insert: `@${one.name} `, title: nameOf(one), hint: one.name, note: isBot(one.id) ? "App" : one.title, lead: html`<${Avatar} id=${one.id} size=${24} />`,
      }));
      for (const range of ["here", "channel"]) {
        if (word && range.startsWith(word)) {
          found.push({ key: range, insert: `@${range} `, title: `@${range}`, note: range === "here" ? "Everyone who is active in here" : "Everyone in here", lead: html`<${Icon} name="bell" />` });
        }
      }
      return found.slice(0, 10);
    }
    case "channel":
      return (screen?.channels ?? []).filter((one) => !one.is_archived && norm(one.name).includes(word)).slice(0, 10)
        .map((one) => ({ key: one.id, insert: `#${one.name} `, title: one.name, lead: html`<${ChannelIcon} channel=${one} />` }));
    case "emoji":
      return findEmoji(ask.word, 8).map((one) => ({ key: one.names[0], insert: `:${one.names[0]}: `, title: `:${one.names[0]}:`, lead: html`<span class="emoji">${one.char}</span>` }));
    default: return [];
  }
}

function Shortcuts({ onDone }) {
  const shortcuts = useStore((s) => s.workspace.shortcuts).filter((one) => one.type !== "message");
  if (!shortcuts.length) return null;
  return html`<${Opener} class="icon-button" label="Shortcuts" qa="shortcuts" content=${html`<${Icon} name="bolt" />`}>
    ${(anchor, close) => html`<${Menu} anchor=${anchor} onClose=${close} above label="Shortcuts"
      header=${html`<div class="menu-header">Shortcuts</div>`}
      items=${shortcuts.map((one) => ({
        label: one.name, note: one.description, icon: html`<${Avatar} id=${state.workspace.bot.user_id} size=${28} />`,
        act: () => { onDone(); perform("shortcut", { callback_id: one.callback_id }); },
      }))} />`}
  <//>`;
}

export function Composer({ channel, thread, draftKey, placeholder, qa }) {
  const text = useStore((s) => s.drafts[draftKey] ?? "");
  const workspace = useStore((s) => s.workspace);
  const [caret, setCaret] = useState(0);
  const [closed, setClosed] = useState(null); // the menu that was sent away with Escape
  const [active, setActive] = useState(0);
  const [sending, setSending] = useState(false);
  const input = useRef(null);
  const frame = useRef(null);
  const listId = useMemo(() => freshId("menu"), []);

  const setText = (next) => update({ drafts: { ...state.drafts, [draftKey]: next } });
  const ask = asked(text, caret);
  const askKey = ask ? `${ask.kind}${ask.from}` : null;
  const choices = ask && closed !== askKey ? completions(ask) : [];
  const open = choices.length > 0;
  const typedCommand = /^\/([\w-]+)(?=\s)/.exec(text);
  const command = typedCommand && workspace.commands.find((one) => one.name.replace(/^\//, "") === typedCommand[1]);

  useEffect(() => setActive(0), [askKey, ask?.word]);
  useEffect(() => {
    if (!thread) input.current.focus({ preventScroll: true });
  }, [draftKey]);
  useLayoutEffect(() => {
    // As tall as its text, up to a third of the window.
    input.current.style.height = "auto";
    input.current.style.height = `${Math.min(input.current.scrollHeight, innerHeight / 3)}px`;
  }, [text]);

  const moved = (event) => setCaret(event.target.selectionStart);
  const insertAt = (from, to, what) => {
    // Into the field at once: a key that is pressed before the next frame finds text and caret in their places.
    const field = input.current;
    field.focus();
    field.setRangeText(what, from, to, "end");
    setText(field.value);
    setCaret(field.selectionStart);
  };
  const choose = (one) => insertAt(ask.from, caret, one.insert);
  const submit = async () => {
    const whole = (input.current?.value ?? text).trimEnd(); // a space before the slash makes it a message
    if (!whole.trim() || sending) return;
    setText("");
    setCaret(0);
    setSending(true);
    const sent = await send(channel, whole, thread);
    setSending(false);
    if (!sent && !state.drafts[draftKey]) setText(whole); // what was typed is not lost
    input.current?.focus();
  };
  const key = (event) => {
    if (event.isComposing) return;
    if (open) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      // A name that is complete already needs no choosing: Enter sends.
      const exact = choices.some((one) => one.insert.trim() === text.slice(ask.from, caret));
      if (step) {
        event.preventDefault();
        setActive((active + step + choices.length) % choices.length);
        return;
      }
      if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey && !exact)) {
        event.preventDefault();
        choose(choices[active] ?? choices[0]);
        return;
      }
      if (event.key === "Escape") {
        event.preventDefault();
        setClosed(askKey);
        return;
      }
    }
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    }
  };

  return html`<div class="composer-wrap">
    ${open && frame.current && html`<${Popover} anchor=${frame.current} onClose=${() => setClosed(askKey)} above match keepOnScroll class="completions">
      ${ask.kind === "command" && html`<div class="menu-header">Commands</div>`}
      <div role="listbox" id=${listId} aria-label=${{ command: "Slash commands", person: "People", channel: "Channels", emoji: "Emoji" }[ask.kind]}
        data-qa=${ask.kind === "command" ? "slash-menu" : "completions"}>
        ${choices.map((one, i) => html`<div role="option" key=${one.key} id=${`${listId}-${i}`} aria-selected=${i === active} class=${i === active ? "completion active" : "completion"}
          onMouseEnter=${() => setActive(i)} onMouseDown=${(event) => event.preventDefault()} onClick=${() => choose(one)}>
          <span class="completion-lead">${one.lead}</span>
          <span class="completion-text"><span><strong>${one.title}</strong>${one.hint && html` <span class="hint-text">${one.hint}</span>`}</span>${one.note && html`<small>${one.note}</small>`}</span>
        </div>`)}
      </div>
    <//>`}
    <div class="composer" ref=${frame} onMouseDown=${(event) => {
      if (event.target === event.currentTarget) {
        event.preventDefault();
        input.current.focus();
      }
    }}>
      <textarea ref=${input} rows="1" data-qa=${qa} aria-label=${placeholder} placeholder=${placeholder} value=${text} dir="auto"
        aria-controls=${open ? listId : undefined} aria-activedescendant=${open ? `${listId}-${active}` : undefined} autocomplete="off"
        onInput=${(event) => { setText(event.target.value); setCaret(event.target.selectionStart); setClosed(null); }}
        onKeyDown=${key} onKeyUp=${moved} onClick=${moved}></textarea>
      <div class="composer-bar">
        <${Shortcuts} onDone=${() => input.current?.focus()} />
        <${Opener} class="icon-button" label="Emoji" content=${html`<${Icon} name="smile" />`}>
          ${(anchor, close) => html`<${EmojiPicker} anchor=${anchor} onClose=${close} onPick=${(name) => insertAt(caret, caret, `:${name}: `)} />`}
        <//>
        <button type="button" class="icon-button" aria-label="Mention someone" title="Mention someone"
          onClick=${() => insertAt(caret, caret, text && !/\s$/.test(text.slice(0, caret)) ? " @" : "@")}><${Icon} name="at" /></button>
        ${command?.usage_hint && html`<span class="usage" title=${command.description}><code>/${command.name.replace(/^\//, "")}</code> ${command.usage_hint}</span>`}
        <button type="button" class="send" aria-label="Send now" title="Send now" disabled=${!text.trim() || sending} aria-busy=${sending} onClick=${submit}><${Icon} name="send" /></button>
      </div>
    </div>
  </div>`;
}
