"""The links that people need while they work an incident: a dashboard, a document, a call."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config.fields import web_link
from bot.config.problems import Refused
from bot.core.db import insert_row
from bot.core.errors import NotFound, RuleRefused, UserError
from bot.core.texts import one_line
from bot.core.timeline import record
from bot.core.viewer import Viewer
from bot.incidents import telling
from bot.incidents.lifecycle import refuse_if_closed
from bot.incidents.queries import locked
from bot.incidents.rows import Incident
from bot.incidents.task_queries import links_of
from bot.incidents.task_rows import Link

MOST = 50
LONGEST_ADDRESS = 1000
LONGEST_NAME = 100


async def add_link(
    session: AsyncSession, number: int, url: str, name: str = "", *, by: str | None, now: datetime
) -> Link:
    """Adds an http(s) address to incident `number`. Raises UserError for what is none, RuleRefused for one that is
    there already. Without `by` Tocsin adds it, as a rule asked for.
    """
    incident = await locked(session, number, Viewer(by))
    refuse_if_closed(incident)
    url, name = cleaned_url(url), cleaned_name(name)
    there = await links_of(session, incident.id)
    for known in there:
        if known.url == url:
            raise RuleRefused(
                f"That link is there already: {known.name or known.url}.",
                f"`/incident link {incident.id}` shows all of them.",
            )
    if len(there) >= MOST:
        raise RuleRefused(
            f"Incident #{incident.id} has {MOST} links, and nobody finds anything among more.",
            "Remove one that is not needed any more.",
        )
    link = await insert_row(
        session, Link, incident_id=incident.id, url=url, name=name, added_at=now, added_by=by
    )
    _tell(session, incident, link, "added", by=by, now=now)
    return link


async def remove_link(
    session: AsyncSession, number: int, link_id: int, *, by: str, now: datetime
) -> Incident:
    """Takes a link away; that it was there stays on the timeline."""
    incident = await locked(session, number, Viewer(by))
    refuse_if_closed(incident)
    link = await session.scalar(select(Link).where(Link.id == link_id, Link.incident_id == incident.id))
    if link is None:
        raise NotFound("That link is gone already.", f"`/incident link {number}` shows those that there are.")
    await session.delete(link)
    _tell(session, incident, link, "removed", by=by, now=now)
    return incident


def cleaned_url(url: str) -> str:
    """An http(s) address that everybody in the incident may see; raises UserError."""
    try:
        url = web_link(url)
    except Refused as refused:
        flaw = refused.flaws[0]
        guess = f" Did you mean {flaw.near}?" if flaw.near else ""
        problem = f"{flaw.problem[:1].upper()}{flaw.problem[1:]}."
        raise UserError(problem, f"Give {flaw.allowed}.{guess}", field="url") from None
    if len(url) > LONGEST_ADDRESS:
        raise UserError(
            f"The link is {len(url)} characters long; {LONGEST_ADDRESS} is the most.",
            "Leave out what is behind the “?”, or shorten it.",
            field="url",
        )
    return url


def cleaned_name(name: str) -> str:
    """One line, or nothing; raises UserError for one that is too long."""
    name = one_line(name)
    if len(name) > LONGEST_NAME:
        raise UserError(
            f"The name is {len(name)} characters long; {LONGEST_NAME} is the most.",
            "Shorten it.",
            field="name",
        )
    return name


def _tell(
    session: AsyncSession, incident: Incident, link: Link, change: str, *, by: str | None, now: datetime
) -> None:
    entry = record(
        session, incident, "link", now=now, by=by, change=change, url=link.url, title=link.name or None
    )
    incident.changed_at = now
    telling.card(session, incident, now=now)
    if change == "added":
        telling.post(session, incident, entry_number=entry, now=now)
