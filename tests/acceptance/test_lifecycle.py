"""How incidents end, come back and are put away: closed for a reason, reopened, their channels archived."""

from datetime import timedelta

import pytest

from bot.config import Config
from bot.digests.incidents import handled
from bot.digests.spans import Span
from playground import membership
from tests.acceptance.office import Json, Office, find_element, open_office, said

ARCHIVED_AFTER = timedelta(days=14)


def archiving(config: Config) -> Config:
    channels = config.channels.model_copy(update={"archive_after": ARCHIVED_AFTER})
    return config.model_copy(update={"channels": channels})


async def declared(office: Office, words: str = "sev2 Checkout is down") -> str:
    """An incident with Ada and Bo in its channel, whose name is returned."""
    await office.ada.types(f"/incident declare {words}")
    channel = await office.incident_channel()
    await office.bo.joins(channel)
    return channel


async def card(office: Office, channel: str) -> Json:
    return next(m for m in await office.ada.messages(channel) if find_element([m], "incident.more"))


# -- closed for a reason -----------------------------------------------------------------------------------


async def test_an_open_incident_is_closed_early_for_a_reason_alone(office: Office) -> None:
    channel = await declared(office)

    answer = await office.bo.types("/incident close all is well", channel)
    assert "only a resolved incident can be closed" in answer
    assert "`false-positive`" in answer
    assert "closed as false positive" in await office.bo.types(
        "/incident close false positive The probe was wrong", channel
    )

    record = await office.record()
    assert (record["status"], record["close_reason"]) == ("closed", "false-positive")
    assert record["resolved_at"] == record["closed_at"]
    await office.ada.sees("Closed as false positive", channel)
    await office.ada.sees("as false positive: The probe was wrong", channel)
    await office.cleo.sees("Closed as false positive", "incidents")


async def test_without_words_the_form_asks_for_the_reason(office: Office) -> None:
    channel = await declared(office)
    await office.bo.types("/incident close", channel)
    assert await office.bo.submits(reason="duplicate", text="See #7") == {}
    assert (await office.record())["close_reason"] == "duplicate"


async def test_the_form_to_resolve_offers_that_it_was_none(office: Office) -> None:
    channel = await declared(office)
    await office.bo.clicks("Resolve", channel=channel)
    assert await office.bo.submits(reason="cancelled", text="Typed by mistake") == {}
    record = await office.record()
    assert (record["status"], record["close_reason"]) == ("closed", "cancelled")


async def test_what_was_none_ends_its_pages_asks_for_no_review_and_is_in_no_figure(office: Office) -> None:
    channel = await declared(office, "sev1 Checkout is down")
    await office.passes(minutes=1)
    await office.ada.types("/incident close false-positive", channel)
    await office.passes(minutes=40)

    timeline = await office.timeline()
    assert [e["kind"] for e in timeline if e["kind"] == "page_resolved"] == ["page_resolved"]
    assert [e for e in timeline if e["kind"] == "review"] == []
    assert await counted(office) == []
    await office.ada.types("/incident reopen 1 It was real", channel)
    assert await counted(office) == [1]


async def counted(office: Office) -> list[int]:
    """The incidents of the last days that are in figures."""
    now = office.clock.now()
    async with office.app.bot.db.read() as session:
        return [one.number for one in await handled(session, Span(now - timedelta(days=3), now))]


# -- reopened ----------------------------------------------------------------------------------------------


async def test_a_reopening_wants_a_reason(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types("/incident resolve", channel)

    assert "needs a reason" in await office.ada.types("/incident status investigating", channel)
    await office.ada.types("/incident reopen", channel)
    assert "needs a reason" in str(await office.ada.submits(text=" "))
    assert (await office.record())["status"] == "resolved"
    assert "open again" in await office.ada.types("/incident reopen The errors are back", channel)

    assert (await office.record())["status"] == "investigating"
    await office.bo.sees("reopened it", channel)
    await office.bo.sees("The errors are back", channel)


async def test_a_closed_incident_is_reopened_by_the_button_of_its_card(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types("/incident close cancelled", channel)
    await office.bo.clicks("Reopen", channel=channel)
    assert await office.bo.submits(text="It was real", status="identified") == {}

    record = await office.record()
    assert (record["status"], record["closed_at"], record["close_reason"]) == ("identified", None, None)
    await office.cleo.sees("Identified", "incidents")


async def test_two_who_reopen_at_once_do_so_once(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types("/incident close cancelled", channel)
    await office.ada.clicks("Reopen", channel=channel)
    await office.bo.clicks("Reopen", channel=channel)
    assert await office.ada.submits(text="It is back", status="investigating") == {}
    errors = await office.bo.submits(text="It is back", status="investigating")
    assert "is open" in str(errors)
    assert [e["kind"] for e in await office.acts()].count("reopened") == 1


# -- archived ----------------------------------------------------------------------------------------------


async def test_a_channel_is_archived_some_time_after_the_close_and_opened_with_the_incident(
    database_url: str,
) -> None:
    async with open_office(database_url, change=archiving) as office:
        channel = await declared(office)
        await office.ada.types("/incident close cancelled", channel)
        await office.passes(days=13)
        assert not (await office.channel(channel))["is_archived"]
        await office.passes(days=1, minutes=1)
        assert (await office.channel(channel))["is_archived"]
        assert (await office.acts())[-1]["kind"] == "archived"

        answer = await office.bo.types("/incident reopen 1 It was real")
        assert "Its channel is archived" in answer
        assert not (await office.channel(channel))["is_archived"]
        await office.bo.sees("It was real", channel)
        assert "Investigating" in said(await card(office, channel))
        await office.passes(days=20)
        assert not (await office.channel(channel))["is_archived"]


async def test_what_is_reopened_before_its_time_is_not_archived(database_url: str) -> None:
    async with open_office(database_url, change=archiving) as office:
        channel = await declared(office)
        await office.ada.types("/incident close cancelled", channel)
        await office.passes(days=13)
        await office.ada.types("/incident reopen It was real", channel)
        await office.passes(days=3)
        assert not (await office.channel(channel))["is_archived"]


@pytest.mark.parametrize("code", ["not_in_channel", "not_authorized"])
async def test_where_slack_lets_no_bot_unarchive_people_are_told_how_and_all_else_goes_on(
    database_url: str, code: str
) -> None:
    async with open_office(database_url, change=archiving) as office:
        channel = await declared(office)
        await office.ada.types("/incident close cancelled", channel)
        await office.passes(days=15)
        await office.fault("conversations.unarchive", "error", error=code)

        await office.bo.types("/incident reopen 1 It was real")
        await office.bo.types("/incident update 1 We look into it")

        told = "\n".join(said(m) for m in await office.bo.direct_messages())
        assert "Unarchive channel" in told
        announcements = await office.channel("incidents")
        (announced,) = [m for m in await office.ada.messages("incidents") if m.get("bot_id")]
        thread = await office.ada.messages("incidents", announced["ts"])
        assert any("unarchiving the channel" in said(m) for m in thread), announcements
        assert any("We look into it" in said(m) for m in thread)
        assert "Failed" not in await office.ada.reads(channel)

        # Somebody does what they were told.
        await office.no_faults()
        await unarchives(office, channel)
        await office.passes(minutes=2)
        await office.ada.sees("We look into it", channel)
        assert "Investigating" in said(await card(office, channel))
        assert ":warning:" not in said(await card(office, channel))


async def unarchives(office: Office, channel: str) -> None:
    """As Slack's own menu does it; the bot hears of it by the event."""
    place = (await office.channel(channel))["id"]
    workspace = office.playground.workspace
    membership.archive(workspace, workspace.channels[place], by=office.ada.id, archived=False)
    await office.settled()
