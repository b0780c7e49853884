"""Who has a review and its steps, and who is reminded of them."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.people import person
from bot.incidents.queries import last_update_of, responders_of, roles_of
from bot.incidents.rows import Incident
from bot.paging.people import accounts_of, is_user_id
from bot.paging.rows import Page


async def owner_of(session: AsyncSession, incident: Incident, config: Config) -> str | None:
    """Who has the review at first: the lead; whoever resolved it; whoever answers for the service; whoever took a
    page of it; whoever declared it. None: nobody of these is there.
    """
    roles = await roles_of(session, incident.id)
    resolution = await last_update_of(session, incident.id, "resolved")
    acknowledged = await session.scalars(
        select(Page.acknowledged_by)
        .where(Page.incident_id == incident.id, Page.acknowledged_by.is_not(None))
        .order_by(Page.id)
    )
    candidates = [
        roles.get("lead"),
        resolution.author if resolution is not None else None,
        for_service(incident, config),
        *acknowledged,
        incident.declared_by or None,
    ]
    return next(iter(await admitted(session, incident, config, candidates)), None)


def for_service(incident: Incident, config: Config) -> str | None:
    """Who answers for the incident's service, by the name in app.yaml: its owner if that is a person, or else the first
    of those who are invited to its incidents.
    """
    service = config.service(incident.service) if incident.service else None
    if service is None:
        return None
    owner = config.person(service.owner)
    return owner.name if owner is not None else next(iter(service.responders), None)


async def step_owner(
    session: AsyncSession, incident: Incident, config: Config, of: str, owner: str | None
) -> str | None:
    """Who has a step: as app.yaml says, or the review's owner where there is nobody."""
    if of == "owner":
        return owner
    roles = await roles_of(session, incident.id)
    wanted = for_service(incident, config) if of == "service" else roles.get(of)
    return next(iter(await admitted(session, incident, config, [wanted])), owner)


async def admitted(
    session: AsyncSession, incident: Incident, config: Config, people: Iterable[str | None]
) -> list[str]:
    """Those of them who may see the incident, each once, by account as far as it is known."""
    names = list(dict.fromkeys(name for name in people if name))
    accounts = await accounts_of(session, config, names)
    responders = set(await responders_of(session, incident.id)) if incident.private else set()
    found: dict[str, None] = {}
    for name in names:
        account = accounts.get(name)
        known = await person(session, account) if account is not None else None
        if known is not None and known.is_no_member:
            continue
        if account is None and (is_user_id(name) or config.person(name) is None):
            continue
        if incident.private and account not in responders:
            continue
        found[account or name] = None
    return list(found)
