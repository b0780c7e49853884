"""Before a shift: can whoever has it be reached? A quiet probe where they agreed; words where there is no way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.db import insert_missing
from bot.core.outbox import Priority, enqueue
from bot.oncall.queries import overrides_around, ready_schedule
from bot.oncall.schedule import Shift, shifts
from bot.paging.people import account_of
from bot.paging.rows import ContactMethod, ProbeConsent, ShiftCheck

# Handoffs, overrides and calendars move; who has the next shift is looked up anew this often.
LOOK_EVERY = timedelta(hours=1)
# Somebody with several schedules is probed for the first of them.
PROBED_AGAIN_AFTER = timedelta(hours=20)
GOES_ON_WITHIN = timedelta(days=1)
LOUD = ("voice",)


@dataclass(frozen=True)
class Usable:
    """A method that is verified and switched on."""

    id: int
    kind: str
    probed_at: datetime | None


@dataclass(frozen=True)
class Before:
    """What is done before a shift, and why."""

    reason: str
    probe: tuple[int, ...] = ()
    tell: bool = False


def before_shift(methods: Sequence[Usable], *, agreed: bool, now: datetime) -> Before:
    """Decides it, pure. A phone call would not be quiet, so nobody is probed by one."""
    if not methods:
        return Before("no verified method", tell=True)
    if not agreed:
        return Before("has not agreed to be probed")
    quiet = [method for method in methods if method.kind not in LOUD]
    if not quiet:
        return Before("a call would not be quiet")
    due = tuple(
        method.id
        for method in quiet
        if method.probed_at is None or now - method.probed_at >= PROBED_AGAIN_AFTER
    )
    return Before("probed before the shift", probe=due) if due else Before("probed a while ago")


async def expect_checks(session: AsyncSession, config: Config, *, now: datetime) -> None:
    """A row for each schedule of app.yaml, and for no other."""
    names = [schedule.name for schedule in config.schedules]
    await session.execute(delete(ShiftCheck).where(ShiftCheck.schedule.not_in(names)))
    await insert_missing(session, ShiftCheck, [{"schedule": name, "next_at": now} for name in sorted(names)])


async def due_checks(session: AsyncSession, *, now: datetime) -> Sequence[str]:
    """Schedules to look at. Asked every second, so it only reads."""
    return (await session.scalars(select(ShiftCheck.schedule).where(ShiftCheck.next_at <= now))).all()


async def check_schedule(session: AsyncSession, name: str, *, config: Config, now: datetime) -> None:
    """Looks at the shifts that begin soon, each once, whoever has it by then."""
    row = await session.scalar(
        select(ShiftCheck)
        .where(ShiftCheck.schedule == name, ShiftCheck.next_at <= now)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return  # another replica has it
    row.next_at = now + LOOK_EVERY
    schedule = await ready_schedule(session, config, name, around=now)
    until = now + config.paging.probe_before
    found = shifts(schedule, now - GOES_ON_WITHIN, until, await overrides_around(session, name, now))
    for shift in found:
        if shift.starts_at <= now or shift.person is None or _was_seen(row, shift) or _goes_on(shift, found):
            continue
        row.shift_starts_at, row.person = shift.starts_at, shift.person
        await _prepare(session, shift, config=config, now=now)


def _was_seen(row: ShiftCheck, shift: Shift) -> bool:
    """Of several shifts that begin soon the later were looked at last; one that somebody else took counts anew."""
    last = row.shift_starts_at
    if last is None or shift.starts_at > last:
        return False
    return shift.starts_at < last or row.person == shift.person


def _goes_on(shift: Shift, before: Sequence[Shift]) -> bool:
    """Whether it is the next night of somebody who has all nights of the week, say: they are at it already."""
    return any(
        one.person == shift.person and timedelta() <= shift.starts_at - one.ends_at < GOES_ON_WITHIN
        for one in before
    )


async def _prepare(session: AsyncSession, shift: Shift, *, config: Config, now: datetime) -> None:
    user_id = await account_of(session, config, str(shift.person))
    rows = (
        await session.scalars(
            select(ContactMethod)
            .where(
                ContactMethod.user_id == (user_id or ""),
                ContactMethod.verified_at.is_not(None),
                ContactMethod.disabled_at.is_(None),
            )
            .with_for_update()
        )
    ).all()
    agreed = user_id is not None and await session.get(ProbeConsent, user_id) is not None
    usable = [Usable(row.id, row.kind, row.probed_at) for row in rows]
    decided = before_shift(usable, agreed=agreed, now=now)
    about = {
        "schedule": shift.schedule,
        "person": shift.person,
        "starts_at": shift.starts_at.isoformat(),
    }
    if decided.tell and user_id is not None:  # of an unknown account its owner is told by the reminder
        tell_unready(session, about, None, config=config, now=now)
    for row in rows:
        if row.id in decided.probe:
            row.probed_at = now
            enqueue(session, "contact.probe", now=now, about={"method": row.id, **about}, way=row.kind)


def tell_unready(
    session: AsyncSession,
    about: dict[str, str | None],
    label: str | None,
    *,
    config: Config,
    now: datetime,
) -> None:
    """Tells the person and the schedule's owner. `label` names the method that failed; None: there is none.

    The owner is told after the person: by then Slack has said whether it knows them.
    """
    schedule = config.schedule(str(about["schedule"]))
    owner = schedule.owner if schedule is not None else None
    for to in dict.fromkeys(name for name in (about["person"], owner) if name):
        enqueue(
            session,
            "contact.unready",
            now=now,
            about={**about, "to": to, "label": label},
            lane=f"unready:{about['schedule']}:{about['person']}",
            priority=Priority.NOTE,
        )


async def put_off(session: AsyncSession, name: str, *, now: datetime) -> None:
    """What fails in our own code is looked at again later, and stops no other schedule."""
    row = await session.get(ShiftCheck, name)
    if row is not None:
        row.next_at = now + LOOK_EVERY
