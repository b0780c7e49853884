"""A message as Slack's JSON, and the text that a person types as Slack turns it into JSON."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Message:
    """One message of one channel.

    `body` is what Slack's API shows; `metadata` is apart because Slack shows it only when asked.
    `only_for` is the person who sees an ephemeral message. `states` holds what people chose in it.
    """

    channel: str
    author: str
    body: dict[str, Any]
    metadata: dict[str, Any] | None = None
    only_for: str | None = None
    states: dict[str, dict[str, Any]] | None = None

    @property
    def ts(self) -> str:
        """When it was posted, which is also its name within the channel."""
        ts: str = self.body["ts"]
        return ts

    @property
    def thread_ts(self) -> str | None:
        """The parent's time, for a parent with replies its own."""
        return self.body.get("thread_ts")

    @property
    def is_reply(self) -> bool:
        """Whether it stands within a thread, below its parent."""
        thread = self.body.get("thread_ts")
        return thread is not None and thread != self.body["ts"]

    def with_metadata(self) -> dict[str, Any]:
        """The body as `include_all_metadata` shows it."""
        return {**self.body, "metadata": self.metadata} if self.metadata else self.body


def escape(text: str) -> str:
    """`&`, `<` and `>` as Slack writes them, so that they are not its markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_TYPED = re.compile(
    r"(?P<token><(?:[@#][A-Z0-9]+(?:\|[^<>|]*)?|!(?:here|channel|everyone|subteam\^[A-Z0-9]+(?:\|[^<>|]*)?)"
    r"|https?://[^<>|\s]+(?:\|[^<>|]*)?|mailto:[^<>|\s]+(?:\|[^<>|]*)?)>)"
    r"|(?P<url>https?://[^\s<>|]+)"
    r"|(?<![\w@#.])@(?P<name>[\w.\-]+)"
    r"|(?<![\w@#&/])#(?P<channel>[\w\-]+)"
)

Names = Callable[[str], tuple[str, str] | None]


def typed(text: str, person_of: Names, channel_of: Names, *, label: bool) -> str:
    """What Slack sends for what someone typed: mentions, channels and links in its markup, the rest escaped.

    A mention that is already in Slack's markup stays. `label` adds the name: `<@U1|ada>`.
    """
    parts: list[str] = []
    end = 0
    for found in _TYPED.finditer(text):
        parts.append(escape(text[end : found.start()]))
        parts.append(_token(found, person_of, channel_of, label=label))
        end = found.end()
    parts.append(escape(text[end:]))
    return "".join(parts)


def _token(found: re.Match[str], person_of: Names, channel_of: Names, *, label: bool) -> str:
    if found["token"]:
        return found["token"]
    if found["url"]:
        url = found["url"].rstrip(".,;:!?)")
        return f"<{escape(url)}>" + escape(found["url"][len(url) :])
    if found["name"]:
        if found["name"] in ("here", "channel", "everyone"):
            return f"<!{found['name']}>"
        name = found["name"].rstrip(".-")
        known = person_of(name)
        if known is None:
            return escape(found[0])
        tail = found["name"][len(name) :]
        if known[0].startswith("S"):
            return (f"<!subteam^{known[0]}|@{known[1]}>" if label else f"<!subteam^{known[0]}>") + tail
        return (f"<@{known[0]}|{known[1]}>" if label else f"<@{known[0]}>") + tail
    known = channel_of(found["channel"])
    return f"<#{known[0]}|{known[1]}>" if known else escape(found[0])


_MARKUP = re.compile(r"<([@#!]?)([^<>|]+)(?:\|([^<>]*))?>")


def rich_text(text: str, block_id: str) -> dict[str, Any]:
    """The `rich_text` block that Slack's composer adds to what a person writes."""
    elements: list[dict[str, Any]] = []
    end = 0

    def plain(part: str) -> None:
        if part:
            unescaped = part.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
            elements.append({"type": "text", "text": unescaped})

    for found in _MARKUP.finditer(text):
        plain(text[end : found.start()])
        kind, name, label = found.groups()
        if kind == "@":
            elements.append({"type": "user", "user_id": name})
        elif kind == "#":
            elements.append({"type": "channel", "channel_id": name})
        elif kind == "!" and name in ("here", "channel", "everyone"):
            elements.append({"type": "broadcast", "range": name})
        elif kind == "!":
            elements.append({"type": "usergroup", "usergroup_id": name.partition("^")[2]})
        else:
            elements.append({"type": "link", "url": name} | ({"text": label} if label else {}))
        end = found.end()
    plain(text[end:])
    section = {"type": "rich_text_section", "elements": elements}
    return {"type": "rich_text", "block_id": block_id, "elements": [section]}


def strings(value: Any) -> list[str]:
    """Every text that a reader of these blocks sees, in order."""
    if isinstance(value, dict):
        shown = []
        for key, part in value.items():
            if key in ("text", "alt_text", "title", "label", "placeholder") and isinstance(part, str):
                shown.append(part)
            elif isinstance(part, dict | list):
                shown.extend(strings(part))
        return shown
    if isinstance(value, list):
        return [text for part in value for text in strings(part)]
    return []
