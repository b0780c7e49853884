"""All replicas go by the database's clock."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.clock import Clock
from bot.core.db import Database
from bot.steps.common_clock import TOLERATED, CommonClock
from tests.databases import PostgresCluster


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
