"""What the tests of paging share: a small company, who is on call, and its moments."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.config import Config, EscalationPolicy
from bot.paging.escalation import Nobody, OnShift, Who

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)  # a Wednesday
MINUTE = timedelta(minutes=1)


class Always:
    """An office that always works."""

    def contains(self, at: datetime) -> bool:
        return True

    def next_open(self, at: datetime) -> datetime:
        return at


class Never(Always):
    """An office that is closed, until tomorrow."""

    def contains(self, at: datetime) -> bool:
        return False

    def next_open(self, at: datetime) -> datetime:
        return at + timedelta(days=1)


def shifts(of: Mapping[str, str | None]) -> Who:
    """Who has which schedule, the same at all times."""

    def who(schedule: str, at: datetime) -> OnShift:
        return Nobody("as the test has it", of.get(schedule))

    return who


def policy(*steps: Any, **more: Any) -> EscalationPolicy:
    """A policy of steps, each a list of targets or all that a step has."""
    written = [step if isinstance(step, dict) else {"notify": step} for step in steps]
    return EscalationPolicy.model_validate({"name": "p", "steps": written, **more})


def company(**more: Any) -> Config:
    """Four people, a service, the sample's severities, and a policy unless another is given."""
    names = ("ada", "bo", "cleo", "dev")
    given: dict[str, Any] = {
        "organization": "Example Shop",
        "people": [
            {"name": name, "slack": f"U01{name.upper()}", "phone": "+49 30 1234567"} for name in names
        ],
        "services": [{"name": "shop", "owner": "Shop team"}],
        "escalation_policies": [
            {
                "name": "default",
                "steps": [
                    {"notify": ["person:ada"], "wait": "5m"},
                    {"notify": ["person:bo", "person:cleo"], "wait": "10m", "acknowledge": "all"},
                ],
                "repeat": 1,
                "last_resort": {"notify": "person:dev", "after": "30m"},
            }
        ],
    }
    return Config.model_validate({**given, **more})
