"""Figures from rows: what counts, and what never does."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.alerts.rows import Deployment
from bot.checks.rows import CheckResult
from bot.config import Config, load
from bot.core.db import Database
from bot.digests.gather import Digest, figures
from bot.digests.spans import Span, Spans, complete
from bot.incidents import lifecycle, roles, updates
from bot.incidents.declaring import Declaration, declare
from bot.paging.rows import Notification, Page
from bot.reading import digests as reading

CONFIG = load(Path(__file__).resolve().parents[2] / "app.yaml")
# A Monday; the week before is told of.
NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
MONDAY = datetime(2026, 11, 15, 23, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


async def declared(
    session: Any, at: datetime, severity: int = 0, service: str = "payments", **more: Any
) -> int:
    incident = await declare(
        session,
        Declaration(
            title="Cards are refused",
            severity=CONFIG.severities[severity],
            service=CONFIG.service(service),
            **more,
        ),
        config=CONFIG,
        by="U01ADA",
        now=at,
        responders=("U01BO", "U01CLEO"),
    )
    return incident.id


async def worked(
    db: Database, at: datetime, *, taken: timedelta, resolved: timedelta, severity: int = 0, **more: Any
) -> int:
    """An incident that bo takes, cleo tells of ten minutes later, and that ends."""
    lead = CONFIG.role("lead")
    assert lead is not None
    async with db.begin() as session:
        number = await declared(session, at, severity, **more)
    async with db.begin() as session:
        await roles.assign(session, number, lead, "U01BO", by="U01BO", now=at + taken)
    async with db.begin() as session:
        await updates.post_update(
            session, number, "We look at it", config=CONFIG, by="U01CLEO", now=at + taken + 10 * MINUTE
        )
    async with db.begin() as session:
        await lifecycle.resolve(session, number, config=CONFIG, by="U01BO", now=at + resolved)
    return number


async def told(db: Database, spans: Spans, config: Config = CONFIG, now: datetime = NOW) -> Digest:
    async with db.read() as session:
        return await figures(session, config, "weekly", spans, now=now)


WEEK = complete("weekly", NOW, CONFIG.zone)


async def test_times_effort_and_targets_of_a_week_against_the_one_before(db: Database) -> None:
    await worked(db, MONDAY, taken=10 * MINUTE, resolved=HOUR)
    await worked(db, MONDAY + 2 * DAY, taken=20 * MINUTE, resolved=3 * HOUR, service="search")
    await worked(db, MONDAY - 3 * DAY, taken=HOUR, resolved=2 * HOUR, severity=1)
    async with db.begin() as session:
        await declared(session, MONDAY + 7 * DAY - MINUTE, 2)
        await declared(session, MONDAY + 7 * DAY)  # the next week's
    found = await told(db, WEEK)
    past, before = found.past.incidents, found.before and found.before.incidents
    assert before is not None
    assert (past.count, past.unresolved, before.count) == (3, 1, 1)
    assert past.by_severity == {"SEV1": 2, "SEV3": 1}
    assert past.by_service == {"payments": 2, "search": 1}
    assert (past.mtta.count, past.mtta.mean, past.mtta.median) == (2, 900.0, 900.0)
    assert (past.mttr.count, past.mttr.mean) == (2, 7200.0)
    # bo from the tenth minute and cleo from the twentieth; then from the twentieth and the thirtieth.
    assert past.effort == ((50 + 40) + (160 + 150)) * 60
    assert [(one.severity, one.met, one.missed) for one in past.targets] == [("SEV1", 1, 1)]
    assert [(one.severity, one.met, one.missed) for one in before.targets] == [("SEV2", 1, 0)]
    assert [step.count for step in found.steps] == [0, 0, 0, 0, 0, 0, 1, 3]
    assert found.steps[-1].mtta == 900.0


async def test_private_incidents_and_drills_are_in_no_figure(db: Database) -> None:
    for kind in ("private", "drill"):
        number = await worked(db, MONDAY + HOUR, taken=MINUTE, resolved=HOUR, **{kind: True})
        async with db.begin() as session:
            await rung(session, "bo", MONDAY + HOUR, incident_id=number, **{kind: True})
    async with db.begin() as session:
        await declared(session, MONDAY + 2 * HOUR, private=True)
        await declared(session, MONDAY + 2 * HOUR, drill=True)
    found = await told(db, WEEK)
    assert found.is_empty
    assert found.past.incidents.count == found.today.open_count == 0
    assert sum(one.interruptions for one in found.load) == 0
    assert all(step.count == 0 for step in found.steps)
    for form in ("md", "html", "json", "csv"):
        said = await reading.report(db, CONFIG, MONDAY, MONDAY + 7 * DAY, form=form, now=NOW)
        assert "Cards" not in said
        assert '"declared": 0' in said if form == "json" else True


async def rung(session: Any, person: str, at: datetime, **page: Any) -> None:
    """Somebody's telephone rings for a page."""
    of = {"private": False, "drill": False, **page}
    row = Page(
        what="x", policy="default", urgency="high", created_at=at, state="resolved", resolved_at=at, **of
    )
    row.ask_after = row.again_after = 60
    session.add(row)
    await session.flush()
    session.add(
        Notification(
            page_id=row.id,
            person=person,
            via="person:bo",
            step=0,
            round=0,
            life=0,
            method="sms",
            created_at=at,
            leaves_at=at,
            accepted_at=at,
        )
    )


async def test_what_rings_within_a_minute_is_one_interruption(db: Database) -> None:
    at = MONDAY + 10 * HOUR  # at work
    async with db.begin() as session:
        for seconds in (0, 59, 119, 180):  # each within a minute of the one before, but for the last
            await rung(session, "bo", at + timedelta(seconds=seconds))
        await rung(session, "cleo", at)
        await rung(session, "cleo", at + 12 * HOUR)  # in the evening
        await rung(session, "cleo", MONDAY - DAY)  # the week before
    found = {one.person: one for one in (await told(db, WEEK)).load}
    assert (found["bo"].interruptions, found["bo"].off_hours) == (2, 0)
    assert (found["cleo"].interruptions, found["cleo"].off_hours) == (2, 1)
    assert sum(one.hours for one in found.values()) > 168  # both schedules


async def test_delivery_checks_and_a_report_in_every_format(db: Database) -> None:
    number = await worked(db, MONDAY + 2 * DAY, taken=MINUTE, resolved=HOUR)
    async with db.begin() as session:
        deployed = {"integration": "deployments", "service": "payments", "production": True, "sha": "abc"}
        for key, kind, state, committed_at in (
            ("1", "deployment", "success", None),
            ("2", "deployment", "failure", None),
            ("c", "run", "", MONDAY + DAY),
        ):
            at = MONDAY + 2 * DAY - HOUR
            session.add(
                Deployment(key=key, kind=kind, state=state, at=at, committed_at=committed_at, **deployed)
            )
        session.add(CheckResult(name="nightly-backup", at=MONDAY + DAY, span=3600, count=200, good=199))
        session.add(CheckResult(name="nightly-backup", at=MONDAY - DAY, span=3600, count=9, good=0))
    found = await told(db, WEEK)
    assert (found.past.dora.deployments, found.past.dora.failed) == (1, 1)
    assert found.past.dora.lead.median == 23 * 3600
    assert found.past.dora.restore.median == 3600
    assert [(one.name, one.runs, one.share) for one in found.uptimes] == [("nightly-backup", 200, 0.995)]

    async def report(form: str) -> str:
        return await reading.report(db, CONFIG, MONDAY, MONDAY + 7 * DAY, form=form, now=NOW)

    markdown = await report("md")
    assert "Declared: 1 (1 more): 1 SEV1" in markdown
    assert "Nightly backup: 99.50% of 200 runs" in markdown
    assert "Followed by an incident: 100% (1 of 1)" in markdown
    page = await report("html")
    assert "<li>Declared: 1 (1 more): 1 SEV1</li>" in page
    assert "http" not in page.replace("https://", "")
    data = json.loads(await report("json"))
    assert data["figures"]["mttr"] == {"count": 1, "mean": 3600.0, "median": 3600.0}
    assert data["figures"]["deployments"]["failure_rate"] == 1.0
    head, line = (await report("csv")).splitlines()
    row = dict(zip(head.split(","), line.split(","), strict=True))
    assert row == {
        "number": str(number),
        "severity": "SEV1",
        "service": "payments",
        "declared_at": "2026-11-17T23:00:00+00:00",
        "acknowledged_after": "60.0",
        "resolved_after": "3600.0",
        "detected_after": "",
        "effort": str((59 + 49) * 60.0),
        "target": "met",
    }


async def test_a_report_as_a_page_holds_its_charts(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await worked(db, MONDAY + 2 * DAY, taken=MINUTE, resolved=HOUR)

    async def page(program: str) -> str:
        monkeypatch.setattr(reading, "DRAWING", (sys.executable, "-S", "-c", program))
        return await reading.report(db, CONFIG, MONDAY - 28 * DAY, MONDAY + 7 * DAY, form="html", now=NOW)

    drawn = await page("import sys; sys.stdin.read(); sys.stdout.buffer.write(b'PNG')")
    assert '<img src="data:image/png;base64,UE5H" alt="Incidents by severity. SEV1: ' in drawn
    # Where it cannot be drawn, the words stand alone.
    plain = await page("raise SystemExit(1)")
    assert "<img" not in plain
    assert "Declared: 1" in plain


async def test_an_empty_span_is_told_too(db: Database) -> None:
    span = Span(MONDAY, MONDAY + HOUR)
    found = await told(db, Spans(span, Span(MONDAY - HOUR, MONDAY)))
    assert found.is_empty
    assert found.past.incidents.mtta.mean is None
    assert "No incident was declared" in await reading.report(
        db, CONFIG, span.start, span.end, form="md", now=NOW
    )
