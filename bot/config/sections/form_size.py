"""Whether the menus of app.yaml fit into the forms of Slack: one that is too large does not open, in the worst hour."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Protocol

from bot.config.problems import Flaw
from bot.config.sections.incident_fields import IncidentField

# Slack takes so many bytes of a form.
MOST = 250_000
# Of these so many are for what people write, and for all that is no menu.
RESERVED = 60_000
# So many characters of an option are shown; Slack takes no more.
SHOWN = 75
# With more, services are found by typing.
MOST_OPTIONS = 100
_TEXT = len(', "text": {"type": "plain_text", "text": , "emoji": true}') + len(', "description": ')
_OPTION = len('{"value": }, ')


class Described(Protocol):
    """Something of app.yaml that is chosen from a menu."""

    @property
    def name(self) -> str: ...


def form_flaws(fields: Sequence[IncidentField], *menus: Sequence[Described]) -> Iterator[Flaw]:
    """The field with whose choices the form to find incidents, which has all menus, is too large; the others have fewer."""
    size = RESERVED + sum(_menu(menu) for menu in menus if len(menu) <= MOST_OPTIONS)
    for index, field in enumerate(fields):
        size += sum(_option(choice, choice) for choice in field.choices)
        if field.choices and size > MOST:
            yield Flaw(
                f"with these choices a form may be {size // 1000} kB large, and Slack opens none of more than {MOST // 1000} kB",
                "fewer or shorter ones, here or in the fields above, or a text instead of a choice",
                None,
                ("fields", index, "choices"),
            )
            return


def _menu(items: Sequence[Described]) -> int:
    return sum(_option(*_words(item)) for item in items)


def _words(item: Described) -> tuple[str, ...]:
    """The value of an option, and what it shows: whatever of these an entry has, in full."""
    said = (getattr(item, key, None) for key in ("emoji", "label", "title", "description", "meaning"))
    return item.name, " ".join([item.name, *(str(words)[:SHOWN] for words in said if words)])


def _option(value: str, *shown: str) -> int:
    return _OPTION + _bytes(value) + 2 * _TEXT + sum(_bytes(words) for words in shown)


def _bytes(words: str) -> int:
    return len(json.dumps(words, ensure_ascii=False).encode())
