"""Standing in: overrides are made, win, and are taken back."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.core.db import Database
from bot.core.errors import NotFound, RuleRefused
from bot.oncall import overrides, queries
from bot.oncall.rows import OverrideRow
from tests.oncall.rota import berlin, config_of, layer

NOW = berlin("2026-11-21 10:30")
CONFIG = config_of(layer("weekly", ["ada"]))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def made(db: Database, **what: Any) -> OverrideRow:
    given = {"schedule": "primary", "person": "bo", "starts_at": NOW + HOUR, "ends_at": NOW + 3 * HOUR}
    async with db.begin() as session:
        return await overrides.make_override(
            session, config=CONFIG, by="U01ADA", now=NOW, **{**given, **what}
        )


async def who(db: Database, at: datetime) -> tuple[str | None, str]:
    async with db.read() as session:
        shift = await queries.who(session, CONFIG, "primary", at)
    return shift.person, shift.reason


async def test_somebody_stands_in_and_the_shift_ends_where_that_begins(db: Database) -> None:
    row = await made(db, person="@Bo", schedule="Primary", reason="  dentist ")
    assert (row.person, row.schedule, row.reason) == ("bo", "primary", "dentist")
    assert await who(db, NOW) == ("ada", "layer weekly")
    assert await who(db, NOW + 2 * HOUR) == ("bo", "override")
    async with db.read() as session:
        assert (await queries.who(session, CONFIG, "primary", NOW)).ends_at == NOW + HOUR
        assert (await queries.who(session, CONFIG, "primary", NOW + 4 * HOUR)).starts_at == NOW + 3 * HOUR


async def test_the_one_made_last_wins_and_nobody_can_be_on_call(db: Database) -> None:
    await made(db)
    await made(db, person=None)
    assert await who(db, NOW + 2 * HOUR) == (None, "gap: override")


async def test_one_that_is_to_come_is_taken_back_as_if_it_never_was(db: Database) -> None:
    row = await made(db)
    async with db.begin() as session:
        cancelled = await overrides.cancel_override(session, row.id, by="U01BO", now=NOW)
        assert (cancelled.cancelled_at, cancelled.cancelled_by) == (NOW, "U01BO")
    assert await who(db, NOW + 2 * HOUR) == ("ada", "layer weekly")
    async with db.begin() as session:
        with pytest.raises(RuleRefused, match="already"):
            await overrides.cancel_override(session, row.id, by="U01BO", now=NOW)


async def test_one_that_runs_ends_now_and_what_was_stays_true(db: Database) -> None:
    row = await made(db)
    async with db.begin() as session:
        await overrides.cancel_override(session, row.id, by="U01BO", now=NOW + 2 * HOUR)
    assert await who(db, NOW + 2 * HOUR - timedelta(seconds=1)) == ("bo", "override")
    assert await who(db, NOW + 2 * HOUR) == ("ada", "layer weekly")
    async with db.begin() as session:
        with pytest.raises(RuleRefused, match="over"):
            await overrides.cancel_override(session, row.id, by="U01BO", now=NOW + 3 * HOUR)
        with pytest.raises(NotFound):
            await overrides.cancel_override(session, 99, by="U01BO", now=NOW)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"ends_at": NOW + HOUR}, "must end after it starts"),
        ({"starts_at": NOW - 3 * HOUR, "ends_at": NOW}, "over already"),
        ({"ends_at": NOW + 400 * DAY}, "a year at most"),
        (
            {"person": "adda"},
            "“adda” is no person of app.yaml. Did you mean ada? Choose one of ada, bo, cleo, dev, eve.",
        ),
        ({"schedule": "secondary"}, "“secondary” is no schedule of app.yaml."),
    ],
    ids=["empty", "over", "long", "person", "schedule"],
)
async def test_what_makes_no_sense_is_refused_with_the_next_step(
    db: Database, what: dict[str, Any], said: str
) -> None:
    with pytest.raises((NotFound, RuleRefused)) as refused:
        await made(db, **what)
    assert said in str(refused.value)
    assert refused.value.next_step


async def test_those_to_come_are_listed_by_person_and_schedule(db: Database) -> None:
    later = await made(db, starts_at=NOW + 5 * DAY, ends_at=NOW + 6 * DAY)
    sooner = await made(db)
    await made(db, person="cleo")
    async with db.read() as session:
        bos = await queries.overrides_to_come(session, now=NOW, person="bo")
        assert [row.id for row in bos] == [sooner.id, later.id]
        assert len(await queries.overrides_to_come(session, now=NOW, schedule="primary")) == 3
        assert await queries.overrides_to_come(session, now=NOW + 7 * DAY, schedule="primary") == []


async def test_an_unknown_schedule_is_told(db: Database) -> None:
    async with db.read() as session:
        with pytest.raises(NotFound, match="Choose one of primary"):
            await queries.who(session, CONFIG, "nights", NOW)
