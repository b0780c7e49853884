"""The commands that steps carry: asked for, approved, claimed, ended. Each is told by the timeline.

asked ──approved──▶ queued ──claimed──▶ running ──▶ done, failed
  └──declined                              └── its process is gone: unknown, and never begun again
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.config.sections.runbooks import Command
from bot.core.db import left_work, numbered
from bot.core.errors import NotAllowed, NotFound, RuleRefused
from bot.core.outbox import Priority, enqueue
from bot.core.timeline import record
from bot.core.viewer import PROGRAM, Viewer
from bot.incidents import paging
from bot.incidents.lifecycle import refuse_if_closed
from bot.incidents.queries import locked, roles_of
from bot.incidents.rows import Incident
from bot.oncall.queries import who
from bot.paging.people import account_of
from bot.runbooks.checklists import locked_checklist, tell
from bot.runbooks.rows import (
    ASKED,
    DECLINED,
    DONE,
    FAILED,
    QUEUED,
    RUNNING,
    UNKNOWN,
    Checklist,
    CommandRun,
)

# A process that runs a command says so before this is over.
LEASE = timedelta(seconds=30)
# Nobody approves what was asked for long ago: things have changed.
APPROVED_WITHIN = timedelta(minutes=30)
# Nor does anything begin so long after somebody wanted it: Tocsin was away, and people may have helped themselves.
BEGUN_WITHIN = timedelta(minutes=5)
# Of the output, the end: so much stands on the timeline, where it stays.
LONGEST_TOLD = 1000
LONGEST_OUTCOME = 300
NEVER_KNOWN = "the process that ran it is gone; what it has done by then is not known"


@dataclass(frozen=True)
class Carried:
    """A command at its step, as it would run now."""

    command: Command
    checklist: Checklist
    step: int

    @property
    def digest(self) -> str:
        return digest_of(self.command.argv)


def digest_of(argv: Sequence[str]) -> str:
    """Names the exact words, so that nobody confirms others than were shown."""
    return hashlib.sha256("\0".join(argv).encode()).hexdigest()[:16]


async def carried(
    session: AsyncSession, checklist: Checklist, step: int, *, config: Config, by: str, now: datetime
) -> Carried:
    """The command that this step carries, for somebody who may run it. Raises UserError."""
    name = checklist.steps[step].get("command") if 0 <= step < len(checklist.steps) else None
    if name is None:
        raise NotFound("This step carries no command.", "Look at the list again.")
    command = config.command(name)
    if command is None:
        raise NotFound(f"The command “{name}” is not in app.yaml any more.", "Do the step by hand.")
    roles = await roles_of(session, checklist.incident_id)
    if not await _is_one_of(session, command.allowed, by, roles, config=config, now=now):
        raise NotAllowed(
            f"You may not run “{command.shown_name}”.",
            f"Those who may: {allowed_words(command.allowed, config)}.",
        )
    return Carried(command, checklist, step)


async def _is_one_of(
    session: AsyncSession,
    allowed: Sequence[str],
    user: str,
    roles: dict[str, str],
    *,
    config: Config,
    now: datetime,
) -> bool:
    for one in allowed:
        kind, _, name = one.partition(":")
        if kind == "everybody" or (kind == "role" and roles.get(name) == user):
            return True
        if kind == "schedule" and config.schedule(name) is not None:
            person = (await who(session, config, name, now)).person
            if person is not None and await account_of(session, config, person) == user:
                return True
        if kind == "person" and await account_of(session, config, name) == user:
            return True
    return False


async def may_approve(session: AsyncSession, run: CommandRun, *, config: Config, now: datetime) -> list[str]:
    """The Slack accounts of those who may approve what is asked for, whoever asked left out; none where everybody may."""
    command = config.command(run.command)
    roles = await roles_of(session, run.incident_id)
    found: list[str | None] = []
    for one in (command.approvers or command.allowed) if command is not None else ():
        kind, _, name = one.partition(":")
        if kind == "role":
            found.append(roles.get(name))
        elif kind == "person":
            found.append(await account_of(session, config, name))
        elif kind == "schedule" and config.schedule(name) is not None:
            person = (await who(session, config, name, now)).person
            found.append(await account_of(session, config, person) if person is not None else None)
    return list(dict.fromkeys(one for one in found if one is not None and one != run.asked_by))


def allowed_words(allowed: Sequence[str], config: Config) -> str:
    """Who that is, in words: "whoever has the role Lead, whoever is on call (First responder), ada"."""
    said = []
    for one in allowed:
        kind, _, name = one.partition(":")
        role, schedule = config.role(name), config.schedule(name)
        said.append(
            {
                "person": name,
                "schedule": f"whoever is on call ({schedule.title or name if schedule else name})",
                "role": f"whoever has the role {role.title if role else name}",
            }.get(kind, "everybody")
        )
    return ", ".join(said)


async def ask(
    session: AsyncSession,
    number: int,
    step: int,
    digest: str,
    *,
    config: Config,
    by: str,
    now: datetime,
) -> CommandRun:
    """Somebody wants this step's command to run, and has seen its words. Raises UserError."""
    checklist, incident = await locked_checklist(session, number, by=by)
    wanted = await carried(session, checklist, step, config=config, by=by, now=now)
    if wanted.digest != digest:
        raise RuleRefused("The command has changed since you saw it.", "Click again and read it anew.")
    await _refuse_twin(session, wanted.command)
    needs_other = wanted.command.needs == "second_person"
    run = CommandRun(
        incident_id=incident.id,
        checklist_id=checklist.id,
        step=step,
        command=wanted.command.name,
        argv=list(wanted.command.argv),
        state=ASKED if needs_other else QUEUED,
        busy=None if needs_other else wanted.command.name,
        asked_at=now,
        asked_by=by,
        due_at=None if needs_other else now,
    )
    session.add(run)
    await _flush(session, wanted.command)
    _record(session, incident, run, "asked" if needs_other else "confirmed", by=by, now=now)
    await paging.progress(session, incident, now=now)
    tell_run(session, run, now=now)
    tell(session, checklist, now=now)
    return run


async def _refuse_twin(session: AsyncSession, command: Command) -> None:
    """One at a time, also of another incident: which one is not told, it may be private."""
    there = await session.scalar(select(CommandRun.id).where(CommandRun.busy == command.name))
    if there is not None:
        raise RuleRefused(
            f"“{command.shown_name}” runs at this moment.", "Wait for its end, then click again."
        )


async def _flush(session: AsyncSession, command: Command) -> None:
    """Two may ask in the same moment, for two incidents: the second is refused by the row of the first."""
    try:
        await session.flush()
    except IntegrityError:
        raise RuleRefused(
            f"“{command.shown_name}” runs at this moment.", "Wait for its end, then click again."
        ) from None


async def approve(
    session: AsyncSession, number: int, *, config: Config, by: str, now: datetime
) -> CommandRun:
    """A second person agrees, and it runs. Raises UserError."""
    run, incident = await _locked_run(session, number, by=by)
    command = await _undecided(run, config)
    if by == run.asked_by:
        raise NotAllowed("Nobody approves what they asked for themselves.", "Ask somebody else to click.")
    allowed = command.approvers or command.allowed
    roles = await roles_of(session, incident.id)
    if not await _is_one_of(session, allowed, by, roles, config=config, now=now):
        raise NotAllowed(
            f"You may not approve “{command.shown_name}”.",
            f"Those who may: {allowed_words(allowed, config)}.",
        )
    if now - run.asked_at > APPROVED_WITHIN:
        raise RuleRefused("It was asked for more than 30 minutes ago.", "Click Run at the step again.")
    await _refuse_twin(session, command)
    run.state, run.busy, run.due_at = QUEUED, run.command, now
    run.decided_at, run.decided_by = now, by
    await _flush(session, command)
    left_work(session)
    _record(session, incident, run, "approved", by=by, now=now)
    tell_run(session, run, now=now)
    return run


async def decline(
    session: AsyncSession, number: int, *, config: Config, by: str, now: datetime
) -> CommandRun:
    """It does not run; whoever asked may decline too. Raises UserError."""
    run, incident = await _locked_run(session, number, by=by)
    await _undecided(run, config)
    run.state, run.decided_at, run.decided_by, run.ended_at = DECLINED, now, by, now
    _record(session, incident, run, "declined", by=by, now=now)
    tell_run(session, run, now=now)
    return run


async def _undecided(run: CommandRun, config: Config) -> Command:
    if run.state != ASKED:
        raise RuleRefused("This was decided already.", "The message tells how it stands.")
    command = config.command(run.command)
    if command is None or list(command.argv) != list(run.argv):
        raise RuleRefused("The command has changed since it was asked for.", "Click Run at the step again.")
    return command


async def _locked_run(session: AsyncSession, number: int, *, by: str) -> tuple[CommandRun, Incident]:
    run = await numbered(session, CommandRun, number)
    if run is None:
        raise NotFound("There is no such run that you can see.")
    incident = await locked(session, run.incident_id, Viewer(by))
    refuse_if_closed(incident)
    await session.refresh(run, with_for_update=True)
    return run, incident


# -- by the tick --------------------------------------------------------------------------------------------------


async def due(session: AsyncSession, *, now: datetime) -> Sequence[int]:
    """The runs that wait for a process."""
    found = await session.scalars(
        select(CommandRun.id).where(CommandRun.due_at <= now).order_by(CommandRun.due_at).limit(20)
    )
    return found.all()


async def orphans(session: AsyncSession, *, now: datetime) -> Sequence[int]:
    """The runs whose process has not been heard of."""
    return (await session.scalars(select(CommandRun.id).where(CommandRun.claimed_until <= now))).all()


async def claim(
    session: AsyncSession, number: int, *, config: Config, worker: str, now: datetime
) -> CommandRun | None:
    """Takes a run for this process; None when another has it, or its command is another by now."""
    run, incident = await _locked_by_program(session, number)
    if run.due_at is None or run.due_at > now:
        return None
    run.due_at = None
    command = config.command(run.command)
    problem = None
    if command is None or list(command.argv) != list(run.argv):
        problem = "app.yaml has another command by this name now; nothing ran"
    elif now - (run.decided_at or run.asked_at) > BEGUN_WITHIN:
        problem = "Tocsin did not run and could not begin it in time; nothing ran. Click Run again if it is still wanted"
    if problem is not None:
        _end(session, run, incident, FAILED, problem, now=now)
        return None
    run.state, run.began_at = RUNNING, now
    run.claimed_until, run.claimed_by = now + LEASE, worker
    tell_run(session, run, now=now)
    return run


async def go_on(session: AsyncSession, number: int, output: str, *, worker: str, now: datetime) -> None:
    """It still runs, and has written this so far."""
    run = await session.get(CommandRun, number, with_for_update=True)
    if run is None or run.claimed_by != worker or run.ended_at is not None:
        return
    run.claimed_until = now + LEASE
    if run.output != output:
        run.output = output
        tell_run(session, run, now=now)


async def end(
    session: AsyncSession,
    number: int,
    *,
    status: int | None,
    outcome: str,
    output: str,
    worker: str,
    now: datetime,
) -> None:
    """It is over: `status` is what it ended with, None where it was ended or never began."""
    run, incident = await _locked_by_program(session, number)
    if run.claimed_by != worker or run.state not in (RUNNING, UNKNOWN):
        return
    run.status, run.output = status, output
    _end(session, run, incident, DONE if status == 0 else FAILED, outcome, now=now)


async def lose(session: AsyncSession, number: int, *, now: datetime) -> None:
    """Its process is gone. What it has done is not known, so it is told and not begun again."""
    run, incident = await _locked_by_program(session, number)
    if run.state == RUNNING and run.claimed_until is not None and run.claimed_until <= now:
        _end(session, run, incident, UNKNOWN, NEVER_KNOWN, now=now)


async def put_off(session: AsyncSession, number: int, *, until: datetime) -> None:
    """Looked at again then: whether it waits for a process, or its process is gone."""
    run = await session.get_one(CommandRun, number, with_for_update=True)
    if run.due_at is not None:
        run.due_at = until
    if run.claimed_until is not None:
        run.claimed_until = until


async def release_claims_of_the_dead(session: AsyncSession, *, now: datetime) -> None:
    """Where there is one process only, what runs at its start was the former one's."""
    for run in await session.scalars(select(CommandRun).where(CommandRun.claimed_until.is_not(None))):
        run.claimed_until = now


async def _locked_by_program(session: AsyncSession, number: int) -> tuple[CommandRun, Incident]:
    run = await session.get_one(CommandRun, number)
    incident = await locked(session, run.incident_id, PROGRAM)
    await session.refresh(run, with_for_update=True)
    return run, incident


def _end(
    session: AsyncSession, run: CommandRun, incident: Incident, state: str, outcome: str, *, now: datetime
) -> None:
    run.state, run.outcome, run.ended_at = state, outcome[:LONGEST_OUTCOME], now
    run.busy, run.claimed_until = None, None
    _record(session, incident, run, state, by=None, now=now)
    tell_run(session, run, now=now)


def _record(
    session: AsyncSession, incident: Incident, run: CommandRun, what: str, *, by: str | None, now: datetime
) -> None:
    is_over = what in (DONE, FAILED, UNKNOWN)
    record(
        session,
        incident,
        "command",
        now=now,
        by=by,
        what=what,
        command=run.command,
        argv=None if is_over else list(run.argv),
        step=run.step + 1,
        outcome=run.outcome if is_over else None,
        output=(run.output[-LONGEST_TOLD:] or None) if is_over else None,
    )


def tell_run(session: AsyncSession, run: CommandRun, *, now: datetime) -> None:
    """The message in the thread is to be brought up to date."""
    enqueue(
        session,
        "runbook.command",
        now=now,
        incident_id=run.incident_id,
        about={"run": run.id},
        fold=f"command:{run.id}",
        priority=Priority.CARD,
    )
