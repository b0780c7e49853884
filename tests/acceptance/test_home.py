"""App Home: the open incidents that its reader may see, kept current; and the way to declare."""

from tests.acceptance.office import Office, find_element, said


async def test_home_without_incidents_invites_to_declare(office: Office) -> None:
    home = await office.eve.home()
    assert "No open incidents" in said(home)
    assert find_element([home], ":rotating_light: Declare an incident")


async def test_home_shows_the_open_incidents_newest_first(office: Office) -> None:
    for words in ("sev1 Checkout is down", "sev3 Search is slow", "sev4 A typo"):
        await office.ada.types(f"/incident declare {words}")
    await office.ada.types("/incident resolve 3")

    home = said(await office.eve.home())
    assert "2 open incidents" in home
    assert home.index("Search is slow") < home.index("Checkout is down")
    assert "A typo" not in home
    assert f"<#{(await office.channel('inc-1-checkout-is-down'))['id']}>" in home


async def test_home_stays_current_for_those_who_look_at_it(office: Office) -> None:
    await office.eve.home()
    await office.ada.types("/incident declare sev1 Checkout is down")
    await office.passes(seconds=2)
    assert "Checkout is down" in said(await _seen_without_opening(office))

    await office.ada.types("/incident status 1 identified")
    await office.passes(seconds=2)
    assert "Identified" in said(await _seen_without_opening(office))

    await office.ada.types("/incident resolve 1")
    await office.passes(seconds=2)
    assert "No open incidents" in said(await _seen_without_opening(office))


async def _seen_without_opening(office: Office) -> object:
    return (await office.get(f"/people/{office.eve.id}/screen"))["home"]


async def test_home_shows_a_private_incident_to_its_people_only(office: Office) -> None:
    await office.ada.types("/incident declare")
    await office.ada.submits(title="Stolen laptop", severity="SEV1", options=["private"])
    channel = await office.incident_channel()

    assert "Stolen laptop" in said(await office.ada.home())
    assert "laptop" not in said(await office.eve.home())

    await office.ada.invites(office.eve, channel)
    await office.passes(seconds=2)
    assert "Stolen laptop" in said(await _seen_without_opening(office))
    await office.eve.leaves(channel)
    await office.passes(seconds=2)
    assert "laptop" not in said(await _seen_without_opening(office))


async def test_an_incident_is_opened_from_home(office: Office) -> None:
    await office.ada.types("/incident declare sev1 Checkout is down")
    await office.eve.clicks_at_home("Show")
    card = await office.eve.modal()
    assert "Investigating" in said(card)

    await office.eve.clicks("Join as scribe")
    assert (await office.record())["roles"] == {"scribe": office.eve.id}


async def test_home_says_how_many_more_there_are(office: Office) -> None:
    for number in range(22):
        await office.ada.types(f"/incident declare sev4 Flaw {number:02}", settle=False)
    await office.settled()

    home = said(await office.eve.home())
    assert "22 open incidents" in home
    assert "and 2 more: `/incident list`" in home
