"""The small change of Slack's text: escaping, mentions, times, lengths, blocks.

Everything that a person typed goes through `escape` (in mrkdwn) or `plain` (in plain_text), so that a title
can neither mention a channel nor break a link. Limits are Slack's (docs/how-it-works.md has the table).
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

Block = dict[str, Any]

SECTION = 3000
NOTE = 2000
HEADER = 150
BUTTON = 75
OPTION = 75
TITLE = 24
MOST_OPTIONS = 100
# In a longer menu people look for a name.
DESCRIBED = 25


# Slack parses "certain mentions" in the plain text of mrkdwn objects (docs.slack.dev, "verbatim"). An
# invisible word joiner keeps these from being one; `verbatim` itself would also take people's links away.
_ALARM = re.compile(r"@(?=channel|here|everyone)", re.IGNORECASE)
# They turn round all that follows them in a line, ours too. Arabic and Hebrew run from right to left by themselves. In
# their place stands what nobody sees: a text of nothing else would be empty, which Slack refuses.
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def escape(text: str) -> str:
    """The three characters that mean something to Slack, calls to everybody, and what turns a line round, made harmless."""
    return _quiet(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quiet(text: str) -> str:
    return _ALARM.sub("@\u2060", _TURNS.sub("\u2060", text))


def shorten(text: str, limit: int) -> str:
    """Cut to `limit` characters, with an ellipsis where something is missing."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def escaped(text: str, limit: int) -> str:
    """Escaped and at most `limit` characters long as sent; never cut inside an entity."""
    safe = escape(text)
    if len(safe) <= limit:
        return safe
    kept, length = [], 1
    for character in _quiet(text):
        length += len(escape(character))
        if length > limit:
            break
        kept.append(character)
    return escape("".join(kept).rstrip()) + "…"


def cut(mrkdwn: str, limit: int) -> str:
    """Mrkdwn that is safe already, at most `limit` characters long; never cut inside an entity or a link."""
    if len(mrkdwn) <= limit:
        return mrkdwn
    kept = mrkdwn[: limit - 1]
    for opening, closing in (("<", ">"), ("&", ";")):
        start = kept.rfind(opening)
        if start > kept.rfind(closing):
            kept = kept[:start]
    return kept.rstrip() + "…"


# Slack has no escape for its formatting; these look the same and mean nothing to it.
_LOOKS_LIKE = str.maketrans({"*": "∗", "`": "ˋ", "~": "∼"})
_OPENS_ITALICS = re.compile(r"(?<![^\W_])_|_(?![^\W_])")


def literal(text: str, limit: int) -> str:
    """Escaped, and without formatting: a title with a star in it neither becomes bold nor ends what is bold."""
    return escaped(_OPENS_ITALICS.sub("ˍ", text.translate(_LOOKS_LIKE)), limit)


_KEPT = re.compile(r"&lt;(@[UW][A-Z0-9]{2,}|#[CG][A-Z0-9]{2,})&gt;")


def rich(text: str, limit: int) -> str:
    """Escaped, but for mentions of one person and of one channel: those were typed to be seen as such.

    `<!channel>` and its like stay text: nobody alarms everybody by way of a note.
    """
    return _KEPT.sub(r"<\1>", escaped(text, limit))


def mention(user_id: str | None) -> str:
    """A person as Slack shows them; Tocsin itself when there is none."""
    return f"<@{user_id}>" if user_id else "Tocsin"


def channel_link(channel_id: str) -> str:
    return f"<#{channel_id}>"


def link(url: str, label: str) -> str:
    """A link. The address can hold neither brackets nor a bar, the label no bar."""
    address = url.replace("|", "%7C").replace("<", "%3C").replace(">", "%3E")
    return f"<{escape(address)}|{escape(label).replace('|', '¦')}>"


# How a moment is written, unless a place has less room.
AT = "{date_short_pretty} at {time}"


def moment(at: datetime, form: str = AT) -> str:
    """A moment in each reader's own zone, with UTC for those whose client cannot."""
    return f"<!date^{int(at.timestamp())}^{form}|{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC>"


def day(on: date) -> str:
    """ "Sun 6 Dec 2026"; a day is the same in every zone."""
    return f"{on:%a} {on.day} {on:%b %Y}"


def span(length: timedelta) -> str:
    """A length of time in its two greatest units: "3 d 4 h", "1 h 5 min", "40 s". It is never broken over two lines."""
    seconds = max(0, int(length.total_seconds()))
    units = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    parts = []
    for size, name in units:
        if seconds >= size:
            parts.append(f"{seconds // size} {name}")
            seconds %= size
        elif parts:
            break
        if len(parts) == 2:
            break
    return (" ".join(parts) or "0 s").replace(" ", "\u00a0")


def plain(text: str, limit: int) -> Block:
    """A plain_text object; Slack refuses empty ones."""
    return {"type": "plain_text", "text": shorten(_TURNS.sub("\u2060", text), limit) or " ", "emoji": True}


def mrkdwn(text: str, limit: int = SECTION) -> Block:
    """A mrkdwn object, of text that is safe already."""
    return {"type": "mrkdwn", "text": cut(text, limit) or " "}


def section(text: str, *, accessory: Block | None = None, block_id: str | None = None) -> Block:
    block: Block = {"type": "section", "text": mrkdwn(text)}
    if accessory is not None:
        block["accessory"] = accessory
    if block_id is not None:
        block["block_id"] = block_id
    return block


def paragraphs(lines: Sequence[str]) -> list[Block]:
    """Lines close to each other, in as few sections as Slack takes them in."""
    packed: list[str] = []
    for line in lines:
        if packed and len(packed[-1]) + len(line) < SECTION:
            packed[-1] += f"\n{line}"
        else:
            packed.append(line)
    return [section(text) for text in packed]


def context(*texts: str) -> Block:
    """Small grey text, up to ten pieces."""
    return {"type": "context", "elements": [mrkdwn(text, NOTE) for text in texts[:10]]}


def notes(*lines: str) -> Block:
    """Small grey lines, one below the other. Slack itself would run them together."""
    packed: list[str] = []
    for line in lines:
        if packed and len(packed[-1]) + len(line) < NOTE:
            packed[-1] += f"\n{line}"
        else:
            packed.append(line)
    return context(*packed)


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text, HEADER)}


def actions(block_id: str, *elements: Block) -> Block:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def button(
    label: str,
    action_id: str,
    value: str,
    *,
    style: str | None = None,
    confirm: Block | None = None,
    url: str | None = None,
) -> Block:
    block: Block = {"type": "button", "text": plain(label, BUTTON), "action_id": action_id, "value": value}
    if style is not None:
        block["style"] = style
    if confirm is not None:
        block["confirm"] = confirm
    if url is not None:
        block["url"] = url
    return block


def turn_buttons(
    before: str, further: str, page: int, pages: int, value: Callable[[int], str] = str
) -> list[Block]:
    """The buttons to the pages beside this one, counted from 0, as far as there are any; `value` says what each carries."""
    turn = [button("Previous", before, value(page - 1))] if page > 0 else []
    return turn + ([button("Next", further, value(page + 1))] if page < pages - 1 else [])


def confirm(title: str, text: str, yes: str, no: str = "Cancel") -> Block:
    return {
        "title": plain(title, 100),
        "text": plain(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
    }


def option(label: str, value: str, description: str | None = None) -> Block:
    block: Block = {"text": plain(label if label.strip() else "–", OPTION), "value": value}
    if description:
        block["description"] = plain(description, OPTION)
    return block


def overflow(action_id: str, *options: Block) -> Block:
    """Up to five more things to do."""
    return {"type": "overflow", "action_id": action_id, "options": list(options)}


def field(
    block_id: str,
    label: str,
    element: Block,
    *,
    optional: bool = False,
    hint: str | None = None,
    dispatch: bool = False,
) -> Block:
    """An input of a modal. The block_id names it; its element's action_id is "value" unless clicks on it are listened to."""
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, 2000),
        "element": {"action_id": "value", **element},
        "optional": optional,
    }
    if hint:
        block["hint"] = plain(hint, 2000)
    if dispatch:
        block["dispatch_action"] = True
    return block


def text_input(*, longest: int, lines: bool = False, initial: str = "", placeholder: str = "") -> Block:
    element: Block = {"type": "plain_text_input", "multiline": lines, "max_length": longest}
    if initial:
        element["initial_value"] = shorten(initial, longest)
    if placeholder:
        element["placeholder"] = plain(placeholder, 150)
    return element


def select(options: list[Block], *, initial: str | None = None, placeholder: str = "") -> Block:
    """A menu of at most `MOST_OPTIONS`; `initial` is a value among them, or nothing is chosen.

    A long menu goes without descriptions: a view may weigh 250 kB.
    """
    shown = options
    if len(shown) > DESCRIBED:
        shown = [{key: part for key, part in choice.items() if key != "description"} for choice in shown]
    element: Block = {"type": "static_select", "options": shown}
    for choice in element["options"]:
        if choice["value"] == initial:
            element["initial_option"] = choice
    if placeholder:
        element["placeholder"] = plain(placeholder, 150)
    return element


def search(*, initial: Block | None = None, placeholder: str) -> Block:
    """A menu that asks for its options from the first opening on; `handlers/options/` answers. `initial` is an option."""
    element: Block = {
        "type": "external_select",
        "min_query_length": 0,
        "placeholder": plain(placeholder, 150),
    }
    if initial is not None:
        element["initial_option"] = initial
    return element


def modal(
    callback_id: str,
    title: str,
    blocks: list[Block],
    *,
    submit: str | None = None,
    about: str = "",
    close: str = "Cancel",
) -> Block:
    view: Block = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title, TITLE),
        "close": plain(close, TITLE),
        "blocks": blocks[:100],
        "private_metadata": about,
    }
    if submit is not None:
        view["submit"] = plain(submit, TITLE)
    return view
