"""Redaction to its end: what reviews kept of the words, the value of a field, a title, and a task that a merge moved elsewhere."""

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from bot.config import Config, IncidentField
from bot.reading.timelines import verified
from playground import membership
from playground.people import BOT_USER
from tests.acceptance.office import Json, Office, Person, find_element, open_office, said, until, uses
from tests.acceptance.redacting import asks_to_redact, redacts

# Every table that could hold words of a timeline.
TABLES = (
    "timeline_entry",
    "search_text",
    "outbox",
    "review_version",
    "review_wording",
    "incident_task",
    "incident_link",
    "field_value",
    "incident",
    "page",
)


async def kept(office: Office) -> str:
    """All that these tables hold."""
    async with office.app.bot.db.read() as session:
        rows = [row for table in TABLES for row in await session.execute(text(f"SELECT * FROM {table}"))]
    return "\n".join(str(tuple(row)) for row in rows)


async def entry_of(office: Office, kind: str, of: int = 1) -> Json:
    """The first entry of a kind."""
    return next(entry for entry in await office.timeline(of) if entry["kind"] == kind)


async def all_hold(office: Office) -> None:
    for found in await verified(office.app.bot.db, None):
        assert found.broken is None, found.words()


# -- reviews --------------------------------------------------------------------------------------------------


async def reviewed(office: Office) -> str:
    """An incident that is over, with a password on its timeline; the name of its channel."""
    await office.ada.types("/incident declare sev1 Checkout is down")
    channel = await office.incident_channel()
    await office.bo.types("/incident lead 1")
    await office.passes(minutes=4)
    await office.bo.types("/incident note 1 It was caused by the password hunter22 in the log")
    await office.passes(minutes=20)
    await office.ada.types("/incident resolve 1 Rolled back release 42")
    return channel


async def writes(person: Person, part: str, words: str, channel: str) -> None:
    await person.clicks("Read and edit", channel=channel)
    await uses(person, f"section.{part}")
    assert await person.submits(part_1=words) == {}
    await person.closes()


async def test_a_redaction_reaches_every_kept_version_of_the_review_and_what_was_published(
    office: Office,
) -> None:
    channel = await reviewed(office)
    number = (await entry_of(office, "note"))["number"]
    summary = f"A password, HUNTER22, was logged. [^{number}] Release 42 was rolled back. [^1]"
    await writes(office.bo, "summary", summary, channel)
    await writes(office.bo, "impact", "Nobody could pay.", channel)
    await office.bo.clicks("Publish", channel=channel)
    assert "hunter22" in (await kept(office)).casefold()

    assert await redacts(office.ada, number) == {}

    assert "hunter22" not in (await kept(office)).casefold()
    (published,) = [m for m in await office.eve.messages("incidents") if "Review of #1" in said(m)]
    assert "hunter22" not in said(published).casefold()
    assert "(redacted)" in said(published)
    await office.bo.clicks("Read and edit", channel=channel)
    read = said(await office.bo.modal())
    assert "hunter22" not in read.casefold()
    assert f"(redacted) `{number}` Release 42 was rolled back." in read, "what it does not say stays"
    assert "Nobody could pay." in read
    assert f"noted: (redacted) `{number}`" in read, "who said so, and when, stays"
    assert "nothing" in (await office.ada.types("/ops search hunter22")).lower()
    await all_hold(office)


# -- fields ---------------------------------------------------------------------------------------------------


def with_a_field(config: Config) -> Config:
    written: tuple[dict[str, Any], ...] = (
        {"name": "cause", "label": "Cause", "required_at": "resolve"},
        {"name": "region", "label": "Region", "kind": "choice", "choices": ["EU West", "US East"]},
    )
    fields = tuple(IncidentField.model_validate(one) for one in written)
    return config.model_copy(update={"fields": fields})


async def test_a_redaction_reaches_the_value_of_a_field(database_url: str) -> None:
    async with open_office(database_url, change=with_a_field) as office:
        await office.ada.types("/incident declare sev2 region:eu-west Checkout is down")
        channel = await office.incident_channel()
        await office.ada.types("/incident field cause hunter22 was leaked", channel)
        first = (await office.timeline())[-1]["number"]
        assert "#1" in await office.ada.types("/ops search hunter22")
        assert "hunter22" in await office.bo.reads(channel)

        assert await redacts(office.ada, first) == {}

        assert "hunter22" not in await kept(office)
        assert "hunter22" not in await office.bo.reads(channel)
        assert "EU West" in await office.bo.reads(channel)
        assert (await office.record())["fields"] == {"region": "EU West"}
        assert "hunter22" not in str(await office.record())
        assert "nothing" in (await office.ada.types("/ops search hunter22")).lower()
        await office.ada.types("/incident resolve It is over", channel)
        assert "Cause" in said(await office.ada.modal()), "it is asked for again"
        await office.ada.closes()
        await office.ada.types("/incident timeline 1", "general")
        assert "*Cause*: (redacted)" in said(await office.ada.modal())
        await all_hold(office)


async def test_a_value_that_was_replaced_is_taken_from_both_entries_and_the_new_one_stays_filled_in(
    database_url: str,
) -> None:
    async with open_office(database_url, change=with_a_field) as office:
        await office.ada.types("/incident declare sev2 Checkout is down")
        await office.ada.types("/incident field 1 cause hunter22 was leaked")
        first = (await office.timeline())[-1]["number"]
        await office.ada.types("/incident field 1 cause A password was leaked")
        assert await redacts(office.ada, first) == {}
        assert "hunter22" not in await kept(office)
        assert (await office.record())["fields"] == {"cause": "A password was leaked"}
        await all_hold(office)


# -- titles and summaries -------------------------------------------------------------------------------------


async def called_by_a_secret(office: Office) -> None:
    """An incident whose title, summary, page and channel say a password."""
    await office.ada.types("/incident declare")
    assert await office.ada.submits(title="hunter22 was leaked", summary="By hunter22", severity="SEV1") == {}
    await office.bo.types("/incident lead 1")
    assert "hunter22" in await office.incident_channel()


async def test_a_redacted_declaration_takes_the_title_from_wherever_it_stands(office: Office) -> None:
    await called_by_a_secret(office)
    await office.eve.home()
    assert await redacts(office.ada, 1) == {}
    await office.passes(seconds=10)

    assert "hunter22" not in await kept(office)
    assert "hunter22" not in str((await office.channel("inc-1-redacted"))["topic"])
    for place in ("inc-1-redacted", "incidents"):
        found = [m for m in await office.ada.messages(place) if not m["ephemeral"] and not m.get("subtype")]
        assert "hunter22" not in "".join(said(m) for m in found)
    assert "(redacted)" in await office.bo.reads("inc-1-redacted")
    assert "hunter22" not in str(await office.record())
    assert "nothing" in (await office.ada.types("/ops search hunter22")).lower()
    for person in (office.ada, office.eve):
        assert find_element([await person.home()], "hunter22") is None
        assert "hunter22" not in await person.types("/incident list")
    kinds = [entry["kind"] for entry in await office.timeline()]
    assert kinds.count("channel_renamed") == 1
    await all_hold(office)

    assert ":warning:" not in await office.ada.types("/incident title 1 A password was leaked")
    assert "A password was leaked" in await office.bo.reads("inc-1-redacted")
    await all_hold(office)


async def test_a_title_that_was_given_up_goes_and_the_one_of_now_stays(office: Office) -> None:
    await called_by_a_secret(office)
    await office.ada.types("/incident title 1 A password was leaked")
    await office.ada.types("/incident summary 1 It is being changed")
    assert await redacts(office.ada, 1) == {}
    assert "hunter22" not in await kept(office)
    record = await office.record()
    assert (record["title"], record["summary"]) == ("A password was leaked", "It is being changed")
    assert await office.incident_channel() == "inc-1-a-password-was-leaked"
    await all_hold(office)


def with_archives(config: Config) -> Config:
    channels = config.channels.model_copy(update={"archive_after": timedelta(days=1)})
    return config.model_copy(update={"channels": channels})


async def test_people_are_told_of_an_archived_channel_that_keeps_its_name(database_url: str) -> None:
    async with open_office(database_url, change=with_archives) as office:
        await called_by_a_secret(office)
        await office.ada.types("/incident close 1 cancelled")
        await office.passes(days=1, minutes=1)
        assert await redacts(office.ada, 1) == {}
        assert "hunter22" not in str(await office.timeline())
        assert "hunter22" in await office.incident_channel()
        failed = [entry["data"] for entry in await office.timeline() if entry["kind"] == "failed"]
        (told,) = [data for data in failed if "renaming the channel" in data["what"]]
        assert "nvite" in told["mend"] or "Unarchive it" in told["mend"]


async def test_the_channel_is_renamed_once_it_is_opened_again(database_url: str) -> None:
    async with open_office(database_url, change=with_archives) as office:
        await called_by_a_secret(office)
        await office.ada.types("/incident close 1 cancelled")
        await office.passes(days=1, minutes=1)
        assert await redacts(office.ada, 1) == {}
        assert "open again" in await office.ada.types("/incident reopen 1 It was real")
        await office.passes(minutes=1)
        assert await office.incident_channel() == "inc-1-redacted"
        timeline = await office.timeline()
        failed = {e["data"]["what"] for e in timeline if e["kind"] == "failed"}
        assert failed == {e["data"]["what"] for e in timeline if e["kind"] == "mended"}
        assert "hunter22" not in await kept(office)


async def test_a_name_that_another_channel_has_is_given_with_a_number(office: Office) -> None:
    await called_by_a_secret(office)
    await office.post("/workspace/channels", {"name": "inc-1-redacted", "members": [office.ada.id]})
    assert await redacts(office.ada, 1) == {}
    assert (await office.channel("inc-1-redacted-2"))["pins"]
    await office.ada.types("/incident title 1 hunter22 it was")
    last = (await entry_of(office, "title"))["number"]
    assert await redacts(office.ada, last) == {}
    assert (await office.channel("inc-1-redacted-2"))["pins"], "what it is called by says nothing"
    assert "hunter22" not in await kept(office)
    await all_hold(office)


async def test_two_who_redact_at_once_leave_none_of_it(office: Office) -> None:
    await called_by_a_secret(office)
    await asks_to_redact(office.ada, 1)
    await asks_to_redact(office.bo, 1)
    await asyncio.gather(
        office.ada.submits(why="A password", settle=False), office.bo.submits(why="A password", settle=False)
    )
    await office.settled()
    await office.passes(seconds=10)
    assert await office.incident_channel() == "inc-1-redacted"
    assert "hunter22" not in await kept(office)
    kinds = [entry["kind"] for entry in await office.timeline()]
    assert (kinds.count("redacted"), kinds.count("channel_renamed")) == (1, 1)
    await all_hold(office)


# -- while the channel is made --------------------------------------------------------------------------------


async def named_anew(office: Office) -> None:
    """There is one channel, and neither its name nor the timeline says what was redacted."""
    await office.passes(seconds=10)
    assert await office.incident_channel() == "inc-1-redacted"
    assert "hunter22" not in await kept(office)
    assert "hunter22" not in str(await office.record())
    assert [entry["kind"] for entry in await office.timeline()].count("channel") == 1
    await all_hold(office)


async def test_a_channel_that_is_made_while_its_title_is_redacted_is_renamed(office: Office) -> None:
    await office.fault("conversations.create", "pause_after", times=1)
    await office.ada.types("/incident declare sev1 hunter22 was leaked", settle=False)
    await until(office, lambda: any(fault.waiting for fault in office.playground.faults), moves=False)
    assert await redacts(office.ada, 1, settle=False) == {}
    await office.no_faults()
    await office.settled()
    await named_anew(office)


async def test_a_channel_that_slack_made_without_saying_so_is_found_under_its_former_title(
    office: Office,
) -> None:
    await office.fault("conversations.create", "drop_after", times=1)
    await office.ada.types("/incident declare sev1 hunter22 was leaked")
    assert await redacts(office.ada, 1) == {}
    await named_anew(office)


async def test_a_title_that_is_only_changed_meanwhile_leaves_one_channel(office: Office) -> None:
    await office.fault("conversations.create", "drop_after", times=1)
    await office.ada.types("/incident declare sev1 Chekout is down")
    await office.ada.types("/incident title 1 Checkout is down")
    await office.passes(seconds=10)
    assert await office.incident_channel() in ("inc-1-chekout-is-down", "inc-1-checkout-is-down")
    assert (await office.channel(await office.incident_channel()))["pins"]
    assert "channel_renamed" not in [entry["kind"] for entry in await office.timeline()]


async def test_a_channel_that_people_were_in_is_not_taken_for_one_that_was_just_made(office: Office) -> None:
    """Numbers begin again with a new database, in a workspace that has the channels of the old one."""
    old = membership.create(office.playground.workspace, "inc-1-years-ago", by=BOT_USER, private=False)
    membership.join(office.playground.workspace, old, office.eve.id)
    await office.fault("conversations.create", "drop", times=1)
    await office.ada.types("/incident declare sev1 Checkout is down")
    await office.passes(seconds=10)
    assert (await office.channel("inc-1-checkout-is-down"))["pins"]
    assert not (await office.channel("inc-1-years-ago"))["pins"]


async def test_the_form_says_what_becomes_of_a_title(office: Office) -> None:
    await called_by_a_secret(office)
    await asks_to_redact(office.ada, 1)
    form = said(await office.ada.modal())
    assert "the title reads “(redacted)” until" in form
    assert "/incident summary" in form


async def test_a_title_is_taken_from_where_the_incident_was_merged_into_and_from_there_back(
    office: Office,
) -> None:
    await office.ada.types("/incident declare sev1 Checkout is down")
    await office.bo.types("/incident declare sev2 hunter22 was leaked")
    await office.bo.types("/incident merge 2 into 1")
    there = await entry_of(office, "merged_in", 1)
    assert "hunter22" in there["text"]
    assert await redacts(office.ada, there["number"], of=1) == {}
    assert "hunter22" not in await kept(office)
    assert (await office.record(1))["title"] == "Checkout is down"
    assert (await office.record(2))["title"] == "(redacted)"
    await all_hold(office)


# -- what a merge moved ---------------------------------------------------------------------------------------


async def merged(office: Office) -> tuple[str, str]:
    """A task and a link of #2 that went on in #1, with what was said of them there; the channels of both."""
    await office.ada.types("/incident declare sev1 Checkout is down")
    await office.bo.types("/incident declare sev2 Nobody can pay")
    checkout, payment = await office.incident_channel(1), await office.incident_channel(2)
    await office.bo.types("/incident task Rotate hunter22", payment)
    await office.bo.types("/incident link https://example.com/?token=hunter22", payment)
    assert "was merged into #1" in await office.bo.types("/incident merge 2 into 1", payment)
    await office.ada.types("/incident tasks", checkout)
    await office.ada.clicks("Take")
    await office.ada.clicks("Done")
    await office.ada.closes()
    return checkout, payment


async def read_by_all(office: Office, *channels: str) -> str:
    """What stands in these channels, without the answers that one person sees."""
    found = [m for channel in channels for m in await office.ada.messages(channel)]
    return "\n".join(said(m) for m in found if not m["ephemeral"])


async def test_a_redaction_follows_a_task_where_a_merge_moved_it(office: Office) -> None:
    channels = await merged(office)
    assert "hunter22" in await read_by_all(office, channels[0])
    added, link = await entry_of(office, "task", 2), await entry_of(office, "link", 2)

    assert await redacts(office.bo, added["number"], of=2) == {}
    assert await redacts(office.bo, link["number"], of=2) == {}

    assert "hunter22" not in await kept(office)
    assert "hunter22" not in await read_by_all(office, *channels)
    there = [entry for entry in await office.timeline(1) if entry["kind"] == "redacted"]
    assert [entry["data"]["why"] for entry in there] == ["A password"]
    assert find_element([await office.ada.home()], "hunter22") is None
    await all_hold(office)


async def test_a_redaction_follows_a_task_back_to_where_it_came_from(office: Office) -> None:
    channels = await merged(office)
    done = await entry_of(office, "task", 1)
    assert await redacts(office.ada, done["number"], of=1) == {}
    for number in (1, 2):
        of_task = [entry for entry in await office.timeline(number) if entry["kind"] == "task"]
        assert "hunter22" not in str(of_task)
    assert "Rotate hunter22" not in await read_by_all(office, *channels)
    await all_hold(office)
