"""The tick: never two at once, always one more after a wake, and no step stops another."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.core.clock import Clock
from bot.core.engine import Engine, Step

PATIENCE = timedelta(seconds=5)


class Steps:
    """Two steps that count; `gate` holds the first one up."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.runs: list[str] = []
        self.at_once = 0
        self.most_at_once = 0
        self.fail = False

    async def first(self) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.runs.append("first")
        await self.gate.wait()
        self.at_once -= 1
        if self.fail:
            raise RuntimeError("a row that nobody foresaw")

    async def second(self) -> None:
        self.runs.append("second")


@pytest.fixture
def steps() -> Steps:
    return Steps()


@pytest.fixture
def engine(steps: Steps) -> Engine:
    return Engine(Clock(), [Step("first", steps.first), Step("second", steps.second)])


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - the engine tells nobody when it ticks
            await asyncio.sleep(0.001)


async def test_a_failing_step_does_not_stop_the_others(engine: Engine, steps: Steps) -> None:
    steps.fail = True
    await engine.tick()
    assert steps.runs == ["first", "second"]
    assert engine.seconds_since_tick() is not None


async def test_a_tick_lets_pass_what_has_more_haste(steps: Steps) -> None:
    calm = asyncio.Event()

    async def let_pass() -> None:
        await calm.wait()

    engine = Engine(Clock(), [Step("first", steps.first)], let_pass=let_pass)
    ticking = asyncio.create_task(engine.tick())
    await asyncio.sleep(0.01)
    assert steps.runs == []
    calm.set()
    await ticking
    assert steps.runs == ["first"]


async def test_it_ticks_at_the_start_and_every_second(engine: Engine, steps: Steps) -> None:
    assert engine.seconds_since_tick() is None
    engine.start()
    try:
        await until(lambda: steps.runs.count("second") == 1)
        await until(lambda: steps.runs.count("second") >= 2)
    finally:
        await engine.stop(PATIENCE)


async def test_a_wake_during_a_tick_runs_one_more_however_many_there_were(
    engine: Engine, steps: Steps
) -> None:
    engine.start()
    await until(lambda: not engine.is_ticking)
    steps.runs.clear()
    steps.gate.clear()
    engine.wake()
    await until(lambda: steps.runs == ["first"])
    for _ in range(5):
        engine.wake()
    assert steps.runs == ["first"]
    steps.gate.set()
    await until(lambda: not engine.is_ticking)
    assert steps.runs[:4] == ["first", "second"] * 2
    assert len(steps.runs) in (4, 6)  # the second that passed meanwhile may have added one
    await engine.stop(PATIENCE)


async def test_never_two_at_once(engine: Engine, steps: Steps) -> None:
    engine.start()
    for _ in range(200):
        engine.wake()
        await asyncio.sleep(0)
    await until(lambda: not engine.is_ticking)
    await engine.stop(PATIENCE)
    assert steps.most_at_once == 1


async def test_stopping_waits_for_what_is_under_way(engine: Engine, steps: Steps) -> None:
    engine.start()
    steps.gate.clear()
    engine.wake()
    await until(lambda: steps.at_once == 1)
    stopping = asyncio.create_task(engine.stop(PATIENCE))
    await asyncio.sleep(0.01)
    assert not stopping.done()
    steps.gate.set()
    await stopping
    runs = list(steps.runs)
    engine.wake()
    await asyncio.sleep(0.01)
    assert steps.runs == runs, "nothing begins after the stop"


async def test_a_cancelled_step_is_not_swallowed(steps: Steps) -> None:
    async def cancelled() -> None:
        raise asyncio.CancelledError

    step: Callable[[], Awaitable[None]] = cancelled
    with pytest.raises(asyncio.CancelledError):
        await Engine(Clock(), [Step("x", step)]).tick()


async def test_a_tick_that_hangs_does_not_keep_it_from_stopping(engine: Engine, steps: Steps) -> None:
    steps.gate.clear()
    engine.start()
    await until(lambda: bool(steps.runs))
    await asyncio.wait_for(engine.stop(timedelta(seconds=0.05)), 1)
    await until(lambda: not engine.is_ticking)
