"""Reading the words behind any command: the first one, numbers, the page of a list, a service."""

import re
from collections.abc import Iterable

from bot.config import Config, near
from bot.core.errors import UserError

# No list is that long; what is larger is no page.
LAST_PAGE = 100_000
_NUMBER = re.compile(r"#?(\d{1,18})")


def first_word(text: str) -> tuple[str, str]:
    """The first word and the rest; people also break the line behind a command."""
    parts = text.split(maxsplit=1)
    return (parts[0] if parts else ""), (parts[1].strip() if len(parts) > 1 else "")


def as_number(word: str) -> int | None:
    """12 of "12" or "#12": an incident, a page, an item, maintenance; None of any other word."""
    match = _NUMBER.fullmatch(word)
    return int(match[1]) if match else None


def as_page(word: str) -> int | None:
    """The page of a list that a word asks for, counted from 1; None of any other word."""
    number = int(word[:9]) if word.isascii() and word.isdigit() else 0
    return number if 0 < number <= LAST_PAGE else None


def service_named(config: Config, word: str, command: str, words: Iterable[str]) -> str:
    """The service of this name, where `words` of the command may stand too; raises UserError with what was meant."""
    found = config.service(word)
    if found is not None:
        return found.name
    meant = near(word, [*words, *(one.name for one in config.services)])
    guess = f"Did you mean `{command} {meant}`? " if meant else ""
    raise UserError(
        f"“{word}” is neither a service nor a word of `{command}`.",
        f"{guess}`{command.split()[0]} help` shows all that there is.",
    )
