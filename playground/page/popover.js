import { html, useEffect, useLayoutEffect, useRef, useState } from "./lib.js";

const GAP = 4;

/**
 * A layer next to its anchor, above or below, wherever there is room. It is fixed to the window, so neither a
 * scrolling list nor a modal cuts it off, and it closes on a click outside, on Escape and when its anchor scrolls.
 */
export function Popover({ anchor, onClose, children, align = "start", above = false, match = false, label, role, id, keepOnScroll = false, class: name = "" }) {
  const ref = useRef(null);
  const [style, setStyle] = useState({ visibility: "hidden" });
  const close = useRef(onClose);
  close.current = onClose;
  const placed = useRef(null);

  useLayoutEffect(() => {
    const place = () => {
      const from = anchor.getBoundingClientRect();
      placed.current = from;
      const box = ref.current;
      if (!box) return;
      const width = match ? Math.max(from.width, 160) : box.offsetWidth;
      const height = box.scrollHeight;
      const below = innerHeight - from.bottom - GAP * 2;
      const over = from.top - GAP * 2;
      const up = above ? over >= Math.min(height, 220) || over > below : below < Math.min(height, 220) && over > below;
      const left = align === "end" ? from.right - width : from.left;
      setStyle({
        left: `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`,
        ...(up ? { top: "auto", bottom: `${innerHeight - from.top + GAP}px` } : { top: `${from.bottom + GAP}px` }),
        maxHeight: `${Math.max(120, up ? over : below)}px`,
        ...(match ? { width: `${width}px` } : {}),
      });
    };
    place();
    addEventListener("resize", place);
    return () => removeEventListener("resize", place);
  }, [anchor, children]);

  useEffect(() => {
    const outside = (event) => {
      if (!ref.current?.contains(event.target) && !anchor.contains(event.target)) close.current();
    };
    const key = (event) => {
      if (event.key !== "Escape") return;
      // Only this layer closes, not the modal below it.
      event.preventDefault();
      event.stopPropagation();
      close.current();
    };
    const scrolled = (event) => {
      if (keepOnScroll || event.target === document || !event.target.contains?.(anchor)) return;
      // The news of a scroll may come after the click that ended it: only an anchor that moved counts.
      const { left, top } = anchor.getBoundingClientRect();
      if (Math.abs(left - placed.current.left) + Math.abs(top - placed.current.top) > 2) close.current();
    };
    addEventListener("pointerdown", outside, true);
    addEventListener("keydown", key, true);
    addEventListener("scroll", scrolled, true);
    return () => {
      removeEventListener("pointerdown", outside, true);
      removeEventListener("keydown", key, true);
      removeEventListener("scroll", scrolled, true);
    };
  }, [anchor]);

  return html`<div class=${`popover ${name}`} ref=${ref} style=${style} role=${role} id=${id} aria-label=${label}>${children}</div>`;
}

/** A menu of buttons: arrows move, Enter chooses. `items`: {label, note?, icon?, danger?, act} or "-". */
export function Menu({ anchor, onClose, items, label, align, above, header, class: name = "" }) {
  const ref = useRef(null);
  useEffect(() => {
    ref.current?.querySelector("[role=menuitem]")?.focus();
    return () => anchor.focus?.();
  }, []);
  const move = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...ref.current.querySelectorAll("[role=menuitem]:not([disabled])")];
    all.at((all.indexOf(document.activeElement) + step) % all.length)?.focus();
  };
  return html`<${Popover} anchor=${anchor} onClose=${onClose} align=${align} above=${above} class=${`menu ${name}`}>
    ${header}
    <div role="menu" aria-label=${label} ref=${ref} onKeyDown=${move}>
      ${items.filter(Boolean).map((item) => item === "-"
        ? html`<hr />`
        : html`<button type="button" role="menuitem" class=${item.danger ? "menu-item danger" : "menu-item"}
            aria-current=${item.current ? "true" : undefined} disabled=${item.disabled} data-value=${item.value}
            onClick=${() => { onClose(); item.act(); }}>
            ${item.icon}<span class="menu-text"><span>${item.label}</span>${item.note && html`<small>${item.note}</small>`}</span>
          </button>`)}
    </div>
  <//>`;
}

/** A button that opens something next to itself. `children` is called with (anchor, close). */
export function Opener({ label, class: name, qa, disabled, content, children, title, ...rest }) {
  const [anchor, setAnchor] = useState(null);
  return html`
    <button type="button" class=${name} aria-label=${label} title=${title ?? label} aria-haspopup="true" aria-expanded=${Boolean(anchor)}
      data-qa=${qa} disabled=${disabled} ...${rest}
      onClick=${(event) => setAnchor(anchor ? null : event.currentTarget)}>${content}</button>
    ${anchor && children(anchor, () => setAnchor(null))}`;
}
