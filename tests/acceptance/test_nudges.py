"""What an open incident asks its people for: an update, a lead, whether it is over."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.config import Config
from bot.config.sections.nudges import Nudges
from tests.acceptance.office import Json, Office, find_element, open_office, said


def nudging(config: Config) -> Config:
    """As it is by default: sev1 every half hour, a lead after five minutes, silence after three days."""
    return config.model_copy(update={"nudges": Nudges()})


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with open_office(database_url, change=nudging) as office:
        yield office


async def led(office: Office) -> str:
    """An incident that Ada leads, with Bo in its channel, whose name is returned."""
    await office.ada.types("/incident declare sev1 Checkout is down")
    channel = await office.incident_channel()
    await office.bo.joins(channel)
    await office.ada.types("/incident lead", channel)
    return channel


async def asked(office: Office, channel: str, words: str = "Time for an update") -> list[Json]:
    return [m for m in await office.ada.messages(channel) if words in said(m)]


# -- updates -----------------------------------------------------------------------------------------------


async def test_an_update_is_asked_for_at_the_pace_of_the_severity(office: Office) -> None:
    channel = await led(office)
    await office.passes(minutes=29)
    assert await asked(office, channel) == []
    await office.passes(minutes=1, seconds=1)
    (question,) = await asked(office, channel)
    assert office.ada.shown in said(question), "whoever leads is called"

    await office.bo.clicks("Send update", channel=channel)
    assert await office.bo.submits(text="We roll back") == {}

    assert await asked(office, channel) == []
    await office.ada.sees(f"{office.bo.shown} posted an update", channel)
    await office.passes(minutes=29)
    assert await asked(office, channel) == []
    await office.passes(minutes=2)
    assert len(await asked(office, channel)) == 1


async def test_an_update_names_the_time_of_the_next_one(office: Office) -> None:
    channel = await led(office)
    await office.ada.types("/incident update", channel)
    assert await office.ada.submits(text="The provider is on it", next="120") == {}
    assert "The next one comes" in await office.bo.reads(channel)
    await office.passes(minutes=119)
    assert await asked(office, channel) == []
    await office.passes(minutes=2)
    assert len(await asked(office, channel)) == 1
    await office.ada.types("/incident update Still the same", channel)
    await office.passes(minutes=31)
    assert len(await asked(office, channel)) == 1, "after that the cadence is that of the severity again"


async def test_a_snooze_puts_one_question_off_and_changes_no_cadence(office: Office) -> None:
    channel = await led(office)
    await office.passes(minutes=31)
    await office.bo.clicks("Snooze 15 min", channel=channel)
    assert await asked(office, channel) == []
    await office.ada.sees(f"{office.bo.shown} put the question off", channel)
    await office.passes(minutes=14)
    assert await asked(office, channel) == []
    await office.passes(minutes=2)
    assert len(await asked(office, channel)) == 1
    await office.passes(minutes=29)
    assert len(await asked(office, channel)) == 1
    await office.passes(minutes=2)
    assert "asked again below" in await office.ada.reads(channel)


async def test_who_stops_it_is_left_alone_until_an_update_names_a_time(office: Office) -> None:
    channel = await led(office)
    await office.passes(minutes=31)
    await office.bo.clicks("Stop asking", channel=channel)
    await office.passes(hours=5)
    await office.ada.types("/incident update Nothing new", channel)
    await office.passes(hours=5)
    assert await asked(office, channel) == []

    await office.ada.types("/incident update", channel)
    await office.ada.submits(text="We wait", next="30")
    await office.passes(minutes=31)
    assert len(await asked(office, channel)) == 1


async def test_without_an_answer_it_asks_three_times_and_tells_the_lead(office: Office) -> None:
    channel = await led(office)
    for _ in range(3):
        await office.passes(minutes=31)
    told = "\n".join(said(m) for m in await office.ada.direct_messages())
    assert "Nobody has posted an update" in told
    assert len(await asked(office, channel)) == 1
    assert len(await asked(office, channel, "asked again below")) == 2
    await office.passes(hours=6)
    assert len(await asked(office, channel)) == 1, "then it is silent"
    await office.ada.types("/incident update We are back", channel)
    await office.passes(minutes=31)
    assert len(await asked(office, channel)) == 1, "until somebody does something"


async def test_a_restart_forgets_no_question(office: Office) -> None:
    channel = await led(office)
    await office.stop_bot()
    office.clock.advance(minutes=31)
    await office.start_bot()
    await office.settled()
    assert len(await asked(office, channel)) == 1
    await office.stop_bot()
    await office.start_bot()
    await office.settled()
    assert len(await asked(office, channel)) == 1


async def test_a_resolved_incident_asks_nothing_and_its_question_says_so(office: Office) -> None:
    channel = await led(office)
    await office.passes(minutes=31)
    await office.ada.types("/incident resolve", channel)
    assert await asked(office, channel) == []
    await office.ada.sees("The incident is over", channel)
    await office.passes(days=4)
    assert await asked(office, channel) == []
    assert await asked(office, channel, "No sign of life") == []


async def test_what_was_to_be_asked_when_it_was_resolved_is_not(office: Office) -> None:
    """Slack is away while the moment comes; the incident is over when it is back."""
    channel = await led(office)
    await office.fault("chat.postMessage", "status", status=500)
    await office.passes(minutes=31)
    await office.ada.types("/incident resolve 1")
    await office.no_faults()
    for _ in range(3):
        await office.passes(minutes=5)
    assert await asked(office, channel) == []


async def test_an_old_questions_button_is_told_that_it_is_over(office: Office) -> None:
    channel = await led(office)
    await office.passes(minutes=31)
    question = (await asked(office, channel))[0]
    element = find_element([question], "Stop asking")
    assert element is not None
    await office.ada.types("/incident resolve", channel)
    place = (await office.channel(channel))["id"]
    body = {"action_id": element["action_id"], "block_id": element["block_id"]}
    await office.bo.act("click", {"container": {"channel": place, "ts": question["ts"]}, **body})
    assert "posted an update" not in await office.ada.reads(channel)


async def test_a_snooze_behind_somebodys_update_asks_no_sooner(office: Office) -> None:
    channel = await led(office)
    await office.passes(minutes=31)
    question = (await asked(office, channel))[0]
    place = (await office.channel(channel))["id"]

    async def clicks_at_once(label: str) -> None:
        element = find_element([question], label)
        assert element is not None
        body = {"action_id": element["action_id"], "block_id": element["block_id"]}
        await office.bo.act("click", {"container": {"channel": place, "ts": question["ts"]}, **body})

    await office.ada.types("/incident update We roll back", channel)
    await clicks_at_once("nudge.snooze.15")
    await office.passes(minutes=16)
    assert await asked(office, channel) == []
    await office.passes(minutes=15)
    assert len(await asked(office, channel)) == 1


async def test_a_higher_severity_asks_at_its_own_pace(office: Office) -> None:
    await office.ada.types("/incident declare sev3 Search is slow")
    channel = await office.incident_channel()
    await office.ada.types("/incident lead", channel)
    await office.passes(minutes=40)
    assert await asked(office, channel) == []
    await office.ada.types("/incident severity sev1", channel)
    await office.passes(minutes=31)
    assert len(await asked(office, channel)) == 1


async def test_reopened_it_asks_again(office: Office) -> None:
    channel = await led(office)
    await office.ada.types("/incident resolve", channel)
    await office.ada.types("/incident reopen It is back", channel)
    await office.passes(minutes=31)
    assert len(await asked(office, channel)) == 1


# -- a lead ------------------------------------------------------------------------------------------------


async def test_who_leads_is_asked_once_where_nobody_does(office: Office) -> None:
    await office.ada.types("/incident declare sev2 Checkout is down")
    channel = await office.incident_channel()
    await office.bo.joins(channel)
    await office.passes(minutes=6)
    assert len(await asked(office, channel, "Nobody leads")) == 1
    await office.passes(minutes=20)
    assert len(await asked(office, channel, "Nobody leads")) == 1
    await office.bo.clicks("Join as lead", channel=channel)
    assert (await office.record())["roles"] == {"lead": office.bo.id}
    assert await asked(office, channel, "Nobody leads") == []


async def test_where_somebody_leads_nobody_is_asked(office: Office) -> None:
    channel = await led(office)
    await office.passes(minutes=20)
    assert await asked(office, channel, "Nobody leads") == []


# -- silence -----------------------------------------------------------------------------------------------


async def test_after_days_without_a_sign_of_life_it_is_asked_whether_it_is_over(office: Office) -> None:
    await office.ada.types("/incident declare sev4 A typo")
    channel = await office.incident_channel()
    await office.passes(days=2)
    await office.ada.types("/incident note Still there", channel)
    await office.passes(days=2)
    assert await asked(office, channel, "No sign of life") == []
    await office.passes(days=1, minutes=5)
    assert len(await asked(office, channel, "No sign of life")) == 1

    await office.ada.clicks("It goes on", channel=channel)
    assert await asked(office, channel, "No sign of life") == []
    await office.passes(seconds=timedelta(days=3, minutes=5).total_seconds())
    assert len(await asked(office, channel, "No sign of life")) == 1
    await office.ada.clicks("Resolve", channel=channel)
    assert await office.ada.submits(text="Corrected") == {}
    assert (await office.record())["status"] == "resolved"
