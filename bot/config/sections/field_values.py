"""What is filled in for a field of an incident: read from what is typed, kept as a text, and compared with others. Pure.

Numbers are kept as JSON writes them ("12.5"), days as 2026-01-31, people by their Slack account.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bot.config.near import near
from bot.config.sections.incident_fields import IncidentField

LONGEST = 200
# What stands for "nothing is filled in", and for "something is".
NOTHING, ANYTHING = "-", "*"
# Those that ask for an order; the longer ones are looked for first.
SIGNS = ("<=", ">=", "<", ">")
# The kinds of field whose values have one.
ORDERED = ("number", "date")

_PERSON = re.compile(r"<@([UW][A-Z0-9]+)>|([UW][A-Z0-9]{2,})")
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,6})?")
_COMPARED = re.compile(rf"({'|'.join(SIGNS)})?\s*(.*)", re.DOTALL)


class NoValue(ValueError):
    """What was typed is no value of the field: `what` one is, and how to `mend` it."""

    def __init__(self, typed: str, what: str, mend: str, meant: str | None = None) -> None:
        super().__init__(f"“{typed[:60]}” is not {what}")
        self.mend = mend
        self.meant = meant


def kept(field: IncidentField, typed: str) -> str:
    """The value as it is kept; raises NoValue with what would be one."""
    typed = " ".join(typed.split())
    if field.kind == "choice":
        return _choice(field, typed)
    if field.kind == "person":
        found = _PERSON.fullmatch(typed)
        if found is None:
            raise NoValue(typed, "a person that Slack knows", "Type @ and choose the person.")
        return found[1] or found[2]
    if field.kind == "date":
        return _day(typed)
    if field.kind == "number":
        return _number(typed)
    if len(typed) > LONGEST:
        raise NoValue(typed, f"of {LONGEST} characters at most", "Shorten it.")
    return typed


def _choice(field: IncidentField, typed: str) -> str:
    found = field.choice(typed)
    if found is None:
        mend = f"Choose one of {', '.join(field.choices)[:600]}."
        raise NoValue(typed, "one of its choices", mend, near(typed, field.choices))
    return found


def _day(typed: str) -> str:
    try:
        return date.fromisoformat(typed).isoformat()
    except ValueError:
        raise NoValue(typed, "a day", "Write it as 2026-01-31.") from None


def _number(typed: str) -> str:
    written = re.sub(r"(?<=\d)[\s_](?=\d{3})", "", typed)
    if not _NUMBER.fullmatch(written):
        raise NoValue(typed, "a number", "Write it as 1200 or 12.5.")
    return f"{Decimal(written).normalize() + 0:f}"


def is_number(value: str) -> bool:
    """Whether it is a number as numbers are kept."""
    return _NUMBER.fullmatch(value) is not None and _number(value) == value


def is_account(value: str) -> bool:
    """Whether it is a person as people are kept."""
    return re.fullmatch(r"[UW][A-Z0-9]{6,}", value) is not None


@dataclass(frozen=True)
class Comparison:
    """What a value must be: equal to `value`, or before or behind it; NOTHING and ANYTHING by themselves."""

    value: str
    sign: str = "="

    @property
    def is_ordered(self) -> bool:
        """Whether it asks for what is before or behind."""
        return self.sign != "="

    @property
    def said(self) -> str:
        """As it is typed."""
        return self.value if self.sign == "=" else f"{self.sign}{self.value}"

    def holds(self, kind: str, filled: str | None) -> bool:
        """Whether it does for what is filled in. What was filled in when the field was of another kind has no order."""
        if self.sign == "=" and self.value in (NOTHING, ANYTHING):
            return bool(filled) == (self.value == ANYTHING)
        if not filled:
            return False
        if self.sign == "=":
            return " ".join(filled.casefold().split()) == " ".join(self.value.casefold().split())
        is_number = kind == "number"
        try:
            theirs, ours = (_ordered(is_number, value) for value in (filled, self.value))
        except NoValue:
            return False
        is_equal = self.sign.endswith("=") and theirs == ours
        return is_equal or (theirs < ours if self.sign[0] == "<" else theirs > ours)


def _ordered(is_number: bool, value: str) -> Decimal:
    """The place in the order of its kind."""
    return Decimal(_number(value)) if is_number else Decimal(date.fromisoformat(_day(value)).toordinal())


def comparison(field: IncidentField, typed: str) -> Comparison:
    """What is compared with, as it is typed: `EU West`, `>100`, `<=2026-01-31`. Raises NoValue."""
    found = _COMPARED.fullmatch(typed.strip())
    assert found is not None
    sign, words = found[1] or "=", found[2]
    if sign == "=" and words in (NOTHING, ANYTHING):
        return Comparison(words)
    if sign != "=" and field.kind not in ORDERED:
        raise NoValue(typed, "something to compare with", "Only numbers and days have an order.")
    return Comparison(kept(field, words), sign)
