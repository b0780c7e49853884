"""What an alert belongs to, and what becomes of it when the alert grows worse."""

from collections.abc import AsyncIterator

import pytest

from bot.alerts.event import OWN_CHECKS, Event
from tests.acceptance.office import Office, open_office
from tests.acceptance.pages import clicks_in_dm, pages_of, rings
from tests.acceptance.signals import alert, alerts_of, arrive, outcomes, read, read_timeline, with_rules

PAGES = [{"name": "page", "to": "page"}]


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with open_office(database_url, change=with_rules()) as office:
        yield office


# -- pages --------------------------------------------------------------------------------------------------


async def test_a_page_whose_alert_is_worse_rings_again(database_url: str) -> None:
    async with open_office(database_url, change=with_rules(routes=PAGES)) as office:
        await arrive(office, alert("slow", "Payments are slow", level="error", service="payments"))
        await office.passes(minutes=16)
        await clicks_in_dm(office.cleo, "Acknowledge")
        assert await rings(office.cleo) == []
        await arrive(office, alert("slow", "Payments are slow", level="error", service="payments"))
        assert await rings(office.cleo) == [], "a repeat is no news"
        await arrive(office, alert("slow", "Payments are down", service="payments"))
        assert len(await rings(office.cleo)) == 2, "a new message, and the one that was acknowledged before"
        told = await pages_of(office.cleo)
        assert "“Payments are down” is SEV1" in told
        assert "SEV1 · Payments" in told
        assert [(one.outcome, one.severity) for one in await alerts_of(office)] == [("page", "SEV1")]
        await arrive(office, alert("slow", action="resolve"))
        assert await rings(office.cleo) == []


async def test_the_card_tells_what_the_check_of_a_worse_alert_sees_now(database_url: str) -> None:
    routes = [{"name": "all", "to": "incident"}]

    def slow(level: str, seen: str) -> Event:
        details = {"expected": "at most 500 ms", "seen": seen}
        return alert(
            "check:shop", f"Shop: {seen}", level=level, service="web", source="shop", details=details
        )

    async with open_office(database_url, change=with_rules(routes=routes)) as office:
        await arrive(office, slow("error", "700 ms"), integration=OWN_CHECKS)
        channel = await office.incident_channel()
        assert "seen 700 ms" in await read(office, channel)
        await arrive(office, slow("critical", "4000 ms"), integration=OWN_CHECKS)
        shown = await read(office, channel)
        assert "seen 4000 ms" in shown
        assert "seen 700 ms" not in shown


async def test_a_worse_alert_that_joins_a_page_rings_it_again(database_url: str) -> None:
    async with open_office(database_url, change=with_rules(routes=PAGES)) as office:
        await arrive(office, alert("slow", level="error", service="payments"))
        await office.passes(minutes=16)
        await clicks_in_dm(office.cleo, "Acknowledge")
        await arrive(office, alert("slower", level="error", service="payments"))
        assert await rings(office.cleo) == []
        await arrive(office, alert("down", "Payments are down", service="payments"))
        assert len(await rings(office.cleo)) == 2
        assert "3 alerts, 3 firing" in await pages_of(office.cleo)
        await clicks_in_dm(office.cleo, "Acknowledge")
        # As in incidents: the same failure elsewhere is no news, another one of the highest severity is.
        await arrive(office, alert("down2", "Payments are down", service="payments"))
        assert await rings(office.cleo) == []
        await arrive(office, alert("leak", "Customer data leaks", service="payments"))
        assert len(await rings(office.cleo)) == 3
        assert "another failure of SEV1: “Customer data leaks”" in await pages_of(office.cleo)
        for key in ("slow", "slower", "down", "down2"):
            await arrive(office, alert(key, action="resolve"))
        assert len(await rings(office.cleo)) == 3, "one of its alerts still fires"
        await arrive(office, alert("leak", action="resolve"))
        assert await rings(office.cleo) == []


async def test_a_page_becomes_an_incident_where_the_route_of_what_is_worse_says_so(database_url: str) -> None:
    routes = [{"name": "critical", "to": "incident", "when": {"levels": ["critical"]}}, *PAGES]
    async with open_office(database_url, change=with_rules(routes=routes)) as office:
        await arrive(office, alert("slow", level="error", service="payments"))
        await office.passes(minutes=16)
        assert len(await rings(office.cleo)) == 1
        await arrive(office, alert("slow", "Payments are down", service="payments"))
        assert await outcomes(office) == [("slow", "incident")]
        assert (await office.record())["severity"] == "SEV1"
        assert len(await rings(office.cleo)) == 1, "the incident's page follows the other"
        assert "has become incident #1" in await pages_of(office.cleo)
        await arrive(office, alert("slow", action="resolve"))
        assert "Its alert is resolved" in await read(office, await office.incident_channel())


async def test_what_is_worse_after_people_ended_its_page_rings_at_once(database_url: str) -> None:
    async with open_office(database_url, change=with_rules(routes=PAGES)) as office:
        await arrive(office, alert("slow", level="error", service="payments"))
        await office.passes(minutes=16)
        await clicks_in_dm(office.cleo, "Acknowledge")
        await office.cleo.types("/page resolve 1")
        await office.passes(minutes=1)
        await arrive(office, alert("slow", level="error", service="payments"))
        assert await rings(office.cleo) == [], "tools take a while to see that it is over"
        await arrive(office, alert("slow", "Payments are down", service="payments"))
        assert len(await rings(office.cleo)) == 1


# -- what people declared -----------------------------------------------------------------------------------


async def test_an_alert_joins_what_a_person_declared_for_its_service(office: Office) -> None:
    await office.ada.types("/incident declare sev3 Card payments fail service:payments")
    assert (await office.record())["service"] == "payments"
    await arrive(office, alert("pay", "Payments fail", level="critical", service="payments"))
    await arrive(office, alert("pay2", "Payouts fail", level="critical", service="payments"))
    await office.passes(minutes=1)
    assert await outcomes(office) == [("pay", "joined"), ("pay2", "joined")]
    assert len(await office.calls("conversations.create")) == 1
    record = await office.record()
    assert (record["severity"], record["title"]) == ("SEV1", "Card payments fail")
    assert len(await rings(office.cleo)) >= 1
    seen = await read(office, await office.incident_channel())
    assert "2 alerts, 2 firing" in seen
    assert "more alert" in seen
    assert "Payouts fail" in seen
    timeline = await read_timeline(office, 1)
    assert "joins incident #1, which somebody declared for payments" in timeline
    assert "joins incident #1 of its group" in timeline
    await arrive(office, alert("pay", action="resolve"), alert("pay2", action="resolve"))
    assert (await office.record())["status"] == "investigating", "who declared it says when it is over"


async def test_one_that_nobody_has_worked_on_for_long_is_not_joined(office: Office) -> None:
    await office.ada.types("/incident declare sev3 Card payments fail service:payments")
    await office.passes(hours=1, minutes=50)
    await office.ada.types("/incident note 1 still looking")
    await office.passes(hours=1, minutes=50)
    await arrive(office, alert("pay", "Payments fail", service="payments"))
    assert await outcomes(office) == [("pay", "joined")], "it is still worked on"
    await office.passes(hours=2, minutes=1)
    await arrive(office, alert("pay2", "Payouts fail", service="payments"))
    assert await outcomes(office) == [("pay", "joined"), ("pay2", "incident")]


@pytest.mark.parametrize("kind", ["private", "drill"])
async def test_a_private_incident_and_a_drill_are_never_joined(office: Office, kind: str) -> None:
    await office.ada.types("/incident declare")
    await office.ada.submits(title="Stolen laptop", severity="SEV3", service="payments", options=[kind])
    record = await office.record()
    assert record["private"] or record["drill"]
    for service in ("payments", "checkout", "accounts"):  # what stands on it, and what it stands on
        await arrive(office, alert(service, f"{service} fails", service=service))
    found = await alerts_of(office)
    assert [one.incident_id for one in found] == [2, 2, 2]
    assert "#1" not in " ".join(one.reason for one in found)
    assert "alert" not in {entry["kind"] for entry in await office.timeline()}


async def test_a_route_may_leave_what_people_declared_alone(database_url: str) -> None:
    routes = [{"name": "own", "to": "incident", "joins_declared": False}]
    async with open_office(database_url, change=with_rules(routes=routes)) as office:
        await office.ada.types("/incident declare sev3 Card payments fail service:payments")
        await arrive(office, alert("pay", "Payments fail", service="payments"))
        await arrive(office, alert("cart", "Checkout fails", service="checkout"))
        assert await outcomes(office) == [("pay", "incident"), ("cart", "symptom")]
        assert [one.incident_id for one in await alerts_of(office)] == [2, 2]


# -- several who tell of one failure ------------------------------------------------------------------------


async def test_two_tools_and_a_check_that_tell_of_one_failure_are_one_group(office: Office) -> None:
    await arrive(office, alert("a1", "PaymentsDown", service="payments"), integration="alertmanager")
    await arrive(office, alert("pay", "payments: expected 200", service="payments"), integration="checks")
    await arrive(
        office, alert("g", "Payments", labels={"service": "payments"}), integration="checkout-monitor"
    )
    assert [outcome for _, outcome in await outcomes(office)] == ["incident", "joined", "joined"]
    assert len(await office.calls("conversations.create")) == 1
    await office.passes(minutes=1)
    seen = await read(office, await office.incident_channel())
    assert "3 alerts, 3 firing" in seen
    assert "payments: expected 200" in seen


# -- acknowledged where it comes from -----------------------------------------------------------------------


async def test_an_acknowledgement_in_the_tool_is_on_the_card_and_stops_no_page(office: Office) -> None:
    await arrive(office, alert("disk", "Disk is full", service="payments"))
    await arrive(office, alert("disk", action="acknowledge", level=None))
    assert "1 acknowledged in the tool that sent it" in await read(office, await office.incident_channel())
    assert "Acknowledged where it comes from" in await read_timeline(office, 1)
    assert len(await rings(office.cleo)) == 1, "only who is rung can say that they have it"
    shown = await office.cleo.types("/incident show 1")
    assert "1 acknowledged in the tool that sent it" in str(shown) + await office.cleo.is_told()


async def test_an_acknowledgement_in_the_tool_is_on_its_message_and_its_page(database_url: str) -> None:
    routes = [*[{**PAGES[0], "when": {"levels": ["critical"]}}]]
    async with open_office(database_url, change=with_rules(routes=routes)) as office:
        await arrive(office, alert("slow", level="warning", service="payments"))
        await arrive(office, alert("down", "Payments are down", service="payments"))
        await arrive(office, *(alert(key, action="acknowledge", level=None) for key in ("slow", "down")))
        assert "acknowledged in the tool that sent it" in await read(office, "incidents")
        assert "1 acknowledged in the tool that sent it" in await pages_of(office.cleo)
        assert len(await rings(office.cleo)) == 1
        await office.cleo.types("/page show 1")
        assert "1 acknowledged in the tool that sent it" in await office.cleo.is_told()
