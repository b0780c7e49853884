"""The playground's page by itself, with a bot of a few lines behind it."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Page, async_playwright, expect
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from playground import Playground
from tests.browser.window import ARGS, CHROMIUM, pytestmark

__all__ = ["pytestmark"]

SECRET = "playground-signing-secret"
NASTY = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>"


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": True}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def option(text: str, value: str) -> dict[str, Any]:
    return {"text": plain(text), "value": value}


def field(name: str, label: str, element: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": name,
        "label": plain(label),
        "element": {"action_id": name} | element,
    } | rest


CARD = [
    {"type": "header", "text": plain(":rotating_light: Checkout is down")},
    {"type": "section", "text": mrkdwn("*SEV1* led by <@U01ADA>, see <https://example.com/run|the runbook>")},
    {
        "type": "actions",
        "elements": [
            {"type": "button", "action_id": "ack", "text": plain("Acknowledge"), "style": "primary"},
            {
                "type": "button",
                "action_id": "resolve",
                "text": plain("Resolve"),
                "confirm": {
                    "title": plain("Resolve it?"),
                    "text": mrkdwn("Everyone gets told."),
                    "confirm": plain("Yes, resolve"),
                    "deny": plain("Not yet"),
                },
            },
            {"type": "button", "action_id": "form", "text": plain("Update")},
        ],
    },
]

SEVERITIES = [option("SEV1", "1"), option("SEV2", "2")]
FORM = {
    "type": "modal",
    "callback_id": "form",
    "title": plain("Update"),
    "submit": plain("Send"),
    "blocks": [
        field("title", "What is new?", {"type": "plain_text_input"}),
        field("severity", "Severity", {"type": "static_select", "options": SEVERITIES}),
        field("runbook", "Runbook", {"type": "external_select", "min_query_length": 1}, optional=True),
        field(
            "kind", "Kind", {"type": "radio_buttons", "options": [option("Real", "r"), option("Drill", "d")]}
        ),
        {"type": "actions", "elements": [{"type": "button", "action_id": "more", "text": plain("Details")}]},
    ],
}
DETAILS = {
    "type": "modal",
    "title": plain("Details"),
    "blocks": [{"type": "section", "text": mrkdwn("All of it")}],
}


def home(text: str) -> dict[str, Any]:
    return {"type": "home", "blocks": [{"type": "section", "text": mrkdwn(text)}]}


def make_bot(url: str) -> tuple[AsyncApp, list[dict[str, Any]]]:
    """A bot that answers `/incident`, its card's buttons and its form; what was submitted is in the list."""
    bot = AsyncApp(
        client=AsyncWebClient("xoxb-playground", base_url=f"{url}/api/"),
        signing_secret=SECRET,
        process_before_response=True,
    )
    submitted: list[dict[str, Any]] = []

    @bot.command("/incident")
    async def incident(ack: Any, command: dict[str, Any], client: AsyncWebClient) -> None:
        if command["text"] == "break":
            raise RuntimeError("as asked")
        await ack(f"You said {command['text']}")
        if command["text"] == "card":
            await client.chat_postMessage(channel=command["channel_id"], text="Checkout is down", blocks=CARD)

    @bot.action("ack")
    async def acknowledge(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        place = {"channel": body["channel"]["id"], "thread_ts": body["message"]["ts"]}
        await client.chat_postMessage(**place, text="Acknowledged :white_check_mark:")

    @bot.action("resolve")
    async def resolve(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.chat_update(
            channel=body["channel"]["id"], ts=body["message"]["ts"], text="Resolved", blocks=[]
        )

    @bot.action("form")
    async def form(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    @bot.action("more")
    async def more(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_push(trigger_id=body["trigger_id"], view=DETAILS)

    @bot.options("runbook")
    async def runbooks(ack: Any, body: dict[str, Any]) -> None:
        await ack(options=[option(f"{body['value']} runbook", "found")])

    @bot.view("form")
    async def submit(ack: Any, body: dict[str, Any]) -> None:
        values = body["view"]["state"]["values"]
        if values["title"]["title"]["value"] == "bad":
            await ack(response_action="errors", errors={"title": "Say it better."})
        elif values["title"]["title"]["value"] == "boom":
            raise RuntimeError("as asked")
        else:
            submitted.append(values)
            await ack()

    @bot.event("app_home_opened")
    async def opened(event: dict[str, Any], client: AsyncWebClient) -> None:
        await client.views_publish(user_id=event["user"], view=home("Nothing is on fire :sunny:"))

    @bot.event(re.compile(".*"))
    async def others() -> None:
        pass

    return bot, submitted


class World:
    """A workspace, its bot and a window onto them."""

    def __init__(self, playground: Playground, page: Page, submitted: list[dict[str, Any]]) -> None:
        self.playground = playground
        self.page = page
        self.submitted = submitted
        self.client = AsyncWebClient("xoxb-playground", base_url=f"{playground.url}/api/")

    async def open(self, user: str = "U01ADA", place: str = "C01INCIDENTS") -> Page:
        await self.page.goto(f"{self.playground.url}/#/{user}/{place}")
        return self.page

    async def type(self, text: str) -> None:
        await self.page.locator("[data-qa=composer]").fill(text)
        await self.page.keyboard.press("Enter")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    manifest = {
        "display_information": {"name": "Tocsin"},
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
            "bot_user": {"display_name": "tocsin"},
            "slash_commands": [
                {
                    "command": "/incident",
                    "description": "Declare",
                    "usage_hint": "declare sev1 …",
                    "should_escape": True,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": ["commands", "chat:write", "channels:history"]}},
        "settings": {
            "interactivity": {"is_enabled": True, "message_menu_options_url": "https://bot.example.com"},
            "event_subscriptions": {"bot_events": ["app_home_opened"]},
        },
    }
    handler: list[AsyncApp] = []

    async def deliver(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await handler[0].async_dispatch(await to_bolt_request(request)))

    app = web.Application()
    app.router.add_post("/slack/events", deliver)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    playground = await Playground.start(bot_url=f"http://127.0.0.1:{port}/slack/events", manifest=manifest)
    bot, submitted = make_bot(playground.url)
    handler.append(bot)
    problems: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        page = await browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(5000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith((playground.url, "data:")) else problems.append(request.url)
            ),
        )
        yield World(playground, page, submitted)
        await browser.close()
    await playground.stop()
    await runner.cleanup()
    assert problems == []  # no error in the page, nothing asked of another server


async def test_a_command_is_found_by_typing_and_its_card_is_clicked(world: World) -> None:
    page = await world.open()
    composer = page.get_by_label("Message #incidents")
    await composer.press_sequentially("/in")
    await expect(page.locator("[data-qa=slash-menu]")).to_contain_text("declare sev1 …")
    await composer.press("Enter")
    await expect(composer).to_have_value("/incident ")
    await composer.press_sequentially("card")
    await composer.press("Enter")
    await expect(page.get_by_text("You said card")).to_be_visible()
    await expect(page.get_by_text("Only visible to you")).to_be_visible()

    card = page.locator("[data-qa=message]", has_text="Checkout is down")
    await expect(card.get_by_role("heading", name="Checkout is down")).to_contain_text("🚨")
    await expect(card.get_by_text("@Ada Larsson")).to_be_visible()
    await expect(card.get_by_role("link", name="the runbook")).to_have_attribute(
        "href", "https://example.com/run"
    )
    await card.get_by_role("button", name="Acknowledge", exact=True).click()
    await card.get_by_role("button", name="1 reply").click()
    thread = page.locator("[data-qa=thread]")
    await expect(thread.get_by_text("Acknowledged ✅")).to_be_visible()
    await thread.get_by_label("Reply…").fill("thanks")
    await page.keyboard.press("Enter")
    await expect(card.get_by_role("button", name="2 replies")).to_be_visible()
    await thread.get_by_role("button", name="Close thread").click()

    await card.get_by_role("button", name="Resolve").click()
    await page.get_by_role("alertdialog", name="Resolve it?").get_by_role("button", name="Not yet").click()
    await expect(card.get_by_role("button", name="Resolve")).to_be_enabled()
    await card.get_by_role("button", name="Resolve").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Yes, resolve").click()
    await expect(page.locator(".primary-pane").get_by_text("Resolved")).to_be_visible()

    await world.type("/incident break")
    await expect(page.get_by_text("dispatch_failed")).to_be_visible()


async def test_the_keyboard_goes_from_part_to_part_past_all_links_of_a_long_channel(world: World) -> None:
    for number in range(30):
        await world.client.chat_postMessage(
            channel="C01INCIDENTS", text=f"<https://a.example/{number}|Run {number}>"
        )
    page = await world.open()
    composer = page.get_by_label("Message #incidents")
    await expect(page.get_by_role("link", name="Run 29")).to_be_visible()
    await expect(composer).to_be_focused()
    around = [
        page.locator("[data-qa=message]", has_text="Run 29"),
        page.get_by_role("button", name="incidents, channel menu"),
        page.locator("[data-qa=channel-incidents]"),
        page.get_by_label("Search messages"),
        composer,
    ]
    for place in around:
        await page.keyboard.press("Shift+F6")
        await expect(place).to_be_focused()
    for place in [*reversed(around[:-1]), composer]:
        await page.keyboard.press("F6")
        await expect(place).to_be_focused()


async def test_what_is_typed_before_the_next_frame_stands_behind_the_chosen_command(world: World) -> None:
    page = await world.open()
    composer = page.get_by_label("Message #incidents")
    await composer.press_sequentially("/in")
    await expect(page.locator("[data-qa=slash-menu]")).to_be_visible()
    await composer.evaluate(
        """field => {
            field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
            return Promise.resolve().then(() => document.execCommand("insertText", false, "d"));
        }"""
    )
    await composer.press_sequentially("eclare")
    await expect(composer).to_have_value("/incident declare")


async def test_a_modal_keeps_what_was_typed_through_every_trouble(world: World) -> None:
    page = await world.open()
    await world.type("/incident card")
    await page.get_by_role("button", name="Update").click()
    modal = page.get_by_role("dialog", name="Update")
    title = modal.get_by_label("What is new?")
    await title.press("Enter")
    await expect(modal.get_by_text("Please complete this required field.")).to_have_count(3)
    await title.fill("bad")
    await modal.get_by_label("Severity").click()
    await modal.get_by_role("option", name="SEV2").click()
    await modal.get_by_label("Drill").check()
    await modal.get_by_label("Runbook").fill("db")
    await modal.get_by_role("option", name="db runbook").click()
    await modal.get_by_role("button", name="Send").click()
    await expect(modal.get_by_role("alert")).to_have_text("Say it better.")
    await title.fill("boom")
    await expect(modal.get_by_role("alert")).to_have_count(0)
    await modal.get_by_role("button", name="Send").click()
    await expect(modal.get_by_text("We had some trouble connecting. Try again?")).to_be_visible()

    await title.fill("good & <new>")
    await modal.get_by_role("button", name="Details").click()
    await expect(page.get_by_role("dialog", name="Details").get_by_text("All of it")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(title).to_have_value("good & <new>")
    await modal.get_by_role("button", name="Send").click()
    await expect(modal).to_have_count(0)
    [values] = world.submitted
    assert values["title"]["title"]["value"] == "good & <new>"
    assert values["severity"]["severity"]["selected_option"]["value"] == "2"
    assert values["runbook"]["runbook"]["selected_option"]["value"] == "found"
    assert values["kind"]["kind"]["selected_option"]["value"] == "d"


async def test_everyone_sees_their_own_screen_and_it_follows_by_itself(world: World) -> None:
    page = await world.open("U01EMI", "home")
    await expect(page.locator("[data-qa=home]")).to_contain_text("Nothing is on fire ☀️")
    await world.client.views_publish(user_id="U01EMI", view=home("Now *something* is"))
    await expect(page.locator("[data-qa=home]")).to_contain_text("Now something is")

    await page.locator("[data-qa=channel-general]").click()
    await expect(page.get_by_label("Message #general")).to_be_visible()
    text = "At <!date^1700000000^{date_num} {time}|never>"
    await world.client.chat_postMessage(channel="C01GENERAL", text=text)
    await expect(page.get_by_text("At 2023-11-15 7:13 AM")).to_be_visible()
    await world.client.chat_postMessage(channel="C01INCIDENTS", text="look")
    badge = page.locator("[data-qa=channel-incidents]").get_by_label("1 unread")
    await expect(badge).to_be_visible()

    await page.locator("[data-qa=person-switch]").click()
    await page.get_by_role("menuitem", name="Gus Whitaker").click()
    await expect(page).to_have_url(re.compile("#/U01GUS/C01GENERAL$"))
    await expect(page.get_by_text("At 2023-11-14 2:13 PM")).to_be_visible()


async def test_messages_are_text_whatever_they_say_and_have_their_toolbar(world: World) -> None:
    page = await world.open(place="C01GENERAL")
    await world.type(f"{NASTY} *bold* @ben")
    mine = page.locator("[data-qa=message]", has_text="window.hacked")
    await expect(mine).to_contain_text(NASTY)
    await expect(mine.locator("strong", has_text="bold")).to_be_visible()
    await expect(mine.locator(".mention")).to_have_text("@Ben Okafor")
    await mine.hover()
    await mine.get_by_role("button", name="React with pushpin").click()
    await expect(mine.get_by_role("button", name="pushpin, 1 reaction")).to_be_visible()
    await mine.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Edit message").click()
    await page.get_by_label("Edit message").fill("harmless")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-qa=message]", has_text="harmless(edited)")).to_be_visible()
    evil = "<javascript:alert(1)|click> <https://a.example/?q=1&amp;r=2|&lt;b&gt;>"
    await world.client.chat_postMessage(
        channel="C01GENERAL", text=evil, blocks=[{"type": "section", "text": mrkdwn(evil)}]
    )
    await expect(page.get_by_role("link", name="<b>")).to_have_attribute("href", "https://a.example/?q=1&r=2")
    assert await page.get_by_role("link", name="click").count() == 0
    assert await page.evaluate("window.hacked") is None


async def test_slack_is_made_to_fail_in_a_narrow_window(world: World) -> None:
    page = await world.open()
    await page.set_viewport_size({"width": 700, "height": 700})
    await page.get_by_role("button", name="Show channels").click()
    await page.get_by_role("button", name="Faults").click()
    drawer = page.locator("[data-qa=faults]")
    await drawer.get_by_role("button", name="Slack is dead").click()
    await expect(drawer.get_by_role("button", name="Bring Slack back")).to_be_visible()
    await drawer.get_by_role("button", name="Bring Slack back").click()
    await drawer.get_by_role("button", name="Server errors").click()
    await expect(drawer.get_by_role("button", name="Remove status on *")).to_be_visible()
    await world.type("/incident card")
    await drawer.get_by_role("tab", name="Calls").click()
    await expect(drawer.locator(".failed").last).to_contain_text("500")
