"""PagerDuty's Events API v2: what can page PagerDuty can page here. Its rules and its words for what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from bot.alerts.event import Action, Event, Link, Malformed
from bot.alerts.formats import bounds, words
from bot.config.sections.integrations import Integration

# What the payload must hold, by action.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "trigger": ("summary", "source", "severity"),
    "acknowledge": (),
    "resolve": (),
    "change": ("summary",),
}
SEVERITIES = ("critical", "warning", "error", "info")

_MISSING = "is missing or blank"


def parse(body: Any, headers: Mapping[str, str], integration: Integration) -> tuple[Event, ...]:
    """One event. Of /v2/change/enqueue it is with an event_action "change", which its senders do not write.

    Raises Malformed with PagerDuty's own words.
    """
    if not isinstance(body, dict):
        raise Malformed("Event object format is unrecognized")
    said: Mapping[str, Any] = body
    action = bounds.text(said.get("event_action")).casefold()
    problems = tuple(_problems(action, said))
    if problems:
        raise Malformed(*problems)
    payload = bounds.mapping(said.get("payload"))
    return (
        Event(
            action=cast(Action, action),
            key=key_of(said),
            title=bounds.title(payload.get("summary")),
            level=words.level(payload.get("severity")),
            source=bounds.source(payload.get("source")),
            service=_service(payload),
            labels=_labels(payload),
            details=_details(payload),
            links=_links(said),
            occurred_at=words.moment(payload.get("timestamp")),
        ),
    )


def key_of(said: Mapping[str, Any]) -> str:
    """The dedup key, made of the event itself where the sender left it out, as all do for changes.

    PagerDuty makes a random one. Ours is the same for the same event, so that a delivery that was repeated because its
    answer was lost changes nothing.
    """
    given = bounds.text(said.get("dedup_key"))
    if given:
        return bounds.key(given)
    return bounds.digest_of({name: value for name, value in said.items() if name != "routing_key"})


def _problems(action: str, said: Mapping[str, Any]) -> Iterator[str]:
    if not action:
        yield f"'event_action' {_MISSING}"
    elif action not in NEEDED:
        yield "'event_action' is invalid (must be one of the following: 'trigger', 'acknowledge' or 'resolve')"
    needed = NEEDED.get(action, NEEDED["trigger"])
    if not needed:  # what else comes with these is kept as far as it can be read
        if not bounds.text(said.get("dedup_key")):
            yield f"'dedup_key' {_MISSING}"
        return
    payload = said.get("payload")
    if not isinstance(payload, dict) or not payload:
        yield f"'payload' {_MISSING}"
        return
    for name in needed:
        if not bounds.text(payload.get(name)):
            yield f"'payload.{name}' {_MISSING}"
    severity = bounds.text(payload.get("severity")).casefold()
    if "severity" in needed and severity and severity not in SEVERITIES:
        yield (
            "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')"
        )


def _custom(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    return bounds.mapping(payload.get("custom_details"))


def _service(payload: Mapping[str, Any]) -> str | None:
    return bounds.service(bounds.first(_custom(payload), "service") or payload.get("component"))


def _labels(payload: Mapping[str, Any]) -> dict[str, str]:
    # Routing wants to know what is short in the custom details: an environment, a team.
    words_of = {name: bounds.text(value) for name, value in _custom(payload).items()}
    short = {
        name: word
        for name, word in words_of.items()
        if len(word) <= bounds.LONGEST_LABEL and "\n" not in word
    }
    return bounds.labels(short, {name: payload.get(name) for name in ("component", "group", "class")})


def _details(payload: Mapping[str, Any]) -> dict[str, Any]:
    custom = payload.get("custom_details")
    return bounds.details(custom if isinstance(custom, dict) else {"custom_details": custom})


def _links(said: Mapping[str, Any]) -> tuple[Link, ...]:
    found = [bounds.link(said["client_url"], said.get("client"))] if said.get("client_url") else []
    for each in map(bounds.mapping, bounds.items(said.get("links"))[: bounds.MOST_LINKS]):
        found.append(bounds.link(each.get("href"), each.get("text")))
    for each in map(bounds.mapping, bounds.items(said.get("images"))[: bounds.MOST_LINKS]):
        if each.get("src"):
            found.append(bounds.link(each.get("href"), each.get("alt"), each.get("src")))
    return bounds.links(*found)
