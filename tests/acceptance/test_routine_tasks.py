"""Routine tasks: they come at their time, are done or not, and what was done can be shown."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.db import Database
from bot.routine.evidence import broken, evidence_of
from bot.routine.task_rows import Evidence, RoutineOccurrence
from tests.acceptance.kit import messages
from tests.acceptance.office import Office, said
from tests.acceptance.routine import daily, routine

RESTORE: dict[str, Any] = {
    "name": "restore-tested",
    "title": "Restore tested",
    "description": "Restore last night's backup into the test database.",
    "checklist": ["Restored", "Row counts compared"],
    "people": ["bo", "cleo"],
    "due_within": "4h",
}
HEALTH: dict[str, Any] = {"name": "system-health", "title": "Health of the system", "owner": "ada"}


async def evidence(office: Office) -> list[tuple[str, str | None]]:
    async with office.app.bot.db.read() as session:
        assert await broken(session) == []
        return [(row.kind, row.by) for row in await evidence_of(session)]


@asynccontextmanager
async def office_rows(office: Office) -> AsyncIterator[AsyncSession]:
    """The database while no bot runs."""
    db = Database(office.database_url)
    try:
        async with db.begin() as session:
            yield session
    finally:
        await db.close()


async def threads(office: Office) -> str:
    place = (await office.channel("incidents"))["id"]
    found = []
    for message in await messages(office, place):
        found += await messages(office, place, message["ts"])
    return "\n".join(said(one) for one in found)


async def routine_messages(office: Office) -> list[str]:
    found = await office.ada.messages("incidents")
    return [said(message) for message in found if "*Routine* of" in said(message)]


async def test_tasks_of_one_minute_come_in_one_message_and_are_done(database_url: str) -> None:
    cadence = daily(2)
    async with routine(
        database_url, {**RESTORE, "cadence": cadence}, {**HEALTH, "cadence": cadence}
    ) as office:
        assert "Nothing of the routine is to be done" in await office.ada.types("/ops tasks")
        assert await routine_messages(office) == []
        await office.passes(hours=2)
        (message,) = await routine_messages(office)
        assert "2 of 2 to be done" in message
        assert f"*#1* Restore tested · {office.bo.shown}" in message
        assert "Restore last night's backup" in message
        # Who has it must tick all points first.
        await office.bo.clicks("Done", channel="incidents")
        assert "2 points are not ticked yet" in await office.bo.is_told("incidents")
        await office.bo.clicks("task.tick", channel="incidents", value=["0"])
        await office.cleo.clicks("task.tick", channel="incidents", value=["0", "1"])
        await office.bo.clicks("Done", channel="incidents")
        (message,) = await routine_messages(office)
        assert "1 of 2 to be done" in message
        assert f":white_check_mark: *#1* Restore tested · done by {office.bo.shown}" in message
        await office.ada.clicks("Done", channel="incidents")
        assert "all closed" in (await routine_messages(office))[0]
        by = {office.bo.id: "bo", office.cleo.id: "cleo", office.ada.id: "ada", None: None}
        assert [(kind, by[who]) for kind, who in await evidence(office)] == [
            ("opened", None),
            ("opened", None),
            ("ticked", "bo"),
            ("ticked", "cleo"),
            ("done", "bo"),
            ("done", "ada"),
        ]
        # The next day it is the turn of the next one.
        await office.passes(hours=24)
        newest = (await routine_messages(office))[-1]
        assert f"*#3* Restore tested · {office.cleo.shown}" in newest


async def test_what_is_overdue_is_reminded_of_and_missed_when_the_next_one_comes(database_url: str) -> None:
    async with routine(database_url, {**RESTORE, "checklist": [], "cadence": daily(2)}) as office:
        await office.passes(hours=2)
        await office.passes(hours=4)
        assert "*overdue*" in (await routine_messages(office))[0]
        told = await threads(office)
        assert ":alarm_clock: Overdue" in told
        assert office.bo.shown in told
        assert "1 task of the routine overdue" in await office.ada.types("/ops tasks overdue")
        await office.passes(hours=20)
        first, second = await routine_messages(office)
        assert "missed: nobody did it before the next one came" in first
        assert "*#2* Restore tested" in second
        assert [kind for kind, _ in await evidence(office)] == ["opened", "overdue", "missed", "opened"]
        assert "#1 is missed already" in await office.bo.types("/ops tasks done 1")


async def test_it_is_skipped_with_a_reason_or_handed_over(database_url: str) -> None:
    async with routine(database_url, {**RESTORE, "checklist": [], "cadence": daily(2)}) as office:
        await office.passes(hours=2)
        home = said(await office.bo.home())
        assert "Your tasks of the routine" in home
        assert "Restore tested" in home
        assert "Your tasks" not in said(await office.eve.home())
        await office.bo.clicks_at_home("Show")
        await office.bo.clicks("Hand over …")
        await office.bo.submits(person=office.eve.id)
        assert f"{office.bo.shown} handed you a task" in said(await office.eve.direct_messages())
        assert "Your tasks" not in said(await office.bo.home())
        assert "Restore tested" in said(await office.eve.home())
        await office.eve.clicks("Skip …", channel="incidents")
        assert await office.eve.submits(reason="   ") != {}
        await office.eve.submits(reason="The database is being replaced")
        (message,) = await routine_messages(office)
        assert f"skipped by {office.eve.shown}" in message
        assert "The database is being replaced" in message
        shown = await office.ada.types("/ops evidence restore-tested")
        assert f"{office.bo.shown} handed it to eve" in shown
        assert "The database is being replaced" in shown
        assert "Did you mean `/ops evidence restore-tested`" in await office.ada.types(
            "/ops evidence restore-testd"
        )
        assert "Nothing was recorded in this time" in await office.ada.types(
            "/ops evidence 2020-01-01 2020-12-31"
        )


async def test_a_command_is_the_answer_and_its_output_is_kept(database_url: str) -> None:
    good = {"argv": [sys.executable, "-c", "print('3 backups, newest 4 h old')"], "contains": "3 backups"}
    bad = {"argv": [sys.executable, "-c", "print('disk is gone'); raise SystemExit(3)"]}
    cadence = daily(2)
    async with routine(
        database_url,
        {"name": "good", "title": "Backups verified", "cadence": cadence, "command": good},
        {"name": "bad", "title": "Disks verified", "cadence": cadence, "command": bad},
    ) as office:
        await office.passes(hours=2)
        (message,) = await routine_messages(office)
        assert "Backups verified · done by its command" in message
        assert "Its command says: status 3: disk is gone" in message
        assert "3 backups, newest 4 h old" in await threads(office)
        await office.ada.clicks("Run again", channel="incidents")
        assert (await threads(office)).count("```disk is gone```") == 2
        rows = await _rows(office)
        done = next(row for row in rows if row.kind == "done")
        assert (done.data["how"], done.data["output"]) == ("command", "3 backups, newest 4 h old")
        assert [row.data["output"] for row in rows if row.kind == "failed"] == ["disk is gone"] * 2
        # A person can say more than the command does, and the evidence tells them apart.
        await office.ada.clicks("Done", channel="incidents")
        assert (await _rows(office))[-1].data["how"] == "confirmation"


async def test_a_command_whose_process_is_gone_is_told_and_runs_again_only_when_somebody_says_so(
    database_url: str,
) -> None:
    bad = {"argv": [sys.executable, "-c", "print('disk is gone'); raise SystemExit(3)"]}
    async with routine(
        database_url, {"name": "bad", "title": "Disks verified", "cadence": daily(2), "command": bad}
    ) as office:
        await office.passes(hours=2)
        await office.stop_bot()
        async with office_rows(
            office
        ) as session:  # somebody has clicked, and the process that ran it has died
            row = await session.get_one(RoutineOccurrence, 1)
            row.run_by, row.run_at = "gone", office.clock.now() + timedelta(seconds=90)
        await office.start_bot()
        await office.passes(minutes=2)
        assert "broken off: Tocsin stopped while it ran" in await threads(office)
        assert "Its command says: broken off" in (await routine_messages(office))[0]
        assert (await threads(office)).count("```disk is gone```") == 1
        assert "its command was broken off" in await office.ada.types("/ops evidence bad")
        await office.ada.clicks("Run again", channel="incidents")
        assert (await threads(office)).count("```disk is gone```") == 2
        kinds = [kind for kind, _ in await evidence(office)]
        assert kinds == ["opened", "failed", "broken_off", "failed"]


async def test_a_check_that_passes_is_the_answer(database_url: str) -> None:
    beat = {"name": "nightly", "every": "1m", "heartbeat": {"period": "30h"}}
    task = {"name": "backups", "title": "Backups verified", "cadence": daily(2), "check": "nightly"}
    async with routine(database_url, task, checks=(beat,)) as office:
        await office.passes(hours=2)
        (message,) = await routine_messages(office)
        assert "Backups verified" in message
        # That nothing is late yet shows no backup.
        await office.passes(minutes=2)
        (message,) = await routine_messages(office)
        assert "Its check says: no ping has come yet" in message
        assert "1 of 1 to be done" in message
        # Nothing was heard of it for 30 hours: it fails now, and the next task waits for it.
        await office.passes(hours=30)
        await office.passes(minutes=2)
        newest = (await routine_messages(office))[-1]
        assert "1 of 1 to be done" in newest
        assert "Its check says" in newest
        from bot.checks.course import hear  # what the program that lives says

        async with office.app.bot.db.begin() as session:
            await hear(session, "nightly", "success", note="", now=office.clock.now())
        await office.settled()
        await office.passes(minutes=2)
        assert "done by its check" in (await routine_messages(office))[-1]


async def test_a_drill_is_declared_from_its_task(database_url: str) -> None:
    drill = {"title": "The first data centre is gone", "severity": "SEV2", "service": "payments"}
    task = {"name": "drill", "title": "Disaster drill", "cadence": daily(2), "drill": drill}
    async with routine(database_url, task) as office:
        await office.passes(hours=2)
        await office.ada.clicks("Declare the drill", channel="incidents")
        record = await office.record(1)
        assert (record["drill"], record["title"]) == (True, "The first data centre is gone")
        (message,) = await routine_messages(office)
        assert "The drill is incident #1" in message
        assert "Declare the drill" not in message
        await office.ada.clicks("Done", channel="incidents")
        assert [row.data.get("incident") for row in await _rows(office)][-2:] == [1, 1]


async def test_after_a_pause_one_comes_and_the_evidence_tells_what_was_not_asked_for(
    database_url: str,
) -> None:
    async with routine(database_url, {**HEALTH, "cadence": daily(2)}) as office:
        await office.passes(hours=3)
        await office.stop_bot()
        office.clock.advance(days=4)
        await office.start_bot()
        await office.settled()
        first, second = await routine_messages(office)
        assert "missed" in first
        assert "Tocsin did not run: those since" in second
        assert [kind for kind, _ in await evidence(office)] == [
            "opened",
            "missed",
            "passed_over",
            "opened",
        ]


async def test_evidence_that_was_changed_shows(database_url: str) -> None:
    async with routine(database_url, {**HEALTH, "cadence": daily(2)}) as office:
        await office.passes(hours=2)
        await office.bo.clicks("Done", channel="incidents")
        assert "changed afterwards" not in await office.ada.types("/ops evidence")
        async with office.app.bot.db.begin() as session:
            await session.execute(update(Evidence).where(Evidence.kind == "done").values(by=office.ada.id))
        assert "The evidence of system-health was changed afterwards" in await office.ada.types(
            "/ops evidence"
        )


async def _rows(office: Office) -> list[Evidence]:
    async with office.app.bot.db.read() as session:
        return list(await evidence_of(session))
