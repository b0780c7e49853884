"""The shapes of text objects, options and interactive elements, with Slack's limits."""

from typing import Any

from .schema import (
    Check,
    Field,
    Place,
    Problems,
    also,
    anything,
    flag,
    integer,
    items,
    matching,
    maybe,
    need,
    one_of,
    report,
    shape,
    string,
    union,
    url,
)

IDENTIFIER = string(255)


def _constant(value: Any, place: Place, problems: Problems) -> None:
    """`type` was already looked at by whoever chose the schema."""


TYPE = need(_constant)


def plain(most: int) -> Check:
    """A plain_text object."""
    return union({"plain_text": shape({"type": TYPE, "text": need(string(most)), "emoji": maybe(flag)})})


def text(most: int) -> Check:
    """A text object of either kind."""
    return union(
        {
            "plain_text": shape({"type": TYPE, "text": need(string(most)), "emoji": maybe(flag)}),
            "mrkdwn": shape({"type": TYPE, "text": need(string(most)), "verbatim": maybe(flag)}),
        }
    )


_STYLE = maybe(one_of("primary", "danger"))
CONFIRM = maybe(
    shape(
        {
            "title": need(plain(100)),
            "text": need(text(300)),
            "confirm": need(plain(30)),
            "deny": need(plain(30)),
            "style": _STYLE,
        }
    )
)


def _option(label: Check, **further: Field) -> Check:
    return shape({"text": need(label), "value": need(string(150)), "description": maybe(text(75)), **further})


OPTION = _option(plain(75))
_CHOICE = _option(text(75))
_OVERFLOW_OPTION = _option(plain(75), url=maybe(url()))
_GROUP = shape({"label": need(plain(75)), "options": need(items(OPTION, 100))})
OPTION_ANSWER = shape(
    {"options": maybe(items(OPTION, 100, 0)), "option_groups": maybe(items(_GROUP, 100, 0))}
)
_ACTION = maybe(IDENTIFIER)
_PLACEHOLDER = maybe(plain(150))
_FOCUS = maybe(flag)


def _all_options(element: dict[str, Any]) -> list[Any]:
    found = list(element.get("options") or [])
    for group in element.get("option_groups") or []:
        found.extend(group["options"])
    return found


def _same(one: Any, other: Any) -> bool:
    """Whether an initial option is the listed one; Slack compares text, value and description."""
    return bool(
        one["value"] == other["value"]
        and one["text"]["text"] == other["text"]["text"]
        and one["text"]["type"] == other["text"]["type"]
        and (one.get("description") or {}).get("text") == (other.get("description") or {}).get("text")
    )


def _choices(element: Any, place: Place, problems: Problems) -> None:
    """Options are unique, and what is chosen to begin with is among them."""
    if element["type"].endswith("static_select"):
        given = [name for name in ("options", "option_groups") if element.get(name) is not None]
        if not given:
            report(problems, "missing required field: options", place)
            return
        if len(given) == 2:
            report(problems, "options and option_groups cannot both be given", place)
            return
    listed = _all_options(element)
    values = [option["value"] for option in listed]
    if len(set(values)) != len(values) and element["type"] != "overflow":
        report(problems, "option values must be unique", (place, "options"))
    chosen = list(element.get("initial_options") or [])
    if element.get("initial_option"):
        chosen.append(element["initial_option"])
    for option in chosen:
        if not any(_same(option, other) for other in listed):
            key = "initial_option" if element.get("initial_option") else "initial_options"
            report(
                problems, "the provided initial option must exactly match an option in the list", (place, key)
            )


def _lengths(element: Any, place: Place, problems: Problems) -> None:
    least, most = element.get("min_length"), element.get("max_length")
    if least is not None and most is not None and least > most:
        report(problems, "min_length must not be greater than max_length", place)


def _initial_list(check: Check) -> Field:
    return maybe(items(check, 100, 0))


_MOST = maybe(integer(1, 1000))
_FILTER = maybe(
    shape(
        {
            "include": maybe(items(one_of("im", "mpim", "private", "public"), 4)),
            "exclude_external_shared_channels": maybe(flag),
            "exclude_bot_users": maybe(flag),
        }
    )
)
_SELECT = {
    "type": TYPE,
    "action_id": _ACTION,
    "placeholder": _PLACEHOLDER,
    "confirm": CONFIRM,
    "focus_on_load": _FOCUS,
}
_DATE = matching(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "must be a date: YYYY-MM-DD")
_TIME = matching(r"([01]\d|2[0-3]):[0-5]\d", "must be a time: HH:mm")
_INPUT = {"type": TYPE, "action_id": _ACTION, "placeholder": _PLACEHOLDER, "focus_on_load": _FOCUS}
_DISPATCH = maybe(
    shape({"trigger_actions_on": need(items(one_of("on_enter_pressed", "on_character_entered"), 2))})
)
_STATIC: dict[str, Field] = {
    **_SELECT,
    "options": maybe(items(OPTION, 100)),
    "option_groups": maybe(items(_GROUP, 100)),
}


def _input(**fields: Field) -> Check:
    return shape({**_INPUT, **fields})


ELEMENTS: dict[str, Check] = {
    "button": shape(
        {
            "type": TYPE,
            "text": need(plain(75)),
            "action_id": _ACTION,
            "url": maybe(url()),
            "value": maybe(string(2000, 0)),
            "style": _STYLE,
            "confirm": CONFIRM,
            "accessibility_label": maybe(string(75)),
        }
    ),
    "static_select": also(shape({**_STATIC, "initial_option": maybe(OPTION)}), _choices),
    "multi_static_select": also(
        shape({**_STATIC, "initial_options": maybe(items(OPTION, 100)), "max_selected_items": _MOST}),
        _choices,
    ),
    "external_select": shape(
        {**_SELECT, "initial_option": maybe(OPTION), "min_query_length": maybe(integer(0, 1000))}
    ),
    "multi_external_select": shape(
        {
            **_SELECT,
            "initial_options": maybe(items(OPTION, 100)),
            "min_query_length": maybe(integer(0, 1000)),
            "max_selected_items": _MOST,
        }
    ),
    "users_select": shape({**_SELECT, "initial_user": maybe(IDENTIFIER)}),
    "multi_users_select": shape(
        {**_SELECT, "initial_users": _initial_list(IDENTIFIER), "max_selected_items": _MOST}
    ),
    "conversations_select": shape(
        {
            **_SELECT,
            "initial_conversation": maybe(IDENTIFIER),
            "default_to_current_conversation": maybe(flag),
            "response_url_enabled": maybe(flag),
            "filter": _FILTER,
        }
    ),
    "multi_conversations_select": shape(
        {
            **_SELECT,
            "initial_conversations": _initial_list(IDENTIFIER),
            "default_to_current_conversation": maybe(flag),
            "max_selected_items": _MOST,
            "filter": _FILTER,
        }
    ),
    "channels_select": shape(
        {**_SELECT, "initial_channel": maybe(IDENTIFIER), "response_url_enabled": maybe(flag)}
    ),
    "multi_channels_select": shape(
        {**_SELECT, "initial_channels": _initial_list(IDENTIFIER), "max_selected_items": _MOST}
    ),
    "overflow": also(
        shape(
            {
                "type": TYPE,
                "action_id": _ACTION,
                "options": need(items(_OVERFLOW_OPTION, 5)),
                "confirm": CONFIRM,
            }
        ),
        _choices,
    ),
    "datepicker": shape({**_SELECT, "initial_date": maybe(_DATE)}),
    "timepicker": shape({**_SELECT, "initial_time": maybe(_TIME), "timezone": maybe(string(100))}),
    "datetimepicker": shape(
        {
            "type": TYPE,
            "action_id": _ACTION,
            "initial_date_time": maybe(integer(1_000_000_000, 9_999_999_999)),
            "confirm": CONFIRM,
            "focus_on_load": _FOCUS,
        }
    ),
    "checkboxes": also(
        shape(
            {
                "type": TYPE,
                "action_id": _ACTION,
                "options": need(items(_CHOICE, 10)),
                "initial_options": maybe(items(_CHOICE, 10)),
                "confirm": CONFIRM,
                "focus_on_load": _FOCUS,
            }
        ),
        _choices,
    ),
    "radio_buttons": also(
        shape(
            {
                "type": TYPE,
                "action_id": _ACTION,
                "options": need(items(_CHOICE, 10)),
                "initial_option": maybe(_CHOICE),
                "confirm": CONFIRM,
                "focus_on_load": _FOCUS,
            }
        ),
        _choices,
    ),
    "plain_text_input": also(
        _input(
            initial_value=maybe(string(3000, 0)),
            multiline=maybe(flag),
            min_length=maybe(integer(0, 3000)),
            max_length=maybe(integer(1, 3000)),
            dispatch_action_config=_DISPATCH,
        ),
        _lengths,
    ),
    "number_input": _input(
        is_decimal_allowed=need(flag),
        initial_value=maybe(string(100)),
        min_value=maybe(string(100)),
        max_value=maybe(string(100)),
        dispatch_action_config=_DISPATCH,
    ),
    "email_text_input": _input(initial_value=maybe(string(3000)), dispatch_action_config=_DISPATCH),
    "url_text_input": _input(initial_value=maybe(string(3000)), dispatch_action_config=_DISPATCH),
    "rich_text_input": _input(initial_value=maybe(anything), dispatch_action_config=_DISPATCH),
    "file_input": shape(
        {
            "type": TYPE,
            "action_id": _ACTION,
            "filetypes": maybe(items(string(20), 100)),
            "max_files": maybe(integer(1, 10)),
        }
    ),
    "image": also(
        shape(
            {
                "type": TYPE,
                "image_url": maybe(url()),
                "slack_file": maybe(anything),
                "alt_text": need(string(2000)),
            }
        ),
        lambda value, place, problems: (
            None
            if ("image_url" in value) != ("slack_file" in value)
            else report(problems, "either image_url or slack_file must be given", place)
        ),
    ),
}

_SINGLE = ("static_select", "external_select", "users_select", "conversations_select", "channels_select")
_PICKERS = ("datepicker", "timepicker", "checkboxes", "radio_buttons")
IN_SECTION = ("button", "overflow", "image", *_SINGLE, *(f"multi_{kind}" for kind in _SINGLE), *_PICKERS)
IN_ACTIONS = ("button", "overflow", "datetimepicker", *_SINGLE, *_PICKERS)
IN_INPUT = (
    "plain_text_input",
    "number_input",
    "email_text_input",
    "url_text_input",
    "rich_text_input",
    "datetimepicker",
    *_SINGLE,
    *(f"multi_{kind}" for kind in _SINGLE),
    *_PICKERS,
)


def element(*kinds: str) -> Check:
    """One of these elements."""
    return union({kind: ELEMENTS[kind] for kind in kinds})
