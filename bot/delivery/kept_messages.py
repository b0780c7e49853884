"""Fetches a Slack message that somebody wants on the timeline: text, author, files, permalink."""

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
from bot.incidents.updates import message_kept


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
        return Call(
            "conversations.history",
            {"channel": channel, "latest": ts, "oldest": ts, "inclusive": True, "limit": 1},
        )

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        try:
            message = await self._read(slack, item, call)
        except Refused:
            # The bot is not in that channel; the shortcut brought along what is needed most.
            if "said" not in item.about:
                raise
            message = item.about["said"]
        return {"message": message, "permalink": await self._permalink(slack, item)}

    def besides(self, call: Call) -> tuple[str, ...]:
        return ("conversations.replies", "chat.getPermalink")

    async def _read(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        channel, ts = item.about["channel"], item.about["ts"]
        message = _exactly(await slack.call(call), ts)
        if message is None:  # history holds no replies; asked by one of its replies, a thread comes whole
            thread = await slack.call(
                Call("conversations.replies", {"channel": channel, "ts": ts, "limit": 200})
            )
            message = _exactly(thread, ts)
        if message is None:
            raise Refused("conversations.history", "message_not_found", {})
        return message

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
            files=[str(file.get("name") or file.get("title") or "file") for file in message.get("files", ())],
            by=about["by"],
            how=about["how"],
            occurred_at=datetime.fromtimestamp(float(about["ts"]), UTC),
            now=now,
        )
        incident = await incident_of(session, item)
        if entry is not None and incident.source == f"{about['channel']}/{about['ts']}":
            telling.card(session, incident, now=now)  # it links to the message from now on


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
