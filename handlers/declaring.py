"""Declaring, from wherever it is asked for: the one-line command and the form lead here."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.outbox import Priority, enqueue
from bot.core.receipts import is_about
from bot.incidents import telling
from bot.incidents.declaring import Declaration, Earlier, declare
from bot.incidents.field_values import checked_at_declaration
from bot.incidents.retrospective import write_down
from bot.incidents.rows import Incident
from bot.incidents.updates import keep_message
from bot.runtime import Bot
from handlers.request import Request, carried_out


async def declare_once(
    bot: Bot,
    request: Request,
    declaration: Declaration,
    *,
    earlier: Earlier | None = None,
    said: dict[str, str] | None = None,
    response_url: str | None = None,
) -> Incident:
    """Declares the incident, or writes it down when it was over `earlier`, and leaves word for the declarer; raises Repeated
    when this request did already, and UserError where a field that is needed is not filled.

    `said` is what stood in the message that it is declared from.
    """
    now = bot.clock.now()
    is_over = earlier is not None
    filled = checked_at_declaration(bot.config, declaration.type_name, declaration.filled, is_over=is_over)
    checked, source = replace(declaration, filled=filled), declaration.source

    async def work(session: AsyncSession) -> Incident:
        by: Any = {"config": bot.config, "by": request.user_id, "now": now}
        if earlier is not None:
            incident = await write_down(session, checked, earlier, **by)
        else:
            incident = await declare(session, checked, **by)
        is_about(session, incident.id)
        if source is not None:
            channel, _, ts = source.partition("/")
            await keep_message(
                session,
                incident,
                channel=channel,
                ts=ts,
                by=request.user_id,
                how="shortcut",
                said=said,
                now=now,
            )
        _word_to_declarer(session, incident, request, response_url, now=now)
        return incident

    return await carried_out(bot, request, work)


def _word_to_declarer(
    session: AsyncSession, incident: Incident, request: Request, response_url: str | None, *, now: datetime
) -> None:
    told: dict[str, Any] = {"user": request.user_id}
    if response_url:
        # Only a command has an answer that the news can take the place of; a form leaves none.
        told |= {"response_url": response_url, "replaces": request.kind == "command"}
    enqueue(
        session,
        "incident.declared",
        now=now,
        incident_id=incident.id,
        about=told,
        priority=Priority.ANSWER,
        lane=f"told:{incident.id}",
        delay=telling.WAITS_FOR_CHANNEL,  # with the channel there it leaves at once
    )
