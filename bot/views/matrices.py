"""What the matrix pictures show: the backlog by impact and effort, risks by likelihood and impact."""

from collections.abc import Iterable

from bot.backlog.priority import HIGH, LEVELS, LOW, MEDIUM, Priority, priority
from bot.backlog.rows import BacklogItem
from bot.routine.risk_rows import Risk
from bot.routine.risks import severity
from bot.views.backlog import PRIORITIES
from bot.views.matrix_chart import Matrix

_TONES = {
    Priority.NOW: "good",
    Priority.PLAN: "fair",
    Priority.CONSIDER: "plain",
    Priority.DEFER: "poor",
}
_GREATNESS = {HIGH: "great", MEDIUM: "moderate", LOW: "small"}
_RISK_TONES = {HIGH: "bad", MEDIUM: "fair", LOW: "good"}


def of_backlog(items: Iterable[BacklogItem]) -> Matrix:
    """Those that are judged, by the number that people say."""
    fields: dict[tuple[str, str], list[int]] = {}
    for item in items:
        if item.impact and item.effort:
            fields.setdefault((item.effort, item.impact), []).append(item.id)
    known = {
        (effort, impact): found
        for impact in LEVELS
        for effort in LEVELS
        if (found := priority(impact, effort)) is not None
    }
    return Matrix(
        title="Backlog: what is to be done, by impact and effort",
        across="effort",
        up="impact",
        fields=fields,
        names={place: PRIORITIES[found] for place, found in known.items()},
        tones={place: _TONES[found] for place, found in known.items()},
    )


def of_risks(risks: Iterable[Risk]) -> Matrix:
    """By likelihood and impact; the field tells how great a risk is."""
    fields: dict[tuple[str, str], list[int]] = {}
    for risk in risks:
        fields.setdefault((risk.likelihood, risk.impact), []).append(risk.id)
    known = {(likelihood, impact): severity(likelihood, impact) for likelihood in LEVELS for impact in LEVELS}
    return Matrix(
        title="Risks, by likelihood and impact",
        across="likelihood",
        up="impact",
        fields=fields,
        names={place: _GREATNESS[found] for place, found in known.items()},
        tones={place: _RISK_TONES[found] for place, found in known.items()},
    )
