"""What people typed stays what it is: mentions reach people, everything else is harmless; times suit each reader."""

import re
from collections.abc import Iterator
from typing import Any

from tests.acceptance.office import Office, dumps, said

NASTY = "<!channel> <!everyone> @here <https://evil.example|click> & <@U01EVE> *b* `c`"
# What Slack would act upon: an alarm, or a link that says something else.
ALARMS = ("<!channel>", "<!everyone>", "<!here>", "@here", "<https://evil.example|")


def mrkdwn_of(thing: Any) -> Iterator[str]:
    """Every text that Slack reads as mrkdwn: of blocks, and a message's own."""
    if isinstance(thing, dict):
        for key, value in thing.items():
            if key == "text" and isinstance(value, str) and thing.get("type") != "plain_text":
                yield value
            elif key not in ("metadata", "private_metadata", "state", "initial_value"):
                yield from mrkdwn_of(value)
    elif isinstance(thing, list):
        for item in thing:
            yield from mrkdwn_of(item)


def assert_harmless(thing: Any) -> None:
    """Of a block, a message, a view, a call's arguments, or a text by itself."""
    texts = [thing] if isinstance(thing, str) else [*mrkdwn_of(thing)]
    for text in texts:
        for alarm in ALARMS:
            assert alarm not in text, text


async def everything_sent(office: Office) -> list[Any]:
    """The arguments of every call that the bot made."""
    calls = (await office.get("/calls"))["calls"]
    return [call["args"] for call in calls]


async def nasty_incident(office: Office) -> str:
    """Everything that people can write about an incident, written as badly as they can."""
    await office.ada.types("/incident declare")
    await office.ada.submits(title=NASTY, severity="SEV1", service="checkout", summary=NASTY)
    channel = await office.incident_channel()
    await office.ada.clicks("Update", channel=channel)
    await office.ada.submits(text=NASTY, impact=NASTY)
    await office.ada.clicks("Status", channel=channel)
    await office.ada.submits(status="identified", text=NASTY)
    for words in ("note", "severity sev2", "title Now", "summary Now"):
        await office.ada.types(f"/incident {words} {NASTY}", channel)
    ts = await office.ada.types(NASTY, channel)
    await office.ada.reacts("pushpin", channel, ts)
    return channel


async def test_nothing_that_is_typed_alarms_a_channel_or_forges_a_link(office: Office) -> None:
    channel = await nasty_incident(office)
    await office.eve.home()

    sent = await everything_sent(office)
    assert sum("&lt;!channel&gt;" in dumps(arguments) for arguments in sent) > 10
    for arguments in sent:
        assert_harmless(arguments)
    assert_harmless((await office.channel(channel))["topic"])
    for words in ("show", "list", "timeline", "status", "lead nobody" + NASTY, NASTY):
        await office.ada.types(f"/incident {words}", channel)
    assert_harmless([m for m in await office.ada.messages(channel) if m["ephemeral"] or m.get("bot_id")])
    await office.ada.types("/incident timeline", channel)
    assert_harmless(await office.ada.modal())
    await office.cleo.types("/incident declare")
    await office.cleo.chooses(service="checkout")
    assert_harmless(await office.cleo.modal())


async def test_what_was_typed_is_read_as_it_was_typed(office: Office) -> None:
    await nasty_incident(office)
    assert (await office.timeline())[0]["data"]["title"] == NASTY
    assert "&lt;!channel&gt;" in await office.bo.reads("incidents")


async def test_a_mention_in_an_update_reaches_the_person(office: Office) -> None:
    await office.ada.types("/incident declare sev1 Checkout is down")
    channel = await office.incident_channel()
    await office.ada.types(f"/incident update {office.eve.mention} please call the provider", channel)

    await office.ada.sees(f"{office.eve.shown} please call the provider", channel)


async def test_a_mention_in_a_title_becomes_a_name(office: Office) -> None:
    """A title stands in topics, channel names and notifications, where nobody is to be called."""
    await office.ada.types(f"/incident declare sev1 {office.eve.mention} broke #support")
    assert (await office.record())["title"] == "@eve broke #support"


async def test_every_message_has_a_text_for_notifications_and_screen_readers(office: Office) -> None:
    channel = await nasty_incident(office)
    await office.ada.types("/incident lead", channel)
    await office.ada.types("/incident resolve", channel)
    await office.passes(seconds=3)

    for method in ("chat.postMessage", "chat.update"):
        for call in await office.calls(method):
            assert str(call["args"].get("text") or "").strip(), dumps(call["args"])
    for message in await office.bo.messages("incidents"):
        assert message["text"]
    for words in ("list", "show 1", "help", "xyzzy"):
        await office.eve.types(f"/incident {words}")
        told = [m for m in await office.eve.messages("general") if m["ephemeral"]][-1]
        assert told["text"].strip()


async def test_times_are_shown_in_each_readers_own_zone(office: Office) -> None:
    await office.ada.types("/incident declare sev1 Checkout is down")
    channel = await office.incident_channel()
    await office.ada.types("/incident update Rolling back", channel)
    await office.ada.types("/incident resolve", channel)
    await office.ada.types("/incident timeline", channel)

    shown = (
        await office.ada.reads(channel),
        await office.bo.reads("incidents"),
        said(await office.ada.modal()),
        await office.eve.types("/incident show 1"),
    )
    for place in shown:
        assert re.search(r"<!date\^\d{10}\^\{[^>]+\|\d{4}-\d\d-\d\d \d\d:\d\d UTC>", place)
        # No time stands there bare: only as the fallback within such a token.
        bare = re.sub(r"<!date\^[^>]*>", "", place)
        assert not re.search(r"\b\d{1,2}:\d\d\b", bare), bare


async def test_answers_to_commands_are_for_the_one_who_asked(office: Office) -> None:
    await office.ada.types("/incident declare sev1 Checkout is down")
    channel = await office.incident_channel()
    await office.bo.joins(channel)

    for place in (channel, "general"):
        for words in ("show 1", "list", "help", "note 1 quiet", "xyzzy"):
            await office.ada.types(f"/incident {words}", place)
        assert await office.bo.is_told(place) == ""
