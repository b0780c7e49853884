"""The tick's step that asks for another wording of a review: claimed in a transaction, asked beside the tick, outside of any.

The endpoint is asked once for each time that somebody asks, and never again by itself.
"""

import structlog

from bot.config import Config
from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.look import has_come
from bot.delivery.wording import Endpoint, NoAnswer
from bot.reviews import rewording, wording
from bot.reviews.rewording import Claimed
from bot.reviews.rows import ReviewWording
from bot.steps.beside_the_tick import BesideTheTick

log = structlog.get_logger(__name__)
OWN_FAULT = "It failed in Tocsin itself; the log tells more."


class Rewording(BesideTheTick[Claimed]):
    """`key` opens the endpoint. One that hangs holds up nothing else."""

    MOMENTS = (has_come(ReviewWording.due_at), has_come(ReviewWording.claimed_until))
    named = "wording"

    def __init__(self, *, config: Config, db: Database, clock: Clock, key: str | None, worker: str) -> None:
        super().__init__(rewording, config=config, db=db, clock=clock, worker=worker)
        self._key = key

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
