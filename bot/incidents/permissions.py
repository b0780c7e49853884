"""Who may do what, by `permissions` of app.yaml.

await require(session, config, "close", incident, by=by, now=now)

A verb asks it where it checks its other rules. Nobody is asked about who the program is (`by` None).

What Slack cannot tell must not stop the worst hour's work: where a user group decides and Slack has not yet said who is in it,
a full member may do what is in `URGENT`, and the audit log says that it was let pass unseen. All else waits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.config.sections.paging import target
from bot.config.sections.permissions import EVERYONE, RESPONDERS
from bot.core.audit import audit
from bot.core.errors import NotAllowed
from bot.core.people import Person, person
from bot.core.user_groups import groups_with
from bot.incidents.rows import Incident, Responder
from bot.paging.duty import duty
from bot.paging.escalation import Who
from bot.paging.people import person_of

URGENT = frozenset(["declare", "private", "severity", "resolve", "reopen"])
# What it is to do each of them, behind "may not".
DEEDS = {
    "declare": "declare incidents",
    "severity": "rate incidents",
    "resolve": "resolve incidents",
    "close": "close incidents",
    "reopen": "take incidents up again",
    "private": "declare private incidents",
    "merge": "merge incidents",
    "redact": "hide or redact what stands on a timeline",
    "configuration": "look at the configuration or change it",
}


@dataclass(frozen=True)
class Decision:
    """`reason` is why, in a word or two: it stands in the audit log."""

    allowed: bool
    reason: str


async def require(
    session: AsyncSession,
    config: Config,
    permission: str,
    incident: Incident | None = None,
    *,
    by: str | None,
    now: datetime,
) -> None:
    """Raises NotAllowed unless `by` may do it (with this incident)."""
    if by is None:
        return
    number = None if incident is None else incident.id
    decision = await decide(session, config, permission, incident, by=by, now=now)
    if not decision.allowed:
        raise _refusal(config, permission, decision.reason, number)
    if decision.reason == UNSEEN:
        audit(session, "let_pass", by=by, now=now, incident_id=number, permission=permission, reason=UNSEEN)


UNSEEN = "user group not known yet"


async def decide(
    session: AsyncSession,
    config: Config,
    permission: str,
    incident: Incident | None,
    *,
    by: str,
    now: datetime,
) -> Decision:
    """Whether somebody may, and why. It asks no more than it must: everyone is what nearly all allow."""
    allowed: Sequence[str] = getattr(config.permissions, permission)
    if EVERYONE in allowed:
        return Decision(True, EVERYONE)
    if incident is not None and RESPONDERS in allowed and await _responds(session, config, incident, by, now):
        return Decision(True, RESPONDERS)
    named = [target(one) for one in allowed if one != RESPONDERS]
    name = await person_of(session, config, by) if named else by
    if any(one.kind == "person" and one.name == name for one in named):
        return Decision(True, "named")
    schedules = [one.name for one in named if one.kind == "schedule"]
    if schedules and _has_one(await duty(session, config, now), schedules, name, now):
        return Decision(True, "on call")
    handles = [one.name for one in named if one.kind == "group"]
    groups = await groups_with(session, handles, by) if handles else set()
    if groups:
        return Decision(True, f"in @{min(groups)}")
    if groups is None:
        known = await person(session, by)
        return Decision(permission in URGENT and not (known is not None and known.is_no_member), UNSEEN)
    return Decision(False, "not among those who may")


async def _responds(
    session: AsyncSession, config: Config, incident: Incident, by: str, now: datetime
) -> bool:
    """Whether they take part in it, or are on call for its service."""
    if await session.get(Responder, (incident.id, by)) is not None:
        return True
    policy = config.policy_for(config.service(incident.service) if incident.service else None)
    targets = [target(text) for step in (policy.steps if policy is not None else ()) for text in step.notify]
    schedules = [one.name for one in targets if one.kind == "schedule"]
    if not schedules:
        return False
    return _has_one(await duty(session, config, now), schedules, await person_of(session, config, by), now)


def _has_one(who: Who, schedules: Sequence[str], name: str, now: datetime) -> bool:
    return any(getattr(who(schedule, now), "person", None) == name for schedule in schedules)


def _refusal(config: Config, permission: str, reason: str, number: int | None) -> NotAllowed:
    allowed: Sequence[str] = getattr(config.permissions, permission)
    if reason == UNSEEN:
        handles = ", ".join(f"@{target(one).name}" for one in allowed if one.startswith("group:"))
        what = f"Slack has not said yet who is in {handles}, who may {DEEDS[permission]}."
        mend = "Try again in a minute. If it lasts, `tocsin doctor` tells whoever runs Tocsin why."
    else:
        what = (
            f"You may not {DEEDS[permission]}: {config.organization} leaves that to {_who(config, allowed)}."
        )
        mend = _mend(config, allowed, number)
    return NotAllowed(what, mend, permission=permission, reason=reason, incident_id=number)


def _who(config: Config, allowed: Sequence[str]) -> str:
    """Whoever may, in words."""
    said = [_said(config, one) for one in allowed]
    if not said:
        return "whoever runs Tocsin, at the command line"
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"


def _said(config: Config, one: str) -> str:
    if one == RESPONDERS:
        return "those who respond to the incident"
    kind, name = target(one)
    if kind == "group":
        return f"@{name}"
    if kind == "schedule":
        section = config.schedule(name)
        return f"whoever is on call for {name if section is None else section.shown_name}"
    return name


def _mend(config: Config, allowed: Sequence[str], number: int | None) -> str:
    if RESPONDERS in allowed:
        join = "/incident join" if number is None else f"/incident join {number}"
        return f"Join it first (`{join}`), or ask one of them."
    if len(allowed) == 1 and not allowed[0].startswith("group:"):
        is_named = allowed[0].startswith("person:")
        return f"Ask {_said(config, allowed[0]) if is_named else 'them'} to do it."
    return "Ask one of them to do it." if allowed else "Ask them."


def admits(config: Config, known: Person, *, from_outside: bool = False) -> bool:
    """Whether this account may act at all: full members, and those that app.yaml admits beside them.

    `from_outside`: Slack says with what they do that they are of another organization.
    """
    if known.is_bot or known.has_left:
        return False
    if known.is_outside or from_outside:
        return _admitted(config, config.permissions.external, known)
    return not known.is_guest or _admitted(config, config.permissions.guests, known)


def _admitted(config: Config, who: Sequence[str], known: Person) -> bool:
    if EVERYONE in who:
        return True
    people = [config.person(target(one).name) for one in who]
    return any(
        one is not None
        and (
            one.slack == known.user_id
            or (one.email is not None and known.email is not None and one.email.lower() == known.email)
        )
        for one in people
    )
