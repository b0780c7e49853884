"""The checker finds what it is there to find: each fault alone is named."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.views.slack_limits import in_message, in_view

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(value: str = "a", text: str = "A") -> Json:
    return {"text": plain(text), "value": value}


def message() -> Json:
    """A message without a fault, with nearly all there is."""
    return {
        "text": "Words",
        "blocks": [
            {"type": "header", "text": plain("Head")},
            {
                "type": "section",
                "block_id": "s",
                "text": {"type": "mrkdwn", "text": "*a* <@U0123ABC> &amp; <https://x.example|x>"},
                "fields": [{"type": "mrkdwn", "text": "f"}],
            },
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "c"}]},
            {
                "type": "actions",
                "block_id": "a",
                "elements": [
                    {
                        "type": "button",
                        "action_id": "go",
                        "text": plain("Go"),
                        "value": "1",
                        "confirm": {
                            "title": plain("Sure?"),
                            "text": plain("Really"),
                            "confirm": plain("Yes"),
                            "deny": plain("No"),
                        },
                    },
                    {"type": "overflow", "action_id": "more", "options": [option()]},
                ],
            },
            {"type": "image", "image_url": "https://x.example/a.png", "alt_text": "A cat"},
        ],
    }


def view() -> Json:
    menu = {"type": "static_select", "action_id": "value", "options": [option("a"), option("b")]}
    typed = {"type": "plain_text_input", "action_id": "value", "max_length": 10, "initial_value": "x"}
    return {
        "type": "modal",
        "callback_id": "c",
        "title": plain("Title"),
        "submit": plain("Send"),
        "close": plain("Cancel"),
        "private_metadata": "{}",
        "blocks": [
            {"type": "input", "block_id": "m", "label": plain("L"), "element": menu},
            {"type": "input", "block_id": "t", "label": plain("L"), "element": typed},
        ],
    }


def test_what_is_right_is_left_alone() -> None:
    assert in_message(message()) == []
    assert in_view(view()) == []


def put(*path: Any) -> Callable[[Json], None]:
    """Sets what the path without its last step leads to."""
    *steps, last, value = path

    def change(thing: Any) -> None:
        for step in steps:
            thing = thing[step]
        if value is None:
            del thing[last]
        else:
            thing[last] = value

    return change


B = "blocks"
BROKEN_MESSAGES: list[Callable[[Json], None]] = [
    put("text", ""),
    put("text", "x" * 4001),
    put("text", "<!channel>"),
    put("text", "a & b"),
    put(B, []),
    put(B, [{"type": "divider"}] * 51),
    put(B, [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 5),
    put(B, 0, "text", "type", "mrkdwn"),
    put(B, 0, "text", "text", "x" * 151),
    put(B, 0, "text", "text", " "),
    put(B, 0, "emoji", True),
    put(B, 1, "text", "text", "x" * 3001),
    put(B, 1, "text", "text", "cut in the middle <https://x.example|la"),
    put(B, 1, "text", "text", "cut in the middle &am"),
    put(B, 1, "text", "text", "<!subteam^S1>"),
    put(B, 1, "text", "text", "<b>"),
    put(B, 1, "fields", [{"type": "mrkdwn", "text": "f"}] * 11),
    put(B, 1, "fields", 0, "text", "x" * 2001),
    put(B, 1, "block_id", "a"),
    put(B, 1, "block_id", "x" * 256),
    put(B, 1, {}),
    put(B, 2, "elements", [{"type": "mrkdwn", "text": "c"}] * 11),
    put(B, 2, "elements", []),
    put(B, 3, "elements", 0, "text", "text", "x" * 76),
    put(B, 3, "elements", 0, "text", "type", "mrkdwn"),
    put(B, 3, "elements", 0, "value", "x" * 2001),
    put(B, 3, "elements", 0, "style", "red"),
    put(B, 3, "elements", 0, "action_id", "more"),
    put(B, 3, "elements", 0, "action_id", "x" * 256),
    put(B, 3, "elements", 0, "confirm", "title", "text", "x" * 101),
    put(B, 3, "elements", 0, "confirm", "text", "text", "x" * 301),
    put(B, 3, "elements", 0, "confirm", "deny", "text", "x" * 31),
    put(B, 3, "elements", 0, "confirm", "deny", None),
    put(B, 3, "elements", 1, "options", [option(str(n)) for n in range(6)]),
    put(B, 3, "elements", 1, "options", []),
    put(B, 3, "elements", [{"type": "button", "text": plain("x"), "action_id": str(n)} for n in range(26)]),
    put(B, 3, "elements", 0, {"type": "plain_text_input", "action_id": "x"}),
    put(B, 4, "alt_text", None),
    put(B, 4, "type", "input"),
    put(B, 4, "type", "marquee"),
]
BROKEN_VIEWS: list[Callable[[Json], None]] = [
    put("title", "text", "x" * 25),
    put("title", None),
    put("title", "type", "mrkdwn"),
    put("submit", "text", "x" * 25),
    put("close", "text", "x" * 25),
    put("submit", None),
    put("callback_id", "x" * 256),
    put("private_metadata", "x" * 3001),
    put("type", "home"),
    put("type", "panel"),
    put(B, [{"type": "divider"}] * 101),
    put(B, [{"type": "section", "text": {"type": "mrkdwn", "text": "😀" * 2900}}] * 20),
    put(B, 0, "block_id", "t"),
    put(B, 0, "label", "text", "x" * 2001),
    put(B, 0, "label", "type", "mrkdwn"),
    put(B, 0, "hint", plain("x" * 2001)),
    put(B, 0, "element", "options", []),
    put(B, 0, "element", "options", [option(str(n)) for n in range(101)]),
    put(B, 0, "element", "options", 1, option("a", "another of the same value")),
    put(B, 0, "element", "options", 0, "value", "x" * 151),
    put(B, 0, "element", "options", 0, "text", "text", "x" * 76),
    put(B, 0, "element", "options", 0, "description", plain("x" * 76)),
    put(B, 0, "element", "initial_option", option("c")),
    put(B, 0, "element", "placeholder", plain("x" * 151)),
    put(B, 0, "element", "type", "button"),
    put(B, 1, "element", "initial_value", "x" * 11),
    put(B, 1, "element", "max_length", 3001),
    put(B, 1, "element", "options", [option()]),
]


@pytest.mark.parametrize("number", range(len(BROKEN_MESSAGES)))
def test_a_broken_message_is_noticed(number: int) -> None:
    broken = copy.deepcopy(message())
    BROKEN_MESSAGES[number](broken)
    assert in_message(broken) != []


@pytest.mark.parametrize("number", range(len(BROKEN_VIEWS)))
def test_a_broken_view_is_noticed(number: int) -> None:
    broken = copy.deepcopy(view())
    BROKEN_VIEWS[number](broken)
    assert in_view(broken) != []
