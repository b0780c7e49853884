"""How the program does: for supervisors (`/readyz`), for Prometheus (`/metrics`), and for the dead man's switch."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from bot.alerts.intake import Intake
from bot.alerts.retention import oldest_signal
from bot.core import outbox
from bot.core.db import is_unreachable
from bot.core.engine import Engine
from bot.delivery.dead_man import DeadManSwitch
from bot.delivery.slack import Call, Refused, SlackFailed
from bot.paging import queries as paging_queries
from bot.runtime import Bot
from bot.steps.paging import Paging
from handlers.http.metrics import Backlog, Measures

TICK_AT_LEAST_EVERY = 10.0
# How long readiness believes what Slack said last: supervisors ask often, and Slack counts.
SLACK_BELIEVED_FOR = 15.0
DATABASE_ANSWERS_WITHIN = 2.0
# Whoever has more than this waiting need not know how many exactly.
COUNTED = 10_000
# Without these nobody is paged. Another step that fails is a fault, but no reason to wake somebody.
VITAL = frozenset({"pages", "auditor", "outbox"})


class Health:
    """One per process. `bot` is any of this process: what is asked of it is not of app.yaml."""

    def __init__(self, bot: Bot, paging: Callable[[], Paging], intake: Intake) -> None:
        self._bot = bot
        self._paging = paging
        self._intake = intake
        self._slack_said: tuple[float, str] | None = None
        url = bot.settings.deadman_url
        self._dead_man = DeadManSwitch(url.get_secret_value(), bot.clock) if url is not None else None

    def ticked(self, engine: Engine) -> None:
        """Called after each tick: a sign of life, if all went well that a page needs.

        The steps ask the database and the auditor has looked, so that their success is its answer.
        """
        if self._dead_man is not None and not engine.failing & VITAL and not self._paging().forgotten_now:
            self._dead_man.ping()

    async def stop(self) -> None:
        if self._dead_man is not None:
            await self._dead_man.stop()

    async def readiness(self, engine: Engine) -> dict[str, str]:
        """What must work, by name: "ok" or what is wrong."""
        database, slack = await asyncio.gather(self._database_answer(), self._slack_answer())
        since = engine.seconds_since_tick()
        if since is None:
            tick = "has not ticked yet"
        elif since > TICK_AT_LEAST_EVERY:
            tick = f"last tick {since:.0f} s ago"
        elif failing := engine.failing & VITAL:
            tick = f"failed in the last tick: {', '.join(sorted(failing))}"
        else:
            tick = "ok"
        forgotten = self._paging().forgotten_now
        pages = "ok" if not forgotten else f"{forgotten} were due and nobody had them in work"
        return {"database": database, "tick": tick, "pages": pages, "slack": slack}

    async def _database_answer(self) -> str:
        try:
            await self._bot.deadlines.within(self._bot.db.ping(), DATABASE_ANSWERS_WITHIN)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
            return f"does not answer ({type(error).__name__})"
        return "ok"

    async def _slack_answer(self) -> str:
        now = self._bot.clock.monotonic()
        if self._slack_said is not None and now - self._slack_said[0] < SLACK_BELIEVED_FOR:
            return self._slack_said[1]
        try:
            await asyncio.wait_for(self._bot.slack.call(Call("auth.test")), 3)
            said = "ok"
        except Refused as refusal:
            said = f"refuses the token ({refusal.code})"
        except (SlackFailed, TimeoutError) as failure:
            said = f"does not answer ({failure})".replace("()", "").strip()
        self._slack_said = (now, said)
        return said

    async def measures(self, engine: Engine) -> Measures:
        """The figures of this process, and of the database while it answers."""
        try:
            backlog = await self._bot.deadlines.within(self._backlog(), DATABASE_ANSWERS_WITHIN)
        except Exception as error:
            if not is_unreachable(error):
                raise
            backlog = None
        return Measures(
            tick_age=engine.seconds_since_tick(),
            forgotten=self._paging().forgotten_now,
            forgotten_in_all=self._paging().found_forgotten,
            clock_correction=self._bot.clock.correction,
            slack_failures=self._bot.slack.failures,
            alerts_accepted=self._intake.accepted,
            alerts_rejected=self._intake.rejected,
            backlog=backlog,
        )

    async def _backlog(self) -> Backlog:
        async with self._bot.db.read() as session:
            now = self._bot.clock.now()
            page_due_at = await paging_queries.first_due_at(session)
            due_at = await outbox.oldest_due(session)
            signal_due_at = await oldest_signal(session)
            waiting = await outbox.waiting(session, at_most=COUNTED)
            return Backlog(
                pages=await paging_queries.open_by_state(session, at_most=COUNTED),
                page_overdue=timedelta() if page_due_at is None else max(timedelta(), now - page_due_at),
                signal_overdue=timedelta()
                if signal_due_at is None
                else max(timedelta(), now - signal_due_at),
                outbox={priority.name.lower(): count for priority, count in waiting.items()},
                outbox_overdue={
                    priority.name.lower(): max(timedelta(), now - due_at.get(priority, now))
                    for priority in outbox.Priority
                },
            )
