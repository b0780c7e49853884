"""What a rule can do, a function each: what is said or sent is noted in the outbox."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import AutomationRule, Config
from bot.config.sections.automation import Action
from bot.config.sections.field_values import NOTHING
from bot.core.errors import UserError
from bot.core.outbox import Priority, enqueue
from bot.core.timeline import record
from bot.incidents.classifying import set_fields
from bot.incidents.rows import Incident
from bot.incidents.tasks import add_task
from bot.incidents.telling import WAITS_FOR_CHANNEL
from bot.paging.people import account_of
from bot.runbooks import checklists


@dataclass(frozen=True)
class Occasion:
    """A rule that is carried out: for which incident, because of which change (its number on the timeline), and when."""

    incident: Incident
    rule: AutomationRule
    entry: int
    because: str
    config: Config
    now: datetime

    def about(self, action: Action) -> dict[str, Any]:
        """What a sender needs to find the action again, as long as it stands in app.yaml."""
        return {"rule": self.rule.name, "action": action.key, "entry": self.entry, "because": self.because}

    def record(self, session: AsyncSession, what: str, **data: Any) -> None:
        """Tells on the timeline what the rule did."""
        record(
            session,
            self.incident,
            "automation",
            now=self.now,
            by=None,
            what=what,
            rule=self.rule.name,
            because=self.because,
            **data,
        )


async def _message(session: AsyncSession, action: Action, occasion: Occasion) -> None:
    """In the incident's channel it keeps its place among what is said there. Elsewhere it waits a moment for the channel,
    so that it can link to it.
    """
    incident, message = occasion.incident, action.message
    assert message is not None
    is_elsewhere = message.channel is not None
    is_early = is_elsewhere and incident.channel_id is None
    enqueue(
        session,
        "automation.message",
        now=occasion.now,
        incident_id=incident.id,
        about=occasion.about(action),
        lane=None if is_elsewhere else f"incident:{incident.id}",
        delay=WAITS_FOR_CHANNEL if is_early else timedelta(),
    )


async def _invite(session: AsyncSession, action: Action, occasion: Occasion) -> None:
    """Slack is asked who is in the group first."""
    enqueue(
        session,
        "automation.invite",
        now=occasion.now,
        incident_id=occasion.incident.id,
        about=occasion.about(action),
        priority=Priority.CARD,
    )


async def _tasks(session: AsyncSession, action: Action, occasion: Occasion) -> None:
    """Each of them stands on the timeline, too, as one that Tocsin added."""
    added = []
    for title in action.tasks or ():
        task = await add_task(session, occasion.incident.id, title, by=None, now=occasion.now)
        added.append(task.id)
    occasion.record(session, "tasks", tasks=added)


async def _checklist(session: AsyncSession, action: Action, occasion: Occasion) -> None:
    """Steps that are in the channel already stay the only ones, and that is no failure."""
    number, name = occasion.incident.id, str(action.checklist)
    if await checklists.posted(session, number, name) is None:
        rule, because = occasion.rule.name, occasion.because
        await checklists.post(session, number, name, by=None, now=occasion.now, rule=rule, because=because)


async def _set_field(session: AsyncSession, action: Action, occasion: Occasion) -> None:
    """Whatever stands there already is replaced, and the timeline has both. What is as it should be stays untouched."""
    typed = {}
    for name, value in (action.set_field or {}).items():
        field = occasion.config.field(name)
        is_person = field is not None and field.kind == "person" and value != NOTHING
        typed[name] = await _account(session, occasion.config, value) if is_person else value
    await set_fields(
        session,
        occasion.incident.id,
        {name: "" if value == NOTHING else value for name, value in typed.items()},
        config=occasion.config,
        by=None,
        now=occasion.now,
        rule=occasion.rule.name,
        because=occasion.because,
    )


async def _account(session: AsyncSession, config: Config, person: str) -> str:
    name = person.removeprefix("@")
    found = await account_of(session, config, name)
    if found is None:
        raise UserError(f"The Slack account of {name} is not known.", "`tocsin doctor` tells why.")
    return found


async def _webhook(session: AsyncSession, action: Action, occasion: Occasion) -> None:
    """Those about one incident leave in the order of its changes."""
    webhook = occasion.config.webhook(str(action.webhook))
    assert webhook is not None
    enqueue(
        session,
        "automation.webhook",
        now=occasion.now,
        incident_id=occasion.incident.id,
        about=occasion.about(action),
        lane=f"{webhook.way}:{occasion.incident.id}",
        way=webhook.way,
    )


ACTIONS: dict[str, Callable[[AsyncSession, Action, Occasion], Awaitable[None]]] = {
    "message": _message,
    "invite": _invite,
    "tasks": _tasks,
    "checklist": _checklist,
    "set_field": _set_field,
    "webhook": _webhook,
}
