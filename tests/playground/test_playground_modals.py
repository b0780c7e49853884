"""Modals and the Home tab."""

import asyncio
from typing import Any

import pytest
from slack_cast import (
    INCIDENTS,
    Bot,
    Control,
    Someone,
    actions,
    button,
    modal,
    plain,
    refused,
    section,
    typed,
)
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient


class Triggers:
    """Gets trigger_ids: somebody types /t, the bot keeps what came with it."""

    def __init__(self, bot: Bot, ada: Someone) -> None:
        self._ada = ada
        self._got: list[str] = []

        async def keep(ack: Any, command: Any) -> None:
            self._got.append(command["trigger_id"])
            await ack()

        bot.app.command("/t")(keep)

    async def next(self) -> str:
        await self._ada.types("/t")
        return self._got[-1]


@pytest.fixture
def triggers(bot: Bot, ada: Someone) -> Triggers:
    return Triggers(bot, ada)


async def test_a_modal_is_opened_filled_and_submitted(
    bot: Bot, ada: Someone, client: AsyncWebClient, triggers: Triggers
) -> None:
    got: list[Any] = []

    @bot.app.view("declare")
    async def submitted(ack: Any, body: Any) -> None:
        got.append(body)
        await ack()

    await client.views_open(trigger_id=await triggers.next(), view=modal(private_metadata="7"))
    shown = await ada.modal()
    assert shown["state"]["values"] == {"title": {"a": {"type": "plain_text_input", "value": None}}}
    result = await ada.does("submit", view=shown["id"], values={"title": "Checkout is down"})
    assert (result["delivered"], result["body"]) == (True, "")
    assert (await ada.screen())["views"] == []
    view = got[0]["view"]
    assert view["state"]["values"]["title"]["a"]["value"] == "Checkout is down"
    assert (view["private_metadata"], view["root_view_id"], view["previous_view_id"]) == (
        "7",
        view["id"],
        None,
    )
    assert got[0]["user"] == {"id": "U01ADA", "username": "ada", "name": "ada", "team_id": "T0PLAYGROUND"}


async def test_the_bots_errors_stay_below_the_inputs(
    bot: Bot, ada: Someone, client: AsyncWebClient, triggers: Triggers
) -> None:
    @bot.app.view("declare")
    async def submitted(ack: Any) -> None:
        await ack(response_action="errors", errors={"title": "Too short"})

    await client.views_open(trigger_id=await triggers.next(), view=modal())
    result = await ada.does("submit", view=(await ada.modal())["id"], values={"title": "x"})
    assert result["body"]["errors"] == {"title": "Too short"}
    assert (await ada.modal())["errors"] == {"title": "Too short"}
    assert (await ada.modal())["state"]["values"]["title"]["a"]["value"] == "x"


async def test_errors_for_no_input_are_an_answer_that_slack_does_not_understand(
    bot: Bot, ada: Someone, client: AsyncWebClient, triggers: Triggers
) -> None:
    @bot.app.view("declare")
    async def submitted(ack: Any) -> None:
        await ack(response_action="errors", errors={"other": "?"})

    await client.views_open(trigger_id=await triggers.next(), view=modal())
    result = await ada.does("submit", view=(await ada.modal())["id"], values={"title": "x"})
    assert (result["delivered"], "invalid_errors" in result["failure"]) == (False, True)
    assert len((await ada.screen())["views"]) == 1


async def test_slack_checks_inputs_before_it_submits(
    ada: Someone, client: AsyncWebClient, triggers: Triggers
) -> None:
    number = {"type": "number_input", "action_id": "a", "is_decimal_allowed": False, "max_value": "9"}
    view = modal(
        typed("title", element={"min_length": 3}),
        typed("mail", element={"type": "email_text_input"}),
        {**typed("count"), "element": number},
        typed("note", optional=True),
    )
    await client.views_open(trigger_id=await triggers.next(), view=view)
    shown = await ada.modal()
    result = await ada.does(
        "submit", 409, view=shown["id"], values={"title": "ab", "mail": "x", "count": "10"}
    )
    assert set(result["errors"]) == {"title", "mail", "count"}
    result = await ada.does("submit", 409, view=shown["id"], values={"title": ""})
    assert result["errors"]["title"] == "Please complete this required field."


async def test_an_answer_pushes_updates_and_clears(
    bot: Bot, ada: Someone, client: AsyncWebClient, triggers: Triggers
) -> None:
    @bot.app.view("declare")
    async def first(ack: Any) -> None:
        await ack(response_action="push", view=modal(callback_id="second"))

    @bot.app.view("second")
    async def second(ack: Any) -> None:
        await ack(
            response_action="update", view=modal(section("Really?"), callback_id="third", submit=plain("Yes"))
        )

    @bot.app.view("third")
    async def third(ack: Any) -> None:
        await ack(response_action="clear")

    await client.views_open(trigger_id=await triggers.next(), view=modal())
    root = (await ada.modal())["id"]
    await ada.does("submit", view=root, values={"title": "x"})
    top = await ada.modal()
    assert (top["callback_id"], top["previous_view_id"], top["root_view_id"]) == ("second", root, root)
    assert (await ada.does("submit", 409, view=root))["error"] == "view_covered"
    await ada.does("submit", view=top["id"], values={"title": "y"})
    assert (await ada.modal())["callback_id"] == "third"
    await ada.does("submit", view=top["id"])
    assert (await ada.screen())["views"] == []


async def test_a_trigger_works_once_and_for_a_short_time(client: AsyncWebClient, triggers: Triggers) -> None:
    trigger = await triggers.next()
    await client.views_open(trigger_id=trigger, view=modal())
    assert await refused(client.views_open(trigger_id=trigger, view=modal())) == "exchanged_trigger_id"
    late = await triggers.next()
    await asyncio.sleep(0.35)
    assert await refused(client.views_open(trigger_id=late, view=modal())) == "expired_trigger_id"
    assert await refused(client.views_open(trigger_id="1.2.3", view=modal())) == "invalid_trigger_id"


async def test_three_modals_are_the_most(
    bot: Bot, ada: Someone, client: AsyncWebClient, triggers: Triggers
) -> None:
    errors: list[str] = []

    @bot.app.action("more")
    async def more(ack: Any, body: Any) -> None:
        try:
            await client.views_push(trigger_id=body["trigger_id"], view=modal(actions(button("more"))))
        except SlackApiError as error:
            errors.append(error.response["error"])
        await ack()

    await client.views_open(trigger_id=await triggers.next(), view=modal(actions(button("more"))))
    for _ in range(3):
        await ada.does("click", container={"view": (await ada.modal())["id"]}, action_id="more")
    assert errors == ["push_limit_reached"]
    assert len((await ada.screen())["views"]) == 3


async def test_an_update_keeps_what_was_typed(
    ada: Someone, client: AsyncWebClient, triggers: Triggers
) -> None:
    opened = (await client.views_open(trigger_id=await triggers.next(), view=modal(external_id="one")))[
        "view"
    ]
    await ada.does("fill", view=opened["id"], values={"title": "kept"})
    view = modal(typed(), typed("more", optional=True), external_id="one")
    updated = (await client.views_update(external_id="one", view=view, hash=opened["hash"]))["view"]
    assert updated["state"]["values"]["title"]["a"]["value"] == "kept"
    stale = client.views_update(view_id=opened["id"], view=view, hash=opened["hash"])
    assert await refused(stale) == "hash_conflict"
    assert await refused(client.views_update(view_id="VNONE", view=view)) == "not_found"
    twice = client.views_open(trigger_id=await triggers.next(), view=modal(external_id="one"))
    assert await refused(twice) == "duplicate_external_id"


@pytest.mark.parametrize(
    ("view", "words"),
    [
        ({"type": "modal", "blocks": []}, "missing required field: title"),
        (modal(title=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/title/text]"),
        (modal(private_metadata="x" * 3001), "must be less than 3001 characters"),
        (modal(sumbit=plain("Go")), "invalid additional property: sumbit [json-pointer:/view]"),
        ({**modal(), "submit": None}, "must define `submit`"),
        (modal(*[section()] * 101), "no more than 100 items allowed [json-pointer:/view/blocks]"),
        ({"type": "home", "blocks": []}, "unsupported type: home"),
        (modal({"type": "markdown", "text": "x"}), "unsupported type: markdown"),
    ],
)
async def test_views_that_slack_refuses(
    client: AsyncWebClient, triggers: Triggers, view: Any, words: str
) -> None:
    with pytest.raises(SlackApiError) as caught:
        await client.views_open(trigger_id=await triggers.next(), view=view)
    assert caught.value.response["error"] == "invalid_arguments"
    assert any(words in message for message in caught.value.response["response_metadata"]["messages"])


async def test_a_view_of_more_than_250_kb_is_too_large(client: AsyncWebClient, triggers: Triggers) -> None:
    view = modal(*[section("ü" * 2900) for _ in range(60)])
    assert await refused(client.views_open(trigger_id=await triggers.next(), view=view)) == "view_too_large"


async def test_closing_tells_the_bot_only_when_the_view_asks_for_it(
    bot: Bot, ada: Someone, client: AsyncWebClient, triggers: Triggers
) -> None:
    closed: list[Any] = []

    @bot.app.view_closed("declare")
    async def gone(ack: Any, body: Any) -> None:
        closed.append(body)
        await ack()

    await client.views_open(trigger_id=await triggers.next(), view=modal())
    assert (await ada.does("close", view=(await ada.modal())["id"]))["delivered"] is None
    await client.views_open(trigger_id=await triggers.next(), view=modal(notify_on_close=True))
    assert (await ada.does("close", view=(await ada.modal())["id"]))["delivered"] is True
    assert [body["is_cleared"] for body in closed] == [False]
    assert (await ada.screen())["views"] == []


async def test_the_home_tab(bot: Bot, ada: Someone, ben: Someone, client: AsyncWebClient) -> None:
    clicked: list[Any] = []

    @bot.app.event("app_home_opened")
    async def opened(event: Any) -> None:
        await client.views_publish(
            user_id=event["user"], view={"type": "home", "blocks": [actions(button("go", value="7"))]}
        )

    @bot.app.action("go")
    async def go(ack: Any, body: Any) -> None:
        clicked.append(body)
        await ack()

    assert (await ada.does("open_home", tab="home"))["delivered"] is True
    home = (await ada.screen())["home"]
    assert home["type"] == "home"
    await ada.does("click", container={"view": home["id"]}, action_id="go")
    assert clicked[0]["container"] == {"type": "view", "view_id": home["id"]}
    assert clicked[0]["actions"][0]["value"] == "7"
    assert (await ben.screen())["home"] is None
    await ben.does("click", 404, container={"view": home["id"]}, action_id="go")


async def test_selects_take_only_what_they_offer(
    bot: Bot, ada: Someone, client: AsyncWebClient, triggers: Triggers
) -> None:
    @bot.app.options("service")
    async def offer(ack: Any, payload: Any) -> None:
        await ack(options=[{"text": plain(payload["value"].upper()), "value": payload["value"]}])

    options = [{"text": plain("One"), "value": "1"}, {"text": plain("Two"), "value": "2"}]

    def select(kind: str, **more: Any) -> dict[str, Any]:
        return {**typed(kind), "element": {"type": kind, "action_id": "service", **more}}

    view = modal(
        select("static_select", options=options),
        select("multi_static_select", options=options, max_selected_items=1),
        select("users_select"),
        select("datepicker"),
        select("checkboxes", options=options),
        select("external_select", min_query_length=2),
    )
    await client.views_open(trigger_id=await triggers.next(), view=view)
    shown = (await ada.modal())["id"]
    for name, wrong in (("static_select", "3"), ("users_select", "UNONE"), ("datepicker", "soon")):
        assert (await ada.does("fill", 409, view=shown, values={name: wrong}))["error"] == "not_offered"
    many = await ada.does("fill", 409, view=shown, values={"multi_static_select": ["1", "2"]})
    assert many["error"] == "too_many_chosen"
    unasked = await ada.does("fill", 409, view=shown, values={"external_select": "pay"})
    assert unasked["error"] == "not_offered"
    where = {"container": {"view": shown}, "action_id": "service", "block_id": "external_select"}
    assert (await ada.does("options", 409, query="p", **where))["error"] == "query_too_short"
    assert (await ada.does("options", query="pay", **where))["body"]["options"][0]["value"] == "pay"
    values = {
        "static_select": "2",
        "multi_static_select": ["1"],
        "users_select": "U01BEN",
        "datepicker": "2026-11-21",
        "checkboxes": ["1", "2"],
        "external_select": "pay",
    }
    await ada.does("fill", view=shown, values=values)
    state = (await ada.modal())["state"]["values"]
    assert state["static_select"]["service"]["selected_option"]["text"]["text"] == "Two"
    assert state["users_select"]["service"] == {"type": "users_select", "selected_user": "U01BEN"}
    assert len(state["checkboxes"]["service"]["selected_options"]) == 2


async def test_shortcuts(bot: Bot, ada: Someone, control: Control) -> None:
    got: list[Any] = []

    @bot.app.shortcut("declare")
    async def everywhere(ack: Any, body: Any) -> None:
        got.append(body)
        await ack()

    said = await ada.says("it broke")
    await ada.does("shortcut", callback_id="declare")
    await ada.does("message_shortcut", callback_id="declare", channel=INCIDENTS, ts=said["ts"])
    assert [body["type"] for body in got] == ["shortcut", "message_action"]
    assert got[1]["message"]["text"] == "it broke"
    assert got[1]["channel"] == {"id": INCIDENTS, "name": "incidents"}
