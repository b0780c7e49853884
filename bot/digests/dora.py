"""DORA's four figures, from the deployments that GitHub told of."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.alerts.rows import Deployment
from bot.digests.measures import NOTHING, Handled, Lasting, lasting
from bot.digests.spans import Span

# An incident of a service that was declared so soon after its last deployment is laid to that one.
LAID_TO_IT = timedelta(hours=24)
SUCCESS = "success"


@dataclass(frozen=True)
class Deployed:
    """A deployment to production that succeeded, and when its commit was made."""

    service: str | None
    at: datetime
    committed_at: datetime | None = None


@dataclass(frozen=True)
class Dora:
    """`per_day` deployments; `lead` from commit to production; `failed` deployments that an incident followed, and how
    long those took to be resolved.
    """

    deployments: int = 0
    per_day: float = 0.0
    lead: Lasting = NOTHING
    failed: int = 0
    restore: Lasting = NOTHING

    @property
    def failure_rate(self) -> float | None:
        """0 to 1."""
        return self.failed / self.deployments if self.deployments else None


async def deployments(session: AsyncSession, span: Span) -> list[Deployed]:
    """Those that ended well in the span, in their order."""
    run = aliased(Deployment)
    committed = (
        select(func.min(run.committed_at))
        .where(run.sha == Deployment.sha, run.committed_at.is_not(None))
        .scalar_subquery()
    )
    rows = await session.execute(
        select(Deployment.service, Deployment.at, committed)
        .where(
            Deployment.kind == "deployment",
            Deployment.production,
            Deployment.state == SUCCESS,
            Deployment.at >= span.start,
            Deployment.at < span.end,
        )
        .order_by(Deployment.at, Deployment.id)
    )
    return [Deployed(*row) for row in rows]


def dora(deployed: Sequence[Deployed], incidents: Sequence[Handled], span: Span) -> Dora:
    """Pure. An incident is laid to the last deployment of its service, if that was within a day before it."""
    by_service: dict[str, list[datetime]] = {}
    for one in deployed:
        if one.service is not None:
            by_service.setdefault(one.service, []).append(one.at)
    followed = _followed(by_service, incidents)
    days = span.length / timedelta(days=1)
    return Dora(
        deployments=len(deployed),
        per_day=len(deployed) / days if days else 0.0,
        lead=lasting(
            max(0.0, (one.at - one.committed_at).total_seconds()) if one.committed_at is not None else None
            for one in deployed
        ),
        failed=len(followed),
        restore=lasting(one.resolved for of in followed.values() for one in of),
    )


def _followed(
    by_service: Mapping[str, Sequence[datetime]], incidents: Sequence[Handled]
) -> dict[tuple[str, datetime], list[Handled]]:
    """The deployments that incidents are laid to."""
    found: dict[tuple[str, datetime], list[Handled]] = {}
    for one in incidents:
        moments = by_service.get(one.service or "", ())
        number = bisect_right(moments, one.declared_at) - 1
        if number >= 0 and one.declared_at - moments[number] <= LAID_TO_IT:
            found.setdefault((one.service or "", moments[number]), []).append(one)
    return found
