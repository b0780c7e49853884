"""Words and lines that figures are made of: plain text that Slack, Markdown, HTML and a terminal share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.config import Config
from bot.core.wall import wall_of
from bot.digests.measures import Lasting
from bot.digests.spans import Span

SHOWN = 8
MOST = 25


@dataclass(frozen=True)
class Line:
    """A line of plain text, not escaped; `channel_id` is a place in Slack that it leads to."""

    text: str
    channel_id: str | None = None


@dataclass(frozen=True)
class Part:
    """A heading and what stands below it."""

    title: str
    lines: tuple[Line, ...]


def part(title: str, lines: Sequence[str | Line]) -> list[Part]:
    """None where there is nothing to say."""
    found = tuple(line if isinstance(line, Line) else Line(line) for line in lines)
    return [Part(title, found)] if found else []


def took(seconds: float) -> str:
    """ "2 d 4 h", "1 h 5 min", "40 s"."""
    left = max(0, round(seconds))
    parts = []
    for size, name in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        if left >= size:
            parts.append(f"{left // size} {name}")
            left %= size
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts) or "0 s"


def lasted(lasting: Lasting) -> str:
    """ "mean 12 min, median 8 min, of 5"."""
    if lasting.mean is None or lasting.median is None:
        return "none to count"
    return f"mean {took(lasting.mean)}, median {took(lasting.median)}, of {lasting.count}"


def against(now: float, before: float | None) -> str:
    """ " (3 more)": how many more or fewer than before."""
    if before is None:
        return ""
    if now == before:
        return " (as before)"
    return f" ({abs(now - before):g} {'more' if now > before else 'fewer'})"


def slower(now: Lasting, before: Lasting | None) -> str:
    """The median against the one before."""
    if before is None or now.median is None or before.median is None:
        return ""
    if took(now.median) == took(before.median):
        return "; as long as before"
    return f"; median was {took(before.median)}"


def percent(share: float) -> str:
    """ "99.95%": never rounded up to all, or down to nothing."""
    if share in (0, 1):
        return f"{share:.0%}"
    for digits in (1, 2, 3):
        said = f"{share * 100:.{digits}f}"
        if 0 < float(said) < 100 and (digits > 1 or 0.01 <= share <= 0.99):
            return f"{said}%"
    return "nearly 100%" if share > 0.5 else "nearly 0%"


def many(count: int, one: str, more: str | None = None) -> str:
    """ "1 incident", "2 incidents"."""
    return f"{count} {one if count == 1 else more or f'{one}s'}"


def day_and_time(at: datetime, config: Config) -> str:
    wall = wall_of(at, config.zone)
    return f"{wall:%a} {wall.day} {wall:%b %H:%M}"


def days(span: Span, config: Config) -> str:
    """ "16 Nov to 22 Nov 2026": the days of a span, in the organization's zone; with times where it is not of days."""
    start, end = wall_of(span.start, config.zone), wall_of(span.end, config.zone)
    if start.time() == end.time() == datetime.min.time():
        last = end - timedelta(days=1)
        if start.date() == last.date():
            return f"{start.day} {start:%b %Y}"
        return (
            f"{start.day} {start:%b} to {last.day} {last:%b %Y}"
            if start.year == last.year
            else f"{start.day} {start:%b %Y} to {last.day} {last:%b %Y}"
        )
    return f"{day_and_time(span.start, config)} to {day_and_time(span.end, config)}"


def service_title(name: str, config: Config) -> str:
    found = config.service(name) if name else None
    return found.shown_name if found is not None else name or "no service"
