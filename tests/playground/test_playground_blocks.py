"""Slack's rules of blocks, one message each."""

from typing import Any

import pytest
from slack_cast import INCIDENTS, actions, button, plain, section, typed
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

OPTION = {"text": plain("One"), "value": "1"}


def select(**more: Any) -> dict[str, Any]:
    return {"type": "static_select", "action_id": "s", "options": [OPTION], **more}


def confirm(**more: Any) -> dict[str, Any]:
    return {"title": plain("Sure?"), "text": plain("x"), "confirm": plain("Yes"), "deny": plain("No"), **more}


def image(**more: Any) -> dict[str, Any]:
    return {"type": "image", "image_url": "https://x.example/a.png", "alt_text": "a", **more}


RIGHT: list[Any] = [
    section("x" * 3000),
    section(fields=[plain("x" * 2000)] * 6),
    section(accessory=select(confirm=confirm())),
    section(accessory={"type": "overflow", "action_id": "o", "options": [OPTION] * 5}),
    {"type": "header", "text": plain("x" * 150)},
    {"type": "divider"},
    {"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 9 + [image()]},
    actions(*[button(f"b{n}") for n in range(25)]),
    actions(button(value="x" * 2000, style="danger", url="https://x.example")),
    actions({"type": "datepicker", "action_id": "d", "initial_date": "2026-11-21"}),
    image(title=plain("x")),
    typed(),
    {"type": "markdown", "text": "# x"},
    {
        "type": "table",
        "rows": [[{"type": "raw_text", "text": "x"}]],
        "column_settings": [{"align": "right"}, None],
    },
    {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}],
    },
    {**section(), "block_id": "x" * 255},
]

WRONG: list[tuple[Any, str]] = [
    (section("x" * 3001), "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    (section(""), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ({"type": "section"}, "either text or fields must be given"),
    (section(fields=[plain("x")] * 11), "no more than 10 items allowed [json-pointer:/blocks/0/fields]"),
    (section(fields=[plain("x" * 2001)]), "must be less than 2001 characters"),
    (
        section(accessory=typed()["element"]),
        "unsupported type: plain_text_input [json-pointer:/blocks/0/accessory/type]",
    ),
    ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "unsupported type: mrkdwn"),
    ({"type": "header", "text": plain("x" * 151)}, "must be less than 151 characters"),
    ({"type": "context", "elements": [plain("x")] * 11}, "no more than 10 items allowed"),
    ({"type": "context", "elements": []}, "no fewer than 1 items allowed"),
    (actions(*[button(f"b{n}") for n in range(26)]), "no more than 25 items allowed"),
    (actions(button(), button()), "`action_id` ok already exists"),
    (actions(button(text=plain("x" * 76))), "must be less than 76 characters"),
    (actions(button(value="x" * 2001)), "must be less than 2001 characters"),
    (actions(button(style="default")), "must be one of: primary, danger"),
    (actions(button("x" * 256)), "must be less than 256 characters"),
    (actions(button(colour="red")), "invalid additional property: colour"),
    (actions(button(confirm=confirm(title=plain("x" * 101)))), "must be less than 101 characters"),
    (actions(button(confirm=confirm(text=plain("x" * 301)))), "must be less than 301 characters"),
    (
        actions(select(options=[{**OPTION, "value": str(n)} for n in range(101)])),
        "no more than 100 items allowed",
    ),
    (actions(select(options=[{"text": plain("x" * 76), "value": "1"}])), "must be less than 76 characters"),
    (actions(select(options=[{"text": plain("x"), "value": "x" * 151}])), "must be less than 151 characters"),
    (actions(select(options=[{"text": plain("x")}])), "missing required field: value"),
    (actions(select(initial_option={"text": plain("Two"), "value": "2"})), "must exactly match an option"),
    (actions(select(placeholder=plain("x" * 151))), "must be less than 151 characters"),
    (actions({**select(), "options": None}), "missing required field: options"),
    (actions({"type": "multi_static_select", "options": [OPTION]}), "unsupported type: multi_static_select"),
    (section(accessory={"type": "overflow", "options": [OPTION] * 6}), "no more than 5 items allowed"),
    (section(accessory={"type": "radio_buttons", "options": [OPTION] * 11}), "no more than 10 items allowed"),
    (actions({"type": "datepicker", "initial_date": "tomorrow"}), "must be a date"),
    ({"type": "image", "image_url": "https://x.example/a.png"}, "missing required field: alt_text"),
    (image(alt_text="x" * 2001), "must be less than 2001 characters"),
    (typed(label=plain("x" * 2001)), "must be less than 2001 characters"),
    ({**typed(), "element": button()}, "unsupported type: button"),
    ({"type": "carousel"}, "unsupported type: carousel [json-pointer:/blocks/0/type]"),
    ({"text": plain("x")}, "missing required field: type"),
    ({**section(), "block_id": "x" * 256}, "must be less than 256 characters"),
    ({**section(), "colour": "red"}, "invalid additional property: colour [json-pointer:/blocks/0]"),
    ("text", "must be an object"),
]


@pytest.mark.parametrize("block", RIGHT, ids=lambda block: block["type"])
async def test_blocks_that_slack_takes(client: AsyncWebClient, block: Any) -> None:
    assert (await client.chat_postMessage(channel=INCIDENTS, text="x", blocks=[block]))["ok"]


@pytest.mark.parametrize(("block", "words"), WRONG, ids=[words for _, words in WRONG])
async def test_blocks_that_slack_refuses(client: AsyncWebClient, block: Any, words: str) -> None:
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=INCIDENTS, text="x", blocks=[block])
    response = caught.value.response
    assert response["error"] == "invalid_blocks"
    assert any(words in message for message in response["response_metadata"]["messages"]), response["errors"]
    assert all(message.startswith("[ERROR] ") for message in response["response_metadata"]["messages"])


async def test_the_words_are_slacks_own(client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=INCIDENTS, text="x", blocks=[section("x" * 3001)])
    # As in Slack's answers that people quote in public bug reports.
    assert caught.value.response["response_metadata"]["messages"][-2:] == [
        "[ERROR] failed to match all allowed schemas [json-pointer:/blocks/0/text]",
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ]


@pytest.mark.parametrize(
    ("blocks", "error"),
    [
        ([section()] * 51, "invalid_blocks"),
        ([section("x" * 3000)] * 5, "msg_blocks_too_long"),
        ([{**section(), "block_id": "a"}, {**section(), "block_id": "a"}], "invalid_blocks"),
    ],
)
async def test_rules_of_all_blocks_together(client: AsyncWebClient, blocks: Any, error: str) -> None:
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=INCIDENTS, text="x", blocks=blocks)
    assert caught.value.response["error"] == error
