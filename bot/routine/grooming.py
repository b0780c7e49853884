"""When the backlog is gone through (app.yaml, `backlog.grooming`)."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.backlog import grooming
from bot.cadences.cadence import cadence
from bot.cadences.recurring import Occurrence, Plan
from bot.config import Config

NAME = "backlog"


def plans(config: Config) -> Mapping[str, Plan]:
    said = config.backlog.grooming
    return {} if said is None else {NAME: Plan(cadence(config, said.cadence))}


async def carry_out(session: AsyncSession, config: Config, occurrence: Occurrence, now: datetime) -> None:
    await grooming.begin(session, channel=channel(config), occurs_at=occurrence.at, now=now)


def channel(config: Config) -> str:
    """Where, by name."""
    said = config.backlog.grooming
    return (said.channel if said is not None else None) or config.channels.announcements
