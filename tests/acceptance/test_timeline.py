"""The timeline: what writes itself, what people keep, reading it, giving it out."""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from typing import Any

from bot.core.chain import first_broken
from bot.core.timeline import entries_of
from tests.acceptance.office import SAMPLE, Json, Office, said


async def declared(office: Office) -> str:
    """An incident with Ada and Bo in its channel, whose name is returned."""
    await office.ada.types("/incident declare sev1 Checkout is down")
    channel = await office.incident_channel()
    await office.bo.joins(channel)
    return channel


async def kept(office: Office) -> list[Json]:
    return [entry for entry in await office.timeline() if entry["kind"] == "message"]


async def is_chained(office: Office, number: int = 1) -> bool:
    async with office.app.bot.db.read() as session:
        entries = await entries_of(session, number)
    return first_broken(sorted(entries, key=lambda entry: entry.number)) is None


# -- what writes itself ----------------------------------------------------------------------------------


async def test_every_change_of_state_is_written_down_with_its_author(office: Office) -> None:
    channel = await declared(office)
    await office.bo.types("/incident lead", channel)
    await office.bo.types("/incident severity sev2 Only some", channel)
    await office.bo.types("/incident status identified", channel)
    await office.bo.types("/incident title Some cannot pay", channel)
    await office.bo.types("/incident summary Cards only", channel)
    await office.bo.types("/incident update Rolling back", channel)
    await office.bo.types("/incident resolve", channel)
    await office.ada.types("/incident status monitoring It is back", channel)
    await office.ada.types("/incident resolve", channel)
    await office.ada.types("/incident close", channel)

    entries = await office.acts()
    assert [entry["kind"] for entry in entries] == [
        *("declared", "channel", "joined", "role", "severity", "status", "title", "summary", "update"),
        *("resolved", "reopened", "resolved", "closed"),
    ]
    assert [entry["author"] for entry in entries[-4:]] == [office.bo.id] + [office.ada.id] * 3
    numbers = [entry["number"] for entry in await office.timeline()]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert await is_chained(office)


# -- what people keep ------------------------------------------------------------------------------------


async def test_a_pushpin_keeps_a_message_with_its_time_author_and_link(office: Office) -> None:
    channel = await declared(office)
    ts = await office.bo.types("The cache was full, <b> & all", channel)
    message = (await office.bo.messages(channel))[-1]
    await office.passes(minutes=20)
    await office.ada.reacts("pushpin", channel, ts)

    (entry,) = await kept(office)
    assert entry["author"] == office.bo.id
    assert entry["data"]["text"] == "The cache was full, <b> & all"
    assert entry["data"]["permalink"] == message["permalink"]
    assert datetime.fromisoformat(entry["occurred_at"]) == datetime.fromtimestamp(float(ts), UTC)
    assert datetime.fromisoformat(entry["recorded_at"]) > datetime.fromisoformat(entry["occurred_at"])
    assert await is_chained(office)


async def test_a_pin_and_the_message_shortcut_keep_a_message_too(office: Office) -> None:
    channel = await declared(office)
    pinned = await office.bo.types("Pinned", channel)
    chosen = await office.bo.types("Chosen", channel)
    await office.ada.pins(channel, pinned)
    await office.ada.uses_message_shortcut("keep", channel, chosen)

    assert [(e["data"]["text"], e["data"]["how"]) for e in await kept(office)] == [
        ("Pinned", "pin"),
        ("Chosen", "shortcut"),
    ]
    assert "Put on the timeline" in await office.ada.is_told(channel)


async def test_a_message_is_kept_once_however_often_it_is_marked(office: Office) -> None:
    channel = await declared(office)
    ts = await office.bo.types("The cache was full", channel)
    await office.fault("reaction_added", "event_twice")
    await office.ada.reacts("pushpin", channel, ts)
    await office.bo.reacts("round_pushpin", channel, ts)
    await office.ada.pins(channel, ts)
    await office.ada.uses_message_shortcut("keep", channel, ts)
    await office.bo.uses_message_shortcut("keep", channel, ts)

    assert len(await kept(office)) == 1


async def test_a_reply_in_a_thread_is_kept(office: Office) -> None:
    channel = await declared(office)
    parent = await office.bo.types("Who looks at the cache?", channel)
    for number in range(3):
        await office.ada.types(f"Answer {number}", channel, thread_ts=parent)
    reply = await office.ada.types("I do", channel, thread_ts=parent)
    await office.bo.reacts("pushpin", channel, reply)

    (entry,) = await kept(office)
    assert (entry["data"]["text"], entry["author"]) == ("I do", office.ada.id)


async def test_other_reactions_and_the_cards_own_pin_keep_nothing(office: Office) -> None:
    channel = await declared(office)
    ts = await office.bo.types("Looking", channel)
    await office.ada.reacts("eyes", channel, ts)
    assert await kept(office) == []


async def test_keeping_outside_an_incidents_channel_is_explained(office: Office) -> None:
    ts = await office.bo.types("Hello", "general")
    await office.ada.uses_message_shortcut("keep", "general", ts)
    assert "does not belong to an incident" in await office.ada.is_told()


# -- reading ---------------------------------------------------------------------------------------------


async def test_the_timeline_is_read_in_order_with_links(office: Office) -> None:
    channel = await declared(office)
    ts = await office.bo.types("The cache was full", channel)
    await office.passes(minutes=5)
    await office.ada.types("/incident status identified", channel)
    await office.passes(minutes=5)
    await office.ada.reacts("pushpin", channel, ts)

    for place, number in ((channel, ""), ("general", " 1")):
        await office.ada.types(f"/incident timeline{number}", place)
        shown = said(await office.ada.modal())
        assert shown.index("The cache was full") < shown.index("changed the status"), "by when it happened"
        assert "|message>" in shown


async def entries_shown(office: Office) -> list[str]:
    """The words of the entries that stand in the modal."""
    blocks = (await office.ada.modal())["blocks"]
    return [said(block) for block in blocks if block.get("accessory")]


async def test_a_long_timeline_is_paged_and_opens_on_a_full_page_of_the_newest(office: Office) -> None:
    channel = await declared(office)
    for number in range(45):
        await office.ada.types(f"/incident note Note {number:02}", channel, settle=False)
    await office.settled()

    await office.ada.types("/incident timeline", channel)
    newest = await entries_shown(office)
    assert ["Note 25" in newest[0], "Note 44" in newest[-1], len(newest)] == [True, True, 20]
    await office.bo.types("/incident note Note 45", channel)
    await office.ada.clicks("Older")
    assert "Note 05" in (await entries_shown(office))[0], "what comes in meanwhile moves nothing"
    await office.ada.clicks("Older")
    oldest = said(await office.ada.modal())
    total = len(await office.timeline())
    assert "declared this" in oldest
    assert f"1 to 20 of {total} entries" in oldest
    await office.ada.clicks("Newer")
    assert f"21 to 40 of {total} entries" in said(await office.ada.modal())
    await office.ada.clicks("Newer")
    assert "Note 45" in (await entries_shown(office))[-1]
    assert len(await office.ada.modals()) == 1


# -- giving it out ---------------------------------------------------------------------------------------


async def command_line(office: Office, *arguments: str) -> str:
    """What `tocsin …` prints, as the operator runs it beside the bot."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        env={**os.environ, "TOCSIN_DATABASE_URL": office.database_url, "TOCSIN_CONFIG": str(SAMPLE)},
        cwd=SAMPLE.parent,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


async def exported(office: Office, messages: list[Json]) -> str:
    """The file that came last into a direct message."""
    file = [file for message in messages for file in message.get("files", ())][-1]
    async with office.http.get(file["url_private"]) as response:
        assert response.status == 200
        return await response.text()


async def eventful(office: Office) -> None:
    channel = await declared(office)
    ts = await office.bo.types(f"{office.ada.mention} the cache was full", channel)
    await office.ada.reacts("pushpin", channel, ts)
    await office.bo.types("/incident lead", channel)
    await office.bo.types("/incident update Rolling back & waiting", channel)


async def test_the_button_sends_the_same_record_that_the_command_line_prints(office: Office) -> None:
    await eventful(office)
    await office.ada.types("/incident timeline 1")
    await office.ada.clicks("Export as Markdown")
    assert "direct messages" in said(await office.ada.modal())

    sent = await exported(office, await office.ada.direct_messages())
    printed = await command_line(office, "incident", "export", "1", "--format", "md")
    assert sent == printed
    for words in (
        "# Incident #1: Checkout is down",
        "@ada the cache was full",
        "@bo is now **lead**",
        "Rolling back &amp; waiting",
    ):
        assert words in printed


async def test_markdown_and_json_tell_the_same(office: Office) -> None:
    await eventful(office)
    data: dict[str, Any] = json.loads(
        await command_line(office, "incident", "export", "1", "--format", "json")
    )
    markdown = await command_line(office, "incident", "export", "1")

    assert data == await office.record()
    assert len([line for line in markdown.splitlines() if line.startswith("- 20")]) == len(data["timeline"])
    for entry in data["timeline"]:
        assert f"- {datetime.fromisoformat(entry['occurred_at']):%Y-%m-%d %H:%M:%S} UTC · " in markdown
    assert data["people"][office.bo.id] == "bo"
    told = "\n".join(entry["text"] for entry in data["timeline"])
    for words in ("@ada the cache was full", "@bo is now lead", "Rolling back & waiting"):
        assert words in told
    listed = json.loads(await command_line(office, "incident", "list", "--json"))
    assert [incident["title"] for incident in listed] == ["Checkout is down"]


async def test_export_by_command_comes_as_a_file_to_the_one_who_asked(office: Office) -> None:
    channel = await declared(office)
    assert "direct messages" in await office.bo.types("/incident export", channel)
    assert "# Incident #1" in await exported(office, await office.bo.direct_messages())
    assert not [m for m in await office.ada.direct_messages() if m.get("files")]
