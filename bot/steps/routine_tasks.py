"""What routine tasks ask of the tick: reminders, looks at checks, and commands, each in a transaction of its own."""

import asyncio
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.checks.evaluation import Seen
from bot.checks.probes.command import try_program
from bot.checks.probes.reach import Failed
from bot.config import Config
from bot.config.fields import duration_text
from bot.config.sections.routine_tasks import TaskCommand
from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.look import has_come
from bot.routine import task_queries, tasks
from bot.routine.task_rows import RoutineOccurrence
from bot.steps.due import ROUTINE_TASKS, DueRows
from bot.steps.guarded import PUT_OFF, Work, guarded

log = structlog.get_logger(__name__)
# Of one process. The others wait their turn.
MOST_AT_ONCE = 4


class RoutineTasks:
    """One per process; the rows tell the processes apart."""

    MOMENTS = (*(one.moment for one in ROUTINE_TASKS), has_come(RoutineOccurrence.run_at))

    def __init__(self, *, config: Config, db: Database, clock: Clock, folder: Path, worker: str) -> None:
        self._config = config
        self._db = db
        self._clock = clock
        self._due = DueRows(ROUTINE_TASKS, config=config, db=db, clock=clock)
        self._folder = folder
        self._worker = worker
        self._running: dict[int, asyncio.Task[None]] = {}

    def go_on_from(self, former: "RoutineTasks") -> None:
        """What it has set going goes on here."""
        self._running = former._running

    @property
    def is_busy(self) -> bool:
        return bool(self._running)

    async def run(self) -> None:
        """Does what is due; commands are only set going."""
        await self._due.run()
        async with self._db.read() as session:
            runs = await task_queries.due_runs(session, now=self._clock.now())
        for number in runs:
            if number not in self._running and len(self._running) < MOST_AT_ONCE:
                await self._set_going(number)

    async def stop(self) -> None:
        """Breaks off what runs; that is told when its lease ends."""
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _set_going(self, number: int) -> None:
        claimed: list[TaskCommand] = []

        async def work(session: AsyncSession, now: datetime) -> None:
            command = await tasks.claim_run(
                session, number, config=self._config, worker=self._worker, now=now
            )
            if command is not None:
                claimed.append(command)

        await self._guarded(work, number)
        if claimed:
            task = asyncio.create_task(self._carry_out(number, claimed[0]))
            self._running[number] = task
            task.add_done_callback(lambda ended: self._landed(number, ended))

    def _landed(self, number: int, task: asyncio.Task[None]) -> None:
        self._running.pop(number, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            # Most likely the database went away; the lease runs out, and that it was broken off is told.
            log.error("A routine task's command was broken off", task=number, error=type(error).__name__)

    async def _carry_out(self, number: int, command: TaskCommand) -> None:
        seen = await self._seen(command)

        async def work(session: AsyncSession, now: datetime) -> None:
            await tasks.ran(session, number, seen, command, worker=self._worker, now=now)

        await self._guarded(work, number)

    async def _seen(self, command: TaskCommand) -> Seen:
        try:
            async with asyncio.timeout(command.timeout.total_seconds()):
                return await try_program(
                    command.argv, contains=command.contains, folder=self._folder, clock=self._clock
                )
        except TimeoutError:
            return Seen(False, "an end", f"it did not end within {duration_text(command.timeout)}")
        except Failed as failed:
            return Seen(False, "an end", str(failed))

    async def _guarded(self, work: Work, number: int) -> None:
        async def put_off(session: AsyncSession, now: datetime) -> None:
            await session.execute(
                update(RoutineOccurrence).where(RoutineOccurrence.id == number).values(run_at=now + PUT_OFF)
            )

        complaint = "Work on a routine task failed; it is put off"
        await guarded(self._db, self._clock, work, put_off, complaint=complaint, task=number)
