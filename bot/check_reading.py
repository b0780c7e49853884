"""What `tocsin check` tells: runs of checks, here and now, and how they stand in the database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

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


async def listed(config: Config, settings: Settings, db: Database | None, names: Sequence[str]) -> list[Json]:
    """How these checks stand by the database, with the addresses of heartbeats. Raises NotFound."""
    checks = chosen(config, names)
    states: dict[str, Any] = {}
    uptime: dict[str, float] = {}
    if db is not None:
        async with db.read() as session:
            found = await standings(session, now=Clock().now())
        states, uptime = found.states, found.uptime
    return [_standing(check, settings, states.get(check.name), uptime.get(check.name)) for check in checks]


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
