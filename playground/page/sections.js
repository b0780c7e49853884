// F6 goes from one part of the page to the next, as in Slack: a long channel has hundreds of links for Tab to stop at.
const SECTIONS = [".topbar", ".sidebar", ".primary-pane .pane-header", ".primary-pane [data-list]", ".primary-pane .composer, .home-scroll", ".side-pane", ".drawer"];
const FOCUSABLE = "input, textarea, button:not([disabled]), a[href], select, [tabindex='0']";

const seen = (element) => element.getClientRects().length > 0;

/** Where the keyboard begins in a part: the newest message, the current channel, what is first otherwise. */
function entrance(part) {
  const [current] = part.querySelectorAll("[data-qa=message][tabindex='0'], .side-row.current");
  return current ?? [...part.querySelectorAll(FOCUSABLE)].find(seen) ?? null;
}

export function nextSection(event) {
  if (event.key !== "F6" || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  const parts = SECTIONS.map((one) => document.querySelector(one)).filter((one) => one && seen(one) && entrance(one));
  const here = parts.findIndex((one) => one.contains(document.activeElement));
  const step = event.shiftKey ? -1 : 1;
  const next = here < 0 ? (event.shiftKey ? parts.length - 1 : 0) : (here + step + parts.length) % parts.length;
  const found = parts[next] && entrance(parts[next]);
  found?.focus();
}
