"""Who may act, and who takes part by coming and going in Slack itself."""

from tests.acceptance.office import Office, find_element, said


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
    told = [entry["kind"] for entry in await office.timeline()]
    assert [kind for kind in told if not kind.startswith("page")] == ["declared", "channel"]


async def test_leaving_a_private_channel_ends_seeing_the_incident(office: Office) -> None:
    await office.ada.types("/incident declare")
    await office.ada.submits(title="Stolen laptop", severity="SEV1", options=["private"])
    channel = await office.incident_channel()
    await office.ada.invites(office.eve, channel)
    assert "Stolen laptop" in await office.eve.types("/incident show 1")

    await office.eve.leaves(channel)

    assert "no incident #1" in await office.eve.types("/incident show 1")
    assert "laptop" not in await office.eve.types("/incident list all")
