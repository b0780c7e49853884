"""Slack fails, call by call, in every way it can: the rest goes on, people read what to do, a retry mends it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from bot.incidents.rows import Incident
from bot.views.card import card_text
from playground.people import BOT_USER
from tests.acceptance.changes import impatient, members_unread
from tests.acceptance.faults import ways
from tests.acceptance.kit import WHOLE, kit, messages
from tests.acceptance.office import Json, Office, find_element, open_office, said
from tests.databases import PostgresCluster, SqliteFiles

TITLE = "Checkout is down"
PEOPLE = ("U01ADA", "U01BO")


def patience(way: str) -> dict[str, Any]:
    """Only where a call hangs: on a busy machine a good answer may take its time."""
    return {"change": impatient if "hang" in way else members_unread}


@pytest.fixture
async def office(request: pytest.FixtureRequest, sqlite_files: SqliteFiles) -> AsyncIterator[Office]:
    """With a SQLite file: that Postgres behaves alike is told by a spread of the cases."""
    way = request.node.callspec.params.get("way", "")
    async with sqlite_files.one() as url, open_office(url, **patience(way)) as office:
        yield office


@pytest.fixture
async def on_postgres(
    request: pytest.FixtureRequest, postgres_cluster: PostgresCluster
) -> AsyncIterator[Office]:
    way = request.node.callspec.params.get("way", "")
    async with postgres_cluster.one() as url, open_office(url, **patience(way)) as office:
        yield office


@pytest.fixture
async def on_both(database_url: str) -> AsyncIterator[Office]:
    async with open_office(database_url, change=impatient) as office:
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

WAYS = ways(hang=2)

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
# On Postgres each call fails in two of the ways, and each way comes at least twice.
SPREAD = [(call, list(WAYS)[(n * 4 + k) % len(WAYS)]) for n, call in enumerate(CALLS) for k in (0, 3)]
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
    waiting = {entry["what"] for entry in failed} - set(await mended(office))
    if call not in WITHOUT_CARD and waiting:
        card = said(await card_of(office)).lower()
        assert all(what.lower() in card for what in waiting), (waiting, card)
        assert "tocsin keeps trying" in card
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


async def fails_and_is_mended(office: Office, call: str, way: str) -> None:
    failed = await story(office, call, WAYS[way])
    if call == "account":
        assert failed == []  # nobody on the timeline needs to know
    elif way not in QUIET_WAYS and not (call == "answer" and way == "garbage"):
        assert about(call, failed), failed
        assert all(entry["mend"] and entry["problem"] for entry in failed)
    assert len({entry["what"] for entry in failed}) == len(failed), "each failure is told once"


@pytest.mark.parametrize(("call", "way"), EVERY_WAY)
async def test_a_call_that_fails_holds_up_nothing_and_is_mended(office: Office, call: str, way: str) -> None:
    await fails_and_is_mended(office, call, way)


@pytest.mark.parametrize(("call", "way"), SPREAD)
async def test_the_same_on_postgres(on_postgres: Office, call: str, way: str) -> None:
    await fails_and_is_mended(on_postgres, call, way)


@pytest.mark.parametrize(("call", "code"), EVERY_CODE)
async def test_a_refusal_is_told_with_its_mend(office: Office, call: str, code: str) -> None:
    failed = await story(office, call, {"kind": "error", "error": code})
    mend = CODES[call][code]
    if mend:
        assert any(mend in entry["mend"] for entry in about(call, failed)), failed


# -- all of Slack ----------------------------------------------------------------------------------------


async def test_while_slack_is_dead_declaring_works_and_later_all_is_made(on_both: Office) -> None:
    office = on_both
    await office.post("/faults/dead")
    answer = await office.ada.types("/incident declare sev1 Checkout is down")
    assert "SEV1 #1" in answer
    assert "channel is being made" in answer
    assert ":warning:" not in await office.bo.types("/incident status 1 identified")
    await office.passes(minutes=20)
    assert about("channel", await failures(office))
    assert "#1" in await office.cleo.types("/incident list")

    await office.post("/faults/alive")
    for _ in range(3):
        await office.passes(minutes=3)
    assert {**await kit(office, ("U01ADA",)), "bookmarks": WHOLE["bookmarks"]} == WHOLE
    assert "Identified" in said(await card_of(office))
    assert f"<#{(await office.channel('inc-1-checkout-is-down'))['id']}>" in await office.ada.is_told()
    assert {entry["what"] for entry in await failures(office)} == set(await mended(office))


async def test_a_slow_slack_delays_and_doubles_nothing(database_url: str) -> None:
    async with open_office(database_url) as office:
        await office.fault("*", "slow", seconds=0.2)
        await office.fault("response_url", "slow", seconds=0.2)
        answer = await office.ada.types("/incident declare sev1 Checkout is down", settle=False)
        assert "SEV1 #1" in answer
        assert ":warning:" not in await office.bo.types("/incident status 1 identified", settle=False)
        assert ":warning:" not in await office.bo.types("/incident severity 1 sev2", settle=False)
        assert ":warning:" not in await office.bo.types("/incident severity 1 sev1", settle=False)
        await office.settled()
        await office.passes(seconds=4)
        assert {**await kit(office, ("U01ADA",)), "bookmarks": WHOLE["bookmarks"]} == WHOLE
        assert "Identified" in said(await card_of(office))
        assert await failures(office) == []


async def test_a_slack_that_answers_too_late_each_time_gets_nothing_twice(on_both: Office) -> None:
    """Every call arrives, and no answer is ever in time."""
    office = on_both
    for method in ("conversations.create", "chat.postMessage", "bookmarks.add", "pins.add"):
        await office.fault(method, "hang_after", seconds=2)
    await declared(office)
    for _ in range(6):
        await office.passes(seconds=30)
    await office.no_faults()
    await office.passes(minutes=10)
    await whole(office)


async def until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not so():  # noqa: ASYNC110 - the playground has no event for it
            await asyncio.sleep(0.005)


# -- doubts ----------------------------------------------------------------------------------------------


async def test_a_card_in_flight_and_a_newer_one_make_one_card(on_both: Office) -> None:
    """The card fails so often that it lets others pass; while it is tried again, a change asks for it anew."""
    office = on_both
    await ordered(office, "card", {"kind": "drop", "times": 3})
    await ordered(office, "card", {"kind": "hang_after", "seconds": 2, "after": 0})
    await office.ada.types("/incident declare sev1 Checkout is down")
    for seconds in (2, 3):
        await office.passes(seconds=seconds)
    office.clock.advance(seconds=5)  # its fourth attempt begins and hangs
    office.app.engine.wake()
    await office.bo.types("/incident severity 1 sev2", settle=False)
    await office.bo.types("/incident severity 1 sev1", settle=False)
    await office.settled()
    await office.no_faults()
    for _ in range(2):
        await office.passes(minutes=5)
    assert {**await kit(office, ("U01ADA",)), "bookmarks": WHOLE["bookmarks"]} == WHOLE


async def test_when_slack_does_not_let_us_look_people_are_told_how_to_mend_it(on_both: Office) -> None:
    office = on_both
    await office.fault("chat.postMessage", "drop_after", match={"channel": "#incidents"}, times=1)
    await office.fault("conversations.list", "error", error="missing_scope")
    await office.ada.types("/incident declare sev1 Checkout is down")
    await office.passes(seconds=5)
    assert any("tocsin manifest" in entry["mend"] for entry in await failures(office))
    await office.no_faults()
    await office.passes(minutes=6)
    assert (await kit(office, ("U01ADA",)))["announcements"] == 1
    assert await mended(office) == ["announcing the incident in #incidents"]


@pytest.mark.parametrize("late", ["card", "announcement", "reply", "role"])
async def test_a_call_that_arrives_after_everybody_looked_leaves_nothing_twice(
    on_both: Office, late: str
) -> None:
    """Its connection was closed long ago, and its message was looked for and sent again; then Slack carries it out."""
    office = on_both
    if late in ("card", "announcement"):
        await ordered(office, late, {"kind": "pause", "times": 1})
    await office.ada.types("/incident declare sev1 Checkout is down")
    await office.passes(seconds=4)
    await office.finn.types("/page ack")  # nobody else is rung, however much time passes
    if late == "reply":
        announcements = (await office.channel("incidents"))["id"]
        (announced,) = [m for m in await messages(office, announcements) if m.get("bot_id")]
        await office.fault("chat.postMessage", "pause", times=1, match={"thread_ts": announced["ts"]})
    elif late == "role":
        to_ada = office.playground.workspace.im(BOT_USER, office.ada.id)
        await office.fault("chat.postMessage", "pause", times=1, match={"channel": to_ada.id})
    await office.ada.types("/incident status 1 identified")
    await office.ada.types("/incident lead 1")
    for _ in range(3):
        await office.passes(seconds=5)
    assert any(fault.waiting for fault in office.playground.faults), "nothing is late"
    before = posted(office)

    await office.no_faults()  # what was held is carried out now
    await until(lambda: len(posted(office)) == len(before) + 1)
    await office.passes(seconds=31)
    assert posted(office) == before
    await office.passes(minutes=5)
    assert posted(office) == before


def posted(office: Office) -> set[tuple[str, str]]:
    """Place and time of every message of the bot, those in threads and in private included."""
    return {
        (channel.id, ts)
        for channel in office.playground.workspace.channels.values()
        for ts, message in channel.messages.items()
        if message.author == BOT_USER
    }


async def test_a_call_that_outlives_its_claim_is_written_down_once(on_both: Office) -> None:
    """Time leaps while a call is under way: the row is taken over, looked for and found; the late one yields."""
    office = on_both
    pause = await office.fault("conversations.create", "pause_after", times=1)
    await office.ada.types("/incident declare sev1 Checkout is down", settle=False)
    await until(lambda: any(fault.waiting for fault in office.playground.faults))
    office.clock.advance(seconds=10)
    office.app.engine.wake()
    await until(
        lambda: any(call.method == "users.conversations" for call in office.playground.calls.since(0, None))
    )
    async with office.http.delete(f"{office.playground.url}/faults/{pause['id']}"):
        pass
    await office.settled()
    await office.passes(seconds=4)
    assert {**await kit(office, ("U01ADA",)), "bookmarks": WHOLE["bookmarks"]} == WHOLE
    assert sum(entry["kind"] == "channel" for entry in await office.timeline()) == 1


async def test_many_calls_told_to_wait_at_once(database_url: str) -> None:
    """Ten incidents run into one rate limit at the same moment."""
    async with open_office(database_url) as office:
        await office.fault("conversations.create", "ratelimited", retry_after=20)
        declaring = (
            office.ada.types(f"/incident declare sev1 Broken {n}", settle=False) for n in range(1, 11)
        )
        await asyncio.gather(*declaring)
        await office.settled()
        await office.passes(seconds=15)
        await office.no_faults()
        for _ in range(3):
            await office.passes(seconds=21)
        for number in range(1, 11):
            found = await kit(office, ("U01ADA",), number)
            assert {**found, "bookmarks": WHOLE["bookmarks"]} == WHOLE
            problems = {
                entry["data"]["problem"]
                for entry in await office.timeline(number)
                if entry["kind"] == "failed"
            }
            assert problems <= {"ratelimited"}
