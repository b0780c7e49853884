"""While more comes in than can be carried out, taking in goes first; what cannot wait goes before all."""

from sqlalchemy import func, select

from bot.alerts.event import Event
from bot.alerts.intake import accept
from bot.alerts.rows import Signal
from bot.config import Config
from bot.core.clock import MovableClock
from bot.core.db import Database
from bot.steps.alerts import FEW, PRESSED, REST, Alerts
from tests.acceptance.office import sample


class Stopwatch(MovableClock):
    """Its seconds pass when the story says so."""

    seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


class Flood:
    """The step, with as many coming in as the story says."""

    def __init__(self, db: Database, config: Config) -> None:
        self.db, self.clock, self.coming_in = db, Stopwatch(), PRESSED + 1
        self.step = Alerts(
            config=config, db=db, clock=self.clock, worker="a", coming_in=lambda: self.coming_in
        )

    async def arrive(self, count: int, level: str) -> None:
        async with self.db.begin() as session:
            for number in range(count):
                event = Event(
                    action="trigger",
                    key=f"{level}-{number}",
                    title=f"{level} {number}",
                    level="critical" if level == "critical" else "warning",
                )
                accept(session, "prometheus", event, now=self.clock.now())

    async def waiting(self, prefix: str) -> int:
        async with self.db.read() as session:
            count = select(func.count()).where(Signal.due_at.is_not(None), Signal.key.startswith(prefix))
            return (await session.scalar(count)) or 0


async def test_what_can_wait_is_carried_out_by_few_and_then_rests(database_url: str) -> None:
    db = Database(database_url)
    flood = Flood(db, sample())
    await flood.arrive(FEW * 3, "warning")
    await flood.step.run()
    assert await flood.waiting("warning") == FEW * 2
    await flood.step.run()  # called again at once: it rests
    assert await flood.waiting("warning") == FEW * 2
    flood.clock.seconds += REST
    await flood.step.run()
    assert await flood.waiting("warning") == FEW
    flood.coming_in = 0
    await flood.step.run()
    assert await flood.waiting("warning") == 0
    await db.close()


async def test_what_cannot_wait_is_carried_out_at_once(database_url: str) -> None:
    db = Database(database_url)
    flood = Flood(db, sample())
    await flood.arrive(FEW * 3, "warning")
    await flood.step.run()
    await flood.arrive(FEW * 2, "critical")
    await flood.step.run()
    assert await flood.waiting("critical") == 0
    assert await flood.waiting("warning") >= FEW
    await db.close()
