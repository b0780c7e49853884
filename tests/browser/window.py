"""A browser window onto the workspace; with `TOCSIN_PICTURES=1` (`make pictures`) it takes those of docs/pictures."""

import io
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Locator, Page, async_playwright, expect

from bot.config import Config
from tests.acceptance.office import Office, Person, open_office

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium here"),
]

ARGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
# Long enough for a busy machine; what is waited for mostly comes at once.
PATIENCE = 15_000


class Window:
    """A browser window onto the workspace."""

    def __init__(self, office: Office, page: Page) -> None:
        self.office = office
        self.page = page

    async def opens(self, person: Person, channel: str = "incidents") -> None:
        place = (await self.office.channel(channel))["id"]
        await self.page.goto(f"{self.office.playground.url}/#/{person.id}/{place}")
        await expect(self.page.locator("[data-qa=composer]")).to_be_visible()

    async def turns_into(self, name: str) -> None:
        """The same place, seen by somebody else."""
        await self.page.locator("[data-qa=person-switch]").click()
        await self.page.get_by_role("menuitem", name=name).click()
        await expect(self.page.locator("[data-qa=person-switch]")).to_contain_text(name)

    async def enters(self, channel: str) -> None:
        await self.page.locator(f"[data-qa=channel-{channel}]").click()
        await expect(self.page.get_by_label(f"Message #{channel}")).to_be_visible()

    async def types(self, text: str) -> None:
        await self.page.locator("[data-qa=composer]").fill(text)
        await self.page.locator("[data-qa=composer]").press("Enter")

    async def clicks(self, label: str) -> None:
        await self.card.get_by_role("button", name=label, exact=True).click()

    async def chooses_more(self, label: str) -> None:
        await self.card.get_by_role("button", name="More options").last.click()  # a page on it has its own
        await self.page.get_by_role("menuitem", name=label, exact=True).click()

    def message(self, text: str) -> Locator:
        """The newest message with these words."""
        return self.page.locator("[data-qa=message]", has_text=text).last

    def modal(self, title: str) -> Locator:
        return self.page.get_by_role("dialog", name=title)

    @property
    def card(self) -> Locator:
        return self.page.locator("[data-qa=message]", has=self.page.get_by_text("Pinned", exact=True))

    async def picture(self, name: str, of: Locator | None = None) -> None:
        """Of the whole window, or of a part of it."""
        if not os.environ.get("TOCSIN_PICTURES"):
            return
        await self.office.settled()
        await self.page.mouse.move(640, 20)  # so that nothing is hovered over, and nothing focused
        await self.page.evaluate("document.querySelector('dialog[open]') || document.activeElement.blur()")
        PICTURES.mkdir(exist_ok=True)
        taken = await (of or self.page).screenshot(animations="disabled", caret="hide")
        few_colours = Image.open(io.BytesIO(taken)).convert("RGB").quantize(160)  # a third of the size
        few_colours.save(PICTURES / f"{name}.png", optimize=True)


@asynccontextmanager
async def a_window(
    database_url: str, *, change: Callable[[Config], Config] = lambda config: config
) -> AsyncIterator[Window]:
    problems: list[str] = []
    expect.set_options(timeout=PATIENCE)
    async with open_office(database_url, change=change) as office, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        page = await browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: problems.append(str(error)))
        here = (office.playground.url, "data:", "blob:")
        page.on(
            "request",
            lambda sent: None if sent.url.startswith(here) else problems.append(f"asked {sent.url}"),
        )
        yield Window(office, page)
        await browser.close()
    assert problems == []  # no error in the page, nothing asked of another server
