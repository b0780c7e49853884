"""Many declare at the same moment: they share a transaction, and nobody notices."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import event, select

from bot.core import together
from bot.core.chain import first_broken
from bot.core.outbox import OutboxItem
from bot.core.timeline import entries_of
from tests.acceptance.office import Office

TITLES = ("Checkout is down", "Search is slow", "Cards fail", "Mail is late", "Prices are old", "Login loops")


@pytest.fixture(autouse=True)
def all_the_time_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, who is to wait waits."""
    monkeypatch.setattr(together, "PATIENCE", 60.0)


@asynccontextmanager
async def one_moment(office: Office, count: int) -> AsyncIterator[None]:
    """What is declared within happens at the same moment: nobody begins before `count` of them stand there."""
    group = office.app.bot.db._together
    places, group.places = group.places, 0
    beginning = asyncio.create_task(_begin(office, count, places))
    yield
    await beginning


async def stand_there(office: Office, count: int) -> None:
    while len(office.app.bot.db._together._waiting) < count:  # noqa: ASYNC110 - requests on their way tell nobody
        await asyncio.sleep(0.005)


async def _begin(office: Office, count: int, places: int) -> None:
    await stand_there(office, count)
    group = office.app.bot.db._together
    group.places = 1  # for one group, which all of them are; the others are given back behind it
    group.next_group()
    group.places += places - 1


class Declaring:
    """Counts the transactions that declared something, and what they declared."""

    def __init__(self, office: Office) -> None:
        self.declared: list[int] = []
        self._open: dict[Any, int] = {}
        engine = office.app.bot.db._writing.sync_engine
        event.listen(engine, "before_cursor_execute", self._executes)
        event.listen(engine, "commit", self._commits)
        event.listen(engine, "rollback", lambda connection: self._open.pop(_of(connection), None))

    def _executes(self, connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO incident "):
            self._open[_of(connection)] = self._open.get(_of(connection), 0) + 1

    def _commits(self, connection: Any) -> None:
        if count := self._open.pop(_of(connection), 0):
            self.declared.append(count)


def _of(connection: Any) -> int:
    return id(connection.connection.dbapi_connection)


def number_in(answer: str) -> int:
    found = re.search(r"#(\d+)", answer)
    assert found is not None, answer
    return int(found[1])


async def test_each_has_its_own_incident_in_one_transaction(office: Office) -> None:
    declaring = Declaring(office)
    people = [office.ada, office.bo, office.cleo, office.dev, office.eve, office.finn]
    async with one_moment(office, len(TITLES)):
        answers = await asyncio.gather(
            *(
                who.types(f"/incident declare sev1 {title}", settle=False)
                for who, title in zip(people, TITLES, strict=True)
            )
        )
    await office.settled()
    await office.passes(seconds=3)

    assert declaring.declared == [len(TITLES)]
    numbers = [number_in(answer) for answer in answers]
    assert sorted(numbers) == list(range(1, len(TITLES) + 1))
    for who, title, number, answer in zip(people, TITLES, numbers, answers, strict=True):
        assert title in answer
        record = await office.record(number)
        assert (record["title"], record["declared_by"]) == (title, who.id)
        assert [entry["kind"] for entry in await office.acts(number)] == ["declared", "channel"]
        place = await office.channel(await office.incident_channel(number))
        assert title.lower().replace(" ", "-") in place["name"]
        assert who.id in place["members"]
        assert f"<#{place['id']}>" in await who.is_told()
    async with office.app.bot.db.read() as session:
        for number in numbers:
            entries = await entries_of(session, number)
            assert first_broken(sorted(entries, key=lambda entry: entry.number)) is None
        rows = await session.execute(
            select(OutboxItem.incident_id, OutboxItem.trace_id).where(OutboxItem.kind == "incident.channel")
        )
        assert len({trace for _, trace in rows if trace}) == len(TITLES), "each request has its own trace"


async def test_a_repeat_among_them_makes_one_incident(office: Office) -> None:
    await office.fault("command", "command_twice", times=1)
    async with one_moment(office, 4):
        answers = await asyncio.gather(
            office.ada.types("/incident declare sev1 Checkout is down", settle=False),
            office.bo.types("/incident declare sev2 Search is slow", settle=False),
            office.cleo.types("/incident declare sev3 Cards fail", settle=False),
        )
    await office.settled()

    listed = await office.ada.types("/incident list all")
    assert "3 incidents" in listed
    assert len(await office.calls("conversations.create")) == 3
    told = {number_in(answer) for answer in answers}
    assert told == {int(number) for number in re.findall(r"#(\d+)", listed)}


async def test_one_that_the_rules_refuse_harms_nobody(office: Office) -> None:
    declaring = Declaring(office)
    await office.bo.types("/incident declare")
    async with one_moment(office, 3):
        first = asyncio.create_task(office.ada.types("/incident declare sev1 Checkout is down", settle=False))
        await stand_there(office, 1)
        refused = asyncio.create_task(office.bo.submits(title="\u2007", severity="SEV2"))
        await stand_there(office, 2)
        last = asyncio.create_task(office.cleo.types("/incident declare sev3 Cards fail", settle=False))
    errors = await refused
    answers = await first, await last
    await office.settled()

    assert "An incident needs a title" in errors["title"]
    assert declaring.declared == [1, 1]
    for answer, title in zip(answers, ("Checkout is down", "Cards fail"), strict=True):
        assert (await office.record(number_in(answer)))["title"] == title
    assert "2 incidents" in await office.ada.types("/incident list all")
    assert await office.bo.submits(title="Search is slow") == {}
    assert "3 incidents" in await office.ada.types("/incident list all")
