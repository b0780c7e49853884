"""Modals and Home tabs: checked, opened, pushed, updated, published, and the triggers that allow it."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from .blocks import check_blocks, complete
from .elements import plain
from .errors import SlackError
from .ids import Ids
from .people import APP_ID, BOT_ID, TEAM_ID
from .schema import flag, maybe, need, one_of, report, shape, string
from .state import initial_state

MOST_BYTES = 250_000
MOST_STACKED = 3

_MODAL = shape(
    {
        "type": need(one_of("modal")),
        "title": need(plain(24)),
        "blocks": need(lambda value, place, problems: None),
        "close": maybe(plain(24)),
        "submit": maybe(plain(24)),
        "private_metadata": maybe(string(3000, 0)),
        "callback_id": maybe(string(255, 0)),
        "clear_on_close": maybe(flag),
        "notify_on_close": maybe(flag),
        "external_id": maybe(string(255, 0)),
    }
)
_HOME = shape(
    {
        "type": need(one_of("home")),
        "blocks": need(lambda value, place, problems: None),
        "private_metadata": maybe(string(3000, 0)),
        "callback_id": maybe(string(255, 0)),
        "external_id": maybe(string(255, 0)),
    }
)


@dataclass(slots=True)
class View:
    """A modal or a Home tab of one person. `body` is Slack's view object without its state."""

    id: str
    user: str
    body: dict[str, Any]
    state: dict[str, dict[str, Any]]
    errors: dict[str, str] = field(default_factory=dict)
    # Options that the bot offered for external selects of this view, by block and action.
    offered: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        """Slack's view object."""
        return {**self.body, "state": {"values": self.state}}

    def shown(self) -> dict[str, Any]:
        """What the control routes show: the view object and the errors that stand below its inputs."""
        return {**self.json(), "errors": self.errors}


@dataclass(slots=True)
class Trigger:
    """The right to open a modal for a person, once and for three seconds."""

    user: str
    expires: float
    used: bool = False
    view: str | None = None


def check_view(view: Any, kinds: tuple[str, ...]) -> None:
    """Slack's rules of a view object. Raises SlackError `invalid_arguments` or `view_too_large`."""
    if type(view) is not dict:
        raise SlackError.with_messages("invalid_arguments", ["must be an object [json-pointer:/view]"])
    if len(json.dumps(view, ensure_ascii=False).encode()) > MOST_BYTES:
        raise SlackError("view_too_large")
    kind = view.get("type")
    place = ((), "view")
    problems: list[str] = []
    if kind not in kinds:
        missing = kind is None
        report(problems, "missing required field: type" if missing else f"unsupported type: {kind}", place)
        raise SlackError.with_messages("invalid_arguments", problems)
    (_MODAL if kind == "modal" else _HOME)(view, place, problems)
    if problems:
        problems.insert(0, "failed to match all allowed schemas [json-pointer:/view]")
    blocks = view.get("blocks")
    if blocks is not None:
        problems += check_blocks(blocks, "modal" if kind == "modal" else "home", place)
    if kind == "modal" and not problems and not view.get("submit"):
        problems += [
            f"must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/{number}/element]"
            for number, block in enumerate(blocks or [])
            if block["type"] == "input"
        ]
    if problems:
        raise SlackError.with_messages("invalid_arguments", problems)


class Views:
    """The open views of everybody. A person's modals are a stack of at most three."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.open: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.trigger_seconds = 3.0

    # -- triggers -------------------------------------------------------------------------------------

    def trigger(self, user: str, view: str | None = None) -> str:
        """A new trigger_id for something that the person just did."""
        now = time.monotonic()
        if len(self.triggers) > 1000:
            self.triggers = {name: kept for name, kept in self.triggers.items() if kept.expires > now - 60}
        made = f"{self._ids.digits(13)}.{self._ids.digits(12)}.{self._ids.secret(32)}"
        self.triggers[made] = Trigger(user, now + self.trigger_seconds, view=view)
        return made

    def exchange(self, trigger_id: str) -> Trigger:
        """Uses a trigger up. Raises SlackError when it is not there, too old or used."""
        found = self.triggers.get(trigger_id)
        if found is None:
            raise SlackError("invalid_trigger_id")
        if found.used:
            raise SlackError("exchanged_trigger_id")
        if time.monotonic() > found.expires:
            raise SlackError("expired_trigger_id")
        found.used = True
        return found

    # -- modals ---------------------------------------------------------------------------------------

    def open_modal(self, trigger_id: str, view: dict[str, Any]) -> View:
        """views.open: a new stack, in place of whatever modal was open."""
        check_view(view, ("modal",))
        self._check_external(view, None)
        trigger = self.exchange(trigger_id)
        if trigger.view is not None and self.stacks.get(trigger.user):
            # Within a modal Slack opens the new one on top, as long as there is room.
            return self._push(trigger.user, view)
        self.clear(trigger.user)
        return self._stack(trigger.user, view)

    def push_modal(self, trigger_id: str, view: dict[str, Any]) -> View:
        """views.push: on top of the modal in which the person clicked."""
        check_view(view, ("modal",))
        self._check_external(view, None)
        trigger = self.exchange(trigger_id)
        if not self.stacks.get(trigger.user):
            raise SlackError("not_found")
        return self._push(trigger.user, view)

    def push_on(self, user: str, view: dict[str, Any]) -> View:
        """The `push` of a view_submission's answer."""
        check_view(view, ("modal",))
        self._check_external(view, None)
        return self._push(user, view)

    def _push(self, user: str, view: dict[str, Any]) -> View:
        if len(self.stacks.get(user, [])) >= MOST_STACKED:
            raise SlackError("push_limit_reached")
        return self._stack(user, view)

    def _stack(self, user: str, view: dict[str, Any]) -> View:
        stack = self.stacks.setdefault(user, [])
        made = self._make(user, view, self._ids.next("V"))
        made.body["root_view_id"] = stack[0].id if stack else made.id
        made.body["previous_view_id"] = stack[-1].id if stack else None
        stack.append(made)
        return made

    def find(self, view_id: str | None, external_id: str | None) -> View:
        """An open modal by either of its ids. Raises SlackError `not_found`."""
        found = self.open.get(view_id or "")
        if found is None and external_id:
            found = next(
                (view for view in self.open.values() if view.body["external_id"] == external_id), None
            )
        if found is None:
            raise SlackError("not_found")
        return found

    def update(self, found: View, view: dict[str, Any], given_hash: str | None) -> View:
        """views.update: new content; what was typed stays where block, action and type are the same."""
        check_view(view, (found.body["type"],))
        if given_hash is not None and given_hash != found.body["hash"]:
            raise SlackError("hash_conflict")
        self._check_external(view, found)
        kept = found.state
        linked = {key: found.body.get(key) for key in ("root_view_id", "previous_view_id")}
        fresh = self._make(found.user, view, found.id)
        found.body = {**fresh.body, **linked}
        found.state = {
            block: {
                action: kept[block][action]
                if kept.get(block, {}).get(action, {}).get("type") == entry["type"]
                else entry
                for action, entry in actions.items()
            }
            for block, actions in fresh.state.items()
        }
        found.errors = {}
        found.offered = {}
        self.open[found.id] = found
        return found

    def close(self, view: View) -> None:
        """Takes one view off its person's stack."""
        self.open.pop(view.id, None)
        stack = self.stacks.get(view.user, [])
        if view in stack:
            stack.remove(view)
        if not stack:
            self.stacks.pop(view.user, None)

    def clear(self, user: str) -> None:
        """Takes the whole stack away."""
        for view in self.stacks.pop(user, []):
            self.open.pop(view.id, None)

    # -- Home -----------------------------------------------------------------------------------------

    def publish(self, user: str, view: dict[str, Any], given_hash: str | None) -> View:
        """views.publish: the Home tab of one person."""
        check_view(view, ("home",))
        old = self.homes.get(user)
        if given_hash is not None and (old is None or given_hash != old.body["hash"]):
            raise SlackError("hash_conflict")
        self._check_external(view, old)
        if old is not None:
            return self.update(old, view, None)
        made = self._make(user, view, self._ids.next("V"))
        made.body |= {"root_view_id": made.id, "previous_view_id": None}
        self.homes[user] = made
        return made

    def _check_external(self, view: dict[str, Any], own: View | None) -> None:
        external = view.get("external_id")
        if external and any(
            other.body["external_id"] == external for other in self.open.values() if other is not own
        ):
            raise SlackError("duplicate_external_id")

    def _make(self, user: str, view: dict[str, Any], view_id: str) -> View:
        complete(view["blocks"], self._ids)
        body: dict[str, Any] = {
            "id": view_id,
            "team_id": TEAM_ID,
            "type": view["type"],
            "blocks": view["blocks"],
            "private_metadata": view.get("private_metadata") or "",
            "callback_id": view.get("callback_id") or "",
            "hash": f"{int(time.time())}.{self._ids.secret(8)}",
            "title": _emoji(view.get("title")),
            "clear_on_close": bool(view.get("clear_on_close")),
            "notify_on_close": bool(view.get("notify_on_close")),
            "close": _emoji(view.get("close")),
            "submit": _emoji(view.get("submit")),
            "previous_view_id": None,
            "root_view_id": view_id,
            "app_id": APP_ID,
            "external_id": view.get("external_id") or "",
            "app_installed_team_id": TEAM_ID,
            "bot_id": BOT_ID,
        }
        made = View(view_id, user, body, initial_state(view["blocks"]))
        self.open[view_id] = made
        return made


def _emoji(text: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if text is None else {"emoji": True, **text}
