"""Action items: what is refused, and what follows from where one comes from."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.config import Config
from bot.core.db import Database
from bot.core.errors import UserError
from bot.reviews.action_queries import health
from bot.reviews.action_rows import MEETING, OPEN, PERSON
from bot.reviews.actions import add, today

NOW = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)
CONFIG = Config.model_validate({"organization": "Acme", "timezone": "Asia/Tokyo"})


async def test_it_is_due_when_app_yaml_says_and_reminded_before(database_url: str) -> None:
    db = Database(database_url)
    async with db.begin() as session:
        item = await add(
            session,
            title=" Retry \n payments ",
            owner="U1",
            due_on=None,
            impact="high",
            effort=None,
            by="U2",
            now=NOW,
            config=CONFIG,
        )
        meant = await add(
            session,
            title="Ask",
            owner="U1",
            due_on=date(2026, 11, 22),  # in Tokyo it is that day already
            impact=None,
            effort=None,
            by=None,
            now=NOW,
            config=CONFIG,
            meeting_id=3,
        )
    assert (item.title, item.status, item.origin, item.service) == ("Retry payments", OPEN, PERSON, None)
    assert item.due_on == date(2026, 12, 6)
    assert item.remind_at == datetime(2026, 12, 4, 0, 0, tzinfo=UTC)
    assert (meant.origin, meant.meeting_id) == (MEETING, 3)
    assert meant.remind_at == datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
    await db.close()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"description": "x" * 3001}, "text"),
        ({"due_on": date(2026, 11, 21)}, "due"),
        ({"due_on": date(2026, 11, 22) + timedelta(days=2000)}, "due"),
        ({"impact": "huge"}, "impact"),
        ({"effort": "none"}, "effort"),
    ],
)
async def test_what_cannot_be_is_refused(
    database_url: str, change: dict[str, object], field: str | None
) -> None:
    db = Database(database_url)
    given = {"title": "Ask", "owner": "U1", "due_on": None, "impact": None, "effort": None, "by": "U1"}
    with pytest.raises(UserError) as refused:
        async with db.begin() as session:
            await add(session, now=NOW, config=CONFIG, **(given | change))  # type: ignore[arg-type]
    assert list(refused.value.under) == ([field] if field else [])
    await db.close()


async def test_health_counts_neither_what_is_private_nor_what_a_drill_taught(database_url: str) -> None:
    db = Database(database_url)
    async with db.begin() as session:
        given = {"impact": None, "effort": None, "by": "U1", "config": CONFIG, "owner": "U1"}
        for days in (1, 3):
            due_on = today(CONFIG, NOW) + timedelta(days=days)
            await add(session, title="Ask", due_on=due_on, now=NOW, **given)  # type: ignore[arg-type]
        for hidden in ("private", "drill"):
            made = await add(session, title="Ask", due_on=None, now=NOW, **given)  # type: ignore[arg-type]
            setattr(made, hidden, True)
    async with db.read() as session:
        before = await health(session, today=today(CONFIG, NOW))
        later = await health(session, today=today(CONFIG, NOW) + timedelta(days=2))
    assert (before.open, before.overdue, before.oldest_at, before.longest_due_on) == (2, 0, NOW, None)
    assert (later.overdue, later.longest_due_on) == (1, today(CONFIG, NOW) + timedelta(days=1))
    await db.close()
