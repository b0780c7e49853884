"""What impact and effort say about when something is to be done. Pure."""

from enum import StrEnum

HIGH, MEDIUM, LOW = LEVELS = ("high", "medium", "low")


class Priority(StrEnum):
    """What is done first stands first."""

    NOW = "do now"
    PLAN = "plan"
    CONSIDER = "consider"
    DEFER = "defer"


# By impact, then effort. What lies between two corners is no more urgent than the better of them and no less than
# the worse: more impact never puts something off, and neither does less effort.
_MATRIX = {
    (HIGH, LOW): Priority.NOW,
    (HIGH, MEDIUM): Priority.PLAN,
    (HIGH, HIGH): Priority.PLAN,
    (MEDIUM, LOW): Priority.PLAN,
    (MEDIUM, MEDIUM): Priority.CONSIDER,
    (MEDIUM, HIGH): Priority.DEFER,
    (LOW, LOW): Priority.CONSIDER,
    (LOW, MEDIUM): Priority.DEFER,
    (LOW, HIGH): Priority.DEFER,
}


def priority(impact: str | None, effort: str | None) -> Priority | None:
    """None as long as one of them is not judged."""
    return _MATRIX.get((impact or "", effort or ""))
