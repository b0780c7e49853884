"""Handing over and catching up: roles move at once, the next one is told how things stand, and so is whoever asks."""

import time

from bot.core.timeline import record
from bot.core.viewer import PROGRAM
from bot.incidents.queries import locked
from tests.acceptance.office import Office, Person, find_element, said


async def working(office: Office) -> str:
    """Ada is lead and scribe, Bo comms."""
    await office.ada.types("/incident declare sev2 Checkout is down")
    channel = await office.incident_channel(1)
    for role in ("lead", "scribe"):
        await office.ada.types(f"/incident {role}", channel)
    await office.ada.types(f"/incident comms {office.bo.mention}", channel)
    return channel


async def roles(office: Office) -> dict[str, str]:
    found: dict[str, str] = (await office.record())["roles"]
    return found


async def told(person: Person) -> list[str]:
    return [said(m) for m in await person.direct_messages() if "handed" in said(m)]


async def caught_up(person: Person) -> str:
    await person.types("/incident catchup 1")
    return said(await person.modal())


async def test_what_somebody_has_goes_to_the_next_with_how_things_stand(office: Office) -> None:
    channel = await working(office)
    await office.ada.types("/incident update We *roll back* release 42", channel)
    await office.ada.types("/incident task Warm the cache", channel)

    answer = await office.ada.types(f"/incident handover {office.cleo.mention} Do not restart db-1", channel)

    assert f"handed over to {office.cleo.shown}" in answer
    assert await roles(office) == {"lead": office.cleo.id, "scribe": office.cleo.id, "comms": office.bo.id}
    (message,) = await told(office.cleo)
    for words in ("Do not restart db-1", "roll back", "Warm the cache", "You decide", "next update is due"):
        assert words in message
    assert office.cleo.id in (await office.channel(channel))["members"]
    await office.ada.sees(
        f"handed *lead* and *scribe* over to {office.cleo.shown}: Do not restart db-1", channel
    )
    assert [entry["kind"] for entry in await office.acts()][-2:] == ["task", "handover"], "one entry"


async def test_one_or_all_by_the_form_on_the_card(office: Office) -> None:
    channel = await working(office)
    await office.ada.clicks("Hand over …", channel=channel)
    await office.ada.submits(which="role:comms", user=office.cleo.id)
    assert (await roles(office))["comms"] == office.cleo.id
    await office.ada.types("/incident handover all", channel)
    await office.ada.submits(user=office.finn.id, text="Good luck")
    assert set((await roles(office)).values()) == {office.finn.id}
    assert "Good luck" in (await told(office.finn))[0]
    assert await told(office.bo) == []


async def test_of_all_that_others_had_one_entry_says_whose_it_was(office: Office) -> None:
    channel = await working(office)
    before = len(await office.acts())
    await office.cleo.types(f"/incident handover 1 all {office.finn.mention} The night is yours")
    acts = await office.acts()
    assert [entry["kind"] for entry in acts[before:]] == ["handover"]
    whose = f"*comms* ({office.bo.shown}), *lead* ({office.ada.shown}) and *scribe* ({office.ada.shown})"
    await office.ada.sees(f"handed {whose} over to {office.finn.shown}: The night is yours", channel)


async def test_what_a_form_says_below_an_input_holds_no_marks_of_slacks(office: Office) -> None:
    """Slack shows it as plain text."""
    channel = await working(office)
    await office.ada.clicks("Hand over …", channel=channel)
    errors = await office.ada.submits(which="role:comms", user=office.bo.id)
    assert list(errors.values()) == ["@bo has that already in incident #1. Choose somebody else."]
    await office.bo.types("/incident resolve 1")
    await office.bo.types("/incident close 1")
    errors = await office.ada.submits(which="role:lead", user=office.cleo.id)
    assert "“/incident reopen 1”" in str(errors)


async def test_what_cannot_be_handed_over(office: Office) -> None:
    channel = await working(office)
    guest = await office.newcomer("gus", is_restricted=True)
    refused = {
        f"/incident handover {guest.mention}": "cannot have a role",
        f"/incident handover leed {office.bo.mention}": "Did you mean *lead*?",
        f"/incident handover comms {office.bo.mention}": "has that already",
        "/incident handover lead nobody": "is not a person",
    }
    for typed, answer in refused.items():
        assert answer in await office.ada.types(typed, channel)
    assert "You have no role" in await office.cleo.types(f"/incident handover 1 {office.bo.mention}")
    assert "that already" in await office.bo.types(f"/incident handover 1 comms {office.bo.mention}")
    assert "There is no incident" in await office.bo.types(f"/incident handover 9 {office.bo.mention}")


async def test_catching_up_tells_what_is_new_to_the_reader(office: Office) -> None:
    channel = await working(office)
    await office.bo.types("/incident note 1 The queue is full", "general")
    await office.passes(minutes=2)
    await office.ada.types("/incident status 1 identified It was the release")
    await office.ada.types("/incident task Tell support", channel)

    new = await caught_up(office.eve)
    assert "What happened so far" in new
    for words in (
        "The queue is full",
        "identified",
        "Tell support",
        "Lead",
        office.ada.shown,
        "What is next",
    ):
        assert words in new

    known = (await caught_up(office.bo)).partition("Before that")
    assert "identified" in known[0]
    assert "queue is full" in known[2]
    await office.bo.clicks("Whole timeline")
    assert "Timeline of #1" in said(await office.bo.modal())
    await office.passes(hours=2)
    assert "An update is due since" in await caught_up(office.eve)
    await office.ada.clicks("Catch me up", channel=channel)
    assert "Who does what" in said(await office.ada.modal())
    assert "/incident list" in await office.eve.types("/incident catchup 9")


async def test_five_thousand_entries_are_told_in_short_and_in_time(office: Office) -> None:
    await working(office)
    async with office.app.bot.db.begin() as session:
        incident = await locked(session, 1, PROGRAM)
        for number in range(5000):
            kind = "note" if number % 10 == 0 else "message"
            record(session, incident, kind, now=office.clock.now(), by=office.ada.id, text=f"Line {number}")
    began = time.monotonic()
    await office.eve.types("/incident catchup 1", settle=False)
    assert time.monotonic() - began < 3
    shown = said(await office.eve.modal())
    assert "Line 4990" in shown
    assert "Line 4991" not in shown
    assert "earlier, on the timeline" in shown
    assert find_element([await office.eve.modal()], "Whole timeline")
