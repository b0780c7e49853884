"""Maintenance that people start in Slack, extend and end; the windows of app.yaml stand there alone.

Verbs take the turn of the signals first (bot.alerts.signals.in_turn): which window silences an alert must not change while
it is carried out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import maintenance, storm
from bot.alerts.maintenance import Plan, Window
from bot.alerts.rows import Alert, AlertStorm, MaintenanceWindow
from bot.alerts.signals import in_turn
from bot.alerts.storm import OVER_AFTER
from bot.config import Config, near
from bot.config.fields import duration_text
from bot.config.sections.alerts import LONGEST_WINDOW
from bot.core.db import UtcDateTime, left_work
from bot.core.errors import NotFound, RuleRefused
from bot.core.outbox import enqueue
from bot.core.timeline import record
from bot.core.viewer import PROGRAM
from bot.incidents import telling
from bot.incidents.homes import refresh_homes_soon
from bot.incidents.queries import locked, open_incidents
from bot.oncall.overrides import LONGEST_REASON

# Before its end whoever started it is asked whether it is long enough; of a short one a quarter before.
REMIND_BEFORE = timedelta(minutes=10)
FARTHEST = timedelta(days=366)
SLACK_BUDGET = "alerts.maintenance_budget"


# -- looking ----------------------------------------------------------------------------------------------------


async def running(session: AsyncSession, *, now: datetime) -> list[Plan]:
    """Those that run, as the rule takes them."""
    rows = await session.execute(_RUNNING, {"now": now})
    return [_plan(number, services, Window(start, end)) for number, services, start, end in rows]


_NOW = bindparam("now", type_=UtcDateTime)
_RUNNING = select(
    MaintenanceWindow.id, MaintenanceWindow.services, MaintenanceWindow.starts_at, MaintenanceWindow.ends_at
).where(
    MaintenanceWindow.ended_at.is_(None),
    MaintenanceWindow.ends_at > _NOW,
    MaintenanceWindow.starts_at <= _NOW,
)


def _plan(number: int, services: Sequence[str], window: Window) -> Plan:
    return Plan(f"#{number}", maintenance.UTC_ZONE, tuple(services), window, number=number)


async def running_now(session: AsyncSession, config: Config, *, now: datetime) -> list[tuple[Plan, Window]]:
    """All maintenance that runs, of app.yaml and of people: what ends first comes first."""
    known = (*maintenance.plans(config), *await running(session, now=now))
    found = [(plan, maintenance.running(plan, now)) for plan in known]
    return sorted(
        ((plan, window) for plan, window in found if window is not None),
        key=lambda one: (one[1].end, one[0].name),
    )


async def open_windows(
    session: AsyncSession, *, now: datetime, limit: int = 100
) -> Sequence[MaintenanceWindow]:
    """Those that run or are to come, the first to begin first."""
    found = await session.scalars(
        select(MaintenanceWindow)
        .where(MaintenanceWindow.ended_at.is_(None), MaintenanceWindow.ends_at > now)
        .order_by(MaintenanceWindow.starts_at, MaintenanceWindow.id)
        .limit(limit)
    )
    return found.all()


@dataclass(frozen=True)
class Standing:
    """A plan with the stretch that runs, else the next; `used` is how long it was silent this month, `row` its row if
    somebody started it in Slack.
    """

    plan: Plan
    window: Window
    is_running: bool
    used: timedelta
    row: MaintenanceWindow | None = None


async def standings(session: AsyncSession, config: Config, *, now: datetime) -> list[Standing]:
    """All maintenance that runs or is to come: what runs first, the next to end or to begin before others."""
    found = planned(config, now=now)
    for row in await open_windows(session, now=now):
        window = Window(row.starts_at, row.ends_at)
        plan = _plan(row.id, row.services, window)
        found.append(Standing(plan, window, window.contains(now), timedelta(), row))
    return sorted(
        found, key=lambda one: (not one.is_running, one.window.end if one.is_running else one.window.start)
    )


def planned(config: Config, *, now: datetime) -> list[Standing]:
    """Those of app.yaml that run or are to come."""
    found = []
    for plan in maintenance.plans(config):
        runs = maintenance.running(plan, now)
        window = runs or maintenance.coming(plan, now)
        if window is not None:
            found.append(Standing(plan, window, runs is not None, maintenance.used(plan, now)))
    return found


async def due(session: AsyncSession, *, now: datetime) -> Sequence[int]:
    """The numbers of those that the tick must look at."""
    found = await session.scalars(
        select(MaintenanceWindow.id).where(MaintenanceWindow.due_at <= now).order_by(MaintenanceWindow.due_at)
    )
    return found.all()


async def usage(session: AsyncSession, config: Config, *, now: datetime) -> dict[str | None, timedelta]:
    """How long what people started silences each service this month, also what is still to come; None: all services."""
    month = maintenance.month_of(now, config.zone)
    known = await _stretches(session, month.start, month.end)
    named = {service for services, _ in known for service in services}
    found: dict[str | None, timedelta] = {
        service: maintenance.spent(_of(known, service), month) for service in sorted(named)
    }
    of_all = maintenance.spent([window for services, window in known if not services], month)
    return found | ({None: of_all} if of_all else {})


Stretch = tuple[Sequence[str], Window]


async def _stretches(
    session: AsyncSession, start: datetime, end: datetime, *, but: int | None = None
) -> list[Stretch]:
    """What lies between these moments or reaches into it, as long as it lasted or shall last."""
    rows = await session.execute(
        select(
            MaintenanceWindow.id,
            MaintenanceWindow.services,
            MaintenanceWindow.starts_at,
            MaintenanceWindow.ends_at,
            MaintenanceWindow.ended_at,
        )
        .where(MaintenanceWindow.ends_at > start, MaintenanceWindow.starts_at < end)
        .order_by(MaintenanceWindow.starts_at)
    )
    return [
        (services, Window(starts_at, ended_at or ends_at))
        for number, services, starts_at, ends_at, ended_at in rows
        if number != but and (ended_at is None or ended_at > starts_at)
    ]


def _of(known: Sequence[Stretch], service: str | None) -> list[Window]:
    return [window for services, window in known if not services or service in services]


# -- what people do -----------------------------------------------------------------------------------------------


async def start(
    session: AsyncSession,
    *,
    config: Config,
    services: Sequence[str],
    starts_at: datetime,
    ends_at: datetime,
    by: str,
    now: datetime,
    reason: str = "",
) -> MaintenanceWindow:
    """Has new alerts of these services (none: of all) ring nobody from `starts_at` to `ends_at`.

    Raises NotFound for an unknown service, RuleRefused for a span that is over, too long or beyond the month's budget.
    """
    await in_turn(session)
    window = Window(max(starts_at, now), ends_at)
    _check_span(window, now)
    row = MaintenanceWindow(
        services=known_services(config, services),
        starts_at=window.start,
        ends_at=window.end,
        reason=reason.strip()[:LONGEST_REASON],
        made_by=by,
        made_at=now,
        silenced=0,
    )
    await _keep_budget(session, config, row, window)
    session.add(row)
    await session.flush()
    if row.starts_at <= now:
        await _begin(session, row, by=by, now=now)
    row.due_at = _next_due(row)
    tell(session, row, now=now)
    return row


async def extend(
    session: AsyncSession, number: int, length: timedelta, *, config: Config, by: str, now: datetime
) -> MaintenanceWindow:
    """Has it end so much later. Raises NotFound, RuleRefused."""
    await in_turn(session)
    row = await _open(session, number, now=now)
    window = Window(row.starts_at, row.ends_at + length)
    _check_span(window, now)
    await _keep_budget(session, config, row, window)
    row.ends_at, row.reminded_at = window.end, None
    row.due_at = _next_due(row)
    if row.began_at is not None:
        await _note(session, row, "extended", by=by, now=now)
    await _look_again(session, row, now=now)
    tell(session, row, now=now)
    return row


async def end(session: AsyncSession, number: int, *, by: str, now: datetime) -> MaintenanceWindow:
    """Ends it now, or before it began; what still fires rings at once. Raises NotFound, RuleRefused."""
    await in_turn(session)
    row = await _open(session, number, now=now)
    await _end(session, row, at=now, by=by, now=now)
    await _look_again(session, row, now=now)
    return row


def known_services(config: Config, names: Sequence[str]) -> list[str]:
    """As app.yaml has them, each once; raises NotFound."""
    found: list[str] = []
    for name in names:
        service = config.service(name)
        if service is None:
            known = [one.name for one in config.services]
            meant = near(name, [*known, "all"])
            guess = f"Did you mean {meant}? " if meant else ""
            listed = ", ".join(known[:20]) or "none"
            raise NotFound(
                f"“{name[:60]}” is no service of app.yaml.",
                f"{guess}Known: {listed}; `all` stands for all of them.",
                field="services",
            )
        if service.name not in found:
            found.append(service.name)
    return found


def _check_span(window: Window, now: datetime) -> None:
    if window.end <= now:
        raise RuleRefused("That time is over already.", "Choose an end that is to come.", field="ends_at")
    if window.end <= window.start:
        raise RuleRefused("Maintenance must end after it starts.", "Choose a later end.", field="ends_at")
    if window.end - window.start > LONGEST_WINDOW:
        raise RuleRefused(
            f"Maintenance lasts {duration_text(LONGEST_WINDOW)} at most.",
            "Choose an earlier end; what recurs stands in app.yaml.",
            field="ends_at",
        )
    if window.start - now > FARTHEST:
        raise RuleRefused(
            "That is more than a year ahead.", "Choose an earlier beginning.", field="starts_at"
        )


async def _keep_budget(session: AsyncSession, config: Config, row: MaintenanceWindow, window: Window) -> None:
    """Refuses what would take a service beyond its month's hours: better now than a ring in the middle of it."""
    if config.alerts.maintenance_budget is None:
        return
    budget = timedelta(hours=config.alerts.maintenance_budget)
    months = maintenance.month_of(window.start, config.zone), maintenance.month_of(window.end, config.zone)
    known = await _stretches(session, months[0].start, months[1].end, but=row.id)
    for service in row.services or [one.name for one in config.services] or [None]:
        over = maintenance.overspends(_of(known, service), window, budget, config.zone)
        if over is not None:
            name = service or "Alerts of no service"
            month = over.month.astimezone(config.zone)
            left = budget - over.before
            way = f"Shorten it by {_hours(over.after - budget)}" if left > timedelta() else "Take none"
            raise RuleRefused(
                f"{name} may have {_hours(budget)} of maintenance a month ({SLACK_BUDGET} in app.yaml);"
                f" {_hours(over.before)} of {month:%B} are used or planned, and this would make {_hours(over.after)}.",
                f"{way}, or have that budget raised.",
                field="ends_at",
            )


def _hours(length: timedelta) -> str:
    """To the minute: what began at once began at some second."""
    return duration_text(timedelta(minutes=round(length / timedelta(minutes=1)))) if length else "0h"


async def _open(session: AsyncSession, number: int, *, now: datetime) -> MaintenanceWindow:
    row = await session.get(MaintenanceWindow, number, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(f"There is no maintenance #{number}.", "`/check maintenance` shows what there is.")
    if row.is_over or row.ends_at <= now:
        raise RuleRefused(f"Maintenance #{number} is over.", "`/check maintenance start` starts a new one.")
    return row


# -- what time does -----------------------------------------------------------------------------------------------


async def turn(session: AsyncSession, number: int, *, now: datetime) -> None:
    """What the tick does with one that is due: it begins, whoever started it is reminded, it is over."""
    await in_turn(session)
    row = await session.get(MaintenanceWindow, number, with_for_update=True, populate_existing=True)
    if row is None or row.due_at is None or row.due_at > now:
        return
    if row.ends_at <= now:
        await _end(session, row, at=row.ends_at, by=None, now=now)
        return
    if row.began_at is None:
        await _begin(session, row, by=None, now=now)
        tell(session, row, now=now)
    if row.reminded_at is None and reminds_at(row) <= now:
        row.reminded_at = now
        about = {"window": row.id, "until": row.ends_at.isoformat()}
        enqueue(session, "maintenance.reminder", now=now, about=about)
    row.due_at = _next_due(row)


def reminds_at(row: MaintenanceWindow) -> datetime:
    return row.ends_at - min(REMIND_BEFORE, (row.ends_at - row.starts_at) / 4)


def _next_due(row: MaintenanceWindow) -> datetime:
    if row.began_at is None:
        return row.starts_at
    return row.ends_at if row.reminded_at is not None else reminds_at(row)


async def _begin(session: AsyncSession, row: MaintenanceWindow, *, by: str | None, now: datetime) -> None:
    row.began_at = now
    await _note(session, row, "began", by=by, now=now)


async def _end(
    session: AsyncSession, row: MaintenanceWindow, *, at: datetime, by: str | None, now: datetime
) -> None:
    row.ended_at, row.ended_by, row.due_at = at, by, None
    if row.began_at is not None:
        await _note(session, row, "over", by=by, now=now)
    tell(session, row, now=now)


async def count_silenced(session: AsyncSession, number: int, *, now: datetime) -> None:
    """One more alert rings nobody because of it."""
    count = await session.scalar(
        update(MaintenanceWindow)
        .where(MaintenanceWindow.id == number)
        .values(silenced=MaintenanceWindow.silenced + 1)
        .returning(MaintenanceWindow.silenced)
        .execution_options(synchronize_session=False)
    )
    enqueue(
        session,
        "maintenance.message",
        now=now,
        about={"window": number},
        fold=f"maintenance:{number}",
        delay=storm.refresh_after(count or 0),
    )


async def _look_again(session: AsyncSession, row: MaintenanceWindow, *, now: datetime) -> None:
    """Its end has moved: each alert that is silent is carried out anew, and rings or is silent until the new end; so is
    what a storm held back that was over in the meantime.
    """
    of = [Alert.outcome == "silenced", Alert.resolved_at.is_(None)]
    over = select(AlertStorm).where(AlertStorm.due_at.is_not(None)).with_for_update()
    if row.services:
        of.append(Alert.service.in_(row.services))
        over = over.where(AlertStorm.service.in_(row.services))
    await session.execute(
        update(Alert).where(*of).values(due_at=now).execution_options(synchronize_session=False)
    )
    for held in await session.scalars(over):
        # Later than it looks by itself whether it is over: it waits for the end of maintenance.
        if held.due_at is not None and held.last_at is not None and held.due_at > held.last_at + OVER_AFTER:
            held.due_at = now
    left_work(session)


# -- what is told --------------------------------------------------------------------------------------------------


def tell(session: AsyncSession, row: MaintenanceWindow, *, now: datetime) -> None:
    """Has its message brought up to date, and the Homes that show it."""
    refresh_homes_soon(session, now=now)
    enqueue(session, "maintenance.message", now=now, about={"window": row.id}, fold=f"maintenance:{row.id}")


async def _note(
    session: AsyncSession, row: MaintenanceWindow, what: str, *, by: str | None, now: datetime
) -> None:
    """On the timelines of the open incidents of its services, and in their channels."""
    numbers: set[int] = set()
    for service in row.services or [None]:
        numbers |= {one.id for one in await open_incidents(session, PROGRAM, service=service, limit=50)}
    said: dict[str, Any] = {
        "what": what,
        "window": row.id,
        "services": list(row.services),
        "until": row.ends_at.isoformat(),
        "text": row.reason or None,
        "silenced": row.silenced if what == "over" else None,
    }
    for number in sorted(numbers):
        incident = await locked(session, number, PROGRAM)
        entry = record(session, incident, "maintenance", now=now, by=by, **said)
        telling.post(session, incident, entry_number=entry, now=now)
