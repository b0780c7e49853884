"""The outbox: what leaves when, in which order, once."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.config.sections.retention import Retention
from bot.core import claims, outbox
from bot.core.claims import ClaimLost, claim, finish, postpone, retry
from bot.core.db import Database, write_noted
from bot.core.outbox import OutboxItem, Priority, enqueue
from bot.steps.retention import KINDS, forget

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
LEASE = timedelta(seconds=30)
MESSAGES = next(kind for kind in KINDS if kind.name == "messages")


def after(**span: float) -> datetime:
    return NOW + timedelta(**span)


async def put(db: Database, *kinds: str, **more: Any) -> None:
    """One intent each, in one transaction; the kind serves as its name."""
    async with db.begin() as session:
        for kind in kinds:
            enqueue(session, kind, **{"now": NOW, **more})


async def take(
    db: Database, at: datetime = NOW, *, limit: int = 100, worker: str = "w", **more: Any
) -> Sequence[OutboxItem]:
    async with db.begin() as session:
        return await claim(session, now=at, lease=LEASE, worker=worker, limit=limit, **more)


async def done(db: Database, item: OutboxItem, at: datetime = NOW) -> None:
    async with db.begin() as session:
        await finish(session, item, "done", now=at)


async def failed(db: Database, item: OutboxItem, until: datetime, **more: Any) -> None:
    said = {"what": "", "problem": "x", "mend": "Mend it.", "doubtful": False, "out_of_lane": False, **more}
    async with db.begin() as session:
        await retry(session, item, until, **said)


def kinds(items: Sequence[OutboxItem]) -> list[str]:
    return [item.kind for item in items]


async def rows(db: Database) -> list[OutboxItem]:
    async with db.read() as session:
        return list(await session.scalars(select(OutboxItem).order_by(OutboxItem.id)))


async def test_what_is_due_is_taken_once(db: Database) -> None:
    await put(db, "a", "b")
    assert kinds(await take(db)) == ["a", "b"]
    assert await take(db) == []


async def test_it_waits_for_its_time(db: Database) -> None:
    await put(db, "a", delay=timedelta(seconds=3))
    assert await take(db, after(seconds=2.9)) == []
    assert kinds(await take(db, after(seconds=3))) == ["a"]


async def test_pages_go_before_answers_before_cards_before_notes_before_digests(db: Database) -> None:
    order = [Priority.DIGEST, Priority.NOTE, Priority.CARD, Priority.ANSWER, Priority.PAGE]
    for priority in order:
        await put(db, priority.name, priority=priority)
    taken = [(await take(db, limit=1))[0].kind for _ in order]
    assert taken == [priority.name for priority in sorted(order)]


async def test_of_one_priority_the_one_that_is_due_longest_goes_first(db: Database) -> None:
    await put(db, "late", now=after(seconds=2))
    await put(db, "early", now=after(seconds=1))
    assert (await take(db, after(seconds=5), limit=1))[0].kind == "early"


async def test_only_pages_when_only_their_places_are_free(db: Database) -> None:
    await put(db, "card", priority=Priority.CARD)
    await put(db, "page", priority=Priority.PAGE)
    assert kinds(await take(db, priorities=[outbox.Priority.PAGE])) == ["page"]


async def test_a_lane_leaves_one_by_one_in_the_order_of_writing(db: Database) -> None:
    await put(db, "1", "2", "3", lane="incident:1")
    await put(db, "other", lane="incident:2")
    await put(db, "free")
    first = await take(db)
    assert kinds(first) == ["1", "other", "free"]
    assert await take(db) == []
    await done(db, first[0])
    (second,) = await take(db)
    assert second.kind == "2"
    await failed(db, second, after(seconds=10))
    assert await take(db, after(seconds=5)) == [], "3 must not overtake 2"
    (second,) = await take(db, after(seconds=10))
    assert second.kind == "2"


async def test_a_row_that_goes_nowhere_soon_lets_its_lane_pass(db: Database) -> None:
    await put(db, "1", "2", lane="incident:1")
    (first,) = await take(db)
    await failed(db, first, after(hours=1), out_of_lane=True)
    assert kinds(await take(db)) == ["2"]
    assert kinds(await take(db, after(hours=2))) == ["1", "2"], "2's lease ran out meanwhile"


async def test_a_page_has_no_lane_to_wait_in(db: Database) -> None:
    await put(db, "card", lane="incident:1", priority=Priority.CARD)
    await take(db)
    await put(db, "page", priority=Priority.PAGE)
    assert kinds(await take(db)) == ["page"]


@dataclass
class Bearer:
    """Who would deliver, with so many places."""

    places: int
    worker: str = "bearer"
    lease: timedelta = LEASE
    taken: list[OutboxItem] = field(default_factory=list)

    def has_place(self) -> bool:
        return len(self.taken) < self.places

    def take(self, item: OutboxItem) -> None:
        self.taken.append(item)


def bearer(db: Database, places: int = 1) -> Bearer:
    db.info["courier"] = found = Bearer(places)
    return found


async def test_a_page_that_is_due_leaves_with_its_commit(db: Database) -> None:
    courier = bearer(db)
    async with db.begin() as session:
        enqueue(session, "page", now=NOW, priority=Priority.PAGE, about={"page": 7}, fold="p:7", first=True)
        assert courier.taken == [], "not before the commit"
    (item,) = courier.taken
    assert (item.kind, item.about, item.attempts, item.doubtful) == ("page", {"page": 7}, 1, False)
    assert await take(db) == [], "nobody else takes it"
    await done(db, item)
    assert (await rows(db))[0].outcome == "done"


async def test_a_page_that_left_with_a_process_that_died_is_in_doubt(db: Database) -> None:
    bearer(db)
    await put(db, "page", priority=Priority.PAGE)
    (again,) = await take(db, NOW + LEASE, worker="another")
    assert (again.doubtful, again.attempts) == (True, 2)
    async with db.begin() as session:
        await claims.release_claims_of_the_dead(session)
    assert [item.doubtful for item in await take(db)] == [True]


@pytest.mark.parametrize(
    "more",
    [
        {"priority": Priority.CARD},
        {"delay": timedelta(seconds=1)},
        {"way": "sms"},
        {"lane": "incident:1"},
        {"fold": "p:7"},  # one of this key may be waiting already
    ],
    ids=str,
)
async def test_all_else_is_left_to_the_tick(db: Database, more: dict[str, Any]) -> None:
    courier = bearer(db)
    await put(db, "x", **{"priority": Priority.PAGE, **more})
    assert courier.taken == []
    assert (await rows(db))[0].claimed_by is None


async def test_what_finds_no_place_is_left_to_the_tick(db: Database) -> None:
    courier = bearer(db, places=1)
    await put(db, "1", priority=Priority.PAGE)
    await put(db, "2", priority=Priority.PAGE)
    assert kinds(courier.taken) == ["1"]
    assert kinds(await take(db)) == ["2"]


async def test_what_is_rolled_back_never_leaves(db: Database) -> None:
    courier = bearer(db)
    with pytest.raises(ZeroDivisionError):
        async with db.begin() as session:
            enqueue(session, "page", now=NOW, priority=Priority.PAGE)
            await session.run_sync(write_noted)
            raise ZeroDivisionError
    async with db.begin() as session:
        enqueue(session, "kept", now=NOW, priority=Priority.PAGE)
        with pytest.raises(ZeroDivisionError):
            async with session.begin_nested():
                enqueue(session, "lost", now=NOW, priority=Priority.PAGE)
                await session.run_sync(write_noted)
                raise ZeroDivisionError
    assert kinds(courier.taken) == ["kept"]
    assert kinds(await rows(db)) == ["kept"]


async def test_rows_of_one_fold_key_become_one(db: Database) -> None:
    await put(db, "card", fold="card:1", delay=timedelta(seconds=9))
    await put(db, "card", fold="card:1", delay=timedelta(seconds=2))
    await put(db, "card", fold="card:1", delay=timedelta(seconds=5))
    await put(db, "card", fold="card:2")
    assert len(await rows(db)) == 2
    assert len(await take(db, after(seconds=2))) == 2, "brought forward, never back"


async def test_also_within_one_transaction(db: Database) -> None:
    await put(db, "card", "card", "card", fold="card:1")
    assert len(await rows(db)) == 1


async def test_what_comes_while_one_is_in_flight_leaves_after_it(db: Database) -> None:
    await put(db, "card", fold="card:1")
    (first,) = await take(db)
    await put(db, "card", fold="card:1")
    assert len(await rows(db)) == 2, "the one in flight may show an older state"
    assert await take(db) == [], "but never two at once"
    await done(db, first)
    assert len(await take(db)) == 1


async def test_a_fold_does_not_hurry_what_failed(db: Database) -> None:
    await put(db, "card", fold="card:1")
    (first,) = await take(db)
    await failed(db, first, after(minutes=5))
    await put(db, "card", fold="card:1")
    assert await take(db, after(minutes=4)) == []
    assert len(await take(db, after(minutes=5))) == 1
    assert len(await rows(db)) == 1


async def test_a_lease_that_ran_out_comes_back_as_doubtful(db: Database) -> None:
    await put(db, "a")
    (item,) = await take(db)
    assert (item.doubtful, item.attempts) == (False, 1)
    assert await take(db, NOW + LEASE - timedelta(milliseconds=1)) == []
    (again,) = await take(db, NOW + LEASE, worker="another")
    assert (again.doubtful, again.attempts) == (True, 2)


async def test_who_lost_a_claim_cannot_settle_it(db: Database) -> None:
    await put(db, "a")
    (late,) = await take(db)
    (mine,) = await take(db, after(seconds=31))
    for settle in (
        lambda session: finish(session, late, "done", now=NOW),
        lambda session: postpone(session, late, NOW),
        lambda session: retry(
            session, late, NOW, what="", problem=None, mend=None, doubtful=False, out_of_lane=False
        ),
    ):
        with pytest.raises(ClaimLost):
            async with db.begin() as session:
                await settle(session)
    await done(db, mine)
    assert (await rows(db))[0].outcome == "done"


async def test_a_postponed_row_was_not_tried(db: Database) -> None:
    await put(db, "a")
    (item,) = await take(db)
    async with db.begin() as session:
        await postpone(session, item, after(seconds=7))
    assert await take(db, after(seconds=6)) == []
    (again,) = await take(db, after(seconds=7))
    assert (again.attempts, again.doubtful, again.problem) == (1, False, None)


async def test_a_failure_is_kept_in_words_that_fit(db: Database) -> None:
    await put(db, "a", incident_id=1)
    (item,) = await take(db)
    await failed(db, item, after(minutes=1), problem="p" * 200, mend="m" * 900, doubtful=True)
    async with db.read() as session:
        (problem,) = await outbox.problems_of(session, 1)
    assert (len(problem.problem or ""), len(problem.mend or "")) == (100, 500)
    (again,) = await take(db, after(minutes=1))
    assert again.doubtful
    await done(db, again)
    async with db.read() as session:
        assert await outbox.problems_of(session, 1) == []


async def test_trying_again_now_is_for_what_failed_and_is_not_in_flight(db: Database) -> None:
    await put(db, "failed", "failed too", "waiting", incident_id=1)
    await put(db, "another's", incident_id=2)
    first, second, waiting, anothers = await take(db)
    for item in (first, second, anothers):
        await failed(db, item, after(hours=1))
    async with db.begin() as session:
        await postpone(session, waiting, after(hours=1))
    async with db.begin() as session:
        assert await outbox.retry_now(session, 1, now=NOW) == 2
    assert kinds(await take(db)) == ["failed", "failed too"]


async def test_at_the_start_of_the_only_process_all_claims_are_of_the_dead(db: Database) -> None:
    await put(db, "flying", "done", "waiting")
    flying, ready, _ = await take(db)
    await done(db, ready)
    await take(db, after(seconds=31))
    async with db.begin() as session:
        await claims.release_claims_of_the_dead(session)
    back = await take(db, after(seconds=31))
    assert kinds(back) == ["flying", "waiting"]
    assert back[0].doubtful
    assert flying.kind == "flying"


async def test_finished_rows_are_forgotten_in_time(db: Database) -> None:
    await put(db, "old", "new", "waiting")
    old, new, _ = await take(db)
    await done(db, old, NOW)
    await done(db, new, after(days=6))
    async with db.begin() as session:
        gone = await forget(session, MESSAGES, Retention(messages=timedelta(days=7)), now=after(days=8))
    assert gone == 1
    assert kinds(await rows(db)) == ["new", "waiting"]


# -- at the same time -----------------------------------------------------------------------------------------


async def test_workers_at_the_same_time_never_get_the_same_row(db: Database, other_db: Database) -> None:
    await put(db, *[str(n) for n in range(150)])
    for lane in range(10):
        await put(db, "x", "y", "z", lane=f"lane:{lane}")
    taken: list[OutboxItem] = []

    async def work(name: str, source: Database) -> None:
        while items := await take(source, limit=7, worker=name):
            assert len(items) <= 7
            taken.extend(items)
            for item in items:
                if item.lane:
                    await done(source, item)

    await asyncio.gather(*(work(f"w{n}", (db, other_db)[n % 2]) for n in range(8)))
    for _ in range(3):  # a worker may have seen nothing just before a lane's next row was free
        await work("last", db)
    counts = Counter(item.id for item in taken)
    assert len(counts) == 180
    assert set(counts.values()) == {1}
    for lane in range(10):
        assert [item.kind for item in taken if item.lane == f"lane:{lane}"] == ["x", "y", "z"]


async def test_a_claim_does_not_wait_for_another_workers(db: Database, other_db: Database) -> None:
    if db.is_sqlite:
        return  # there is one writer
    await put(db, "a", "b")
    async with db.begin() as session:
        held = await claim(session, now=NOW, lease=LEASE, worker="one", limit=1)
        others = await asyncio.wait_for(take(other_db, worker="two"), 5)
    assert [*kinds(held), *kinds(others)] == ["a", "b"]


async def test_an_intent_is_there_when_its_reason_is_and_not_otherwise(db: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.begin() as session:
            enqueue(session, "a", now=NOW)
            raise ZeroDivisionError
    async with db.read() as session:
        assert await session.scalar(select(func.count()).select_from(OutboxItem)) == 0


# -- moments that were booked at a rate limit -----------------------------------------------------------------


async def booked(db: Database, item: OutboxItem, moment: datetime) -> None:
    async with db.begin() as session:
        await postpone(session, item, moment, booked_at="chat.update")


async def test_what_has_its_moment_comes_back_then_and_not_before(db: Database) -> None:
    await put(db, "card", fold="card:1", incident_id=1)
    (item,) = await take(db)
    await booked(db, item, after(seconds=9))
    await put(db, "card", fold="card:1", incident_id=1, now=after(seconds=1))
    async with db.begin() as session:
        await outbox.hasten(session, 1, ("card",), now=after(seconds=2))
    assert await take(db, after(seconds=8.9)) == []
    (item,) = await take(db, after(seconds=9))
    assert (item.attempts, item.slot_gate, item.slot_at) == (1, "chat.update", after(seconds=9))
    assert len(await rows(db)) == 1, "news fold into what waits"


async def test_its_lane_waits_with_it_and_others_do_not(db: Database) -> None:
    await put(db, "1", "2", lane="incident:1")
    await put(db, "other", lane="incident:2")
    first, _ = await take(db)
    await booked(db, first, after(seconds=9))
    assert await take(db, after(seconds=5)) == []
    assert kinds(await take(db, after(seconds=9))) == ["1"]


async def test_after_a_failure_another_moment_must_be_booked(db: Database) -> None:
    await put(db, "a", incident_id=1)
    await booked(db, (await take(db))[0], after(seconds=1))
    (item,) = await take(db, after(seconds=1))
    await failed(db, item, after(seconds=9))
    (item,) = await rows(db)
    assert (item.slot_gate, item.slot_at) == (None, None)

    await booked(db, (await take(db, after(seconds=9)))[0], after(seconds=20))
    async with db.begin() as session:
        assert await outbox.retry_now(session, 1, now=after(seconds=10)) == 1
    assert await take(db, after(seconds=19)) == [], "it is tried soon enough"
    assert kinds(await take(db, after(seconds=20))) == ["a"]


async def test_what_missed_its_moment_books_another_and_what_waits_keeps_its_own(db: Database) -> None:
    await put(db, "missed", "waits")
    missed, waits = await take(db)
    await booked(db, missed, after(seconds=1))
    await booked(db, waits, after(seconds=60))
    async with db.begin() as session:
        await claims.forget_missed_slots(session, before=after(seconds=58))
    assert [row.slot_at for row in await rows(db)] == [None, after(seconds=60)]
