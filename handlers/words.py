"""Reading the words behind any command: the first one, numbers, the page of a list."""

import re

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
