"""App Home: the open incidents that its reader may see, kept current; and the way to declare."""

from tests.acceptance.checking import Target, checking, open_target
from tests.acceptance.office import Office, find_element, open_office, said
from tests.acceptance.signals import alert, arrive, with_rules


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


# -- what fails now ---------------------------------------------------------------------------------------------------


async def test_home_counts_what_fires_without_an_incident(database_url: str) -> None:
    routes = [
        {"name": "noise", "to": "nowhere", "when": {"labels": ["env=dev"]}},
        {"name": "bad", "to": "incident", "when": {"levels": ["critical"]}},
        {"name": "page", "to": "page", "when": {"levels": ["error"]}},
    ]
    async with open_office(database_url, change=with_rules(routes=routes)) as office:
        assert "without an incident" not in said(await office.eve.home())
        await arrive(
            office,
            alert("down", service="payments"),
            alert("slow", level="warning", service="search"),
            alert("slower", level="info", service="search"),
            alert("full", level="error"),
            alert("dev", service="search", labels={"env": "dev"}),
        )
        await office.passes(seconds=10)
        home = said(await _seen_without_opening(office))
        assert "3 alerts fire without an incident" in home
        assert ":large_orange_circle: no service 1 · :large_yellow_circle: Search 2" in home

        await arrive(
            office, *(alert(key, action="resolve", level=None) for key in ("slow", "slower", "full"))
        )
        await office.passes(seconds=10)
        home = said(await _seen_without_opening(office))
        assert "without an incident" not in home
        assert "1 open incident" in home


async def test_home_tells_of_maintenance_and_what_it_silences(database_url: str) -> None:
    async with open_office(database_url, change=with_rules()) as office:
        await office.eve.home()
        await office.ada.types("/check maintenance start payments 2h Upgrade")
        await arrive(office, alert("down", service="payments"))
        await office.passes(seconds=10)
        home = said(await _seen_without_opening(office))
        assert "*Maintenance*" in home
        assert "Payments until" in home
        assert "1 alert fires without an incident" in home
        assert ":red_circle: Payments 1 (1 silenced)" in home

        await office.ada.types("/check maintenance end 1")
        await office.passes(seconds=10)
        home = said(await _seen_without_opening(office))
        assert "*Maintenance*" not in home
        assert "without an incident" not in home


async def test_home_tells_which_checks_fail(database_url: str) -> None:
    def check(name: str, target: Target) -> dict[str, object]:
        return {"name": name, "service": "search", "every": "10s", "failures": 1, "http": {"url": target.url}}

    async with (
        open_target() as target,
        checking(database_url, check("front", target), check("back", target)) as office,
    ):
        await office.passes(seconds=11)
        assert "2 checks*, none failing" in said(await office.eve.home())
        target.status = 503
        await office.passes(seconds=11)
        await office.passes(seconds=10)
        home = said(await _seen_without_opening(office))
        assert "2 of 2 checks failing" in home
        assert "front · P2 since" in home
        assert "503" in home
        # Their alerts are not told a second time.
        assert "without an incident" not in home
        target.status = 200
        for _ in range(3):
            await office.passes(seconds=11)
        assert "none failing" in said(await _seen_without_opening(office))


async def test_a_guest_sees_nothing_of_what_fails(database_url: str) -> None:
    async with open_office(database_url, change=with_rules()) as office:
        await arrive(office, alert("slow", level="warning", service="search"))
        await office.ada.types("/check maintenance start payments 2h Upgrade")
        guest = said(await (await office.newcomer("gil", is_restricted=True)).home())
        assert "full members" in guest
        assert "Search" not in guest
        assert "Maintenance" not in guest
