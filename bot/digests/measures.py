"""Measures, pure: what they mean stands in docs/measures.md. Times are in seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import fmean, median

from bot.config import Config


@dataclass(frozen=True)
class Lasting:
    """How long something took: the mean, the median, and of how many. None where there was none."""

    count: int = 0
    mean: float | None = None
    median: float | None = None


NOTHING = Lasting()


def lasting(values: Iterable[float | None]) -> Lasting:
    """Those that are not known are left out."""
    known = [value for value in values if value is not None]
    return Lasting(len(known), fmean(known), median(known)) if known else NOTHING


@dataclass(frozen=True)
class Handled:
    """An incident as measures see it. `acknowledged` and `resolved` are seconds after its declaration, `detected` those
    from the beginning of the harm to it, `effort` what all who worked on it spent; None where it is not so, or not known.
    Of a `retrospective` one, which was over when it was written down, `declared_at` is when it began.
    """

    number: int
    severity: str
    service: str | None
    declared_at: datetime
    acknowledged: float | None = None
    resolved: float | None = None
    detected: float | None = None
    effort: float | None = None
    retrospective: bool = False


@dataclass(frozen=True)
class Target:
    """How often somebody was at work in time on incidents of one severity; `waiting`: there is time yet."""

    severity: str
    within: timedelta
    met: int = 0
    missed: int = 0
    waiting: int = 0

    @property
    def share(self) -> float | None:
        """Of those that are decided, 0 to 1."""
        decided = self.met + self.missed
        return self.met / decided if decided else None


@dataclass(frozen=True)
class IncidentFigures:
    """The incidents that were declared in a span of time."""

    count: int = 0
    unresolved: int = 0
    by_severity: Mapping[str, int] = field(default_factory=dict)
    by_service: Mapping[str, int] = field(default_factory=dict)
    mtta: Lasting = NOTHING
    mttr: Lasting = NOTHING
    mttd: Lasting = NOTHING
    effort: float = 0.0
    targets: tuple[Target, ...] = ()


def incident_figures(incidents: Sequence[Handled], config: Config, *, now: datetime) -> IncidentFigures:
    """`by_severity` in the order of app.yaml, `by_service` the most often hit first; "" is no service."""
    severities = Counter(one.severity for one in incidents)
    services = Counter(one.service or "" for one in incidents)
    return IncidentFigures(
        count=len(incidents),
        unresolved=sum(1 for one in incidents if one.resolved is None and not one.retrospective),
        by_severity=dict(
            sorted(severities.items(), key=lambda pair: (config.severity_rank(pair[0]), pair[0]))
        ),
        by_service=dict(sorted(services.items(), key=lambda pair: (-pair[1], pair[0]))),
        mtta=lasting(one.acknowledged for one in incidents),
        mttr=lasting(one.resolved for one in incidents),
        mttd=lasting(one.detected for one in incidents),
        effort=sum(one.effort or 0.0 for one in incidents),
        targets=targets(incidents, config, now=now),
    )


def targets(incidents: Sequence[Handled], config: Config, *, now: datetime) -> tuple[Target, ...]:
    """Of the severities that have a target and had incidents."""
    found = []
    for severity in config.severities:
        if severity.respond_within is None:
            continue
        of = [one for one in incidents if one.severity == severity.name and not one.retrospective]
        words = [in_time(one, severity.respond_within, now=now) for one in of]
        if words:
            found.append(
                Target(
                    severity.name,
                    severity.respond_within,
                    met=words.count(True),
                    missed=words.count(False),
                    waiting=words.count(None),
                )
            )
    return tuple(found)


def in_time(incident: Handled, within: timedelta, *, now: datetime) -> bool | None:
    """Whether somebody was at work on it in time, or it was over by then; None: nobody is yet, and there is time left."""
    moments = [at for at in (incident.acknowledged, incident.resolved) if at is not None]
    limit = within.total_seconds()
    if moments:
        return min(moments) <= limit
    return None if (now - incident.declared_at).total_seconds() <= limit else False
