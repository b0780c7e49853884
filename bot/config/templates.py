"""Texts with {placeholders}: the channel's name and the bridge link."""

from __future__ import annotations

import re

from bot.config.fields import refuse
from bot.config.near import near
from bot.config.problems import shown

PLACEHOLDERS = ("number", "slug")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def check_placeholders(template: str) -> None:
    """Refuse placeholders that nobody fills, and braces without a partner."""
    for name in _PLACEHOLDER.findall(template):
        if name not in PLACEHOLDERS:
            guess = near(name, PLACEHOLDERS)
            raise refuse(
                f"{shown('{' + name + '}')} is not a placeholder",
                "{number} and {slug}",
                None if guess is None else "{" + guess + "}",
            )
    if set("{}") & set(_PLACEHOLDER.sub("", template)):
        raise refuse("a brace has no partner", "{number} and {slug}")


def fill(template: str, *, number: int, slug: str) -> str:
    """The template with its placeholders filled in one pass: a slug of "{number}" stays what it is."""
    values = {"number": str(number), "slug": slug}
    return _PLACEHOLDER.sub(lambda match: values[match[1]], template)
