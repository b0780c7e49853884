"""What a person does: one function an act of `POST /people/<user>/<act>`."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from . import membership, posting
from .commands import Commands
from .delivery import NOT_SENT, Delivery, Reply
from .errors import Refused, SlackError
from .interactions import Interactions
from .messages import typed
from .people import BOT_USER, Person
from .workspace import Workspace

Body = Mapping[str, Any]
Result = dict[str, Any]


class Acts:
    """Everything that people can do, each act by its name."""

    def __init__(
        self, workspace: Workspace, delivery: Delivery, commands: Commands, interactions: Interactions
    ) -> None:
        self._workspace = workspace
        self._delivery = delivery
        self._commands = commands
        self._interactions = interactions
        self._acts: Mapping[str, Callable[[Person, Body], Awaitable[Result]]] = {
            "command": self._command,
            "message": self._message,
            "edit": self._edit,
            "delete": self._delete,
            "react": self._react,
            "unreact": self._unreact,
            "pin": self._pin,
            "unpin": self._unpin,
            "join": self._join,
            "leave": self._leave,
            "invite": self._invite,
            "open_home": self._open_home,
            "shortcut": self._shortcut,
            "message_shortcut": self._message_shortcut,
            "click": self._click,
            "fill": self._fill,
            "submit": self._submit,
            "close": self._close,
            "options": self._options,
        }

    async def do(self, user: str, act: str, body: Body) -> Result:
        """Carries an act out. Raises Refused."""
        person = self._workspace.person(user)
        found = self._acts.get(act)
        if found is None:
            raise Refused(404, "unknown_act", f"acts are {', '.join(self._acts)}")
        try:
            return await found(person, body)
        except SlackError as error:
            raise Refused(409, error.error, "Slack does not allow it") from error

    # -- telling the bot ------------------------------------------------------------------------------

    async def _told(self, change: Callable[[], Result | None]) -> Result:
        """Makes a change and waits for the bot's answer to the first event that it caused."""
        with self._delivery.watched() as sent:
            result = change() or {}
        replies = await self._first_replies(sent)
        return {**(replies[0] if replies else NOT_SENT).json(), **result}

    async def _first_replies(self, sent: list[asyncio.Future[Reply]]) -> list[Reply]:
        if not sent:
            return []
        done, _ = await asyncio.wait(sent, timeout=10)
        return [future.result() for future in sent if future in done and not future.cancelled()]

    # -- words ----------------------------------------------------------------------------------------

    async def _command(self, person: Person, body: Body) -> Result:
        line = _text(body, "text")
        return (
            await self._commands.run(person, _text(body, "channel"), line, _optional(body, "thread_ts"))
        ).json()

    def _written(self, text: str) -> str:
        if not text.strip():
            raise Refused(400, "no_text", "an empty message cannot be sent")
        return typed(text, self._workspace.named_person, self._workspace.named_channel, label=False)

    async def _message(self, person: Person, body: Body) -> Result:
        channel = self._workspace.writable(person, _text(body, "channel"))
        manifest = self._workspace.manifest
        with_bot = channel.is_im and channel.other(person.id) == BOT_USER
        if with_bot and (not manifest.messages_tab or manifest.messages_read_only):
            raise Refused(409, "messages_tab_disabled", "Sending messages to this app has been turned off.")
        if channel.is_read_only and not person.is_admin:
            raise Refused(409, "restricted_action", "only admins post there")
        written = posting.person_body(self._workspace, person.id, self._written(_text(body, "text")))
        broadcast = bool(body.get("reply_broadcast"))

        def change() -> Result:
            message = posting.post(
                self._workspace,
                channel,
                person.id,
                written,
                thread_ts=_optional(body, "thread_ts"),
                broadcast=broadcast,
            )
            return {"channel": channel.id, "ts": message.ts}

        return await self._told(change)

    async def _edit(self, person: Person, body: Body) -> Result:
        channel = self._workspace.writable(person, _text(body, "channel"))
        message = self._workspace.message_seen(person, channel, _text(body, "ts"))
        if message.author != person.id:
            raise Refused(409, "cant_update_message", "people edit only their own messages")
        text = self._written(_text(body, "text"))
        changed = posting.changed_body(message)
        changed |= {"text": text, "blocks": posting.person_body(self._workspace, person.id, text)["blocks"]}
        return await self._told(
            lambda: posting.edit(
                self._workspace, channel, message, changed, message.metadata, by=person.id, mark=True
            )
        )

    async def _delete(self, person: Person, body: Body) -> Result:
        channel = self._workspace.joined(person, _text(body, "channel"))
        message = self._workspace.message_seen(person, channel, _text(body, "ts"))
        # What only this person sees can always be dismissed.
        if message.author != person.id and message.only_for != person.id:
            raise Refused(409, "cant_delete_message", "people delete only their own messages")
        return await self._told(lambda: posting.delete(self._workspace, channel, message))

    # -- marks ----------------------------------------------------------------------------------------

    async def _mark(self, person: Person, body: Body, change: Callable[..., None], *further: str) -> Result:
        channel = self._workspace.writable(person, _text(body, "channel"))
        message = self._workspace.message_seen(person, channel, _text(body, "ts"))
        if message.only_for is not None:
            raise Refused(409, "ephemeral", "a message that only one person sees cannot be marked")
        return await self._told(lambda: change(self._workspace, channel, message, person.id, *further))

    async def _react(self, person: Person, body: Body) -> Result:
        return await self._mark(person, body, posting.react, _text(body, "name").strip(":"))

    async def _unreact(self, person: Person, body: Body) -> Result:
        return await self._mark(person, body, posting.unreact, _text(body, "name").strip(":"))

    async def _pin(self, person: Person, body: Body) -> Result:
        return await self._mark(person, body, posting.pin)

    async def _unpin(self, person: Person, body: Body) -> Result:
        return await self._mark(person, body, posting.unpin)

    # -- coming and going -----------------------------------------------------------------------------

    async def _join(self, person: Person, body: Body) -> Result:
        channel = self._workspace.seen(person, _text(body, "channel"))
        if person.id in channel.members:
            raise Refused(409, "already_in_channel", channel.name)
        if channel.is_archived:
            raise Refused(409, "is_archived", channel.name)
        return await self._told(lambda: membership.join(self._workspace, channel, person.id))

    async def _leave(self, person: Person, body: Body) -> Result:
        channel = self._workspace.joined(person, _text(body, "channel"))
        if channel.is_general or channel.is_im:
            raise Refused(409, "cant_leave", "nobody leaves #general or direct messages")
        return await self._told(lambda: membership.leave(self._workspace, channel, person.id))

    async def _invite(self, person: Person, body: Body) -> Result:
        channel = self._workspace.writable(person, _text(body, "channel"))
        invited = _text(body, "user")
        if invited not in self._workspace.people:
            raise Refused(404, "user_not_found", invited)
        if channel.is_im or invited in channel.members:
            raise Refused(409, "already_in_channel" if not channel.is_im else "cant_invite", invited)
        return await self._told(lambda: membership.join(self._workspace, channel, invited, inviter=person.id))

    # -- Home, shortcuts ------------------------------------------------------------------------------

    async def _open_home(self, person: Person, body: Body) -> Result:
        tab = str(body.get("tab", "home"))
        if tab not in ("home", "messages", "about"):
            raise Refused(400, "invalid_tab", "home, messages or about")
        if tab == "home" and not self._workspace.manifest.home_tab:
            raise Refused(409, "home_tab_disabled", "the app has no Home tab")
        channel = self._workspace.im(BOT_USER, person.id)
        event: dict[str, Any] = {
            "type": "app_home_opened",
            "user": person.id,
            "channel": channel.id,
            "tab": tab,
            "event_ts": self._workspace.clock.next(),
        }
        home = self._workspace.views.homes.get(person.id)
        if home is not None and tab == "home":
            event["view"] = home.json()
        return await self._told(lambda: self._workspace.announce("app_home_opened", event))

    async def _shortcut(self, person: Person, body: Body) -> Result:
        return (await self._interactions.shortcut(person, _text(body, "callback_id"))).json()

    async def _message_shortcut(self, person: Person, body: Body) -> Result:
        reply = await self._interactions.message_shortcut(
            person, _text(body, "callback_id"), _text(body, "channel"), _text(body, "ts")
        )
        return reply.json()

    # -- clicks and modals ----------------------------------------------------------------------------

    async def _click(self, person: Person, body: Body) -> Result:
        reply = await self._interactions.click(
            person,
            body.get("container"),
            _text(body, "action_id"),
            _optional(body, "block_id"),
            body.get("value"),
        )
        return reply.json()

    async def _fill(self, person: Person, body: Body) -> Result:
        reply = await self._interactions.fill(person, _text(body, "view"), body.get("values", {}))
        return (reply or NOT_SENT).json()

    async def _submit(self, person: Person, body: Body) -> Result:
        return (await self._interactions.submit(person, _text(body, "view"), body.get("values"))).json()

    async def _close(self, person: Person, body: Body) -> Result:
        everything = bool(body.get("all"))
        reply = await self._interactions.close(person, _text(body, "view"), everything=everything)
        return (reply or NOT_SENT).json()

    async def _options(self, person: Person, body: Body) -> Result:
        reply = await self._interactions.options(
            person,
            body.get("container"),
            _text(body, "action_id"),
            _optional(body, "block_id"),
            str(body.get("query", "")),
        )
        return reply.json()


def _optional(body: Body, name: str) -> str | None:
    return _text(body, name) if body.get(name) is not None else None


def _text(body: Body, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(400, "missing_field", f"{name} is missing or no text")
    return value
