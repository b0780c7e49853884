"""What `tocsin backlog` tells: as the operator, who may see everything anyway."""

from typing import Any

from bot.alerts.backlog import Behind, behind
from bot.backlog.priority import priority
from bot.backlog.rows import BacklogItem
from bot.config import Config, choose_one
from bot.core.db import Database
from bot.core.errors import NotFound
from bot.core.viewer import PROGRAM
from bot.incidents.backlog import Which
from bot.incidents.backlog import listed as items_listed

Json = dict[str, Any]


async def listed(
    db: Database, config: Config, *, service: str | None, everything: bool, limit: int
) -> list[Json]:
    """The unfinished items or all, the most urgent first. Raises NotFound."""
    name = known_service(config, service) if service is not None else None
    async with db.read() as session:
        items = await items_listed(session, PROGRAM, Which(everything, service=name), limit=limit)
        alerts = await behind(session, [item.id for item in items])
    return [_as_json(item, alerts.get(item.id)) for item in items]


def known_service(config: Config, name: str) -> str:
    """The service's own name; raises NotFound with what may have been meant."""
    found = config.service(name)
    if found is None:
        names = [one.name for one in config.services]
        raise NotFound(f"“{name}” is not a service.", choose_one(name, names))
    return found.name


def _as_json(item: BacklogItem, alerts: Behind | None) -> Json:
    return {
        "number": item.id,
        "kind": item.kind,
        "title": item.title,
        "description": item.description,
        "service": item.service,
        "impact": item.impact,
        "effort": item.effort,
        "priority": priority(item.impact, item.effort),
        "owner": item.owner,
        "status": item.status,
        "milestone": item.milestone,
        "reason": item.reason or None,
        "private": item.private,
        "origin": item.origin,
        "incident": item.incident_id,
        "created_at": item.created_at.isoformat(),
        "created_by": item.created_by,
        "changed_at": item.changed_at.isoformat(),
        "changed_by": item.changed_by,
        "closed_at": item.closed_at.isoformat() if item.closed_at else None,
        "closed_by": item.closed_by,
        "alerts": None
        if alerts is None
        else {
            "received": alerts.count,
            "first_at": alerts.first_at.isoformat(),
            "last_at": alerts.last_at.isoformat(),
            "over_at": alerts.over_at.isoformat() if alerts.over_at else None,
        },
    }


def line(item: Json) -> str:
    """An item on a terminal."""
    incident = f"  incident #{item['incident']}" if item["incident"] else ""
    alerts = f"  received {item['alerts']['received']} times" if item["alerts"] else ""
    private = " [private]" if item["private"] else ""
    return (
        f"#{item['number']:<5} {item['status']:<9} {item['kind']:<8} {item['service'] or '-':<14} "
        f"{item['created_at'][:10]}  {item['title']}{incident}{alerts}{private}"
    )
