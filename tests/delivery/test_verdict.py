"""What a failed call means."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import Delivery
from bot.delivery.slack import RateLimited, Refused, SlackFailed, Unclear
from bot.delivery.verdict import LONGEST_WAIT, MENDS, PATIENT_ATTEMPTS, REFUSAL_WAITS, judge

LIMITS = Delivery()
attempts = st.integers(1, 32_000)
codes = st.one_of(st.sampled_from(sorted(MENDS)), st.text(max_size=200))


@st.composite
def limits(draw: st.DrawFn) -> Delivery:
    first = draw(st.integers(1, 366 * 86400))
    longest = draw(st.integers(first, 366 * 86400))
    return Delivery(
        retry_first=timedelta(seconds=first),
        retry_longest=timedelta(seconds=longest),
        give_up_after=timedelta(days=366),
    )


failures = st.one_of(
    codes.map(lambda code: Refused("chat.postMessage", code, {})),
    st.sampled_from([-1.0, 0.0, 0.01, 1.0, 30.0, 1e6]).map(
        lambda seconds: RateLimited("chat.postMessage", timedelta(seconds=seconds))
    ),
    st.booleans().map(lambda arrived: Unclear("chat.postMessage", "no answer in time", arrived=arrived)),
)


@given(failures, attempts, limits())
def test_a_wait_is_never_nothing_and_never_for_ever(
    failure: SlackFailed, attempt: int, limits_: Delivery
) -> None:
    verdict = judge(failure, attempt, limits_)
    longest = max(limits_.retry_longest, LONGEST_WAIT, REFUSAL_WAITS[-1])
    assert timedelta(0) < verdict.wait <= longest
    assert verdict.reason
    assert verdict.problem == failure.code
    assert verdict.mend


@given(failures, attempts, limits())
def test_waits_grow_or_stay(failure: SlackFailed, attempt: int, limits_: Delivery) -> None:
    assert judge(failure, attempt, limits_).wait <= judge(failure, attempt + 1, limits_).wait


@given(failures, attempts)
def test_doubtful_is_what_may_have_arrived_and_nothing_else(failure: SlackFailed, attempt: int) -> None:
    expected = isinstance(failure, Unclear) and failure.arrived
    assert judge(failure, attempt, LIMITS).doubtful is expected


def test_slacks_own_failures_are_tried_again_soon_and_then_ever_less_often() -> None:
    waits = [
        judge(Unclear("x", "HTTP 500", arrived=True), n, LIMITS).wait.total_seconds() for n in range(1, 12)
    ]
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_a_refusal_is_looked_at_now_and_then() -> None:
    waits = [judge(Refused("x", "not_in_channel", {}), n, LIMITS).wait for n in range(1, 7)]
    assert waits == [*REFUSAL_WAITS, REFUSAL_WAITS[-1], REFUSAL_WAITS[-1]]


def test_who_lets_others_pass() -> None:
    assert judge(Refused("x", "is_archived", {}), 1, LIMITS).out_of_lane
    unclear = Unclear("x", "HTTP 500", arrived=False)
    lets = [judge(unclear, n, LIMITS).out_of_lane for n in range(1, PATIENT_ATTEMPTS + 1)]
    assert lets == [False] * (PATIENT_ATTEMPTS - 1) + [True]
    assert not judge(RateLimited("x", timedelta(seconds=1)), 1, LIMITS).out_of_lane


def test_only_a_rate_limit_closes_the_gate() -> None:
    assert judge(RateLimited("x", timedelta(seconds=1)), 1, LIMITS).gate
    assert not judge(Unclear("x", "y", arrived=True), 1, LIMITS).gate
    assert not judge(Refused("x", "y", {}), 1, LIMITS).gate


def test_a_short_wait_is_no_news() -> None:
    assert not judge(RateLimited("x", timedelta(seconds=1)), 1, LIMITS).is_news
    assert judge(RateLimited("x", timedelta(seconds=30)), 1, LIMITS).is_news


def test_a_missing_scope_is_named() -> None:
    verdict = judge(Refused("pins.add", "missing_scope", {"needed": "pins:write"}), 1, LIMITS)
    assert "pins:write" in verdict.mend
    assert "tocsin manifest" in verdict.mend


@pytest.mark.parametrize("code", sorted(MENDS))
def test_every_mend_is_sentences_that_fit_the_row(code: str) -> None:
    assert MENDS[code].endswith(".")
    assert len(MENDS[code]) <= 500
