"""Tasks, fields, nudges, amendments and merging as people see them, in a real browser; takes pictures for the docs too."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Locator, expect

from bot.config import Config
from bot.config.sections.nudges import Nudges
from tests.browser.window import Window, a_window, pytestmark
from tests.databases import SqliteFiles

__all__ = ["pytestmark"]

CHANNEL = "inc-1-checkout-is-down"
WRITTEN = {
    "types": [{"name": "outage", "title": "Outage"}, {"name": "security", "title": "Security incident"}],
    "fields": [
        {
            "name": "region",
            "label": "Region",
            "kind": "choice",
            "choices": ["EU West", "US East"],
            "required_at": "declare",
        },
        {"name": "customers", "label": "Customers hit", "kind": "number"},
        {"name": "cause", "label": "Cause", "required_at": "resolve"},
    ],
}


def with_fields(config: Config) -> Config:
    known = Config.model_validate({"organization": config.organization, **WRITTEN})
    return config.model_copy(update={"types": known.types, "fields": known.fields, "nudges": Nudges()})


@pytest.fixture
async def window(sqlite_files: SqliteFiles) -> AsyncIterator[Window]:
    async with sqlite_files.one() as url, a_window(url, change=with_fields) as window:
        yield window


def pane(window: Window) -> Locator:
    return window.page.locator(".primary-pane")


async def test_people_share_the_work_and_hand_it_on(window: Window) -> None:
    page, office = window.page, window.office
    await window.opens(office.ada)
    await window.types("/incident declare sev1 service:checkout type:outage Checkout is down")
    form = window.modal("Declare an incident")
    await expect(form).to_contain_text("Region")
    await expect(form.get_by_label("What is wrong?")).to_have_value("Checkout is down")
    await form.get_by_label("Region", exact=True).click()
    await page.get_by_role("option", name="EU West").click()
    await form.get_by_label("Customers hit").fill("1200")
    await window.picture("fields", form)
    await form.get_by_role("button", name="Declare").click()
    await expect(form).to_be_hidden()
    await office.settled()
    await office.bo.types("/incident lead 1")
    await office.cleo.types("/incident join 1")
    await window.enters(CHANNEL)
    await expect(window.card).to_contain_text("EU West")

    await office.bo.types("/incident task @cleo Fail over to db-2", CHANNEL)
    await office.bo.types("/incident task Call the payment provider", CHANNEL)
    await office.bo.types(
        "/incident link https://grafana.example.com/d/checkout Checkout's dashboard", CHANNEL
    )
    await expect(window.card).to_contain_text("Fail over to db-2")
    await window.clicks("Tasks …")
    tasks = window.modal("Tasks of #1")
    await expect(tasks).to_contain_text("Call the payment provider")
    await tasks.get_by_role("button", name="Take").click()
    await expect(tasks).to_contain_text("Ada Larsson")
    await window.picture("tasks", tasks)
    await page.keyboard.press("Escape")

    await office.passes(minutes=31)
    await expect(window.message("Time for an update")).to_contain_text("Bo Okafor")
    await window.picture("nudge", pane(window))
    await office.bo.types("/incident update We fail over; the next word comes when it is done", CHANNEL)
    await office.passes(minutes=5)
    await window.clicks("Catch me up")
    caught_up = window.modal("#1")
    await expect(caught_up).to_contain_text("What is next")
    await window.picture("catch-up", caught_up)


async def test_the_record_is_amended_and_two_incidents_become_one(window: Window) -> None:
    page, office = window.page, window.office
    await office.ada.types('/incident declare sev1 service:checkout region:"EU West" Checkout is down')
    await office.bo.types('/incident declare sev2 service:checkout region:"EU West" Payments are slow')
    await office.ada.types("/incident note 20m ago release 42 was deployed", CHANNEL)
    await office.ada.types("/incident note The pasword was hunter2", CHANNEL)
    await window.opens(office.ada)
    await window.enters(CHANNEL)
    await window.types("/incident timeline")
    entries = window.modal("Timeline of #1")
    await expect(entries).to_contain_text("hunter2")
    await window.picture("amending", entries)
    await entries.get_by_role("button", name="More options").last.click()
    await page.get_by_role("menuitem", name="Redact …").click()
    form = window.modal("Redact an entry")
    await form.get_by_label("Why?").fill("A password")
    await form.get_by_role("button", name="Redact").click()
    await expect(form).to_be_hidden()
    await expect(entries).not_to_contain_text("hunter2")
    await entries.get_by_role("button", name="Close dialog").click()
    await expect(entries).to_be_hidden()

    await window.types("/incident merge")
    merging = window.modal("Merge #1")
    await merging.get_by_role("combobox").fill("Payments")
    await merging.get_by_role("option", name="Payments are slow").click()
    await merging.get_by_role("button", name="Merge").click()
    await expect(merging).to_be_hidden()
    await expect(window.card).to_contain_text("#2")

    await window.types("/incident list status:open region:eu-west")
    await expect(window.message("Payments are slow").last).to_be_visible()
    await window.picture("list", pane(window))
