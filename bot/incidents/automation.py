"""Which rules of app.yaml a change of an incident sets off, pure and with a named reason; and what is noted of them.

They are noted in the transaction of the change and carried out by the tick (bot.automation): once, whatever is killed,
and a rule that fails never fails the declaration that set it off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import AutomationRule, Config
from bot.config.near import folded
from bot.config.sections.automation import ChangeKind, Share
from bot.config.sections.field_values import ANYTHING, NOTHING, comparison
from bot.core.db import left_work, note_row
from bot.incidents.rows import AutomationRun, Incident

_FILLED = {NOTHING: "empty", ANYTHING: "anything"}


@dataclass(frozen=True)
class Change:
    """What became of an incident: names of severities or statuses. What is declared was nothing before."""

    kind: ChangeKind
    after: str
    before: str | None = None


@dataclass(frozen=True)
class Subject:
    """What rules ask about an incident, as it is after the change."""

    severity: str
    status: str
    title: str = ""
    service: str | None = None
    private: bool = False
    drill: bool = False
    by_alert: bool = False
    type: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, incident: Incident) -> Subject:
        return cls(
            incident.severity,
            incident.status,
            incident.title,
            incident.service,
            incident.private,
            incident.drill,
            not incident.declared_by,
            incident.type,
            incident.fields or {},
        )


@dataclass(frozen=True)
class Judgement:
    """Whether a rule is set off, and why or why not."""

    rule: AutomationRule
    fires: bool
    reason: str


def judged(change: Change, subject: Subject, config: Config) -> list[Judgement]:
    """All rules of app.yaml, in its order."""
    because = reason_of(change, config)
    found = []
    for rule in config.automation:
        misfit = next(_misfits(rule, change, subject, config), None)
        found.append(Judgement(rule, misfit is None, misfit or because))
    return found


def reason_of(change: Change, config: Config) -> str:
    """What happened, in words: "the severity was raised from SEV2 to SEV1"."""
    if change.kind == "declared":
        return f"it was declared as {change.after}"
    if change.kind == "severity":
        return f"the severity was {_direction(change, config)} from {change.before} to {change.after}"
    return f"the status went from {change.before} to {change.after}"


def _misfits(rule: AutomationRule, change: Change, subject: Subject, config: Config) -> Iterator[str]:
    """Why the rule is not for this change; nothing where it is."""
    if change.kind not in rule.when:
        yield f"it is for {_any(rule.when)}, and this is {change.kind}"
    wanted = rule.conditions
    yield from _share("private incident", subject.private, wanted.private)
    yield from _share("drill", subject.drill, wanted.drill)
    yield from _among("the severity", subject.severity, wanted.severities)
    yield from _among("the severity before", change.before, wanted.from_severities)
    yield from _among("the status", subject.status, wanted.statuses)
    yield from _among("the status before", change.before, wanted.from_statuses)
    yield from _among("the service", subject.service, wanted.services)
    yield from _among("the type", subject.type, wanted.types)
    for name, typed in wanted.fields.items():
        yield from _filled(name, subject.fields.get(name), typed, config)
    if wanted.direction is not None and wanted.direction != _direction(change, config):
        yield f"the severity was {_direction(change, config)}, and it is for {wanted.direction}"
    if wanted.title and not any(folded(word) in folded(subject.title) for word in wanted.title):
        yield f"the title has none of {', '.join(wanted.title)}"
    declarer = "alert" if subject.by_alert else "person"
    yield from _among("the declarer", declarer, (wanted.declared_by,) if wanted.declared_by else ())


def may_act(rule: AutomationRule, incident: Incident) -> bool:
    """Whether the rule is for private incidents, or drills, where this is one. It may have become one since."""
    wanted, subject = rule.conditions, Subject.of(incident)
    shares = (("", subject.private, wanted.private), ("", subject.drill, wanted.drill))
    return not any(misfit for of in shares for misfit in _share(*of))


def _share(what: str, is_one: bool, wanted: Share) -> Iterator[str]:
    if is_one and wanted == "excluded":
        yield f"this is a {what}, and these are excluded"
    if not is_one and wanted == "only":
        yield f"this is no {what}, and it is for these only"


def _filled(name: str, filled: str | None, wanted: Sequence[str], config: Config) -> Iterator[str]:
    known = config.field(name)
    assert known is not None, "app.yaml refuses rules about other fields"
    if not any(comparison(known, typed).holds(known.kind, filled) for typed in wanted):
        said = _any([_FILLED.get(typed, typed) for typed in wanted])
        yield f"the field {name} is {filled or 'empty'}, and it is for {said}"


def _among(what: str, name: str | None, wanted: Sequence[str]) -> Iterator[str]:
    if wanted and name not in wanted:
        yield f"{what} is {name or 'none'}, and it is for {_any(wanted)}"


def _any(names: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _direction(change: Change, config: Config) -> str:
    is_worse = config.severity_rank(change.after) < config.severity_rank(change.before or "")
    return "raised" if is_worse else "lowered"


def set_off(
    session: AsyncSession, incident: Incident, change: Change, *, entry: int, config: Config, now: datetime
) -> None:
    """Notes the rules that this change sets off. `entry` is its number on the timeline: with it, and the rule's name,
    each is noted once. What is only written down afterwards sets off none: nobody acts on it any more.
    """
    if incident.retrospective:
        return
    for judgement in judged(change, Subject.of(incident), config):
        if judgement.fires:
            left_work(session)
            note_row(
                session,
                AutomationRun,
                incident_id=incident.id,
                entry=entry,
                rule=judgement.rule.name,
                because=judgement.reason,
                actions=[[action.kind, action.key] for action in judgement.rule.then],
                due_at=now,
            )
