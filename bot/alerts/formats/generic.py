"""Any JSON, read as the integration's mapping says (bot/config/sections/mapping.py)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jmespath.exceptions import JMESPathError

from bot.alerts.event import Action, Event, Level, Malformed
from bot.alerts.formats import bounds, words
from bot.config.sections.integrations import Integration
from bot.config.sections.mapping import ACKNOWLEDGES, CHANGES, RESOLVES, FieldMapping, compiled


def parse(body: Any, headers: Mapping[str, str], integration: Integration) -> tuple[Event, ...]:
    """An event an alert that the mapping finds. Raises Malformed, naming the expression that gives nothing."""
    mapping = integration.mapping
    if mapping is None:
        raise Malformed(f"the integration {integration.name} has no mapping in app.yaml")
    if mapping.alerts is None:
        return (_event(body, mapping, ""),)
    found = _found(mapping.alerts, body, "alerts")
    if not isinstance(found, list):
        raise Malformed(f"alerts ({mapping.alerts}) is not a list")
    if len(found) > bounds.MOST_ALERTS:
        raise Malformed(f"has {len(found)} alerts, and at most {bounds.MOST_ALERTS} are read")
    return tuple(_event(alert, mapping, f"alert {number}: ") for number, alert in enumerate(found, 1))


def _event(alert: Any, mapping: FieldMapping, where: str) -> Event:
    def said(name: str, expression: str | None) -> Any:
        return None if expression is None else _found(expression, alert, where + name)

    key = bounds.text(said("key", mapping.key))
    title = bounds.title(said("title", mapping.title))
    if not key or not title:
        expressions = (("key", mapping.key, key), ("title", mapping.title, title))
        raise Malformed(
            *(f"{where}{name} ({each}) gives no text" for name, each, found in expressions if not found)
        )
    return Event(
        action=_action(said("status", mapping.status), mapping),
        key=bounds.key(key),
        title=title,
        level=_level(said("level", mapping.level), mapping),
        source=bounds.source(said("source", mapping.source)),
        service=bounds.service(said("service", mapping.service)),
        labels=bounds.labels({name: said(f"labels.{name}", each) for name, each in mapping.labels.items()}),
        details=bounds.details(
            {name: said(f"details.{name}", each) for name, each in mapping.details.items()}
        ),
        links=bounds.links(bounds.link(said("link", mapping.link))),
        occurred_at=words.moment(said("time", mapping.time)),
    )


def _action(status: Any, mapping: FieldMapping) -> Action:
    word = bounds.text(status).casefold()
    if word in _folded(mapping.resolves or RESOLVES):
        return "resolve"
    if word in _folded(mapping.acknowledges or ACKNOWLEDGES):
        return "acknowledge"
    return "change" if word in _folded(mapping.changes or CHANGES) else "trigger"


def _level(said: Any, mapping: FieldMapping) -> Level | None:
    word = bounds.text(said).casefold()
    own = {name.strip().casefold(): level for name, level in mapping.levels.items()}
    return own.get(word) or words.level(word)


def _folded(said: tuple[str, ...]) -> set[str]:
    return {word.casefold() for word in said}


def _found(expression: str, data: Any, where: str) -> Any:
    try:
        # An expression can work out a number that is none.
        return bounds.clean(compiled(expression).search(data))
    except (
        JMESPathError,
        ArithmeticError,
        TypeError,
        ValueError,
        LookupError,
        AttributeError,
        RecursionError,
    ):
        raise Malformed(f"{where} ({expression}) cannot be worked out from what came") from None
