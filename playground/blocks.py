"""Slack's rules of blocks: which exist on which surface, how long they may be, which ids must differ."""

from collections.abc import Mapping
from typing import Any, Literal

from .elements import ELEMENTS, IDENTIFIER, IN_ACTIONS, IN_INPUT, IN_SECTION, TYPE, element, plain, text
from .errors import SlackError
from .files import File
from .ids import Ids
from .messages import strings
from .schema import (
    Check,
    Field,
    Place,
    Problems,
    also,
    anything,
    flag,
    items,
    maybe,
    need,
    one_of,
    report,
    shape,
    string,
    union,
    url,
)

Surface = Literal["message", "modal", "home"]
MOST_BLOCKS: Mapping[Surface, int] = {"message": 50, "modal": 100, "home": 100}
# Slack documents no figure; messages are refused from about this many characters in all blocks together.
MOST_CHARACTERS = 13_200


def _block(**fields: Field) -> Check:
    return shape({"type": TYPE, "block_id": maybe(IDENTIFIER), **fields})


def _has_text(block: Any, place: Place, problems: Problems) -> None:
    if block.get("text") is None and not block.get("fields"):
        report(problems, "either text or fields must be given", place)


_SECTION = also(
    _block(
        text=maybe(text(3000)),
        fields=maybe(items(text(2000), 10)),
        accessory=maybe(element(*IN_SECTION)),
        expand=maybe(flag),
    ),
    _has_text,
)
_IMAGE = also(
    _block(
        image_url=maybe(url()),
        slack_file=maybe(anything),
        alt_text=need(string(2000)),
        title=maybe(plain(2000)),
    ),
    lambda block, place, problems: (
        None
        if ("image_url" in block) != ("slack_file" in block)
        else report(problems, "either image_url or slack_file must be given", place)
    ),
)
_VIDEO = _block(
    alt_text=need(string(2000, 0)),
    title=need(plain(199)),
    thumbnail_url=need(url()),
    video_url=need(url()),
    author_name=maybe(string(49)),
    description=maybe(plain(200)),
    provider_icon_url=maybe(url()),
    provider_name=maybe(string(100)),
    title_url=maybe(url()),
)
_CONTEXT_ELEMENT = union(
    {
        "image": ELEMENTS["image"],
        "plain_text": shape({"type": TYPE, "text": need(string(3000)), "emoji": maybe(flag)}),
        "mrkdwn": shape({"type": TYPE, "text": need(string(3000)), "verbatim": maybe(flag)}),
    }
)
_RICH_PART = union(
    {
        kind: shape(
            {
                "type": TYPE,
                "elements": need(items(anything, 1000, 0)),
                "style": maybe(anything),
                "indent": maybe(anything),
                "offset": maybe(anything),
                "border": maybe(anything),
                "language": maybe(anything),
            }
        )
        for kind in ("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote")
    }
)
_CELL = union(
    {
        "raw_text": shape({"type": TYPE, "text": need(string(3000, 0))}),
        "raw_number": shape({"type": TYPE, "value": need(anything), "text": maybe(string(3000))}),
        "rich_text": shape(
            {"type": TYPE, "elements": need(items(_RICH_PART, 100, 0)), "block_id": maybe(IDENTIFIER)}
        ),
    }
)
_COLUMN = shape({"align": maybe(one_of("left", "center", "right")), "is_wrapped": maybe(flag)})


def _column(value: Any, place: Place, problems: Problems) -> None:
    """A column's settings, or null for a column without any."""
    if value is not None:
        _COLUMN(value, place, problems)


def _input(kinds: tuple[str, ...]) -> Check:
    return _block(
        label=need(plain(2000)),
        element=need(element(*kinds)),
        hint=maybe(plain(2000)),
        optional=maybe(flag),
        dispatch_action=maybe(flag),
    )


_EVERYWHERE: dict[str, Check] = {
    "section": _SECTION,
    "header": _block(text=need(plain(150)), level=maybe(anything)),
    "divider": _block(),
    "context": _block(elements=need(items(_CONTEXT_ELEMENT, 10))),
    "actions": _block(elements=need(items(element(*IN_ACTIONS), 25))),
    "image": _IMAGE,
    "video": _VIDEO,
    "rich_text": _block(elements=need(items(_RICH_PART, 1000, 0))),
    "input": _input(IN_INPUT),
}
_SURFACES: dict[Surface, Check] = {
    "message": union(
        {
            **_EVERYWHERE,
            "file": _block(external_id=need(string(255)), source=need(one_of("remote"))),
            "markdown": _block(text=need(string(12_000))),
            "table": _block(
                rows=need(items(items(_CELL, 20), 100)), column_settings=maybe(items(_column, 20, 0))
            ),
        }
    ),
    "modal": union({**_EVERYWHERE, "input": _input((*IN_INPUT, "file_input"))}),
    "home": union(_EVERYWHERE),
}


def check_blocks(blocks: Any, surface: Surface, at: Place = ()) -> Problems:
    """What Slack would say against these blocks, in its words; nothing when they are right."""
    place: Place = (at, "blocks")
    problems: Problems = []
    if type(blocks) is not list:
        return [f"must be an array [json-pointer:/{'view/' if at else ''}blocks]"]
    if len(blocks) > MOST_BLOCKS[surface]:
        report(problems, f"no more than {MOST_BLOCKS[surface]} items allowed", place)
        return problems
    check = _SURFACES[surface]
    for number, block in enumerate(blocks):
        check(block, (place, number), problems)
    if not problems:
        _check_ids(blocks, place, problems)
    return problems


def _check_ids(blocks: list[dict[str, Any]], place: Place, problems: Problems) -> None:
    seen: set[str] = set()
    tables = 0
    focused = 0
    for number, block in enumerate(blocks):
        block_id = block.get("block_id")
        if block_id is not None:
            if block_id in seen:
                report(problems, f"`block_id` {block_id} already exists", ((place, number), "block_id"))
            seen.add(block_id)
        tables += block["type"] == "table"
        actions: set[str | None] = set()
        for part in elements_of(block):
            focused += bool(part.get("focus_on_load"))
            action_id = part.get("action_id")
            if action_id is not None and action_id in actions:
                report(problems, f"`action_id` {action_id} already exists in this block", (place, number))
            actions.add(action_id)
    if tables > 1:
        report(problems, "only one table allowed", place)
    if focused > 1:
        report(problems, "only one element can have focus_on_load set to true", place)


def elements_of(block: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The interactive elements of a block, and images beside them."""
    kind = block["type"]
    if kind == "actions":
        found: list[dict[str, Any]] = block["elements"]
        return found
    part = block.get("accessory") if kind == "section" else block.get("element") if kind == "input" else None
    return [part] if part else []


def message_blocks(
    blocks: Any, ids: Ids, files: Mapping[str, File] | None = None
) -> list[dict[str, Any]] | None:
    """Blocks for a message, checked and completed. Raises SlackError as Slack does."""
    if blocks is None or blocks == []:
        return None if blocks is None else []
    problems = check_blocks(blocks, "message")
    if problems:
        raise SlackError.with_messages("invalid_blocks", problems)
    if sum(map(len, strings(blocks))) > MOST_CHARACTERS:
        raise SlackError("msg_blocks_too_long")
    _find_files(blocks, files or {})
    complete(blocks, ids)
    done: list[dict[str, Any]] = blocks
    return done


def _find_files(blocks: list[dict[str, Any]], files: Mapping[str, File]) -> None:
    """Has pictures of uploaded files show them. Slack takes a file only once it is shared with somebody."""
    by_url = {file.json()["url_private"]: file for file in files.values()} if files else {}
    problems = []
    for number, block in enumerate(blocks):
        if "slack_file" not in block:
            continue
        asked = block["slack_file"]
        asked = asked if isinstance(asked, dict) else {}
        file = files.get(str(asked.get("id"))) or by_url.get(str(asked.get("url")))
        if len(asked) != 1 or file is None or not file.shares or not file.mimetype.startswith("image/"):
            problems.append(f"invalid slack file [json-pointer:/blocks/{number}/slack_file]")
        else:
            block["slack_file"] = {"id": file.id, "url": file.json()["url_private"]}
    if problems:
        raise SlackError.with_messages("invalid_blocks", problems)


def complete(blocks: list[dict[str, Any]], ids: Ids) -> None:
    """Adds what Slack adds on its own: block and action ids, `emoji` and `verbatim` of texts."""
    for block in blocks:
        if block.get("block_id") is None:
            block["block_id"] = ids.short()
        if block["type"] in ("rich_text", "table", "markdown"):
            continue
        for part in elements_of(block):
            if part["type"] != "image" and part.get("action_id") is None:
                part["action_id"] = ids.short()
        _complete_texts(block)


def _complete_texts(part: dict[str, Any]) -> None:
    kind = part.get("type")
    if kind == "plain_text":
        part.setdefault("emoji", True)
        return
    if kind == "mrkdwn":
        part.setdefault("verbatim", False)
        return
    for value in part.values():
        if type(value) is dict:
            _complete_texts(value)
        elif type(value) is list:
            for item in value:
                if type(item) is dict:
                    _complete_texts(item)
