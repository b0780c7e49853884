"""Being paged, answering and being on call as people see it, in a real browser; takes pictures for the docs too."""

import base64
import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Locator, expect

from tests.browser.window import Window, a_window, pytestmark
from tests.databases import SqliteFiles

__all__ = ["pytestmark"]

KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
CHANNEL = "inc-1-checkout-is-down"


@pytest.fixture
async def window(sqlite_files: SqliteFiles) -> AsyncIterator[Window]:
    """With a gateway that leads to the playground's telephones."""
    async with sqlite_files.one() as url, a_window(url) as window:
        office = window.office
        await office.stop_bot()
        await office.start_bot(
            secret_key=KEY,
            public_url="https://tocsin.example.com",
            gateway_sms=f"{office.playground.url.replace('http', 'json', 1)}/phones/sms/{{address}}",
        )
        yield window


async def test_paged_by_slack_and_telephone_and_acknowledged(window: Window) -> None:
    page, office = window.page, window.office
    await window.opens(office.finn)
    await _finn_adds_his_phone(window)

    await office.ada.types("/incident declare sev1 service:checkout Checkout is down")
    await page.get_by_role("tab", name=re.compile("Messages")).click()
    rung = window.message("Page #1")
    await expect(rung).to_contain_text("Checkout is down")
    await expect(rung).to_contain_text("finn, Slack: accepted")
    await expect(rung).to_contain_text("if nobody acknowledges")
    await office.passes(minutes=1)
    await expect(_phones(window)).to_have_count(2)
    await expect(_phones(window).first).to_contain_text("SEV1 Checkout: Checkout is down")
    await expect(_phones(window).first.get_by_role("link").first).to_have_attribute("href", re.compile("/p/"))
    await expect(rung).to_contain_text("finn, SMS: accepted")
    await window.picture("page")

    await _finn_snoozes_and_acknowledges(window)


async def _finn_adds_his_phone(window: Window) -> None:
    page = window.page
    await page.locator("[data-qa=app]").click()
    home = page.locator("[data-qa=home]")
    await expect(home).to_contain_text("In Slack alone.")
    await page.get_by_role("button", name="Phones").click()
    await expect(page.locator("[data-qa=phones]")).to_contain_text("Nothing has arrived yet.")
    await home.get_by_role("button", name="Add a method").click()
    form = window.modal("Add a method")
    await form.get_by_label("How?").click()
    await form.get_by_role("option", name="Text message (SMS)").click()
    await form.get_by_label("Address").fill("+358 40 123 4567")
    await form.get_by_label("Name").fill("My phone")
    await form.get_by_role("button", name="Send the code").click()
    sms = await _phones(window).first.text_content()
    code = re.search(r"\d{6}(?= is your code)", sms or "")
    assert code is not None, sms
    form = window.modal("Enter the code")
    await form.get_by_label("Code").fill(code[0])
    await form.get_by_role("button", name="Verify").click()
    await expect(home).to_contain_text("My phone · Text message (SMS) · +3…567")
    await expect(home).to_contain_text("verified")
    await window.picture("contact-methods")


async def _finn_snoozes_and_acknowledges(window: Window) -> None:
    page, card = window.page, window.card
    await page.get_by_role("button", name="Close phones").click()
    rung = window.message("Page #1")
    await rung.get_by_placeholder("Snooze …").click()
    await page.get_by_role("option", name="30 minutes").click()
    await expect(rung).to_contain_text("Snoozed by @Finn Ahola until")
    await expect(rung.get_by_placeholder("Snooze …")).to_have_value("")  # not what was chosen before
    await rung.get_by_role("button", name="Acknowledge", exact=True).click()
    await expect(rung).to_contain_text("Acknowledged by @Finn Ahola")
    await expect(rung).to_contain_text("Without news Tocsin asks @Finn Ahola")

    await window.enters(CHANNEL)
    await expect(card).to_contain_text("Page #1 · Acknowledged by @Finn Ahola")
    await expect(card.get_by_role("button", name="Acknowledge", exact=True)).to_have_count(0)
    await window.picture("acknowledged")
    await card.get_by_role("button", name="More options").first.click()
    await expect(page.get_by_role("menuitem")).to_have_text(
        ["Escalate now", "Reassign", "Snooze", "Resolve this page", "Note"]
    )
    await page.get_by_role("menuitem", name="Resolve this page").click()
    await expect(card).to_contain_text("Page #1 · Resolved by @Finn Ahola")


async def test_who_is_on_call_and_my_shifts(window: Window) -> None:
    page, office = window.page, window.office
    await window.opens(office.bo, "general")
    await window.types("/oncall")
    answer = window.message("Only visible to you")
    await expect(answer).to_contain_text("First responder:")
    await expect(answer).to_contain_text("Next:")
    await window.types("/oncall override primary @dev tomorrow 09:00 to 18:00 Dentist")
    await expect(window.message("Override #1")).to_contain_text("@Dev Patel")
    await window.types("/oncall me")
    await expect(window.message("Your shifts in the next three months")).to_contain_text("layer weekly")
    await window.picture("on-call")
    await window.turns_into("Dev Patel")
    await page.locator("[data-qa=app]").click()
    await expect(window.message("put you on call for First responder")).to_contain_text("Why: Dentist")


def _phones(window: Window) -> Locator:
    return window.page.locator("[data-qa=phone-message]")
