"""Incidents that are written down when they are over: what happened is kept, counted and reviewed, and nobody is called."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.db import note_row
from bot.core.errors import UserError
from bot.core.timeline import record
from bot.incidents import telling
from bot.incidents.declaring import Declaration, Earlier, entered
from bot.incidents.rows import Incident, Responder


async def write_down(
    session: AsyncSession,
    said: Declaration,
    earlier: Earlier,
    *,
    config: Config,
    by: str,
    now: datetime,
) -> Incident:
    """An incident that was over before it was known here: resolved from the start, with its own times, and a channel in
    which only its author takes part. It is announced to nobody, pages nobody, asks for nothing and sets off no rule.
    """
    refuse_impossible(earlier, now=now)
    incident, _ = await entered(session, said, config=config, by=by, now=now, earlier=earlier)
    incident.review_at = now
    record(
        session,
        incident,
        "over",
        now=now,
        by=by,
        occurred_at=earlier.over_at,
        known=earlier.ended_at is not None,
    )
    note_row(session, Responder, incident_id=incident.id, user_id=by, joined_at=now)
    telling.channel(session, incident, now=now)
    return incident


def refuse_impossible(earlier: Earlier, *, now: datetime) -> None:
    """Raises UserError: what is written down afterwards began, and ended after that."""
    times = {"began": earlier.began_at, "ended": earlier.ended_at}
    for field, at in times.items():
        if at is not None and at > now:
            raise UserError(
                "That time is still to come.",
                "Name a time that has passed. What is not over is declared: `/incident declare`.",
                field=field,
            )
    if earlier.over_at < earlier.began_at:
        raise UserError(
            "It cannot have ended before it began.",
            "Name a later end, or none if nobody knows it.",
            field="ended",
        )
