"""The planning interview: one question at a time, with pauses of any length; then the plan, and what is made from it.

It belongs to the person who is asked. A finished plan may be read by everybody.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.backlog import items
from bot.backlog.priority import MEDIUM
from bot.backlog.rows import PLANNING
from bot.config import Config
from bot.core.db import insert_missing, numbered
from bot.core.errors import NotFound, RuleRefused, UserError
from bot.core.outbox import Priority, enqueue
from bot.core.texts import checked_text, checked_title
from bot.routine import plan_outcome, planned, risks
from bot.routine.plan_questions import AREAS, Area, Task
from bot.routine.plan_rows import ASKING, COMPLETE, DROPPED, OVER, SUMMARY, MaintenancePlan
from bot.routine.risks import Judgement

UNTITLED = "Maintenance plan"
LISTS = ("todo", "again", "risks")
PARTS = ("text", *LISTS)


@dataclass(frozen=True)
class Chosen:
    """What is made from a plan: keys of what it proposes, names of its tasks, and whose the tasks are."""

    items: Collection[str] = ()
    risks: Collection[str] = ()
    tasks: Collection[str] = ()
    owner: str | None = None  # whoever comes first


async def begin(session: AsyncSession, *, title: str, by: str, now: datetime) -> MaintenancePlan:
    """Begins an interview with this person, or goes on with the one that there is: its message comes anew."""
    title = checked_title(title or UNTITLED, of="A plan", ask="Say what it is for.", details_in="answers")
    # Two who ask at once are one person who clicked twice: the index lets one of them begin.
    row = {
        "title": title,
        "user_id": by,
        "status": ASKING,
        "position": 0,
        "refining": False,
        "answers": {},
        "document": "",
        "made": {},
        "created_at": now,
        "changed_at": now,
    }
    if await running(session, by) is None:
        await insert_missing(session, MaintenancePlan, [row])
    plan = await running(session, by, lock=True)
    if plan is None:
        raise RuleRefused("The interview ended in this very moment.", "`/ops plan` begins another one.")
    plan.paused_at, plan.message_ts, plan.channel_id = None, None, None
    tell(session, plan, now=now)
    return plan


async def running(session: AsyncSession, user: str, *, lock: bool = False) -> MaintenancePlan | None:
    """This person's interview that is not over."""
    query = select(MaintenancePlan).where(MaintenancePlan.user_id == user, MaintenancePlan.ended_at.is_(None))
    if lock:  # it may have been read before it was locked
        query = query.with_for_update().execution_options(populate_existing=True)
    found: MaintenancePlan | None = await session.scalar(query)
    return found


async def own(session: AsyncSession, number: int, user: str, *, lock: bool = False) -> MaintenancePlan:
    """Raises NotFound, also for somebody else's."""
    query = select(MaintenancePlan).where(MaintenancePlan.id == number, MaintenancePlan.user_id == user)
    found: MaintenancePlan | None = None
    if 0 < number < 2**62:
        found = await session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound(f"There is no interview #{number} of yours.", "`/ops plan` begins one.")
    return found


def tell(session: AsyncSession, plan: MaintenancePlan, *, now: datetime) -> None:
    """Brings its message up to date."""
    about = {"plan": plan.id}
    enqueue(session, "plan.message", now=now, about=about, fold=f"plan:{plan.id}", priority=Priority.ANSWER)


def area_of(plan: MaintenancePlan) -> Area:
    """The one that is asked about."""
    return AREAS[min(plan.position, len(AREAS) - 1)]


async def asked(
    session: AsyncSession, number: int, position: int, *, by: str, lock: bool = False
) -> MaintenancePlan:
    """The interview, if it asks about this area now; raises RuleRefused where it went on."""
    plan = await own(session, number, by, lock=lock)
    if plan.status != ASKING or plan.position != position:
        raise RuleRefused("The interview has gone on since.", "`/ops plan` shows where it stands.")
    return plan


async def answer(
    session: AsyncSession, number: int, position: int, said: dict[str, str], *, by: str, now: datetime
) -> MaintenancePlan:
    """What was said about an area (its `text`, and lines of `todo`, `again`, `risks`); the next one follows."""
    plan = await asked(session, number, position, by=by, lock=True)
    checked = {part: checked_text(said.get(part, ""), part) for part in PARTS}
    if not checked["text"]:
        raise UserError(
            "There is no answer yet.", "Write a few words, or pass it over by *Skip*.", field="text"
        )
    for part in LISTS:
        if (count := len(plan_outcome.lines(checked[part]))) > plan_outcome.MOST_LINES:
            raise UserError(
                f"These are {count} lines; {plan_outcome.MOST_LINES} are the most.",
                "Make one of several, or add the rest afterwards: `/ops backlog add`, `/ops risks add`.",
                field=part,
            )
    plan.answers = {**plan.answers, area_of(plan).name: checked}
    _go_on(session, plan, now=now)
    return plan


async def skip(
    session: AsyncSession, number: int, position: int, *, by: str, now: datetime
) -> MaintenancePlan:
    """Passes an area over; an answer that was given before is kept."""
    plan = await asked(session, number, position, by=by, lock=True)
    plan.answers = {area_of(plan).name: {}, **plan.answers}
    _go_on(session, plan, now=now)
    return plan


def _go_on(session: AsyncSession, plan: MaintenancePlan, *, now: datetime) -> None:
    if plan.refining or plan.position + 1 >= len(AREAS):
        plan.status, plan.refining = SUMMARY, False
    else:
        plan.position += 1
    _changed(session, plan, now=now)


def _changed(session: AsyncSession, plan: MaintenancePlan, *, now: datetime) -> None:
    plan.paused_at, plan.changed_at = None, now
    tell(session, plan, now=now)


async def back(session: AsyncSession, number: int, *, by: str, now: datetime) -> MaintenancePlan:
    """To the area before; from the summary to the last one."""
    plan = await _open(session, number, by=by)
    if plan.status == SUMMARY:
        plan.status, plan.position = ASKING, len(AREAS) - 1
    elif plan.position == 0:
        raise RuleRefused("This is the first question.")
    else:
        plan.position -= 1
    plan.refining = False
    _changed(session, plan, now=now)
    return plan


async def refine(session: AsyncSession, number: int, area: str, *, by: str, now: datetime) -> MaintenancePlan:
    """It is not complete: one area is asked about again, and the summary follows."""
    plan = await _open(session, number, by=by)
    position = next((place for place, one in enumerate(AREAS) if one.name == area), None)
    if plan.status != SUMMARY or position is None:
        raise RuleRefused("The interview has gone on since.", "`/ops plan` shows where it stands.")
    plan.status, plan.position, plan.refining = ASKING, position, True
    _changed(session, plan, now=now)
    return plan


async def pause(session: AsyncSession, number: int, *, by: str, now: datetime) -> MaintenancePlan:
    """It goes on whenever this person wants to."""
    plan = await _open(session, number, by=by)
    plan.paused_at = now
    tell(session, plan, now=now)
    return plan


async def resume(session: AsyncSession, number: int, *, by: str, now: datetime) -> MaintenancePlan:
    plan = await own(session, number, by, lock=True)
    plan.paused_at = None
    tell(session, plan, now=now)
    return plan


async def drop(session: AsyncSession, number: int, *, by: str, now: datetime) -> MaintenancePlan:
    """Gives it up; nothing is made from it."""
    plan = await _open(session, number, by=by)
    plan.status, plan.ended_at = DROPPED, now
    tell(session, plan, now=now)
    return plan


async def _open(session: AsyncSession, number: int, *, by: str) -> MaintenancePlan:
    plan = await own(session, number, by, lock=True)
    if plan.status not in (ASKING, SUMMARY):
        raise RuleRefused(f"The interview for plan #{plan.id} is over.", "`/ops plan` begins another one.")
    return plan


async def complete(
    session: AsyncSession, number: int, *, by: str, name: str, now: datetime
) -> MaintenancePlan:
    """It is complete: the plan is written, and sent as a file. `name` is the person's, for the plan."""
    plan = await _open(session, number, by=by)
    if plan.status != SUMMARY:
        raise RuleRefused("Not all areas were asked about yet.", "`/ops plan` shows where it stands.")
    plan.document = plan_outcome.markdown(plan.title, plan.answers, by=name, at=now)
    plan.status, plan.completed_at = COMPLETE, now
    _changed(session, plan, now=now)
    send(session, plan, to=by, now=now)
    return plan


def send(session: AsyncSession, plan: MaintenancePlan, *, to: str, now: datetime) -> None:
    """The plan as a file, in the direct messages of this person."""
    enqueue(session, "plan.file", now=now, about={"plan": plan.id, "user": to})


async def make(
    session: AsyncSession,
    number: int,
    chosen: Chosen,
    *,
    by: str,
    now: datetime,
    config: Config,
) -> MaintenancePlan:
    """Makes items, risks and routine tasks of what was chosen, and ends the interview."""
    plan = await own(session, number, by, lock=True)
    if plan.status != COMPLETE:
        raise RuleRefused("It was decided already what is made from this plan.")
    made_items, made_risks, made_tasks = [], [], []
    for proposal in plan_outcome.items(plan.answers):
        if proposal.key in chosen.items:
            item, _ = await items.add(
                session,
                title=proposal.title,
                kind=proposal.kind,
                description=proposal.description,
                origin=PLANNING,
                by=by,
                now=now,
            )
            made_items.append(item.id)
    for proposal in plan_outcome.risks(plan.answers):
        if proposal.key in chosen.risks:
            risk = await risks.add(
                session,
                title=proposal.title,
                kind=proposal.kind,
                description=proposal.description,
                said=Judgement(MEDIUM, MEDIUM, "", by, None),
                by=by,
                now=now,
                config=config,
            )
            made_risks.append(risk.id)
    for task in plan_outcome.tasks(plan.answers):
        title, description = plan_outcome.titled(task.title)
        if task.name in chosen.tasks and await planned.add(
            session,
            config,
            name=task.name,
            title=title,
            description=description,
            rhythm=task.cadence,
            owner=chosen.owner,
            plan_id=plan.id,
            by=by,
            now=now,
        ):
            made_tasks.append(task.title)
    plan.made = {"items": made_items, "risks": made_risks, "tasks": made_tasks}
    plan.status, plan.ended_at = OVER, now
    _changed(session, plan, now=now)
    return plan


async def new_tasks(session: AsyncSession, plan: MaintenancePlan, config: Config) -> list[Task]:
    """The routine tasks of this plan that there are none of yet."""
    known = await planned.titles(session, config, standing=True)
    return [task for task in plan_outcome.tasks(plan.answers) if task.name not in known]


async def finished(session: AsyncSession, *, limit: int, offset: int = 0) -> Sequence[MaintenancePlan]:
    """All plans that were completed, the newest first."""
    query = select(MaintenancePlan).where(MaintenancePlan.completed_at.is_not(None))
    query = query.order_by(MaintenancePlan.id.desc()).limit(limit).offset(offset)
    return (await session.scalars(query)).all()


async def count_finished(session: AsyncSession) -> int:
    query = select(func.count()).select_from(MaintenancePlan)
    return await session.scalar(query.where(MaintenancePlan.completed_at.is_not(None))) or 0


async def finished_by_number(session: AsyncSession, number: int) -> MaintenancePlan:
    """Raises NotFound."""
    found = await numbered(session, MaintenancePlan, number)
    if found is None or found.completed_at is None:
        raise NotFound(f"There is no plan #{number}.", "`/ops plan list` shows them.")
    return found
