"""Whose turn it is: of those who take turns, of a schedule. Who is away or has left is passed over.

Away is who has handed a shift of that time to somebody else: an override, a cover or an exchange stands for it. Has left
is whose account in Slack is deactivated, or is none of a member.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.config.fields import SCHEDULE
from bot.core.people import Person
from bot.oncall.queries import overrides_around, ready_schedules
from bot.oncall.schedule import Override, Schedule, on_call
from bot.paging.people import accounts_of

AWAY, LEFT, NOBODY = "away", "left", "nobody is on call"


@dataclass(frozen=True)
class Turn:
    """Whose turn it is: `entry` as app.yaml names it, `person` (None: nobody is there), and who was passed over and why."""

    entry: str | None
    person: str | None
    passed_over: Mapping[str, str]


@dataclass(frozen=True)
class There:
    """Who is there at a moment: `on_call` by schedule, and who is away or has left."""

    on_call: Mapping[str, str | None]
    away: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()

    def person(self, entry: str) -> str | None:
        """Somebody, or whoever is on call in a schedule then."""
        if entry.startswith(SCHEDULE):
            return self.on_call.get(entry.removeprefix(SCHEDULE))
        return entry

    def absence(self, entry: str) -> str | None:
        """Why an entry cannot do it; None: they can."""
        person = self.person(entry)
        if person is None:
            return NOBODY
        if person in self.left:
            return LEFT
        return AWAY if person in self.away else None


def in_turn(entries: Sequence[str], after: str | None, there: There) -> Turn:
    """The first one behind `after` who is there. Where all are away it is the first of these; of those who have left
    none. Pure.
    """
    start = entries.index(after) + 1 if after in entries else 0
    order = [*entries[start:], *entries[:start]]
    passed_over: dict[str, str] = {}
    for entry in order:
        why = there.absence(entry)
        if why is None:
            return Turn(entry, there.person(entry), passed_over)
        passed_over[there.person(entry) or entry] = why
    for entry in order:
        if there.absence(entry) == AWAY:
            return Turn(entry, there.person(entry), {})
    return Turn(next(iter(order), None), None, passed_over)


async def whose_turn(
    session: AsyncSession, config: Config, entries: Sequence[str], *, after: str | None, at: datetime
) -> Turn:
    """Whose turn it is at a moment; `after` had it before."""
    if not entries:
        return Turn(None, None, {})
    return in_turn(entries, after, await there_at(session, config, entries, at))


async def there_at(session: AsyncSession, config: Config, entries: Iterable[str], at: datetime) -> There:
    """Who of these is there at a moment, and who is on call."""
    schedules = await ready_schedules(session, config, around=at) if config.schedules else {}
    overrides = [one for name in schedules for one in await overrides_around(session, name, at)]
    on_duty = {name: on_call(schedule, at, overrides).person for name, schedule in schedules.items()}
    people = {entry for entry in entries if not entry.startswith(SCHEDULE)}
    people |= {person for person in on_duty.values() if person is not None}
    return There(
        on_duty,
        frozenset(displaced(schedules.values(), overrides, at)),
        frozenset(await gone(session, config, people)),
    )


def displaced(schedules: Iterable[Schedule], overrides: Sequence[Override], at: datetime) -> set[str]:
    """Who would be on call at this moment, had nobody else taken it. Pure."""
    before: set[str] = set()
    on_duty: set[str | None] = set()
    for schedule in schedules:
        standing = [o for o in overrides if o.schedule == schedule.name and o.starts_at <= at < o.ends_at]
        now = on_call(schedule, at, standing).person
        on_duty.add(now)
        # Where nobody is to be on call, nobody was stood in for.
        if standing and now is not None:
            planned = [schedule.planned(at).person, *(override.person for override in standing)]
            before |= {person for person in planned if person is not None}
    return before - on_duty


async def gone(session: AsyncSession, config: Config, people: Iterable[str]) -> set[str]:
    """Those of them who have left, as far as Slack has told."""
    accounts = await accounts_of(session, config, people)
    if not accounts:
        return set()
    found = await session.scalars(
        select(Person.user_id).where(
            Person.user_id.in_(set(accounts.values())),
            or_(Person.is_outside, Person.is_guest, Person.is_bot, Person.has_left),
        )
    )
    left = set(found)
    return {person for person, account in accounts.items() if account in left}
