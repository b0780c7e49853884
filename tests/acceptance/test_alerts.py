"""From a signal to the right incident, as those see it who are rung and those who look on."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot.alerts.event import Event, Link
from bot.steps import alerts as step
from tests.acceptance.office import Office, open_office, said
from tests.acceptance.pages import clicks_in_dm, pages_of, rings
from tests.acceptance.signals import alert, alerts_of, arrive, outcomes, read, read_timeline, with_rules


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    """The sample without its routes: what happens where nobody wrote any."""
    async with open_office(database_url, change=with_rules()) as office:
        yield office


async def test_a_critical_alert_is_an_incident_that_pages(office: Office) -> None:
    await arrive(office, alert("disk", "Disk is full", service="payments", labels={"host": "db1"}))
    assert await outcomes(office) == [("disk", "incident")]
    assert len(await rings(office.cleo)) == 1
    assert "Disk is full" in await pages_of(office.cleo)
    record = await office.record()
    assert (record["title"], record["severity"], record["service"]) == ("Disk is full", "SEV1", "payments")
    card = await read(office, await office.incident_channel())
    assert "by Tocsin, for an alert" in card
    assert "by Tocsin, for an alert" in said(await office.cleo.home())
    assert "by Tocsin, for an alert" in await read(office, "incidents")
    assert "by Tocsin, for an alert" in await read_timeline(office, 1)
    assert record["declared_by"] is None
    assert "1 alert, firing" in card
    assert "no route fits; critical alerts become incidents" in str(await office.timeline())
    # Whoever answers for the service is invited, though nobody declared it.
    assert office.cleo.id in (await office.channel(await office.incident_channel()))["members"]


async def test_what_is_not_critical_is_one_message_that_is_kept_current(office: Office) -> None:
    await arrive(office, alert("slow", "Search is slow", level="warning", service="search"))
    await arrive(office, alert("slow", "Search is slow", level="warning", service="search"))
    await arrive(office, alert("slower", "Search is slower", level="error", service="search"))
    posted = [m for m in await office.cleo.messages("incidents") if "Search is slow" in said(m)]
    assert len(posted) == 1
    assert "2 alerts, 2 firing" in said(posted[0])
    assert "received 3 times" in said(posted[0])
    await arrive(office, *(alert(key, action="resolve", level=None) for key in ("slow", "slower")))
    posted = [m for m in await office.cleo.messages("incidents") if "Search is slow" in said(m)]
    assert len(posted) == 1
    assert "all 2 resolved" in said(posted[0])
    assert await office.calls("conversations.create") == []
    await arrive(office, alert("slow", "Search is slow", level="warning", service="search"))
    assert len([m for m in await office.cleo.messages("incidents") if "Search is slow" in said(m)]) == 2


async def test_a_repeated_delivery_changes_nothing_but_the_count(office: Office) -> None:
    await arrive(office, alert("disk", "Disk is full", service="payments"))
    before, timeline = await office.get("/calls"), await office.timeline()
    await arrive(office, *[alert("disk", "Disk is full", service="payments")] * 5)
    assert (await office.get("/calls"))["calls"] == before["calls"]
    assert await office.timeline() == timeline
    (one,) = await alerts_of(office)
    assert one.count == 6


def filling(free: str, level: str = "critical") -> Event:
    """One alert, as its tool says it again and again."""
    return alert(
        "disk",
        f"Disk is nearly full: {free} free",
        level=level,
        service="payments",
        source="db1",
        labels={"free": free},
        details={"free": free, "raw": {"deep": 1}},
        links=(Link(f"https://graphs.example.com/{free.rstrip('%')}"),),
    )


async def test_the_card_tells_what_an_alert_that_came_again_says_now(office: Office) -> None:
    await arrive(office, filling("9%"))
    await arrive(office, filling("7%"))
    await office.passes(seconds=20)
    await arrive(office, filling("3%", level="warning"))
    await office.passes(minutes=1)
    card = await read(office, await office.incident_channel())
    assert "1 alert, firing, received 3 times, last" in card
    assert "It says now: Disk is nearly full: 3% free · free: 3%" in card
    assert "https://graphs.example.com/3|open" in card
    record = await office.record()
    assert (record["title"], record["severity"]) == ("Disk is nearly full: 9% free", "SEV1")
    assert len(await rings(office.cleo)) == 1, "nothing rings for it again"
    edits = [call for call in await office.calls("chat.update") if "It says now" in str(call)]
    assert len(edits) == 1, "what is repeated all the time is gathered"

    await arrive(office, filling("9%"))
    await office.passes(minutes=1)
    card = await read(office, await office.incident_channel())
    assert "received 4 times" in card
    assert "It says now" not in card, "that is what the incident's title says"


async def test_a_message_tells_the_newest_words_and_details(office: Office) -> None:
    async def message() -> str:
        (found,) = [m for m in await office.cleo.messages("incidents") if "Disk is nearly full" in said(m)]
        return said(found)

    await arrive(office, filling("30%", level="warning"))
    assert "source: db1 · free: 30%" in await message()
    await office.passes(minutes=2)
    await arrive(office, filling("20%", level="warning"))
    assert "Disk is nearly full: 20% free" in await message()
    assert "source: db1 · free: 20%" in await message()
    assert "https://graphs.example.com/20|open" in await message()
    assert "received 2 times" in await message()
    assert "30%" not in await message()


async def test_a_page_tells_what_its_alert_says_now(database_url: str) -> None:
    routes = [{"name": "page", "to": "page"}]
    async with open_office(database_url, change=with_rules(routes=routes)) as office:
        await arrive(office, filling("9%"))
        await arrive(office, filling("3%"))
        await office.passes(minutes=1)
        seen = await pages_of(office.cleo)
        assert "Disk is nearly full: 9% free" in seen
        assert "received 2 times" in seen
        assert "It says now: Disk is nearly full: 3% free" in seen
        assert len(await rings(office.cleo)) == 1


async def test_what_waited_rings_with_its_newest_words(database_url: str) -> None:
    routes = [{"name": "patient", "to": "incident", "wait": "5m"}]
    async with open_office(database_url, change=with_rules(routes=routes)) as office:
        await arrive(office, filling("9%"))
        await arrive(office, filling("3%"))
        await office.passes(minutes=5, seconds=1)
        assert (await office.record())["title"] == "Disk is nearly full: 3% free"


async def test_later_alerts_join_the_incident_in_its_thread_and_on_its_card(office: Office) -> None:
    await arrive(office, alert("disk", "Disk is full", service="payments"))
    await arrive(office, alert("cpu", "CPU is hot", service="payments"))
    await office.passes(minutes=1)
    assert await outcomes(office) == [("disk", "incident"), ("cpu", "joined")]
    seen = await read(office, await office.incident_channel())
    assert "1 more alert" in seen
    assert "CPU is hot" in seen
    assert "2 alerts, 2 firing" in seen
    assert len(await office.calls("conversations.create")) == 1
    await arrive(office, alert("cpu", action="resolve"))
    await office.passes(minutes=1)
    assert "2 alerts, 1 firing" in await read(office, await office.incident_channel())
    await arrive(office, alert("disk", action="resolve"))
    await office.passes(minutes=1)
    seen = await read(office, await office.incident_channel())
    assert "All 2 alerts are resolved" in seen
    assert "stays open until somebody resolves it" in seen
    assert (await office.record())["status"] == "investigating"


async def test_a_worse_alert_raises_the_incident_and_pages_again(database_url: str) -> None:
    routes = [{"name": "all", "to": "incident"}]
    async with open_office(database_url, change=with_rules(routes=routes)) as office:
        await arrive(office, alert("slow", level="error", service="payments"))
        assert await rings(office.cleo) == []
        await arrive(office, alert("down", "Payments are down", service="payments"))
        assert (await office.record())["severity"] == "SEV1"
        assert len(await rings(office.cleo)) == 1
        await clicks_in_dm(office.cleo, "Acknowledge")
        assert await rings(office.cleo) == []
        # The same failure on another machine is no news; another failure of the highest severity is.
        await arrive(office, alert("down2", "Payments are down", service="payments"))
        assert await rings(office.cleo) == []
        await arrive(office, alert("leak", "Customer data leaks", service="payments"))
        assert len(await rings(office.cleo)) == 1
        assert "Customer data leaks" in await pages_of(office.cleo)


async def test_the_incident_is_resolved_by_itself_where_its_route_says_so(database_url: str) -> None:
    routes = [{"name": "all", "to": "incident", "resolve": True}]
    async with open_office(database_url, change=with_rules(routes=routes)) as office:
        await arrive(office, alert("a", service="payments"), alert("b", service="payments"))
        await arrive(office, alert("a", action="resolve"))
        assert (await office.record())["status"] == "investigating"
        await arrive(office, alert("b", action="resolve"))
        record = await office.record()
        assert record["status"] == "resolved"
        assert await rings(office.cleo) == []
        assert "All alerts are resolved." in str(record["timeline"])


async def test_what_still_fires_after_people_resolved_it_rings_anew(office: Office) -> None:
    await arrive(office, alert("disk", "Disk is full", service="payments"))
    await office.cleo.types("/incident resolve 1 mended")
    await office.passes(minutes=20)
    await arrive(office, alert("disk", "Disk is full", service="payments"))
    assert len(await office.calls("conversations.create")) == 1, "tools take a while to see it"
    await office.passes(minutes=11)
    await arrive(office, alert("disk", "Disk is full", service="payments"))
    assert len(await office.calls("conversations.create")) == 2
    assert len(await rings(office.cleo)) == 1


async def test_what_gets_worse_is_routed_anew(database_url: str) -> None:
    routes = [
        {"name": "bad", "to": "incident", "when": {"levels": ["critical"]}},
        {"name": "patient", "to": "incident", "when": {"levels": ["error"]}, "wait": "1h"},
    ]
    async with open_office(database_url, change=with_rules(routes=routes)) as office:
        await arrive(
            office,
            alert("disk", "Disk fills", level="warning", service="payments"),
            alert("cpu", "CPU is hot", level="error", service="search"),
        )
        assert sorted(await outcomes(office)) == [("cpu", "waiting"), ("disk", "message")]
        await arrive(
            office, alert("disk", "Disk is full", service="payments"), alert("cpu", service="search")
        )
        assert sorted(await outcomes(office)) == [("cpu", "incident"), ("disk", "incident")]
        assert len(await rings(office.cleo)) == 1
        assert "incident #" in await read(office, "incidents")
        await office.passes(hours=1, seconds=1)
        assert all(one.is_open for one in await alerts_of(office)), "the wait that was is forgotten"


async def test_the_message_of_what_became_an_incident_tells_its_end(office: Office) -> None:
    await arrive(office, alert("disk", "Disk fills", level="warning", service="payments"))
    await arrive(office, alert("disk", "Disk is full", service="payments"))
    await arrive(office, alert("disk", action="resolve", level=None))
    (message,) = [
        m for m in await office.cleo.messages("incidents") if "firing" in said(m) or "Resolved" in said(m)
    ]
    assert "Resolved: Disk is full" in said(message)
    assert "incident #1" in said(message)


async def test_a_message_goes_on_without_what_became_an_incident(office: Office) -> None:
    async def message() -> str:
        (found,) = [m for m in await office.cleo.messages("incidents") if "Disk b" in said(m)]
        return said(found)

    await arrive(
        office, *(alert(f"{x}", f"Disk {x} fills", level="warning", service="payments") for x in "abc")
    )
    assert "3 alerts, 3 firing" in await message()
    await arrive(office, alert("a", "Disk a is full", service="payments"))
    assert "2 alerts, 2 firing" in await message()
    assert "Disk a" not in await message()
    await arrive(office, alert("b", action="resolve", level=None), alert("c", action="resolve", level=None))
    assert "all 2 resolved" in await message()


async def test_a_transient_alert_rings_only_if_it_lasts(database_url: str) -> None:
    routes = [{"name": "patient", "to": "incident", "wait": "5m"}]
    async with open_office(database_url, change=with_rules(routes=routes)) as office:
        await arrive(office, alert("blip", service="payments"), alert("lasts", service="payments"))
        await office.passes(minutes=4)
        await arrive(office, alert("blip", action="resolve"))
        assert await rings(office.cleo) == []
        await office.passes(minutes=1, seconds=1)
        assert await outcomes(office) == [("blip", "waiting"), ("lasts", "incident")]
        assert len(await rings(office.cleo)) == 1


async def test_a_page_alone_rings_and_ends_with_its_alerts(database_url: str) -> None:
    routes = [{"name": "page", "to": "page"}]
    async with open_office(database_url, change=with_rules(routes=routes)) as office:
        await arrive(office, alert("a", "Disk is full", service="payments"), alert("b", service="payments"))
        assert await outcomes(office) == [("a", "page"), ("b", "joined")]
        assert len(await rings(office.cleo)) == 1
        assert await office.calls("conversations.create") == []
        await arrive(office, alert("a", action="resolve"))
        assert len(await rings(office.cleo)) == 1
        await arrive(office, alert("b", action="resolve"))
        assert await rings(office.cleo) == []
        assert "all its alerts are resolved" in await pages_of(office.cleo)


async def test_backlog_and_nowhere_are_kept_and_disturb_nobody(database_url: str) -> None:
    routes: list[dict[str, Any]] = [
        {"name": "later", "to": "backlog", "when": {"levels": ["info"]}},
        {"name": "noise", "to": "nowhere", "when": {"labels": ["env=dev*"]}},
    ]
    async with open_office(database_url, change=with_rules(routes=routes)) as office:
        await office.settled()
        before = await office.get("/calls")
        await arrive(office, alert("a", level="info"), alert("b", labels={"env": "dev-3"}))
        assert sorted(await outcomes(office)) == [("a", "backlog"), ("b", "nowhere")]
        assert (await office.get("/calls"))["calls"] == before["calls"]


async def test_symptoms_join_their_root(office: Office) -> None:
    """accounts is down; payments, and checkout above it, say so too."""
    await arrive(office, alert("db", "Accounts database is down", service="accounts"))
    await arrive(office, alert("pay", "Payments fail", service="payments"))
    await arrive(office, alert("cart", "Checkout fails", service="checkout"))
    await office.passes(minutes=1)
    assert await outcomes(office) == [("db", "incident"), ("pay", "symptom"), ("cart", "symptom")]
    root, *symptoms = await alerts_of(office)
    assert {one.root_id for one in symptoms} == {root.id}
    assert "payments depends on accounts" in symptoms[0].reason
    assert len(await office.calls("conversations.create")) == 1
    assert "2 of them symptoms" in await read(office, await office.incident_channel())
    await arrive(office, alert("cart2", "Carts are empty", service="checkout"))
    await office.passes(minutes=1)
    assert (await outcomes(office))[-1] == ("cart2", "symptom")
    assert "3 of them symptoms" in await read(office, await office.incident_channel())


async def test_a_root_that_comes_late_takes_the_incident_over(office: Office) -> None:
    await arrive(office, alert("pay", "Payments fail", service="payments"))
    assert len(await rings(office.cleo)) == 1
    assert await rings(office.finn) == []
    await arrive(office, alert("db", "Accounts database is down", service="accounts"))
    await office.passes(minutes=1)
    assert await outcomes(office) == [("pay", "symptom"), ("db", "incident")]
    symptom, root = await alerts_of(office)
    assert symptom.root_id == root.id
    assert (await office.record())["service"] == "accounts"
    assert len(await rings(office.finn)) == 1, "who answers for the root is paged"
    assert len(await office.calls("conversations.create")) == 1


async def test_maintenance_silences_new_pages_and_never_ends(database_url: str) -> None:
    async with open_office(database_url, start=False) as office:
        at = office.clock.now().replace(microsecond=0)
        window = {
            "name": "upgrade",
            "services": ["payments"],
            "from": (at - timedelta(minutes=1)).isoformat(),
            "to": (at + timedelta(hours=1)).isoformat(),
        }
        office.config = with_rules(maintenance=[window])(office.config)
        await office.start_bot()
        await arrive(office, alert("a", service="payments"), alert("b", service="payments"))
        await arrive(office, alert("c", service="search"))
        assert await outcomes(office) == [("a", "silenced"), ("b", "silenced"), ("c", "incident")]
        assert await rings(office.cleo) == []
        await arrive(office, alert("a", action="resolve"))
        assert [one.state for one in await alerts_of(office)] == ["resolved", "firing", "firing"]
        await office.passes(hours=1)
        assert (await outcomes(office))[1] == ("b", "incident")
        assert len(await rings(office.cleo)) == 1, "what still fires at the end of the window rings then"


async def test_flapping_rings_once_and_ends_after_it_was_quiet(database_url: str) -> None:
    routes = [{"name": "all", "to": "incident", "resolve": True}]
    async with open_office(database_url, change=with_rules(routes=routes)) as office:
        for _ in range(5):
            await arrive(office, alert("flap", "It flaps", service="payments"))
            await office.passes(minutes=1)
            await arrive(office, alert("flap", action="resolve"))
            await office.passes(minutes=1)
        declared = len(await office.calls("conversations.create"))
        assert [one.is_open for one in await alerts_of(office)][-1], "its end is not believed yet"
        for _ in range(5):
            await arrive(office, alert("flap", "It flaps", service="payments"))
            await office.passes(minutes=1)
            await arrive(office, alert("flap", action="resolve"))
            await office.passes(minutes=1)
        assert len(await office.calls("conversations.create")) == declared
        assert (await office.record(declared))["status"] == "investigating"
        assert "flaps: it came back 4 times" in await read_timeline(office, declared)
        await office.passes(minutes=10)
        assert (await office.record(declared))["status"] == "resolved"


async def test_a_deployment_stands_on_the_timeline_of_open_incidents(office: Office) -> None:
    await arrive(office, alert("pay", "Payments fail", service="payments"))
    await arrive(
        office,
        alert("deploy", "Deployed accounts 1.2", action="change", level=None, service="accounts"),
        integration="github",
    )
    words = await read_timeline(office, 1)
    assert "Change** on Accounts (github): Deployed accounts 1.2" in words
    assert "Deployed accounts 1.2" in await read(office, await office.incident_channel())


async def test_a_poisoned_signal_stops_no_other(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    good = step.lifecycle.take_in

    async def breaks(session: Any, signal: Any, **more: Any) -> None:
        if signal.id == 1:
            raise ValueError("poison")
        await good(session, signal, **more)

    monkeypatch.setattr(step.lifecycle, "take_in", breaks)
    await arrive(office, alert("bad", service="payments"), alert("good", service="search"))
    assert await outcomes(office) == [("good", "incident")]
    monkeypatch.undo()
    await office.passes(minutes=6)
    assert await outcomes(office) == [("good", "incident"), ("bad", "incident")]


async def test_what_was_put_off_does_not_undo_what_was_said_since(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = step.lifecycle.take_in

    async def stumbles(session: Any, signal: Any, **more: Any) -> None:
        if signal.id in (1, 4):
            raise ValueError("a fault of ours")
        await good(session, signal, **more)

    monkeypatch.setattr(step.lifecycle, "take_in", stumbles)
    await arrive(office, alert("over", service="search"), alert("over", action="resolve"))
    await arrive(office, alert("back", service="payments"))
    await arrive(office, alert("back", action="resolve"), alert("back", service="payments"))
    monkeypatch.undo()
    await office.passes(minutes=6)
    assert [(one.key, one.is_open) for one in await alerts_of(office)] == [("back", True)]
    assert len(await office.calls("conversations.create")) == 1


async def test_beyond_the_budget_there_is_one_message_with_counts(database_url: str) -> None:
    routes = [
        {
            "name": "each",
            "to": "incident",
            "severity": "SEV2",
            "group": {"labels": ["host"]},
            "when": {"levels": ["error"]},
        }
    ]
    async with open_office(database_url, change=with_rules(routes=routes)) as office:
        await arrive(
            office,
            *(
                alert(f"h{n}", f"Host {n} fails", level="error", service="search", labels={"host": str(n)})
                for n in range(20)
            ),
        )
        await office.passes(seconds=31)
        found = [outcome for _, outcome in await outcomes(office)]
        assert (found.count("incident"), found.count("held_back")) == (3, 17)
        storms = [m for m in await office.cleo.messages("incidents") if "Storm of alerts" in said(m)]
        assert len(storms) == 1
        assert "17 held back" in said(storms[0])
        await arrive(
            office,
            alert("true", "Search is down", service="search", labels={"host": "x"}),
        )
        assert (await outcomes(office))[-1] == ("true", "incident"), "the highest severity always pages"
        assert "Search is down" in await pages_of(office.finn)


EACH_HOST: dict[str, Any] = {"name": "each", "severity": "SEV2", "group": {"labels": ["host"]}}


def hosts(count: int, action: str = "trigger") -> list[Event]:
    return [
        alert(
            f"h{n}",
            f"Host {n} fails",
            action=action,
            level="error",
            service="search",
            labels={"host": f"{n}"},
        )
        for n in range(count)
    ]


async def test_what_still_fires_when_the_storm_is_over_is_one_incident(database_url: str) -> None:
    routes = [{**EACH_HOST, "to": "incident"}]
    async with open_office(database_url, change=with_rules(routes=routes)) as office:
        await arrive(office, *hosts(20))
        await office.passes(minutes=5)
        await arrive(office, *hosts(6, "resolve"))
        await office.passes(minutes=4, seconds=50)
        assert len(await office.calls("conversations.create")) == 3, "it may not be over yet"
        await office.passes(seconds=11)
        found = [outcome for _, outcome in await outcomes(office)]
        assert (found.count("incident"), found.count("joined"), found.count("held_back")) == (4, 13, 3)
        rest = [one for one in await alerts_of(office) if one.incident_id == 4]
        assert len(rest) == 14, "those that were over by then are left alone"
        assert len(await office.calls("conversations.create")) == 4
        assert "14 alerts of Search that it held back" in await read_timeline(office, 4)
        await office.passes(seconds=31)
        assert "14 alerts, 14 firing" in await read(office, await office.incident_channel(4))
        (storm,) = [m for m in await office.cleo.messages("incidents") if "Storm of alerts" in said(m)]
        assert "What still fired then (14) is incident #4" in said(storm)
        await arrive(office, *hosts(20, "resolve"))
        assert "All 14 alerts are resolved" in await read(office, await office.incident_channel(4))
        await office.passes(minutes=30)
        assert len(await office.calls("conversations.create")) == 4


async def test_what_still_fires_when_the_storm_is_over_is_one_page(database_url: str) -> None:
    routes = [{**EACH_HOST, "severity": "SEV1", "to": "page"}]
    async with open_office(database_url, change=with_rules(routes=routes)) as office:
        await arrive(office, *hosts(6))
        await office.passes(minutes=10, seconds=1)
        assert [outcome for _, outcome in await outcomes(office)] == ["page"] * 4 + ["joined"] * 2
        await arrive(office, *hosts(5, "resolve"))
        assert len(await rings(office.finn)) == 1, "one of them still fires"
        await arrive(office, *hosts(6, "resolve"))
        assert await rings(office.finn) == []


async def test_a_storm_that_ends_in_maintenance_is_taken_up_after_it(database_url: str) -> None:
    async with open_office(database_url, start=False) as office:
        at = office.clock.now().replace(microsecond=0)
        window = {
            "name": "upgrade",
            "services": ["search"],
            "from": (at + timedelta(minutes=5)).isoformat(),
            "to": (at + timedelta(hours=1)).isoformat(),
        }
        routes = [{**EACH_HOST, "to": "incident"}]
        office.config = with_rules(routes=routes, maintenance=[window])(office.config)
        await office.start_bot()
        await arrive(office, *hosts(6))
        await office.passes(minutes=20)
        assert len(await office.calls("conversations.create")) == 3
        await office.passes(minutes=41)
        assert len(await office.calls("conversations.create")) == 4
        assert (await outcomes(office))[3:] == [("h3", "incident"), ("h4", "joined"), ("h5", "joined")]


async def test_a_storm_that_waits_for_maintenance_is_taken_up_when_somebody_ends_it(
    database_url: str,
) -> None:
    routes = [{**EACH_HOST, "to": "incident"}]
    async with open_office(database_url, change=with_rules(routes=routes)) as office:
        await arrive(office, *hosts(6))
        await office.ada.types("/check maintenance start search 2h")
        await office.passes(minutes=5)
        await office.bo.types("/check maintenance extend 1 1h")
        assert len(await office.calls("conversations.create")) == 3, "the storm may not be over yet"
        await office.passes(minutes=15)
        assert len(await office.calls("conversations.create")) == 3
        await office.bo.types("/check maintenance end 1")
        assert len(await office.calls("conversations.create")) == 4
        assert (await outcomes(office))[3:] == [("h3", "incident"), ("h4", "joined"), ("h5", "joined")]


async def test_what_is_critical_overtakes_a_storm_but_nothing_of_its_own_alert(office: Office) -> None:
    noise = [alert(f"n{n}", level="warning", service="search") for n in range(150)]
    before = [alert("disk", level="warning"), alert("disk", action="resolve", level=None)]
    await arrive(office, *noise, *before, alert("disk", "Disk is full", service="payments"))
    first, second, *rest = await alerts_of(office)
    assert [(one.key, one.outcome, one.is_open) for one in (first, second)] == [
        ("disk", "message", False),
        ("disk", "incident", True),
    ]
    assert [one.key for one in rest] == [f"n{n}" for n in range(150)], "all others in their order"


async def test_a_storm_is_few_incidents_and_few_calls_and_nothing_is_lost(database_url: str) -> None:
    """1,000 alerts over 20 services, five of them truly bad."""
    services = [{"name": f"s{n}", "owner": "Team"} for n in range(20)]
    async with open_office(database_url, change=with_rules(services=services)) as office:
        noise = [
            alert(f"n{n}", f"Host {n} is slow", level="warning", service=f"s{n % 20}") for n in range(995)
        ]
        for n in range(5):
            noise.insert(150 + 190 * n, alert(f"true{n}", f"Service {n} is down", service=f"s{n}"))
        for start in range(0, len(noise), 100):
            await arrive(office, *noise[start : start + 100])
            await office.passes(seconds=6)
        await office.passes(seconds=31)
        found = await alerts_of(office)
        assert len(found) == 1000
        assert all(one.outcome in ("incident", "message") for one in found)
        told = await pages_of(office.finn)
        assert all(f"Service {n} is down" in told for n in range(5))
        assert len(await office.calls("conversations.create")) == 5
        calls = [one for method in ("chat.postMessage", "chat.update") for one in await office.calls(method)]
        assert len(calls) < 250, len(calls)  # how many are folded hangs on how quick the machine is
        current = [m for m in await office.cleo.messages("incidents") if "is slow" in said(m)]
        assert len(current) == 20, "one message a service"
        assert sum("50 alerts, 50 firing" in said(m) for m in current) == 15
        assert sum("49 alerts, 49 firing" in said(m) for m in current) == 5
