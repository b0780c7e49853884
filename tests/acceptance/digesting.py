"""Digests of the tests' own, at the hours that stories wait for."""

import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from bot.config import Config
from bot.config.schema import Digest
from bot.delivery import digests as delivery
from tests.acceptance.office import Office, calm

Json = dict[str, Any]

DAILY = {"name": "daily", "period": "daily", "cadence": "0 9 * * *"}
WEEKLY = {"name": "weekly", "period": "weekly", "cadence": "30 9 * * mon"}


def with_digests(*digests: Json) -> Callable[[Config], Config]:
    def change(config: Config) -> Config:
        parsed = tuple(Digest.model_validate(one) for one in digests)
        return calm(config).model_copy(update={"digests": parsed, "timezone": "UTC"})

    return change


async def to(office: Office, at: datetime) -> None:
    """Time passes until then."""
    await office.passes(seconds=(at - office.clock.now()).total_seconds())


def nothing_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """How a picture is drawn is told in tests/views."""
    program = "import sys; sys.stdin.read(); sys.stdout.buffer.write(b'PNG')"
    monkeypatch.setattr(delivery, "DRAWING", (sys.executable, "-S", "-c", program))
