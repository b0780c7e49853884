"""What `tocsin alerts` tells: where the alerts of a payload would go, and which alerts rang. It changes nothing."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.alerts.event import Event, Malformed, event_from
from bot.alerts.expect import Outcome, outcome
from bot.alerts.formats import parse
from bot.alerts.review import MOST_WEEKS, Figures, Review, review
from bot.alerts.routing import Routed
from bot.config import Config, Integration, choose_one
from bot.config.fields import duration_text
from bot.core.db import Database
from bot.core.errors import NotFound, UserError
from bot.oncall.when import moment


def events_of(
    body: bytes, integration: Integration | None, headers: Mapping[str, str] | None = None
) -> Sequence[Event]:
    """The events of a payload in its integration's format; without one, of a file of events as the inbox keeps them.

    Raises UserError.
    """
    if integration is not None:
        try:
            return parse(
                integration.kind, _as_sent(json.loads(body), integration), headers or {}, integration
            )
        except Malformed as malformed:
            raise UserError(
                f"The payload cannot be read: {malformed}.",
                "Is it of this integration? What the tool says in a header is given as --header 'Name: value'.",
            ) from None
        except (ValueError, RecursionError):
            raise UserError("The file is not JSON.", "Give the body as the tool sends it.") from None
    try:
        return _as_kept(json.loads(body))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UserError(
            "The file is not an event as Tocsin keeps it.",
            "Say with --integration in whose format it is; or give JSON with action, key, title, level and service.",
        ) from None


def _as_sent(said: Any, integration: Integration) -> Any:
    """With what the address says: an event of PagerDuty's API without an action is a change."""
    if integration.kind == "events_v2" and isinstance(said, dict) and "event_action" not in said:
        return {**said, "event_action": "change"}
    return said


def _headers(given: Sequence[str]) -> dict[str, str]:
    """Raises UserError."""
    found = {}
    for one in given:
        name, colon, value = one.partition(":")
        if not colon or not name.strip() or not value.strip():
            raise UserError(f"“{one}” is not a header.", "Write it as 'X-GitHub-Event: deployment'.")
        found[name.strip()] = value.strip()
    return found


def _as_kept(said: Any) -> Sequence[Event]:
    return [
        event_from({"action": "trigger", "key": "test", **one})
        for one in (said if isinstance(said, list) else [said])
    ]


def test(
    file: Path, config: Config, *, name: str | None, at: str, now: datetime, headers: Sequence[str]
) -> list[tuple[Event, Outcome | None]]:
    """Each event of the file with what would become of it; a change has no route."""
    integration = config.integration(name) if name is not None else None
    if name is not None and integration is None:
        known = [one.name for one in config.integrations]
        raise NotFound(f"“{name}” is not an integration.", choose_one(name, known))
    try:
        body = file.read_bytes()
    except OSError as error:
        raise NotFound(f"{file} cannot be read: {error.strerror}.", "Name a file with a payload.") from None
    when = moment(at, config.zone, now=now)
    return [
        (event, None if event.action == "change" else outcome(event, name or "", config, when))
        for event in events_of(body, integration, _headers(headers))
    ]


def as_json(found: Sequence[tuple[Event, Outcome | None]]) -> list[Mapping[str, Any]]:
    return [_one(event, result) for event, result in found]


def _one(event: Event, result: Outcome | None) -> dict[str, Any]:
    said: dict[str, Any] = {
        "action": event.action,
        "key": event.key,
        "title": event.title,
        "level": event.level,
    }
    if result is None:
        return said | {"to": "timeline"}
    routed = result.routed
    return said | {
        "to": routed.to,
        "route": routed.route,
        "reason": routed.reason,
        "severity": routed.severity.name,
        "service": routed.service.name if routed.service else None,
        "group": routed.group,
        "channel": routed.channel,
        "wait_seconds": int(routed.wait.total_seconds()) if routed.wait else None,
        "resolves": routed.resolve,
        "silenced_until": result.silence.until.isoformat() if result.silence else None,
    }


def _in_common(routed: Routed) -> str:
    """What those of its group share, in words; a service that is not known is its integration's."""
    named = [
        f"integration {value[1:]}, of no service"
        if name == "service" and value.startswith("@")
        else f"{name} {value}"
        for name, value in routed.shared
    ]
    within = f", within {duration_text(routed.within)}" if routed.to != "message" else ""
    return f"{' and '.join(named) or 'the same destination'}{within}"


def lines(found: Sequence[tuple[Event, Outcome | None]]) -> list[str]:
    """A line for each event, and one for its reason."""
    said = []
    for event, result in found:
        level = f" ({event.level})" if event.level else ""
        said.append(f"{event.action} {event.key}{level}: {event.title}".rstrip(": "))
        if result is None:
            said.append("  → the timelines of the open incidents of its service")
            continue
        routed = result.routed
        service = f", service {routed.service.name}" if routed.service else ", no service that app.yaml knows"
        said.append(f"  → {result.words()}{service} ({routed.reason})")
        if routed.wait:
            said.append(f"    after it has lasted {duration_text(routed.wait)}")
        if routed.to in ("incident", "page", "message"):
            said.append(f"    together with others of {_in_common(routed)}")
    return said or ["The payload holds no event."]


# -- the review -----------------------------------------------------------------------------------------------


async def reviewed(
    db: Database, config: Config, *, weeks: int, service: str | None, limit: int, now: datetime
) -> Review:
    """The worst rules of the last weeks. Raises UserError."""
    if not 0 < weeks <= MOST_WEEKS:
        raise UserError(f"A review has 1 to {MOST_WEEKS} weeks.", "For example --weeks 4.")
    async with db.read() as session:
        return await review(
            session,
            now=now,
            weeks=weeks,
            flaps=config.alerts.flapping.times,
            service=service,
            limit=limit,
        )


def review_json(found: Review) -> dict[str, Any]:
    return {
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "rules": found.count,
        "total": vars(found.total),
        "sources": [
            {"integration": one.integration, **vars(one.figures), "by_week": list(one.weeks)}
            for one in found.sources
        ],
        "worst": [
            {
                **vars(one.rule),
                "title": one.title,
                **vars(one.figures),
                "never_acted_on": one.figures.rang > 0 and one.figures.acted == 0,
                "by_week": list(one.weeks),
            }
            for one in found.rules
        ],
    }


def review_lines(found: Review) -> list[str]:
    """A table for a terminal."""
    total = found.total
    head = f"{found.since:%Y-%m-%d} to {found.until:%Y-%m-%d}: {total.came} came, {total.rang} rang, {total.acted} of these acted on"
    if not found.rules:
        return [head]
    lines = [head, f"{'came':>6} {'rang':>6} {'acted':>6} {'itself':>6} {'flaps':>6} {'held':>6}"]
    for one in found.rules:
        name = " ".join(one.title.split()) or one.rule.kind
        where = f"({one.rule.integration}, {one.rule.service or 'no service'})"
        lines.append(f"{_columns(one.figures)}  {name[:60]} {where}")
    if found.count > len(found.rules):
        lines.append(f"… and {found.count - len(found.rules)} more kinds; --limit shows them")
    if len(found.sources) > 1:
        lines += ["by source:", *(f"{_columns(one.figures)}  {one.integration}" for one in found.sources)]
    return lines


def _columns(of: Figures) -> str:
    figures = (of.came, of.rang, of.acted, of.by_itself, of.flapped, of.held_back)
    return " ".join(f"{figure:>6}" for figure in figures)
