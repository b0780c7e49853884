"""Who stands in for whom: overrides by people, with their rights, and those concerned are told."""

from collections.abc import Iterable, Set
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.audit import audit
from bot.core.db import numbered
from bot.core.errors import NotAllowed, NotFound
from bot.core.outbox import enqueue
from bot.oncall.members import may_put_on_call, members_of, refuse_strangers, section_of
from bot.oncall.overrides import LONGEST, cancel_override, known_person, make_override
from bot.oncall.queries import overrides_between, ready_schedule
from bot.oncall.rows import OverrideRow
from bot.oncall.schedule import Shift, shifts
from bot.oncall.watch import hold, look_again

# A long override may displace everybody: no more than so many are told.
MOST_TOLD = 10


async def shifts_between(
    session: AsyncSession, config: Config, schedule: str, start: datetime, end: datetime
) -> list[Shift]:
    """What a span is made of, with the overrides as they stand; the first and last shift are cut to it."""
    ready = await ready_schedule(session, config, schedule, around=start)
    stand_ins = await overrides_between(session, ready.name, start - LONGEST, end + LONGEST)
    return shifts(ready, start, end, stand_ins)


async def put_on_call(
    session: AsyncSession,
    *,
    config: Config,
    schedule: str,
    person: str | None,
    starts_at: datetime,
    ends_at: datetime,
    actor: str,
    by: str,
    now: datetime,
    reason: str = "",
    tell: bool = True,
) -> OverrideRow:
    """Makes an override on behalf of `actor`, a name of app.yaml; whoever else is concerned gets a message.

    `tell` False: they agreed to it and know.

    Raises NotAllowed, and what `make_override` raises.
    """
    section = section_of(config, schedule)
    refuse_strangers(config, actor)
    person = None if person is None else known_person(config, person)
    may_put_on_call(config, section, actor=actor, person=person)
    await hold(session, section.name)
    since = max(starts_at, now)
    # A span that makes no sense is refused below.
    is_span = since < ends_at <= since + LONGEST
    before = await shifts_between(session, config, section.name, since, ends_at) if is_span else []
    override = await make_override(
        session,
        config=config,
        schedule=section.name,
        person=person,
        starts_at=starts_at,
        ends_at=ends_at,
        by=by,
        now=now,
        reason=reason,
    )
    concerned = {person, *(shift.person for shift in before)} - {actor}
    if tell:
        _tell(session, override, concerned, "made", now=now)
        _audit(session, override, concerned, "override_made", by=by, now=now)
    await look_again(session, section.name, now=now)
    return override


async def take_back(
    session: AsyncSession, override_id: int, *, config: Config, actor: str, by: str, now: datetime
) -> OverrideRow:
    """Cancels an override, or ends one that runs. Raises NotAllowed, NotFound, RuleRefused."""
    row = await numbered(session, OverrideRow, override_id)
    if row is None:
        raise NotFound(f"There is no override {override_id}.", "`/oncall override list` shows those to come.")
    known = config.schedule(row.schedule)
    allowed = {row.person, known and known.owner, *(members_of(config, known) if known else ())}
    if row.made_by != by and actor not in allowed:
        raise NotAllowed(
            "That override is not yours to cancel.",
            "Whoever made it may, whoever it puts on call, and the members and the owner of the schedule.",
        )
    was_running = row.starts_at < now
    override = await cancel_override(session, override_id, by=by, now=now)
    concerned = {override.person} - {actor}
    _tell(session, override, concerned, "ended" if was_running else "cancelled", now=now)
    _audit(session, override, concerned, "override_cancelled", by=by, now=now)
    await look_again(session, override.schedule, now=now)
    return override


def _audit(
    session: AsyncSession,
    override: OverrideRow,
    people: Set[str | None],
    act: str,
    *,
    by: str,
    now: datetime,
) -> None:
    """What somebody did to the shifts of others, without asking them; their own are theirs to arrange."""
    if people - {None}:
        audit(session, act, by=by, now=now, schedule=override.schedule, override=override.id)


def _tell(
    session: AsyncSession, override: OverrideRow, people: Iterable[str | None], what: str, *, now: datetime
) -> None:
    for person in sorted(name for name in people if name is not None)[:MOST_TOLD]:
        enqueue(
            session, "oncall.override", now=now, about={"override": override.id, "to": person, "what": what}
        )
