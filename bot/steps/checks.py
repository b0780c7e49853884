"""The tick's step that runs checks: it claims those that are due, sets their probes going, and writes what they find.

Probes run beside the tick and outside of transactions. What they find is written together: many results, one commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot.checks import course, probes, thinning
from bot.checks.course import Claimed, Run
from bot.checks.heartbeats import Heard
from bot.checks.objectives import look
from bot.checks.probes.reach import Surroundings, http_session
from bot.config import Config
from bot.config.sections.checks import Check, Objective
from bot.core.addresses import is_forbidden
from bot.core.background import Background
from bot.core.clock import Clock
from bot.core.db import Database, is_unreachable

log = structlog.get_logger(__name__)

# Checks are claimed a little before they are due, so that each begins at its moment and not at the next tick's.
AHEAD = timedelta(seconds=1.2)
# How many run at once in a process. Others, of this or another replica, take the rest.
MOST_AT_ONCE = 500
# Beside the longest that a run may take.
LEASE = timedelta(seconds=30)
# Results wait so long for others, to be written with them.
GATHER = 0.1
WRITE_AGAIN_AFTER = 1.0
PATIENCE = 2.0
THIN_EVERY = 60.0
THIN_AGAIN_AFTER = 5.0


class Checks:
    """One per process; `worker` tells the processes apart."""

    def __init__(
        self,
        *,
        config: Config,
        db: Database,
        clock: Clock,
        folder: Path,
        secrets: Mapping[str, str],
        worker: str,
    ) -> None:
        self._config = config
        self._db = db
        self._clock = clock
        self._folder = folder
        self._secrets = secrets
        self._worker = worker
        self._wanted = course.watched(config)
        self._longest = max((check.timeout for check in config.checks), default=timedelta(seconds=10))
        self._expected = False
        self._running = Background("A check was broken off")
        self._found: list[Run] = []
        self._writing: asyncio.Task[None] | None = None
        self._surroundings: Surroundings | None = None
        self._stopping = False
        self._thinned_at: float | None = None
        self._former: list[Checks] = []

    def go_on_from(self, former: Checks) -> None:
        """What runs there ends by the app.yaml that it began with, and is written by it."""
        self._thinned_at = former._thinned_at
        self._former, former._former = [*former._former, former], []

    @property
    def is_busy(self) -> bool:
        return self._at_once > 0 or self._writing is not None or any(one.is_busy for one in self._former)

    @property
    def _at_once(self) -> int:
        return len(self._running) + sum(len(one._running) for one in self._former)

    async def run(self) -> None:
        """Sets going what is due. Waits for the database only."""
        if not self._expected:
            async with self._db.begin() as session:
                await course.expect_checks(session, self._config, now=self._clock.now())
            self._expected = True
        for done in [former for former in self._former if not former.is_busy]:
            self._former.remove(done)
            await done.stop()
        room = MOST_AT_ONCE - self._at_once
        if not self._wanted or room <= 0:
            return
        now = self._clock.now()
        async with self._db.read() as session:
            if not await course.is_any_due(session, before=now + AHEAD, now=now):
                return
        async with self._db.begin() as session:
            claimed = await course.claim(
                session,
                before=now + AHEAD,
                now=now,
                until=now + AHEAD + self._longest + LEASE,
                worker=self._worker,
                limit=room,
            )
        beats = [one.name for one in claimed if self._is_heartbeat(one.name)]
        heard: dict[str, Heard] = {}
        if beats:
            async with self._db.read() as session:
                heard = await course.heard(session, beats)
        for one in claimed:
            self._running.set_going(self._run(one, heard.get(one.name)))

    def _is_heartbeat(self, name: str) -> bool:
        one = self._wanted.get(name)
        return isinstance(one, Check) and one.heartbeat is not None

    async def thin(self) -> None:
        """Has old results take less room, a batch each time."""
        at = self._clock.monotonic()
        if not self._wanted or (self._thinned_at is not None and at - self._thinned_at < THIN_EVERY):
            return
        async with self._db.begin() as session:
            more = await thinning.thin(session, now=self._clock.now())
        self._thinned_at = at - THIN_EVERY + THIN_AGAIN_AFTER if more else at

    async def stop(self) -> None:
        """Breaks off what runs; it is due again when its lease ends. What was found is written."""
        self._stopping = True
        for one in self._former:
            await one.stop()
        await self._running.stop()
        writing = self._writing
        if writing is not None:
            await asyncio.wait({writing}, timeout=PATIENCE)
            writing.cancel()
        if self._surroundings is not None:
            await self._surroundings.http.close()

    async def _run(self, claimed: Claimed, heard: Heard | None) -> None:
        one = self._wanted.get(claimed.name)
        if one is None:
            return  # another replica has another app.yaml
        wait = (claimed.due_at - self._clock.now()).total_seconds()
        if wait > 0:
            await asyncio.sleep(min(wait, AHEAD.total_seconds()))
        at = self._clock.now()
        around = self._around(at, heard)
        if isinstance(one, Objective):
            seen, figures = await look(one, self._db, around)
        else:
            seen, figures = await probes.run(one, around), None
        self._found.append(Run(claimed, at, seen, figures))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())

    def _around(self, now: datetime, heard: Heard | None) -> Surroundings:
        if self._surroundings is None:
            self._surroundings = Surroundings(
                now=now,
                zone=self._config.zone,
                folder=self._folder,
                secrets=self._secrets,
                clock=self._clock,
                http=http_session(is_forbidden),
            )
        return self._surroundings.at(now, heard)

    async def _write(self) -> None:
        """Writes what was found until nothing is left. What cannot be written yet is kept, and tried again."""
        try:
            while self._found:
                if not self._stopping:
                    await asyncio.sleep(GATHER)
                runs, self._found = self._found, []
                late = await self._written(runs)
                if late:
                    if self._stopping:
                        return
                    self._found = late + self._found
                    await asyncio.sleep(WRITE_AGAIN_AFTER)
        finally:
            self._writing = None

    async def _written(self, runs: list[Run]) -> list[Run]:
        """Returns those that cannot be written yet: the database is away."""
        try:
            async with self._db.begin() as session:
                await course.write(session, runs, self._wanted, worker=self._worker, now=self._clock.now())
        except Exception as error:
            if is_unreachable(error):
                return runs
            if len(runs) > 1:  # the fault of one, perhaps: each by itself
                return [late for run in runs for late in await self._written([run])]
            log.exception(
                "What a check found could not be written; it runs again", check=runs[0].claimed.name
            )
        return []
