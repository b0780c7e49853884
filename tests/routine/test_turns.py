"""Whose turn it is, by the rule alone."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.config.sections.schedules import Schedule as Section
from bot.oncall.schedule import Override, Schedule
from bot.routine.turns import AWAY, LEFT, NOBODY, There, displaced, in_turn

NAMES = ("ada", "bo", "cleo", "dev", "schedule:primary")
ENTRIES = st.lists(st.sampled_from(NAMES), min_size=1, unique=True)
THERE = st.builds(
    There,
    st.fixed_dictionaries({"primary": st.sampled_from(["ada", "eve", None])}),
    st.frozensets(st.sampled_from(NAMES[:4])),
    st.frozensets(st.sampled_from(NAMES[:4])),
)


def test_it_goes_round() -> None:
    there = There({})
    led: list[str | None] = [None]
    for _ in range(5):
        led.append(in_turn(["ada", "bo"], led[-1], there).entry)
    assert led[1:] == ["ada", "bo", "ada", "bo", "ada"]


def test_who_is_passed_over_is_told_with_the_reason() -> None:
    there = There({"primary": None}, frozenset({"bo"}), frozenset({"cleo"}))
    turn = in_turn(["ada", "bo", "cleo", "schedule:primary", "dev"], "ada", there)
    assert (turn.entry, turn.person) == ("dev", "dev")
    assert turn.passed_over == {"bo": AWAY, "cleo": LEFT, "schedule:primary": NOBODY}


def test_where_all_are_away_one_of_them_has_it_all_the_same_but_nobody_who_has_left() -> None:
    assert in_turn(["ada", "bo"], "ada", There({}, frozenset({"ada", "bo"}))).person == "bo"
    assert in_turn(["ada", "bo"], "ada", There({}, frozenset({"ada"}), frozenset({"bo"}))).person == "ada"
    assert in_turn(["ada", "bo"], "ada", There({}, frozenset(), frozenset({"ada", "bo"}))).person is None


@given(ENTRIES, st.none() | st.sampled_from([*NAMES, "gone"]), THERE)
def test_nobody_has_it_who_is_not_there_while_another_is(
    entries: Sequence[str], after: str | None, there: There
) -> None:
    turn = in_turn(entries, after, there)
    assert turn.entry in entries
    present = [entry for entry in entries if there.absence(entry) is None]
    if present:
        assert turn.entry in present
        assert turn.person == there.person(turn.entry)
    else:
        assert turn.person is None or turn.person in there.away - there.left
    assert after not in present or turn.entry != after or present == [after]


@given(ENTRIES)
def test_in_a_round_each_has_one_turn(entries: Sequence[str]) -> None:
    there = There({"primary": "eve"})
    had: list[str | None] = []
    for _ in entries:
        had.append(in_turn(entries, had[-1] if had else None, there).entry)
    assert had == list(entries)


# -- who is away --------------------------------------------------------------------------------------------------

AT = datetime(2026, 11, 25, 10, tzinfo=UTC)


def schedule(name: str, person: str) -> Schedule:
    layers = [
        {"name": "all", "people": [person], "every": "1w", "start": "2026-01-05", "handoff": "Monday 09:00"}
    ]
    return Schedule(Section.model_validate({"name": name, "owner": "ada", "layers": layers}), ZoneInfo("UTC"))


def override(person: str | None, hours: int = 2, of: str = "primary") -> Override:
    return Override(None, of, person, AT - timedelta(hours=1), AT + timedelta(hours=hours))


def test_whoever_was_stood_in_for_is_away() -> None:
    primary = schedule("primary", "ada")
    assert displaced([primary], [], AT) == set()
    assert displaced([primary], [override("bo")], AT) == {"ada"}
    assert displaced([primary], [override("bo"), override("cleo")], AT) == {"ada", "bo"}
    assert displaced([primary], [override("bo"), override("ada")], AT) == {"bo"}
    assert displaced([primary], [override(None)], AT) == set()
    assert displaced([primary], [override("bo")], AT + timedelta(hours=3)) == set()
    assert displaced([primary], [override("bo", of="backup")], AT) == set()


def test_who_is_on_call_elsewhere_is_not_away() -> None:
    assert displaced([schedule("primary", "ada"), schedule("backup", "ada")], [override("bo")], AT) == set()
