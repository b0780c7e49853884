"""What is done before a shift."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.paging.contacts import KINDS
from bot.paging.probes import LOUD, PROBED_AGAIN_AFTER, Usable, before_shift
from tests.paging.kit import NOW

moments = st.none() | st.integers(0, 100).map(lambda hours: NOW - timedelta(hours=hours))
methods = st.lists(
    st.builds(Usable, id=st.integers(1, 10**6), kind=st.sampled_from(KINDS), probed_at=moments),
    unique_by=lambda method: method.id,
    max_size=10,
)


@given(methods, st.booleans())
def test_only_those_who_agreed_are_probed_quietly_and_at_most_once_a_day(
    some: list[Usable], agreed: bool
) -> None:
    decided = before_shift(some, agreed=agreed, now=NOW)
    assert decided.reason
    assert decided.tell == (not some)
    by_id = {method.id: method for method in some}
    for probed in (by_id[number] for number in decided.probe):
        assert agreed
        assert probed.kind not in LOUD
        assert probed.probed_at is None or NOW - probed.probed_at >= PROBED_AGAIN_AFTER
    if agreed:
        never = {method.id for method in some if method.probed_at is None and method.kind not in LOUD}
        assert never <= set(decided.probe)
