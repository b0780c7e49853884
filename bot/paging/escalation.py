"""Escalation, pure: whom the next step reaches and when the one after it is due, each with a named reason."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from bot.config import EscalationPolicy, Step
from bot.config.sections.paging import target
from bot.paging.hours import Hours


class OnShift(Protocol):
    """Who has a schedule at a moment; nobody in a gap. `reason` says why."""

    @property
    def person(self) -> str | None: ...

    @property
    def reason(self) -> str: ...


@dataclass(frozen=True)
class Nobody:
    """A schedule that nobody has."""

    reason: str
    person: str | None = None


Who = Callable[[str, datetime], OnShift]


@dataclass(frozen=True)
class Reach:
    """Somebody or something that is to be notified: exactly one of person, group and channel is set."""

    via: str  # the target that led there, "schedule:payments"
    person: str | None = None  # the name in app.yaml
    group: str | None = None  # a handle without @
    channel: str | None = None  # a name without #
    # Why the schedule names this person, in its own words: "layer weekly", "override".
    because: str = field(default="", compare=False)

    @property
    def said(self) -> str:
        """As people read it."""
        if self.group is not None:
            return f"@{self.group}"
        return f"#{self.channel}" if self.channel is not None else str(self.person)


@dataclass(frozen=True)
class Decision:
    """What happens now. `step` counts from 0, `round` too; `next_at` is when to decide again."""

    reason: str
    reach: tuple[Reach, ...]
    step: int
    round: int
    next_at: datetime | None
    exhausted: bool = False
    passed: tuple[str, ...] = ()  # why steps were passed over, in words
    turns: Mapping[int, int] = field(default_factory=dict)  # step -> the turn after this one (round robin)


def next_step(
    policy: EscalationPolicy,
    at_step: int,
    round: int,  # noqa: A002 - the field's word
    now: datetime,
    who: Who,
    turns: Mapping[int, int],
    hours: Hours,
    answered: Collection[str] = (),
) -> Decision:
    """The step after `at_step` (-1: none yet) that reaches somebody. Steps that reach nobody cost no time.

    `answered` are people who have acknowledged while others still must: they are not rung again.
    """
    passed: list[str] = []
    step = at_step
    while True:
        step += 1
        if step >= len(policy.steps):
            if round >= policy.repeat:
                reason = "all steps and repeats are over" if not passed else "nobody is left to reach"
                return Decision(reason, (), at_step, round, None, exhausted=True, passed=tuple(passed))
            step, round = 0, round + 1  # noqa: A001
        wanted = policy.steps[step]
        reach, why_not = _reached(wanted, now, who, turns.get(step, 0), hours, answered)
        if not reach:
            passed.append(f"step {step + 1} reaches nobody: {why_not}")
            continue
        turned = {step: turns.get(step, 0) + 1} if wanted.round_robin else {}
        reason = _which_ring(policy, step, round)
        return Decision(reason, reach, step, round, now + wanted.wait, False, tuple(passed), turned)


def _which_ring(policy: EscalationPolicy, step: int, round: int) -> str:  # noqa: A002
    """Which ring it is, in words. Where there is but one step, people count rings."""
    if len(policy.steps) == 1:
        return f"ring {round + 1} of {policy.repeat + 1}" if policy.repeat else "its only ring"
    reason = "first step" if (step, round) == (0, 0) else f"step {step + 1}"
    return f"{reason}, round {round + 1}" if round else reason


def _reached(
    step: Step, now: datetime, who: Who, turn: int, hours: Hours, answered: Collection[str]
) -> tuple[tuple[Reach, ...], str]:
    """Whom a step notifies, or why nobody."""
    if step.hours == "business" and not hours.contains(now):
        return (), "it is outside business hours"
    people: dict[str, Reach] = {}
    others: list[Reach] = []
    empty: list[str] = []
    done: list[str] = []
    for text in step.notify:
        reach = resolved(text, now, who)
        if reach is None:
            name = target(text).name
            empty.append(f"{name} ({who(name, now).reason})")
        elif reach.person in answered:
            done.append(str(reach.person))
        elif reach.person is not None:
            people.setdefault(reach.person, reach)
        elif reach not in others:
            others.append(reach)
    chosen = list(people.values())
    if step.round_robin and chosen:
        chosen = [chosen[turn % len(chosen)]]
    found = (*chosen, *others)
    why_not = [f"nobody is on call for {', '.join(empty)}"] if empty else []
    why_not += [f"{', '.join(done)} acknowledged already"] if done else []
    return found, "" if found else " and ".join(why_not)


def resolved(text: str, now: datetime, who: Who) -> Reach | None:
    """Whom a target means at this moment; None for a schedule that nobody has."""
    kind, name = target(text)
    if kind == "person":
        return Reach(text, person=name)
    if kind == "group":
        return Reach(text, group=name)
    if kind == "channel":
        return Reach(text, channel=name)
    shift = who(name, now)
    return None if shift.person is None else Reach(text, person=shift.person, because=shift.reason)


@dataclass(frozen=True)
class Planned:
    """Somebody who would be reached, and how long after the start, if nobody acknowledged."""

    delay: timedelta
    who: str
    via: str
    # The named reasons: of the schedule ("layer weekly"), and of the policy ("step 2", "last resort").
    because: str = field(default="", compare=False)
    reason: str = field(default="", compare=False)
    person: str | None = field(default=None, compare=False)


def plan(
    policy: EscalationPolicy,
    start: datetime,
    who: Who,
    hours: Hours,
    *,
    turns: Mapping[int, int] | None = None,
    wait: timedelta = timedelta(),
) -> tuple[Planned, ...]:
    """Everybody whom a page reaches that begins to ring `wait` after `start`; delays count from `start`."""
    rings = start + wait
    found = list(_steps(policy, rings, who, dict(turns or {}), hours))  # moment, whom, why
    if policy.last_resort is not None:
        at = rings + policy.last_resort.after if found else rings
        reach = resolved(policy.last_resort.notify, at, who)
        if reach is not None:
            found.append((at, reach, "last resort"))
    found.sort(key=lambda entry: entry[0])
    return tuple(
        Planned(at - start, reach.said, reach.via, reach.because, reason, reach.person)
        for at, reach, reason in found
    )


def _steps(
    policy: EscalationPolicy, start: datetime, who: Who, turns: dict[int, int], hours: Hours
) -> Iterator[tuple[datetime, Reach, str]]:
    at, step, again = start, -1, 0
    while True:
        decision = next_step(policy, step, again, at, who, turns, hours)
        if decision.exhausted or decision.next_at is None:
            return
        turns |= decision.turns
        for reach in decision.reach:
            yield at, reach, "; ".join((decision.reason, *decision.passed))
        at, step, again = decision.next_at, decision.step, decision.round
