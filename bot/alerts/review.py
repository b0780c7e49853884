"""The alert review: which alerts rang, on how many of those somebody acted, and which only made noise.

A row is a source (integration), a kind of failure (storm.fingerprint) and a service. An alert rang if it opened an
incident or a page, or had the people of one paged again. Somebody acted on it if, after it came and before its
incident ended, a person acknowledged, or changed the incident's roles, status or severity, or wrote an update.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.rows import Alert
from bot.core.timeline import ACTS, TimelineEntry
from bot.incidents.rows import Incident
from bot.paging.rows import Page

WEEK = timedelta(weeks=1)
MOST_WEEKS = 13


@dataclass(frozen=True)
class Figures:
    """How many alerts came; how many of them rang, and of these on how many somebody acted; how many ended without
    anybody's doing; how many flapped; how many a window silenced or the storm brake held back.
    """

    came: int = 0
    rang: int = 0
    acted: int = 0
    by_itself: int = 0
    flapped: int = 0
    held_back: int = 0

    @property
    def ignored(self) -> int:
        """Those that rang for nothing."""
        return self.rang - self.acted


@dataclass(frozen=True)
class Rule:
    """What is counted together."""

    integration: str
    kind: str
    service: str | None


@dataclass(frozen=True)
class RuleFigures:
    """The figures of one rule, how its newest alert is called, and how many came in each week, the oldest first."""

    rule: Rule
    title: str
    figures: Figures
    weeks: tuple[int, ...]


@dataclass(frozen=True)
class SourceFigures:
    """The figures of all that one integration sent, and how many came in each week, the oldest first."""

    integration: str
    figures: Figures
    weeks: tuple[int, ...]


@dataclass(frozen=True)
class Review:
    """The rules of a span, the worst first: those that rang most often for nothing, then those that came most often.

    `rules` is a part of them, `count` how many there are; `total` has all of them, and `sources` has them by
    integration, in the same order.
    """

    since: datetime
    until: datetime
    rules: Sequence[RuleFigures]
    count: int
    total: Figures
    sources: Sequence[SourceFigures]


async def review(
    session: AsyncSession,
    *,
    now: datetime,
    weeks: int = 0,
    since: datetime | None = None,
    flaps: int,
    service: str | None = None,
    only: Rule | None = None,
    limit: int = 15,
    offset: int = 0,
) -> Review:
    """The alerts that came in the last `weeks` weeks, or `since` then. One counts as flapping that came back `flaps`
    times.
    """
    since = now - weeks * WEEK if since is None else since
    rows = await session.execute(_by_rule(since, now, weeks, flaps, service, only))
    # All of them: sources and the total are added up from them, and looking at each alert again would take longer.
    rules = sorted((row._mapping for row in rows), key=_worst_first)
    found = rules[offset : offset + limit]
    titles = await _titles(session, [int(one["newest"]) for one in found])
    return Review(
        since,
        now,
        [
            RuleFigures(
                Rule(one["integration"], one["kind"], one["service"]),
                titles[int(one["newest"])],
                _figures(one),
                _weeks(one, weeks),
            )
            for one in found
        ],
        len(rules),
        _added_up(rules),
        _by_source(rules, weeks),
    )


def _worst_first(row: RowMapping) -> tuple[Any, ...]:
    return (
        row["acted"] - row["rang"],
        -row["came"],
        row["integration"],
        row["kind"],
        row["service"] is not None,
        row["service"] or "",
    )


_FIGURES = ("came", "rang", "acted", "by_itself", "flapped", "held_back")


def _figures(row: RowMapping) -> Figures:
    return Figures(**{name: int(row[name]) for name in _FIGURES})


def _weeks(row: RowMapping, weeks: int) -> tuple[int, ...]:
    return tuple(int(row[f"week_{number}"]) for number in range(weeks))


def _added_up(rows: Sequence[RowMapping]) -> Figures:
    return Figures(**{name: sum(int(row[name]) for row in rows) for name in _FIGURES})


def _by_source(rules: Sequence[RowMapping], weeks: int) -> list[SourceFigures]:
    of: dict[str, list[RowMapping]] = {}
    for row in rules:
        of.setdefault(row["integration"], []).append(row)
    found = [
        SourceFigures(
            integration,
            _added_up(rows),
            tuple(sum(int(row[f"week_{number}"]) for row in rows) for number in range(weeks)),
        )
        for integration, rows in of.items()
    ]
    return sorted(found, key=lambda one: (-one.figures.ignored, -one.figures.came, one.integration))


def _by_rule(
    since: datetime, until: datetime, weeks: int, flaps: int, service: str | None, only: Rule | None
) -> Select[Any]:
    of = [Alert.first_at >= since, Alert.first_at < until]
    if service is not None:
        of.append(Alert.service == service)
    if only is not None:
        of += [
            Alert.integration == only.integration,
            Alert.kind == only.kind,
            Alert.service == only.service if only.service is not None else Alert.service.is_(None),
        ]
    # A word for each alert first, so that what people did is looked for once.
    each = (
        select(
            Alert.id,
            Alert.integration,
            Alert.kind,
            Alert.service,
            Alert.first_at,
            Alert.rang_at,
            Alert.resolved_at,
            Alert.flaps,
            Alert.outcome,
            case(
                (or_(Alert.incident_id.is_not(None), Alert.page_id.is_not(None)), _acted()), else_=false()
            ).label("acted"),
        )
        .outerjoin(Incident, Incident.id == Alert.incident_id)
        .where(*of)
        .cte("each_alert")
        # Otherwise what people did is looked for anew wherever it is counted.
        .prefix_with("MATERIALIZED")
    )
    rang = each.c.rang_at.is_not(None)
    in_week = [
        and_(each.c.first_at >= since + number * WEEK, each.c.first_at < since + (number + 1) * WEEK)
        for number in range(weeks)
    ]
    return select(
        each.c.integration,
        each.c.kind,
        each.c.service,
        func.max(each.c.id).label("newest"),
        func.count().label("came"),
        _count(rang).label("rang"),
        _count(and_(rang, each.c.acted)).label("acted"),
        _count(and_(each.c.resolved_at.is_not(None), ~each.c.acted)).label("by_itself"),
        _count(each.c.flaps >= flaps).label("flapped"),
        _count(each.c.outcome.in_(("silenced", "held_back"))).label("held_back"),
        *(_count(week).label(f"week_{number}") for number, week in enumerate(in_week)),
    ).group_by(each.c.integration, each.c.kind, each.c.service)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _acted() -> ColumnElement[bool]:
    """Whether a person did something about an alert's incident or page while it was news."""
    ended = TimelineEntry.kind == "resolved"
    while_open = TimelineEntry.recorded_at <= func.coalesce(Incident.resolved_at, TimelineEntry.recorded_at)
    of_incident = exists(TimelineEntry.incident_id).where(
        TimelineEntry.incident_id == Alert.incident_id,
        text(ACTS),
        TimelineEntry.recorded_at >= Alert.first_at,
        or_(and_(~ended, while_open), and_(ended, _while_it_fired(TimelineEntry.recorded_at))),
    )
    # By the page's own row: of pages without an incident there are few entries among many, and SQLite would read all.
    of_page = exists(Page.id).where(
        Page.id == Alert.page_id,
        or_(
            and_(Page.acknowledged_by.is_not(None), Page.acknowledged_at >= Alert.first_at),
            and_(Page.resolved_by.is_not(None), _while_it_fired(Page.resolved_at)),
        ),
    )
    return or_(of_incident.correlate(Alert, Incident), of_page.correlate(Alert))


def _while_it_fired(at: Any) -> ColumnElement[bool]:
    """To end what was over by itself is to tidy up."""
    return or_(Alert.resolved_at.is_(None), at < Alert.resolved_at)


async def _titles(session: AsyncSession, numbers: Sequence[int]) -> dict[int, str]:
    rows = await session.execute(select(Alert.id, Alert.title).where(Alert.id.in_(numbers)))
    return dict(iter(rows))
