"""Asking colleagues: to cover a shift or a part of it, or to exchange shifts. Who agrees first gets the override."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.db import numbered
from bot.core.errors import NotAllowed, NotFound, RuleRefused
from bot.core.outbox import Priority, enqueue
from bot.oncall.members import members_of, refuse_strangers, section_of
from bot.oncall.overrides import LONGEST, LONGEST_REASON, known_person
from bot.oncall.rows import (
    COVER,
    DECLINED,
    EXPIRED,
    OPEN,
    SWAP,
    TAKEN,
    WITHDRAWN,
    ShiftRequest,
    ShiftRequestMessage,
)
from bot.oncall.standing_in import put_on_call, shifts_between
from bot.oncall.watch import hold

# A request for a shift that runs already: by then somebody has answered, or nobody will.
LONGEST_OPEN_WITHIN_SHIFT = timedelta(hours=4)
MOST_OPEN = 20


async def ask_cover(
    session: AsyncSession,
    *,
    config: Config,
    schedule: str,
    starts_at: datetime,
    ends_at: datetime,
    actor: str,
    by: str,
    now: datetime,
    channel: str | None = None,
    reason: str = "",
) -> ShiftRequest:
    """Asks the members of a schedule, each by direct message, or all of them in `channel` ("#name" or an id).

    Raises NotAllowed, RuleRefused where the actor has not all of that time.
    """
    refuse_strangers(config, actor)
    section = section_of(config, schedule)
    starts_at = max(starts_at, now)
    await _refuse_not_theirs(session, config, section.name, actor, starts_at, ends_at, field="starts_at")
    asked = [member for member in members_of(config, section) if member != actor]
    if channel is None and not asked:
        raise RuleRefused(
            f"{section.shown_name} has no other members.",
            "Ask in a channel: add `in #channel` to the command.",
        )
    await _refuse_too_many(session, by)
    request = ShiftRequest(
        kind=COVER,
        schedule=section.name,
        asker=actor,
        asked_by=by,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason.strip()[:LONGEST_REASON],
        state=OPEN,
        asked_at=now,
        expires_at=starts_at if starts_at > now else min(ends_at, now + LONGEST_OPEN_WITHIN_SHIFT),
    )
    await _send(session, request, [actor, *(asked if channel is None else ())], channel, now=now)
    return request


async def ask_swap(
    session: AsyncSession,
    *,
    config: Config,
    schedule: str,
    mine: tuple[datetime, datetime],
    other: str,
    theirs: tuple[datetime, datetime],
    actor: str,
    by: str,
    now: datetime,
    reason: str = "",
) -> ShiftRequest:
    """Asks `other` to exchange shifts of one schedule; both must have them, and both must be to come."""
    refuse_strangers(config, actor)
    section, other = section_of(config, schedule), known_person(config, other)
    if other == actor:
        raise RuleRefused("A swap needs two people.", "Name somebody else.")
    if min(mine[0], theirs[0]) <= now:
        raise RuleRefused(
            "One of these shifts has begun already.", "Choose shifts to come, or use `/oncall cover`."
        )
    await _refuse_not_theirs(session, config, section.name, actor, *mine, field="shift")
    await _refuse_not_theirs(session, config, section.name, other, *theirs, field="their_shift")
    await _refuse_too_many(session, by)
    request = ShiftRequest(
        kind=SWAP,
        schedule=section.name,
        asker=actor,
        asked_by=by,
        starts_at=mine[0],
        ends_at=mine[1],
        other=other,
        other_starts_at=theirs[0],
        other_ends_at=theirs[1],
        reason=reason.strip()[:LONGEST_REASON],
        state=OPEN,
        asked_at=now,
        expires_at=min(mine[0], theirs[0]),
    )
    await _send(session, request, [actor, other], None, now=now)
    return request


async def agree(
    session: AsyncSession, request_id: int, *, config: Config, actor: str, by: str, now: datetime
) -> ShiftRequest:
    """Takes the shift, or accepts the swap. Of two that come at once one has it, the other is refused."""
    request = await _open(session, request_id, now=now)
    refuse_strangers(config, actor)
    if actor == request.asker:
        raise RuleRefused("You asked for this yourself.", "Withdraw it if it is not needed any more.")
    section = section_of(config, request.schedule)
    if request.kind == SWAP and actor != request.other:
        raise NotAllowed(f"Only {request.other} was asked.", "Look with `/oncall` who is on call.")
    if request.kind == COVER and actor not in (section.owner, *members_of(config, section)):
        raise NotAllowed(
            f"Only members of {section.shown_name} and its owner were asked.",
            f"Ask {request.asker} to put you on call: `/oncall override {section.name}`.",
        )
    await hold(session, section.name)
    # Handed over while nobody had begun: of a shift that runs, what is left.
    spans = [(request.asker, actor, max(request.starts_at, now), request.ends_at)]
    if request.kind == SWAP and request.other_starts_at and request.other_ends_at:
        spans.append((actor, request.asker, request.other_starts_at, request.other_ends_at))
    for giver, _, start, end in spans:
        await _refuse_not_theirs(session, config, section.name, giver, start, end)
    for giver, taker, start, end in spans:
        await put_on_call(
            session,
            config=config,
            schedule=section.name,
            person=taker,
            starts_at=start,
            ends_at=end,
            # Both agreed, so each acts for themselves.
            actor=taker,
            by=by if taker == actor else request.asked_by,
            now=now,
            reason=f"{'swap with' if request.kind == SWAP else 'cover for'} {giver}",
            tell=False,
        )
    request.taker = actor
    await _settle(session, request, TAKEN, now=now)
    return request


async def decline(
    session: AsyncSession, request_id: int, *, config: Config, actor: str, now: datetime
) -> ShiftRequest:
    """The other one does not want the swap."""
    request = await _open(session, request_id, now=now)
    if request.kind != SWAP or actor != request.other:
        raise NotAllowed("You were not asked for a swap.", "A request for cover needs no answer.")
    await _settle(session, request, DECLINED, now=now)
    return request


async def withdraw(
    session: AsyncSession, request_id: int, *, config: Config, actor: str, by: str, now: datetime
) -> ShiftRequest:
    """The asker takes it back."""
    request = await _open(session, request_id, now=now)
    if by != request.asked_by and actor != request.asker:
        raise NotAllowed("Only whoever asked may withdraw it.", f"Ask {request.asker}.")
    await _settle(session, request, WITHDRAWN, now=now)
    return request


async def expire(session: AsyncSession, request_id: int, *, now: datetime) -> None:
    """Nobody has agreed in time: the asker is told, unless the shift is over too (after a long downtime)."""
    request = await session.get(ShiftRequest, request_id, with_for_update=True, populate_existing=True)
    if request is not None and request.is_open and request.expires_at <= now:
        await _settle(session, request, EXPIRED, now=now)


async def request_of(session: AsyncSession, request_id: int) -> ShiftRequest | None:
    found: ShiftRequest | None = await session.get(ShiftRequest, request_id)
    return found


async def _open(session: AsyncSession, request_id: int, *, now: datetime) -> ShiftRequest:
    found = await numbered(session, ShiftRequest, request_id, lock=True)
    if found is None:
        raise NotFound("There is no such request.", "Look with `/oncall` who is on call.")
    said = {
        TAKEN: f"{found.taker} has taken it already.",
        WITHDRAWN: f"{found.asker} has withdrawn it.",
        DECLINED: f"{found.other} has declined it.",
        EXPIRED: "It is too late: the request has expired.",
    }.get(found.state)
    if said is None and found.expires_at <= now:
        said = "It is too late: the request has expired."
    if said is not None:
        raise RuleRefused(said, "Nothing more needs to be done.")
    return found


async def _refuse_not_theirs(
    session: AsyncSession,
    config: Config,
    schedule: str,
    person: str,
    start: datetime,
    end: datetime,
    *,
    field: str | None = None,
) -> None:
    if end <= start:
        raise RuleRefused("That time is over, or ends before it begins.", "Choose another.", field=field)
    if end - start > LONGEST:
        raise RuleRefused("That is longer than a year.", "Choose an earlier end.", field=field)
    found = await shifts_between(session, config, schedule, start, end)
    if any(shift.person != person for shift in found):
        section = section_of(config, schedule)
        raise RuleRefused(
            f"{person} is not on call for {section.shown_name} in all of that time.",
            "`/oncall me` shows your shifts; a request must lie within one.",
            field=field,
        )


async def _refuse_too_many(session: AsyncSession, by: str) -> None:
    found = await session.scalars(
        select(ShiftRequest.id)
        .where(ShiftRequest.asked_by == by, ShiftRequest.state == OPEN)
        .limit(MOST_OPEN)
    )
    if len(found.all()) >= MOST_OPEN:
        raise RuleRefused(f"You have {MOST_OPEN} open requests.", "Withdraw one first.")


async def _send(
    session: AsyncSession, request: ShiftRequest, people: Sequence[str], channel: str | None, *, now: datetime
) -> None:
    session.add(request)
    await session.flush()
    await _ask(session, request, people, now=now)
    if channel is not None:
        message = ShiftRequestMessage(request_id=request.id, channel=channel)
        session.add(message)
        await session.flush()
        show(session, message, now=now)


async def _ask(session: AsyncSession, request: ShiftRequest, people: Sequence[str], *, now: datetime) -> None:
    messages = [ShiftRequestMessage(request_id=request.id, person=person) for person in people]
    session.add_all(messages)
    await session.flush()
    for message in messages:
        show(session, message, now=now)


async def ask_in_person(
    session: AsyncSession, message: ShiftRequestMessage, *, config: Config, problem: str, now: datetime
) -> None:
    """The channel of a request cannot be written to: its members are asked one by one, and the asker is told."""
    request = await request_of(session, message.request_id)
    await session.delete(message)
    if request is None or not request.is_open:
        return
    members = [
        name for name in members_of(config, section_of(config, request.schedule)) if name != request.asker
    ]
    await _ask(session, request, members, now=now)
    about = {"request": request.id, "to": request.asker, "channel": message.channel}
    enqueue(session, "oncall.answer", now=now, about={**about, "problem": problem, "asked": len(members)})


async def _settle(session: AsyncSession, request: ShiftRequest, state: str, *, now: datetime) -> None:
    """Ends it; every message of it shows so, and whoever waits for an answer gets one that rings."""
    request.state, request.settled_at = state, now
    for message in await session.scalars(
        select(ShiftRequestMessage)
        .where(ShiftRequestMessage.request_id == request.id)
        .order_by(ShiftRequestMessage.id)
    ):
        show(session, message, now=now)
    if state != WITHDRAWN:
        enqueue(session, "oncall.answer", now=now, about={"request": request.id, "to": request.asker})


def show(session: AsyncSession, message: ShiftRequestMessage, *, now: datetime) -> None:
    """Posts the message, or brings it up to date."""
    enqueue(
        session,
        "oncall.request",
        now=now,
        about={"message": message.id},
        fold=f"oncall.request:{message.id}",
        priority=Priority.CARD,
    )
