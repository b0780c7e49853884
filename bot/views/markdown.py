"""Slack's formatting as Markdown has it, and what people typed made harmless there."""

import re

_NOT_IN_ADDRESS = re.compile(r"[()<>\s]")
# What code and addresses hold means nothing; for the rest, marks stand at the edge of words, as Slack reads them.
_CODE = r"```[\s\S]*?```|`[^`\n]+`"
_MRKDWN = re.compile(
    rf"(?P<kept>{_CODE}|https?://\S+)"
    r"|(?<![\w*])\*(?=[^\s*])(?P<bold>[^*\n]+)(?<=\S)\*(?![\w*])"
    r"|(?<![\w~])~(?=[^\s~])(?P<struck>[^~\n]+)(?<=\S)~(?![\w~])"
)
_MARKDOWN = re.compile(
    rf"(?P<kept>{_CODE})|\*\*(?=\S)(?P<bold>.+?)(?<=\S)\*\*|~~(?=\S)(?P<struck>.+?)(?<=\S)~~"
)
# A line that begins with one of these begins something of Markdown's, unless it begins with what is bold or struck out.
_BEGINS = re.compile(r"^(?=[#\-+=|]|\*(?!\*[^\s*]))", re.MULTILINE)


def from_mrkdwn(mrkdwn: str) -> str:
    """What somebody formatted for Slack: `*bold*` and `~struck out~` would be something else in Markdown, or nothing;
    `_italics_` and code are the same.
    """

    def translated(match: re.Match[str]) -> str:
        if match["bold"] is not None:
            return f"**{from_mrkdwn(match['bold'])}**"
        return match["kept"] or f"~~{from_mrkdwn(match['struck'])}~~"

    return _MRKDWN.sub(translated, mrkdwn)


def to_mrkdwn(markdown: str) -> str:
    """The other way round, for what is bold or struck out in it."""

    def translated(match: re.Match[str]) -> str:
        if match["bold"] is not None:
            return f"*{to_mrkdwn(match['bold'])}*"
        return match["kept"] or f"~{to_mrkdwn(match['struck'])}~"

    return _MARKDOWN.sub(translated, markdown)


def markdown_safe(text: str) -> str:
    """User text that neither starts a heading or list nor makes HTML."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _BEGINS.sub(r"\\", "\n".join(safe.splitlines()))


def markdown_link(url: str, name: str) -> str:
    """A link whose name is what somebody typed."""
    label = markdown_safe(name).replace("[", "\\[").replace("]", "\\]")
    return f"[{label}]({_NOT_IN_ADDRESS.sub('', url)})"
