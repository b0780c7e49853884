"""Schedules for tests, in few words: `rota(layer("primary", ["ada", "bo"], start="2026-01-05"))`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.config import Config
from bot.oncall.layers import Imported
from bot.oncall.schedule import Override, Schedule, schedules_of

PEOPLE = ("ada", "bo", "cleo", "dev", "eve")
BERLIN = ZoneInfo("Europe/Berlin")

Json = dict[str, Any]


def layer(name: str, people: list[Any] | None = None, **more: Any) -> Json:
    return {"name": name, "people": people or [], **more}


def config_of(*layers: Json, timezone: str = "Europe/Berlin", **schedule: Any) -> Config:
    """An app.yaml with one schedule, "primary"."""
    section = {"name": "primary", "owner": "ada", "layers": list(layers), **schedule}
    people = [{"name": name, "email": f"{name}@example.com"} for name in PEOPLE]
    given = {"organization": "Acme", "timezone": timezone, "people": people, "schedules": [section]}
    return Config.model_validate(given)


def rota(
    *layers: Json,
    timezone: str = "Europe/Berlin",
    imported: dict[str, Imported] | None = None,
    **schedule: Any,
) -> Schedule:
    """The schedule itself."""
    calendars = {("primary", name): held for name, held in (imported or {}).items()}
    return schedules_of(config_of(*layers, timezone=timezone, **schedule), calendars)["primary"]


def berlin(text: str) -> datetime:
    """A wall time in Berlin: "2026-01-05 09:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def override(
    person: str | None, starts_at: datetime, ends_at: datetime, schedule: str = "primary"
) -> Override:
    return Override(None, schedule, person, starts_at, ends_at)
