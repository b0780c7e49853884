"""Which handler a request goes to."""

import re

import pytest

from bot.runtime import Bot
from handlers.by_name import ByName
from handlers.request import Answer, Handle, Request


def says(text: str) -> Handle:
    async def handle(bot: Bot, request: Request) -> Answer:
        return Answer(text)

    return handle


def click(action_id: str) -> Request:
    return Request(kind="action", body={}, user_id="U01ADA", key="k", action={"action_id": action_id})


async def test_each_name_has_its_handler() -> None:
    by_name = ByName([("card.close", says("closed")), (re.compile(r"nudge\.snooze\.\d+"), says("snoozed"))])
    for action_id, text in (("card.close", "closed"), ("nudge.snooze.15", "snoozed")):
        assert by_name.names.search(action_id)
        answer = await by_name(None, click(action_id))  # type: ignore[arg-type]
        assert answer is not None
        assert answer.text == text


@pytest.mark.parametrize(
    "name", ["card.close.all", "a card.close", "cardXclose", "card.close\n", "nudge.snooze.15m", ""]
)
def test_no_other_name_is_taken(name: str) -> None:
    by_name = ByName([("card.close", says("")), (re.compile(r"nudge\.snooze\.\d+"), says(""))])
    assert not by_name.names.search(name)


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match=r"card\.close is registered twice"):
        ByName([("card.close", says("one")), ("card.close", says("other"))])
