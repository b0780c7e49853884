"""Who would be reached, when and how, if nobody acknowledged: a page on trial, which changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config, Severity
from bot.config.fields import duration_text
from bot.paging.course import policy_of
from bot.paging.duty import duty, planned_duty
from bot.paging.escalation import Planned, next_step, plan
from bot.paging.hours import office_hours
from bot.paging.people import Reachable, reachable
from bot.paging.rows import Turn
from bot.paging.rules import rings
from bot.paging.targets import Wanted
from bot.paging.urgency import Start, Urgency, start_of, urgency_of

Json = dict[str, Any]


@dataclass(frozen=True)
class Reached:
    """Somebody at a moment, with the reasons, and by which methods ("slack", "sms after 1m")."""

    at: datetime
    planned: Planned
    how: tuple[str, ...]


@dataclass(frozen=True)
class Forecast:
    """What a page would do. `begins_at` None: it would page nobody; `start` tells why, or why not at once."""

    to: str
    at: datetime
    begins_at: datetime | None
    start: str
    urgency: Urgency
    urgency_reason: str
    reached: tuple[Reached, ...]
    passed: tuple[str, ...] = ()  # where it reaches nobody at all: why each step does not


async def forecast(
    session: AsyncSession | None,
    wanted: Wanted,
    *,
    config: Config,
    at: datetime,
    severity: Severity | None = None,
) -> Forecast:
    """A page to `wanted` at this moment; with a severity as a declaration pages, else at once, as if somebody asked.

    Without a session by app.yaml alone: no overrides, no imported calendars, and Slack as the only method.
    """
    hours = office_hours(config)
    start = start_of(severity, at, hours) if severity is not None else Start(at, "at once")
    urgency, why = urgency_of(config, severity, wanted.service, start.at or at, hours)
    policy = policy_of(config, wanted.policy)
    if start.at is None or policy is None:
        reason = start.reason if start.at is None else "app.yaml has no escalation policy"
        return Forecast(wanted.said, at, None, reason, urgency, why, ())
    who = planned_duty(config) if session is None else await duty(session, config, start.at)
    turns: dict[int, int] = {}
    if session is not None:
        rows = await session.scalars(select(Turn).where(Turn.policy == policy.name))
        turns = {row.step: row.turn for row in rows}
    planned = plan(policy, at, who, hours, turns=turns, wait=start.at - at)
    people = [one.person for one in planned if one.person is not None]
    known = await reachable(session, config, people) if session is not None else {}
    passed = () if planned else next_step(policy, -1, 0, start.at, who, turns, hours).passed
    reached = tuple(
        Reached(at + one.delay, one, _how(one, known, urgency, at + one.delay)) for one in planned
    )
    return Forecast(wanted.said, at, start.at, start.reason, urgency, why, reached, passed)


def _how(one: Planned, known: dict[str, Reachable], urgency: Urgency, at: datetime) -> tuple[str, ...]:
    if one.person is None:
        return ("slack",)
    person = known.get(one.person, Reachable(None))
    chosen = rings(urgency, person.methods, person.rules, now=at, quiet=person.quiet)
    return tuple(
        f"{ring.method.kind} after {duration_text(ring.delay)}" if ring.delay else ring.method.kind
        for ring in chosen
    )


def as_json(found: Forecast) -> Json:
    return {
        "to": found.to,
        "at": found.at.isoformat(),
        "begins_at": found.begins_at.isoformat() if found.begins_at else None,
        "start": found.start,
        "urgency": found.urgency,
        "urgency_reason": found.urgency_reason,
        "reached": [
            {
                "who": one.planned.who,
                "at": one.at.isoformat(),
                "after": _after(one.planned.delay),
                "via": one.planned.via,
                "because": one.planned.because or None,
                "reason": one.planned.reason,
                "how": list(one.how),
            }
            for one in found.reached
        ],
        "nobody": list(found.passed),
    }


def _after(delay: timedelta) -> str:
    return duration_text(delay) if delay else "0m"


def lines(found: Forecast, config: Config) -> list[str]:
    """For the terminal, in the organization's zone."""
    at = f"{found.at.astimezone(config.zone):%a %Y-%m-%d %H:%M %Z}"
    if found.begins_at is None:
        return [f"A page to {found.to} at {at} reaches nobody: {found.start}."]
    said = [f"A page to {found.to} at {at}: {found.start}; {found.urgency} urgency, {found.urgency_reason}"]
    width = max((len(_after(one.planned.delay)) for one in found.reached), default=0)
    for one in found.reached:
        because = f" ({one.planned.because})" if one.planned.because else ""
        after, at_wall = _after(one.planned.delay), f"{one.at.astimezone(config.zone):%a %H:%M}"
        said.append(
            f"  {at_wall}  +{after:<{max(width, 8)}} {one.planned.who:<16} {one.planned.via}{because}; {one.planned.reason}; {', '.join(one.how)}"
        )
    if not found.reached:
        said.append("  It reaches nobody: " + ("; ".join(found.passed) or "the policy has no targets"))
    return said
