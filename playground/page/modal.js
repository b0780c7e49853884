// The bot's modals. Only the top of the stack is shown; those below wait with what was typed into them.
import { html, useEffect, useRef, useState } from "./lib.js";
import { perform } from "./actions.js";
import { Blocks } from "./blocks.js";
import { loadScreen } from "./data.js";
import { HostContext, useNewHost } from "./host.js";
import { Icon } from "./icons.js";
import { Plain, plainString } from "./mrkdwn.js";
import { Avatar } from "./people.js";
import { state, useStore } from "./store.js";

export function Modals() {
  const views = useStore((s) => s.screen?.views);
  const top = views?.at(-1);
  return top ? html`<${Modal} key=${top.id} view=${top} depth=${views.length} />` : null;
}

function Modal({ view, depth }) {
  const dialog = useRef(null);
  const body = useRef(null);
  const [errors, setErrors] = useState(view.errors ?? {});
  const [busy, setBusy] = useState(null); // "submit" | "close"
  const [trouble, setTrouble] = useState(false);
  const made = useNewHost({ kind: "modal", container: { view: view.id }, blocks: view.blocks, held: view.state, errors, setErrors });
  const host = { ...made, disabled: busy === "submit" };
  const hasInput = view.blocks.some((block) => block.type === "input");
  const title = plainString(view.title);

  useEffect(() => {
    const box = dialog.current;
    if (!box.open) box.showModal();
    const wanted = body.current.querySelector("[autofocus]") ?? body.current.querySelector(".field-group input, .field-group textarea");
    // Text fields at once; a menu would open its list, which nobody asked for yet.
    (wanted ?? box.querySelector("footer .primary") ?? box).focus({ preventScroll: true });
    return () => box.close();
  }, []);
  useEffect(() => setTrouble(false), [view.hash]);

  const complain = (found) => {
    setErrors(found);
    const [first] = view.blocks.filter((block) => found[block.block_id]);
    requestAnimationFrame(() => {
      const field = first && body.current?.querySelector(`.field-group[data-block-id="${CSS.escape(first.block_id)}"]`);
      field?.scrollIntoView({ block: "nearest" });
      field?.querySelector("input, textarea")?.focus({ preventScroll: true });
    });
  };

  const submit = async () => {
    if (busy) return;
    const wrong = made.complaints();
    if (Object.keys(wrong).length) {
      complain(wrong);
      return;
    }
    setBusy("submit");
    setTrouble(false);
    const answer = await perform("submit", { view: view.id, values: made.values() });
    setBusy(null);
    if (!answer || answer.delivered === false) {
      setTrouble(true);
      return;
    }
    const found = answer.errors ?? answer.body?.errors;
    if (found && Object.keys(found).length) {
      complain(found);
      return;
    }
    setErrors({});
    made.sent();
    loadScreen().catch(() => {});
  };

  const close = async (all) => {
    setBusy("close");
    const ids = (all ? [...state.screen.views].reverse() : [view]).map((one) => one.id);
    for (const id of ids) await perform("close", { view: id });
    made.forget();
    setBusy(null);
    loadScreen().catch(() => {});
  };

  const enter = (event) => {
    if (event.key !== "Enter" || event.defaultPrevented || event.isComposing) return;
    const field = event.target;
    const oneLine = field.tagName === "INPUT" && !["checkbox", "radio", "button"].includes(field.type);
    if (!oneLine && !(event.metaKey || event.ctrlKey)) return;
    event.preventDefault();
    if (view.submit || hasInput) submit();
  };

  return html`<dialog class="modal" ref=${dialog} data-qa="modal" data-view-id=${view.id} data-callback-id=${view.callback_id} aria-label=${title} tabindex="-1"
      onCancel=${(event) => { event.preventDefault(); close(false); }} onKeyDown=${enter}>
    <header class="modal-header">
      ${depth > 1 ? html`<button type="button" class="icon-button" aria-label="Back" title="Back" onClick=${() => close(false)}><${Icon} name="back" /></button>`
        : html`<${Avatar} id=${state.workspace.bot.user_id} size=${28} />`}
      <h2><${Plain} text=${view.title.text} emoji=${view.title.emoji !== false} /></h2>
      <button type="button" class="icon-button" aria-label="Close dialog" title="Close" onClick=${() => close(true)}><${Icon} name="close" /></button>
    </header>
    <div class="modal-body" ref=${body}>
      ${trouble && html`<div class="trouble" role="alert"><${Icon} name="warning" />We had some trouble connecting. Try again?</div>`}
      <${HostContext.Provider} value=${host}><${Blocks} blocks=${view.blocks} /><//>
    </div>
    <footer class="modal-footer">
      <button type="button" class="button" disabled=${busy === "submit"} onClick=${() => close(false)}>${view.close ? html`<${Plain} text=${view.close.text} />` : view.submit || hasInput ? "Cancel" : "Close"}</button>
      ${(view.submit || hasInput) && html`<button type="button" class=${busy === "submit" ? "button primary sending" : "button primary"} aria-busy=${busy === "submit"}
        disabled=${Boolean(busy)} onClick=${submit}><span>${view.submit ? html`<${Plain} text=${view.submit.text} />` : "Submit"}</span></button>`}
    </footer>
  </dialog>`;
}
