"""What `tocsin check` tells: runs of checks, here and now, and how they stand in the database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bot.alerts.windows import Standing, planned
from bot.alerts.windows import standings as maintenance_standings
from bot.checks import course, probes
from bot.checks.evaluation import judge
from bot.checks.heartbeats import Heard
from bot.checks.keys import ping_key
from bot.checks.probes.reach import Surroundings, http_session
from bot.checks.queries import chosen, standings
from bot.config import Config, Settings
from bot.config.sections.checks import Check, check_variables
from bot.core.addresses import is_forbidden
from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.signer import Signer

Json = dict[str, Any]

AT_ONCE = 20
HOUR = timedelta(hours=1)


async def run(config: Config, settings: Settings, db: Database | None, names: Sequence[str]) -> list[Json]:
    """Runs these checks once, in this process; writes nothing. Raises NotFound."""
    checks = chosen(config, names)
    clock = Clock()
    now = clock.now()
    heard = await _heard(db, [check.name for check in checks if check.heartbeat is not None])
    gate = asyncio.Semaphore(AT_ONCE)
    async with http_session(is_forbidden) as http:
        around = Surroundings(
            now=now,
            zone=config.zone,
            folder=settings.config.parent,
            secrets=settings.links(check_variables(config.checks)),
            clock=clock,
            http=http,
        )

        async def one(check: Check) -> Json:
            async with gate:
                seen = await probes.run(check, around.at(now, heard.get(check.name)))
            verdict = judge(check, seen)
            return {
                "check": check.name,
                "service": check.service,
                "ok": verdict.ok,
                "severity": verdict.severity,
                "expected": verdict.expected,
                "seen": verdict.seen,
                "latency_ms": None if seen.latency_ms is None else round(seen.latency_ms, 1),
                "value": seen.value,
                "output": seen.output,
            }

        return list(await asyncio.gather(*(one(check) for check in checks)))


async def _heard(db: Database | None, names: Sequence[str]) -> dict[str, Heard]:
    if db is None or not names:
        return {}
    async with db.read() as session:
        return await course.heard(session, names)


async def listed(config: Config, settings: Settings, db: Database | None, names: Sequence[str]) -> Json:
    """How these checks stand by the database, with the addresses of heartbeats, and the maintenance of their services.

    Raises NotFound.
    """
    checks = chosen(config, names)
    states: dict[str, Any] = {}
    uptime: dict[str, float] = {}
    now = Clock().now()
    if db is not None:
        async with db.read() as session:
            found = await standings(session, now=now)
            silent = await maintenance_standings(session, config, now=now)
        states, uptime = found.states, found.uptime
    else:
        silent = planned(config, now=now)
    services = {check.service for check in checks}
    return {
        "checks": [
            _standing(check, settings, states.get(check.name), uptime.get(check.name)) for check in checks
        ],
        "maintenance": [
            _maintenance(one)
            for one in silent
            if not names or any(one.plan.covers(service) for service in services)
        ],
    }


def _maintenance(one: Standing) -> Json:
    row, budget = one.row, one.plan.budget
    return {
        "name": one.plan.name,
        "services": list(one.plan.services),
        "running": one.is_running,
        "starts_at": one.window.start.isoformat(),
        "ends_at": one.window.end.isoformat(),
        "reason": row.reason if row is not None else "",
        "silenced": row.silenced if row is not None else None,
        "hours_used": None if row is not None else round(one.used / HOUR, 2),
        "hours_budget": None if budget is None else budget / HOUR,
    }


def maintenance_line(one: Json) -> str:
    """Maintenance on a terminal."""
    state = "runs" if one["running"] else "planned"
    services = ", ".join(one["services"]) or "all services"
    used = ""
    if one["hours_budget"] is not None:
        used = f"  {one['hours_used']:g} of {one['hours_budget']:g} h this month"
    counted = f"  {one['silenced']} silenced" if one["silenced"] else ""
    why = f"  {one['reason']}" if one["reason"] else ""
    times = f"{one['starts_at'][:16]} to {one['ends_at'][:16]} UTC"
    return f"maintenance {one['name']:<12} {state:<10} {times}  {services}{used}{counted}{why}"


def _standing(check: Check, settings: Settings, state: Any, uptime: float | None) -> Json:
    known = state is not None and state.ran_at is not None
    return {
        "check": check.name,
        "kind": check.kind,
        "service": check.service,
        "state": state.state if state is not None else "unknown",
        "severity": state.severity if state is not None else None,
        "since": state.since_at.isoformat() if known and state.since_at else None,
        "ran_at": state.ran_at.isoformat() if known else None,
        "seen": state.seen if known else None,
        "expected": state.expected if known else None,
        "uptime_day": None if uptime is None else round(uptime, 5),
        "ping": ping_path(check, settings),
    }


def ping_path(check: Check, settings: Settings) -> str | None:
    """Where its heartbeat is told; None for other kinds, and without a key to derive from."""
    keys = settings.link_keys
    if check.heartbeat is None or not keys:
        return None
    return f"{settings.public_url or ''}/ping/{ping_key(Signer(keys), check.name)}"


def run_line(one: Json) -> str:
    """A run on a terminal."""
    mark = "ok  " if one["ok"] else f"{one['severity']}  "
    latency = "" if one["latency_ms"] is None else f"  {one['latency_ms']:g} ms"
    expected = "" if one["ok"] else f" (expected: {one['expected']})"
    return f"{mark} {one['check']:<24} {one['seen']}{expected}{latency}"


def list_line(one: Json) -> str:
    """A check on a terminal."""
    uptime = "" if one["uptime_day"] is None else f"  {one['uptime_day']:.2%} of the day"
    since = f" since {one['since'][:16]}" if one["since"] else ""
    seen = f"  {one['seen']}" if one["seen"] else ""
    ping = f"\n{'':<4}POST {one['ping']}" if one["ping"] else ""
    return f"{one['check']:<24} {one['kind']:<10} {one['state']}{since}{uptime}{seen}{ping}"
