"""Slack fails, call by call, in every way it can: the rest goes on, people read what to do, a retry mends it."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot.config import Config
from bot.incidents.rows import Incident
from bot.views.card import card_text
from tests.acceptance.kit import WHOLE, kit, messages
from tests.acceptance.office import Json, Office, find_element, open_office, said
from tests.databases import PostgresCluster, SqliteFiles

TITLE = "Checkout is down"
PEOPLE = ("U01ADA", "U01BO")


def impatient(config: Config) -> Config:
    """A call that hangs is given up soon."""
    delivery = config.delivery.model_copy(
        update={"slack_timeout": timedelta(seconds=0.3), "lease": timedelta(seconds=2)}
    )
    return config.model_copy(update={"delivery": delivery})


@pytest.fixture
async def office(request: pytest.FixtureRequest, sqlite_files: SqliteFiles) -> AsyncIterator[Office]:
    """With a SQLite file: what differs between the databases is told by `on_both`."""
    async with sqlite_files.one() as url, open_office(url, change=impatient) as office:
        yield office


@pytest.fixture(params=["sqlite", "postgres"])
async def on_both(
    request: pytest.FixtureRequest, sqlite_files: SqliteFiles, postgres_cluster: PostgresCluster
) -> AsyncIterator[Office]:
    source = sqlite_files if request.param == "sqlite" else postgres_cluster
    async with source.one() as url, open_office(url, change=impatient) as office:
        yield office


# The calls of an incident's first minutes: what they are for in the words of the timeline, and where the
# method alone does not tell them apart, by which argument.
CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "channel": ("conversations.create", "making the incident's channel", {}),
    "people": ("users.lookupByEmail", "finding bo@example.com in Slack", {"email": "bo@example.com"}),
    "account": ("users.info", "", {}),
    "invitation": ("conversations.invite", "inviting", {}),
    "topic": ("conversations.setTopic", "setting the channel's topic", {}),
    "bookmark": ("bookmarks.add", "adding the bookmark “Runbook”", {"title": "Runbook"}),
    "card": ("chat.postMessage", "posting the card", {"text": "?"}),
    "announcement": ("chat.postMessage", "announcing the incident in #incidents", {"channel": "#incidents"}),
    "pin": ("pins.add", "pinning the card", {}),
    "update": ("chat.update", "", {}),
    "answer": ("response_url", "telling the declarer", {}),
    "role": ("conversations.open", "the instructions for lead", {}),
}

WAYS: dict[str, dict[str, Any]] = {
    "429 short": {"kind": "ratelimited", "retry_after": 1},
    "429 long": {"kind": "ratelimited", "retry_after": 60},
    "500": {"kind": "status", "status": 500},
    "500 after": {"kind": "status_after", "status": 500},
    "hang": {"kind": "hang", "seconds": 2},
    "hang after": {"kind": "hang_after", "seconds": 2},
    "drop": {"kind": "drop"},
    "drop after": {"kind": "drop_after"},
    "garbage": {"kind": "garbage"},
}

# Refusals, with a word of the mend that people read.
CODES: dict[str, dict[str, str]] = {
    "channel": {
        "missing_scope": "tocsin manifest",
        "restricted_action": "workspace admin",
        "fatal_error": "tried again",
        "name_taken": "name",
        "invalid_auth": "SLACK_BOT_TOKEN",
    },
    "people": {"users_not_found": "app.yaml", "missing_scope": "tocsin manifest"},
    "account": {"user_not_found": ""},
    "invitation": {
        "user_not_found": "app.yaml",
        "not_in_channel": "/invite",
        "is_archived": "Unarchive",
        "missing_scope": "tocsin manifest",
    },
    "topic": {"not_in_channel": "/invite", "missing_scope": "tocsin manifest", "fatal_error": "tried again"},
    "bookmark": {"missing_scope": "tocsin manifest", "plan_upgrade_required": "plan"},
    "card": {
        "channel_not_found": "/invite",
        "not_in_channel": "/invite",
        "is_archived": "Unarchive",
        "invalid_blocks": "report",
        "msg_too_long": "Shorten",
        "fatal_error": "tried again",
    },
    "announcement": {
        "channel_not_found": "/invite",
        "not_in_channel": "/invite",
        "is_archived": "Unarchive",
        "restricted_action": "workspace admin",
        "msg_blocks_too_long": "doctor",
    },
    "pin": {"too_many_pins": "Unpin", "not_in_channel": "/invite"},
    "update": {"missing_scope": "tocsin manifest", "fatal_error": "tried again"},
    "answer": {"used_url": "", "expired_url": ""},
    "role": {"missing_scope": "tocsin manifest"},
}

EVERY_WAY = [(call, way) for call in CALLS for way in WAYS]
EVERY_CODE = [(call, code) for call, codes in CODES.items() for code in codes]
# On Postgres each call and each way come once.
SPREAD = [
    (call, list(WAYS)[(number * 4 + round_) % len(WAYS)])
    for number, call in enumerate(CALLS)
    for round_ in (0, 3)
]
# Not worth an entry on the timeline: a moment's wait, and what concerns no incident.
QUIET_WAYS = {"429 short"}
# While these fail there is no card, or it cannot be brought up to date.
WITHOUT_CARD = {"channel", "card", "update"}


async def ordered(office: Office, call: str, fault: dict[str, Any]) -> None:
    """Orders the fault for this call alone."""
    method, _, match = CALLS[call]
    if call == "card":
        incident = Incident(id=1, title=TITLE, severity="SEV1", status="investigating")
        match = {"text": card_text(incident, office.config)}
    await office.fault(method, match=match, **fault)


async def declared(office: Office) -> None:
    """Ada declares by the form, with a service whose people Tocsin does not know yet; Bo takes the lead."""
    await office.ada.types("/incident declare")
    assert await office.ada.submits(title=TITLE, severity="SEV1", service="checkout") == {}
    assert await office.ada.modals() == []
    assert "lead" in (await office.bo.types("/incident lead 1")).lower()
    answer = await office.ada.types("/incident status 1 identified")
    assert ":warning:" not in answer


async def whole(office: Office) -> None:
    """All is there, and nothing twice."""
    assert await kit(office, PEOPLE) == WHOLE
    channel = await office.channel(await office.incident_channel())
    place = channel["id"]
    posts = [said(m) for m in await messages(office, place)]
    assert sum("changed the status" in post for post in posts) == 1, posts
    assert sum("is now" in post and "lead" in post for post in posts) == 1, posts
    assert "Identified" in str(await messages(office, place))
    assert "Identified" in str(channel["topic"])
    announcements = (await office.channel("incidents"))["id"]
    (announcement,) = [m for m in await messages(office, announcements) if m.get("bot_id")]
    assert "Identified" in said(announcement)
    replies = [said(m) for m in await messages(office, announcements, announcement["ts"])]
    assert sum("changed the status" in reply for reply in replies) == 1, replies
    told = [m for m in await office.bo.direct_messages() if "*Lead*" in said(m)]
    assert len(told) == 1, told
    timeline = await office.timeline()
    assert sorted(entry["number"] for entry in timeline) == list(range(1, len(timeline) + 1))
    assert sum(entry["kind"] == "channel" for entry in timeline) == 1
    assert ":warning:" not in said(await card_of(office))


async def card_of(office: Office) -> Json:
    place = (await office.channel(await office.incident_channel()))["id"]
    (card,) = [m for m in await messages(office, place) if find_element([m], "incident.more")]
    return card


async def failures(office: Office, kind: str = "failed") -> list[dict[str, Any]]:
    return [entry["data"] for entry in await office.timeline() if entry["kind"] == kind]


async def story(office: Office, call: str, fault: dict[str, Any]) -> list[dict[str, Any]]:
    """An incident while one call fails, and after; returns what stood on the timeline as failed meanwhile."""
    await ordered(office, call, fault)
    await declared(office)
    await office.passes(seconds=4)
    await office.passes(seconds=100)
    failed = await failures(office)
    if call not in WITHOUT_CARD and {entry["what"] for entry in failed} - set(await mended(office)):
        assert "Tocsin keeps trying." in str(await card_of(office))
    await office.no_faults()
    for _ in range(3):
        await office.passes(minutes=7)
    await whole(office)
    assert set(await mended(office)) == {entry["what"] for entry in failed}
    return failed


async def mended(office: Office) -> list[str]:
    return [entry["what"] for entry in await failures(office, "mended")]


def about(call: str, failed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    what = CALLS[call][1]
    return [entry for entry in failed if what in entry["what"]]


@pytest.mark.parametrize(("call", "way"), EVERY_WAY)
async def test_a_call_that_fails_holds_up_nothing_and_is_mended(office: Office, call: str, way: str) -> None:
    failed = await story(office, call, WAYS[way])
    if call == "account":
        assert failed == []  # nobody on the timeline needs to know
    elif way not in QUIET_WAYS and not (call == "answer" and way == "garbage"):
        assert about(call, failed), failed
        assert all(entry["mend"] and entry["problem"] for entry in failed)
    assert len({entry["what"] for entry in failed}) == len(failed), "each failure is told once"


@pytest.mark.parametrize(("call", "code"), EVERY_CODE)
async def test_a_refusal_is_told_with_its_mend(office: Office, call: str, code: str) -> None:
    failed = await story(office, call, {"kind": "error", "error": code})
    mend = CODES[call][code]
    if mend:
        assert any(mend in entry["mend"] for entry in about(call, failed)), failed
