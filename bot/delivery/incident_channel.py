"""The channel of an incident: made, and renamed where its name must not stand."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import flag_modified

from bot.core.outbox import OutboxItem, enqueue, hasten
from bot.core.standing import GONE
from bot.core.timeline import record
from bot.delivery.sender import AT_ONCE, Later, Sender, Stale, incident_of, locked_incident_of
from bot.delivery.slack import Call, Refused, Slack
from bot.incidents import telling
from bot.incidents.names_redacted import title_was_redacted
from bot.incidents.naming import slug
from bot.incidents.other_cards import refresh_other_cards_soon
from bot.incidents.rows import Incident


class NameSender(Sender):
    """What gives the channel its name."""

    def name(self, incident: Incident, item: OutboxItem) -> str:
        """The name by the pattern, of a drill with the word in it; where it is taken by something else, with a number behind."""
        again = item.about.get("again", 0)
        suffix = f"-{again + 1}" if again else ""
        title = f"drill {incident.title}" if incident.drill else incident.title
        return self.config.channels.name_for(incident.id, slug(title), suffix=suffix)

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        if code != "name_taken" or item.about.get("again", 0) >= 20:
            return None
        held = await session.get(OutboxItem, item.id)
        if held is not None:
            held.about["again"] = held.about.get("again", 0) + 1
            flag_modified(held, "about")
            await session.flush()
        return AT_ONCE


class ChannelSender(NameSender):
    """Makes the channel. Everything that lives in it is asked for once it is there."""

    kind = "incident.channel"
    what = "making the incident's channel"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        incident = await incident_of(session, item)
        if incident.channel_id is not None:
            return Stale("the channel is there", fulfilled=True)
        private = incident.private or self.config.channels.private
        return Call("conversations.create", {"name": self.name(incident, item), "is_private": private})

    async def find(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        """Among the bot's own channels (not the whole workspace's, which can be thousands): the one of that name, or the one
        that was made under a title that the incident had then. Nobody else was ever in that.
        """
        me = (await slack.call(Call("auth.test"))).get("user_id")
        number = int(item.incident_id or 0)
        formerly: list[str] = []
        async for channel in _own_channels(slack):
            name = str(channel.get("name"))
            if channel.get("creator") not in (me, None):
                continue
            if name == call.args["name"]:
                return {"channel": channel}
            is_private = bool(channel.get("is_private"))
            if is_private == call.args["is_private"] and self.config.channels.is_of(number, name):
                formerly.append(channel["id"])
        for channel_id in formerly:
            asked = Call("conversations.info", {"channel": channel_id, "include_num_members": True})
            answer = await slack.call(asked)
            if answer["channel"].get("num_members") == 1:
                return answer
        return None

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        try:
            return await slack.call(call)
        except Refused as refusal:
            if refusal.code != "name_taken" or not item.doubtful:
                raise
            # Perhaps by our own earlier attempt, which came through only now.
            found = await self.find(slack, item, call)
            if found is None:
                raise
            return found

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        incident = await locked_incident_of(session, item)
        channel = answer["channel"]
        incident.channel_id, incident.channel_name = channel["id"], channel.get("name", call.args["name"])
        is_outdated = incident.channel_name != self.name(incident, item)
        # While it was made: nobody could find the words in its name then.
        if is_outdated and await title_was_redacted(session, incident):
            record(session, incident, "channel", now=now, by=None, name=GONE)
            telling.renamed(session, incident, now=now)
        else:
            record(session, incident, "channel", now=now, by=None, name=incident.channel_name)
        telling.invitations(session, incident, now=now)
        telling.card(session, incident, now=now)
        telling.announcement(session, incident, now=now)
        telling.topic(session, incident, now=now)
        refresh_other_cards_soon(session, incident, now=now)
        for bookmark in self._bookmarks(incident):
            enqueue(session, "incident.bookmark", now=now, incident_id=incident.id, about=bookmark)
        await hasten(
            session, incident.id, ("incident.declared", "automation.message", "review.card"), now=now
        )

    def _bookmarks(self, incident: Incident) -> list[dict[str, str]]:
        found = []
        service = self.config.service(incident.service) if incident.service else None
        if service is not None and service.runbook:
            found.append({"title": "Runbook", "link": service.runbook, "emoji": ":book:"})
        bridge = self.config.bridge_for(incident.id, slug(incident.title))
        if bridge:
            found.append({"title": "Bridge", "link": bridge, "emoji": ":telephone_receiver:"})
        return found

    async def failed(self, session: AsyncSession, item: OutboxItem, now: datetime) -> None:
        """People are to know of the incident, channel or not."""
        incident = await incident_of(session, item)
        telling.announcement(session, incident, now=now)


class RenameSender(NameSender):
    """Gives the channel another name, as the title that it was made of was redacted. An archived one is asked for, too: people must
    know where the words still stand.
    """

    kind = "incident.rename"
    what = "renaming the channel, whose name has words that were redacted"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        incident = await incident_of(session, item)
        if incident.channel_id is None:
            return Stale("there is no channel")
        name = self.name(incident, item)
        if incident.channel_name == name and not item.doubtful:
            return Stale("it has that name", fulfilled=True)
        return Call("conversations.rename", {"channel": incident.channel_id, "name": name})

    async def find(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        """Whether it has that name by now: what Slack says of a name that the channel itself has is not documented."""
        answer = await slack.call(Call("conversations.info", {"channel": call.args["channel"]}))
        return answer if answer["channel"].get("name") == call.args["name"] else None

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        incident = await locked_incident_of(session, item)
        name = answer["channel"].get("name", call.args["name"])
        if name == incident.channel_name:
            return
        incident.channel_name = name
        record(session, incident, "channel_renamed", now=now, by=None, name=name)
        telling.changed(session, incident, now=now)
        refresh_other_cards_soon(session, incident, now=now)


async def _own_channels(slack: Slack) -> AsyncIterator[dict[str, Any]]:
    """Those that the bot is in, a page of them at a time."""
    args: dict[str, Any] = {"types": "public_channel,private_channel", "exclude_archived": True, "limit": 999}
    while True:
        answer = await slack.call(Call("users.conversations", args))
        for channel in answer.get("channels", ()):
            yield channel
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return
        args = {**args, "cursor": cursor}
