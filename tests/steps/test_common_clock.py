"""All replicas go by the database's clock, and no clock goes back."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.clock import Clock
from bot.core.db import Database
from bot.incidents.paging import page_directly
from bot.paging.rows import Page
from bot.steps.common_clock import TOLERATED, CommonClock
from bot.steps.paging import Paging
from tests.databases import PostgresCluster, SqliteFiles
from tests.paging.kit import NOW, company

CONFIG = company()


class WrongClock(Clock):
    """Of a machine that is ahead by so much."""

    def __init__(self, ahead: timedelta) -> None:
        super().__init__()
        self._wrong_by = ahead

    def now(self) -> datetime:
        return super().now() + self._wrong_by


@pytest.mark.parametrize("ahead", [timedelta(seconds=20), -timedelta(seconds=20), timedelta(days=400)])
async def test_a_wrong_clock_is_set_right(postgres_cluster: PostgresCluster, ahead: timedelta) -> None:
    async with postgres_cluster.one() as url:
        db, clock = Database(url), WrongClock(ahead)
        await CommonClock(db, clock).run()
        assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)
        await db.close()


async def test_what_does_no_harm_is_left_alone(database_url: str) -> None:
    db, clock = Database(database_url), WrongClock(TOLERATED / 5)
    await CommonClock(db, clock).run()
    assert clock.correction == timedelta()
    await db.close()


async def test_it_compares_now_and_then(postgres_cluster: PostgresCluster) -> None:
    async with postgres_cluster.one() as url:
        db, clock = Database(url), Clock()
        common = CommonClock(db, clock)
        await common.run()
        clock.correct(timedelta(minutes=1))
        await common.run()
        assert clock.correction == timedelta(minutes=1), "only every ten seconds"
        await common.compare()
        assert abs(clock.correction) < timedelta(seconds=1)
        await db.close()


class Machine(Clock):
    """A machine whose clock somebody sets."""

    def __init__(self) -> None:
        super().__init__()
        self.uptime = 0.0
        self.set_by = timedelta()

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.uptime) + self.set_by + self.correction

    def monotonic(self) -> float:
        return self.uptime


async def test_a_clock_that_is_set_back_lets_no_page_wait(sqlite_files: SqliteFiles) -> None:
    """By an hour, right after a page was opened: its next step comes after its five minutes all the same."""
    async with sqlite_files.one() as url:
        db, clock = Database(url), Machine()
        common = CommonClock(db, clock)
        pages = Paging(config=CONFIG, db=db, clock=clock, worker="the only one")
        await common.run()
        async with db.begin() as session:
            page = await page_directly(
                session, "default", "Down", config=CONFIG, by="U01EVE", now=clock.now()
            )
        rung_after, before = None, clock.now()
        clock.set_by = -timedelta(hours=1)
        while clock.uptime < 6 * 3600:
            clock.uptime += 1 if rung_after is None else 30
            await common.run()
            await pages.run()
            assert clock.now() > before, "it goes on"
            before = clock.now()
            async with db.read() as session:
                if rung_after is None and (await session.get_one(Page, page.id)).step == 1:
                    rung_after = clock.uptime
        assert rung_after is not None
        assert 300 <= rung_after <= 380
        assert clock.correction == timedelta(), "by then it is the machine's clock again"
        await db.close()


async def test_a_clock_that_is_set_forward_is_followed(sqlite_files: SqliteFiles) -> None:
    async with sqlite_files.one() as url:
        db, clock = Database(url), Machine()
        common = CommonClock(db, clock)
        await common.run()
        clock.uptime, clock.set_by = 1, timedelta(hours=1)
        await common.run()
        assert clock.correction == timedelta()
        await db.close()
