// The page's own dialogs: confirming, browsing channels, members, inviting.
import { html, plural, useEffect, useRef, useState } from "./lib.js";
import { post } from "./api.js";
import { perform } from "./actions.js";
import { loadScreen, loadWorkspace } from "./data.js";
import { Icon } from "./icons.js";
import { InlineMrkdwn, TextObject, plainString } from "./mrkdwn.js";
import { Avatar, channel as channelById, ChannelIcon, humans, isBot, person, userName } from "./people.js";
import { go } from "./route.js";
import { Select } from "./select.js";
import { closeDialog, state, toast, useStore } from "./store.js";

export function Dialogs() {
  const dialog = useStore((s) => s.dialog);
  const view = { confirm: Confirm, browse: Browse, members: Members, invite: Invite }[dialog?.kind];
  return view ? html`<${view} key=${dialog.kind} ...${dialog} />` : null;
}

function Dialog({ title, children, footer, onClose = closeDialog, small, alert }) {
  const box = useRef(null);
  useEffect(() => {
    box.current.showModal();
    const dialog = box.current;
    return () => dialog.close();
  }, []);
  return html`<dialog class=${small ? "modal small" : "modal"} ref=${box} data-qa="dialog" aria-label=${title} role=${alert ? "alertdialog" : undefined}
      onCancel=${(event) => { event.preventDefault(); onClose(); }}>
    <header class="modal-header"><h2>${title}</h2><button type="button" class="icon-button" aria-label="Close dialog" onClick=${onClose}><${Icon} name="close" /></button></header>
    <div class="modal-body">${children}</div>
    ${footer && html`<footer class="modal-footer">${footer}</footer>`}
  </dialog>`;
}

function Confirm({ confirm, yes, no }) {
  const title = plainString(confirm.title);
  const cancel = () => { closeDialog(); no?.(); };
  return html`<${Dialog} title=${title} small alert onClose=${cancel} footer=${html`
      <button type="button" class="button" onClick=${cancel}>${confirm.deny ? plainString(confirm.deny) : "Cancel"}</button>
      <button type="button" class=${`button ${confirm.style === "danger" ? "danger filled" : "primary"}`} autofocus onClick=${() => { closeDialog(); yes(); }}>${confirm.confirm ? plainString(confirm.confirm) : "Yes"}</button>`}>
    <${TextObject} object=${confirm.text} />
  <//>`;
}

function Browse() {
  const workspace = useStore((s) => s.workspace);
  const screen = useStore((s) => s.screen);
  const user = useStore((s) => s.route.user);
  const [query, setQuery] = useState("");
  const [name, setName] = useState("");
  const [secret, setSecret] = useState(false);
  useEffect(() => { loadWorkspace().catch(() => {}); }, []);
  const mine = new Map((screen?.channels ?? []).map((one) => [one.id, one]));
  const all = workspace.channels.filter((one) => !one.is_im && (!one.is_private || mine.has(one.id)) && one.name.includes(query.trim().toLowerCase().replace(/^#/, "")))
    .sort((a, b) => Number(a.is_archived) - Number(b.is_archived) || a.name.localeCompare(b.name));
  const open = (id) => { closeDialog(); go({ place: id }); };
  const join = async (id) => {
    if (await perform("join", { channel: id })) {
      await loadScreen();
      open(id);
    }
  };
  const create = async (event) => {
    event.preventDefault();
    const wanted = name.trim().toLowerCase().replace(/[^\p{L}\p{N}_-]+/gu, "-");
    if (!wanted) return;
    try {
      const answer = await post("/workspace/channels", { name: wanted, is_private: secret, creator: user, members: [user] });
      await Promise.all([loadWorkspace(), loadScreen()]);
      open((answer.channel ?? answer).id);
    } catch (error) {
      toast(`The channel could not be made: ${error.message}`, "bad");
    }
  };
  return html`<${Dialog} title="Browse channels">
    <input type="search" class="field" aria-label="Search channels" placeholder="Search channels" value=${query} onInput=${(event) => setQuery(event.target.value)} />
    <div class="rows" role="list">${all.map((one) => {
      const joined = (one.members ?? []).includes(user);
      return html`<div class="row" role="listitem" key=${one.id}>
        <span class="row-text"><strong><${ChannelIcon} channel=${one} />${one.name}</strong>
          <small>${[joined && "Joined", one.is_archived && "Archived", plural((one.members ?? []).length, "member")].filter(Boolean).join(" · ")}${(one.purpose || one.topic) && html` · <${InlineMrkdwn} text=${one.purpose || one.topic} />`}</small></span>
        ${joined || one.is_archived
          ? html`<button type="button" class="button small" onClick=${() => open(one.id)}>Open</button>`
          : html`<button type="button" class="button small" onClick=${() => open(one.id)}>View</button><button type="button" class="button small primary" aria-label=${`Join ${one.name}`} onClick=${() => join(one.id)}>Join</button>`}
      </div>`;
    })}
    ${!all.length && html`<p class="quiet">No channel is called that.</p>`}</div>
    <form class="create" onSubmit=${create}>
      <label class="label" for="new-channel">Create a channel</label>
      <div class="create-row"><input id="new-channel" class="field" placeholder="e.g. plan-budget" value=${name} maxlength="80" onInput=${(event) => setName(event.target.value)} />
        <label class="choice"><input type="checkbox" checked=${secret} onChange=${(event) => setSecret(event.target.checked)} /><span>Private</span></label>
        <button type="submit" class="button" disabled=${!name.trim()}>Create</button></div>
    </form>
  <//>`;
}

function Members({ channel: id }) {
  useStore((s) => s.screen);
  const channel = channelById(id);
  if (!channel) return null;
  return html`<${Dialog} title=${`Members of ${channel.name}`} small>
    <div class="rows" role="list">${(channel.members ?? []).map((one) => html`<div class="row" role="listitem" key=${one}>
      <${Avatar} id=${one} size=${32} /><span class="row-text"><strong>${userName(one)}</strong><small>${isBot(one) ? "App" : person(one)?.title}</small></span></div>`)}</div>
  <//>`;
}

function Invite({ channel: id }) {
  const channel = channelById(id);
  const [chosen, setChosen] = useState([]);
  const bot = state.workspace.bot.user_id;
  const options = [...humans().map((one) => one.id), bot].filter((one) => !(channel?.members ?? []).includes(one))
    .map((one) => ({ value: one, text: userName(one), description: isBot(one) ? "App" : person(one)?.title, lead: html`<${Avatar} id=${one} size=${20} />` }));
  const invite = async () => {
    closeDialog();
    for (const one of chosen) await perform("invite", { channel: id, user: one });
    loadScreen().catch(() => {});
  };
  return html`<${Dialog} title=${`Add people to ${channel?.name}`} small footer=${html`
      <button type="button" class="button" onClick=${closeDialog}>Cancel</button><button type="button" class="button primary" disabled=${!chosen.length} onClick=${invite}>Add</button>`}>
    <label class="label" for="invite-people">People</label>
    <${Select} id="invite-people" multiple groups=${[{ options }]} value=${chosen} onChange=${setChosen} placeholder="Choose people" />
  <//>`;
}
