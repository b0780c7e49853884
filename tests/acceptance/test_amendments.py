"""Amending the timeline: notes at their own time, corrections, new times, hiding, redaction, and what Slack changes."""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from bot.core.viewer import PROGRAM, Viewer
from bot.delivery.record import FORMS, record_of
from bot.incidents.queries import by_number
from bot.reading.timelines import verified
from playground import membership
from tests.acceptance.office import Json, Office, Person, find_element, said


async def declared(office: Office) -> str:
    """An incident with Ada and Bo in its channel, whose name is returned."""
    await office.ada.types("/incident declare sev1 Checkout is down")
    channel = await office.incident_channel()
    await office.bo.joins(channel)
    return channel


async def entry_of(office: Office, kind: str) -> Json:
    """The newest entry of a kind."""
    return [entry for entry in await office.timeline() if entry["kind"] == kind][-1]


async def opens(person: Person, number: int, label: str, channel: str, *, of: str = "") -> None:
    """Chooses from the menu beside an entry."""
    await person.types(f"/incident timeline {of}".strip(), channel)
    view = await person.modal()
    for block in view["blocks"]:
        menu = block.get("accessory") or {}
        for option in menu.get("options", ()):
            if option["text"]["text"] == label and f":{number}." in option["value"]:
                where = {"container": {"view": view["id"]}, "block_id": block["block_id"]}
                await person.act("click", {**where, "action_id": menu["action_id"], "value": option["value"]})
                return
    raise AssertionError(f"entry {number} has no “{label}”")


async def amends(person: Person, number: int, label: str, channel: str, **values: Any) -> Json:
    """Sends the form of a choice beside an entry; returns its errors."""
    await opens(person, number, label, channel)
    return await person.submits(**values)


async def read_by_all(office: Office, channel: str) -> str:
    """What stands in a channel, without the answers that one person sees."""
    return "\n".join(said(m) for m in await office.ada.messages(channel) if not m["ephemeral"])


async def holds(office: Office) -> bool:
    """Whether the chain of the incident holds."""
    (found,) = await verified(office.app.bot.db, 1)
    assert found.broken is None, found.words()
    return True


async def everything(office: Office) -> str:
    """All that the tables hold that could hold words."""
    async with office.app.bot.db.read() as session:
        found = []
        for table in (
            "timeline_entry",
            "search_text",
            "outbox",
            "review_version",
            "incident_task",
            "incident_link",
        ):
            rows = await session.execute(text(f"SELECT * FROM {table}"))
            found += [str(tuple(row)) for row in rows]
    return "\n".join(found)


# -- times of their own ----------------------------------------------------------------------------------


async def test_a_note_with_a_time_stands_where_it_happened(office: Office) -> None:
    channel = await declared(office)
    answer = await office.ada.types("/incident note 20m ago deploy started", channel)
    assert "your note stands on the timeline, at" in answer

    note = await entry_of(office, "note")
    occurred, recorded = (datetime.fromisoformat(note[name]) for name in ("occurred_at", "recorded_at"))
    assert note["data"]["text"] == "deploy started"
    assert timedelta() <= recorded - occurred - timedelta(minutes=20) < timedelta(seconds=9)
    await office.ada.types("/incident timeline", channel)
    shown = said(await office.ada.modal())
    assert shown.index("deploy started") < shown.index("declared this")
    assert await holds(office)


async def test_a_note_of_the_future_is_refused(office: Office) -> None:
    channel = await declared(office)
    tomorrow = (office.clock.now() + timedelta(days=1)).strftime("%Y-%m-%d 09:00")
    assert "still to come" in await office.ada.types(f"/incident note {tomorrow} deploy", channel)
    assert "note" not in [entry["kind"] for entry in await office.timeline()]


# -- by people -------------------------------------------------------------------------------------------


async def test_a_correction_says_what_is_true_and_keeps_what_was_said(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types("/incident note The cahce was full", channel)
    number = (await entry_of(office, "note"))["number"]
    assert (
        await amends(office.ada, number, "Correct …", channel, text="The cache was full", why="A typo") == {}
    )

    (timeline,) = await office.ada.modals()  # nothing of before lies beneath it
    shown = said(timeline)
    assert (
        f"noted: The cache was full (corrected by {office.ada.shown}: A typo; at first “The cahce was full”)"
        in shown
    )
    note = await entry_of(office, "note")
    assert note["data"]["text"] == "The cache was full"
    assert (await entry_of(office, "corrected"))["data"]["entry"] == number
    assert await holds(office)
    found = await office.ada.types("/ops search cache", channel)
    assert "The *cache* was full" in found
    assert "nothing" in (await office.ada.types("/ops search cahce", channel)).lower()


async def test_an_entry_is_moved_to_when_it_happened(office: Office) -> None:
    channel = await declared(office)
    await office.passes(minutes=30)
    await office.ada.types("/incident note deploy started", channel)
    number = (await entry_of(office, "note"))["number"]
    earlier = int((office.clock.now() - timedelta(minutes=50)).timestamp())
    later = int((office.clock.now() + timedelta(minutes=50)).timestamp())
    errors = await amends(office.ada, number, "Change the time …", channel, when=later, why="x")
    assert "still to come" in errors["when"]
    assert await office.ada.submits(when=earlier, why="It was then") == {}
    shown = said(await office.ada.modal())
    assert shown.index("deploy started") < shown.index("declared this")
    assert await holds(office)


async def test_a_hidden_entry_is_folded_with_who_and_why_and_can_be_shown_again(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types("/incident note It was Bo's fault", channel)
    number = (await entry_of(office, "note"))["number"]
    await amends(office.ada, number, "Hide …", channel, why="Not true")
    shown = said(await office.ada.modal())
    assert f"Entry {number} is hidden: hidden by {office.ada.shown}: Not true" in shown
    assert "fault" not in shown
    await amends(office.ada, number, "Show again …", channel, why="It was")
    assert "fault" in said(await office.ada.modal())
    assert await holds(office)


async def test_a_redaction_takes_the_words_away_for_good_and_the_chain_holds(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types("/incident note The password is hunter22", channel)
    number = (await entry_of(office, "note"))["number"]
    await amends(office.ada, number, "Correct …", channel, text="The passwort was hunter22", why="Tense")
    await amends(office.ada, number, "Redact …", channel, why="A password")

    shown = said(await office.ada.modal())
    assert "(redacted)" in shown
    assert f"redacted by {office.ada.shown}: A password" in shown
    assert "hunter22" not in shown
    assert "hunter22" not in await everything(office)
    assert "hunter22" not in json.dumps(await office.record())
    assert await holds(office)
    assert not find_element([(await office.ada.modal())], "Redact …")


async def test_others_may_not_correct_and_the_scribe_may(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types("/incident note Mine", channel)
    number = (await entry_of(office, "note"))["number"]
    await opens(office.bo, number, "Correct …", channel)
    assert "the lead or the scribe" in said(await office.bo.modal())
    await office.bo.closes()
    await office.bo.types("/incident scribe", channel)
    await amends(office.bo, number, "Correct …", channel, text="Ours", why="Shared")
    assert (await entry_of(office, "corrected"))["author"] == office.bo.id


async def test_who_does_not_take_part_may_not_hide(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types("/incident note Mine", channel)
    number = (await entry_of(office, "note"))["number"]
    await opens(office.finn, number, "Hide …", "general", of="1")
    assert "hide or redact" in said(await office.finn.modal())
    assert "hidden" not in [entry["kind"] for entry in await office.timeline()]


async def test_a_redacted_word_is_in_no_form_of_the_record(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types("/incident note The password is hunter22 <b>", channel)
    number = (await entry_of(office, "note"))["number"]
    await amends(office.ada, number, "Redact …", channel, why="A password")
    async with office.app.bot.db.read() as session:
        incident = await by_number(session, 1, PROGRAM)
        for form in FORMS:
            record = await record_of(session, incident, form, office.config, PROGRAM)
            assert "hunter22" not in record
            assert "A password" in record
    assert "direct messages" in await office.ada.types("/incident export html", channel)
    (sent,) = [file["name"] for m in await office.ada.direct_messages() for file in m.get("files", ())]
    assert sent.endswith(".html")


async def test_every_form_of_the_record_has_tasks_links_and_what_belongs_to_it(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types("/incident task @bo Roll back <b>", channel)
    await office.ada.types("/incident task Write it down", channel)
    await office.ada.types("/incident link https://example.com/board Dashboard", channel)
    await office.bo.types("/incident declare sev3 Search is slow")
    await office.ada.types("/incident declare")
    assert await office.ada.submits(title="A leak", severity="SEV1", options=["private"]) == {}
    for other in (2, 3):
        assert ":warning:" not in await office.ada.types(f"/incident relate 1 {other}")
    assert ":warning:" not in await office.bo.types("/incident close 2 cancelled")
    async with office.app.bot.db.read() as session:
        incident = await by_number(session, 1, PROGRAM)

        async def record(form: str, reader: Person) -> str:
            return await record_of(session, incident, form, office.config, Viewer(reader.id))

        for form in ("md", "html"):
            told = await record(form, office.bo)
            assert "Roll back &lt;b&gt; · open, @bo" in told
            assert "Write it down · open, nobody" in told
            assert "https://example.com/board" in told.split("Timeline")[1 if form == "html" else 0]
            assert "#2 Search is slow · related" in told
            assert "A leak" not in told, "bo does not take part in it"
            assert "#3 A leak · related" in await record(form, office.ada)
        data = json.loads(await record("json", office.bo))
    assert [task["title"] for task in data["tasks"]] == ["Roll back <b>", "Write it down"]
    assert data["tasks"][0]["owner"] == office.bo.id
    assert [(link["url"], link["name"]) for link in data["links"]] == [
        ("https://example.com/board", "Dashboard")
    ]
    assert [one["number"] for one in data["related"]] == [2]


async def test_what_was_posted_of_an_amended_entry_says_so_in_slack_too(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types("/incident update The password is hunter22", channel)
    number = (await entry_of(office, "update"))["number"]
    (announced,) = [m for m in await office.ada.messages("incidents") if m.get("bot_id")]

    async def posted() -> str:
        thread = await office.ada.messages("incidents", announced["ts"])
        everywhere = (await office.ada.messages(channel), await office.ada.messages("incidents"), thread)
        return "\n".join(said(message) for messages in everywhere for message in messages)

    assert (await posted()).count("hunter22") >= 3, "in the channel, on the card, under the announcement"
    await amends(office.ada, number, "Correct …", channel, text="The passwort is hunter22", why="Tense")
    assert (await posted()).count("corrected by") >= 2
    await amends(office.ada, number, "Redact …", channel, why="A password")
    assert "hunter22" not in await posted()
    assert (await posted()).count("redacted by") >= 2


async def test_what_somebody_deleted_in_slack_need_not_be_brought_up_to_date(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types("/incident update The password is hunter22", channel)
    number = (await entry_of(office, "update"))["number"]
    await office.fault("chat.update", "error", error="message_not_found", times=None)
    await amends(office.ada, number, "Redact …", channel, why="A password")
    await office.no_faults()
    assert "failed" not in [entry["kind"] for entry in await office.timeline()]


async def test_in_an_archived_channel_a_correction_waits_for_nothing_and_a_redaction_says_so(
    office: Office,
) -> None:
    channel = await declared(office)
    await office.ada.types("/incident update The password is hunter22", channel)
    number = (await entry_of(office, "update"))["number"]
    await office.ada.types("/incident close cancelled", channel)
    workspace = office.playground.workspace
    place = workspace.channels[(await office.channel(channel))["id"]]
    membership.archive(workspace, place, by=office.ada.id, archived=True)
    await office.settled()
    await opens(office.ada, number, "Correct …", "general", of="1")
    assert await office.ada.submits(text="The passwort is hunter22", why="Tense") == {}
    await office.ada.closes()
    assert "failed" not in [entry["kind"] for entry in await office.timeline()]
    await opens(office.ada, number, "Redact …", "general", of="1")
    assert await office.ada.submits(why="A password") == {}
    failed = (await entry_of(office, "failed"))["data"]
    assert "bringing a post up to date" in failed["what"]
    assert "Unarchive" in failed["mend"]


async def test_a_redaction_reaches_the_task_its_other_entries_and_its_posts(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types("/incident task Rotate hunter22", channel)
    await office.bo.types("/incident tasks", channel)
    await office.bo.clicks("Take")
    await office.bo.clicks("Done")
    added = next(entry for entry in await office.timeline() if entry["kind"] == "task")
    assert "hunter22" in await read_by_all(office, channel)
    await amends(office.ada, added["number"], "Redact …", channel, why="A password")

    assert "hunter22" not in await everything(office)
    assert "hunter22" not in await read_by_all(office, channel)
    assert "hunter22" not in said(await office.bo.home())
    await office.bo.closes()
    await office.bo.types("/incident tasks", channel)
    assert "(redacted)" in said(await office.bo.modal())
    assert len([entry for entry in await office.timeline() if entry["kind"] == "redacted"]) == 1
    assert await holds(office)


async def test_a_redacted_link_is_no_link_any_more(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types("/incident link https://example.com/?token=hunter22", channel)
    await office.ada.types("/incident link https://example.com/other", channel)
    added = next(entry for entry in await office.timeline() if entry["kind"] == "link")
    await amends(office.ada, added["number"], "Redact …", channel, why="A token")
    assert "hunter22" not in await everything(office)
    assert "hunter22" not in await read_by_all(office, channel)
    await office.ada.closes()
    await office.ada.types("/incident link", channel)
    shown = str(await office.ada.modal())
    assert "hunter22" not in shown
    assert "example.com/other" in shown
    assert await holds(office)


async def test_who_changes_an_entry_in_the_database_is_found_out(office: Office) -> None:
    """Also where it is made to look like a redaction."""
    channel = await declared(office)
    await office.ada.types("/incident note Nobody looked", channel)
    number = (await entry_of(office, "note"))["number"]
    db = office.app.bot.db
    for change in (
        'data = \'{"text": "All looked"}\'',
        'data = \'{"text": "All looked"}\', salt = NULL',
        "occurred_at = recorded_at, author = 'U0X'",
    ):
        async with db.begin() as session:
            before = (
                await session.execute(
                    text(
                        f"SELECT data, salt, author, occurred_at FROM timeline_entry WHERE number = {number}"
                    )
                )
            ).one()
            await session.execute(text(f"UPDATE timeline_entry SET {change} WHERE number = {number}"))
        (found,) = await verified(db, 1)
        assert found.broken is not None
        assert found.broken.number == number
        async with db.begin() as session:
            await session.execute(
                text(
                    f"UPDATE timeline_entry SET data = :data, salt = :salt, author = :author, occurred_at = :at WHERE number = {number}"
                ),
                {
                    "data": before[0] if isinstance(before[0], str) else json.dumps(before[0]),
                    "salt": before[1],
                    "author": before[2],
                    "at": before[3],
                },
            )
    assert await holds(office)


# -- by Slack --------------------------------------------------------------------------------------------


async def test_an_edited_message_is_amended_and_a_deleted_one_marked(office: Office) -> None:
    channel = await declared(office)
    ts = await office.bo.types("The cahce was full", channel)
    await office.ada.reacts("pushpin", channel, ts)
    await office.bo.edits(channel, ts, "The cache was full")
    assert (await entry_of(office, "message"))["data"]["text"] == "The cache was full"
    edited = await entry_of(office, "message_edited")
    assert edited["author"] == office.bo.id

    await office.bo.deletes(channel, ts)
    await office.ada.types("/incident timeline", channel)
    shown = said(await office.ada.modal())
    assert "The cache was full (edited in Slack; deleted in Slack; at first “The cahce was full”)" in shown
    assert await holds(office)


async def test_a_message_that_is_on_no_timeline_may_be_edited_and_nothing_is_read_again(
    office: Office,
) -> None:
    channel = await declared(office)
    ts = await office.bo.types("Looking", channel)
    before = len(await office.calls("conversations.history"))
    await office.bo.edits(channel, ts, "Still looking")
    assert len(await office.calls("conversations.history")) == before


async def test_a_redacted_messages_words_do_not_come_back_by_an_edit(office: Office) -> None:
    channel = await declared(office)
    ts = await office.bo.types("The password is hunter22", channel)
    await office.ada.reacts("pushpin", channel, ts)
    number = (await entry_of(office, "message"))["number"]
    await amends(office.ada, number, "Redact …", channel, why="A password")
    await office.bo.edits(channel, ts, "The password was hunter22")
    assert "hunter22" not in await everything(office)
    assert await holds(office)
