"""What rules of app.yaml say and send. What an action is to say is read from app.yaml when it leaves; one that does not
stand there any more is left out, and the timeline tells so.
"""

import json
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.automation.runs import GONE
from bot.config.sections.automation import Action
from bot.core.outbox import OutboxItem
from bot.core.timeline import record
from bot.delivery.incident_messages import MessageSender, entry_of, find_channel
from bot.delivery.sender import (
    Later,
    Sender,
    Stale,
    incident_of,
    key_of,
    locked_incident_of,
    new_message,
)
from bot.delivery.slack import Call, Slack
from bot.delivery.verdict import MENDS
from bot.delivery.ways import WaySender
from bot.incidents import telling
from bot.incidents.automation import may_act
from bot.incidents.roles import bring_in
from bot.incidents.rows import Incident
from bot.views import automation as view


class RuleSender(Sender):
    """Carries out one action of a rule."""

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        incident = await incident_of(session, item)
        rule = self.config.automation_rule(item.about["rule"])
        action = rule.action(item.about["action"]) if rule is not None else None
        if rule is None or action is None:
            return Stale(GONE)
        if not may_act(rule, incident):
            return Stale("the rule is not for such incidents any more")
        return await self.act(session, item, incident, action, now)

    async def act(
        self, session: AsyncSession, item: OutboxItem, incident: Incident, action: Action, now: datetime
    ) -> Call | Stale | Later:
        """What `compose` gives for an action that stands in app.yaml."""
        raise NotImplementedError

    async def dropped(self, session: AsyncSession, item: OutboxItem, reason: str, now: datetime) -> None:
        await self.tell(session, item, "left_out", now=now, action=self.of_kind, problem=reason)

    async def tell(
        self, session: AsyncSession, item: OutboxItem, what: str, *, now: datetime, **data: Any
    ) -> None:
        """Tells on the timeline what the rule did."""
        incident = await locked_incident_of(session, item)
        said = {"rule": item.about["rule"], "because": item.about["because"], **data}
        record(session, incident, "automation", now=now, by=None, what=what, **said)

    @property
    def of_kind(self) -> str:
        """The kind of action, as app.yaml calls it."""
        return self.kind.partition(".")[2]

    def what_of(self, item: OutboxItem) -> str:
        return f"{self.what} by the rule {item.about['rule']}"


class RuleMessageSender(RuleSender, MessageSender):
    """Posts what a rule says: in the incident's channel, or in another by its name."""

    kind = "automation.message"
    what = "posting a message"

    async def act(
        self, session: AsyncSession, item: OutboxItem, incident: Incident, action: Action, now: datetime
    ) -> Call | Stale | Later:
        assert action.message is not None
        named = action.message.channel
        if named is None and incident.channel_id is None:
            return Later("the channel is not there yet")
        rule, because = item.about["rule"], item.about["because"]
        said = view.message_text(action.message.text, incident, self.config, because=because)
        args = {
            "channel": incident.channel_id if named is None else f"#{named}",
            "text": said,
            "blocks": view.message_blocks(said, incident, rule=rule),
        }
        return new_message(item, args)

    async def find(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        """A channel that is known by its name is found first."""
        place = str(call.args["channel"])
        if place.startswith("#"):
            channel = await find_channel(slack, place[1:])
            if channel is None:
                return None
            call = Call(call.method, {**call.args, "channel": channel["id"]})
        return await super().find(slack, item, call)

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        place = str(call.args["channel"])
        channel = place[1:] if place.startswith("#") else None
        await self.tell(session, item, "message", now=now, channel=channel)


class RuleInviteSender(RuleSender):
    """Asks Slack who is in a user group; these take part from then on, and are invited as all who do are."""

    kind = "automation.invite"
    what = "inviting a user group"

    async def act(
        self, session: AsyncSession, item: OutboxItem, incident: Incident, action: Action, now: datetime
    ) -> Call | Stale | Later:
        if incident.is_closed:
            return Stale("the incident is closed")
        return Call("usergroups.list", {"include_users": True}, noted=action.invite)

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        handle = call.noted
        found = next((one for one in answer.get("usergroups", ()) if one.get("handle") == handle), None)
        if found is None:
            problem, mend = f"Slack has no user group @{handle}.", MENDS["no_such_subteam"]
            await self.tell(session, item, "failed", now=now, action="invite", problem=problem, mend=mend)
            return
        incident = await locked_incident_of(session, item)
        new = await bring_in(session, incident, found.get("users") or (), now=now)
        await self.tell(session, item, "invite", now=now, group=handle, people=len(new))
        telling.changed(session, incident, now=now)


class RuleWebhookSender(RuleSender, WaySender):
    """Tells an address outside of the change. What is said of the incident is what holds when it leaves."""

    kind = "automation.webhook"
    what = "sending a webhook"

    async def act(
        self, session: AsyncSession, item: OutboxItem, incident: Incident, action: Action, now: datetime
    ) -> Call | Stale | Later:
        webhook = self.config.webhook(str(action.webhook))
        if webhook is None:
            return Stale(GONE)
        entry = await entry_of(session, item)
        body = view.webhook_body(incident, entry, self.config, rule=item.about["rule"])
        return Call(webhook.way, {"webhook": webhook, "body": body})

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        body = json.dumps(call.args["body"], ensure_ascii=False).encode()
        now = self.ways.clock.now()
        said = await self.ways.webhooks.post(call.args["webhook"], body, key=key_of(item), now=now)
        return {"said": said}

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        await self.tell(session, item, "webhook", now=now, webhook=call.args["webhook"].name)
