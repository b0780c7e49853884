"""The number of somebody else's private incident, and of what hangs on it, is as good as one that there is not: whatever is
typed with it, clicked or chosen in a menu.
"""

import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest

from playground.people import TEAM_ID
from tests.acceptance.office import Office, Person, said
from tests.acceptance.signed import posted
from tests.acceptance.ways import COMMANDS

THERE, NOWHERE = 1, 7777
# Behind the number: nothing, what a change needs, somebody to give it to, and another number.
BEHIND = ("", " sev2 It is worse", " @eve Beware", " 8888")
# What is made by them has a number of its own, and asks for none.
MAKES = {"backlog add", "risks add", "decisions ask", "actions add", "plan", "override", "start"}


async def a_private_one(office: Office) -> str:
    """Ada's, with a page, a task, a link, a note and an action item; returns its channel."""
    await office.ada.types("/incident declare private sev1 service:payments The customers were stolen")
    channel = await office.incident_channel()
    for words in (
        "task Call the police",
        "link https://example.com/x",
        "note By whom?",
        "action Lock up",
        "lead",
    ):
        assert ":warning:" not in await office.ada.types(f"/incident {words}", channel)
    return channel


async def answered(nosy: Person, line: str) -> str:
    """What it says, and what it opens."""
    answer = await nosy.types(line, settle=False)
    opened = nosy.office.playground.workspace.views.stacks.pop(nosy.id, [])
    return answer + said([view.body for view in opened])


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words.command)
async def test_no_word_tells_it_from_one_that_there_is_not(office: Office, words: Any) -> None:
    await a_private_one(office)
    for one in (one for one in words if one.name not in MAKES):
        for behind in BEHIND:
            line = f"{words.command} {one.name} {{}}{behind}"
            there = await answered(office.eve, line.format(THERE))
            nowhere = await answered(office.eve, line.format(NOWHERE))
            assert _nameless(there) == _nameless(nowhere), line
    await office.settled()
    assert office.eve.id not in str(await office.record())


def _nameless(answer: str) -> str:
    """Without the numbers; what is said of a time is another a second later."""
    return re.sub(r"\d+", "N", answer)


async def test_nobody_from_outside_keeps_a_message_of_its_channel(office: Office) -> None:
    """Slack shows them no such menu; who forges a request could sign none, and is told nothing all the same."""
    channel = await a_private_one(office)
    place = (await office.channel(channel))["id"]
    ts = await office.ada.types("It was the gardener, https://example.com/proof", channel)
    before = [entry["number"] for entry in await office.timeline()]
    for name in ("keep", "task_message", "link_message"):
        answers = [await _by_shortcut(office.eve, name, where, ts) for where in (place, "C0NOWHERE")]
        assert answers[0] == answers[1], name
        assert "incident that you can see" in answers[0]
    await office.settled()
    assert [entry["number"] for entry in await office.timeline()] == before


async def _by_shortcut(person: Person, name: str, place: str, ts: str) -> str:
    payload = {
        "type": "message_action",
        "callback_id": name,
        "message": {"ts": ts, "text": "It was the gardener, https://example.com/proof", "user": "U01ADA"},
        "channel": {"id": place},
        "user": {"id": person.id, "team_id": TEAM_ID},
        "team": {"id": TEAM_ID},
        "trigger_id": person.office.playground.workspace.views.trigger(person.id),
    }
    status, answer = await posted(person.office, urlencode({"payload": json.dumps(payload)}).encode())
    assert status == 200, answer
    opened = person.office.playground.workspace.views.stacks.pop(person.id, [])
    return answer + said([view.body for view in opened])
