"""Slack fails while a digest leaves by its cadence: one message, one thread, one picture, and nothing is left over."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.config import Config
from bot.core.outbox import OutboxItem
from tests.acceptance.changes import members_unread
from tests.acceptance.digesting import WEEKLY, Json, nothing_is_drawn, to, with_digests
from tests.acceptance.faults import ways
from tests.acceptance.office import Office, open_office, said
from tests.databases import PostgresCluster, SqliteFiles

# A Thursday, and the Monday after it.
NOW = datetime(2027, 3, 18, 8, 0, tzinfo=UTC)
MONDAY = datetime(2027, 3, 22, 9, 30, tzinfo=UTC)

# The calls of one digest.
CALLS: dict[str, tuple[str, Json]] = {
    "message": ("chat.postMessage", {"channel": "#incidents"}),
    "thread": ("chat.postMessage", {"text": "Details of this digest"}),
    "address": ("files.getUploadURLExternal", {}),
    "bytes": ("upload", {}),
    "picture": ("files.completeUploadExternal", {}),
}
WAYS = ways(hang=4)
CODES = {
    "message": ("channel_not_found", "is_archived", "missing_scope", "invalid_auth"),
    "thread": ("fatal_error", "restricted_action"),
    "address": ("missing_scope", "fatal_error"),
    "picture": ("missing_scope", "restricted_action"),
}


def spread(calls: Iterable[str], each: int) -> list[tuple[str, str]]:
    """Each of these calls fails in so many of the ways, another one in others, so that all of them come."""
    return [
        (call, list(WAYS)[(n * each + k) % len(WAYS)]) for n, call in enumerate(calls) for k in range(each)
    ]


# What is seen twice if it is made twice fails in every way.
EVERY = spread(("message", "picture"), each=len(WAYS)) + spread(("thread", "address", "bytes"), each=3)
SPREAD = spread(CALLS, each=2)
REFUSED = [(call, code) for call, codes in CODES.items() for code in codes]


@pytest.fixture(autouse=True)
def draws_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing_is_drawn(monkeypatch)


@asynccontextmanager
async def before_monday(url: str, way: str = "") -> AsyncIterator[Office]:
    """A week with something to tell of. Patience is short only where a call hangs."""

    def change(config: Config) -> Config:
        changed = with_digests(WEEKLY)(config)
        if "hang" not in way:
            return changed
        short = {"slack_timeout": timedelta(seconds=1), "lease": timedelta(seconds=8)}
        return members_unread(
            changed.model_copy(update={"delivery": changed.delivery.model_copy(update=short)})
        )

    async with open_office(url, change=change, start=False) as office:
        office.clock.advance(seconds=(NOW - office.clock.now()).total_seconds())
        await office.start_bot()
        await office.settled()
        await office.ada.types("/incident declare sev2 service:payments Cards are slow")
        await office.ada.types("/incident resolve 1 rolled back")
        await to(office, MONDAY - timedelta(minutes=1))
        yield office


async def shown(office: Office) -> tuple[int, int, int]:
    """How often there are the message, its details and its picture; each tells of the one incident, and of no other."""
    messages = [m for m in await office.ada.messages("incidents") if m["text"].startswith("Weekly digest")]
    threads = [await office.ada.messages("incidents", message["ts"]) for message in messages]
    below = [message for thread in threads for message in thread[1:]]
    details = [message for message in below if message["text"] == "Details of this digest"]
    files = [file for message in below for file in message.get("files", ())]
    for message in (*messages, *details):
        assert "secret" not in said(message)
    assert all("Declared: 1 (1 more): 1 SEV2" in said(message) for message in messages)
    for file in files:
        assert "15 Mar 1" in file["alt_txt"]
        assert not {"15 Mar 2", "15 Mar 3"} & set(file["alt_txt"].replace(";", ",").split(", ")), file[
            "alt_txt"
        ]
    return len(messages), len(details), len(files)


async def left_over(office: Office) -> list[str]:
    async with office.app.bot.db.read() as session:
        kinds = await session.scalars(
            select(OutboxItem.kind).where(
                OutboxItem.kind.startswith("digest."), OutboxItem.due_at.is_not(None)
            )
        )
        return list(kinds)


async def fails_and_is_mended(url: str, call: str, way: str) -> None:
    async with before_monday(url, way) as office:
        method, match = CALLS[call]
        await office.fault(method, match=match, times=1, **WAYS[way])
        await to(office, MONDAY)
        for seconds in (4, 61, 361):
            await office.passes(seconds=seconds)
        assert await shown(office) == (1, 1, 1)
        assert await left_over(office) == []


@pytest.mark.parametrize(("call", "way"), EVERY)
async def test_a_call_that_fails_loses_nothing_and_doubles_nothing(
    sqlite_files: SqliteFiles, call: str, way: str
) -> None:
    async with sqlite_files.one() as url:
        await fails_and_is_mended(url, call, way)


@pytest.mark.parametrize(("call", "way"), SPREAD)
async def test_the_same_on_postgres(postgres_cluster: PostgresCluster, call: str, way: str) -> None:
    async with postgres_cluster.one() as url:
        await fails_and_is_mended(url, call, way)


@pytest.mark.parametrize(("call", "code"), REFUSED)
async def test_what_slack_refuses_comes_once_it_is_mended(
    sqlite_files: SqliteFiles, call: str, code: str
) -> None:
    """The rest is there meanwhile, and all else goes on."""
    async with sqlite_files.one() as url, before_monday(url) as office:
        method, match = CALLS[call]
        await office.fault(method, "error", match=match, error=code)
        await to(office, MONDAY)
        await office.passes(minutes=2)
        without = {"message": (0, 0, 0), "thread": (1, 0, 1), "address": (1, 1, 0), "picture": (1, 1, 0)}
        assert await shown(office) == without[call]
        assert ":warning:" not in await office.bo.types("/incident declare sev4 Coffee is out", settle=False)
        await office.no_faults()
        for minutes in (6, 16, 61):
            await office.passes(minutes=minutes)
        assert await shown(office) == (1, 1, 1)
        assert await left_over(office) == []


async def test_what_was_private_or_a_drill_is_in_none_of_it(database_url: str) -> None:
    async with before_monday(database_url) as office:
        for kind in ("private", "drill"):
            await office.ada.types(f"/incident declare {kind} sev1 service:payments A secret {kind}")
        await to(office, MONDAY)
        assert await shown(office) == (1, 1, 1)


async def test_where_the_bot_may_upload_nothing_the_words_are_all(database_url: str) -> None:
    async with before_monday(database_url) as office:
        await office.fault("files.completeUploadExternal", "error", error="not_in_channel")
        await to(office, MONDAY)
        await office.passes(hours=2)
        assert await shown(office) == (1, 1, 0)
        assert await left_over(office) == []
