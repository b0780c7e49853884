"""How calls are spread: never more than Slack takes, in their order, and at once where there is room."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.methods import Tier
from bot.delivery.pace import LATE, MINUTE, PER_CHANNEL, Pace, gates_of
from bot.delivery.slack import Call

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
paces = st.sampled_from([Pace.per_minute(tier) for tier in Tier] + [PER_CHANNEL])
# How long after the one before each call is wanted.
gaps = st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.1, 1.0, 5.0, 40.0]), min_size=1, max_size=400)


def moments(pace: Pace, wanted: list[float]) -> list[tuple[datetime, datetime]]:
    """When each call is wanted, and when it may leave."""
    now = booked_until = NOW
    found = []
    for gap in wanted:
        now += timedelta(seconds=gap)
        moment, booked_until = pace.reserve(booked_until, now)
        found.append((now, moment))
    return found


def most_within(span: timedelta, leave: list[datetime]) -> int:
    leave = sorted(leave)
    return max(sum(first <= one < first + span for one in leave) for first in leave)


@given(st.sampled_from(list(Tier)), gaps, st.randoms(use_true_random=False))
def test_in_no_minute_leave_more_than_slack_takes_however_late_the_tick_is(
    tier: Tier, wanted: list[float], chance: object
) -> None:
    leave = [
        moment + chance.random() * LATE  # type: ignore[attr-defined]
        for _, moment in moments(Pace.per_minute(tier), wanted)
    ]
    assert most_within(MINUTE, leave) <= tier


@given(gaps)
def test_a_channel_takes_one_a_second_and_a_short_burst(wanted: list[float]) -> None:
    leave = [moment for _, moment in moments(PER_CHANNEL, wanted)]
    for seconds in (1, 5, 30):
        assert most_within(seconds * SECOND, leave) <= seconds + PER_CHANNEL.at_once - 1


@given(paces, gaps)
def test_nobody_leaves_early_or_overtakes(pace: Pace, wanted: list[float]) -> None:
    found = moments(pace, wanted)
    assert all(moment >= now for now, moment in found)
    leave = [moment for _, moment in found]
    assert leave == sorted(leave)


@given(paces, gaps)
def test_what_is_booked_is_used(pace: Pace, wanted: list[float]) -> None:
    """However many came before, the wait is no longer than for all of them, one after the other."""
    for number, (now, moment) in enumerate(moments(pace, wanted)):
        assert moment - now <= max(0, number + 1 - pace.at_once) * pace.every


@pytest.mark.parametrize("tier", Tier)
def test_after_a_quiet_minute_a_third_of_it_leaves_at_once(tier: Tier) -> None:
    pace = Pace.per_minute(tier)
    assert pace.at_once == max(1, tier // 3)
    found = moments(pace, [0.0] * (pace.at_once + 1))
    assert [moment == NOW for _, moment in found] == [True] * pace.at_once + [False]
    again = moments(pace, [*[0.0] * pace.at_once, 180.0])
    assert again[-1][0] == again[-1][1]


@given(paces)
def test_half_of_it_is_half(pace: Pace) -> None:
    crowd = [0.0] * 60
    whole, half = moments(pace, crowd)[-1][1] - NOW, moments(pace.half, crowd)[-1][1] - NOW
    assert half >= 1.9 * whole
    assert 1 <= pace.half.at_once <= pace.at_once


def test_a_post_passes_its_channel_and_then_its_method() -> None:
    call = Call("chat.postMessage", {"channel": "C1"})
    gates = gates_of(call.method, call.gate, (), can_wait=False)
    assert [gate for gate, _ in gates] == ["chat.postMessage:C1", "chat.postMessage"]
    assert gates[0][1] == PER_CHANNEL
    by_name = Call("chat.postMessage", {"channel": "C1"}, place="#incidents")
    assert by_name.gate == "chat.postMessage:#incidents"


def test_what_can_wait_has_half_of_the_first_gate_and_what_is_called_beside_is_counted_too() -> None:
    gates = gates_of("files.completeUploadExternal", "files.completeUploadExternal", ("conversations.open",), can_wait=True)  # fmt: skip
    names = [gate for gate, _ in gates]
    assert names == [
        "can wait:files.completeUploadExternal",
        "files.completeUploadExternal",
        "conversations.open",
    ]
    assert gates[0][1] == gates[1][1].half


@pytest.mark.parametrize("method", ["response_url", "sms"])
def test_what_slack_does_not_count_passes_no_gate(method: str) -> None:
    assert gates_of(method, method, (), can_wait=True) == []
