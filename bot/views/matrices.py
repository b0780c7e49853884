"""What the matrix pictures show: the backlog by impact and effort, risks by likelihood and impact."""

from collections.abc import Iterable, Mapping, Sequence

from bot.backlog.priority import HIGH, LEVELS, LOW, MEDIUM, Priority, priority
from bot.backlog.rows import BacklogItem
from bot.routine.risk_rows import Risk
from bot.routine.risks import severity
from bot.views.backlog import PRIORITIES
from bot.views.matrix_chart import Matrix
from bot.views.text import literal

# Titles that stand beside the picture.
LISTED = 25
_TONES = {
    Priority.NOW: "good",
    Priority.PLAN: "fair",
    Priority.CONSIDER: "plain",
    Priority.DEFER: "poor",
}
_GREATNESS = {HIGH: "Great", MEDIUM: "Moderate", LOW: "Small"}
_RISK_TONES = {HIGH: "bad", MEDIUM: "fair", LOW: "good"}


def _legend(
    names: Iterable[str], placed: Sequence[tuple[str, int]], titles: Mapping[int, str], shown: int = LISTED
) -> str:
    """What the numbers stand for, under the name of their field, in the order of `names`."""
    lines, left = [], shown
    for name in names:
        numbers = [number for at, number in placed if at == name][:left]
        left -= len(numbers)
        if numbers:
            lines += [f"*{name}*", *(f"• #{number} {literal(titles[number], 100)}" for number in numbers)]
    more = [f"… and {len(placed) - shown} more"] if len(placed) > shown else []
    return "\n".join([*lines, *more])


def of_backlog(items: Sequence[BacklogItem]) -> Matrix:
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
    titled = [(PRIORITIES[known[place]], number) for place, found in fields.items() for number in found]
    return Matrix(
        title="Backlog: what is to be done, by impact and effort",
        legend=_legend(PRIORITIES.values(), titled, {item.id: item.title for item in items}),
        across="effort",
        up="impact",
        fields=fields,
        names={place: PRIORITIES[found] for place, found in known.items()},
        tones={place: _TONES[found] for place, found in known.items()},
    )


def of_risks(risks: Sequence[Risk]) -> Matrix:
    """By likelihood and impact; the field tells how great a risk is."""
    fields: dict[tuple[str, str], list[int]] = {}
    for risk in risks:
        fields.setdefault((risk.likelihood, risk.impact), []).append(risk.id)
    known = {(likelihood, impact): severity(likelihood, impact) for likelihood in LEVELS for impact in LEVELS}
    titled = [(_GREATNESS[known[place]], number) for place, found in fields.items() for number in found]
    return Matrix(
        title="Risks, by likelihood and impact",
        legend=_legend(_GREATNESS.values(), titled, {risk.id: risk.title for risk in risks}),
        across="likelihood",
        up="impact",
        fields=fields,
        names={place: _GREATNESS[found] for place, found in known.items()},
        tones={place: _RISK_TONES[found] for place, found in known.items()},
    )
