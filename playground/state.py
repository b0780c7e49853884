"""What people choose and type in blocks, in the form of Slack's `state.values` and `actions`."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .blocks import elements_of
from .errors import Refused

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_SECONDS = re.compile(r"\d{10}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

# Type of element -> (field of the state, field with the value to begin with, whether it is a list)
FIELDS: Mapping[str, tuple[str, str, bool]] = {
    "plain_text_input": ("value", "initial_value", False),
    "number_input": ("value", "initial_value", False),
    "email_text_input": ("value", "initial_value", False),
    "url_text_input": ("value", "initial_value", False),
    "rich_text_input": ("rich_text_value", "initial_value", False),
    "file_input": ("files", "", True),
    "static_select": ("selected_option", "initial_option", False),
    "external_select": ("selected_option", "initial_option", False),
    "radio_buttons": ("selected_option", "initial_option", False),
    "multi_static_select": ("selected_options", "initial_options", True),
    "multi_external_select": ("selected_options", "initial_options", True),
    "checkboxes": ("selected_options", "initial_options", True),
    "users_select": ("selected_user", "initial_user", False),
    "multi_users_select": ("selected_users", "initial_users", True),
    "conversations_select": ("selected_conversation", "initial_conversation", False),
    "multi_conversations_select": ("selected_conversations", "initial_conversations", True),
    "channels_select": ("selected_channel", "initial_channel", False),
    "multi_channels_select": ("selected_channels", "initial_channels", True),
    "datepicker": ("selected_date", "initial_date", False),
    "timepicker": ("selected_time", "initial_time", False),
    "datetimepicker": ("selected_date_time", "initial_date_time", False),
}


def interactive(blocks: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every block with an element that a person can use, and that element."""
    for block in blocks:
        for element in elements_of(block):
            if element["type"] != "image":
                yield block, element


def find(
    blocks: list[dict[str, Any]], action_id: str | None, block_id: str | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The element that a person clicks. Raises Refused (404) when it is not there."""
    for block, element in interactive(blocks):
        if (action_id is None or element["action_id"] == action_id) and (
            block_id is None or block["block_id"] == block_id
        ):
            return block, element
    there = [element["action_id"] for _, element in interactive(blocks)]
    raise Refused(404, "element_not_found", f"no {action_id or block_id} there, only {there}")


def initial_state(blocks: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """`state.values` before anybody touches anything."""
    values: dict[str, dict[str, Any]] = {}
    for block, element in interactive(blocks):
        kind = element["type"]
        if kind not in FIELDS:
            continue
        name, initial, many = FIELDS[kind]
        value = element.get(initial)
        if many and value is None:
            value = []
        entry = {"type": kind, name: value}
        if kind == "timepicker" and element.get("timezone"):
            entry["timezone"] = element["timezone"]
        values.setdefault(block["block_id"], {})[element["action_id"]] = entry
    return values


def chosen(
    element: Mapping[str, Any],
    value: Any,
    *,
    people: Mapping[str, Any],
    channels: Mapping[str, Any],
    offered: list[dict[str, Any]],
) -> dict[str, Any]:
    """The state entry after the person chose `value`; None empties it.

    Raises Refused (409) for what Slack's screen would not let them choose.
    """
    kind = element["type"]
    name, _, many = FIELDS[kind]
    if kind == "checkboxes" and isinstance(value, bool):
        # A lone checkbox is ticked or not.
        value = [one["value"] for one in element["options"]] if value else []
    if value is None or value == "" or value == []:
        return {"type": kind, name: [] if many else None}
    if many:
        values = value if isinstance(value, list) else [value]
        most = element.get("max_selected_items")
        if most is not None and len(values) > most:
            raise Refused(409, "too_many_chosen", f"{element['action_id']} takes {most}")
        return {"type": kind, name: [_one(element, one, people, channels, offered) for one in values]}
    entry = {"type": kind, name: _one(element, value, people, channels, offered)}
    if kind == "timepicker" and element.get("timezone"):
        entry["timezone"] = element["timezone"]
    return entry


def _one(
    element: Mapping[str, Any],
    value: Any,
    people: Mapping[str, Any],
    channels: Mapping[str, Any],
    offered: list[dict[str, Any]],
) -> Any:
    kind = element["type"].removeprefix("multi_")
    if kind in ("static_select", "radio_buttons", "checkboxes", "overflow"):
        return option(options_of(element), str(value))
    if kind == "external_select":
        initial = [element["initial_option"]] if element.get("initial_option") else []
        return option([*offered, *initial, *element.get("initial_options", [])], str(value))
    if kind == "users_select":
        return _known(people, value)
    if kind == "channels_select":
        found = _known(channels, value)
        if channels[found].is_private or channels[found].is_im:
            raise Refused(409, "not_offered", f"{value} is no public channel")
        return found
    if kind == "conversations_select":
        return _known(channels, value)
    if kind == "datepicker":
        return _formed(_DATE, value)
    if kind == "timepicker":
        return _formed(_TIME, value)
    if kind == "datetimepicker":
        return int(_formed(_SECONDS, value))
    return value if kind in ("rich_text_input", "file_input") else str(value)


def option(options: list[dict[str, Any]], value: str) -> dict[str, Any]:
    """The option with that value. Raises Refused (409) when the list has none."""
    for found in options:
        if found["value"] == value:
            return found
    offered = [found["value"] for found in options]
    raise Refused(409, "not_offered", f"{value!r} is not among {offered}")


def options_of(element: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All options of a select, those of its groups included."""
    found = list(element.get("options") or [])
    for group in element.get("option_groups") or []:
        found.extend(group["options"])
    return found


def _known(among: Mapping[str, Any], value: Any) -> str:
    if not isinstance(value, str) or value not in among:
        raise Refused(409, "not_offered", f"{value!r} is not there to choose")
    return str(value)


def _formed(form: re.Pattern[str], value: Any) -> str:
    if not form.fullmatch(str(value)):
        raise Refused(409, "not_offered", f"{value!r} is no date or time")
    return str(value)


def complaints(blocks: list[dict[str, Any]], values: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """What Slack itself says below the inputs before it submits anything: block id -> words."""
    said: dict[str, str] = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        entry = values.get(block["block_id"], {}).get(element["action_id"], {})
        value = entry.get(FIELDS[element["type"]][0])
        if value in (None, "", []):
            if not block.get("optional"):
                said[block["block_id"]] = "Please complete this required field."
        elif words := _complaint(element, value):
            said[block["block_id"]] = words
    return said


def _complaint(element: Mapping[str, Any], value: Any) -> str | None:
    kind = element["type"]
    if kind == "plain_text_input":
        least, most = element.get("min_length", 0), element.get("max_length", 3000)
        if len(value) < least:
            return f"This field must have at least {least} characters."
        if len(value) > most:
            return f"This field must have at most {most} characters."
    if kind == "email_text_input" and not _EMAIL.fullmatch(value):
        return "Enter a valid email address."
    if kind == "url_text_input" and "://" not in value:
        return "Enter a valid URL."
    if kind == "number_input":
        return _number_complaint(element, value)
    return None


def _number_complaint(element: Mapping[str, Any], value: str) -> str | None:
    try:
        number = float(value)
    except ValueError:
        return "Enter a number."
    if not element["is_decimal_allowed"] and not number.is_integer():
        return "Enter a whole number."
    if element.get("min_value") is not None and number < float(element["min_value"]):
        return f"Enter a number of at least {element['min_value']}."
    if element.get("max_value") is not None and number > float(element["max_value"]):
        return f"Enter a number of at most {element['max_value']}."
    return None
