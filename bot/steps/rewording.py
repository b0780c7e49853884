"""The tick's step that asks for another wording of a review: claimed in a transaction, asked beside the tick, outside of any.

The endpoint is asked once for each time that somebody asks, and never again by itself.
"""

from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.background import Background
from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.look import has_come
from bot.delivery.wording import Endpoint, NoAnswer
from bot.reviews import rewording, wording
from bot.reviews.rewording import Claimed
from bot.reviews.rows import ReviewWording
from bot.steps.guarded import PUT_OFF, Work, guarded

log = structlog.get_logger(__name__)
OWN_FAULT = "It failed in Tocsin itself; the log tells more."


class Rewording:
    """One per process; `worker` tells the processes apart, `key` opens the endpoint."""

    MOMENTS = (has_come(ReviewWording.due_at), has_come(ReviewWording.claimed_until))

    def __init__(self, *, config: Config, db: Database, clock: Clock, key: str | None, worker: str) -> None:
        self._config = config
        self._db = db
        self._clock = clock
        self._key = key
        self._worker = worker
        self._running = Background("Asking for another wording was broken off")

    def go_on_from(self, former: "Rewording") -> None:
        """What it has set going goes on here."""
        self._running = former._running

    @property
    def is_busy(self) -> bool:
        return len(self._running) > 0

    async def run(self) -> None:
        """Sets going what waits; an endpoint that hangs holds up nothing else."""
        now = self._clock.now()
        async with self._db.read() as session:
            waiting = await rewording.due(session, now=now)
            lost = await rewording.orphans(session, now=now)
        for number in lost:
            await self._lose(number)
        for number in waiting:
            await self._claim(number)

    async def stop(self) -> None:
        """Breaks off what is asked; whoever asked is told at the next start."""
        await self._running.stop()

    async def _lose(self, number: int) -> None:
        async def work(session: AsyncSession, now: datetime) -> None:
            await rewording.lose(session, number, now=now)

        await self._guarded(number, work)

    async def _claim(self, number: int) -> None:
        claimed: Claimed | None = None

        async def work(session: AsyncSession, now: datetime) -> None:
            nonlocal claimed
            claimed = await rewording.claim(
                session, number, config=self._config, worker=self._worker, now=now
            )

        if await self._guarded(number, work) and claimed is not None:
            self._running.set_going(self._carry_out(claimed))

    async def _guarded(self, number: int, work: Work) -> bool:
        async def put_off(session: AsyncSession, now: datetime) -> None:
            await rewording.put_off(session, number, until=now + PUT_OFF)

        complaint = "Work on another wording failed; it is put off"
        return await guarded(self._db, self._clock, work, put_off, complaint=complaint, wording=number)

    async def _carry_out(self, claimed: Claimed) -> None:
        try:
            came = await self._asked(claimed)
        except NoAnswer as failure:
            log.warning("There is no other wording", wording=claimed.number, problem=str(failure))
            came = str(failure)
        except Exception:
            log.exception("Asking for another wording failed in Tocsin itself", wording=claimed.number)
            came = OWN_FAULT
        async with self._db.begin() as session:
            await rewording.end(session, claimed.number, came, worker=self._worker, now=self._clock.now())

    async def _asked(self, claimed: Claimed) -> wording.Reworded | str:
        given = wording.asked(wording.sentences_of(claimed.document))
        endpoint = Endpoint(claimed.section, self._key)
        said, is_whole = await endpoint.complete(wording.INSTRUCTIONS, wording.request_text(given))
        answer = wording.answered(said, is_whole=is_whole)
        if not answer:
            return "The model did not answer as it was asked to. Ask again, or edit it by hand."
        async with self._db.read() as session:
            terms = await rewording.terms_of(session, claimed.incident_id, self._config)
        return wording.reworded(claimed.document, answer, terms)
