"""What is done with the occurrences of routine tasks: opened, ticked, done, skipped, handed over, missed."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cadences.cadence import cadence
from bot.cadences.recurring import Occurrence, Plan
from bot.checks.evaluation import Seen
from bot.checks.heartbeats import WAITING
from bot.checks.queries import states_of
from bot.config import Config
from bot.config.sections.routine_tasks import RoutineTask, TaskCommand
from bot.core.db import insert_missing
from bot.core.errors import RuleRefused, UserError
from bot.core.outbox import enqueue
from bot.incidents.homes import refresh_homes
from bot.paging.people import person_of
from bot.routine.evidence import attest
from bot.routine.planned import task_named
from bot.routine.task_queries import by_number
from bot.routine.task_rows import (
    BY_CHECK,
    BY_COMMAND,
    CONFIRMED,
    DONE,
    MISSED,
    OPEN,
    SKIPPED,
    RoutineMessage,
    RoutineOccurrence,
)
from bot.routine.turns import Turn, gone, whose_turn

LONGEST_REASON = 1000
LONGEST_SEEN = 300
# So many tasks one message holds: Slack takes 13,200 characters.
IN_A_MESSAGE = 6
# While a task waits for its check, the check is looked at so often.
LOOK_EVERY = timedelta(minutes=1)
# A check that ran so much later than it should have has a fresh result all the same.
LATE = timedelta(minutes=1)
BROKEN_OFF = "broken off: Tocsin stopped while it ran, and how far it came is not known"
# A command that ends in time is written down within this; later its process is taken for dead.
RUN_LEASE = timedelta(seconds=30)


def plans(config: Config) -> Mapping[str, Plan]:
    """When each task of app.yaml comes."""
    return {task.name: Plan(cadence(config, task.cadence)) for task in config.routine_tasks}


async def open_occurrence(
    session: AsyncSession, config: Config, occurrence: Occurrence, now: datetime
) -> RoutineOccurrence | None:
    """A task is due: it gets a row and a place in the channel's message. One that is open since before was missed."""
    task = await task_named(session, config, occurrence.key[1])
    if task is None:
        return None
    await _miss(session, task.name, now=now)
    message = await _message(session, occurrence.at)
    turn = await _whose_turn(session, config, task, at=max(occurrence.at, now))
    row = RoutineOccurrence(
        task=task.name,
        title=task.title,
        description=task.description or "",
        checklist=[{"text": point, "by": None, "at": None} for point in task.checklist],
        owner=turn.person,
        turn=turn.entry,
        occurs_at=occurrence.at,
        due_at=_due(task, config, occurrence.at, now),
        missed_since=occurrence.missed,
        opened_at=now,
        message_id=message.id,
        status=OPEN,
        reason="",
        seen="",
        output="",
        reminded=0,
        look_at=now if task.check is not None else None,
        run_at=now if task.command is not None else None,
    )
    row.remind_at = row.due_at
    session.add(row)
    await session.flush()
    if occurrence.missed is not None:
        await attest(
            session,
            row,
            "passed_over",
            by=None,
            now=now,
            since=occurrence.missed.isoformat(timespec="minutes"),
        )
    await attest(
        session, row, "opened", by=None, now=now, owner=row.owner, passed_over=dict(turn.passed_over) or None
    )
    await _changed(session, row, now=now)
    return row


def _due(task: RoutineTask, config: Config, at: datetime, now: datetime) -> datetime:
    """Whoever has it gets its whole time, also where the bot was late."""
    within = task.due_within or config.routine.due_within
    return at + within if at + within > now else now + within


async def _whose_turn(session: AsyncSession, config: Config, task: RoutineTask, *, at: datetime) -> Turn:
    """Of those who take turns the one behind whoever had it last. An owner who is away for a day has it all the same."""
    if not task.people:
        entries = () if task.owner is None else (task.owner,)
        return await whose_turn(session, config, entries, after=None, at=at)
    before = await session.scalar(
        select(func.coalesce(RoutineOccurrence.turn, RoutineOccurrence.owner))
        .where(RoutineOccurrence.task == task.name)
        .order_by(RoutineOccurrence.occurs_at.desc())
        .limit(1)
    )
    return await whose_turn(session, config, task.people, after=before, at=at)


async def _message(session: AsyncSession, at: datetime) -> RoutineMessage:
    """The message of what comes at this moment; a further one where the last is full."""
    found = await session.execute(
        select(RoutineMessage.part, func.count(RoutineOccurrence.id))
        .outerjoin(RoutineOccurrence, RoutineOccurrence.message_id == RoutineMessage.id)
        .where(RoutineMessage.occurs_at == at)
        .group_by(RoutineMessage.part)
        .order_by(RoutineMessage.part.desc())
        .limit(1)
    )
    last = found.first()
    part = 1 if last is None else last[0] + (last[1] >= IN_A_MESSAGE)
    await insert_missing(session, RoutineMessage, [{"occurs_at": at, "part": part}])
    return (
        await session.scalars(
            select(RoutineMessage).where(RoutineMessage.occurs_at == at, RoutineMessage.part == part)
        )
    ).one()


async def _miss(session: AsyncSession, task: str, *, now: datetime) -> None:
    earlier = await session.scalars(
        select(RoutineOccurrence)
        .where(RoutineOccurrence.task == task, RoutineOccurrence.closed_at.is_(None))
        .order_by(RoutineOccurrence.id)
        .with_for_update()
    )
    for row in earlier:
        _close(row, MISSED, by=None, now=now)
        await attest(session, row, "missed", by=None, now=now, checklist=_ticked(row), seen=row.seen)
        await _changed(session, row, now=now)


# -- what people do -----------------------------------------------------------------------------------------------


async def tick(
    session: AsyncSession, number: int, points: Collection[int], *, on: bool, by: str, now: datetime
) -> RoutineOccurrence:
    """Ticks points of the checklist, or takes ticks back."""
    row = await by_number(session, number, lock=True)
    _refuse_if_closed(row)
    checklist = [dict(point) for point in row.checklist]
    for index in sorted(points):
        if index < len(checklist) and (checklist[index]["by"] is not None) != on:
            checklist[index] |= (
                {"by": by, "at": now.isoformat(timespec="seconds")} if on else {"by": None, "at": None}
            )
            kind = "ticked" if on else "unticked"
            await attest(session, row, kind, by=by, now=now, point=checklist[index]["text"])
    row.checklist = checklist
    await _changed(session, row, now=now)
    return row


async def finish(session: AsyncSession, number: int, *, by: str, now: datetime) -> RoutineOccurrence:
    """Somebody confirms that it is done."""
    row = await by_number(session, number, lock=True)
    _refuse_if_closed(row)
    left = sum(point["by"] is None for point in row.checklist)
    if left:
        raise RuleRefused(
            f"{left} point{'s are' if left > 1 else ' is'} not ticked yet.",
            "Tick them first, or skip the task with a reason.",
        )
    await _done(session, row, CONFIRMED, by=by, now=now)
    return row


async def skip(
    session: AsyncSession, number: int, reason: str, *, by: str, now: datetime
) -> RoutineOccurrence:
    """It is not done this time; `reason` tells whoever reads the evidence."""
    reason = reason.replace("\x00", "").strip()
    if not reason:
        raise UserError(
            "A task is skipped with a reason.", "Say why it is not done this time.", field="reason"
        )
    if len(reason) > LONGEST_REASON:
        raise UserError(
            f"That is {len(reason)} characters; {LONGEST_REASON} is the most.", "Shorten it.", field="reason"
        )
    row = await by_number(session, number, lock=True)
    _refuse_if_closed(row)
    row.reason = reason
    _close(row, SKIPPED, by=by, now=now)
    await attest(session, row, "skipped", by=by, now=now, reason=reason, checklist=_ticked(row))
    await _changed(session, row, now=now)
    return row


async def hand_over(
    session: AsyncSession, number: int, to: str, *, config: Config, by: str, now: datetime
) -> RoutineOccurrence:
    """Somebody else has it from now on; `to` is a Slack user id."""
    row = await by_number(session, number, lock=True)
    _refuse_if_closed(row)
    person = await person_of(session, config, to)
    if row.owner == person:
        raise RuleRefused("They have it already.", "Choose somebody else.")
    before, row.owner = row.owner, person
    await attest(session, row, "handed_over", by=by, now=now, **{"from": before}, to=person)
    enqueue(session, "routine.handed", now=now, about={"occurrence": row.id, "user": to, "by": by})
    await _changed(session, row, now=now)
    return row


async def run_again(
    session: AsyncSession, number: int, *, config: Config, by: str, now: datetime
) -> RoutineOccurrence:
    """Asks the command, or the check, once more."""
    row = await by_number(session, number, lock=True)
    _refuse_if_closed(row)
    task = config.routine_task(row.task)
    if task is None or (task.command is None and task.check is None):
        raise RuleRefused("Nothing is run for this task.", "Confirm it with *Done* instead.")
    if row.run_by is not None:
        raise RuleRefused("It runs just now.", "Its output comes into the thread.")
    row.run_at = now if task.command is not None else None
    row.look_at = now if task.check is not None else None
    await _changed(session, row, now=now)
    return row


async def drill_declared(
    session: AsyncSession, row: RoutineOccurrence, incident_id: int, *, by: str, now: datetime
) -> None:
    """The drill's incident is there. The caller holds the row's lock."""
    row.incident_id = incident_id
    await attest(session, row, "drill", by=by, now=now, incident=incident_id)
    await _changed(session, row, now=now)


def refuse_second_drill(row: RoutineOccurrence) -> None:
    _refuse_if_closed(row)
    if row.incident_id is not None:
        raise RuleRefused(
            f"The drill is incident #{row.incident_id} already.",
            f"`/incident show {row.incident_id}` shows it.",
        )


# -- what the tick does -------------------------------------------------------------------------------------------


async def remind(session: AsyncSession, number: int, *, config: Config, now: datetime) -> None:
    """It is overdue: whoever has it is told, again and again until it is closed."""
    row = await by_number(session, number, lock=True)
    if not row.is_open or row.remind_at is None or row.remind_at > now:
        return
    if row.owner is not None and await gone(session, config, [row.owner]):
        await attest(session, row, "owner_left", by=None, now=now, owner=row.owner)
        row.owner = None
    if not row.reminded:
        await attest(session, row, "overdue", by=None, now=now, owner=row.owner)
    row.reminded += 1
    row.remind_at = now + config.routine.remind_every
    enqueue(
        session,
        "routine.reminder",
        now=now,
        about={"message": row.message_id},
        fold=f"routine-reminder:{row.message_id}",
    )
    await _changed(session, row, now=now)


async def look(session: AsyncSession, number: int, *, config: Config, now: datetime) -> None:
    """Whether the check of an open task has the answer; a result that is older than its rhythm is none."""
    row = await by_number(session, number, lock=True)
    task = config.routine_task(row.task)
    if not row.is_open or row.look_at is None or row.look_at > now:
        return
    check = config.check(task.check) if task is not None and task.check is not None else None
    if check is None:
        row.look_at = None
        return
    row.look_at = now + LOOK_EVERY
    state = (await states_of(session, [check.name])).get(check.name)
    if (
        state is None
        or state.ran_at is None
        or state.ok is None
        or now - state.ran_at > 2 * check.every + LATE
    ):
        ok, seen, output = False, "no fresh result yet", ""
    elif state.seen == WAITING:  # nothing is wrong yet, and nothing is shown either
        ok, seen, output = False, "no ping has come yet", ""
    else:
        ok, seen, output = state.ok, state.seen or state.state, state.output
    await found(session, row, BY_CHECK, ok=ok, seen=seen, output=output, now=now, what=check.name)


async def claim_run(
    session: AsyncSession, number: int, *, config: Config, worker: str, now: datetime
) -> TaskCommand | None:
    """The command that this process runs now; None: it is not due any more, somebody else runs it, or did until they
    died. Then nobody knows how far it came, so it is told and not begun again by itself.
    """
    row = await by_number(session, number, lock=True)
    task = config.routine_task(row.task)
    if not row.is_open or row.run_at is None or row.run_at > now:
        return None
    if task is None or task.command is None:
        row.run_at = row.run_by = None
        return None
    if row.run_by is not None:
        row.run_at = row.run_by = None
        row.seen, row.output = BROKEN_OFF, ""
        await attest(session, row, "broken_off", by=None, now=now, what=_words(task.command), seen=BROKEN_OFF)
        _tell_output(session, row, now=now)
        await _changed(session, row, now=now)
        return None
    row.run_by, row.run_at = worker, now + task.command.timeout + RUN_LEASE
    return task.command


async def ran(
    session: AsyncSession, number: int, seen: Seen, command: TaskCommand, *, worker: str, now: datetime
) -> None:
    """What the command found. Where the claim is somebody else's by now, what they find out counts."""
    row = await by_number(session, number, lock=True)
    if row.run_by != worker:
        return
    row.run_at = row.run_by = None
    output = seen.output.replace("\x00", "")
    _tell_output(session, row, now=now)
    what = _words(command)
    await found(session, row, BY_COMMAND, ok=seen.ok, seen=seen.seen, output=output, now=now, what=what)


async def release_claims_of_the_dead(session: AsyncSession, *, now: datetime) -> None:
    """Where there is one process only, what runs at its start was the former one's."""
    await session.execute(
        update(RoutineOccurrence)
        .where(RoutineOccurrence.run_at.is_not(None), RoutineOccurrence.run_by.is_not(None))
        .values(run_at=now)
        .execution_options(synchronize_session=False)
    )


def _words(command: TaskCommand) -> str:
    return " ".join(command.argv)[:300]


def _tell_output(session: AsyncSession, row: RoutineOccurrence, *, now: datetime) -> None:
    about, lane = {"occurrence": row.id}, f"routine:{row.message_id}"
    enqueue(session, "routine.output", now=now, about=about, lane=lane)


async def found(
    session: AsyncSession,
    row: RoutineOccurrence,
    how: str,
    *,
    ok: bool,
    seen: str,
    output: str,
    now: datetime,
    what: str,
) -> None:
    """What the check or the command says; `what` is its name. The caller holds the row's lock."""
    if not row.is_open:
        return
    seen = seen.replace("\x00", "")[:LONGEST_SEEN]
    news = seen != row.seen or how == BY_COMMAND
    row.seen, row.output = seen, output
    if ok and all(point["by"] is not None for point in row.checklist):
        await _done(session, row, how, by=None, now=now, what=what)
    elif news:
        kind = "failed" if not ok else "ran"
        await attest(session, row, kind, by=None, now=now, how=how, what=what, seen=seen, output=output)
        await _changed(session, row, now=now)


async def _done(
    session: AsyncSession, row: RoutineOccurrence, how: str, *, by: str | None, now: datetime, what: str = ""
) -> None:
    row.how = how
    _close(row, DONE, by=by, now=now)
    await attest(
        session,
        row,
        "done",
        by=by,
        now=now,
        how=how,
        what=what,
        seen=row.seen,
        output=row.output,
        checklist=_ticked(row),
        incident=row.incident_id,
        late=True if row.due_at < now else None,
    )
    await _changed(session, row, now=now)


# -- what they share ----------------------------------------------------------------------------------------------


def _refuse_if_closed(row: RoutineOccurrence) -> None:
    if not row.is_open:
        raise RuleRefused(
            f"Task #{row.id} is {row.status} already.", "`/ops tasks` shows what is to be done."
        )


def _close(row: RoutineOccurrence, status: str, *, by: str | None, now: datetime) -> None:
    row.status, row.closed_at, row.closed_by = status, now, by
    row.remind_at = row.look_at = row.run_at = row.run_by = None


def _ticked(row: RoutineOccurrence) -> list[str] | None:
    """The points that were ticked, with who and when, for the evidence."""
    said = [f"{point['text']} ({point['by']}, {point['at']})" for point in row.checklist if point["by"]]
    return said or None


async def _changed(session: AsyncSession, row: RoutineOccurrence, *, now: datetime) -> None:
    """All that shows it is to be brought up to date."""
    enqueue(
        session,
        "routine.message",
        now=now,
        about={"message": row.message_id},
        fold=f"routine:{row.message_id}",
        lane=f"routine:{row.message_id}",
    )
    await refresh_homes(session, now=now)
