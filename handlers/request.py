"""What came from Slack, and what goes back: the handlers' own small vocabulary, without Bolt's."""

import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.errors import UserError
from bot.core.receipts import SeenBefore, incident_of, receive, was_carried_out
from bot.core.texts import storable
from bot.core.together import Work
from bot.core.viewer import Viewer
from bot.runtime import Bot
from bot.views.text import Block


@dataclass(frozen=True)
class Request:
    """One thing that somebody did. `body` is Slack's payload, whole; the rest is what nearly all handlers need."""

    kind: str  # command, action, options, submission, shortcut, event
    body: dict[str, Any]
    user_id: str
    key: str  # the identity that Slack gave it: a repeat has the same
    channel_id: str | None = None
    trigger_id: str = ""
    response_url: str | None = None
    text: str = ""
    form: str = "/incident show"  # the command with its subcommand, as it is typed
    action: dict[str, Any] = field(default_factory=dict)

    @property
    def viewer(self) -> Viewer:
        return Viewer(self.user_id)

    @property
    def name(self) -> str:
        """What was used: the command, the button or menu, the form, the shortcut, the event. Nothing that was typed."""
        said = self.body.get("command") or self.action.get("action_id") or self.body.get("action_id")
        said = said or self.body.get("callback_id") or self.view.get("callback_id")
        return str(said or (self.body.get("event") or {}).get("type") or "")[:255]

    @property
    def view(self) -> dict[str, Any]:
        """The modal or Home that it happened in; empty for a message."""
        return self.body.get("view") or {}

    @property
    def about(self) -> dict[str, Any]:
        """What the form is about (views.forms.about)."""
        try:
            said = json.loads(self.view.get("private_metadata") or "{}")
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}

    @property
    def chosen(self) -> tuple[int | None, str]:
        """What a clicked element names: a number, and what follows it ("12" or "12:timeline"). None without a number."""
        element = self.action.get("selected_option") or self.action
        number, _, rest = str(element.get("value", "")).partition(":")
        return (int(number[:18]) if number.isascii() and number.isdigit() else None), rest

    def number(self, what: str, instead: str) -> int:
        """The number that a clicked element names. Raises UserError: what it does not say, and what to do instead."""
        number, _ = self.chosen
        if number is None:
            raise UserError(f"That button does not say {what} it is about.", instead)
        return number

    def form_number(self, what: str) -> int:
        """The number of what a form is about, "incident" or "item". Raises UserError."""
        number = self.about.get(what)
        if not isinstance(number, int):
            raise UserError(
                f"This form does not say which {what} it is about.", "Close it and open it again."
            )
        return number

    def value(self, block_id: str) -> Any:
        """What was entered: text, an option's value, a list of values, or None."""
        states = (self.view.get("state") or {}).get("values") or {}
        for element in (states.get(block_id) or {}).values():
            if "selected_options" in element:
                return [chosen["value"] for chosen in element["selected_options"] or ()]
            if "selected_option" in element:
                chosen = element["selected_option"]
                return chosen["value"] if chosen else None
            if "selected_user" in element:
                return element["selected_user"]
            if "selected_date_time" in element:
                return element["selected_date_time"]
            if "selected_date" in element:
                return element["selected_date"]
            return element.get("value")
        return None

    def moment(self, block_id: str) -> datetime | None:
        """The day and time that were chosen, if any were."""
        value = self.value(block_id)
        return datetime.fromtimestamp(value, UTC) if isinstance(value, int) else None

    def words(self, block_id: str) -> str:
        """What was typed, "" when nothing was."""
        value = self.value(block_id)
        return storable(value) if isinstance(value, str) else ""


@dataclass(frozen=True)
class Answer:
    """What the person gets back at once. For a command an ephemeral message, for a click likewise."""

    text: str = ""
    blocks: tuple[Block, ...] = ()
    view: Block | None = None  # takes the place of the modal that was submitted
    options: tuple[Block, ...] = ()  # what a menu offers for what was typed into it


Handle = Callable[[Bot, Request], Awaitable[Answer | None]]
T = TypeVar("T")


class Repeated(Exception):
    """This very request was carried out before; `incident_id` is what it was about, if anything."""

    def __init__(self, incident_id: int | None) -> None:
        super().__init__("repeated request")
        self.incident_id = incident_id


@asynccontextmanager
async def carry_out(bot: Bot, request: Request) -> AsyncIterator[AsyncSession]:
    """A write transaction that does its work once, however often Slack delivers the request."""
    now = bot.clock.now()
    async with (
        _repeats_told(bot, request),
        bot.db.begin() as session,
        _with_receipt(session, request, now=now),
    ):
        yield session


async def carried_out(bot: Bot, request: Request, work: Work[T]) -> T:
    """The same for what many may do at the same moment: their work shares a transaction (`Database.together`)."""
    now = bot.clock.now()

    async def once(session: AsyncSession) -> T:
        async with _with_receipt(session, request, now=now):
            return await work(session)

    async with _repeats_told(bot, request):
        return await bot.db.together(once)


@asynccontextmanager
async def _with_receipt(session: AsyncSession, request: Request, *, now: datetime) -> AsyncIterator[None]:
    try:
        yield
    except UserError:
        # What the first delivery did may be why the rules refuse the second.
        if await was_carried_out(session, request.key):
            raise SeenBefore from None
        raise
    receive(session, request.key, now=now)


@asynccontextmanager
async def _repeats_told(bot: Bot, request: Request) -> AsyncIterator[None]:
    try:
        yield
    except SeenBefore:
        async with bot.db.read() as session:
            raise Repeated(await incident_of(session, request.key)) from None


def from_command(body: dict[str, Any]) -> Request:
    return Request(
        kind="command",
        body=body,
        user_id=body.get("user_id", ""),
        key=_key("command", body.get("trigger_id"), body),
        channel_id=body.get("channel_id"),
        trigger_id=body.get("trigger_id", ""),
        response_url=body.get("response_url"),
        text=storable(body.get("text") or "").strip(),
    )


def from_action(body: dict[str, Any]) -> Request:
    action = (body.get("actions") or [{}])[0]
    return Request(
        kind="action",
        body=body,
        user_id=(body.get("user") or {}).get("id", ""),
        key=_key("action", body.get("trigger_id"), body),
        channel_id=(body.get("channel") or {}).get("id") or (body.get("container") or {}).get("channel_id"),
        trigger_id=body.get("trigger_id", ""),
        response_url=body.get("response_url"),
        action=action,
    )


def from_options(body: dict[str, Any]) -> Request:
    typed = body.get("value")
    return Request(
        kind="options",
        body=body,
        user_id=(body.get("user") or {}).get("id", ""),
        key=_key("options", None, body),
        channel_id=(body.get("channel") or {}).get("id") or (body.get("container") or {}).get("channel_id"),
        text=typed if isinstance(typed, str) else "",
    )


def from_submission(body: dict[str, Any]) -> Request:
    view = body.get("view") or {}
    # The same form can be sent again after an error under a field: then nothing was carried out, and the
    # receipt was rolled back with it. A form that was carried out is closed for good.
    return Request(
        kind="submission",
        body=body,
        user_id=(body.get("user") or {}).get("id", ""),
        key=_key("view", view.get("id"), body),
        trigger_id=body.get("trigger_id", ""),
    )


def from_shortcut(body: dict[str, Any]) -> Request:
    return Request(
        kind="shortcut",
        body=body,
        user_id=(body.get("user") or {}).get("id", ""),
        key=_key("shortcut", body.get("trigger_id"), body),
        channel_id=(body.get("channel") or {}).get("id"),
        trigger_id=body.get("trigger_id", ""),
        response_url=body.get("response_url"),
    )


def from_event(body: dict[str, Any]) -> Request:
    event = body.get("event") or {}
    user = event.get("user")
    item = event.get("item") or {}
    return Request(
        kind="event",
        body=body,
        user_id=user if isinstance(user, str) else "",
        key=_key("event", body.get("event_id"), body),
        channel_id=event.get("channel") or event.get("channel_id") or item.get("channel"),
    )


def _key(kind: str, identity: str | None, body: dict[str, Any]) -> str:
    if identity:
        return f"{kind}:{identity}"
    return f"{kind}:{hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()}"
