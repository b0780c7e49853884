"""Escalation: whom each step reaches, and when the next is due."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.config import EscalationPolicy
from bot.paging.escalation import Decision, next_step, plan
from tests.paging.kit import MINUTE, NOW, Always, Never, policy, shifts

NOBODY = shifts({})


def first(of: EscalationPolicy, **more: Any) -> Decision:
    given = {"at_step": -1, "round": 0, "now": NOW, "who": NOBODY, "turns": {}, "hours": Always(), **more}
    return next_step(of, **given)


def names(decision: Decision) -> list[str]:
    return [reach.said for reach in decision.reach]


def test_a_step_reaches_all_its_targets_each_once() -> None:
    decision = first(
        policy(["schedule:shop", "person:ada", "person:bo", "group:@sre", "channel:#ops"]),
        who=shifts({"shop": "ada"}),
    )
    assert names(decision) == ["ada", "bo", "@sre", "#ops"]
    assert decision.next_at == NOW + 5 * MINUTE
    assert (decision.step, decision.round, decision.reason) == (0, 0, "its only ring")


def test_a_step_that_reaches_nobody_costs_no_time_and_says_why() -> None:
    decision = first(policy(["schedule:shop", "schedule:night"], ["person:ada"]))
    assert names(decision) == ["ada"]
    assert decision.step == 1
    assert decision.passed == (
        "step 1 reaches nobody: nobody is on call for shop (as the test has it), night (as the test has it)",
    )


def test_a_step_of_business_hours_is_passed_over_outside_of_them() -> None:
    steps = policy({"notify": ["person:ada"], "hours": "business"}, ["person:bo"])
    assert names(first(steps)) == ["ada"]
    assert names(first(steps, hours=Never())) == ["bo"]


def test_after_the_last_step_it_repeats_and_then_is_over() -> None:
    steps = policy(["person:ada"], ["person:bo"], repeat=1)
    again = first(steps, at_step=1)
    assert (again.step, again.round, names(again)) == (0, 1, ["ada"])
    assert again.reason == "step 1, round 2"
    over = first(steps, at_step=1, round=1)
    assert over.exhausted
    assert (over.reach, over.next_at) == ((), None)


def test_where_there_is_but_one_step_rings_are_counted() -> None:
    again = first(policy(["person:ada"], repeat=3), at_step=0)
    assert again.reason == "ring 2 of 4"


def test_whoever_has_acknowledged_while_others_must_is_not_rung_again() -> None:
    steps = policy(["person:ada", "person:bo"], ["person:ada"], repeat=1)
    again = first(steps, at_step=0, answered={"ada"})
    assert (again.step, again.round, names(again)) == (0, 1, ["bo"])
    assert again.passed == ("step 2 reaches nobody: ada acknowledged already",)


def test_round_robin_takes_the_next_person_each_page() -> None:
    steps = policy({"notify": ["person:ada", "person:bo", "channel:#ops"], "round_robin": True})
    turns: dict[int, int] = {}
    taken = []
    for _ in range(3):
        decision = first(steps, turns=turns)
        turns |= decision.turns
        taken.append(names(decision))
    assert taken == [["ada", "#ops"], ["bo", "#ops"], ["ada", "#ops"]]


def test_a_plan_tells_everybody_who_would_be_reached() -> None:
    steps = policy(["person:ada"], ["person:bo"], last_resort={"notify": "person:cleo", "after": "30m"})
    planned = plan(steps, NOW, NOBODY, Always(), wait=15 * MINUTE)
    assert [(entry.who, entry.delay) for entry in planned] == [
        ("ada", 15 * MINUTE),
        ("bo", 20 * MINUTE),
        ("cleo", 45 * MINUTE),
    ]


def test_a_plan_whose_steps_reach_nobody_has_the_last_resort_at_once() -> None:
    steps = policy(["schedule:shop"], repeat=9, last_resort={"notify": "person:cleo", "after": "30m"})
    assert [(e.who, e.delay) for e in plan(steps, NOW, NOBODY, Always())] == [("cleo", timedelta())]


targets = st.sampled_from(
    ["person:ada", "person:bo", "schedule:filled", "schedule:empty", "group:@sre", "channel:#ops"]
)


def allowed(step: dict[str, Any]) -> bool:
    """Turns are not taken among user groups."""
    return not (step.get("round_robin") and "group:@sre" in step["notify"])


steps = st.fixed_dictionaries(
    {"notify": st.lists(targets, min_size=1, max_size=4), "wait": st.sampled_from(["1m", "5m", "9000m"])},
    optional={"round_robin": st.booleans(), "hours": st.sampled_from(["always", "business"])},
).filter(allowed)


@given(
    st.lists(steps, min_size=1, max_size=5),
    st.integers(0, 9),
    st.sampled_from([Always(), Never()]),
    st.dictionaries(st.integers(0, 4), st.integers(0, 10**6)),
)
def test_any_policy_comes_to_an_end_and_never_waits_for_nobody(
    written: list[dict[str, Any]], repeat: int, hours: Always, turns: dict[int, int]
) -> None:
    given = policy(*written, repeat=repeat)
    who = shifts({"filled": "cleo"})
    step, again, at = -1, 0, NOW
    for _ in range(len(written) * (repeat + 1) + 1):
        decision = next_step(given, step, again, at, who, turns, hours)
        if decision.exhausted:
            assert decision.next_at is None
            assert decision.reach == ()
            return
        assert decision.reach, "a step that reaches nobody was waited for"
        assert decision.next_at == at + given.steps[decision.step].wait
        assert (decision.round, decision.step) > (again, step), "it went backwards"
        assert len({reach.said for reach in decision.reach}) == len(decision.reach), "somebody rings twice"
        step, again, at = decision.step, decision.round, decision.next_at
    raise AssertionError("it has no end")
