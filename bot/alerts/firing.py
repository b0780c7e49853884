"""Alerts that fire and belong to no incident, counted by service: what the open incidents do not tell."""

from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.event import OWN_CHECKS
from bot.alerts.rows import Alert

# In a storm counting ends here.
COUNTED = 1000
# A route that says backlog or nowhere wants nobody to be told now.
_OUTCOMES = ("message", "page", "joined", "silenced", "held_back", "waiting")
_LEVELS = {"critical": 0, "error": 1, "warning": 2, "info": 3}


@dataclass(frozen=True)
class FiringNow:
    """Those of a service (None: of none): how many, the worst level among them, and how many maintenance silences."""

    service: str | None
    count: int
    level: str
    silenced: int


@dataclass(frozen=True)
class Firing:
    """All of them by service, the worst and most first; `is_all` is False where there are more than were counted."""

    by_service: tuple[FiringNow, ...] = ()
    is_all: bool = True


async def firing_alone(session: AsyncSession) -> Firing:
    """What fires now without an incident. The alerts of checks are left out: which checks fail is told by themselves."""
    rows = (await session.execute(_FIRING)).all()
    by_service = tuple(
        FiringNow(service, count, list(_LEVELS)[worst], silenced) for service, count, worst, silenced in rows
    )
    return Firing(by_service, sum(one.count for one in by_service) <= COUNTED)


_OPEN = (
    select(Alert.service, Alert.level, Alert.outcome)
    .where(
        Alert.resolved_at.is_(None),
        Alert.incident_id.is_(None),
        Alert.outcome.in_(_OUTCOMES),
        Alert.integration != OWN_CHECKS,
    )
    .limit(COUNTED + 1)
    .subquery()
)
# An alert without a level counts as a warning, as it does for routes.
_WORST = func.min(case(_LEVELS, value=_OPEN.c.level, else_=_LEVELS["warning"]))
_FIRING = (
    select(_OPEN.c.service, func.count(), _WORST, func.count().filter(_OPEN.c.outcome == "silenced"))
    .group_by(_OPEN.c.service)
    .order_by(_WORST, func.count().desc(), _OPEN.c.service)
)
