"""Fetches a Slack message that somebody wants on the timeline (text, author, files, permalink), and again when it changed."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.errors import NotFound
from bot.core.outbox import OutboxItem
from bot.core.slack_text import as_typed
from bot.core.timeline import entry_from
from bot.delivery.sender import Later, Sender, Stale, incident_of
from bot.delivery.slack import Call, Refused, Slack
from bot.incidents import telling
from bot.incidents.amendments import message_changed
from bot.incidents.updates import message_kept

# What Slack says of a message that was deleted.
GONE = ("message_not_found", "thread_not_found")


class KeepSender(Sender):
    """Reads the message and its permalink; reading twice does no harm."""

    kind = "timeline.keep"
    what = "putting a message on the timeline"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        try:
            incident = await incident_of(session, item)
        except NotFound:
            return Stale("the incident is gone")
        channel, ts = item.about["channel"], item.about["ts"]
        if await entry_from(session, incident.id, f"{channel}/{ts}") is not None:
            return Stale("it stands on the timeline already", fulfilled=True)
        return just_this(channel, ts)

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        try:
            message = await read_message(slack, item, call)
        except Refused:
            # The bot is not in that channel; the shortcut brought along what is needed most.
            if "said" not in item.about:
                raise
            message = item.about["said"]
        return {"message": message, "permalink": await self._permalink(slack, item)}

    def besides(self, call: Call) -> tuple[str, ...]:
        return ("conversations.replies", "chat.getPermalink")

    async def _permalink(self, slack: Slack, item: OutboxItem) -> str | None:
        place = {"channel": item.about["channel"], "message_ts": item.about["ts"]}
        try:
            return (await slack.call(Call("chat.getPermalink", place))).get("permalink")
        except Refused:
            if "said" not in item.about:
                raise
            return None  # a private channel without the bot: Slack gives no link, the text is worth keeping

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        message, about = answer["message"], item.about
        entry = await message_kept(
            session,
            int(item.incident_id or 0),
            channel=about["channel"],
            ts=about["ts"],
            author=message.get("user"),
            app=app_of(message),
            text=text_of(message)[:3000],
            permalink=answer["permalink"],
            files=files_of(message),
            by=about["by"],
            how=about["how"],
            occurred_at=datetime.fromtimestamp(float(about["ts"]), UTC),
            now=now,
        )
        incident = await incident_of(session, item)
        if entry is not None and incident.source == f"{about['channel']}/{about['ts']}":
            telling.card(session, incident, now=now)  # it links to the message from now on


class RereadSender(Sender):
    """Reads a kept message again, as Slack says that it was changed or deleted; what is not news changes nothing."""

    kind = "timeline.reread"
    what = "reading a message of the timeline again"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        channel, ts = item.about["channel"], item.about["ts"]
        if await entry_from(session, int(item.incident_id or 0), f"{channel}/{ts}") is None:
            return Stale("it does not stand on the timeline")
        return just_this(channel, ts)

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        try:
            message = await read_message(slack, item, call)
        except Refused as refusal:
            if refusal.code not in GONE:
                raise
            return {"message": None}
        # A message with replies leaves a stone in its place.
        return {"message": None if message.get("subtype") == "tombstone" else message}

    def besides(self, call: Call) -> tuple[str, ...]:
        return ("conversations.replies",)

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        message, about = answer["message"], item.about
        await message_changed(
            session,
            int(item.incident_id or 0),
            f"{about['channel']}/{about['ts']}",
            text=text_of(message)[:3000] if message is not None else None,
            files=files_of(message) if message is not None else (),
            by=message.get("user") if message is not None else None,
            now=now,
        )


def just_this(channel: str, ts: str) -> Call:
    """Asks for one message."""
    return Call(
        "conversations.history",
        {"channel": channel, "latest": ts, "oldest": ts, "inclusive": True, "limit": 1},
    )


async def read_message(slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
    """The message that the intent is about; raises Refused when there is none."""
    channel, ts = item.about["channel"], item.about["ts"]
    message = _exactly(await slack.call(call), ts)
    if message is None:  # history holds no replies; asked by one of its replies, a thread comes whole
        thread = await slack.call(Call("conversations.replies", {"channel": channel, "ts": ts, "limit": 200}))
        message = _exactly(thread, ts)
    if message is None:
        raise Refused("conversations.history", "message_not_found", {})
    return message


def files_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Its files by name and link; their bytes stay in Slack, where people may or may not see them."""
    found = []
    for file in message.get("files", ()):
        said = {
            "name": str(file.get("name") or file.get("title") or "file")[:255],
            "link": file.get("permalink"),
            "image": True if str(file.get("mimetype", "")).startswith("image/") else None,
            "alt": file.get("alt_txt"),
        }
        found.append({key: value for key, value in said.items() if value})
    return found


def app_of(message: dict[str, Any]) -> str | None:
    """The name of the app that wrote a message without a person behind it, such as an alert's webhook."""
    if message.get("user"):
        return None
    return (message.get("bot_profile") or {}).get("name") or message.get("username") or "an app"


def text_of(message: dict[str, Any]) -> str:
    """What a message says. Alerts often say it in attachments only."""
    attached = [
        a.get("text") or a.get("fallback") or a.get("title") or "" for a in message.get("attachments", ())
    ]
    said = [as_typed(text) for text in (message.get("text") or "", *attached)]
    return "\n".join(filter(None, said)) or "(a message without text)"


def _exactly(answer: dict[str, Any], ts: str) -> dict[str, Any] | None:
    return next((m for m in answer.get("messages", ()) if m.get("ts") == ts), None)
