"""Handing over: one role or several go to somebody else, who is told how things stand."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.errors import RuleRefused
from bot.core.outbox import Priority, enqueue
from bot.core.timeline import record
from bot.core.viewer import Viewer
from bot.incidents import telling
from bot.incidents.lifecycle import cleaned, refuse_if_closed
from bot.incidents.queries import locked, roles_of
from bot.incidents.roles import takes_part
from bot.incidents.rows import Incident, RoleAssignment

# Which roles are meant, where it is none of them by name.
MINE, ALL = "mine", "all"


async def hand_over(
    session: AsyncSession,
    number: int,
    to: str,
    *,
    which: str = MINE,
    text: str = "",
    config: Config,
    by: str,
    now: datetime,
) -> Incident:
    """Gives `to` (a Slack user id) the roles that `by` holds, all that anybody holds (`ALL`), or one by its name, at once;
    `text` is what they should know. Raises NotFound, RuleRefused.
    """
    incident = await locked(session, number, Viewer(by))
    refuse_if_closed(incident)
    text = cleaned(text, "text")
    held = await roles_of(session, incident.id)
    moved = {name: held[name] for name in _meant(incident, held, which, config, by) if held[name] != to}
    if not moved:
        who = "You have" if to == by else f"<@{to}> has"
        raise RuleRefused(f"{who} that already in incident #{incident.id}.", "Choose somebody else.")
    for name in moved:
        assignment = await session.get_one(RoleAssignment, (incident.id, name))
        assignment.user_id, assignment.assigned_by, assignment.assigned_at = to, by, now
    await takes_part(session, incident, [to], now=now)
    entry = record(
        session,
        incident,
        "handover",
        now=now,
        by=by,
        roles=list(moved),
        user=to,
        before=list(moved.values()),
        text=text or None,
    )
    telling.changed(session, incident, now=now)
    telling.post(session, incident, entry_number=entry, now=now)
    enqueue(
        session,
        "incident.handover",
        now=now,
        incident_id=incident.id,
        about={"user": to, "entry": entry},
        priority=Priority.ANSWER,
    )
    return incident


def _meant(incident: Incident, held: Mapping[str, str], which: str, config: Config, by: str) -> Iterable[str]:
    """The names of the roles; raises RuleRefused where nobody has them."""
    if which == ALL:
        found, nobody = list(held), f"Nobody has a role in incident #{incident.id} yet."
    elif which == MINE:
        found, nobody = (
            [name for name in held if held[name] == by],
            f"You have no role in incident #{incident.id}.",
        )
    else:
        role = config.role(which)
        title = role.title if role is not None else which
        found, nobody = [which] if which in held else [], f"Nobody is {title} of incident #{incident.id}."
    if not found:
        raise RuleRefused(
            nobody,
            "Name a role that somebody has, or `all`; `/incident lead @name` gives one for the first time.",
        )
    return found
