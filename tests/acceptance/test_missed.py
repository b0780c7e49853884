"""The bot is away, and people go on: what they pin, mark, edit and delete meanwhile stands on the timeline when it is back,
in its place, as if it had been there.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from bot.record_reading import verified
from tests.acceptance.office import Json, Office, open_office, said, until

PAGE = 200


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


async def test_a_channel_of_many_pages_is_read_to_its_beginning(office: Office) -> None:
    channel = await declared(office)
    first = await office.bo.types("The oldest", channel)
    async with away(office):
        for number in range(2 * PAGE):
            await office.bo.types(f"Message {number}", channel)
        last = await office.bo.types("The newest", channel)
        for ts in (first, last):
            await office.ada.reacts("pushpin", channel, ts)
    assert await words(office) == ["The oldest", "The newest"]


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
