"""The alert review: which alerts rang, on which somebody acted, and what is to be tuned."""

from collections.abc import AsyncIterator

import pytest

from bot.reading import alerts as alert_reading
from bot.reading import backlog as backlog_reading
from tests.acceptance.office import Office, open_office
from tests.acceptance.pages import clicks_in_dm
from tests.acceptance.signals import alert, arrive, with_rules

ROUTES = [
    {"name": "down", "to": "incident", "resolve": True, "when": {"levels": ["critical"]}},
    {"name": "rings", "to": "page", "when": {"levels": ["error"]}},
    {"name": "rest", "to": "nowhere"},
]
NOISE = {"service": "search", "labels": {"alertname": "SearchSlow"}}


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with open_office(database_url, change=with_rules(routes=ROUTES, checks=[], slos=[])) as office:
        yield office


async def reviewed(office: Office, weeks: int = 4) -> dict[str, dict[str, int]]:
    found = alert_reading.review_json(
        await alert_reading.reviewed(
            office.app.bot.db, office.config, weeks=weeks, service=None, limit=50, now=office.clock.now()
        )
    )
    return {one["kind"]: one for one in found["worst"]}


async def over(office: Office, *keys: str) -> None:
    await arrive(office, *(alert(key, action="resolve", level=None) for key in keys))


async def test_what_rang_for_nothing_comes_first_and_goes_into_the_backlog_once(office: Office) -> None:
    # Two machines are slow for a while, week after week, and nobody does anything.
    for week in range(2):
        keys = [f"slow-{machine}-{week}" for machine in ("a", "b")]
        for key in keys:
            await arrive(office, alert(key, f"Search is slow on {key[5]}", level="error", **NOISE))
        await office.passes(minutes=3)
        await over(office, *keys)
        await office.passes(days=6)
    # Payments go down, and somebody sees to it.
    await arrive(office, alert("down", "Payments are down", service="payments"))
    await clicks_in_dm(office.cleo, "Acknowledge")
    await office.cleo.types("/incident update 1 We roll back")
    await office.passes(minutes=10)
    await over(office, "down")
    # Some never ring.
    await arrive(office, *(alert(f"info{n}", f"Job {n} took long", level="info") for n in range(3)))

    figures = await reviewed(office)
    assert list(figures) == ["SearchSlow", "job # took long", "payments are down"]
    slow = figures["SearchSlow"]
    assert {name: slow[name] for name in ("came", "rang", "acted", "by_itself")} == {
        "came": 4,
        "rang": 2,
        "acted": 0,
        "by_itself": 4,
    }
    assert (slow["never_acted_on"], slow["by_week"]) == (True, [0, 0, 2, 2])
    down = figures["payments are down"]
    assert (down["rang"], down["acted"], down["by_itself"], down["never_acted_on"]) == (1, 1, 0, False)
    assert figures["job # took long"]["rang"] == 0

    seen = await office.ada.types("/ops alerts")
    assert "8 alerts · 3 rang, 1 acted on" in seen
    assert seen.index("Search is slow") < seen.index("Payments are down")
    assert "4 alerts · 2 rang, *none acted on* · 4 ended without anybody · by week 0, 0, 2, 2" in seen
    assert "2 alerts" in await office.ada.types("/ops alerts 1w search")

    await office.ada.types("/ops alerts search")
    await office.ada.clicks("Tune this", channel="general")
    assert "Item #1 is in the backlog" in await office.ada.is_told()
    await office.bo.types("/ops alerts 4w search")
    await office.bo.clicks("Tune this", channel="general")
    told = await office.bo.is_told()
    assert "in the backlog already, as item #1" in told
    assert "2 rang; somebody acted on 0 of these" in told
    (item,) = await backlog_reading.listed(
        office.app.bot.db, office.config, service=None, everything=True, limit=10
    )
    assert (item["kind"], item["service"], item["origin"]) == ("process", "search", "alert_rule")
    assert item["title"] == "Tune the alert “Search is slow on b”"


async def test_the_figures_of_each_source_come_by_week(office: Office) -> None:
    await arrive(office, alert("a", "Search is slow", level="error"), integration="grafana")
    await office.passes(days=8)
    await arrive(office, alert("b", "Search is slow", level="error"), integration="grafana")
    await arrive(office, alert("c", "Disk is full", level="info"), integration="datadog")
    seen = await office.ada.types("/ops alerts 2w")
    assert "• grafana: 2 alerts · 2 rang, *none acted on* · by week 1, 1" in seen
    assert "• datadog: 1 alert · none rang · by week 0, 1" in seen
    found = await alert_reading.reviewed(
        office.app.bot.db, office.config, weeks=2, service=None, limit=50, now=office.clock.now()
    )
    sources = alert_reading.review_json(found)["sources"]
    assert [(one["integration"], one["came"], one["by_week"]) for one in sources] == [
        ("grafana", 2, [1, 1]),
        ("datadog", 1, [0, 1]),
    ]
    assert alert_reading.review_lines(found)[-2:] == [
        "     2      2      0      0      0      0  grafana",
        "     1      0      0      0      0      0  datadog",
    ]


async def test_to_tidy_up_what_ended_by_itself_is_not_to_act(office: Office) -> None:
    await arrive(office, alert("a", "Shop is down", service="checkout"))
    await over(office, "a")  # its route resolves the incident
    await office.eve.types("/incident close 1 it was nothing")
    await arrive(office, alert("b", "Search is down", service="search"))
    await office.passes(minutes=5)
    await office.eve.types("/incident resolve 2 restarted it")
    await office.passes(minutes=5)
    await over(office, "b")
    figures = await reviewed(office, weeks=1)
    assert figures["shop is down"]["acted"] == 0
    assert figures["search is down"]["acted"] == 1


async def test_flapping_silenced_and_transient_ones_are_counted(database_url: str) -> None:
    rules = {
        "checks": [],
        "slos": [],
        "routes": [
            {"name": "waits", "to": "incident", "wait": "5m", "when": {"services": ["search"]}},
            {"name": "all", "to": "incident"},
        ],
        "maintenance": [
            {
                "name": "rebuild",
                "services": ["checkout"],
                "from": "2020-01-01 00:00",
                "to": "2099-01-01 00:00",
            }
        ],
    }
    async with open_office(database_url, change=with_rules(**rules)) as office:
        await arrive(office, alert("m", "Checkout is rebuilt", service="checkout"))
        for _ in range(5):
            await arrive(office, alert("f", "Payments flap", service="payments"))
            await over(office, "f")
            await office.passes(minutes=11)
        await arrive(office, alert("t", "Short trouble", service="search"))
        await over(office, "t")
        figures = await reviewed(office, weeks=1)
        assert figures["checkout is rebuilt"]["held_back"] == 1
        assert figures["checkout is rebuilt"]["rang"] == 0
        assert figures["payments flap"]["flapped"] >= 1
        assert (figures["short trouble"]["rang"], figures["short trouble"]["by_itself"]) == (0, 1)
        seen = await office.ada.types("/ops alerts 1w checkout")
        assert "1 alert · none rang · 1 silenced or held back" in seen


async def test_many_kinds_come_in_pages(office: Office) -> None:
    names = [f"Kind {chr(97 + n // 5)}{chr(103 + n % 5)} fails" for n in range(17)]
    await arrive(office, *(alert(name, name, level="info", service="search") for name in names))
    first = await office.ada.types("/ops alerts")
    assert "Page 1 of 2" in first
    assert first.count("1 alert · none rang") == 15
    await office.ada.clicks("Next", channel="general")
    second = await office.ada.is_told()
    assert second.count("1 alert · none rang") == 2
    assert "17 alerts · none rang" in second
    await office.ada.clicks("Previous", channel="general")
    assert "Page 1 of 2" in await office.ada.is_told()
    assert "Page 1 of 2" in await office.ada.types("/ops alerts 99")


async def test_spans_and_services_that_make_no_sense(office: Office) -> None:
    assert "No alert came in the last 4 weeks" in await office.ada.types("/ops alerts")
    assert "A review has 1 to 13 weeks" in await office.ada.types("/ops alerts 60w")
    assert "Did you mean `/ops alerts payments`" in await office.ada.types("/ops alerts paymnts")
