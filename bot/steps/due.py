"""Rows whose moment has come: what is due for one is done by a verb in a transaction of its own, and stops no other's."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, inspect, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.automation import runs
from bot.config import Config
from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.look import has_come
from bot.incidents import archiving, nudging, other_cards
from bot.incidents.homes import refresh_homes
from bot.incidents.rows import AutomationRun, Incident, Nudge
from bot.oncall import requests, watch
from bot.oncall.rows import ScheduleWatch, ShiftRequest
from bot.reviews import action_reminding
from bot.reviews import lifecycle as reviews
from bot.reviews.action_rows import ActionItem
from bot.reviews.rows import Review
from bot.routine import decisions, meetings, risks, tasks
from bot.routine.decision_rows import Decision
from bot.routine.meeting_rows import Meeting
from bot.routine.risk_rows import Risk
from bot.routine.task_rows import RoutineOccurrence
from bot.steps.guarded import PUT_OFF, guarded

AT_MOST = 100
Key = Sequence[Any]


@dataclass(frozen=True)
class Due:
    """What is due for a row `at` a moment. The verb is given the row's key, looks again under its lock whether it is still
    due (another process may have been there), and clears the moment or moves it; the log has `complaint` of what fails.
    """

    at: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]
    verb: Callable[..., Awaitable[object]]
    complaint: str
    conditions: tuple[ColumnElement[bool], ...] = ()

    @property
    def moment(self) -> ScalarSelect[Any]:
        return has_come(self.at, *self.conditions)

    async def keys(self, session: AsyncSession, *, now: datetime) -> Sequence[Key]:
        """The rows whose moment has come, the longest due first."""
        query = select(*self._key).where(self.at <= now, *self.conditions).order_by(self.at, *self._key)
        return (await session.execute(query.limit(AT_MOST))).all()

    async def put_off(self, session: AsyncSession, key: Key, *, until: datetime) -> None:
        """What fails in our own code is tried again later."""
        this = (column == value for column, value in zip(self._key, key, strict=True))
        await session.execute(update(self.at.class_).where(*this).values({self.at.key: until}))

    def about(self, key: Key) -> dict[str, Any]:
        """Which row it is, for the log."""
        names = (self.at.class_.__tablename__ if one.name == "id" else one.name for one in self._key)
        return dict(zip(names, key, strict=True))

    @property
    def _key(self) -> Sequence[ColumnElement[Any]]:
        key: Sequence[ColumnElement[Any]] = inspect(self.at.class_).primary_key
        return key


class DueRows:
    """A step of the tick. One per process; the rows tell the processes apart."""

    def __init__(self, kinds: Sequence[Due], *, config: Config, db: Database, clock: Clock) -> None:
        self._kinds = kinds
        self._config = config
        self._db = db
        self._clock = clock

    async def run(self) -> None:
        """Does what is due, until nothing is left."""
        for kind in self._kinds:
            before: Sequence[Key] = ()
            while (keys := await self._due(kind)) and keys != before:  # the same: another process has them
                for key in keys:
                    await self._act(kind, key)
                if len(keys) < AT_MOST:
                    break
                before = keys

    async def _due(self, kind: Due) -> Sequence[Key]:
        async with self._db.read() as session:
            return await kind.keys(session, now=self._clock.now())

    async def _act(self, kind: Due, key: Key) -> None:
        async def work(session: AsyncSession, now: datetime) -> None:
            await kind.verb(session, *key, config=self._config, now=now)

        async def put_off(session: AsyncSession, now: datetime) -> None:
            await kind.put_off(session, key, until=now + PUT_OFF)

        await guarded(
            self._db,
            self._clock,
            work,
            put_off,
            complaint=f"{kind.complaint}; it is put off",
            **kind.about(key),
        )


async def _archive(session: AsyncSession, number: int, *, config: Config, now: datetime) -> None:
    await archiving.archive(session, number, now=now)


async def _other_cards(session: AsyncSession, number: int, *, config: Config, now: datetime) -> None:
    await other_cards.refresh_other_cards(session, number, now=now)


async def _watch(session: AsyncSession, schedule: str, *, config: Config, now: datetime) -> None:
    seen = await watch.watch(session, config, schedule, now=now)
    if seen is not None and seen.is_handoff:
        await refresh_homes(session, now=now)


async def _expire(session: AsyncSession, number: int, *, config: Config, now: datetime) -> None:
    await requests.expire(session, number, now=now)


ON_CALL = (
    Due(ScheduleWatch.next_at, _watch, "On-call work failed"),
    # Written out: with a parameter the index of the open ones would not serve.
    Due(
        ShiftRequest.expires_at,
        _expire,
        "On-call work failed",
        (ShiftRequest.state == literal_column("'open'"),),
    ),
)
ROUTINE_TASKS = (
    Due(RoutineOccurrence.look_at, tasks.look, "Work on a routine task failed"),
    Due(RoutineOccurrence.remind_at, tasks.remind, "Work on a routine task failed"),
)
PLANNING = (
    Due(Risk.remind_at, risks.remind, "A risk could not be reminded of"),
    Due(Decision.remind_at, decisions.remind, "A decision could not be reminded of"),
)

# The steps that do no more than this, in the order of the tick. What is due at a moment of a row has its line here.
STEPS: Mapping[str, Sequence[Due]] = {
    "automation": (
        Due(AutomationRun.due_at, runs.carry_out, "A rule of automation failed in Tocsin itself"),
    ),
    "action items": (
        Due(ActionItem.remind_at, action_reminding.remind, "Reminding of an action item failed"),
    ),
    "nudges": (Due(Nudge.due_at, nudging.ask, "An incident could not ask its people"),),
    "other cards": (
        Due(Incident.other_cards_at, _other_cards, "The cards that name an incident could not be refreshed"),
    ),
    "channels to archive": (Due(Incident.archive_at, _archive, "A channel could not be archived"),),
    "reviews": (
        Due(Incident.review_at, reviews.look, "Work on a review failed"),
        Due(Review.remind_at, reviews.remind, "Work on a review failed"),
    ),
    "recurring reviews": (Due(Meeting.act_at, meetings.advance, "A recurring review could not go on"),),
}
