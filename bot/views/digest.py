"""Digests in Slack: the message, and the details in its thread."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.config import Config
from bot.config.sections.digests import Digest as DigestSection
from bot.core.wall import wall_of
from bot.digests.gather import Digest
from bot.views.digest_chart import Trend
from bot.views.figure_words import Part, days, many
from bot.views.figures import detail_parts, summary, told_parts, whole_parts
from bot.views.text import Block, channel_link, context, cut, header, literal, moment, section

PICTURE = "Trend"
TITLES = {
    "daily": "Daily digest",
    "weekly": "Weekly digest",
    "monthly": "Monthly digest",
    "quarterly": "Quarterly digest",
}
# Slack takes so many characters of a message's blocks; a part is one section.
LONGEST_PART = 2800
LONGEST = 10_000
MOST_BLOCKS = 45
MONTHS_OF_YEAR = 12


def digest_text(digest: Digest, config: Config) -> str:
    """For notifications and those whom the blocks do not reach."""
    title = TITLES[digest.period or "daily"]
    today, past = digest.today, digest.past
    said = f"{many(today.open_count, 'open incident')}, {past.incidents.count} declared, {many(past.alerts.total.came, 'alert')}"
    return f"{title}, {days(past.span, config)}: {said}"


def digest_blocks(digest: Digest, config: Config, *, missed: bool = False) -> list[Block]:
    """The message; `missed` says that earlier ones were passed over while the bot was not there."""
    return [*_head(digest, config, missed), *_sections(told_parts(digest, config))]


def whole_blocks(digest: Digest, config: Config, above: Sequence[Block] = ()) -> list[Block]:
    """Message and details as one, for the one who asked, with `above` before them."""
    return [*above, *_head(digest, config, False), *_sections(whole_parts(digest, config))]


def _head(digest: Digest, config: Config, missed: bool) -> list[Block]:
    blocks: list[Block] = [header(TITLES[digest.period or "daily"])]
    said = [days(digest.past.span, config)]
    if digest.period != "daily" and digest.before is not None:
        said.append(f"against {days(digest.before.span, config)}")
    said.append(f"times in {config.timezone}")
    if missed:
        said.append("sent late; the ones before it were missed and are left out")
    blocks.append(context(literal(" · ".join(said), 1000)))
    if digest.period in ("monthly", "quarterly"):
        blocks.append(section(literal(" ".join(summary(digest, config)), LONGEST_PART)))
    return blocks


def detail_blocks(digest: Digest, config: Config) -> list[Block]:
    """What stands in the thread; none where there is nothing more to say."""
    return _sections(detail_parts(digest, config))


def dry_run(digest: DigestSection, config: Config, next_at: datetime | None, told: Digest) -> Block:
    """What stands above a digest that is shown and not sent: where and when it would be."""
    channel = digest.channel or config.channels.announcements
    when = f"next {moment(next_at)}" if next_at is not None else "never again"
    said = f":test_tube: *Dry run* of “{literal(digest.name, 60)}”: it goes to #{literal(channel, 100)}, {when}. Nothing was sent."
    if told.is_empty and digest.skip_empty:
        said += " It would be left out, as there is nothing to tell."
    return section(said)


def _sections(parts: Sequence[Part]) -> list[Block]:
    blocks: list[Block] = []
    room = LONGEST
    for part in parts:
        lines = [f"*{literal(part.title, 150)}*"]
        for line in part.lines:
            link = f" · {channel_link(line.channel_id)}" if line.channel_id else ""
            lines.append(f"• {literal(line.text, 400)}{link}")
        text = _whole_lines(lines, LONGEST_PART)
        room -= len(text)
        if room < 0 or len(blocks) == MOST_BLOCKS:
            blocks.append(context("There is more than one message can hold; `tocsin report` has all of it."))
            break
        blocks.append(section(text))
    return blocks


def _whole_lines(lines: Sequence[str], limit: int) -> str:
    """As many as fit, and how many did not."""
    kept: list[str] = []
    for number, line in enumerate(lines):
        rest = f"\n… and {len(lines) - number} more"
        if len("\n".join([*kept, line])) + len(rest) > limit:
            return cut("\n".join(kept) + rest, limit)
        kept.append(line)
    return "\n".join(kept)


def trends(digest: Digest, config: Config) -> list[Trend]:
    """The panels of a digest's picture: incidents by severity, and how long they took; none without a trend."""
    if not any(step.count for step in digest.steps):
        return []
    # Each step by its first day; of a year and more, which one it is.
    firsts = [wall_of(step.span.start, config.zone) for step in digest.steps]
    is_of_years = firsts[0].year != firsts[-1].year or len(firsts) >= MONTHS_OF_YEAR
    names = [f"{first.day} {first:%b}" + (f"\n{first.year}" if is_of_years else "") for first in firsts]
    seen = {name for step in digest.steps for name in step.by_severity}
    severities = sorted(seen, key=lambda name: (config.severity_rank(name), name))
    found: list[Trend] = [
        {
            "title": "Incidents by severity",
            "kind": "counts",
            "steps": names,
            "series": [
                (name, [float(step.by_severity.get(name, 0)) for step in digest.steps]) for name in severities
            ],
        }
    ]
    lines = [
        ("Mean time to acknowledge", [_minutes(step.mtta) for step in digest.steps]),
        ("Mean time to resolve", [_minutes(step.mttr) for step in digest.steps]),
    ]
    known = [(name, values) for name, values in lines if any(value is not None for value in values)]
    if known:
        found.append(
            {
                "title": "How long it took, by when it was declared",
                "kind": "lines",
                "steps": names,
                "series": known,
            }
        )
    return found


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 60, 2)
