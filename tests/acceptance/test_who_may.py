"""Every command, button, form, menu and shortcut refuses those who are no members, and changes nothing for them."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

import handlers
from bot.core.audit import audit_lines
from bot.core.timeline import TimelineEntry
from bot.rows import METADATA
from playground.people import TEAM_ID
from tests.acceptance.office import Office
from tests.acceptance.signed import posted

REFUSED = "may not act", "guest from another organization"


def everything(user: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """A payload for each handler there is, as if `user` had sent it; about incident 1 and page 1."""
    modal = {
        "id": "V1",
        "type": "modal",
        "private_metadata": json.dumps({"incident": 1, "page": 1}),
        "blocks": [],
    }
    found: list[tuple[str, dict[str, Any]]] = []
    for one in handlers.COMMANDS:
        command = {"command": one.name, "text": "list", "user_id": user["id"], "team_id": user["team_id"]}
        found.append((one.name, {**command, "channel_id": "C01GENERAL", "trigger_id": f"1.{one.name}"}))
    payloads: list[tuple[str, dict[str, Any]]] = []
    for action in handlers.ACTIONS:
        name = action.action_id if isinstance(action.action_id, str) else "incident.take.lead"
        assert isinstance(action.action_id, str) or action.action_id.search(name)
        click = {"action_id": name, "block_id": "b", "value": "1", "type": "button"}
        payloads.append((name, {"type": "block_actions", "actions": [click], "view": modal}))
    for form in handlers.SUBMISSIONS:
        view = {**modal, "callback_id": form.callback_id, "state": {"values": {}}}
        payloads.append((form.callback_id, {"type": "view_submission", "view": view}))
    for menu in handlers.OPTIONS:
        payloads.append(
            (menu.action_id, {"type": "block_suggestion", "action_id": menu.action_id, "value": "a"})
        )
    for entry in handlers.SHORTCUTS:
        kind = "shortcut" if entry.type == "global" else "message_action"
        message = {"ts": "1.1", "text": "x", "user": "U01ADA"}
        payloads.append(
            (entry.callback_id, {"type": kind, "callback_id": entry.callback_id, "message": message})
        )
    for name, payload in payloads:
        whole = {
            "user": user,
            "team": {"id": TEAM_ID},
            "channel": {"id": "C01GENERAL"},
            "trigger_id": f"2.{name}",
        }
        found.append((name, {"payload": json.dumps({**whole, **payload})}))
    return found


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
