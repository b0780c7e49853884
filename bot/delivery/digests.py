"""Digests as they leave: the message, then its thread with the details and the pictures; and to one person who asked."""

import sys
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cadences.recurring import coming
from bot.config.sections.digests import Period
from bot.core.outbox import OutboxItem, Priority, enqueue
from bot.delivery.answers import ANSWERS_TAKEN_FOR, RESPOND
from bot.delivery.drawing import drawn
from bot.delivery.in_place import KeptInChannel
from bot.delivery.incident_messages import MessageSender
from bot.delivery.sender import Later, Sender, Stale, key_of, new_message
from bot.delivery.slack import Call, Refused, Slack
from bot.digests.gather import Digest, gathered
from bot.digests.rows import DigestMessage
from bot.digests.sending import KIND, spans_of
from bot.digests.spans import Span, Spans, rolling
from bot.views import digest as view
from bot.views.digest_chart import alt_text

log = structlog.get_logger(__name__)

DRAWING = (sys.executable, "-m", "bot.views.digest_chart")


class _OfRow(Sender):
    """What is about a digest of app.yaml."""

    async def reads_much(self, session: AsyncSession, item: OutboxItem) -> bool:
        return True

    async def row(self, session: AsyncSession, item: OutboxItem) -> DigestMessage | None:
        return await session.get(DigestMessage, int(item.about["digest"]))

    async def told(self, session: AsyncSession, row: DigestMessage, now: datetime) -> Digest | None:
        """What it tells; None when app.yaml has no such digest any more."""
        digest = self.config.digest(row.name)
        if digest is None:
            return None
        spans = spans_of(self.config, digest, row.occurs_at)
        # The span is the row's: what it says in the thread must be of the same one, whatever app.yaml says by then.
        if spans.span != Span(row.starts_at, row.ends_at):
            spans = Spans(Span(row.starts_at, row.ends_at), spans.before, spans.steps)
        return await gathered(session, self.config, digest.period, spans, now=now)


class DigestSender(_OfRow, KeptInChannel):
    """The message, once."""

    kind = "digest.message"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        row = await self.row(session, item)
        if row is None or row.message_ts is not None:
            return Stale("it was sent already", fulfilled=True)
        wanted = self.config.digest(row.name)
        told = await self.told(session, row, now)
        if wanted is None or told is None:
            return Stale("app.yaml has this digest no more")
        if wanted.skip_empty and told.is_empty:
            return Stale("there is nothing to tell", fulfilled=True)
        args = {
            "text": view.digest_text(told, self.config),
            "blocks": view.digest_blocks(told, self.config, missed=row.missed_at is not None),
        }
        return self.said(item, row, wanted.channel or self.config.channels.announcements, args)

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        await super().arrived(session, item, call, answer, now)
        about = {"digest": item.about["digest"]}
        enqueue(session, "digest.details", now=now, about=about, priority=Priority.DIGEST)
        enqueue(session, "digest.picture", now=now, about=about, priority=Priority.DIGEST)


class DigestDetailsSender(_OfRow, MessageSender):
    """The details, in the thread of the message."""

    kind = "digest.details"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        row = await self.row(session, item)
        told = await self.told(session, row, now) if row is not None else None
        blocks = view.detail_blocks(told, self.config) if told is not None else []
        if row is None or row.message_ts is None or not blocks:
            return Stale("there are no details")
        args = {
            "channel": row.channel_id,
            "thread_ts": row.message_ts,
            "text": "Details of this digest",
            "blocks": blocks,
        }
        return new_message(item, args)


class DigestPictureSender(_OfRow):
    """The trend as a picture: in the thread of the message, or in the direct messages of the one who asked."""

    kind = "digest.picture"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        place: dict[str, Any] = {}
        if "user" in item.about:
            period, asked_at = item.about["period"], datetime.fromisoformat(item.about["asked_at"])
            told: Digest | None = await gathered(
                session, self.config, period, rolling(period, asked_at, self.config.zone), now=now
            )
        else:
            row = await self.row(session, item)
            if row is None or row.message_ts is None:
                return Stale("there is no message")
            told = await self.told(session, row, now)
            place = {"channel_id": row.channel_id, "thread_ts": row.message_ts}
        trends = view.trends(told, self.config) if told is not None else []
        if not trends:
            return Stale("there is no trend to draw")
        return Call(
            "files.completeUploadExternal", {"trends": trends, "name": f"digest-{key_of(item)}.png", **place}
        )

    async def find(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        place = await self._place(slack, item, call)
        if "thread_ts" in place:
            args = {"channel": place["channel_id"], "ts": place["thread_ts"], "limit": 100}
            answer = await slack.call(Call("conversations.replies", args))
        else:
            args = {"channel": place["channel_id"], "limit": 100}
            answer = await slack.call(Call("conversations.history", args))
        for message in answer.get("messages", ()):
            if any(file.get("name") == call.args["name"] for file in message.get("files", ())):
                return {"found": True}
        return None

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        trends = call.args["trends"]
        made = await drawn(DRAWING, trends)
        if made is None:
            return {}  # the words were said: a picture that cannot be drawn is not worth another attempt
        args = {"filename": call.args["name"], "length": len(made), "alt_txt": alt_text(trends)}
        uploaded = await slack.call(Call("files.getUploadURLExternal", args))
        await slack.upload(uploaded["upload_url"], made)
        file = {"id": uploaded["file_id"], "title": view.PICTURE}
        place = await self._place(slack, item, call)
        try:
            return await slack.call(Call(call.method, {"files": [file], **place}))
        except Refused as refusal:
            # Whoever is in no channel may still write to it, but upload nothing. The details say the same in words.
            if refusal.code != "not_in_channel":
                raise
            log.warning(
                "The bot is not in the channel of a digest and cannot upload its picture",
                mend="Invite the bot to the channel.",
            )
            return {}

    def besides(self, call: Call) -> tuple[str, ...]:
        return ("files.getUploadURLExternal", "conversations.open")

    async def _place(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        if "user" not in item.about:
            return {name: call.args[name] for name in ("channel_id", "thread_ts")}
        opened = await slack.call(Call("conversations.open", {"users": item.about["user"]}))
        return {"channel_id": str(opened["channel"]["id"])}


class DigestAnswerSender(Sender):
    """A digest for the one who asked, through the command's `response_url`; pictures follow as direct messages."""

    kind = "digest.answer"

    async def reads_much(self, session: AsyncSession, item: OutboxItem) -> bool:
        return True

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        if now - item.created_at > ANSWERS_TAKEN_FOR:
            return Stale("Slack takes no more answers to this command")
        about = item.about
        if "name" in about:
            digest = self.config.digest(about["name"])
            if digest is None:
                return Stale("app.yaml has this digest no more")
            next_at = await coming(session, (KIND, digest.name))
            told = await gathered(
                session, self.config, digest.period, spans_of(self.config, digest, now), now=now
            )
            dry_run = view.dry_run(digest, self.config, next_at, told)
            blocks = view.whole_blocks(told, self.config, [dry_run])
        else:
            period: Period = about["period"]
            asked_at = datetime.fromisoformat(about["asked_at"])
            spans = rolling(period, asked_at, self.config.zone)
            told = await gathered(session, self.config, period, spans, now=now)
            blocks = view.whole_blocks(told, self.config)
        body: dict[str, Any] = {
            "text": view.digest_text(told, self.config),
            "blocks": blocks,
            "response_type": "ephemeral",
            "replace_original": False,
        }
        return Call(RESPOND, body)

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        await slack.respond(item.about["response_url"], call.args)
        return {}

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        if "period" in item.about:
            about = {key: item.about[key] for key in ("period", "user", "asked_at")}
            enqueue(session, "digest.picture", now=now, about=about, priority=Priority.DIGEST)
