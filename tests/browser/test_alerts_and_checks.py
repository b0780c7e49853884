"""Alerts, checks, maintenance and the backlog as people see them, in a real browser; takes pictures for the docs too."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Locator, expect
from sqlalchemy import insert

from bot.checks.rows import CheckResult
from bot.config import Config
from tests.acceptance.checking import Target, open_target, with_checks
from tests.acceptance.office import Office
from tests.acceptance.signals import alert, arrive, with_rules
from tests.browser.window import Window, a_window, pytestmark
from tests.databases import SqliteFiles

__all__ = ["pytestmark"]

EACH_HOST = [
    {"name": "critical", "to": "incident", "when": {"levels": ["critical"]}},
    {
        "name": "each",
        "to": "incident",
        "severity": "SEV2",
        "group": {"labels": ["host"]},
        "when": {"levels": ["error"]},
    },
    {"name": "rest", "to": "message", "channel": "#incidents"},
]
Opened = Callable[[Callable[[Config], Config]], AbstractAsyncContextManager[Window]]


@pytest.fixture
def opened(sqlite_files: SqliteFiles) -> Opened:
    @asynccontextmanager
    async def opened(change: Callable[[Config], Config]) -> AsyncIterator[Window]:
        async with sqlite_files.one() as url, a_window(url, change=change) as window:
            yield window

    return opened


@pytest.fixture
async def target() -> AsyncIterator[Target]:
    async with open_target() as target:
        yield target


def pane(window: Window) -> Locator:
    return window.page.locator(".primary-pane")


async def test_an_alert_is_an_incident_another_joins_its_thread_and_a_storm_is_one_message(
    opened: Opened,
) -> None:
    async with opened(with_rules(routes=EACH_HOST)) as window:
        page, office = window.page, window.office
        await window.opens(office.ada)
        await arrive(office, alert("slow", "Search is slower than usual", level="warning", service="search"))
        message = window.message("Search is slower than usual")
        await expect(message.locator("strong").last).to_have_text("Search is slower than usual")
        await expect(message).to_contain_text("firing · since")
        await expect(message).not_to_contain_text("last")

        labels = {"host": "db1", "env": "prod"}
        await arrive(office, alert("disk", "Disk is full", service="checkout", source="db1", labels=labels))
        await arrive(office, alert("orders", "Orders fail", service="checkout", source="shop-1"))
        await expect(window.message("SEV1 #1 Disk is full")).to_contain_text("by Tocsin, for an alert")
        await window.enters("inc-1-disk-is-full")
        await expect(window.card).to_contain_text("2 alerts, 2 firing")
        await window.card.get_by_role("button", name=re.compile("repl")).click()
        thread = page.locator("[data-qa=thread]")
        await expect(thread).to_contain_text("1 more alert")
        await expect(thread).to_contain_text("Orders fail · Checkout")
        await window.picture("alert")
        await thread.get_by_role("button", name="Close thread").click()

        await window.enters("incidents")
        await arrive(
            office,
            *(
                alert(f"h{n}", f"Host {n} fails", level="error", service="search", labels={"host": str(n)})
                for n in range(12)
            ),
        )
        await office.passes(seconds=31)
        storm = window.message("Storm of alerts on Search")
        await expect(storm).to_contain_text("9 held back")
        await expect(storm).to_contain_text("Host 11 fails · Search")
        await expect(storm).to_contain_text("… and 4 more")
        await storm.scroll_into_view_if_needed()
        await window.picture("storm", pane(window))


async def test_the_board_a_run_with_its_picture_and_the_incident_of_a_check(
    opened: Opened, target: Target
) -> None:
    checks = with_checks(
        {"name": "payments-api", "title": "Payments API", "service": "payments", "http": {"url": target.url}},
        {
            "name": "invoices",
            "title": "Invoices",
            "service": "payments",
            "severity": "P1",
            "http": {"url": f"{target.url}/", "contains": ["ok"]},
        },
        slos=({"name": "payments", "service": "payments", "check": "payments-api", "target": 99.9},),
    )
    async with opened(checks) as window:
        page, office = window.page, window.office
        await _a_day_of(office, "payments-api", "invoices")
        await office.passes(minutes=1)
        await window.opens(office.cleo, "general")
        await window.types("/check payments")
        report = window.message("Checks of payments · done")
        await expect(report).to_contain_text("✅ Payments API · 200")
        await expect(report.get_by_role("button")).to_have_text(["Run again", "Declare", "Silence 1 h"])
        drawn = page.get_by_role("img", name=re.compile("The last 24 hours of payments"))
        await expect(drawn).to_be_visible(timeout=60_000)
        await window.picture("check", pane(window))

        await office.passes(seconds=10)  # a run that was asked for takes the place of one due a moment later
        target.body = "out of order"
        for _ in range(3):
            await office.passes(minutes=1)
        await window.types("/check")
        board = window.message("1 of 2 checks failing")
        await expect(board).to_contain_text("🔴 Invoices · P1 since")
        await expect(board).to_contain_text("payments (objective, 99.9%)")
        await page.locator("[data-qa^=channel-inc-1]").click()
        await expect(window.card).to_contain_text("1 alert, firing")
        await expect(window.card).to_contain_text("❌ Invoices: expected")
        await expect(window.card).to_contain_text("Seen: “out of order”")
        await window.clicks("Checks")
        await expect(window.modal("Checks of #1")).to_contain_text(
            re.compile("[34] runs · “out of order”")  # one more where a minute has passed meanwhile
        )


async def _a_day_of(office: Office, *names: str) -> None:
    now = office.clock.now()
    rows: list[dict[str, Any]] = []
    for base, name in enumerate(names, start=1):
        for number in range(1, 287):
            latency = 30.0 * base + (number * 7919 % 23) + (40 if number % 97 == 0 else 0)
            bad = int(number == 140)
            rows.append(
                {
                    "name": name,
                    "at": now - timedelta(minutes=5 * number),
                    "span": 300,
                    "count": 5,
                    "good": 5 - bad,
                    "latency_ms": latency,
                    "p95_ms": latency,
                    "seen": "status 503" if bad else None,
                }
            )
    async with office.app.bot.db.begin() as session:
        await session.execute(insert(CheckResult), rows)


async def test_maintenance_the_backlog_and_the_alert_review(opened: Opened) -> None:
    async with opened(with_rules(routes=EACH_HOST)) as window:
        page, office = window.page, window.office
        await window.opens(office.ada, "general")
        await window.types("/check maintenance start")
        form = window.modal("Start maintenance")
        await expect(form).to_contain_text("Meanwhile new alerts ring nobody")
        await form.get_by_label("Services").click()
        await form.get_by_role("option", name="Payments").click()
        await page.keyboard.press("Escape")
        await form.get_by_label("Why?").fill("Upgrade of the database")
        await form.get_by_role("button", name="Start").click()
        told = window.modal("Maintenance")
        await expect(told).to_contain_text("Alerts of Checkout and Web shop, which depend on it, still ring.")
        await told.get_by_role("button", name="Close", exact=True).click()
        await window.types("/check maintenance")
        await expect(window.message("Maintenance: 1 running")).to_contain_text("Upgrade of the database")

        for host in ("search-1", "search-2", "search-3"):
            full = {"service": "search", "level": "error", "labels": {"host": host}}
            await arrive(office, alert(host, "Disk is nearly full", **full))
            await arrive(office, alert(host, action="resolve"))
        await window.types("/ops alerts")
        review = window.message("Alert review of the last 4 weeks")
        await expect(review).to_contain_text("3 rang, none acted on")
        await review.get_by_role("button", name="Tune this").first.click()
        await expect(window.message("Item #1 is in the backlog")).to_contain_text("• 3 came")
        await window.types("/ops backlog")
        await expect(window.message("Backlog: 1 item to be done")).to_contain_text("Tune the alert")
