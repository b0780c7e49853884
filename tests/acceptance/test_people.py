"""Who may act, and who takes part by coming and going in Slack itself."""

from typing import Any

from tests.acceptance.changes import members_unread
from tests.acceptance.office import Office, Person, find_element, open_office, said


async def declared(office: Office) -> str:
    await office.ada.types("/incident declare sev1 Checkout is down")
    return await office.incident_channel()


# -- guests and other organizations ----------------------------------------------------------------------


async def test_a_guest_is_refused_from_the_first_act_on_and_alone_is_told_why(office: Office) -> None:
    await declared(office)
    guest = await office.newcomer("gil", is_restricted=True)

    for words in ("declare sev1 Mine", "list", "show 1", "resolve 1", "lead 1", "help"):
        answer = await guest.types(f"/incident {words}")
        assert "Guests and outside accounts may not act" in answer, words
        assert "Ask a full member" in answer
        assert "Checkout" not in answer
    assert await office.bo.is_told() == ""
    record = await office.record()
    assert (record["status"], record["roles"]) == ("investigating", {})
    assert "1 incident" in await office.ada.types("/incident list all")


async def test_a_guest_cannot_click_or_use_shortcuts(office: Office) -> None:
    channel = await declared(office)
    guest = await office.newcomer("gil", is_restricted=True)
    await office.ada.invites(guest, channel)

    await guest.clicks("Join as lead", channel=channel)
    assert "may not act" in await guest.is_told(channel)
    assert await office.ada.is_told(channel) == ""
    await guest.clicks("Update", channel=channel)
    await guest.uses_shortcut("declare")
    assert "What changed?" not in said(await guest.modals())
    assert "How bad is it?" not in said(await guest.modals())
    assert (await office.record())["roles"] == {}


async def test_a_guests_home_shows_no_incidents(office: Office) -> None:
    await declared(office)
    guest = await office.newcomer("gil", is_restricted=True)

    home = await guest.home()

    assert "Checkout" not in said(home)
    assert "full members" in said(home)
    assert find_element([home], ":rotating_light: Declare an incident") is None


async def test_somebody_of_another_organization_is_refused(office: Office) -> None:
    """In a shared channel they see the card, and could click."""
    channel = await declared(office)
    partner = await office.newcomer("pia", team_id="T0PARTNER")
    await office.ada.invites(partner, channel)

    await partner.clicks("Resolve", channel=channel)

    assert "guest from another organization" in await partner.is_told(channel)
    assert "Ask somebody of theirs" in await partner.is_told(channel)
    assert await partner.modals() == []
    assert "may not act" in await partner.types("/incident resolve 1")
    assert (await office.record())["status"] == "investigating"


async def test_a_slack_that_does_not_say_who_somebody_is_keeps_nobody_from_declaring(office: Office) -> None:
    await office.fault("users.info", "error", error="fatal_error")
    assert "#1" in await office.ada.types("/incident declare sev1 Checkout is down")
    await office.no_faults()
    await office.passes(minutes=5)
    assert "#2" in await office.ada.types("/incident declare sev1 Again")


# -- the members, read ahead -----------------------------------------------------------------------------


async def joins_the_workspace(office: Office, name: str, **account: Any) -> Person:
    made = await office.post("/workspace/people", {"name": name, "real_name": name.title(), **account})
    person = Person(office, made["person"]["id"], name)
    if account.get("is_restricted"):  # guests are only where they were invited to
        general = (await office.channel("general"))["id"]
        await office.ada.act("invite", {"channel": general, "user": person.id}, settle=False)
    return person


async def test_while_slack_is_down_members_act_and_guests_do_not(database_url: str) -> None:
    """Nobody has acted before, and yet Tocsin knows who is who."""
    async with open_office(database_url, start=False) as office:
        guest = await joins_the_workspace(office, "gil", is_restricted=True)
        await office.start_bot()
        await office.settled()
        await office.post("/faults/dead")
        assert "may not act" in await guest.types("/incident declare sev1 Mine", settle=False)
        assert "#1" in await office.ada.types("/incident declare sev1 Checkout is down", settle=False)
        assert await office.calls("users.info") == []


async def test_a_large_workspace_is_read_page_by_page_and_again_the_next_day(database_url: str) -> None:
    async with open_office(database_url, start=False) as office:
        for n in range(450):
            last = await joins_the_workspace(office, f"member{n}", is_restricted=n == 449)
        await office.start_bot()
        await office.settled()
        assert len(await office.calls("users.list")) == 1, "not all at once: others call Slack too"
        for _ in range(5):
            await office.passes(seconds=6)
        pages = await office.calls("users.list")
        assert [page["args"]["limit"] for page in pages] == ["200"] * 3
        assert "may not act" in await last.types("/incident list")
        assert await office.calls("users.info") == []

        await office.post("/workspace/people", {"name": "new", "real_name": "New"})
        await office.passes(hours=23)
        assert len(await office.calls("users.list")) == 3
        await office.passes(hours=2)
        assert len(await office.calls("users.list")) == 4


async def test_reading_the_members_waits_when_slack_says_so_and_begins_again_when_it_must(
    database_url: str,
) -> None:
    async with open_office(database_url, start=False) as office:
        for n in range(250):
            last = await joins_the_workspace(office, f"member{n}", is_restricted=n == 249)
        await office.fault("users.list", "ratelimited", retry_after=30, times=1)
        await office.fault("users.list", "error", error="invalid_cursor", after=1, times=1)
        await office.start_bot()
        await office.settled()
        await office.passes(seconds=20)
        assert len(await office.calls("users.list")) == 1
        await office.passes(seconds=11)
        for _ in range(3):
            await office.passes(seconds=6)
        pages = await office.calls("users.list")
        assert ["cursor" in page["args"] for page in pages] == [False, False, True, False, True]
        assert "may not act" in await last.types("/incident list")
        assert await office.calls("users.info") == []


async def test_a_workspace_may_keep_its_list_to_itself(database_url: str) -> None:
    async with open_office(database_url, change=members_unread) as office:
        guest = await office.newcomer("gil", is_restricted=True)
        assert "may not act" in await guest.types("/incident list")
        await office.passes(days=2)
        assert await office.calls("users.list") == []


async def test_a_guest_who_slipped_in_while_slack_was_down_does_not_a_second_time(office: Office) -> None:
    await office.settled()  # the members are read, and only then this one comes
    guest = await office.newcomer("gil", is_restricted=True)
    await office.post("/faults/dead")
    assert "#1" in await guest.types("/incident declare sev1 Mine", settle=False)
    await office.post("/faults/alive")
    await office.passes(seconds=5)
    assert "may not act" in await guest.types("/incident resolve 1")
    assert (await office.timeline())[0]["author"] == guest.id


# -- coming and going ------------------------------------------------------------------------------------


async def test_whoever_joins_the_channel_in_slack_takes_part(office: Office) -> None:
    channel = await declared(office)
    await office.eve.joins(channel)

    entry = (await office.timeline())[-1]
    assert (entry["kind"], entry["data"]["user"]) == ("joined", office.eve.id)


async def test_joining_again_and_events_delivered_twice_count_once(office: Office) -> None:
    channel = await declared(office)
    await office.fault("member_joined_channel", "event_twice")
    await office.eve.joins(channel)
    await office.eve.types("/incident join 1")

    kinds = [entry["kind"] for entry in await office.timeline()]
    assert kinds.count("joined") == 1


async def test_whoever_leaves_is_written_down_and_can_come_back(office: Office) -> None:
    channel = await declared(office)
    await office.eve.joins(channel)
    await office.eve.leaves(channel)
    assert (await office.timeline())[-1]["kind"] == "left"

    await office.eve.clicks("Join", channel="incidents")
    assert office.eve.id in (await office.channel(channel))["members"]


async def test_the_invited_are_not_written_down_as_if_they_had_come_by_themselves(office: Office) -> None:
    await office.ada.types("/incident declare")
    await office.ada.submits(title="Checkout is down", severity="SEV1", service="payments")
    assert "joined" not in [entry["kind"] for entry in await office.timeline()]


async def test_whom_the_service_brings_stands_in_one_entry_once_they_are_invited(office: Office) -> None:
    """Dev is known, Cleo declares: she comes by herself."""
    await office.fault("conversations.invite", "ratelimited", retry_after=5)
    for person in (office.dev, office.eve, office.finn):
        await person.types("/incident list")
    await office.cleo.types("/incident declare")
    await office.cleo.submits(title="Sign-in fails", severity="SEV1", service="accounts")
    told = [entry["kind"] for entry in await office.timeline()]
    assert [kind for kind in told if not kind.startswith("page")] == ["declared", "channel"]

    await office.no_faults()
    await office.passes(seconds=6)
    entry = (await office.timeline())[-1]
    assert (entry["kind"], entry["data"]["service"]) == ("invited", "accounts")
    assert set(entry["data"]["users"]) == {office.dev.id, office.finn.id}

    await office.cleo.types("/incident timeline 1")
    assert f"{office.finn.shown}, who answer for Accounts" in said(await office.cleo.modal())
    await office.dev.types("/incident join 1")
    assert [entry["kind"] for entry in await office.timeline()].count("invited") == 1


async def test_an_invitation_that_slack_refuses_is_not_told_as_if_it_had_been_made(office: Office) -> None:
    for person in (office.cleo, office.dev):
        await person.types("/incident list")
    await office.fault("conversations.invite", "error", error="user_not_found", times=1)
    await office.fault(
        "conversations.invite", "error", error="user_not_found", match={"users": office.dev.id}
    )
    await office.ada.types("/incident declare")
    await office.ada.submits(title="Cards fail", severity="SEV1", service="payments")

    invited = [entry["data"]["users"] for entry in await office.timeline() if entry["kind"] == "invited"]
    assert invited == [[office.cleo.id]]
    await office.no_faults()
    await office.passes(minutes=2)
    invited = [entry["data"]["users"] for entry in await office.timeline() if entry["kind"] == "invited"]
    assert invited == [[office.cleo.id], [office.dev.id]]


async def test_leaving_a_private_channel_ends_seeing_the_incident(office: Office) -> None:
    await office.ada.types("/incident declare")
    await office.ada.submits(title="Stolen laptop", severity="SEV1", options=["private"])
    channel = await office.incident_channel()
    await office.ada.invites(office.eve, channel)
    assert "Stolen laptop" in await office.eve.types("/incident show 1")

    await office.eve.leaves(channel)

    assert "no incident #1" in await office.eve.types("/incident show 1")
    assert "laptop" not in await office.eve.types("/incident list all")
