"""Texts with {placeholders}: the channel's name, the bridge link, what rules say."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.config.fields import refuse
from bot.config.near import near
from bot.config.problems import shown

PLACEHOLDERS = ("number", "slug")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def check_placeholders(template: str, known: Sequence[str] = PLACEHOLDERS) -> None:
    """Refuse placeholders that nobody fills, and braces without a partner."""
    *first, last = ("{" + name + "}" for name in known)
    allowed = f"{', '.join(first)} and {last}"
    for name in _PLACEHOLDER.findall(template):
        if name not in known:
            guess = near(name, known)
            raise refuse(
                f"{shown('{' + name + '}')} is not a placeholder",
                allowed,
                None if guess is None else "{" + guess + "}",
            )
    if set("{}") & set(_PLACEHOLDER.sub("", template)):
        raise refuse("a brace has no partner", allowed)


def fill(template: str, **values: str | int) -> str:
    """The template with its placeholders filled in one pass: a slug of "{number}" stays what it is."""
    return _PLACEHOLDER.sub(lambda match: str(values[match[1]]), template)
