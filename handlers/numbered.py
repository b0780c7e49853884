"""Reading which risk, decision or plan is meant, which page of their lists, and which time was chosen."""

from datetime import UTC, datetime

from bot.core.errors import UserError
from bot.core.slack_text import as_title, as_typed
from handlers.request import Request
from handlers.words import as_number, as_page, first_word


def number_said(request: Request, command: str, listed_by: str | None = None) -> tuple[int, str]:
    """The number behind a command, and the words behind it. Raises UserError; `listed_by` is what shows the numbers, if
    it is not the command's first two words.
    """
    head, rest = first_word(request.text)
    number = as_number(as_title(head))
    if number is None:
        shows = listed_by or " ".join(command.split()[:2])
        raise UserError("Say which one.", f"For example `{command}`; `{shows}` shows the numbers.")
    return number, as_typed(rest)


def moment_chosen(value: object) -> datetime | None:
    """What was chosen as a time."""
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int) else None


def page_said(text: str, words: dict[str, str]) -> tuple[set[str], int]:
    """What a list is asked for: known words, by what they mean, and a page, counted from 0. Raises UserError."""
    found, page = set(), 0
    for word in as_typed(text).split():
        if (asked := as_page(word)) is not None:
            page = asked - 1
        elif (meant := words.get(word.lower())) is not None:
            found.add(meant)
        else:
            known = [*(f"`{one}`" for one in words), "a page's number"]
            raise UserError(f"“{word[:60]}” is not understood here.", f"It takes {', '.join(known)}.")
    return found, page
