"""The tick's step that empties the outbox: claim, compose, send, settle.

Each row is a task of its own, so that a Slack that hangs on one call holds up nothing else. Pages have places of
their own, and so has each provider beside Slack: one that hangs holds up no other. No transaction is open while the network is used.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.config import Config
from bot.core import claims
from bot.core.clock import Clock
from bot.core.db import Database, complaint, is_unreachable
from bot.core.foreground import Foreground
from bot.core.outbox import OutboxItem, Priority
from bot.core.timeline import record
from bot.core.viewer import PROGRAM
from bot.delivery.limits import Gates, book
from bot.delivery.pace import Pace, gates_of
from bot.delivery.sender import Later, Sender, Stale
from bot.delivery.slack import Call, Refused, Slack, SlackFailed, Unclear
from bot.delivery.twins import look_later
from bot.delivery.verdict import PATIENT_ATTEMPTS, Verdict, judge
from bot.incidents import telling
from bot.incidents.queries import locked

log = structlog.get_logger(__name__)

# Calls in flight at once: pages to Slack, everything else to Slack, and what each provider beside Slack carries.
PAGES, REST = "pages", "rest"
PAGES_IN_FLIGHT = 16
REST_IN_FLIGHT = 24
BESIDE_IN_FLIGHT = 16
# Under a load that never ends, due rows are looked for no more often than this.
CLAIMS_AT_LEAST_EVERY = timedelta(milliseconds=50)
# How long a delivery lets people's requests pass, twice. Under a load that never ends it goes on all the same,
# slowly.
LETS_PASS = timedelta(milliseconds=250)
# A row whose very handling fails in our code is tried this seldom, and never stops the others.
POISONED_WAIT = timedelta(minutes=5)
# A page cannot wait so long for what may have been a deadlock.
POISONED_PAGE_WAIT = timedelta(seconds=5)
# What is cancelled may have to part with a database that hangs.
CANCELLED_WITHIN = 3.0
# An attempt of several calls ends before this part of the lease is over, so that its outcome can be written down.
PART_OF_LEASE = 0.9


class Delivery:
    """Delivers what is due. One per process; `worker` tells the processes apart."""

    def __init__(
        self,
        *,
        config: Config,
        db: Database,
        clock: Clock,
        slack: Slack,
        senders: Mapping[str, Sender],
        worker: str,
        foreground: Foreground,
    ) -> None:
        self._limits = config.delivery
        self._db = db
        self._clock = clock
        self._slack = slack
        self._senders = senders
        self.worker = worker
        self.lease = config.delivery.lease
        self._foreground = foreground
        self._turns = asyncio.Lock()
        self._gates = Gates()
        self._in_flight: defaultdict[str, set[asyncio.Task[None]]] = defaultdict(set)
        self._stopping = False

    def go_on_from(self, former: "Delivery") -> None:
        """Its calls in flight take places here, too."""
        self._turns, self._gates, self._in_flight = former._turns, former._gates, former._in_flight

    @property
    def is_busy(self) -> bool:
        return any(self._in_flight.values())

    async def run(self) -> None:
        """Claims what is due, as far as there are places, and sets it going: pages at once, the rest when whoever
        waits for an answer has it.
        """
        async with self._db.read() as session:
            due, ways = await claims.due(session, now=self._clock.now())
            # Also when nothing is due here: a page leaves with the commit that writes it, and reads nothing first.
            await self._gates.read(session)
        if Priority.PAGE in due:
            await self._claim(PAGES, PAGES_IN_FLIGHT, priorities=[Priority.PAGE])
        for way in ways:
            await self._claim(way, BESIDE_IN_FLIGHT, way=way)
        others = [priority for priority in due if priority != Priority.PAGE]
        if others:
            # The commit that woke this tick is about to be answered, and under load the next one is under way.
            await self._foreground.let_pass(at_most=CLAIMS_AT_LEAST_EVERY.total_seconds())
            await self._claim(REST, REST_IN_FLIGHT, priorities=others)

    async def _claim(
        self, queue: str, places: int, *, priorities: Sequence[Priority] = (), way: str | None = None
    ) -> None:
        """Until nothing is left, or no place."""
        while not self._stopping and (limit := places - len(self._in_flight[queue])) > 0:
            async with self._db.begin() as session:
                items = await claims.claim(
                    session,
                    now=self._clock.now(),
                    lease=self.lease,
                    worker=self.worker,
                    limit=limit,
                    priorities=priorities,
                    way=way,
                )
            for item in items:
                self._set_going(item, self._in_flight[queue], places)
            if len(items) < limit:
                return

    async def stop(self, patience: timedelta) -> None:
        """Takes nothing new and waits for what is in flight; what is not done by then is taken up at the next start."""
        self._stopping = True
        tasks = set().union(*self._in_flight.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=patience.total_seconds())
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=CANCELLED_WITHIN)

    def has_place(self) -> bool:
        """Whether one more page could leave at this moment (bot.core.outbox.Courier)."""
        return not self._stopping and len(self._in_flight[PAGES]) < PAGES_IN_FLIGHT

    def take(self, item: OutboxItem) -> None:
        """Sets a page going that was written as claimed."""
        self._set_going(item, self._in_flight[PAGES], PAGES_IN_FLIGHT)

    def _set_going(self, item: OutboxItem, in_flight: set[asyncio.Task[None]], places: int) -> None:
        task = asyncio.create_task(self._handle(item))
        in_flight.add(task)

        def landed(done: asyncio.Task[None]) -> None:
            in_flight.discard(done)
            # Its lane or its fold key may have a next one, and there is a place again.
            is_awaited = item.lane is not None or item.fold is not None
            if not self._stopping and (is_awaited or len(in_flight) >= places - 1):
                self._db.on_work()

        task.add_done_callback(landed)

    async def _handle(self, item: OutboxItem) -> None:
        with structlog.contextvars.bound_contextvars(
            trace_id=item.trace_id or f"outbox-{item.id}", outbox=item.id
        ):
            try:
                await self._deliver(item)
            except claims.ClaimLost:
                log.warning(
                    "A delivery took longer than its lease; whoever has it now goes on", kind=item.kind
                )
            except Exception as error:
                if is_unreachable(error):
                    # Nothing can be written down now; the lease runs out and the row comes back as doubtful.
                    log.error(
                        f"{complaint(error)}; a delivery is taken up again later",
                        kind=item.kind,
                        error=str(error)[:200],
                    )
                    return
                log.exception("A delivery failed in Tocsin itself; it is put off", kind=item.kind)
                await self._put_off_poisoned(item, error)

    async def _deliver(self, item: OutboxItem) -> None:
        sender = self._senders.get(item.kind)
        if sender is None:
            raise LookupError(f"no sender for {item.kind}")
        composed = await self._composed(sender, item)
        if isinstance(composed, Stale) and item.doubtful and composed.sent_before is not None:
            composed = composed.sent_before
        if not isinstance(composed, Call):
            await self._settle_unsent(sender, item, composed)
            return
        now = self._clock.now()
        closed_until = self._gates.closed_until(composed.gate, now)
        if closed_until is not None:
            async with self._db.begin() as session:
                await sender.held(session, item, closed_until - now, now)
                await claims.postpone(session, item, closed_until)
            return
        if not await self._is_put_off(sender, item, composed):
            await self._send(sender, item, composed)

    async def _is_put_off(self, sender: Sender, item: OutboxItem, call: Call) -> bool:
        """Books the call at its gates, one after the other, and puts it off to the first moment that is not now.

        Then it comes back with that moment in its row, and goes on from there: no gate is booked twice. Pages wait for
        no gate; what they used is booked when they have left.
        """
        if not self._limits.paced or item.priority == Priority.PAGE:
            return False
        gates = _gates(sender, item, call)
        passed = next((n for n, (gate, _) in enumerate(gates) if gate[:120] == item.slot_gate), None)
        ahead = gates if passed is None else gates[passed + 1 :]
        if not ahead:
            return False
        async with self._turn(item), self._db.begin() as session:
            now = self._clock.now()
            for gate, pace in ahead:
                moment = await book(session, gate, pace, now=now)
                if moment > now:
                    await claims.postpone(session, item, moment, booked_at=gate)
                    return True
        return False

    async def _composed(self, sender: Sender, item: OutboxItem) -> Call | Stale | Later:
        async with self._turn(item), self._db.read() as session:
            if not await sender.reads_much(session, item):
                return await sender.compose(session, item, self._clock.now())
        # A turn as long as that would hold up all others.
        async with self._db.read_much() as session:
            return await sender.compose(session, item, self._clock.now())

    async def _settle_unsent(self, sender: Sender, item: OutboxItem, composed: Stale | Later) -> None:
        now = self._clock.now()
        if isinstance(composed, Later):
            await self._wait_for_another(item, composed, now)
            return
        log.debug("Nothing to tell any more", kind=item.kind, reason=composed.reason)
        async with self._db.begin() as session:
            await sender.dropped(session, item, composed.reason, now)
            if item.problem is not None and item.incident_id is not None:
                incident = await locked(session, item.incident_id, PROGRAM)
                if composed.fulfilled and sender.what:
                    record(session, incident, "mended", now=now, by=None, what=sender.what_of(item))
                telling.card(session, incident, now=now)  # it need not warn of this any more
            await claims.finish(session, item, "stale", now=now)

    @asynccontextmanager
    async def _turn(self, item: OutboxItem) -> AsyncIterator[None]:
        """Work on rows takes turns and lets people's requests pass: side by side it would be done no sooner, and
        every click would wait behind all of it. Pages wait for nobody, and the rest lets them pass as it does requests.
        """
        if item.priority == Priority.PAGE:
            with self._foreground:
                yield
            return
        async with self._turns:
            await self._foreground.let_pass(at_most=LETS_PASS.total_seconds())
            yield

    async def _wait_for_another(self, item: OutboxItem, later: Later, now: datetime) -> None:
        async with self._db.begin() as session:
            if now - item.created_at > self._limits.give_up_after:
                await claims.finish(session, item, "given up", now=now)
            else:
                await claims.postpone(session, item, now + later.wait)

    async def _send(self, sender: Sender, item: OutboxItem, call: Call) -> None:
        try:
            composed, answer = await self._attempt(sender, item, call)
        except SlackFailed as failure:
            await self._settle_failure(sender, item, call, failure)
            return
        if not isinstance(composed, Call):
            await self._settle_unsent(sender, item, composed)
            return
        call = composed
        async with self._turn(item), self._db.begin() as session:
            now = self._clock.now()
            if item.problem is not None and item.incident_id is not None and sender.what:
                incident = await locked(session, item.incident_id, PROGRAM)
                record(session, incident, "mended", now=now, by=None, what=sender.what_of(item))
                telling.card(session, incident, now=now)
            await sender.arrived(session, item, call, answer, now)
            await look_later(session, item, call, answer, now=now)
            await claims.finish(session, item, "done", now=now)
            if self._limits.paced and item.priority == Priority.PAGE:
                for gate, pace in _gates(sender, item, call):
                    await book(session, gate, pace, now=now)

    async def _attempt(
        self, sender: Sender, item: OutboxItem, call: Call
    ) -> tuple[Call | Stale | Later, dict[str, Any]]:
        """Looks when in doubt, and sends; returns what was sent, with its answer, or why nothing was.

        It ends before the claim does: nobody else sends meanwhile.
        """
        claimed_until = item.claimed_until or self._clock.now()
        left = (claimed_until - self._clock.now()).total_seconds() - (
            1 - PART_OF_LEASE
        ) * self.lease.total_seconds()
        if left <= 0:
            raise claims.ClaimLost
        try:
            async with asyncio.timeout(left):
                if item.doubtful:
                    answer = await self._look(sender, item, call)
                    if answer is not None:
                        return call, answer
                    # To look may have taken seconds, in which somebody acknowledged.
                    composed = await self._composed(sender, item)
                    if not isinstance(composed, Call):
                        return composed, {}
                    call = composed
                return call, await sender.send(self._slack, item, call)
        except TimeoutError:
            raise Unclear(call.method, "no answer in time", arrived=True) from None

    async def _look(self, sender: Sender, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        """What an earlier attempt brought about. When Slack does not let us look, people are told how to mend
        that; if nobody does, to say something twice is better than never to say it.
        """
        try:
            return await sender.find(self._slack, item, call)
        except Refused as refusal:
            if item.attempts < PATIENT_ATTEMPTS:
                raise
            log.warning(
                "Slack does not tell whether an earlier attempt arrived; it may be there twice now",
                kind=item.kind,
                method=refusal.method,
                problem=refusal.code,
            )
            return None

    async def _settle_failure(
        self, sender: Sender, item: OutboxItem, call: Call, failure: SlackFailed
    ) -> None:
        now = self._clock.now()
        verdict = judge(failure, item.attempts, self._limits)
        log.warning(
            f"A call to {failure.whom} failed",
            kind=item.kind,
            method=failure.method,
            problem=failure.code,
            reason=verdict.reason,
            attempt=item.attempts,
            again_in_seconds=verdict.wait.total_seconds(),
        )
        async with self._db.begin() as session:
            # Before any row of the outbox, as the verbs do: two transactions must not wait for each other.
            await sender.lock(session, item)
            if isinstance(failure, Refused):
                remedy = await sender.refused(session, item, failure.code, now)
                if remedy is not None:
                    await claims.postpone(session, item, now + remedy)
                    return
            await sender.stumbled(session, item, failure, now)
            if verdict.gate:
                # A lookup or the opening of a direct message may be what is limited, not the call itself.
                gate = call.gate if failure.method == call.method else failure.method
                await self._gates.close(session, gate, now + verdict.wait)
            if now - item.created_at > self._limits.give_up_after:
                await self._tell(session, sender, item, verdict, "given_up", now)
                await claims.finish(session, item, "given up", now=now)
                return
            # A refusal with another mend than what people were told is news again.
            news = verdict.is_news and (
                item.problem is None or (isinstance(failure, Refused) and item.problem != verdict.problem)
            )
            await claims.retry(
                session,
                item,
                now + verdict.wait,
                what=sender.what_of(item),
                problem=verdict.problem if verdict.is_news else item.problem,
                mend=verdict.mend if verdict.is_news else item.mend,
                # A refusal says nothing about the attempt before it, which may still arrive.
                doubtful=verdict.doubtful or item.doubtful,
                out_of_lane=verdict.out_of_lane,
            )
            if news:
                await self._tell(session, sender, item, verdict, "failed", now)
                await sender.failed(session, item, now)

    async def _tell(
        self, session: Any, sender: Sender, item: OutboxItem, verdict: Verdict, kind: str, now: datetime
    ) -> None:
        """Puts a failure on the timeline, and on the card, where people will look."""
        if item.incident_id is None or not sender.what:
            return
        incident = await locked(session, item.incident_id, PROGRAM)
        record(
            session,
            incident,
            kind,
            now=now,
            by=None,
            what=sender.what_of(item),
            problem=verdict.problem,
            mend=verdict.mend,
        )
        if item.kind != "incident.card":
            telling.card(session, incident, now=now)

    async def _put_off_poisoned(self, item: OutboxItem, error: Exception) -> None:
        try:
            async with self._db.begin() as session:
                await claims.retry(
                    session,
                    item,
                    self._clock.now()
                    + (POISONED_PAGE_WAIT if item.priority == Priority.PAGE else POISONED_WAIT)
                    * min(item.attempts, 12),
                    what=sender.what if (sender := self._senders.get(item.kind)) else item.kind,
                    problem=type(error).__name__,
                    mend="This is a fault in Tocsin. The log has the details; please report it.",
                    doubtful=True,
                    out_of_lane=True,
                )
        except claims.ClaimLost:
            log.warning("A failed delivery was taken over meanwhile", kind=item.kind)
        except Exception:
            log.exception("A failed delivery could not even be put off", kind=item.kind)


def _gates(sender: Sender, item: OutboxItem, call: Call) -> list[tuple[str, Pace]]:
    return gates_of(call.method, call.gate, sender.besides(call), can_wait=item.priority > Priority.CARD)
