"""The public holidays of countries and their parts, which the holidays library knows."""

import sys
from collections.abc import Iterable
from datetime import date
from functools import cache, lru_cache
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any


@lru_cache(maxsize=2000)
def public_holidays(country: str, subdivision: str | None, year: int) -> tuple[date, ...]:
    """Those of a year, in order, of a HolidayCalendar that is known."""
    return tuple(sorted(_library().country_holidays(country, subdiv=subdivision, years=year)))


def subdivisions(country: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The codes of a country's parts, and other names for them; raises LookupError for a country that is not known."""
    try:
        # Made empty: the days of a year are computed when it is asked for.
        known = _library().country_holidays(country)
    except (NotImplementedError, AttributeError, KeyError):
        raise LookupError(country) from None
    return tuple(known.subdivisions), tuple(known.subdivisions_aliases)


def known_countries() -> Iterable[str]:
    """Their codes of two letters."""
    codes: dict[str, Any] = _library().list_supported_countries(include_aliases=False)
    return codes


@cache
def _library() -> ModuleType:
    """The library, which then loads no more countries than are asked for.

    To import one of them runs its package `holidays.countries`, which imports all 250: a quarter of a second of each start,
    and twelve megabytes. Where that package stands empty, with nothing but its place, each is imported by itself.
    """
    import holidays  # slow, and few calendars have any

    name = "holidays.countries"
    place = find_spec(name)
    if place is not None:
        sys.modules.setdefault(name, module_from_spec(place))
    return holidays
