"""Runbooks, reviews, the routine, digests and planning as people see them; takes pictures for the docs too."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Locator, expect

from bot.config import Config
from bot.config.schema import Digest
from bot.delivery import drawing
from tests.acceptance.office import Office, Person, sample
from tests.acceptance.routine import daily, with_routine
from tests.browser.window import Window, a_window, pytestmark
from tests.databases import SqliteFiles

__all__ = ["pytestmark"]

Opened = Callable[[Callable[[Config], Config]], AbstractAsyncContextManager[Window]]
CHANNEL = "inc-1-checkout-is-down"
TASKS = (
    {
        "name": "daily-look",
        "title": "The daily look",
        "people": ["ada", "bo"],
        "due_within": "4h",
        "checklist": ["Alerts of the night looked through", "Deployments healthy", "Endpoints answer"],
    },
    {
        "name": "restore-tested",
        "title": "Restore tested",
        "description": "Restore last night's backup into an empty database, and compare.",
        "owner": "dev",
    },
    {
        "name": "verified",
        "title": "Deployment verified",
        "command": {"argv": ["echo", "all 12 instances are healthy"]},
    },
)
MEETING = {
    "name": "operations",
    "title": "Operations review",
    "duration": "2h",
    "participants": ["ada", "bo", "cleo"],
    "facilitators": ["bo", "cleo"],
    "remind_before": "20h",
    "agenda": [
        {"title": "Figures", "minutes": 30, "points": ["Incidents and their causes", "Deployments"]},
        {"title": "Feedback", "minutes": 30},
        {"title": "Improvements", "minutes": 60, "points": ["Backlog by priority", "Who does what"]},
    ],
}


@pytest.fixture
def opened(sqlite_files: SqliteFiles) -> Opened:
    @asynccontextmanager
    async def opened(change: Callable[[Config], Config]) -> AsyncIterator[Window]:
        async with sqlite_files.one() as url, a_window(url, change=change) as window:
            yield window

    return opened


def pane(window: Window) -> Locator:
    return window.page.locator(".primary-pane")


async def test_a_runbook_is_followed_and_the_incident_is_reviewed(opened: Opened) -> None:
    async with opened(lambda config: config.model_copy(update={"runbooks": sample().runbooks})) as window:
        page, office = window.page, window.office
        await office.settled()
        await office.ada.types("/incident declare sev1 service:checkout Checkout is down")
        await office.bo.types("/incident lead 1")
        await office.cleo.types("/incident join 1")
        await window.opens(office.bo)
        await window.enters(CHANNEL)
        await expect(window.card).to_contain_text("Rollback of a deployment")
        await window.clicks("Runbook …")
        await expect(window.message("Runbooks for #1")).to_contain_text("7 steps · last tested")
        await window.types("/incident runbook deployment-rollback")
        steps = window.message("of 7 done")
        await steps.get_by_role("button", name="Done", exact=True).first.click()
        await expect(steps).to_contain_text("1 of 7 done")
        await steps.get_by_role("button", name="Run: Roll back …").click()
        form = window.modal("Ask for approval")
        await expect(form).to_contain_text("echo deploy rollback --to previous")
        await expect(form).to_contain_text("whoever is on call (First responder)")
        await form.get_by_role("button", name="Ask").click()
        await window.turns_into("Cleo Dubois")
        await steps.get_by_role("button", name=re.compile("repl")).click()
        thread = page.locator("[data-qa=thread]")
        await expect(thread).to_contain_text("waits for somebody else's approval")
        await thread.get_by_role("button", name="Approve and run").click()
        await expect(thread).to_contain_text("Roll back ended well")
        await window.picture("runbook")
        await thread.get_by_role("button", name="Close thread").click()

        await office.passes(minutes=20)
        await office.bo.types("/incident action 1 @cleo Alert before the connection pool is used up")
        await office.bo.types("/incident resolve 1 Rolled back release 42")
        await window.turns_into("Bo Okafor")
        review = window.message("Check the timeline")
        await expect(review).to_contain_text("optional")
        await review.get_by_role("button", name="Done", exact=True).first.click()
        await expect(review.get_by_role("button", name="Done", exact=True)).to_have_count(1)
        await review.scroll_into_view_if_needed()
        await review.get_by_role("button", name="Read and edit").click()
        document = window.modal("Review of #1")
        await expect(document).to_contain_text("First page after")
        await window.picture("review")
        await expect(document).to_contain_text("action item #1 for cleo")


async def test_the_routine_comes_is_done_and_its_meeting_is_held(opened: Opened) -> None:
    cadence = daily(2)
    tasks = tuple({**task, "cadence": cadence} for task in TASKS)
    change = with_routine(*tasks, reviews=({**MEETING, "cadence": daily(22)},))
    async with opened(change) as window:
        office = window.office
        await office.settled()
        await office.passes(hours=2)
        await window.opens(office.ada)
        message = window.message("Routine of")
        await expect(message).to_contain_text("2 of 3 to be done")
        await expect(message).to_contain_text("done by its command")
        await message.get_by_label("Alerts of the night looked through").check()
        await expect(message.get_by_label("Alerts of the night looked through")).to_be_checked()
        await message.get_by_role("button", name="Done", exact=True).first.click()
        await expect(window.message("points are not ticked yet")).to_contain_text("Only visible to you")
        await window.types("/ops tasks")
        await expect(window.message("2 tasks of the routine to be done")).to_contain_text("Comes next")
        await message.scroll_into_view_if_needed()
        await window.picture("routine", pane(window))
        announced = window.message("Operations review #1")
        await expect(announced).to_contain_text("2 h · Led by @Bo Okafor · with @Ada Larsson")
        await expect(announced).to_contain_text("Nothing written down yet")


async def test_a_weekly_digest_with_its_thread_and_picture(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "DRAWN_WITHIN", 28.0)  # on a machine that many tests share
    comes = (datetime.now(UTC) + timedelta(days=21)).replace(hour=9, minute=30, second=0)
    cadence = f"30 9 {comes.day} {comes.month} *"
    weekly = Digest.model_validate({"name": "weekly", "period": "weekly", "cadence": cadence})
    async with opened(
        lambda config: config.model_copy(update={"digests": (weekly,), "timezone": "UTC"})
    ) as window:
        page, office = window.page, window.office
        stories = (
            ("sev1 service:payments Cards are refused", office.bo, 4, 52),
            ("sev3 service:search Search is slow", office.cleo, 22, 140),
            ("sev2 service:checkout The basket loses items", office.bo, 9, 75),
            ("sev1 service:checkout Checkout is down", office.cleo, 3, 38),
            ("sev2 service:payments Invoices are late", office.bo, 13, 160),
        )
        for number, (words, lead, began, lasted) in enumerate(stories, start=1):
            await _handled(office, number, words, lead, began, lasted)
            await office.passes(days=4)
        await office.passes(seconds=(comes - office.clock.now()).total_seconds())
        await window.opens(office.ada)
        digest = window.message("Weekly digest")
        await expect(digest).to_contain_text("times in UTC")
        await expect(digest).to_contain_text("Time to resolve (MTTR)")
        await digest.get_by_role("button", name=re.compile("repl")).click()
        thread = page.locator("[data-qa=thread]")
        await expect(thread).to_contain_text("On-call load")
        picture = thread.get_by_role("img", name=re.compile("Incidents by severity"))
        await expect(picture).to_be_visible(timeout=60_000)
        await picture.scroll_into_view_if_needed()
        await window.picture("digest")


async def _handled(office: Office, number: int, words: str, lead: Person, began: int, lasted: int) -> None:
    await office.ada.types(f"/incident declare {words}")
    await office.passes(minutes=began)
    await lead.types(f"/incident lead {number}")
    await office.passes(minutes=lasted)
    await lead.types(f"/incident resolve {number} It is mended")


async def test_the_planning_interview(opened: Opened) -> None:
    async with opened(lambda config: config) as window:
        page, office = window.page, window.office
        await window.opens(office.cleo, "general")
        await window.types("/ops plan Directory service")
        await page.locator("[data-qa=app]").click()
        await page.get_by_role("tab", name=re.compile("Messages")).click()
        asked = window.message("1 of 10")
        await expect(asked).to_contain_text("Skip what does not matter")
        await asked.get_by_role("button", name="Answer …").click()
        form = window.modal("Question 1 of 10")
        await form.get_by_label("Your answer").fill("Each day somebody looks at the dashboard.")
        await form.get_by_label("What is to be done, one a line").fill("Write the runbook")
        await form.get_by_role("button", name="Next").click()
        asked = window.message("2 of 10")
        await expect(asked).to_contain_text("Running it day by day says nothing yet of")
        await window.picture("planning", pane(window))
        for number in range(2, 11):
            await expect(window.message(f"{number} of 10")).to_be_visible()
            await window.message("of 10").get_by_role("button", name="Skip").click()
        await expect(window.message("Is it complete?")).to_contain_text("Skipped")
