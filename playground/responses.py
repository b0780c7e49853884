"""response_urls: five answers in thirty minutes to one command or click."""

import time
from dataclasses import dataclass
from typing import Any

from .blocks import message_blocks
from .channels import Channel
from .errors import SlackError
from .messages import Message
from .people import BOT_USER
from .posting import bot_body, changed_body, delete, edit, post, post_ephemeral
from .workspace import Workspace

MOST_USES = 5
SECONDS = 30 * 60.0
MOST_KEPT = 10_000


@dataclass(slots=True)
class ResponseUrl:
    """Where it answers to: a channel and a person, and the message that was clicked, if any."""

    channel: str
    user: str
    expires: float
    source: str | None = None
    thread_ts: str | None = None
    uses: int = 0


class Responses:
    """The addresses that were given out."""

    def __init__(self, workspace: Workspace, seconds: float) -> None:
        self._workspace = workspace
        self._seconds = seconds
        self._given: dict[str, ResponseUrl] = {}

    def give(
        self, channel: Channel, user: str, message: Message | None = None, thread_ts: str | None = None
    ) -> str:
        """A new address; only its last part."""
        made = self._workspace.ids.secret(24)
        expires = time.monotonic() + self._seconds
        self._given[made] = ResponseUrl(channel.id, user, expires, message.ts if message else None, thread_ts)
        if len(self._given) > MOST_KEPT:
            del self._given[next(iter(self._given))]
        return made

    def reset(self) -> None:
        """Forgets all addresses."""
        self._given.clear()

    def use(self, name: str, answer: Any) -> None:
        """Carries out what the bot posted there. Raises SlackError."""
        found = self._given.get(name)
        if found is None:
            raise SlackError("no_active_hooks")
        if found.uses >= MOST_USES:
            raise SlackError("used_url")
        if time.monotonic() > found.expires:
            raise SlackError("expired_url")
        if not isinstance(answer, dict):
            raise SlackError("invalid_payload")
        found.uses += 1
        respond(self._workspace, found, answer)


def respond(workspace: Workspace, where: ResponseUrl, answer: dict[str, Any]) -> None:
    """Shows an answer to a command or a click: to that person only unless it says `in_channel`.

    Raises SlackError for content that Slack would not show.
    """
    channel = workspace.channels[where.channel]
    original = None
    if where.source is not None:
        original = channel.messages.get(where.source) or channel.ephemeral.get(where.source)
    if answer.get("delete_original"):
        if original is not None:
            delete(workspace, channel, original)
        return
    text, blocks, attachments = _content(workspace, answer)
    if answer.get("replace_original") and original is not None:
        body = changed_body(original)
        for name, value in (("text", text), ("blocks", blocks), ("attachments", attachments)):
            body.pop(name, None)
            if value or name == "text":
                body[name] = value
        edit(workspace, channel, original, body, original.metadata, by=BOT_USER, mark=not blocks)
        return
    body = bot_body(workspace, text, blocks)
    if attachments:
        body["attachments"] = attachments
    thread_ts = answer.get("thread_ts") or where.thread_ts
    if answer.get("response_type") == "in_channel":
        post(workspace, channel, BOT_USER, body, metadata=answer.get("metadata"), thread_ts=thread_ts)
    else:
        post_ephemeral(workspace, channel, where.user, body, thread_ts)


def _content(workspace: Workspace, answer: dict[str, Any]) -> tuple[str, Any, Any]:
    text = answer.get("text") or ""
    if not isinstance(text, str):
        raise SlackError("invalid_payload")
    if len(text) > 40_000:
        raise SlackError("msg_too_long")
    blocks = message_blocks(answer.get("blocks"), workspace.ids, workspace.files)
    attachments = answer.get("attachments")
    if not text.strip() and not blocks and not attachments:
        raise SlackError("no_text")
    return text, blocks, attachments
