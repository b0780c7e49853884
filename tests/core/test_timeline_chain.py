"""The chain of the timeline: whatever is changed in whatever entry, it shows."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.core.chain import digest_of, digest_of_data, examine, first_broken
from bot.core.db import Database
from bot.core.timeline import TimelineEntry, entries_of, record
from bot.incidents.rows import Incident

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


class Notebook:
    """Stands in for a session: takes what is noted for the commit."""

    def __init__(self) -> None:
        self.info: dict[str, dict[object, list[Any]]] = {}

    @property
    def entries(self) -> list[TimelineEntry]:
        noted = [one for of in self.info["at commit"].values() for one in of]
        # The words for the search are noted beside the entries.
        return [TimelineEntry(**one[1]) for one in noted if isinstance(one, tuple)]


def written(texts: list[str], now: datetime = NOW) -> list[TimelineEntry]:
    book, incident = Notebook(), Incident(id=7, timeline_length=0, timeline_head="")
    for number, text in enumerate(texts):
        record(
            book,  # type: ignore[arg-type]
            incident,
            "note",
            now=now + timedelta(seconds=number),
            by="U01" if number % 2 else None,
            source=f"C1/{number}" if number % 3 else None,
            text=text,
        )
    assert incident.timeline_head == book.entries[-1].hash
    return book.entries


texts = st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=6)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3),
)
others: dict[str, st.SearchStrategy[Any]] = {
    "incident_id": st.integers(),
    "page_id": st.none() | st.integers(),
    "number": st.integers(),
    "kind": st.text(),
    "occurred_at": st.datetimes(timezones=st.just(UTC)),
    "recorded_at": st.datetimes(timezones=st.just(UTC)),
    "author": st.none() | st.text(),
    "data": st.dictionaries(st.text(), json_values),
    "source": st.none() | st.text(),
    "previous_hash": st.text(),
    "hash": st.text(),
    "salt": st.none() | st.text(),
    "data_digest": st.none() | st.text(),
    "amended": st.dictionaries(st.text(), json_values),
}


def test_every_column_is_under_the_hash() -> None:
    assert {*others, "id"} == set(TimelineEntry.__table__.columns.keys())


@given(texts)
def test_an_untouched_chain_holds(some: list[str]) -> None:
    entries = written(some)
    assert first_broken(entries) is None
    assert first_broken([]) is None


@given(texts, st.data())
def test_any_change_of_any_column_is_found(some: list[str], data: st.DataObject) -> None:
    entries = written(some)
    at = data.draw(st.integers(0, len(entries) - 1))
    column = data.draw(st.sampled_from(sorted(others)))
    value = data.draw(others[column].filter(lambda value: value != getattr(entries[at], column)))
    setattr(entries[at], column, value)
    assert first_broken(entries) is entries[at]


@given(texts, st.data())
def test_a_change_with_its_own_hash_mended_breaks_the_next(some: list[str], data: st.DataObject) -> None:
    entries = written([*some, "the last"])
    at = data.draw(st.integers(0, len(entries) - 2))
    entries[at].data = {"text": "it was not me"}
    entries[at].data_digest = digest_of_data(str(entries[at].salt), entries[at].data)
    entries[at].hash = digest_of(entries[at])
    assert first_broken(entries) is entries[at + 1]


@given(texts)
def test_an_entry_of_before_its_data_had_a_digest_holds_as_well(some: list[str]) -> None:
    """Databases have them since the first version; what comes after them is chained to them."""
    entries = written(some)
    previous = ""
    for entry in entries[:-1] or entries:
        entry.salt, entry.data_digest, entry.previous_hash = None, None, previous
        previous = entry.hash = digest_of(entry)
    if len(entries) > 1:
        entries[-1].previous_hash = previous
        entries[-1].hash = digest_of(entries[-1])
    assert first_broken(entries) is None
    entries[0].data = {"text": "another"}
    assert first_broken(entries) is entries[0] or some[0] == "another"


def test_entries_that_were_cut_off_at_the_end_are_missed() -> None:
    entries = written(["one", "two", "three"])
    head = entries[-1].hash
    assert examine(entries, length=3, head=head) is None
    for cut in (entries[:2], entries[:0]):
        broken = examine(cut, length=3, head=head)
        assert broken is not None
        assert broken.number == len(cut) + 1


@given(texts, st.data())
def test_a_missing_or_swapped_entry_is_found(some: list[str], data: st.DataObject) -> None:
    entries = written([*some, "one", "two"])
    at = data.draw(st.integers(0, len(entries) - 2))
    assert first_broken([*entries[:at], *entries[at + 1 :]]) is entries[at + 1]
    swapped = [*entries[:at], entries[at + 1], entries[at], *entries[at + 2 :]]
    assert first_broken(swapped) is not None


async def test_the_chain_holds_after_the_database_gave_it_back(database_url: str) -> None:
    """Also what was recorded with another zone's clock, and every kind of value that JSON has."""
    db = Database(database_url)
    incident = Incident(id=7, timeline_length=0, timeline_head="")
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5, minutes=45))).replace(microsecond=123457)
    try:
        async with db.begin() as session:
            record(session, incident, "note", now=elsewhere, by="U01", text="ä 😀 \u2028", n=1, f=1.5)
            record(session, incident, "note", now=NOW, by=None, occurred_at=elsewhere, files=["a", {"b": []}])
        async with db.read() as session:
            entries = sorted(await entries_of(session, 7), key=lambda entry: entry.number)
        assert first_broken(entries) is None
    finally:
        await db.close()
