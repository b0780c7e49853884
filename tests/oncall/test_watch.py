"""What the tick sees of a schedule: each change of hands and each reminder once, however often and late it looks."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.oncall.schedule import Override, Schedule, Shift, on_call, shifts
from bot.oncall.watch import FRESH, look
from tests.oncall.rota import layer, override, rota, utc

START = utc("2026-03-20 12:00")
DAILY = rota(
    layer("daily", ["ada", "bo", "cleo"], start="2026-03-01", every="1d", handoff="02:30"),
    remind_before="6h",
)
END = START + timedelta(days=21)  # over the night in which clocks in Berlin are put forward

steps = st.lists(st.integers(1, 11 * 60), min_size=1, max_size=200)


def history(
    schedule: Schedule, overrides: list[Override], waits: list[int]
) -> tuple[list[tuple[str | None, str | None]], list[Shift], list[datetime]]:
    """Looks after each of these waits, in minutes: changes of hands, reminders, and the moments of looking."""
    now = START
    person, seen_at, reminded_to = on_call(schedule, now, overrides).person, now, now + timedelta(hours=6)
    handoffs: list[tuple[str | None, str | None]] = []
    reminders: list[Shift] = []
    moments = []
    for wait in waits:
        now += timedelta(minutes=wait)
        found = look(schedule, overrides, person=person, seen_at=seen_at, reminded_to=reminded_to, now=now)
        assert found.next_at > now
        if found.is_handoff:
            handoffs.append((person, found.shift.person))
        reminders += found.coming
        person, seen_at, reminded_to = found.shift.person, now, found.reminded_to
        moments.append(now)
    return handoffs, reminders, moments


@settings(max_examples=60, deadline=None)
@given(steps)
def test_every_change_is_told_once_and_no_shift_is_reminded_of_twice(waits: list[int]) -> None:
    handoffs, reminders, moments = history(DAILY, [], waits)
    assert all(before != after for before, after in handoffs)
    assert all(a[1] == b[0] for a, b in pairwise(handoffs))
    starts = [shift.starts_at for shift in reminders]
    assert starts == sorted(set(starts))
    seen = shifts(DAILY, START, moments[-1] + timedelta(seconds=1))
    assert len(handoffs) <= len(seen) - 1


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 120), min_size=100, max_size=300))
def test_who_looks_often_misses_nothing(waits: list[int]) -> None:
    """More often than the reminder's lead: every shift is reminded of before it begins, and handed over."""
    handoffs, reminders, moments = history(DAILY, [], waits)
    begun = shifts(DAILY, START, moments[-1] + timedelta(seconds=1))[1:]
    assert [after for _, after in handoffs] == [shift.person for shift in begun]
    told = {shift.starts_at for shift in reminders}
    assert {shift.starts_at for shift in begun if shift.starts_at >= START + timedelta(hours=6)} <= told


def test_it_asks_to_be_called_when_something_is_to_be_told() -> None:
    now, calls = START, 0
    person, reminded_to = on_call(DAILY, now).person, now + timedelta(hours=6)
    told = []
    while now < END:
        found = look(DAILY, [], person=person, seen_at=now, reminded_to=reminded_to, now=now)
        assert now < found.next_at <= now + timedelta(hours=1)
        if found.is_handoff:
            assert now - found.shift.starts_at < timedelta(seconds=1)
            told.append(found.shift.starts_at)
        for shift in found.coming:
            assert timedelta(0) <= now - (shift.starts_at - timedelta(hours=6)) <= timedelta(seconds=2)
        person, reminded_to, now = found.shift.person, found.reminded_to, found.next_at
        calls += 1
    assert told == [shift.starts_at for shift in shifts(DAILY, START, END)[1:]]
    assert utc("2026-03-29 01:00") in told, "02:30 is missing on that night: the first moment after it"


def test_after_a_long_silence_only_what_is_fresh() -> None:
    shift = on_call(DAILY, START)
    for late, is_told in ((FRESH - timedelta(minutes=1), True), (FRESH + timedelta(minutes=1), False)):
        found = look(
            DAILY, [], person=shift.person, seen_at=START, reminded_to=START, now=shift.ends_at + late
        )
        assert found.is_handoff is is_told


def test_an_override_for_whoever_is_on_call_anyway_is_no_change_of_hands() -> None:
    shift = on_call(DAILY, START)
    same = override(shift.person, START, START + timedelta(hours=1))
    found = look(DAILY, [same], person=shift.person, seen_at=START, reminded_to=START, now=START)
    assert not found.is_handoff
