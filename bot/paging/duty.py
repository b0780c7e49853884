"""Who has which schedule: the one place where paging asks for the shifts."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.paging.escalation import OnShift, Who


@dataclass(frozen=True)
class Nobody:
    """A schedule that nobody has."""

    reason: str
    person: str | None = None


async def duty(session: AsyncSession, config: Config) -> Who:
    """Who is on call at a moment, with the overrides as they stand now."""
    return on_call(config)


def on_call(config: Config) -> Who:
    """The same by app.yaml alone, for tests of its rules."""

    def who(schedule: str, at: datetime) -> OnShift:
        return Nobody(f"there is no schedule {schedule}")

    return who
