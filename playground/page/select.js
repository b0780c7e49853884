// Menus that one types into: Slack's selects, single and multiple, with fixed options or ones that the bot finds.
import { cx, freshId, html, useEffect, useMemo, useRef, useState } from "./lib.js";
import { Icon } from "./icons.js";
import { Popover } from "./popover.js";

const matches = (option, query) => option.text.toLowerCase().includes(query.trim().toLowerCase());

/**
 * `groups`: [{label?, options: [{value, text, description?, lead?}]}]; `load(query)` finds them instead.
 * `value` is the value of an option, or with `multiple` a list of them; `known` are options that are chosen but
 * not offered (yet), so that their words can be shown.
 */
export function Select({ id, groups, load, minQuery = 0, value, onChange, multiple, placeholder, label, labelledBy,
  known = [], max, clearable, disabled, invalid, describedBy, autoFocus, data }) {
  const [open, setOpen] = useState(false);
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const [found, setFound] = useState({ state: "idle", groups: [] });
  const box = useRef(null);
  const input = useRef(null);
  const list = useRef(null);
  const listId = useMemo(() => freshId("options"), []);
  const seen = useRef(new Map());

  const offered = load ? found.groups : groups;
  for (const one of known) seen.current.set(one.value, one);
  for (const group of offered) for (const one of group.options) seen.current.set(one.value, one);

  const shown = useMemo(
    () => (load ? offered : offered.map((group) => ({ ...group, options: group.options.filter((one) => matches(one, query)) })))
      .filter((group) => group.options.length),
    [offered, query, load],
  );
  const flat = shown.flatMap((group) => group.options);
  const chosen = multiple ? value ?? [] : value === null || value === undefined || value === "" ? [] : [value];
  const textOf = (one) => seen.current.get(one)?.text ?? one;

  useEffect(() => {
    if (!load || !open) return undefined;
    if (query.length < minQuery) {
      setFound({ state: "short", groups: [] });
      return undefined;
    }
    let dropped = false;
    setFound((before) => ({ ...before, state: "loading" }));
    const timer = setTimeout(() => {
      load(query).then(
        (answer) => !dropped && setFound({ state: "done", groups: answer }),
        () => !dropped && setFound({ state: "failed", groups: [] }),
      );
    }, query ? 200 : 0);
    return () => {
      dropped = true;
      clearTimeout(timer);
    };
  }, [open, query]);

  useEffect(() => {
    if (open) list.current?.querySelector("[data-active=true]")?.scrollIntoView({ block: "nearest" });
  }, [active, open]);

  const show = () => {
    if (disabled || open) return;
    setQuery("");
    setActive(Math.max(0, flat.findIndex((one) => one.value === chosen[0])));
    setOpen(true);
  };
  const hide = () => setOpen(false);
  const choose = (one) => {
    if (multiple) {
      const has = chosen.includes(one.value);
      if (!has && max && chosen.length >= max) return;
      onChange(has ? chosen.filter((other) => other !== one.value) : [...chosen, one.value], one);
      setQuery("");
      input.current?.focus();
    } else {
      hide();
      if (one.value !== value) onChange(one.value, one);
    }
  };
  const key = (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) show();
      else if (flat.length) setActive((active + (event.key === "ArrowDown" ? 1 : -1) + flat.length) % flat.length);
    } else if (event.key === "Enter") {
      // Enter chooses; it must not submit the modal around the menu.
      event.preventDefault();
      if (open && found.state === "loading") return; // what is listed answers an earlier word
      if (open && flat[active]) choose(flat[active]);
      else show();
    } else if (event.key === "Tab") {
      hide();
    } else if (event.key === "Backspace" && multiple && !query && chosen.length) {
      onChange(chosen.slice(0, -1));
    }
  };

  const single = !multiple && chosen.length > 0;
  const index = new Map(flat.map((one, i) => [one.value, i]));
  return html`
    <div class=${cx("select", multiple && "multiple", open && "open", invalid && "invalid", disabled && "disabled")} ref=${box}
      onMouseDown=${(event) => {
        if (event.target === input.current || event.target.closest("button")) return;
        event.preventDefault();
        input.current?.focus();
        show();
      }}>
      ${multiple && chosen.map((one) => html`<span class="chip" key=${one}><span>${textOf(one)}</span>
        <button type="button" aria-label=${`Remove ${textOf(one)}`} disabled=${disabled}
          onClick=${() => onChange(chosen.filter((other) => other !== one))}><${Icon} name="close" /></button></span>`)}
      <input id=${id} ref=${input} role="combobox" type="text" autocomplete="off" spellcheck="false"
        aria-expanded=${open} aria-controls=${listId} aria-autocomplete="list" aria-haspopup="listbox"
        aria-activedescendant=${open && flat[active] ? `${listId}-${active}` : undefined}
        aria-label=${label} aria-labelledby=${labelledBy} aria-invalid=${invalid ? "true" : undefined} aria-describedby=${describedBy}
        placeholder=${single && open ? textOf(chosen[0]) : multiple && chosen.length ? "" : placeholder}
        value=${open ? query : single ? textOf(chosen[0]) : ""} disabled=${disabled} autofocus=${autoFocus}
        onClick=${show} onKeyDown=${key}
        onBlur=${(event) => { if (!list.current?.contains(event.relatedTarget)) hide(); }}
        onInput=${(event) => {
          setQuery(event.target.value);
          setActive(0);
          setOpen(true);
        }} ...${data} />
      ${single && clearable && !disabled && html`<button type="button" class="select-clear" aria-label="Clear the selection"
        onClick=${() => onChange(null)}><${Icon} name="close" /></button>`}
      <span class="select-arrow"><${Icon} name="down" /></span>
      ${open && html`<${Popover} anchor=${box.current} onClose=${hide} match class="listbox">
        <div role="listbox" id=${listId} ref=${list} aria-label=${label ?? "Options"} aria-multiselectable=${multiple ? "true" : undefined}>
          ${shown.map((group) => html`
            ${group.label && html`<div class="option-group" role="presentation">${group.label}</div>`}
            ${group.options.map((one) => {
              const at = index.get(one.value);
              return html`<div role="option" id=${`${listId}-${at}`} class=${at === active ? "option active" : "option"} data-active=${at === active}
                aria-selected=${chosen.includes(one.value)} data-value=${one.value}
                onMouseEnter=${() => setActive(at)} onMouseDown=${(event) => event.preventDefault()} onClick=${() => choose(one)}>
                ${one.lead}<span class="option-text"><span dir="auto">${one.text}</span>${one.description && html`<small>${one.description}</small>`}</span>
                ${chosen.includes(one.value) && html`<${Icon} name="check" />`}</div>`;
            })}`)}
          ${!flat.length && html`<div class="option-none">${
            found.state === "loading" ? "Loading…"
            : found.state === "short" ? `Type ${minQuery === 1 ? "a character" : `${minQuery} characters`} to search`
            : found.state === "failed" ? "The options could not be loaded"
            : "No results"}</div>`}
        </div>
      <//>`}
    </div>`;
}
