"""Things that people call by their number, from commands, buttons and forms alike."""

from datetime import UTC, datetime

from bot.core.errors import UserError
from bot.core.slack_text import as_title, as_typed
from handlers.incident_text import first_word, incident_number
from handlers.request import Request


def number_said(request: Request, command: str) -> tuple[int, str]:
    """The number behind a command, and the words behind it. Raises UserError."""
    head, rest = first_word(request.text)
    number = incident_number(as_title(head))
    if number is None:
        shows = " ".join(command.split()[:2])
        raise UserError("Say which one.", f"For example `{command}`; `{shows}` shows the numbers.")
    return number, as_typed(rest)


def number_clicked(request: Request, instead: str) -> int:
    """Of the button that was clicked."""
    number, _ = request.chosen
    if number is None:
        raise UserError("That button does not say which one it is about.", f"Use `{instead}` instead.")
    return number


def number_of_form(request: Request, what: str) -> int:
    """Of the form that was sent."""
    number = request.about.get(what)
    if not isinstance(number, int):
        raise UserError(f"This form does not say which {what} it is about.", "Close it and open it again.")
    return number


def moment_chosen(value: object) -> datetime | None:
    """What was chosen as a time."""
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int) else None


def page_said(text: str, words: dict[str, str]) -> tuple[set[str], int]:
    """What a list is asked for: known words, by what they mean, and a page, counted from 0. Raises UserError."""
    found, page = set(), 0
    for word in as_typed(text).split():
        if word.isascii() and word.isdigit() and 0 < int(word[:9]) <= 100_000:
            page = int(word[:9]) - 1
        elif (meant := words.get(word.lower())) is not None:
            found.add(meant)
        else:
            known = ", ".join(f"`{one}`" for one in words)
            raise UserError(f"“{word}” is not understood here.", f"It takes {known} and a page's number.")
    return found, page
