"""The whole life of an incident as people see it: the real bot behind the playground's page, in a real browser."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import expect

from tests.browser.window import Window, a_window, pytestmark
from tests.databases import PostgresCluster, SqliteFiles

__all__ = ["pytestmark"]

CHANNEL = "inc-1-checkout-is-down"
SUMMARY = "Orders fail with error 500 after the payment step since about 14:05."


@pytest.fixture
async def window(sqlite_files: SqliteFiles) -> AsyncIterator[Window]:
    async with sqlite_files.one() as url, a_window(url) as window:
        yield window


@pytest.fixture
async def window_on_postgres(postgres_cluster: PostgresCluster) -> AsyncIterator[Window]:
    async with postgres_cluster.one() as url, a_window(url) as window:
        yield window


async def test_an_incident_from_the_first_word_to_the_last(window: Window) -> None:
    page, office = window.page, window.office
    await window.opens(office.ada)
    await _ada_declares(window)
    await _ada_leads(window)
    await _dev_joins_instead_of_declaring(window)
    await _cleo_joins_and_tells_what_is_new(window)
    await _cleo_keeps_what_matters(window)
    await _cleo_ends_it(window)

    await window.enters("incidents")
    announcement = window.message("Checkout is down")
    await expect(announcement).to_contain_text("Closed")
    await expect(announcement).to_contain_text("Rolled back release 42")
    await expect(announcement.get_by_role("button", name="Join")).to_have_count(0)
    await announcement.get_by_role("button", name=re.compile("replies")).click()
    thread = page.locator("[data-qa=thread]")
    await expect(thread).to_contain_text("The payment provider answers slowly")
    await expect(thread).to_contain_text("closed it")
    await window.picture("announcement")


async def _ada_declares(window: Window) -> None:
    page = window.page
    composer = page.locator("[data-qa=composer]")
    await composer.press_sequentially("/inc")
    await expect(page.locator("[data-qa=slash-menu]")).to_contain_text("Declare, work and close incidents")
    await composer.press("Enter")
    await composer.press_sequentially("declare")
    await composer.press("Enter")

    form = window.modal("Declare an incident")
    await expect(form).to_contain_text("Complete outage, data loss or a security breach.")
    await form.get_by_role("button", name="Declare").click()
    await expect(form.get_by_text("Please complete this required field.")).to_have_count(2)
    await form.get_by_label("What is wrong?").fill("Checkout is down")
    await form.get_by_label("How bad is it?").click()
    await form.get_by_role("option", name="SEV1 – Critical").click()
    await form.get_by_label("Which service?").click()
    await form.get_by_role("option", name="Checkout From the basket").click()
    await form.get_by_label("Summary").fill(SUMMARY)
    await window.picture("declare")
    await form.get_by_role("button", name="Declare").click()
    await expect(form).to_have_count(0)

    await expect(page.locator(f"[data-qa=channel-{CHANNEL}]")).to_be_visible()
    announcement = window.message(SUMMARY)
    await expect(announcement).to_contain_text("SEV1 #1 Checkout is down")
    await expect(announcement).to_contain_text("Investigating · Checkout (Shop team) · no lead yet")
    await expect(window.message("Only visible to you")).to_contain_text("Declared:")


async def _ada_leads(window: Window) -> None:
    page, card = window.page, window.card
    await window.enters(CHANNEL)
    await expect(card).to_contain_text("SEV1 #1 Checkout is down")
    await expect(card).to_contain_text(SUMMARY)
    await expect(card.get_by_text("nobody yet")).to_have_count(3)
    await expect(page.get_by_label("Bookmarks").get_by_role("link")).to_have_text([r"📖Runbook", r"📞Bridge"])
    await expect(window.message("has joined the channel")).to_contain_text("Bo Okafor")
    await card.evaluate("card => card.scrollIntoView({block: 'start'})")
    await window.picture("card")

    await window.clicks("Join as lead")
    await expect(card.get_by_role("button", name="Join as lead")).to_have_count(0)
    await expect(card).to_contain_text("Lead@Ada Larsson")
    await expect(window.message("is now lead")).to_contain_text("@Ada Larsson")

    app = page.locator("[data-qa=app]")
    await expect(app.get_by_label("1 unread")).to_be_visible()
    await app.click()
    private = window.message("You took the role Lead")
    await expect(private).to_contain_text("You decide; others do the work.")
    await expect(private).to_contain_text("/incident lead 1 @name")


async def _dev_joins_instead_of_declaring(window: Window) -> None:
    page = window.page
    await window.enters("general")
    await window.turns_into("Dev Patel")
    await window.types("/incident declare")
    form = window.modal("Declare an incident")
    await form.get_by_label("Which service?").click()
    await form.get_by_role("option", name="Checkout From the basket").click()
    await expect(form).to_contain_text("Is it one of these?")
    await expect(form).to_contain_text("SEV1 #1 Checkout is down")
    await form.get_by_role("button", name="Join instead").click()
    joined = window.modal("You joined")
    await joined.get_by_role("button", name="Done").click()
    await expect(joined).to_have_count(0)
    await expect(page.locator(f"[data-qa=channel-{CHANNEL}]")).to_be_visible()


async def _cleo_joins_and_tells_what_is_new(window: Window) -> None:
    page, card = window.page, window.card
    await window.enters("incidents")
    await window.turns_into("Cleo Dubois")
    await window.message(SUMMARY).get_by_role("button", name="Join").click()
    await expect(window.message("You joined #1.")).to_contain_text("Only visible to you")
    await window.enters(CHANNEL)

    await window.clicks("Update")
    form = window.modal("Post an update")
    await expect(form).to_contain_text("SEV1 #1 Checkout is down")
    await form.get_by_label("What changed?").fill(
        "The payment provider answers slowly. We switch to the other one."
    )
    await form.get_by_label("Who is affected, and how?").fill("About every third order")
    await form.get_by_role("button", name="Post").click()
    posted = window.message("Update by @Cleo Dubois")
    await expect(posted).to_contain_text("Impact: About every third order")
    await expect(card).to_contain_text("We switch to the other one.")

    await window.clicks("Status")
    form = window.modal("Change the status")
    await expect(form.get_by_label("Status", exact=True)).to_have_value(re.compile("Identified"))
    await form.get_by_label("Why?").fill("Their status page says so too")
    await form.get_by_role("button", name="Change").click()
    await expect(window.message("changed the status")).to_contain_text(
        "from investigating to identified: Their status page says so too"
    )
    await expect(card).to_contain_text("Identified")

    await window.clicks("Severity")
    form = window.modal("Change the severity")
    await form.get_by_label("Severity", exact=True).click()
    await form.get_by_role("option", name="SEV2").click()
    await form.get_by_role("button", name="Change").click()
    await expect(window.message("lowered the severity")).to_contain_text("from SEV1 to SEV2")
    await expect(page.locator("header .topic")).to_contain_text("SEV2 · Identified")


async def _cleo_keeps_what_matters(window: Window) -> None:
    page = window.page
    await window.types("Rollback of release 42 has started")
    message = window.message("Rollback of release 42 has started")
    await message.hover()
    await message.get_by_role("button", name="React with pushpin").click()
    await expect(message.get_by_role("button", name="pushpin, 1 reaction")).to_be_visible()
    await window.office.settled()

    await window.chooses_more("Timeline")
    timeline = window.modal("Timeline of #1")
    await expect(timeline).to_contain_text("@Cleo Dubois wrote: Rollback of release 42 has started")
    await expect(timeline).to_contain_text("@Ada Larsson declared this incident as SEV1 on Checkout")
    await window.picture("timeline")
    await timeline.get_by_role("button", name="Export as Markdown").click()
    done = window.modal("Done")
    await expect(done).to_contain_text("comes as a file to your direct messages")
    await done.get_by_role("button", name="Close dialog").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.locator("[data-qa=app]").get_by_label("1 unread")).to_be_visible()

    await page.locator("[data-qa=app]").click()
    file = page.locator("[data-qa=file]")
    await file.get_by_role("button", name=re.compile("Show all")).click()
    await expect(file).to_contain_text("# Incident #1: Checkout is down")
    await expect(file).to_contain_text("Rollback of release 42 has started")


async def _cleo_ends_it(window: Window) -> None:
    page, card = window.page, window.card
    await window.enters(CHANNEL)
    await window.clicks("Resolve")
    form = window.modal("Resolve #1")
    await form.get_by_label("What ended it?").fill("Rolled back release 42")
    await form.get_by_role("button", name="Resolve").click()
    await expect(card).to_contain_text("What ended it, by @Cleo Dubois")
    await expect(card.get_by_role("button", name="Reopen")).to_be_visible()

    await window.clicks("Close")
    question = page.get_by_role("alertdialog", name="Close incident #1?")
    await question.get_by_role("button", name="Close it").click()
    await expect(card).to_contain_text("Closed")
    await expect(card.get_by_role("button", name="Close", exact=True)).to_have_count(0)
    await card.scroll_into_view_if_needed()
    await window.types("/incident update too late")
    await expect(window.message("Only visible to you")).to_contain_text("Incident #1 is closed")


async def test_home_and_declaring_from_a_message(window: Window) -> None:
    page, office = window.page, window.office
    await window.opens(office.eve, "general")
    await page.locator("[data-qa=app]").click()
    home = page.locator("[data-qa=home]")
    await expect(home).to_contain_text("No open incidents.")
    await office.ada.types("/incident declare sev2 Search shows nothing")
    await expect(home).to_contain_text("1 open incident")
    await home.get_by_role("button", name="Show").click()
    await expect(window.modal("Incident #1")).to_contain_text("SEV2 #1 Search shows nothing")
    await page.keyboard.press("Escape")
    await home.get_by_role("button", name="Declare an incident").click()
    await expect(window.modal("Declare an incident")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(window.modal("Declare an incident")).to_have_count(0)

    await window.enters("support")
    await window.types("Three customers cannot pay with their cards")
    message = window.message("Three customers cannot pay with their cards")
    await message.hover()
    await message.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Declare an incident").click()
    form = window.modal("Declare an incident")
    await expect(form.get_by_label("What is wrong?")).to_have_value(
        "Three customers cannot pay with their cards"
    )
    await form.get_by_label("How bad is it?").click()
    await form.get_by_role("option", name="SEV2").click()
    await form.get_by_role("button", name="Declare").click()
    await window.enters("inc-2-three-customers-cannot-pay-with-their-cards")
    await window.card.get_by_role("link", name="this message").click()
    await expect(page.get_by_label("Message #support")).to_be_visible()


async def test_what_slack_refuses_is_told_on_the_card_and_mended(window: Window) -> None:
    page, card = window.page, window.card
    await window.opens(window.office.ada)
    await page.get_by_role("button", name="Faults").click()
    drawer = page.locator("[data-qa=faults]")
    await drawer.get_by_role("button", name="Missing permission").click()
    await expect(drawer.get_by_role("button", name="Remove error on conversations.setTopic")).to_be_visible()

    await window.types("/incident declare sev1 Checkout is down")
    await window.enters(CHANNEL)
    await expect(card).to_contain_text("The Slack app lacks a permission.")
    await expect(card).to_contain_text("tocsin manifest")
    await window.picture("fault")
    await window.office.settled()
    await window.chooses_more("Timeline")
    timeline = window.modal("Timeline of #1")
    await expect(timeline).to_contain_text("Failed: setting the channel's topic (missing_scope).")
    await page.keyboard.press("Escape")
    await expect(timeline).to_have_count(0)

    await drawer.get_by_role("button", name="Remove error on conversations.setTopic").click()
    await expect(drawer).to_contain_text("Slack works as it should.")
    await window.chooses_more("Try again what failed")
    await expect(card).not_to_contain_text("lacks a permission")
    await expect(page.locator("header .topic")).to_contain_text("SEV1 · Investigating")


async def test_the_short_way_on_postgres(window_on_postgres: Window) -> None:
    window, card = window_on_postgres, window_on_postgres.card
    await window.opens(window.office.bo, "general")
    await window.types("/incident declare sev1 Checkout is down")
    await expect(window.message("Only visible to you")).to_contain_text("SEV1 #1 Checkout is down")
    await window.enters(CHANNEL)
    await window.clicks("Join as scribe")
    await expect(card).to_contain_text("Scribe@Bo Okafor")
    await window.types("/incident resolve It was the cable")
    await expect(card).to_contain_text("It was the cable")
    await window.types("/incident close")
    await expect(card).to_contain_text("Closed")
