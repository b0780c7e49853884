"""Slack's limits on what a bot emits, checked twice: by slack_sdk's own models and by the rules that they miss.

`in_message` and `in_view` name every offence, with the place of each; nothing means that Slack takes it.
The playground has rules of its own; none of them is used here, so that two readings of Slack's
documentation stand against each other.
"""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.basic_objects import JsonObject
from slack_sdk.models.blocks import Block as SdkBlock
from slack_sdk.models.views import View as SdkView

Json = dict[str, Any]

MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
MESSAGE_CHARACTERS = 13_200
VIEW_BYTES = 250_000
TEXT_GOOD, TEXT_CUT = 4_000, 40_000
IDENTIFIER = 255

ON_SURFACE = {
    "message": {"section", "header", "divider", "context", "actions", "image", "rich_text", "video"},
    "modal": {"section", "header", "divider", "context", "actions", "image", "rich_text", "video", "input"},
    "home": {"section", "header", "divider", "context", "actions", "image", "rich_text", "video"},
}
MENUS = {"static_select", "multi_static_select"}
CHOICES = {"checkboxes", "radio_buttons"}
IN_ACTIONS = {"button", "static_select", "overflow", "radio_buttons", "checkboxes", "users_select"}
IN_SECTION = {*IN_ACTIONS, "image", "multi_static_select"}
IN_INPUT = {
    "plain_text_input",
    "static_select",
    "external_select",
    "multi_static_select",
    "multi_external_select",
    "radio_buttons",
    "checkboxes",
    "users_select",
    "datepicker",
    "datetimepicker",
}

# What may stand between < and > in mrkdwn: a person, a channel, a date, a link.
TOKEN = re.compile(
    r"<(?:@[UW][A-Z0-9]+|#[CG][A-Z0-9]+|!date\^\d+\^[^|<>^]+\|[^<>|]+|https?://[^|<>\s]+(?:\|[^<>|]+)?)>"
)
ENTITY = re.compile(r"&(?:amp|lt|gt);")


def in_message(message: Json) -> list[str]:
    """What Slack would refuse, cut or misread in a message: its `text`, and its `blocks` if it has any."""
    found: list[str] = []
    text = message.get("text")
    if not isinstance(text, str) or not text.strip():
        found.append("text: every message needs one, for notifications and screen readers")
    else:
        if len(text) > TEXT_GOOD:
            found.append(f"text: {len(text)} characters, over {TEXT_GOOD}")
        found += [f"text: {offence}" for offence in in_mrkdwn(text)]
    if "blocks" in message:
        found += in_blocks(message["blocks"], "message")
    return found


def in_view(view: Json) -> list[str]:
    """The same for a modal or a Home tab."""
    found = list(_in_view_itself(view))
    found += in_blocks(view.get("blocks"), view.get("type", ""))
    told = [f"view: {error}" for error in _told_by(lambda: SdkView(**view).to_dict())]
    if not told and SdkView(**view).to_dict() != without_empty(view):
        told.append("view: slack_sdk reads something else from it")
    found += told
    if any(block.get("type") == "input" for block in view.get("blocks", ())) and not view.get("submit"):
        found.append("view: an input without submit")
    return found


def _in_view_itself(view: Json) -> Iterator[str]:
    if view.get("type") not in ("modal", "home"):
        yield f"view: no such type: {view.get('type')}"
    # As the SDK sends it: non-ASCII as \u escapes, six bytes and more a character. Slack may count less.
    weight = len(json.dumps(view))
    if weight > VIEW_BYTES:
        yield f"view: weighs {weight} bytes"
    if len(view.get("private_metadata", "")) > 3000:
        yield "view: private_metadata over 3000"
    for name in ("callback_id", "external_id"):
        if len(view.get(name, "")) > IDENTIFIER:
            yield f"view: {name} over {IDENTIFIER}"
    names = ("title", "submit", "close") if view.get("type") == "modal" else ()
    for name in names:
        if name in view or name == "title":
            yield from (f"view {offence}" for offence in _plain(view.get(name), 24, name))
    unknown = set(view) - {"type", "title", "submit", "close", "blocks", "private_metadata", "callback_id"}
    if unknown:
        yield f"view: unknown {unknown}"


def in_blocks(blocks: Any, surface: str) -> list[str]:
    """Everything about blocks on a "message", "modal" or "home"."""
    if not isinstance(blocks, list) or not blocks:
        return ["blocks: none"]
    found: list[str] = []
    most = MESSAGE_BLOCKS if surface == "message" else VIEW_BLOCKS
    if len(blocks) > most:
        found.append(f"blocks: {len(blocks)}, over {most}")
    for number, block in enumerate(blocks):
        at = f"blocks[{number}]"
        if block.get("type") not in ON_SURFACE.get(surface, ()):
            found.append(f"{at}: no {block.get('type')} in a {surface}")
            continue
        found += [f"{at}: {offence}" for offence in (*_by_rules(block), *_by_sdk(block))]
    found += _ids(blocks, whole=surface != "message")
    if surface == "message":
        characters = sum(map(len, texts(blocks)))
        if characters > MESSAGE_CHARACTERS:
            found.append(f"blocks: {characters} characters together, over {MESSAGE_CHARACTERS}")
    return found


def _ids(blocks: list[Json], *, whole: bool) -> Iterator[str]:
    """block_ids differ in a message or view; action_ids differ in a block, and in a view but for inputs in blocks of their own."""
    seen: set[str] = set()
    for block in blocks:
        block_id = block.get("block_id")
        if block_id is not None:
            if block_id in seen:
                yield f"block_id {block_id} twice"
            seen.add(block_id)
        ids = [part["action_id"] for part in elements(block) if "action_id" in part]
        if len(ids) != len(set(ids)):
            yield f"an action_id twice in block {block_id}: {ids}"
    if whole:
        pairs = [(b.get("block_id"), p.get("action_id")) for b in blocks for p in elements(b)]
        named = [pair for pair in pairs if pair[0] is not None]
        if len(named) != len(set(named)):
            yield f"an action_id twice: {named}"


def elements(block: Json) -> list[Json]:
    """The interactive parts of a block, in order."""
    parts = block.get("elements", []) if block.get("type") == "actions" else []
    return [*parts, *(block[name] for name in ("accessory", "element") if name in block)]


def texts(value: Any) -> Iterator[str]:
    """Every string that is shown, wherever it stands."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key in ("text", "alt_text", "title", "initial_value") and isinstance(part, str):
                yield part
            else:
                yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)


# -- blocks ---------------------------------------------------------------------------------------------------


def _by_rules(block: Json) -> Iterator[str]:
    yield from _identifier(block, "block_id")
    kind = block["type"]
    if kind == "section":
        yield from _section(block)
    elif kind == "header":
        yield from _plain(block.get("text"), 150, "header")
    elif kind == "context":
        yield from _count(block.get("elements"), 1, 10, "elements")
        for part in block.get("elements", ()):
            if part.get("type") == "image":
                yield from _image(part)
            else:
                yield from _text(part, 2000, "element")
    elif kind == "actions":
        yield from _count(block.get("elements"), 1, 25, "elements")
        for part in block.get("elements", ()):
            yield from _element(part, IN_ACTIONS)
    elif kind == "image":
        yield from _image(block)
    elif kind == "input":
        yield from _plain(block.get("label"), 2000, "label")
        if "hint" in block:
            yield from _plain(block["hint"], 2000, "hint")
        yield from _element(block.get("element") or {}, IN_INPUT)
    yield from _keys(block, _BLOCK_KEYS[kind])


_BLOCK_KEYS = {
    "section": {"text", "fields", "accessory", "expand"},
    "header": {"text"},
    "divider": set(),
    "context": {"elements"},
    "actions": {"elements"},
    "image": {"image_url", "slack_file", "alt_text", "title"},
    "input": {"label", "element", "hint", "optional", "dispatch_action"},
}


def _keys(part: Json, known: set[str]) -> Iterator[str]:
    unknown = set(part) - known - {"type", "block_id", "action_id"}
    if unknown:
        yield f"unknown {sorted(unknown)} in {part.get('type')}"


def _section(block: Json) -> Iterator[str]:
    if "text" not in block and not block.get("fields"):
        yield "neither text nor fields"
    if "text" in block:
        yield from _text(block["text"], 3000, "section")
    if "fields" in block:
        yield from _count(block["fields"], 1, 10, "fields")
        for part in block["fields"]:
            yield from _text(part, 2000, "field")
    if "accessory" in block:
        yield from _element(block["accessory"], IN_SECTION)


def _image(part: Json) -> Iterator[str]:
    if not part.get("alt_text", "").strip() or len(part["alt_text"]) > 2000:
        yield "an image without alt text, or with one over 2000"
    if "slack_file" in part:
        if "image_url" in part or set(part["slack_file"]) not in ({"id"}, {"url"}):
            yield "slack_file"
    elif not 0 < len(part.get("image_url", "")) <= 3000:
        yield "image_url"


# -- elements -------------------------------------------------------------------------------------------------


def _element(part: Json, allowed: set[str]) -> Iterator[str]:
    kind = part.get("type")
    if kind not in allowed:
        yield f"no {kind} here"
        return
    yield from _identifier(part, "action_id")
    if "placeholder" in part:
        yield from _plain(part["placeholder"], 150, "placeholder")
    if "confirm" in part:
        yield from _confirm(part["confirm"])
    if kind == "button":
        yield from _plain(part.get("text"), 75, "button")
        if len(part.get("value", "")) > 2000 or len(part.get("url", "")) > 3000:
            yield "button: value or url too long"
        if part.get("style", "primary") not in ("primary", "danger"):
            yield "button: style"
        yield from _keys(part, {"text", "value", "url", "style", "confirm", "accessibility_label"})
    elif kind == "overflow":
        yield from _options(part, 1, 5, values=150)
        yield from _keys(part, {"options", "confirm"})
    elif kind in MENUS:
        yield from _menu(part)
    elif kind == "external_select":
        if "initial_option" in part:
            yield from _options({"options": [part["initial_option"]]}, 1, 1, values=150)
        yield from _keys(
            part, {"initial_option", "min_query_length", "placeholder", "confirm", "focus_on_load"}
        )
    elif kind == "multi_external_select":
        if "initial_options" in part:
            yield from _options({"options": part["initial_options"]}, 1, 100, values=150)
        yield from _keys(
            part, {"initial_options", "min_query_length", "placeholder", "confirm", "focus_on_load"}
        )
    elif kind == "users_select":
        yield from _keys(part, {"initial_user", "placeholder", "confirm", "focus_on_load"})
    elif kind == "datepicker":
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", part.get("initial_date", "2026-01-01")):
            yield "initial_date"
        yield from _keys(part, {"initial_date", "placeholder", "confirm", "focus_on_load"})
    elif kind == "datetimepicker":
        # Seconds since 1970, in ten digits.
        if "initial_date_time" in part and len(str(part["initial_date_time"])) != 10:
            yield "initial_date_time"
        yield from _keys(part, {"initial_date_time", "confirm", "focus_on_load"})
    elif kind in CHOICES:
        yield from _options(part, 1, 10, values=150)
    elif kind == "plain_text_input":
        most = part.get("max_length", 3000)
        if not 1 <= most <= 3000:
            yield "max_length"
        if len(part.get("initial_value", "")) > most:
            yield f"initial_value over its own max_length {most}"
        yield from _keys(part, {"multiline", "max_length", "min_length", "initial_value", "placeholder"})


def _menu(part: Json) -> Iterator[str]:
    if "option_groups" in part:
        yield from _count(part["option_groups"], 1, 100, "option_groups")
        for group in part["option_groups"]:
            yield from _plain(group.get("label"), 75, "group")
            yield from _options(group, 1, 100, values=150)
        if "options" in part:
            yield "both options and option_groups"
    else:
        yield from _options(part, 1, 100, values=150)
    everything = [*part.get("options", ()), *(o for g in part.get("option_groups", ()) for o in g["options"])]
    if "initial_option" in part and part["initial_option"] not in everything:
        yield "the initial option is not among the options"
    if any(choice not in everything for choice in part.get("initial_options", ())):
        yield "an initial option is not among the options"
    values = [choice.get("value") for choice in everything]
    if len(values) != len(set(values)):
        yield "an option's value twice"
    initial = "initial_options" if part["type"].startswith("multi_") else "initial_option"
    yield from _keys(part, {"options", "option_groups", initial, "placeholder", "confirm", "focus_on_load"})


def in_answer_of_a_menu(options: list[Json]) -> list[str]:
    """Offences in what is offered for what was typed into an external select."""
    return list(_options({"options": options}, 0, 100, values=150))


def _options(part: Json, least: int, most: int, *, values: int) -> Iterator[str]:
    yield from _count(part.get("options"), least, most, "options")
    for choice in part.get("options", ()):
        yield from _plain(choice.get("text"), 75, "option")
        if not 0 < len(choice.get("value", "")) <= values:
            yield f"option value of {len(choice.get('value', ''))} characters"
        if "description" in choice:
            yield from _plain(choice["description"], 75, "option description")
        yield from _keys(choice, {"text", "value", "description"})


def _confirm(part: Json) -> Iterator[str]:
    yield from _plain(part.get("title"), 100, "confirm title")
    yield from _text(part.get("text") or {}, 300, "confirm text")
    yield from _plain(part.get("confirm"), 30, "confirm button")
    yield from _plain(part.get("deny"), 30, "deny button")


def _identifier(part: Json, name: str) -> Iterator[str]:
    if name in part and not 0 < len(part[name]) <= IDENTIFIER:
        yield f"{name} of {len(part[name])} characters"


def _count(parts: Any, least: int, most: int, what: str) -> Iterator[str]:
    if not isinstance(parts, list) or not least <= len(parts) <= most:
        yield f"{what}: {len(parts) if isinstance(parts, list) else parts}, allowed {least} to {most}"


# -- texts ----------------------------------------------------------------------------------------------------


def _plain(part: Any, most: int, what: str) -> Iterator[str]:
    if not isinstance(part, dict) or part.get("type") != "plain_text":
        yield f"{what}: not plain_text: {part}"
        return
    yield from _text(part, most, what)


def _text(part: Json, most: int, what: str) -> Iterator[str]:
    words = part.get("text")
    if part.get("type") not in ("plain_text", "mrkdwn") or not isinstance(words, str):
        yield f"{what}: no text object: {part}"
        return
    if not words.strip() or len(words) > most:
        yield f"{what}: {len(words)} characters, allowed 1 to {most}"
    if part["type"] == "mrkdwn":
        yield from (f"{what}: {offence}" for offence in in_mrkdwn(words))
    unknown = set(part) - {"type", "text", "emoji" if part["type"] == "plain_text" else "verbatim"}
    if unknown:
        yield f"{what}: unknown {unknown}"


def in_mrkdwn(text: str) -> Iterator[str]:
    """Signs of text that was not escaped, or was cut in the middle of a token or an entity."""
    rest = ENTITY.sub("", TOKEN.sub("", text))
    for sign in "<>&":
        if sign in rest:
            at = rest.index(sign)
            yield f"a bare {sign} in {rest[max(0, at - 30) : at + 30]!r}"


def tokens(value: Any) -> list[str]:
    """Every token in mrkdwn texts of blocks, and in a bare text."""
    found = []
    for text in [value] if isinstance(value, str) else texts(value):
        found += re.findall(r"<[^<>]*>", text)
    return found


# -- slack_sdk's own opinion ----------------------------------------------------------------------------------


def _by_sdk(block: Json) -> Iterator[str]:
    try:
        parsed = SdkBlock.parse(block)
    except (SlackObjectFormationError, TypeError) as error:
        yield f"slack_sdk cannot read it: {error}"
        return
    if parsed is None:
        yield "slack_sdk does not know it"
        return
    for part in _objects(parsed):
        yield from _told_by(part.validate_json)
    if not list(_told_by(parsed.to_dict)) and parsed.to_dict() != without_empty(block):
        yield f"slack_sdk reads something else from it: {parsed.to_dict()} from {block}"


def _told_by(check: Any) -> Iterator[str]:
    try:
        check()
    except (SlackObjectFormationError, TypeError, AttributeError) as error:
        yield f"slack_sdk: {error}"


def _objects(value: Any) -> Iterator[JsonObject]:
    """A model and all models inside it: its own validation stops at its own attributes."""
    if isinstance(value, JsonObject):
        yield value
        for name, part in vars(value).items():
            if not name.startswith("_"):
                yield from _objects(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _objects(part)


def without_empty(value: Any) -> Any:
    """As slack_sdk writes it: empty strings and lists are left out, False is not."""
    if isinstance(value, dict):
        return {k: without_empty(v) for k, v in value.items() if v is not None and v != "" and v != []}
    if isinstance(value, list):
        return [without_empty(part) for part in value]
    return value


logging.getLogger("slack_sdk.models").setLevel(logging.ERROR)


# -- names ----------------------------------------------------------------------------------------------------


def in_channel_name(name: str) -> list[str]:
    """Slack's rule for a channel that is made: 1 to 80 lowercase letters, digits, hyphens, underscores."""
    legal = re.fullmatch(r"[a-z0-9_-]{1,80}", name) and re.search(r"[a-z0-9]", name)
    return [] if legal else [f"not a channel name: {name!r} ({len(name)} characters)"]


def in_topic(topic: str) -> list[str]:
    found = [] if 0 < len(topic) <= 250 else [f"topic of {len(topic)} characters"]
    return [*found, *in_mrkdwn(topic)]
