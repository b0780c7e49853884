"""Checks in Slack: the board of all services, and what a run has found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.alerts.maintenance import Plan, Window
from bot.checks.evaluation import FAILING, LEVELS, PASSING
from bot.checks.rows import CheckState
from bot.config import Config
from bot.config.sections.checks import Check, Objective
from bot.views.alerts import OTHER_SIGN, SIGNS
from bot.views.maintenance import running_line
from bot.views.text import Block, actions, button, context, escaped, moment, paragraphs, section

# Slack takes so many characters of a message's blocks, and some are left for what stands around. What is not shown is
# counted.
MOST_TEXT = 11_500

# As the alerts that they raise.
_MARKS = {
    PASSING: ":large_green_circle:",
    **{priority: SIGNS.get(level, OTHER_SIGN) for priority, level in LEVELS.items()},
}
UNKNOWN_MARK = ":white_circle:"
_INDENT = " " * 6


def board(
    states: Mapping[str, CheckState],
    uptime: Mapping[str, float],
    config: Config,
    *,
    now: datetime,
    maintenance: Sequence[tuple[Plan, Window]] = (),
) -> list[Block]:
    """All services and how they stand: what fails comes first. `maintenance` is what runs now."""
    silent_line = running_line(maintenance, config) if maintenance else ""
    silent = [context(silent_line)] if maintenance else []
    if not config.checks:
        return [section("app.yaml has no checks. docs/checks.md tells how to write one."), *silent]
    groups = sorted(_by_service(config), key=lambda group: _rank(group[1], states))
    lines = []
    for title, checks in groups:
        lines.append(_service_line(title, checks, states, uptime))
        lines += [
            _INDENT + failing_line(check.shown_name, states[check.name], now)
            for check in checks
            if _fails(check, states)
        ]
    lines += objectives(config.slos, states)
    head = f"*{board_text(count_failing(states, config), len(config.checks))}*"
    blocks = [section(head), *paragraphs(_fitting(lines, MOST_TEXT - len(silent_line))), *silent]
    blocks.append(
        context("`/check` with the name of a service or a check runs it now. Uptime is of the last 24 hours.")
    )
    return blocks


def objectives(slos: Sequence[Objective], states: Mapping[str, CheckState]) -> list[str]:
    """How objectives stand: what is left of each budget, and how fast it goes."""
    lines = []
    for slo in slos:
        state = states.get(f"slo:{slo.name}")
        if state is not None and state.ran_at is not None:
            since = f" · since {moment(state.since_at)}" if state.state == FAILING and state.since_at else ""
            lines.append(
                f"{mark(state)} {escaped(slo.shown_name, 80)} (objective, {slo.target:g}%) · {escaped(state.seen, 150)}{since}"
            )
    return lines


def count_failing(states: Mapping[str, CheckState], config: Config) -> int:
    """How many of the checks of app.yaml fail."""
    return sum(_fails(check, states) for check in config.checks)


def board_text(failing: int, count: int) -> str:
    """The board in a line."""
    checks = f"{count} check{'s' if count != 1 else ''}"
    return f"{failing} of {checks} failing" if failing else f"{checks}, none failing"


def report(
    checks: Sequence[Check],
    states: Mapping[str, CheckState],
    done: Sequence[str],
    *,
    what: str,
    is_over: bool,
    now: datetime,
    slos: Sequence[Objective] = (),
) -> list[Block]:
    """What a run of these checks has found so far; at its end also how the objectives on them stand."""
    count = f"{len(done)} of {len(checks)}"
    head = f"*Checks of {escaped(what, 100)}* · " + ("done" if len(done) == len(checks) else f"{count} done")
    lines = [_run_line(check, states.get(check.name), check.name in done, is_over) for check in checks]
    if is_over:
        lines += objectives(slos, states)
    blocks = [section(head), *paragraphs(_fitting(lines))]
    if is_over:
        silenced = [s for c in checks if (s := states.get(c.name)) is not None and _is_silenced(s, now)]
        if silenced:
            until = max(state.silenced_until for state in silenced if state.silenced_until is not None)
            blocks.append(context(f":no_bell: Silenced until {moment(until)}: no new alert."))
        blocks.append(
            actions(
                "check",
                button("Run again", "check.run", what),
                button("Declare", "check.declare", what, style="danger"),
                button("Silence 1 h", "check.silence", what),
            )
        )
    return blocks


def picture_title(what: str) -> str:
    """In the picture of a day, and in its place."""
    return f"{escaped(what, 100)}: the last 24 hours"


def picture(file_id: str, alt: str) -> list[Block]:
    """An uploaded picture of the last day, within a message."""
    return [
        {
            "type": "image",
            "slack_file": {"id": file_id},
            "alt_text": alt,
        }
    ]


def _fitting(lines: Sequence[str], most: int = MOST_TEXT) -> list[str]:
    """As many as a message takes, and a word about the others."""
    kept: list[str] = []
    length = 0
    for line in lines:
        length += len(line) + 1
        if length > most:
            kept.append(f"… and {len(lines) - len(kept)} more lines: `tocsin check list` has them all.")
            break
        kept.append(line)
    return kept


def report_text(checks: Sequence[Check], states: Mapping[str, CheckState], what: str) -> str:
    """The same in a line."""
    failing = sum(
        1 for check in checks if (state := states.get(check.name)) is not None and state.ok is False
    )
    return f"Checks of {escaped(what, 100)}: " + (
        f"{failing} of {len(checks)} failed" if failing else "all passed"
    )


def _by_service(config: Config) -> list[tuple[str, list[Check]]]:
    groups: dict[str | None, list[Check]] = {}
    for check in config.checks:
        groups.setdefault(check.service, []).append(check)
    found = []
    for name, checks in groups.items():
        service = config.service(name) if name else None
        found.append((service.shown_name if service else "Without a service", checks))
    return found


def _fails(check: Check, states: Mapping[str, CheckState]) -> bool:
    state = states.get(check.name)
    return state is not None and state.state == FAILING


def _rank(checks: Sequence[Check], states: Mapping[str, CheckState]) -> str:
    """What fails first, the worst before all."""
    return min((str(states[c.name].severity) for c in checks if _fails(c, states)), default="P9")


def mark(state: CheckState | None) -> str:
    """The colour of how a check stands."""
    if state is None or state.state not in (PASSING, FAILING):
        return UNKNOWN_MARK
    return _MARKS[PASSING] if state.state == PASSING else _MARKS.get(state.severity or "P2", _MARKS["P2"])


def _service_line(
    title: str, checks: Sequence[Check], states: Mapping[str, CheckState], uptime: Mapping[str, float]
) -> str:
    failing = [states[check.name] for check in checks if _fails(check, states)]
    known = [state for check in checks if (state := states.get(check.name)) is not None and state.ran_at]
    parts = []
    if failing:
        worst = min(failing, key=lambda state: state.severity or "P9")
        sign = mark(worst)
        parts.append(f"{len(failing)} of {len(checks)} failing")
    elif stumbled := [state for state in known if state.ok is False]:
        # It is not known yet: one or two failures are not as expected, and no alert either.
        sign = UNKNOWN_MARK
        parts.append(f"{len(stumbled)} of {len(checks)} failed just now, no alert yet")
    elif known:
        sign = _MARKS[PASSING]
        since = max((state.since_at for state in known if state.since_at is not None), default=None)
        if since is not None:
            parts.append(f"as expected since {moment(since)}")
    else:
        sign = UNKNOWN_MARK
        parts.append("not known yet")
    shares = [uptime[check.name] for check in checks if check.name in uptime]
    if shares:
        parts.append(f"{min(shares):.2%}")
    return " · ".join((f"{sign} *{escaped(title, 80)}*", *parts))


def failing_line(title: str, state: CheckState, now: datetime) -> str:
    """A check that fails: how bad it is, since when, and what it saw."""
    since = f" since {moment(state.since_at)}" if state.since_at else ""
    silenced = " :no_bell:" if _is_silenced(state, now) else ""
    seen = escaped(state.seen, 150)
    return f"{mark(state)} {escaped(title, 80)} · {state.severity}{since}{silenced} · {seen}"


def _is_silenced(state: CheckState, now: datetime) -> bool:
    return state.silenced_until is not None and state.silenced_until > now


def _run_line(check: Check, state: CheckState | None, is_done: bool, is_over: bool) -> str:
    name = escaped(check.shown_name, 80)
    if not is_done or state is None:
        return f":hourglass_flowing_sand: {name} · " + ("no result yet" if is_over else "running")
    latency = "" if state.latency_ms is None else f" · {state.latency_ms:.0f} ms"
    if state.ok:
        return f":white_check_mark: {name} · {escaped(state.seen, 120)}{latency}"
    expected = escaped(state.expected, 120)
    return f":x: {name} · expected {expected}, seen {escaped(state.seen, 150)}{latency}"
