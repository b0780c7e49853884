"""Slack fails while somebody runs checks: the words come, the picture once or not at all, and nothing is left over."""

import sys
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.config import Config
from bot.core.outbox import OutboxItem
from bot.delivery import checks as delivery
from bot.delivery import drawing
from tests.acceptance.changes import members_unread
from tests.acceptance.checking import Target, checking, with_checks
from tests.acceptance.faults import ways
from tests.acceptance.office import Office, open_office, said
from tests.databases import PostgresCluster, SqliteFiles

TITLE = "payments: the last 24 hours"

# The calls of one `/check payments`.
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "words": ("response_url", {"text": "Checks of payments: all passed"}),
    "address": ("files.getUploadURLExternal", {}),
    "bytes": ("upload", {}),
    "direct messages": ("conversations.open", {}),
    "picture": ("files.completeUploadExternal", {}),
    "below the answer": ("response_url", {"text": TITLE}),
}
WAYS = ways(hang=4)
CODES = {
    "words": ("used_url", "expired_url"),
    "address": ("missing_scope", "file_uploads_disabled", "fatal_error"),
    "direct messages": ("missing_scope", "user_disabled"),
    "picture": ("missing_scope", "file_update_failed", "restricted_action"),
    "below the answer": ("invalid_blocks", "used_url"),
}
EVERY = [(call, way) for call in CALLS for way in WAYS]
# On Postgres each call fails in one of the ways.
SPREAD = [(call, list(WAYS)[(n * 4) % len(WAYS)]) for n, call in enumerate(CALLS)]
REFUSED = [(call, code) for call, codes in CODES.items() for code in codes]
# The words are in an answer that can be seen by one person only; whether it arrived cannot be asked.
DOUBTFUL = {"500", "500 after", "hang", "hang after", "drop", "drop after", "garbage"}


@pytest.fixture(autouse=True)
def draws_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """That a picture is drawn is told elsewhere."""
    program = "import sys; sys.stdin.read(); sys.stdout.buffer.write(b'PNG')"
    monkeypatch.setattr(delivery, "DRAWING", (sys.executable, "-S", "-c", program))


def change(target: Target, way: str = "") -> Any:
    """Patience is short only where a call hangs: on a busy machine a good answer may take its time."""
    check = {"name": "shop", "service": "payments", "http": {"url": target.url}}

    def changed(config: Config) -> Config:
        checked = with_checks(check)(config)
        if "hang" not in way:
            return checked
        short = {"slack_timeout": timedelta(seconds=1), "lease": timedelta(seconds=8)}
        delivery = checked.delivery.model_copy(update=short)
        return members_unread(checked.model_copy(update={"delivery": delivery}))

    return changed


async def asked(office: Office) -> None:
    await office.settled()
    await office.bo.types("/check payments")
    for _ in range(3):
        await office.passes(seconds=4)


async def shown(office: Office) -> tuple[int, int, int]:
    """How often there are the words, the picture in the direct messages, and the one below the answer."""
    read = await office.bo.messages("general")
    words = sum("Checks of payments* · done" in said(message) for message in read)
    below = sum(message["text"] == TITLE for message in read)
    pictures = sum(len(message.get("files", ())) for message in await office.bo.direct_messages())
    return words, pictures, below


async def left_over(office: Office) -> list[str]:
    async with office.app.bot.db.read() as session:
        kinds = await session.scalars(
            select(OutboxItem.kind).where(
                OutboxItem.kind.startswith("check."), OutboxItem.due_at.is_not(None)
            )
        )
        return list(kinds)


@pytest.mark.parametrize(("call", "way"), EVERY)
async def test_a_call_that_fails_loses_no_words_and_doubles_no_picture(
    sqlite_files: SqliteFiles, target: Target, call: str, way: str
) -> None:
    async with sqlite_files.one() as url:
        await fails_and_is_mended(url, target, call, way)


@pytest.mark.parametrize(("call", "way"), SPREAD)
async def test_the_same_on_postgres(
    postgres_cluster: PostgresCluster, target: Target, call: str, way: str
) -> None:
    async with postgres_cluster.one() as url:
        await fails_and_is_mended(url, target, call, way)


async def fails_and_is_mended(url: str, target: Target, call: str, way: str) -> None:
    async with open_office(url, change=change(target, way)) as office:
        method, match = CALLS[call]
        await office.fault(method, match=match, times=1, **WAYS[way])
        await asked(office)
        for minutes in (1, 6, 6):
            await office.passes(minutes=minutes)
        words, pictures, below = await shown(office)
        assert words == 1 or (call == "words" and way in DOUBTFUL and words == 2)
        assert pictures == 1
        assert below == 1 or (call == "below the answer" and way in DOUBTFUL and below == 0)
        assert await left_over(office) == []


@pytest.mark.parametrize(("call", "code"), REFUSED)
async def test_what_slack_never_takes_is_let_go(
    sqlite_files: SqliteFiles, target: Target, call: str, code: str
) -> None:
    async with sqlite_files.one() as url, open_office(url, change=change(target)) as office:
        method, match = CALLS[call]
        await office.fault(method, "error", match=match, error=code)
        await asked(office)
        words, pictures, below = await shown(office)
        assert words == (call != "words")
        assert pictures == (call == "below the answer")
        assert below == 0
        assert ":warning:" not in await office.bo.types("/check")  # all else goes on
        for _ in range(4):
            await office.passes(minutes=16)
        assert await left_over(office) == []
        if call == "below the answer":
            tries = [c for c in await office.calls("response_url") if c["args"].get("text") == TITLE]
            assert len(tries) <= delivery.INLINE_ATTEMPTS


@pytest.mark.parametrize("program", [("false",), ("sleep", "60"), ("no-such-program",)])
async def test_what_cannot_be_drawn_is_let_go(
    database_url: str, target: Target, monkeypatch: pytest.MonkeyPatch, program: tuple[str, ...]
) -> None:
    monkeypatch.setattr(delivery, "DRAWING", program)
    monkeypatch.setattr(drawing, "DRAWN_WITHIN", 0.2)
    check = {"name": "shop", "service": "payments", "http": {"url": target.url}}
    async with checking(database_url, check) as office:
        await asked(office)
        assert await shown(office) == (1, 0, 0)
        assert await left_over(office) == []
        assert await office.calls("files.getUploadURLExternal") == []
