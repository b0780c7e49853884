"""Each occurrence is carried out once: over pauses of any length, clocks that are set, and several processes."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cadences import recurring
from bot.cadences.cadence import Cadence, occurrences
from bot.cadences.recurring import Occurrence, Plan
from bot.cadences.rows import Recurrence
from bot.config import Config
from bot.config.calendar import Cadence as Said
from bot.core.clock import Clock
from bot.core.db import Database
from bot.paging.hours import office_hours
from bot.steps.guarded import PUT_OFF
from bot.steps.recurring import Kind, Recurring

START = datetime(2026, 3, 1, tzinfo=UTC)
ACME = Config(organization="Acme")
DAILY = ("digest", "daily")


class Wall(Clock):
    """A clock that stands still until it is set."""

    def __init__(self, at: datetime = START) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        return self.at


def plan(every: str, *, ahead: timedelta = timedelta(), weeks: int = 1, zone: str = "Europe/Berlin") -> Plan:
    days = office_hours(ACME)
    said = Said(every=every, weeks=weeks, since=date(2026, 1, 5) if weeks > 1 else None)
    return Plan(Cadence(said, ZoneInfo(zone), days), ahead)


class Told:
    """What was carried out, and a process that does it."""

    def __init__(self, db: Database, plan: Plan, clock: Wall) -> None:
        self.occurrences: list[Occurrence] = []
        self.fails = False
        self.clock = clock
        kind = Kind(lambda _: {"daily": plan}, self._tell)
        self.process = Recurring(config=ACME, db=db, clock=clock, kinds={"digest": kind})

    async def _tell(
        self, session: AsyncSession, config: Config, occurrence: Occurrence, now: datetime
    ) -> None:
        self.occurrences.append(occurrence)
        if self.fails:
            raise ValueError("a fault of our own")

    @property
    def days(self) -> list[str]:
        return [f"{one.at:%d %b}" for one in self.occurrences]


async def test_what_is_new_comes_at_its_next_time_and_then_once_each(db: Database) -> None:
    told = Told(db, plan("0 9 * * *"), Wall())
    for hours in range(72):
        told.clock.at = START + timedelta(hours=hours)
        await told.process.run()
        await told.process.run()
    assert told.days == ["01 Mar", "02 Mar", "03 Mar"]


async def test_after_a_pause_the_last_one_comes_and_knows_since_when_they_were_missed(db: Database) -> None:
    told = Told(db, plan("0 9 * * *"), Wall())
    await told.process.run()
    told.clock.at = START + timedelta(days=10)
    restarted = Told(db, plan("0 9 * * *"), told.clock)
    await restarted.process.run()
    assert restarted.days == ["10 Mar"]
    assert restarted.occurrences[0].missed == datetime(2026, 3, 1, 8, tzinfo=UTC)


async def test_what_is_announced_ahead_is_carried_out_before_its_time(db: Database) -> None:
    told = Told(db, plan("0 9 * * *", ahead=timedelta(hours=20)), Wall(datetime(2026, 3, 1, 6, tzinfo=UTC)))
    await told.process.run()
    assert told.days == ["01 Mar"]  # late is better than never: it is still to come
    told.clock.at = datetime(2026, 3, 1, 11, 59, tzinfo=UTC)
    await told.process.run()
    assert told.days == ["01 Mar"]
    told.clock.at += timedelta(minutes=1)
    await told.process.run()
    assert told.days == ["01 Mar", "02 Mar"]


async def test_another_rule_counts_from_now_on(db: Database) -> None:
    told = Told(db, plan("0 9 * * *"), Wall())
    await told.process.run()
    told.clock.at = START + timedelta(hours=12)
    changed = Told(db, plan("0 7 * * *"), told.clock)
    await changed.process.run()
    assert changed.days == []  # what fell due under the old rule is not made up for by the new one
    told.clock.at += timedelta(days=1)
    await told.process.run()  # a process with the old app.yaml, which still runs, leaves it alone
    assert told.days == []
    await changed.process.run()
    assert changed.days == ["02 Mar"]


async def test_what_is_gone_from_the_file_never_comes(db: Database) -> None:
    told = Told(db, plan("0 9 * * *"), Wall())
    await told.process.run()
    empty = Recurring(config=ACME, db=db, clock=told.clock, kinds={})
    await empty.run()
    told.clock.at += timedelta(days=3)
    await empty.run()
    await told.process.run()
    assert told.days == []


async def test_a_fault_of_our_own_puts_it_off_and_the_occurrence_stays(db: Database) -> None:
    told = Told(db, plan("0 9 * * *"), Wall())
    await told.process.run()
    told.clock.at = START + timedelta(hours=12)
    told.fails = True
    await told.process.run()
    await told.process.run()
    assert told.days == ["01 Mar"]
    told.fails = False
    told.clock.at += PUT_OFF
    await told.process.run()
    await told.process.run()
    assert told.days == ["01 Mar", "01 Mar"]


async def test_several_processes_carry_it_out_once(db: Database, other_db: Database) -> None:
    clock = Wall()
    one, other = Told(db, plan("0 9 * * *"), clock), Told(other_db, plan("0 9 * * *"), clock)
    await asyncio.gather(one.process.run(), other.process.run())
    for _ in range(10):
        clock.at += timedelta(days=1)
        await asyncio.gather(one.process.run(), other.process.run())
    assert len(one.days) + len(other.days) == 10
    assert len({*one.days, *other.days}) == 10


steps = st.lists(
    st.timedeltas(timedelta(days=-3), timedelta(days=90)) | st.timedeltas(timedelta(0), timedelta(hours=30)),
    min_size=1,
    max_size=12,
)
lines = st.sampled_from(
    [
        "0 9 * * *",
        "30 2 * * *",
        "0 10 * * mon",
        "0 9 * * mon-fri",
        "*/30 * * * *",
        "0 0 1 * *",
        "0 10 1 1,4,7,10 *",
        "15 3 29 2 *",
    ]
)
# Clocks that are set by an hour, in the south, by half an hour, at midnight, and never.
zones = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kolkata"]
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    line=lines,
    weeks=st.integers(1, 3),
    ahead=st.sampled_from([timedelta(), timedelta(hours=26)]),
    zone=zones,
    steps=steps,
)
async def test_none_twice_and_the_last_never_missed(
    db: Database, line: str, weeks: int, ahead: timedelta, zone: str, steps: list[timedelta]
) -> None:
    """The clock jumps on and back, the program is started anew each time."""
    async with db.begin() as session:
        await session.execute(delete(Recurrence))
    told, clock, reached = [], Wall(), START
    the_plan = plan(line, ahead=ahead, weeks=weeks, zone=zone)
    for step in [timedelta(), *steps]:
        clock.at += step
        process = Told(db, the_plan, clock)
        await process.process.run()
        told += [one.at for one in process.occurrences]
        assert len(process.occurrences) <= 1
        reached = max(reached, clock.at)
        # Whatever the clock has reached, the last occurrence of that time was told.
        passed = _all(the_plan.cadence, START, reached + ahead)
        assert told[-1:] == passed[-1:]
    assert told == sorted(set(told))


def _all(cadence: Cadence, start: datetime, until: datetime) -> list[datetime]:
    found = []
    for at in occurrences(cadence, after=start):
        if at > until:
            break
        found.append(at)
    return found


async def test_looking_for_what_is_due_uses_the_index(db: Database) -> None:
    told = Told(db, plan("0 9 * * *"), Wall())
    await told.process.run()
    async with db.read() as session:
        assert await recurring.due(session, now=START) == []
        assert await recurring.coming(session, DAILY) == datetime(2026, 3, 1, 8, tzinfo=UTC)
