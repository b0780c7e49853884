"""The small language in which the shapes of blocks are written down.

A check is a function of a value, the place where it stands, and the list of problems. A place is a pair
(outer place, key), so that nothing is put together unless there is a problem to report.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Place = tuple["Place", str | int] | tuple[()]
Problems = list[str]
Check = Callable[[Any, Place, Problems], None]


def pointer(place: Place) -> str:
    """The place as Slack names it, e.g. `/blocks/0/text`."""
    keys: list[str] = []
    while place:
        place, key = place
        keys.append(str(key))
    return "".join(f"/{key}" for key in reversed(keys))


def report(problems: Problems, words: str, place: Place) -> None:
    """Notes a problem in Slack's form."""
    problems.append(f"{words} [json-pointer:{pointer(place)}]")


class Field(NamedTuple):
    """A property of an object."""

    check: Check
    required: bool = False


def need(check: Check) -> Field:
    """A property that has to be there."""
    return Field(check, True)


def maybe(check: Check) -> Field:
    """A property that may be missing."""
    return Field(check)


def anything(value: Any, place: Place, problems: Problems) -> None:
    """Accepts every value."""


def string(most: int, least: int = 1) -> Check:
    """A text of so many characters."""

    def check(value: Any, place: Place, problems: Problems) -> None:
        if type(value) is not str:
            report(problems, "must be a string", place)
        elif len(value) > most:
            report(problems, f"must be less than {most + 1} characters", place)
        elif len(value) < least:
            report(problems, f"must be more than {least - 1} characters", place)

    return check


def matching(pattern: str, words: str) -> Check:
    """A text of a certain form, e.g. a date."""
    form = re.compile(pattern)

    def check(value: Any, place: Place, problems: Problems) -> None:
        if type(value) is not str or not form.fullmatch(value):
            report(problems, words, place)

    return check


def url(most: int = 3000) -> Check:
    """A link."""

    def check(value: Any, place: Place, problems: Problems) -> None:
        if type(value) is not str:
            report(problems, "must be a string", place)
        elif len(value) > most:
            report(problems, f"must be less than {most + 1} characters", place)
        elif "://" not in value and not value.startswith(("mailto:", "tel:", "slack:")):
            report(problems, "must be a valid URL", place)

    return check


def flag(value: Any, place: Place, problems: Problems) -> None:
    """True or false."""
    if type(value) is not bool:
        report(problems, "must be a boolean", place)


def integer(least: int, most: int) -> Check:
    """A whole number within bounds."""

    def check(value: Any, place: Place, problems: Problems) -> None:
        if type(value) is not int:
            report(problems, "must be an integer", place)
        elif value < least:
            report(problems, f"must be greater than {least - 1}", place)
        elif value > most:
            report(problems, f"must be less than {most + 1}", place)

    return check


def one_of(*allowed: str) -> Check:
    """One of a few words."""

    def check(value: Any, place: Place, problems: Problems) -> None:
        if value not in allowed:
            report(problems, f"unexpected value, must be one of: {', '.join(allowed)}", place)

    return check


def items(check_item: Check, most: int, least: int = 1) -> Check:
    """A list of so many items."""

    def check(value: Any, place: Place, problems: Problems) -> None:
        if type(value) is not list:
            report(problems, "must be an array", place)
            return
        if len(value) > most:
            report(problems, f"no more than {most} items allowed", place)
        elif len(value) < least:
            report(problems, f"no fewer than {least} items allowed", place)
        for number, item in enumerate(value):
            check_item(item, (place, number), problems)

    return check


def shape(fields: Mapping[str, Field]) -> Check:
    """An object with these properties and no others."""
    required = tuple(name for name, field in fields.items() if field.required)
    checks = {name: field.check for name, field in fields.items()}

    def check(value: Any, place: Place, problems: Problems) -> None:
        if type(value) is not dict:
            report(problems, "must be an object", place)
            return
        for name in required:
            if name not in value:
                report(problems, f"missing required field: {name}", place)
        for name, part in value.items():
            found = checks.get(name)
            if found is None:
                report(problems, f"invalid additional property: {name}", place)
            elif part is not None:
                found(part, (place, name), problems)
            elif name in required:
                report(problems, f"missing required field: {name}", place)

    return check


def union(schemas: Mapping[str, Check]) -> Check:
    """An object whose `type` tells its properties. Slack says first that no schema fits, then why."""

    def check(value: Any, place: Place, problems: Problems) -> None:
        if type(value) is not dict:
            report(problems, "must be an object", place)
            return
        kind = value.get("type")
        if kind is None:
            report(problems, "missing required field: type", place)
            return
        found = schemas.get(kind) if type(kind) is str else None
        if found is None:
            report(problems, f"unsupported type: {kind}", (place, "type"))
            return
        before = len(problems)
        found(value, place, problems)
        if len(problems) > before:
            problems.insert(before, f"failed to match all allowed schemas [json-pointer:{pointer(place)}]")

    return check


def also(check_shape: Check, further: Check) -> Check:
    """Two checks of one value; the second only runs when the first found nothing."""

    def check(value: Any, place: Place, problems: Problems) -> None:
        before = len(problems)
        check_shape(value, place, problems)
        if len(problems) == before:
            further(value, place, problems)

    return check
