"""Slack's text as it comes in, turned into what the person typed.

Slack sends commands and messages as mrkdwn: `&amp;`, `<@U1|ada>`, `<https://x|label>`. The store keeps plain
text, in which only mentions stay tokens (`<@U1>`, `<#C1>`), so that each view can escape it for its medium.
"""

import html
import re

_TOKEN = re.compile(r"<([^<>]*)>")
_LINK = re.compile(r"<(https?://[^<>|]+)(?:\|([^<>]*))?>", re.IGNORECASE)
_USER = re.compile(r"@([UW][A-Z0-9]+)(?:\|([^>]*))?")
_CHANNEL = re.compile(r"#([CG][A-Z0-9]+)(?:\|([^>]*))?")
_GROUP = re.compile(r"!subteam\^([A-Z0-9]+)(?:\|([^>]*))?")


def as_typed(text: str) -> str:
    """Plain text with mention tokens, for texts in which a mention should stay one."""
    return html.unescape(_TOKEN.sub(lambda match: _plain(match[1], tokens=True), text)).strip()


def as_title(text: str) -> str:
    """Plain text without any token: names stand where mentions were."""
    return html.unescape(_TOKEN.sub(lambda match: _plain(match[1], tokens=False), text)).strip()


def mentioned_user(word: str) -> str | None:
    """The user id of a word that is one mention, `<@U1|ada>` or `<@U1>`."""
    match = re.fullmatch(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>", word)
    return match[1] if match else None


def links_in(text: str) -> list[tuple[str, str]]:
    """The web addresses in it, each with the words that stood in its place; "" where there were none."""
    return [(html.unescape(match[1]), html.unescape(match[2] or "")) for match in _LINK.finditer(text)]


def link_in_front(text: str) -> tuple[str, str]:
    """The address that the text begins with, as Slack sent it or as it was typed, and the rest as plain text."""
    match = _LINK.match(text)
    if match is not None:
        return html.unescape(match[1]), as_title(text[match.end() :])
    first, _, rest = text.strip().partition(" ")
    return as_typed(first), as_title(rest)


def _plain(inside: str, *, tokens: bool) -> str:
    if user := _USER.fullmatch(inside):
        return f"<@{user[1]}>" if tokens else f"@{user[2] or user[1]}"
    if channel := _CHANNEL.fullmatch(inside):
        return f"<#{channel[1]}>" if tokens else f"#{channel[2] or channel[1]}"
    if group := _GROUP.fullmatch(inside):
        return group[2] or f"@{group[1]}"
    if inside.startswith("!"):
        return "@" + inside[1:].split("|")[0].split("^")[0]
    address, _, label = inside.partition("|")
    address = address.removeprefix("mailto:")
    return address if not label or label == address or tokens is False else f"{label} ({address})"
