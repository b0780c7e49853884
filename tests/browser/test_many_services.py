"""A menu that is searched, in a real browser: typing, choosing, and what people see when the bot does not answer."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import expect

from tests.acceptance.changes import with_many_services
from tests.browser.window import Window, a_window, pytestmark
from tests.databases import SqliteFiles

__all__ = ["pytestmark"]


@pytest.fixture
async def window(sqlite_files: SqliteFiles) -> AsyncIterator[Window]:
    async with sqlite_files.one() as url, a_window(url, change=with_many_services) as window:
        yield window


async def test_a_service_is_found_by_typing_and_stays_chosen(window: Window) -> None:
    page, office = window.page, window.office
    await office.ada.types("/incident declare sev3 Stripes are gone")
    await window.opens(office.ada)
    await window.types("/incident declare")
    form = window.modal("Declare an incident")
    menu = form.get_by_label("Which service?")
    await menu.click()
    await expect(form.get_by_role("option")).to_have_count(100)
    await menu.press_sequentially("no such thing")
    await expect(form.get_by_text("No results")).to_be_visible()
    await menu.fill("stripes")
    await expect(form.get_by_role("option")).to_have_text(["Zebra & Co <stripes>"])
    await menu.press("Enter")
    await expect(menu).to_have_value("Zebra & Co <stripes>")
    await expect(form).not_to_contain_text("Is it one of these?")

    await page.reload()
    await expect(menu).to_have_value("Zebra & Co <stripes>")
    await form.get_by_label("What is wrong?").fill("More stripes are gone")
    await form.get_by_label("How bad is it?").click()
    await form.get_by_role("option", name="SEV3").click()
    await form.get_by_role("button", name="Declare").click()
    await expect(form).to_have_count(0)
    await office.settled()
    assert (await office.record(2))["service"] == "zebra"

    await window.types("/incident declare")
    await menu.fill("zebra")
    await form.get_by_role("option", name="Zebra").click()
    await expect(form).to_contain_text("SEV3 #2 More stripes are gone")


async def test_a_bot_that_does_not_answer_leaves_a_word_in_the_menu(window: Window) -> None:
    office = window.office
    await window.opens(office.ada)
    await window.types("/incident declare")
    menu = window.modal("Declare an incident").get_by_label("Which service?")
    await expect(menu).to_be_visible()
    await office.stop_bot()
    await menu.click()
    await expect(window.page.get_by_text("The options could not be loaded")).to_be_visible()
    await office.start_bot()
