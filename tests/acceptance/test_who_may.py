"""Every command, button, form, menu and shortcut refuses those who are no members, and changes nothing for them."""

from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from bot.core.audit import audit_lines
from bot.core.timeline import TimelineEntry
from bot.rows import METADATA
from playground.people import TEAM_ID
from tests.acceptance.office import Office
from tests.acceptance.payloads import everything
from tests.acceptance.signed import posted

REFUSED = "may not act", "guest from another organization"


async def stand(office: Office) -> dict[str, int]:
    """How many rows each table has, and how many entries were written."""
    kept = {"outbox", "person", "receipt", "channel_gate", "audit_line"}
    async with office.app.bot.db.read() as session:
        counts = {
            table.name: await session.scalar(select(func.count()).select_from(table)) or 0
            for table in METADATA.tables.values()
            if table.name not in kept
        }
        counts["entries"] = await session.scalar(select(func.count(TimelineEntry.id))) or 0
    return counts


@pytest.mark.parametrize(
    "account",
    [
        {"is_restricted": True},
        {"is_ultra_restricted": True},
        {"is_bot": True},
        {"deleted": True},
        {"team_id": "T0PARTNER"},
    ],
    ids=["guest", "guest of one channel", "bot", "deactivated", "another organization"],
)
async def test_who_is_no_member(office: Office, account: dict[str, Any]) -> None:
    await office.eve.types("/incident declare sev1 Shop is down")
    person = await office.newcomer("gil", **account)
    before = await stand(office)
    for name, payload in everything({"id": person.id, "team_id": account.get("team_id", TEAM_ID)}):
        status, answer = await posted(office, urlencode(payload).encode())
        assert status in (200, 403), (name, status, answer)
        assert "went wrong" not in answer, name
        if name.startswith("/"):
            assert any(words in answer for words in REFUSED), (name, answer)
    await office.settled()
    assert await stand(office) == before
    # Each of them stands in the audit log, by its name.
    async with office.app.bot.db.read() as session:
        refused = await audit_lines(session, act="refused", who=person.id)
    assert [line.data["asked"] for line in reversed(refused)] == [
        name for name, _ in everything({"id": person.id, "team_id": TEAM_ID})
    ]


async def test_whoever_has_left_is_known_as_gone_the_next_day(office: Office) -> None:
    gil = await office.newcomer("gil")
    await office.passes(hours=25)  # the members are read
    office.playground.workspace.people[gil.id].deleted = True
    await office.passes(hours=25)
    assert "may not act" in await gil.types("/incident list")
