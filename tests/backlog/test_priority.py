"""Impact and effort make a priority."""

from itertools import product

import pytest

from bot.backlog.priority import HIGH, LEVELS, LOW, Priority, priority


@pytest.mark.parametrize(
    ("impact", "effort", "expected"),
    [
        (HIGH, LOW, Priority.NOW),
        (HIGH, HIGH, Priority.PLAN),
        (LOW, LOW, Priority.CONSIDER),
        (LOW, HIGH, Priority.DEFER),
    ],
)
def test_the_corners_are_the_guides(impact: str, effort: str, expected: Priority) -> None:
    assert priority(impact, effort) == expected


def test_more_impact_puts_nothing_off_and_neither_does_less_effort() -> None:
    order = list(Priority)
    for impact, effort in product(LEVELS, LEVELS):
        own = priority(impact, effort)
        assert own is not None
        for more, less in product(LEVELS, LEVELS):
            if LEVELS.index(more) <= LEVELS.index(impact) and LEVELS.index(less) >= LEVELS.index(effort):
                other = priority(more, less)
                assert other is not None
                assert order.index(other) <= order.index(own)


def test_what_is_not_judged_has_none() -> None:
    assert priority(None, LOW) is None
    assert priority(HIGH, None) is None
