"""When somebody is reminded of a review, and how far up it goes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import Reviews
from bot.reviews import course
from bot.reviews.rows import OPEN, STEP_DONE, TO_DO, WAIVED, Review, ReviewTask

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
lengths = st.timedeltas(timedelta(minutes=1), timedelta(days=40)).map(
    lambda length: timedelta(seconds=int(length.total_seconds()))
)


@st.composite
def rules(draw: st.DrawFn) -> Reviews:
    lead = draw(lengths)
    return Reviews(
        remind_before=draw(lengths),
        remind_every=draw(lengths),
        lead_after=lead,
        service_owner_after=lead + draw(lengths),
    )


def task(due_at: datetime, state: str = TO_DO) -> ReviewTask:
    return ReviewTask(name="write", title="Write", required=True, due_at=due_at, state=state)


@given(rules(), st.timedeltas(timedelta(days=-60), timedelta(days=60)), st.integers(1, 30))
def test_reminders_go_on_until_it_is_done_and_never_become_milder(
    of: Reviews, ahead: timedelta, times: int
) -> None:
    due, review = NOW + ahead, Review(state=OPEN)
    at = course.first_reminder(of, due, NOW)
    before: tuple[str, ...] = ()
    for _ in range(times):
        assert at is not None
        assert at > NOW
        said = course.reminder(of, review, [task(due)], at)
        assert said is not None, "whoever is woken for a reminder gives one"
        assert said.rungs[: len(before)] == before
        assert (course.LEAD in said.rungs) == (at - due >= of.lead_after)
        assert (course.SERVICE in said.rungs) == (at - due >= of.service_owner_after)
        before = said.rungs
        following = course.following_reminder(of, due, at)
        assert following is not None
        assert at < following <= max(due, at + of.remind_every)
        for firmer in (due, due + of.lead_after, due + of.service_owner_after):
            assert not at < firmer < following, "none of these moments is missed"
        at = following


@pytest.mark.parametrize(("state", "of_task"), [(OPEN, STEP_DONE), (WAIVED, TO_DO)])
def test_of_what_is_over_nobody_is_reminded(state: str, of_task: str) -> None:
    late = task(NOW - timedelta(days=9), of_task)
    assert course.reminder(Reviews(), Review(state=state), [late], NOW) is None


def test_of_what_is_not_near_nobody_is_reminded() -> None:
    far = task(NOW + timedelta(hours=5))
    assert course.reminder(Reviews(), Review(state=OPEN), [far], NOW) is None
    assert course.first_reminder(Reviews(), far.due_at, NOW) == NOW + timedelta(hours=1)
