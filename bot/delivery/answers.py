"""Answers that could not be given in the HTTP reply: to a click, to whoever declared."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.outbox import OutboxItem
from bot.delivery.incident_messages import in_dm
from bot.delivery.sender import AT_ONCE, Later, Sender, Stale, find_message, incident_of, new_message
from bot.delivery.slack import Call, Slack
from bot.incidents.paging import paging_now
from bot.views.messages import declared, declared_blocks

RESPOND = "response_url"
# So long Slack takes answers to a click or command, five of them.
ANSWERS_TAKEN_FOR = timedelta(minutes=30)


class ReplySender(Sender):
    """Words for one person alone, through the click's `response_url`. Nobody misses them after half an hour."""

    kind = "reply"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        if now - item.created_at > ANSWERS_TAKEN_FOR:
            return Stale("Slack takes no more answers to this click")
        body: dict[str, Any] = {
            "text": item.about["text"],
            "response_type": "ephemeral",
            "replace_original": False,
        }
        return Call(RESPOND, body)

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        await slack.respond(item.about["response_url"], call.args)
        return {}


class DeclaredSender(Sender):
    """Tells the one who declared where the incident is, once its channel is there."""

    kind = "incident.declared"
    what = "telling the declarer"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        incident = await incident_of(session, item)
        late = (now - item.created_at).total_seconds()
        if incident.channel_id is None and late < 1500:
            return Later("its channel is not there yet")
        paging = await paging_now(session, incident, config=self.config, now=now)
        text = declared(incident, paging, self.config)
        blocks = declared_blocks(incident, paging, self.config)
        if self._may_take_its_answers_place(item, now):
            return Call(
                RESPOND,
                {
                    "text": text,
                    "blocks": blocks,
                    "response_type": "ephemeral",
                    "replace_original": item.about.get("replaces", False),
                },
            )
        return new_message(item, {"channel": item.about["user"], "text": text, "blocks": blocks})

    def _may_take_its_answers_place(self, item: OutboxItem, now: datetime) -> bool:
        return "response_url" in item.about and now - item.created_at < ANSWERS_TAKEN_FOR

    async def find(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        """To replace one's own answer twice does no harm; a direct message is looked for."""
        return None if call.method == RESPOND else await find_message(slack, item, await in_dm(slack, call))

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        if call.method == RESPOND:
            await slack.respond(item.about["response_url"], call.args)
            return {}
        return await slack.call(await in_dm(slack, call))

    def besides(self, call: Call) -> tuple[str, ...]:
        return ("conversations.open",)

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        """The command may be older than its incident, when its form was left open: a direct message then."""
        held = await session.get(OutboxItem, item.id)
        if held is None or not self._may_take_its_answers_place(held, now):
            return None
        held.about = {key: value for key, value in held.about.items() if key != "response_url"}
        await session.flush()
        return AT_ONCE
