"""Waits that end in time, also when what is waited for does not."""

import asyncio

import pytest

from bot.core.deadlines import Deadlines


async def test_what_is_done_in_time_is_given_back() -> None:
    async def seven() -> int:
        return 7

    assert await Deadlines().within(seven(), 1) == 7


async def test_its_error_is_ones_own() -> None:
    async def fails() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Deadlines().within(fails(), 1)


async def test_what_hangs_even_when_it_is_cancelled_is_not_waited_for() -> None:
    ends = asyncio.Event()
    seen: list[str] = []

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("cancelled")
            await ends.wait()
            seen.append("ended")

    deadlines = Deadlines()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(deadlines.within(stubborn(), 0.01), 1)
    await asyncio.sleep(0)
    assert seen == ["cancelled"]
    ends.set()
    await asyncio.sleep(0.01)
    assert seen == ["cancelled", "ended"]


async def test_whoever_is_cancelled_while_waiting_cancels_the_work() -> None:
    seen: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("cancelled")

    waiting = asyncio.create_task(Deadlines().within(work(), 5))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.sleep(0)
    assert seen == ["cancelled"]
