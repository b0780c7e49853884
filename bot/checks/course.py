"""What a check goes through: it is expected, claimed when it is due, and what came of it is written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from bot.alerts.event import LONGEST_KEY, LONGEST_TITLE, OWN_CHECKS, Event
from bot.alerts.intake import accept
from bot.checks.evaluation import FAILING, LEVELS, Decision, Seen, Standing, Verdict, decide, judge, p95
from bot.checks.heartbeats import Heard, Ping
from bot.checks.rows import CheckResult, CheckState, Heartbeat
from bot.config import Config
from bot.config.sections.checks import Check, Objective
from bot.core.db import insert_missing, left_work
from bot.core.texts import storable
from bot.incidents.homes import refresh_homes_soon

# An objective is looked at so often; its state stands beside those of checks, under a name that no check can have.
OBJECTIVE_EVERY = timedelta(minutes=1)
OBJECTIVE = "slo:"
LONGEST_SEEN = 300
LONGEST_NOTE = 2000

Watched = Check | Objective


@dataclass(frozen=True)
class Claimed:
    """A check that this process runs; `due_at` is when it should."""

    name: str
    due_at: datetime


@dataclass(frozen=True)
class Run:
    """A run and what it found; `figures` are an objective's."""

    claimed: Claimed
    at: datetime
    seen: Seen
    figures: dict[str, Any] | None = None


def watched(config: Config) -> dict[str, Watched]:
    """All that has a state, by the name of it."""
    found: dict[str, Watched] = {check.name: check for check in config.checks}
    return found | {OBJECTIVE + slo.name: slo for slo in config.slos}


def rhythm(one: Watched) -> timedelta:
    """How often it runs."""
    return one.every if isinstance(one, Check) else OBJECTIVE_EVERY


def next_run(name: str, every: timedelta, *, after: datetime) -> datetime:
    """The next moment of its rhythm after `after`: always the same ones, and not those of all others."""
    length = every.total_seconds()
    phase = int.from_bytes(hashlib.sha256(name.encode()).digest()[:6]) / 2**48 * length
    elapsed = (after.timestamp() - phase) % length
    return after + timedelta(seconds=length - elapsed)


async def expect_checks(session: AsyncSession, config: Config, *, now: datetime) -> None:
    """Makes the rows of checks that app.yaml has, and ends what it has no more."""
    wanted = watched(config)
    known = {state.name: state for state in await session.scalars(select(CheckState))}
    fresh = [
        {"name": name, "known_at": now, "next_at": next_run(name, rhythm(one), after=now), **_BLANK}
        for name, one in wanted.items()
        if name not in known
    ]
    await insert_missing(session, CheckState, fresh)
    for name, state in known.items():
        if name not in wanted:
            if state.alerting:
                _resolve(session, state, "it is not in app.yaml any more", now=now)
            await session.delete(state)
            await session.execute(delete(Heartbeat).where(Heartbeat.name == name))
        elif state.next_at > now + rhythm(wanted[name]):  # it runs more often now
            state.next_at = next_run(name, rhythm(wanted[name]), after=now)


_BLANK = {
    "state": "unknown",
    "failures": 0,
    "successes": 0,
    "alerting": False,
    "expected": "",
    "seen": "",
    "output": "",
}


async def is_any_due(session: AsyncSession, *, before: datetime, now: datetime) -> bool:
    """Whether a check is due by then that nobody runs."""
    return (
        await session.scalar(
            select(CheckState.name)
            .where(CheckState.next_at <= before, _free(now))
            .order_by(CheckState.next_at)
            .limit(1)
        )
        is not None
    )


async def claim(
    session: AsyncSession, *, before: datetime, now: datetime, until: datetime, worker: str, limit: int
) -> list[Claimed]:
    """Takes up to `limit` checks that are due by then, the longest overdue first, until the lease ends."""
    ready = (
        select(CheckState.name)
        .where(CheckState.next_at <= before, _free(now))
        .order_by(CheckState.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = await session.execute(
        update(CheckState)
        .where(CheckState.name.in_(ready.scalar_subquery()))
        .values(claimed_until=until, claimed_by=worker)
        .returning(CheckState.name, CheckState.next_at)
        .execution_options(synchronize_session=False)
    )
    return [Claimed(name, due_at) for name, due_at in taken]


def _free(now: datetime) -> Any:
    return or_(CheckState.claimed_until.is_(None), CheckState.claimed_until <= now)


async def release_claims_of_the_dead(session: AsyncSession) -> None:
    """At the start of the only process there is (SQLite): who ran a check is no more."""
    await session.execute(
        update(CheckState)
        .where(CheckState.claimed_until.is_not(None))
        .values(claimed_until=None, claimed_by=None)
        .execution_options(synchronize_session=False)
    )


async def heard(session: AsyncSession, names: Sequence[str]) -> dict[str, Heard]:
    """What was heard of these heartbeats."""
    rows = {
        row.name: row for row in await session.scalars(select(Heartbeat).where(Heartbeat.name.in_(names)))
    }
    known = await session.execute(
        select(CheckState.name, CheckState.known_at).where(CheckState.name.in_(names))
    )
    found = {}
    for name, known_at in known:
        row = rows.get(name)
        found[name] = (
            Heard(known_at)
            if row is None
            else Heard(known_at, row.started_at, row.succeeded_at, row.failed_at, row.note)
        )
    return found


async def hear(session: AsyncSession, name: str, kind: Ping, *, note: str, now: datetime) -> None:
    """A heartbeat says that it begins, lives or failed; its check looks at once."""
    await insert_missing(session, Heartbeat, [{"name": name, "note": ""}])
    row = await session.get_one(Heartbeat, name, with_for_update=True)
    if kind == "start":
        row.started_at = now
    elif kind == "success":
        row.succeeded_at = now
    else:
        row.failed_at = now
    row.note = storable(note)[:LONGEST_NOTE]
    await ask_now(session, [name], now=now)


async def ask_now(session: AsyncSession, names: Sequence[str], *, now: datetime) -> None:
    """Has these checks run at once."""
    await session.execute(
        update(CheckState)
        .where(
            CheckState.name.in_(_locked(names)),
            # One that runs just now runs again: it may have begun before what should be seen.
            or_(CheckState.next_at > now, CheckState.claimed_until.is_not(None)),
        )
        .values(next_at=now)
        .execution_options(synchronize_session=False)
    )
    left_work(session)


async def silence(session: AsyncSession, names: Sequence[str], *, until: datetime, by: str | None) -> None:
    """Has these checks raise no alert until then. An alert that is open stays, and its end is told."""
    await session.execute(
        update(CheckState)
        .where(CheckState.name.in_(_locked(names)))
        .values(silenced_until=until, silenced_by=by)
        .execution_options(synchronize_session=False)
    )


def _locked(names: Sequence[str]) -> Any:
    """Locked in the order of `write`: two who want the same rows must not wait for each other."""
    found = select(CheckState.name).where(CheckState.name.in_(names)).order_by(CheckState.name)
    return found.with_for_update().scalar_subquery()


async def write(
    session: AsyncSession, runs: Sequence[Run], wanted: Mapping[str, Watched], *, worker: str, now: datetime
) -> None:
    """Writes what runs found: results, states, and the signals that follow, in one transaction.

    A run whose claim is somebody else's by now is dropped: what they find out counts.
    """
    by_name = {run.claimed.name: run for run in runs}
    states = await session.scalars(
        select(CheckState)
        .where(CheckState.name.in_(by_name), CheckState.claimed_by == worker)
        .order_by(CheckState.name)
        .with_for_update()
    )
    mine = {state.name: state for state in states if state.name in wanted}
    slow = await _percentiles(session, [by_name[name] for name in mine], wanted)
    results, changed = [], []
    for name, state in mine.items():
        run, one = by_name[name], wanted[name]
        verdict = _verdict(one, run, slow.get(name))
        before = Standing(state.state, state.severity, state.failures, state.successes, state.since_at)  # type: ignore[arg-type]
        if not run.seen.known:
            unknown = Decision(before, "none", "nothing could be found out")
            changed.append(_changes(state, one, run, verdict, unknown, state.alerting))
            continue
        decision = decide(
            before,
            verdict,
            opens_after=one.opens_after if isinstance(one, Check) else 1,
            closes_after=one.closes_after if isinstance(one, Check) else 1,
            at=run.at,
        )
        alerting = _signal(session, state, one, run, verdict, decision, now=now)
        changed.append(_changes(state, one, run, verdict, decision, alerting))
        if isinstance(one, Check):
            results.append(_result(run, verdict))
        if decision.act != "none":
            refresh_homes_soon(session, now=now)
    if changed:
        await session.run_sync(_write_all, changed, results)


def _write_all(session: Session, changed: list[dict[str, Any]], results: list[dict[str, Any]]) -> None:
    # Two statements for hundreds of rows; the ORM would look at each of them.
    connection = session.connection()
    connection.execute(_CHANGE, changed)
    if results:
        connection.execute(insert(CheckResult.__table__), results)  # type: ignore[arg-type]


def _verdict(one: Watched, run: Run, p95_ms: float | None) -> Verdict:
    if isinstance(one, Check):
        return judge(one, run.seen, p95_ms=p95_ms)
    seen = run.seen
    reason = "within the budget" if seen.ok else "burns too fast"
    return Verdict(seen.ok, None if seen.ok else one.severity, seen.expected, seen.seen, reason)


_CHANGE = (
    update(CheckState.__table__)  # type: ignore[arg-type]
    .where(CheckState.__table__.c.name == bindparam("b_name"))
    .values(
        {
            key: bindparam(f"b_{key}")
            for key in (
                *("next_at", "claimed_until", "claimed_by", "state", "severity", "failures", "successes"),
                *("since_at", "alerting", "ran_at", "ok", "expected", "seen", "latency_ms", "value"),
                *("output", "figures"),
            )
        }
    )
)


def _changes(
    state: CheckState,
    one: Watched,
    run: Run,
    verdict: Verdict,
    decision: Decision,
    alerting: bool,
) -> dict[str, Any]:
    after, seen = decision.standing, run.seen
    next_at = state.next_at
    if next_at == run.claimed.due_at:  # else somebody asked for another run while this one was under way
        next_at = next_run(state.name, rhythm(one), after=_done_until(run, rhythm(one)))
    values = {
        "name": state.name,
        "next_at": next_at,
        "claimed_until": None,
        "claimed_by": None,
        "state": after.state,
        "severity": after.severity,
        "failures": after.failures,
        "successes": after.successes,
        "since_at": after.since,
        "alerting": alerting,
        "ran_at": run.at,
        "ok": verdict.ok if seen.known else state.ok,
        "expected": _short(verdict.expected),
        "seen": _short(verdict.seen),
        "latency_ms": seen.latency_ms,
        "value": seen.value,
        "output": seen.output,
        "figures": run.figures,
    }
    return {f"b_{key}": value for key, value in values.items()}


def _done_until(run: Run, every: timedelta) -> datetime:
    """A run that began a moment before its time was the one of that time."""
    return max(run.at, run.claimed.due_at + every / 10)


def _result(run: Run, verdict: Verdict) -> dict[str, Any]:
    return {
        "name": run.claimed.name,
        "at": run.at,
        "span": 0,
        "count": 1,
        "good": int(verdict.ok),
        "latency_ms": run.seen.latency_ms,
        "p95_ms": run.seen.latency_ms,
        "seen": None if verdict.ok else _short(verdict.seen),
    }


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SEEN else text[: LONGEST_SEEN - 1] + "…"


async def _percentiles(
    session: AsyncSession, runs: Sequence[Run], wanted: Mapping[str, Watched]
) -> dict[str, float]:
    """The p95 of each check that has a limit for it, this run among the others of its window."""
    found: dict[str, float] = {}
    for run in runs:
        one = wanted[run.claimed.name]
        if isinstance(one, Check) and one.p95 is not None:
            kept = await session.scalars(
                select(CheckResult.latency_ms).where(
                    CheckResult.name == one.name,
                    CheckResult.at > run.at - one.p95.over,
                    CheckResult.latency_ms.is_not(None),
                )
            )
            latencies = [value for value in kept if value is not None]
            latencies += [] if run.seen.latency_ms is None else [run.seen.latency_ms]
            slow = p95(latencies)
            if slow is not None:
                found[one.name] = slow
    return found


# -- signals ------------------------------------------------------------------------------------------------------


def _signal(
    session: AsyncSession,
    state: CheckState,
    one: Watched,
    run: Run,
    verdict: Verdict,
    decision: Decision,
    *,
    now: datetime,
) -> bool:
    """Raises or ends the alert; returns whether it is raised now."""
    if decision.act == "closes":
        if state.alerting:
            _resolve(session, state, decision.reason, now=now, one=one, seen=verdict.seen)
        return False
    if decision.standing.state != FAILING:
        return state.alerting
    silenced = state.silenced_until is not None and state.silenced_until > now
    if decision.act == "none" and (state.alerting or verdict.ok):
        return state.alerting
    if silenced and not state.alerting:
        return False
    accept(session, OWN_CHECKS, _event(state, one, run, verdict, decision), now=now)
    return True


def _event(state: CheckState, one: Watched, run: Run, verdict: Verdict, decision: Decision) -> Event:
    severity = decision.standing.severity or "P2"
    kind = one.kind if isinstance(one, Check) else "slo"
    details: dict[str, Any] = {
        "expected": verdict.expected,
        "seen": verdict.seen,
        "reason": decision.reason,
        "failing_since": decision.standing.since.isoformat() if decision.standing.since else None,
        "failures": decision.standing.failures,
        "latency_ms": None if run.seen.latency_ms is None else round(run.seen.latency_ms, 1),
        "output": run.seen.output[-2000:],
        **(run.figures or {}),
    }
    return Event(
        action="trigger",
        key=key_of(state.name),
        title=f"{one.shown_name}: {verdict.seen}"[:LONGEST_TITLE],
        level=LEVELS[severity],
        source=state.name,
        service=one.service,
        labels={"check": state.name, "kind": kind, "severity": severity},
        details={key: value for key, value in details.items() if value not in (None, "")},
        occurred_at=run.at,
    )


def key_of(name: str) -> str:
    """What tells its alert apart: "check:NAME", "slo:NAME"."""
    return (name if name.startswith(OBJECTIVE) else f"check:{name}")[:LONGEST_KEY]


def _resolve(
    session: AsyncSession,
    state: CheckState,
    reason: str,
    *,
    now: datetime,
    one: Watched | None = None,
    seen: str = "",
) -> None:
    details = {"reason": reason} | ({"seen": seen} if seen else {})
    accept(
        session,
        OWN_CHECKS,
        Event(
            action="resolve",
            key=key_of(state.name),
            title=f"{one.shown_name if one else state.name}: as expected again",
            source=state.name,
            service=one.service if one else None,
            details=details,
            occurred_at=now,
        ),
        now=now,
    )
