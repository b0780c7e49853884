"""Who does what: roles and responders."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Role
from bot.core.errors import RuleRefused
from bot.core.outbox import Priority, enqueue
from bot.core.people import person
from bot.core.timeline import record
from bot.core.viewer import PROGRAM, Viewer
from bot.incidents import nudging, telling
from bot.incidents.lifecycle import refuse_if_closed
from bot.incidents.queries import locked
from bot.incidents.rows import Incident, Responder, RoleAssignment


async def assign(
    session: AsyncSession,
    number: int,
    role: Role,
    user_id: str,
    *,
    by: str,
    now: datetime,
    only_if_free: bool = False,
) -> Incident:
    """Gives the role to one person, who is told privately what it asks of them; it has one holder at a time.

    `only_if_free` refuses to take it from somebody: of two who click at the same moment the first has it.
    """
    incident = await locked(session, number, Viewer(by))
    refuse_if_closed(incident)
    held = await session.get(RoleAssignment, (incident.id, role.name))
    if held is not None and held.user_id == user_id:
        who = "You are" if user_id == by else f"<@{user_id}> is"
        raise RuleRefused(
            f"{who} {role.title} of incident #{number} already.",
            f"Name somebody else to hand it over: `{role.command} @name`.",
        )
    if held is not None and only_if_free:
        raise RuleRefused(
            f"<@{held.user_id}> is {role.title} of incident #{number} already.",
            f"To take over, type `{role.command} {number}`.",
        )
    before = held.user_id if held else None
    if held is None:
        session.add(
            RoleAssignment(
                incident_id=incident.id, role=role.name, user_id=user_id, assigned_by=by, assigned_at=now
            )
        )
    else:
        held.user_id, held.assigned_by, held.assigned_at = user_id, by, now
    await takes_part(session, incident, [user_id], now=now)
    entry = record(session, incident, "role", now=now, by=by, role=role.name, user=user_id, before=before)
    telling.changed(session, incident, now=now)
    telling.post(session, incident, entry_number=entry, now=now)
    if role.name == "lead":
        await nudging.lead_taken(session, incident, by=user_id, now=now)
    enqueue(
        session,
        "incident.instructions",
        now=now,
        incident_id=incident.id,
        about={"user": user_id, "role": role.name, "by": by},
        priority=Priority.ANSWER,
    )
    return incident


async def join(session: AsyncSession, number: int, *, by: str, now: datetime) -> Incident:
    """Takes part, without a role: is invited to the channel. Doing it again invites again and changes nothing."""
    incident = await locked(session, number, Viewer(by))
    refuse_if_closed(incident)
    known = await session.get(Responder, (incident.id, by))
    if known is not None:
        known.invited_at = None  # they may have left the channel since
        telling.invitations(session, incident, now=now)
        return incident
    await takes_part(session, incident, [by], now=now)
    record(session, incident, "joined", now=now, by=by, user=by)
    telling.changed(session, incident, now=now)
    return incident


async def add_responders(
    session: AsyncSession, number: int, user_ids: Iterable[str], *, now: datetime
) -> Incident:
    """People whom the configuration names for the service are added as they become known."""
    incident = await locked(session, number, PROGRAM)
    await takes_part(session, incident, user_ids, now=now, service=incident.service)
    return incident


async def bring_in(
    session: AsyncSession, incident: Incident, user_ids: Iterable[str], *, now: datetime
) -> list[str]:
    """Has these people take part and invited, as far as they do not yet; returns those who are new. Who is known to be no
    member of the workspace (a guest, a bot) stays out. The incident is locked.
    """
    new = []
    for user_id in dict.fromkeys(user_ids):
        known = await person(session, user_id)
        is_welcome = known is None or not known.is_no_member
        if is_welcome and await session.get(Responder, (incident.id, user_id)) is None:
            new.append(user_id)
    await takes_part(session, incident, new, now=now)
    return new


async def were_invited(
    session: AsyncSession, incident: Incident, user_ids: Iterable[str], *, now: datetime
) -> None:
    """Slack has invited these people to the channel. Those whom the service brought are told of in one entry."""
    brought: dict[str, list[str]] = {}
    for user_id in user_ids:
        responder = await session.get(Responder, (incident.id, user_id))
        if responder is None:
            continue
        responder.invited_at = responder.invited_at or now
        if responder.service is not None:
            brought.setdefault(responder.service, []).append(user_id)
            responder.service = None
    for service, users in brought.items():
        record(session, incident, "invited", now=now, by=None, service=service, users=users)


async def came(session: AsyncSession, incident_id: int, user_id: str, *, now: datetime) -> None:
    """Somebody joined the channel in Slack itself: they take part, and need no invitation."""
    incident = await locked(session, incident_id, PROGRAM)
    known = await session.get(Responder, (incident.id, user_id))
    if known is None:
        session.add(Responder(incident_id=incident.id, user_id=user_id, joined_at=now, invited_at=now))
        if not incident.is_closed:
            record(session, incident, "joined", now=now, by=user_id, user=user_id)
        telling.changed(session, incident, now=now)
    else:
        known.invited_at = known.invited_at or now


async def went(session: AsyncSession, incident_id: int, user_id: str, *, now: datetime) -> None:
    """Somebody left the channel. Of a private incident they see nothing any more."""
    incident = await locked(session, incident_id, PROGRAM)
    known = await session.get(Responder, (incident.id, user_id))
    if known is None:
        return
    await session.delete(known)
    if not incident.is_closed:
        record(session, incident, "left", now=now, by=user_id, user=user_id)
    telling.changed(session, incident, now=now)


async def takes_part(
    session: AsyncSession,
    incident: Incident,
    user_ids: Iterable[str],
    *,
    now: datetime,
    service: str | None = None,
) -> None:
    """They are responders from now on, and are invited to the channel."""
    for user_id in user_ids:
        if await session.get(Responder, (incident.id, user_id)) is None:
            session.add(Responder(incident_id=incident.id, user_id=user_id, joined_at=now, service=service))
    await session.flush()
    telling.invitations(session, incident, now=now)
