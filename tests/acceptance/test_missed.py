"""The bot is away, and people go on: what they pin, mark, edit and delete meanwhile stands on the timeline when it is back,
in its place, as if it had been there.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import aiohttp
import pytest

from bot.config import load
from bot.core.db import Database
from bot.delivery import missed
from bot.reading import incidents as reading
from bot.reading.timelines import verified
from playground import posting
from tests.acceptance.changes import impatient, paced
from tests.acceptance.faults import ways
from tests.acceptance.office import Json, Office, open_office, said, until, write_config
from tests.acceptance.pages import pages_of
from tests.acceptance.process import FarOffice, far_bot, finished
from tests.databases import PostgresCluster, SqliteFiles

# Of a channel that is read in several pages.
PAGE = 5
CALLS = ("pins.list", "conversations.history", "conversations.replies")
WAYS = ways(hang=2)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missed, "PAGE", PAGE)


@asynccontextmanager
async def away(office: Office, **settings: str) -> AsyncIterator[None]:
    """The bot is stopped meanwhile; it is there again, and has read what it missed, at the end."""
    await office.stop_bot()
    yield
    await office.settled()
    await office.start_bot(**settings)
    await office.settled()


async def declared(office: Office) -> str:
    await office.ada.types("/incident declare sev1 Checkout is down")
    channel = await office.incident_channel()
    await office.bo.joins(channel)
    return channel


async def entries(office: Office, kind: str = "message", number: int = 1) -> list[Json]:
    return [entry for entry in await office.timeline(number) if entry["kind"] == kind]


async def words(office: Office, number: int = 1) -> list[str]:
    return [entry["data"]["text"] for entry in await entries(office, number=number)]


async def test_what_was_marked_while_the_bot_was_away_stands_in_its_place(office: Office) -> None:
    channel = await declared(office)
    before = await office.bo.types("The disk is full", channel)
    await office.ada.types("/incident note The first note", channel)
    async with away(office):
        pinned = await office.bo.types("It was the deploy", channel)
        reply = await office.ada.types("Rolled back", channel, thread_ts=before)
        await office.bo.types("Never marked", channel)
        await office.bo.pins(channel, pinned)
        await office.ada.reacts("pushpin", channel, before)
        await office.bo.reacts("round_pushpin", channel, reply)
        await office.bo.reacts("eyes", channel, pinned)

    kept = {entry["data"]["text"]: entry for entry in await entries(office)}
    assert sorted(kept) == ["It was the deploy", "Rolled back", "The disk is full"]
    for text, ts, author, by, how in (
        ("The disk is full", before, office.bo, office.ada, "reaction"),
        ("It was the deploy", pinned, office.bo, office.bo, "pin"),
        ("Rolled back", reply, office.ada, office.bo, "reaction"),
    ):
        entry = kept[text]
        assert abs(datetime.fromisoformat(entry["occurred_at"]).timestamp() - float(ts)) < 0.001
        assert (entry["author"], entry["data"]["kept_by"], entry["data"]["how"]) == (author.id, by.id, how)
    await office.ada.types("/incident timeline", channel)
    shown = said(await office.ada.modal())
    places = [shown.index(text) for text in ("The disk is full", "The first note", "It was the deploy")]
    assert places == sorted(places), "each where it happened, not where it was read"
    (proof,) = await verified(office.app.bot.db, 1)
    assert proof.broken is None


async def test_what_was_edited_or_deleted_meanwhile_is_amended(office: Office) -> None:
    channel = await declared(office)
    parent = await office.bo.types("Looking", channel)
    times = {
        text: await office.bo.types(text, channel, thread_ts=thread)
        for text, thread in (
            ("The cahce was full", None),
            ("Never mind", None),
            ("A replly", parent),
            ("A reply that goes", parent),
            ("As it was", None),
        )
    }
    for ts in times.values():
        await office.ada.reacts("pushpin", channel, ts)
    async with away(office):
        await office.bo.edits(channel, times["The cahce was full"], "The cache was full")
        await office.bo.deletes(channel, times["Never mind"])
        await office.bo.edits(channel, times["A replly"], "A reply")
        await office.bo.deletes(channel, times["A reply that goes"])

    assert sorted(await words(office)) == [
        "A reply",
        "A reply that goes",
        "As it was",
        "Never mind",
        "The cache was full",
    ]
    assert len(await entries(office, "message_edited")) == 2
    assert len(await entries(office, "message_deleted")) == 2


async def test_another_restart_adds_nothing(office: Office) -> None:
    channel = await declared(office)
    async with away(office):
        ts = await office.bo.types("It was the deploy", channel)
        await office.bo.pins(channel, ts)
        await office.ada.reacts("pushpin", channel, ts)
        await office.bo.edits(channel, ts, "It was the second deploy")
    once = await office.timeline()
    assert [e["data"]["text"] for e in once if e["kind"] == "message"] == ["It was the second deploy"]
    for _ in range(2):
        async with away(office):
            pass
        assert await office.timeline() == once


async def test_redacted_words_do_not_come_back(office: Office) -> None:
    channel = await declared(office)
    ts = await office.bo.types("The password is hunter22", channel)
    await office.ada.reacts("pushpin", channel, ts)
    (entry,) = await entries(office)
    await office.ada.types("/incident timeline", channel)
    view = await office.ada.modal()
    (block,) = [b for b in view["blocks"] if "hunter22" in said(b) and "accessory" in b]
    (option,) = [o for o in block["accessory"]["options"] if o["text"]["text"] == "Redact …"]
    click = {
        "container": {"view": view["id"]},
        "block_id": block["block_id"],
        "action_id": block["accessory"]["action_id"],
    }
    await office.ada.act("click", {**click, "value": option["value"]})
    assert await office.ada.submits(why="A password") == {}
    async with away(office):
        await office.bo.pins(channel, ts)
        await office.bo.edits(channel, ts, "The password was hunter22")
    assert "hunter22" not in str(await office.record())
    assert [e["number"] for e in await entries(office)] == [entry["number"]]


async def test_incidents_that_are_over_are_not_read(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types("/incident resolve Rolled back", channel)
    before = {method: len(await office.calls(method)) for method in ("pins.list", "conversations.history")}
    async with away(office):
        ts = await office.bo.types("It was the deploy", channel)
        await office.bo.pins(channel, ts)
    assert await entries(office) == []
    assert before == {
        method: len(await office.calls(method)) for method in ("pins.list", "conversations.history")
    }


async def test_a_private_incident_is_read_back_for_its_people(office: Office) -> None:
    await office.ada.types("/incident declare")
    assert await office.ada.submits(title="A leak", severity="SEV1", options=["private"]) == {}
    channel = await office.incident_channel()
    async with away(office):
        ts = await office.ada.types("It was the key", channel)
        await office.ada.pins(channel, ts)
    assert await words(office) == ["It was the key"]
    assert "It was the key" not in await office.finn.types("/ops search key")


async def test_what_only_guests_and_bots_marked_does_not_count(office: Office) -> None:
    channel = await declared(office)
    gil = await office.newcomer("gil", is_restricted=True)
    await office.ada.invites(gil, channel)
    async with away(office):
        by_guest = await office.bo.types("Marked by a guest", channel)
        by_both = await office.bo.types("Marked by both", channel)
        await gil.pins(channel, by_guest)
        await gil.reacts("pushpin", channel, by_both)
        await office.bo.reacts("pushpin", channel, by_both)
    await office.passes(minutes=2)  # nobody knew gil
    assert await words(office) == ["Marked by both"]
    (entry,) = await entries(office)
    assert entry["data"]["kept_by"] == office.bo.id


@pytest.mark.usefixtures("small_pages")
async def test_a_channel_of_many_pages_is_read_to_its_beginning(office: Office) -> None:
    channel = await declared(office)
    first = await office.bo.types("The oldest", channel)
    replies = [await office.bo.types(f"Reply {n}", channel, thread_ts=first) for n in range(2 * PAGE)]
    async with away(office):
        for number in range(2 * PAGE):
            await office.bo.types(f"Message {number}", channel)
        last = await office.bo.types("The newest", channel)
        for ts in (first, replies[-1], last):
            await office.ada.reacts("pushpin", channel, ts)
    assert await words(office) == ["The oldest", f"Reply {2 * PAGE - 1}", "The newest"]


@pytest.mark.usefixtures("small_pages")
async def test_a_cursor_that_slack_forgot_begins_anew(office: Office) -> None:
    channel = await declared(office)
    first = await office.bo.types("The oldest", channel)
    async with away(office):
        for number in range(2 * PAGE):
            await office.bo.types(f"Message {number}", channel)
        await office.ada.reacts("pushpin", channel, first)
        await office.fault("conversations.history", "error", error="invalid_cursor", after=1, times=1)
    await office.passes(seconds=10)
    assert await words(office) == ["The oldest"]
    assert await entries(office, "failed") == []


async def seconds_pass(office: Office, count: int) -> None:
    """One tick after the other, as in real life."""
    for _ in range(count):
        await office.passes(seconds=1)


async def marked_while_away(office: Office, channel: str, *, fault: Json | None = None, on: str = "") -> None:
    """A pin, a mark and a mark in a thread, while the bot is away; `fault` strikes what reads them back."""
    before = await office.bo.types("The disk is full", channel)
    async with away(office):
        for text, thread in (("Pinned", None), ("Marked", None), ("A reply", before)):
            ts = await office.bo.types(text, channel, thread_ts=thread)
            if text == "Pinned":
                await office.bo.pins(channel, ts)
            else:
                await office.bo.reacts("pushpin", channel, ts)
        if fault is not None:
            await office.fault(on, **fault)


async def fails_and_is_mended(office: Office, call: str, fault: Json) -> list[Json]:
    channel = await declared(office)
    await marked_while_away(office, channel, fault=fault, on=call)
    await office.passes(seconds=100)
    failed = [entry["data"] for entry in await entries(office, "failed")]
    await office.no_faults()
    for _ in range(3):
        await office.passes(minutes=7)
    assert await words(office) == ["Pinned", "Marked", "A reply"]
    assert len(await entries(office, "failed")) == len(await entries(office, "mended"))
    return failed


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("call", CALLS)
async def test_a_call_that_fails_is_made_again(sqlite_files: SqliteFiles, call: str, way: str) -> None:
    async with sqlite_files.one() as url, open_office(url, change=impatient) as office:
        await fails_and_is_mended(office, call, WAYS[way])


@pytest.mark.parametrize(
    ("call", "way"), [(CALLS[n % len(CALLS)], way) for n, way in enumerate(WAYS) if n % 2 == 0]
)
async def test_the_same_on_postgres(postgres_cluster: PostgresCluster, call: str, way: str) -> None:
    async with postgres_cluster.one() as url, open_office(url, change=impatient) as office:
        await fails_and_is_mended(office, call, WAYS[way])


@pytest.mark.parametrize(
    ("call", "code", "mend"),
    [
        ("pins.list", "missing_scope", "tocsin manifest"),
        ("conversations.history", "channel_not_found", "/invite"),
        ("conversations.history", "not_in_channel", "/invite"),
        ("conversations.replies", "missing_scope", "tocsin manifest"),
    ],
)
async def test_a_refusal_is_told_with_its_mend(office: Office, call: str, code: str, mend: str) -> None:
    failed = await fails_and_is_mended(office, call, {"kind": "error", "error": code})
    reading_back = [entry for entry in failed if "reading back" in entry["what"]]
    assert reading_back
    assert all(mend in entry["mend"] for entry in reading_back)


async def test_a_thread_that_was_deleted_meanwhile_is_none(office: Office) -> None:
    channel = await declared(office)
    await marked_while_away(
        office, channel, fault={"kind": "error", "error": "thread_not_found"}, on="conversations.replies"
    )
    assert await words(office) == ["Pinned", "Marked"]
    assert await entries(office, "failed") == []


async def test_a_new_configuration_reads_nothing_back(office: Office) -> None:
    await declared(office)
    before = len(await office.calls("pins.list"))
    office.app.use(office.config)
    await office.passes(seconds=5)
    assert len(await office.calls("pins.list")) == before


@pytest.mark.usefixtures("small_pages")
async def test_it_keeps_to_slacks_limits_and_a_page_does_not_wait_for_it(database_url: str) -> None:
    async with open_office(database_url, change=paced) as office:
        channel = await declared(office)
        async with away(office):
            for number in range(20 * PAGE):
                ts = await office.bo.types(f"Message {number}", channel)
                if number % PAGE == 0:
                    await office.bo.reacts("pushpin", channel, ts)
            await office.limits_hold()
        assert len(await words(office)) < 20, "there is no room for all of it yet"
        await office.ada.types("/page cleo Disk is full")
        assert "Disk is full" in await pages_of(office.cleo), "at once, as ever"
        live = await office.bo.types("Marked now", channel)
        await office.ada.reacts("pushpin", channel, live)
        await seconds_pass(office, 15)
        assert "Marked now" in await words(office), "it does not wait behind all the others"
        await seconds_pass(office, 190)
        assert len(await words(office)) == 21
        calls = (await office.get("/calls"))["calls"]
        assert [call["method"] for call in calls if call["status"] == 429] == []


async def test_killed_in_the_midst_it_goes_on(durable_url: str, tmp_path: Path) -> None:
    config = tmp_path / "app.yaml"
    write_config(config, delivery={"read_members": False, "slack_timeout": "5s", "lease": "6s"})
    env = {"TOCSIN_CONFIG": str(config), "TOCSIN_DATABASE_URL": durable_url, "TOCSIN_LOG_LEVEL": "warning"}
    async with far_bot(tmp_path, **env) as (playground, bot), aiohttp.ClientSession() as http:
        office = FarOffice(playground, http, durable_url, load(config))
        database = Database(durable_url)
        await office.ada.types("/incident declare sev1 Checkout is down")
        await finished(database)
        channel = playground.workspace.channels[(await office.channel(await office.incident_channel()))["id"]]
        await bot.kill()
        for number in range(450):
            body = posting.person_body(playground.workspace, office.ada.id, f"Message {number}")
            message = posting.post(playground.workspace, channel, office.ada.id, body)
            if number % 100 == 0:
                posting.react(playground.workspace, channel, message, office.ada.id, "pushpin")
        for struck in ("conversations.history", "chat.getPermalink"):
            await office.fault(struck, "hang", after=1, times=1, seconds=30)
            await bot.start()
            await bot.is_up()
            async with asyncio.timeout(60):
                while not any(fault.waiting for fault in playground.faults):  # noqa: ASYNC110 - there is no event for it
                    await asyncio.sleep(0.01)
            await bot.kill()
            await office.no_faults()
        await bot.start()
        await bot.is_up()
        await finished(database)
        told, _ = await reading.incident(database, 1, office.config)
        kept = [entry["data"]["text"] for entry in told["timeline"] if entry["kind"] == "message"]
        assert kept == [f"Message {number}" for number in range(0, 450, 100)]
        (proof,) = await verified(database, 1)
        assert proof.broken is None
        await database.close()
        assert "Traceback" not in bot.said()


async def test_a_new_connection_of_socket_mode_reads_back(database_url: str) -> None:
    async with open_office(database_url, slack_app_token="xapp-playground") as office:
        channel = await declared(office)
        ts = await office.bo.types("It was the deploy", channel)
        await office.fault("reaction_added", "event_lost")
        await office.ada.reacts("pushpin", channel, ts)
        assert await entries(office) == []
        await office.no_faults()
        before = len(await office.calls("pins.list"))
        for connection in list(office.playground.sockets.open):
            await connection.socket.close()
        await until(office, lambda: office.playground.sockets.connected)
        await office.passes(seconds=2)
        assert await words(office) == ["It was the deploy"]
        assert len(await office.calls("pins.list")) == before + 1
