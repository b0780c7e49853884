"""What people and programs write, made fit for a row."""

import re

from bot.core.errors import UserError

# What a title has room for, and what one section of Slack's shows.
LONGEST_TITLE = 200
LONGEST_TEXT = 3000
_HALVES = re.compile("[\ud800-\udfff]")


def storable(text: str) -> str:
    """What every database takes: no NUL, and no half of a character, as an emoji leaves that was cut in two."""
    return _HALVES.sub("?", text.replace("\x00", ""))


def one_line(text: str) -> str:
    """Without the blanks and the ends of lines that people paste."""
    return " ".join(text.replace("\x00", "").split())


def checked_title(title: str, *, of: str, ask: str, details_in: str) -> str:
    """One line; raises UserError when nothing is left, or too much: "An incident" needs a title, and what does not
    fit goes into its "summary".
    """
    title = one_line(title)
    if not title:
        raise UserError(f"{of} needs a title.", ask, field="title")
    if len(title) > LONGEST_TITLE:
        raise UserError(
            f"The title is {len(title)} characters long; {LONGEST_TITLE} is the most.",
            f"Put the details into the {details_in}.",
            field="title",
        )
    return title


def checked_text(text: str, field: str, *, mend: str = "Shorten it.") -> str:
    """A text of several lines, bounded; raises UserError, which says how to `mend` one that is too long."""
    text = text.replace("\x00", "").strip()
    if len(text) > LONGEST_TEXT:
        raise UserError(f"That is {len(text)} characters; {LONGEST_TEXT} is the most.", mend, field=field)
    return text
