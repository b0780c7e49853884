"""One look for many steps: each runs when its moment has come, and sees what those before it did."""

from datetime import timedelta

import pytest
from sqlalchemy import event, update

from bot.core.clock import MovableClock
from bot.core.db import Database
from bot.core.look import Look, has_come
from bot.oncall.rows import ScheduleWatch
from bot.paging.rows import ShiftCheck

NEVER = timedelta(days=365)


class Story:
    """Two steps that put themselves off for long, of which the second waits for what the first does."""

    def __init__(self, db: Database) -> None:
        self.db, self.clock, self.ran = db, MovableClock(), ""
        self.fails = self.hands_on = self.has_a_reason = False
        self._look = Look(db, self.clock)
        self._steps = (
            self._look.step("first", self._first, has_come(ScheduleWatch.next_at)),
            self._look.step(
                "second", self._second, has_come(ShiftCheck.next_at), or_if=lambda: self.has_a_reason
            ),
        )

    async def begins(self) -> None:
        now = self.clock.now()
        async with self.db.begin() as session:
            session.add(ScheduleWatch(schedule="s", seen_at=now, next_at=now + NEVER, reminded_to_at=now))
            session.add(ShiftCheck(schedule="s", next_at=now + NEVER))

    async def is_due(self, kind: type[ScheduleWatch] | type[ShiftCheck], *, in_: timedelta) -> None:
        async with self.db.begin() as session:
            await session.execute(update(kind).values(next_at=self.clock.now() + in_))

    async def tick(self) -> str:
        self.ran = ""
        await self._look.again()
        for step in self._steps:
            await step.run()
        return self.ran

    async def _first(self) -> None:
        self.ran += "first "
        if self.fails:
            raise RuntimeError("a row that nobody foresaw")
        await self.is_due(ScheduleWatch, in_=NEVER)
        if self.hands_on:
            await self.is_due(ShiftCheck, in_=timedelta())

    async def _second(self) -> None:
        self.ran += "second "
        await self.is_due(ShiftCheck, in_=NEVER)


@pytest.fixture
async def story(db: Database) -> Story:
    story = Story(db)
    await story.begins()
    return story


async def test_at_first_each_runs_and_then_when_its_moment_has_come(story: Story) -> None:
    assert await story.tick() == "first second "
    assert await story.tick() == ""
    await story.is_due(ShiftCheck, in_=timedelta(minutes=1))
    assert await story.tick() == ""
    story.clock.advance(minutes=1)
    assert await story.tick() == "second "
    assert await story.tick() == ""
    story.has_a_reason = True
    assert await story.tick() == "second "


async def test_what_a_step_does_may_be_what_the_next_one_waits_for(story: Story) -> None:
    await story.tick()
    await story.is_due(ScheduleWatch, in_=timedelta())
    story.hands_on = True
    assert await story.tick() == "first second "


async def test_a_step_that_fails_at_first_runs_again(story: Story) -> None:
    story.fails = True
    with pytest.raises(RuntimeError):
        await story.tick()
    story.fails = False
    assert await story.tick() == "first second "
    assert await story.tick() == ""


async def test_a_tick_with_nothing_to_do_asks_once(story: Story) -> None:
    await story.tick()
    asked: list[str] = []
    engine = story.db._reading.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *sent: asked.append(sent[2]))
    await story.tick()
    assert len([one for one in asked if one.startswith("SELECT")]) == 1, asked
