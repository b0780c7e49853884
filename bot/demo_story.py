"""What the demo's company has been through, and what it watches: told by the verbs, so that it is as if it had happened."""

import math
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import lifecycle as of_alerts
from bot.alerts import windows
from bot.alerts.event import Event, Level
from bot.alerts.signals import due_signals
from bot.backlog import items
from bot.backlog.rows import FEATURE, PROCESS
from bot.checks import course
from bot.checks.course import Run
from bot.checks.evaluation import Seen
from bot.checks.rows import CheckResult
from bot.config import Config
from bot.config.schema import Check, Integration, Objective, Route
from bot.core.outbox import OutboxItem
from bot.incidents import lifecycle, paging, roles, updates
from bot.incidents.declaring import Declaration, declare
from bot.oncall.overrides import make_override
from bot.oncall.queries import who

ADA, BO, CLEO, DEV, EVE, FINN = ("U01ADA", "U01BO", "U01CLEO", "U01DEV", "U01EVE", "U01FINN")

# The monitoring tool whose alerts the visitor sends.
TOOL = "demo"
SPAN = timedelta(minutes=5)
OWN = ("checkout-page", "payments-api", "product-images")
FAILING = OWN[2]
FAILS_SINCE = timedelta(minutes=25)
BAD_MOMENT = 170


def with_monitoring(config: Config, *, page: str, bot: str) -> Config:
    """app.yaml with a tool that may send alerts, and with checks of the demo's own two addresses, one of which fails."""
    names = {service.name for service in config.services}

    def of(service: str) -> dict[str, str]:
        return {"service": service} if service in names else {}

    checks = [
        {
            "name": "checkout-page",
            "title": "Checkout page",
            **of("checkout"),
            "every": "15s",
            "http": {"url": f"{page}/", "contains": ["<title>"]},
        },
        {
            "name": "payments-api",
            "title": "Payments API",
            **of("payments"),
            "every": "15s",
            "http": {"url": f"{bot}/healthz", "json": [{"path": "alive", "equals": True}]},
        },
        {
            "name": FAILING,
            "title": "Product images",
            **of("web"),
            "every": "15s",
            "severity": "P3",
            "http": {"url": f"{bot}/images/logo.png"},
        },
    ]
    objective = {"name": "payments", **of("payments"), "check": "payments-api", "target": 99.9}
    tool = {"name": TOOL, "kind": "events_v2", **of("checkout")}
    mine = {str(check["name"]) for check in checks}
    return config.model_copy(
        update={
            "integrations": (
                *(one for one in config.integrations if one.name != TOOL),
                Integration.model_validate(tool),
            ),
            "checks": (
                *(one for one in config.checks if one.name not in mine),
                *(Check.model_validate(check) for check in checks),
            ),
            "slos": (
                *(one for one in config.slos if one.name != objective["name"]),
                Objective.model_validate(objective),
            ),
        }
    )


async def past(session: AsyncSession, config: Config, now: datetime) -> None:
    """Two incidents, and a month of alerts."""
    await _alerts_of_the_month(session, config, now)
    await _closed_incident(session, config, _morning(now - timedelta(days=6)))
    await _resolved_incident(session, config, _morning(now - timedelta(days=1)))


async def present(session: AsyncSession, config: Config, now: datetime) -> None:
    """What goes on now. `past` is committed."""
    # For what is over nobody needs private instructions, or is looked for.
    over = ("incident.instructions", "person.find")
    await session.execute(delete(OutboxItem).where(OutboxItem.kind.in_(over)))
    await _backlog(session, config, now)
    await _maintenance(session, config, now)
    await _checked(session, config, now)
    await _fires(session, config, now - timedelta(minutes=8))
    await _ada_stands_in(session, config, now)
    await _a_page_that_rings(session, config, now)


# -- on call ------------------------------------------------------------------------------------------------------


async def _ada_stands_in(session: AsyncSession, config: Config, now: datetime) -> None:
    """Ada is on call until a full hour, when the visitor sees hands change; where she is anyway, Bo is from then on."""
    hour = (now + timedelta(minutes=70)).replace(minute=0, second=0, microsecond=0)
    for schedule in config.schedules[:1]:
        is_hers = (await who(session, config, schedule.name, now)).person == "ada"
        person, start, end = ("bo", hour, hour + timedelta(hours=2)) if is_hers else ("ada", now, hour)
        if config.person(person) is not None:
            await make_override(
                session,
                config=config,
                schedule=schedule.name,
                person=person,
                starts_at=start,
                ends_at=end,
                by=EVE,
                now=now,
                reason="Dentist",
            )


async def _a_page_that_rings(session: AsyncSession, config: Config, now: datetime) -> None:
    if config.person("ada") is not None:
        words = "Three customers cannot pay with their cards. Is it us?"
        await paging.page_directly(session, "person:ada", words, config=config, by=EVE, now=now)


# -- alerts and checks --------------------------------------------------------------------------------------------


async def _alerts_of_the_month(session: AsyncSession, config: Config, now: datetime) -> None:
    """What the alert review is about: one that rings at night for nothing, and one on which somebody acts."""
    if not config.escalation_policies:
        return
    rings = config.model_copy(update={"routes": (Route(name="rings", to="page"),)})
    for day in (24, 17, 12, 10, 3):
        at = (now - timedelta(days=day)).replace(hour=2, minute=31)
        await _fired(session, rings, _event("disk-search-1", "Disk of search-1 is 91 % full", "search"), at)
    for day in (20, 9):
        at = _morning(now - timedelta(days=day))
        declined = _event("declined", "Card payments are declined more often than usual", "payments")
        await _fired(session, rings, declined, at, acknowledged=CLEO)


async def _fired(
    session: AsyncSession, config: Config, event: Event, at: datetime, *, acknowledged: str | None = None
) -> None:
    alert, _ = await of_alerts.trigger(session, TOOL, event, config=config, now=at)
    if acknowledged is not None and alert is not None and alert.page_id is not None:
        after = at + timedelta(minutes=2)
        await paging.acknowledge(session, alert.page_id, config=config, by=acknowledged, now=after)
    await of_alerts.resolve(session, TOOL, event, config=config, now=at + timedelta(minutes=14))


async def _fires(session: AsyncSession, config: Config, at: datetime) -> None:
    event = _event("slow", "Card payments take 4 s, twice as long as usual", "payments")
    await of_alerts.trigger(session, TOOL, event, config=config, now=at)


def _event(key: str, title: str, service: str, level: Level = "warning") -> Event:
    return Event("trigger", key, title, level=level, source=f"{service}-1", service=service)


async def _checked(session: AsyncSession, config: Config, now: datetime) -> None:
    """A day of results, and a check that has begun to fail."""
    failed_at = now - FAILS_SINCE
    for check in config.checks:
        if check.name in OWN:
            fails_from = failed_at if check.name == FAILING else now
            await session.execute(insert(CheckResult), list(_day(check, now, fails_from)))
        elif check.heartbeat is not None:
            await course.hear(session, check.name, "success", note="", now=now - timedelta(minutes=1))
    watched = course.watched(config)
    await course.expect_checks(session, config, now=failed_at)
    for run in range(3):
        at = failed_at + run * timedelta(seconds=15)
        claimed = await course.claim(session, before=now, now=at, until=now, worker=TOOL, limit=100)
        seen = {name: Seen(True, "status 200 to 299", "200", latency_ms=30.0) for name in OWN}
        seen[FAILING] = Seen(False, "status 200 to 299", "status 404", latency_ms=3.0)
        runs = [Run(one, at, seen[one.name]) for one in claimed if one.name in seen]
        await course.write(session, runs, watched, worker=TOOL, now=at)
        await course.release_claims_of_the_dead(session)
    await session.flush()
    for signal in await due_signals(session, now=now, limit=10):
        await of_alerts.take_in(session, signal, config=config, now=failed_at + timedelta(seconds=30))


def _day(check: Check, now: datetime, fails_from: datetime) -> Iterator[dict[str, Any]]:
    """Spans of five minutes: a day that is busier than its night, with one run that failed."""
    chance = random.Random(check.name)  # noqa: S311 - the same picture each time
    runs = int(SPAN / check.every)
    for number in range(int(timedelta(days=1) / SPAN)):
        at = now - timedelta(days=1) + number * SPAN
        is_over = at >= fails_from
        busy = 1 + math.cos((at.hour + at.minute / 60 - 13) / 12 * math.pi)
        latency = 3.0 if is_over else round(40 + 45 * busy + chance.expovariate(1 / 12), 1)
        bad = runs if is_over else int(number == BAD_MOMENT)
        yield {
            "name": check.name,
            "at": at,
            "span": int(SPAN.total_seconds()),
            "count": runs,
            "good": runs - bad,
            "latency_ms": latency,
            "p95_ms": latency * 1.4,
            "seen": ("status 404" if is_over else "no answer within 10 s") if bad else None,
        }


# -- between incidents --------------------------------------------------------------------------------------------


async def _backlog(session: AsyncSession, config: Config, now: datetime) -> None:
    wanted = (
        ("Retry a card payment with the second processor", FEATURE, "payments", CLEO, 5),
        ("Practise a restore of the accounts database", PROCESS, "accounts", FINN, 2),
    )
    for title, kind, service, by, days in wanted:
        known = config.service(service)
        item, _ = await items.add(
            session,
            title=title,
            kind=kind,
            service=known.name if known is not None else None,
            by=by,
            now=now - timedelta(days=days),
        )
        if by == CLEO:
            items.plan(item, by=by, now=now - timedelta(days=days - 1))


async def _maintenance(session: AsyncSession, config: Config, now: datetime) -> None:
    """Announced for tomorrow night."""
    service = config.service("accounts")
    if service is not None:
        start = (now.astimezone(config.zone) + timedelta(days=1)).replace(
            hour=22, minute=0, second=0, microsecond=0
        )
        await windows.start(
            session,
            config=config,
            services=[service.name],
            starts_at=start,
            ends_at=start + timedelta(hours=2),
            by=FINN,
            now=now - timedelta(hours=1),
            reason="New certificates",
        )


# -- incidents ----------------------------------------------------------------------------------------------------


def _morning(day: datetime) -> datetime:
    return day.replace(hour=8, minute=12, second=20, microsecond=0)


async def _closed_incident(session: Any, config: Config, start: datetime) -> None:
    def after(minutes: float) -> datetime:
        return start + timedelta(minutes=minutes)

    incident = await declare(
        session,
        Declaration(
            title="Card payments fail for some customers",
            severity=config.severities[0],
            service=config.service("payments"),
            summary="About one in five card payments is declined. Invoices are not affected.",
        ),
        config=config,
        responders=[CLEO, DEV],
        by=EVE,
        now=start,
    )
    number = incident.id
    for status in (await paging.paging_now(session, incident, config=config, now=after(1))).pages:
        await paging.acknowledge(session, status.page.id, config=config, by=CLEO, now=after(1))
    lead, comms = config.role("lead"), config.role("comms")
    if lead and comms:
        await roles.assign(session, number, lead, CLEO, by=CLEO, now=after(2))
        await roles.assign(session, number, comms, EVE, by=CLEO, now=after(4))
    await updates.post_update(
        session,
        number,
        "One of two card processors answers slowly. We send everything to the other one.",
        impact="20 % of card payments",
        config=config,
        by=EVE,
        now=after(11),
    )
    await lifecycle.set_status(
        session,
        number,
        config.active_statuses[-1],
        config=config,
        by=CLEO,
        now=after(16),
        text="The processor has an outage of its own",
    )
    await updates.note(
        session, number, "Routing switched to the second processor for all cards", by=DEV, now=after(19)
    )
    await lifecycle.resolve(
        session, number, config=config, by=CLEO, now=after(42), text="All payments go through again"
    )
    await lifecycle.close(
        session, number, config=config, by=CLEO, now=after(3000), text="Reviewed; the switch is automatic now"
    )


async def _resolved_incident(session: Any, config: Config, start: datetime) -> None:
    def after(minutes: float) -> datetime:
        return start + timedelta(minutes=minutes)

    incident = await declare(
        session,
        Declaration(
            title="Search shows yesterday's prices",
            severity=config.severities[min(2, len(config.severities) - 1)],
            service=config.service("search"),
            summary="The nightly rebuild of the index did not run.",
        ),
        config=config,
        responders=[FINN],
        by=FINN,
        now=start,
    )
    lead = config.role("lead")
    if lead:
        await roles.assign(session, incident.id, lead, FINN, by=FINN, now=after(1))
    await updates.post_update(
        session,
        incident.id,
        "Rebuild started by hand, done in about an hour.",
        impact="Prices changed since yesterday are shown wrong",
        config=config,
        by=FINN,
        now=after(9),
    )
    await lifecycle.resolve(
        session, incident.id, config=config, by=FINN, now=after(71), text="The index is current again"
    )
