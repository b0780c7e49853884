"""Items of the backlog: of one cause one is unfinished, whoever asks at the same moment."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.backlog import items
from bot.backlog.rows import DECLINED, DONE, BacklogItem
from bot.core.db import Database
from bot.core.errors import RuleRefused, UserError

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


async def test_two_who_ask_at_once_get_one_item(database_url: str) -> None:
    db = Database(database_url)

    async def ask() -> tuple[int, bool]:
        async with db.begin() as session:
            item, made = await items.add(
                session, title="Tune it", by="U1", now=NOW, cause=items.cause("rule", "am", "x", None)
            )
            return item.id, made

    found = await asyncio.gather(*(ask() for _ in range(5)))
    assert len({number for number, _ in found}) == 1
    assert sorted(made for _, made in found) == [False, False, False, False, True]
    async with db.begin() as session:
        items.finish(await session.get_one(BacklogItem, found[0][0]), by="U1", now=NOW)
    again, made = await ask()
    assert made
    assert again != found[0][0]
    await db.close()


def test_causes_do_not_run_into_each_other() -> None:
    assert items.cause("a", "bc") != items.cause("ab", "c")
    assert items.cause("a", None) == items.cause("a", None)


async def test_what_is_closed_stays_so_until_it_is_reopened(database_url: str) -> None:
    db = Database(database_url)
    async with db.begin() as session:
        item, _ = await items.add(session, title=" Two \n lines ", by=None, now=NOW)
        assert item.title == "Two lines"
        with pytest.raises(UserError, match="declined with a reason"):
            items.decline(item, "  ", by="U1", now=NOW)
        items.decline(item, "No time", by="U1", now=NOW)
        assert (item.status, item.reason, item.closed_by) == (DECLINED, "No time", "U1")
        for change in (items.finish, items.plan):
            with pytest.raises(RuleRefused, match="is declined already"):
                change(item, by="U1", now=NOW)
        await items.reopen(session, item, by="U2", now=NOW)
        assert (item.is_unfinished, item.reason, item.closed_by) == (True, "", None)
        items.finish(item, by="U2", now=NOW)
        assert item.status == DONE
        for title in ("", "x" * 201):
            with pytest.raises(UserError):
                await items.add(session, title=title, by=None, now=NOW)
    await db.close()
