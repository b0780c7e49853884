"""What belongs in the channel of an incident: its people, the topic, bookmarks, the pin."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.outbox import OutboxItem, Priority, enqueue
from bot.delivery.sender import AT_ONCE, ChannelPartSender, Later, Stale, locked_incident_of, or_fine
from bot.delivery.slack import Call, Slack
from bot.incidents import telling
from bot.incidents.roles import were_invited
from bot.incidents.rows import Incident, Responder
from bot.views.incident_text import topic

# One call of conversations.invite takes this many.
INVITED_AT_ONCE = 100
# Refusals of an invitation that are not about any one person: to invite each alone would not help.
NOT_ABOUT_A_PERSON = frozenset(
    {
        "access_denied",
        "account_inactive",
        "channel_not_found",
        "invalid_auth",
        "is_archived",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "not_in_channel",
        "restricted_action",
        "token_expired",
        "token_revoked",
    }
)


class InviteSender(ChannelPartSender):
    """Invites the responders who were not yet; `about.user` names one whose invitation has a row of its own."""

    kind = "incident.invite"
    what = "inviting people to the channel"

    async def within(
        self, session: AsyncSession, item: OutboxItem, incident: Incident, channel: str, now: datetime
    ) -> Call | Stale | Later:
        users = (
            [item.about["user"]] if "user" in item.about else list(await self._waiting(session, incident.id))
        )
        if not users:
            return Stale("everybody was invited", fulfilled=True)
        return Call("conversations.invite", {"channel": channel, "users": ",".join(users)})

    async def _waiting(self, session: AsyncSession, incident_id: int) -> list[str]:
        rows = await session.scalars(
            select(Responder.user_id)
            .where(Responder.incident_id == incident_id, Responder.invited_at.is_(None))
            .order_by(Responder.joined_at, Responder.user_id)
            .limit(INVITED_AT_ONCE)
        )
        return list(rows)

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        incident = await locked_incident_of(session, item)
        await were_invited(session, incident, call.args["users"].split(","), now=now)
        if await self._waiting(session, incident.id):
            telling.invitations(session, incident, now=now)

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        return await or_fine(
            slack, call, "already_in_channel", "cant_invite_self", alone="," not in call.args["users"]
        )

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        """One bad name spoils the whole call: from here on each is invited alone."""
        if "user" in item.about or code in NOT_ABOUT_A_PERSON:
            return None
        incident = await locked_incident_of(session, item)
        users = await self._waiting(session, incident.id)
        if len(users) < 2 and code not in ("already_in_channel", "cant_invite_self"):
            return None
        for user_id in users:
            enqueue(
                session,
                self.kind,
                now=now,
                incident_id=incident.id,
                about={"user": user_id},
                priority=Priority.CARD,
            )
            (await session.get_one(Responder, (incident.id, user_id))).invited_at = now
        return AT_ONCE

    def what_of(self, item: OutboxItem) -> str:
        return f"inviting <@{item.about['user']}> to the channel" if "user" in item.about else self.what


class TopicSender(ChannelPartSender):
    """Severity, status and title in the channel's topic; what stands there already is not set again."""

    kind = "incident.topic"
    what = "setting the channel's topic"

    async def within(
        self, session: AsyncSession, item: OutboxItem, incident: Incident, channel: str, now: datetime
    ) -> Call | Stale | Later:
        wanted = topic(incident, self.config)
        # A doubtful attempt may have set another one than is remembered.
        if incident.topic == wanted and not item.doubtful:
            return Stale("the topic says so already", fulfilled=True)
        return Call("conversations.setTopic", {"channel": channel, "topic": wanted})

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        incident = await locked_incident_of(session, item)
        incident.topic = call.args["topic"]


class BookmarkSender(ChannelPartSender):
    """Runbook and bridge at the top of the channel."""

    kind = "incident.bookmark"
    what = "adding a bookmark"

    async def within(
        self, session: AsyncSession, item: OutboxItem, incident: Incident, channel: str, now: datetime
    ) -> Call | Stale | Later:
        return Call("bookmarks.add", {"channel_id": channel, "type": "link", **item.about})

    async def find(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        answer = await slack.call(Call("bookmarks.list", {"channel_id": call.args["channel_id"]}))
        there = [b for b in answer.get("bookmarks", ()) if b.get("link") == call.args["link"]]
        return {"bookmark": there[0]} if there else None

    def what_of(self, item: OutboxItem) -> str:
        return f"adding the bookmark “{item.about.get('title', '')}”"


class PinSender(ChannelPartSender):
    """Pins the card."""

    kind = "incident.pin"
    what = "pinning the card"

    async def within(
        self, session: AsyncSession, item: OutboxItem, incident: Incident, channel: str, now: datetime
    ) -> Call | Stale | Later:
        if incident.card_ts is None:
            return Stale("there is no card")
        return Call("pins.add", {"channel": channel, "timestamp": incident.card_ts})

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        return await or_fine(slack, call, "already_pinned")
