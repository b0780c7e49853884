"""Declaring, from wherever it is asked for: the one-line command and the form lead here."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Service, Severity
from bot.core.outbox import Priority, enqueue
from bot.core.receipts import is_about
from bot.incidents import telling
from bot.incidents.answering import answering_for, look_up
from bot.incidents.field_values import checked_at_declaration
from bot.incidents.lifecycle import Earlier, declare
from bot.incidents.retrospective import write_down
from bot.incidents.rows import Incident
from bot.incidents.updates import keep_message
from bot.runtime import Bot
from handlers.request import Request, carried_out


async def declare_once(
    bot: Bot,
    request: Request,
    *,
    title: str,
    severity: Severity,
    service: Service | None = None,
    summary: str = "",
    private: bool = False,
    drill: bool = False,
    source: str | None = None,
    said: dict[str, str] | None = None,
    response_url: str | None = None,
    type_name: str | None = None,
    typed: Mapping[str, str] | None = None,
    earlier: Earlier | None = None,
) -> Incident:
    """Declares the incident, or writes it down when it was over `earlier`, and leaves word for the declarer; raises Repeated
    when this request did already.

    `typed` is what was said of custom fields; raises UserError where one that is needed is missing.
    """
    now = bot.clock.now()
    filled = checked_at_declaration(bot.config, type_name, typed or {})

    async def work(session: AsyncSession) -> Incident:
        known, unknown = await answering_for(session, bot.config, service if earlier is None else None)
        begin = (
            partial(write_down, earlier=earlier)
            if earlier is not None
            else partial(declare, status=bot.config.active_statuses[0], responders=known)
        )
        incident = await begin(
            session,
            config=bot.config,
            title=title,
            severity=severity,
            service=service,
            summary=summary,
            private=private,
            drill=drill,
            source=source,
            type_name=type_name,
            filled=filled,
            by=request.user_id,
            now=now,
        )
        is_about(session, incident.id)
        look_up(session, incident, unknown, now=now)
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
        delay=telling.ANNOUNCE_AT_LATEST,  # with the channel there it leaves at once
    )
