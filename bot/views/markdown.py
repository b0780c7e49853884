"""Slack's formatting as files have it, and what people typed made harmless in Markdown."""

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
    return _marked(mrkdwn, _MRKDWN, "**{}**", "~~{}~~")


def html_from_mrkdwn(escaped: str) -> str:
    """The same for a page, of what is escaped already."""
    return _marked(escaped, _MRKDWN, "<strong>{}</strong>", "<del>{}</del>")


def to_mrkdwn(markdown: str) -> str:
    """The other way round, for what is bold or struck out in it."""
    return _marked(markdown, _MARKDOWN, "*{}*", "~{}~")


def _marked(text: str, marks: re.Pattern[str], bold: str, struck: str) -> str:
    def translated(match: re.Match[str]) -> str:
        if match["bold"] is not None:
            return bold.format(_marked(match["bold"], marks, bold, struck))
        return match["kept"] or struck.format(_marked(match["struck"], marks, bold, struck))

    return marks.sub(translated, text)


def markdown_safe(text: str) -> str:
    """User text that neither starts a heading or list nor makes HTML."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _BEGINS.sub(r"\\", "\n".join(safe.splitlines()))


def markdown_link(url: str, name: str) -> str:
    """A link whose name is what somebody typed."""
    label = markdown_safe(name).replace("[", "\\[").replace("]", "\\]")
    return f"[{label}]({_NOT_IN_ADDRESS.sub('', url)})"
