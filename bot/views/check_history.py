"""What checks have seen around an incident: as a modal, as a part of the record, as data."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.checks.evaluation import FAILING
from bot.checks.history import CheckHistory, Stretch
from bot.config import Config
from bot.incidents.rows import Incident
from bot.views.checks import mark
from bot.views.incident_text import line
from bot.views.text import Block, context, cut, escaped, modal, moment, section

# The newest of them; `tocsin incident export` has all.
SHOWN = 8


def history_modal(incident: Incident, found: Sequence[CheckHistory], config: Config) -> Block:
    """The last day of an incident's checks."""
    blocks: list[Block] = [section(line(incident, config, limit=200)), {"type": "divider"}]
    blocks += [section(_one(one)) for one in found]
    if not found:
        blocks.append(section("No check of app.yaml is about this incident or its service."))
    blocks.append(context("The last 24 hours, the newest first. The export has those around the incident."))
    return modal("checks", f"Checks of #{incident.id}"[:24], blocks, close="Close")


def _one(one: CheckHistory) -> str:
    state = one.state
    name = f"{mark(state)} *{escaped(one.check.shown_name, 80)}*"
    if state is not None and state.state == FAILING:
        since = f" since {moment(state.since_at)}" if state.since_at is not None else ""
        name += f" · failing{since}\nexpected {escaped(state.expected, 200)}, seen {escaped(state.seen, 200)}"
    if not one.count:
        return f"{name}\nIt has not run in this time."
    lines = [name, f"{_runs(one.count)}, {one.failed} failed"]
    newest = one.stretches[::-1]
    lines += [_stretch(stretch) for stretch in newest[:SHOWN]]
    if len(newest) > SHOWN:
        lines.append(f"… and {len(newest) - SHOWN} changes before")
    return cut("\n".join(lines), 2900)


def _stretch(stretch: Stretch) -> str:
    sign = ":x:" if stretch.failed else ":white_check_mark:"
    begin, end = moment(stretch.begin, "{date_short_pretty} {time}"), moment(stretch.end, "{time}")
    when = begin if stretch.end == stretch.begin else f"{begin} – {end}"
    seen = f" · {escaped(stretch.seen, 60)}" if stretch.seen else ""
    return f"{sign} {when} · {_how_many(stretch)}{seen}{_latency(stretch)}"


def _how_many(stretch: Stretch) -> str:
    if 0 < stretch.failed < stretch.count:
        return f"{stretch.failed} of {_runs(stretch.count)} failed"
    return _runs(stretch.count)


def _runs(count: int) -> str:
    return f"{count} run{'s' if count != 1 else ''}"


def _latency(stretch: Stretch) -> str:
    if stretch.fastest is None or stretch.slowest is None:
        return ""
    fast, slow = f"{stretch.fastest:.0f}", f"{stretch.slowest:.0f}"
    return f" · {fast}\u00a0ms" if fast == slow else f" · {fast}–{slow}\u00a0ms"


def history_lines(found: Sequence[CheckHistory], quote: Callable[[str], str]) -> list[str]:
    """The same as Markdown, in UTC; `quote` makes text harmless."""
    lines: list[str] = []
    for one in found:
        if one.count:
            name = quote(one.check.shown_name)
            lines.append(f"- **{name}**: {_runs(one.count)}, {one.failed} failed")
            for stretch in one.stretches:
                sign = "failed" if stretch.failed else "passed"
                seen = f": {quote(stretch.seen)}" if stretch.seen else ""
                lines.append(
                    f"  - {_utc(stretch.begin)} – {_utc(stretch.end)} · {sign}, {_how_many(stretch)}{seen}{_latency(stretch)}"
                )
    return ["", "## Checks", "", *lines] if lines else []


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def history_json(found: Sequence[CheckHistory]) -> list[dict[str, Any]]:
    """The same as data."""
    return [
        {
            "name": one.check.name,
            "title": one.check.shown_name,
            "runs": one.count,
            "failed": one.failed,
            "stretches": [
                {
                    "begin": stretch.begin.isoformat(),
                    "end": stretch.end.isoformat(),
                    "runs": stretch.count,
                    "failed": stretch.failed,
                    "seen": stretch.seen,
                    "fastest_ms": stretch.fastest,
                    "slowest_ms": stretch.slowest,
                }
                for stretch in one.stretches
            ],
        }
        for one in found
    ]
