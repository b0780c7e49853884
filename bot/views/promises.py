"""What people have promised, in words: what is due and overdue, what was kept in time, how all that is open stands."""

from __future__ import annotations

from datetime import datetime

from bot.config import Config
from bot.digests.gather import Digest, Today
from bot.digests.health import Standing
from bot.digests.pending import Due, Item
from bot.digests.timeliness import Timeliness
from bot.views.backlog import kinds_words
from bot.views.figure_words import Line, Part, day_and_time, many, part, percent, took
from bot.views.text import day

# The words for many of a kind where it is not one word and an "s".
_MANY = {"risk to look at": "risks to look at"}


def item_line(item: Item, config: Config, now: datetime) -> str:
    said = [item.owner] if item.owner else []
    due = _due_words(item, config)
    said.append(f"due {due}{', overdue' if item.due_at <= now else ''}")
    return f"{item.what} ({', '.join(said)})"


def overdue_part(overdue: Due, config: Config, now: datetime, *, shown: int) -> list[Part]:
    """The longest due first."""
    lines = [Line(_late_line(one, config, now)) for one in overdue.items[:shown]]
    rest = overdue.count - len(lines)
    lines += [Line(f"… and {rest} more")] if rest > 0 else []
    return part(f"Overdue: {overdue.count}", lines)


def _due_words(item: Item, config: Config) -> str:
    on = item.due_on
    return f"{on:%a} {on.day} {on:%b}" if on is not None else day_and_time(item.due_at, config)


def _late_line(item: Item, config: Config, now: datetime) -> str:
    owner = f"{item.owner}, " if item.owner else ""
    due = _due_words(item, config)
    return f"{item.what} ({owner}since {due})"


def overdue_counts(overdue: Due) -> str:
    """ "2 reviews, 1 action item"."""
    return ", ".join(many(count, kind, _MANY.get(kind)) for kind, count in overdue.counts.items())


def due_parts(today: Today, config: Config, now: datetime, *, shown: int) -> list[Part]:
    """What the longer digests say: the reviews one by one, the rest that is overdue as counts."""
    due = today.reviews_due
    lines = [item_line(one, config, now) for one in due.items[:shown]]
    rest = due.count - len(lines)
    lines += [f"… and {rest} more"] if rest > 0 else []
    late = [overdue_counts(today.overdue)] if today.overdue.count else []
    return [*part("Reviews due", lines), *part(f"Overdue: {today.overdue.count}", late)]


# -- what was kept ------------------------------------------------------------------------------------------------


def promise_lines(digest: Digest) -> list[str]:
    """Of what was due in the time that is told of, against the time before."""
    kept, before = digest.past.promises, digest.before.promises if digest.before else None
    lines = []
    for name, one, was in (
        ("Reviews published in time", kept.reviews, before.reviews if before else None),
        ("Action items done in time", kept.actions, before.actions if before else None),
        ("Routine tasks done in time", kept.tasks, before.tasks if before else None),
    ):
        if one.due:
            lines.append(f"{name}: {timely_words(one)}{_was(one, was)}")
        if one is kept.reviews and len(kept.by_severity) > 1:
            lines += [f"of {name}: {timely_words(of)}" for name, of in kept.by_severity.items()]
    return lines


def timely_words(one: Timeliness) -> str:
    """ "80.0% (4 of 5); the late ones by 2 h (median of 1); 1 not done yet"."""
    if one.share is None:
        return "none was due"
    said = [f"{percent(one.share)} ({one.in_time} of {one.due})"]
    if one.late.median is not None:
        said.append(f"the late ones by {took(one.late.median)} (median of {one.late.count})")
    said += [f"{one.undone} not done yet"] if one.undone else []
    return "; ".join(said)


def _was(one: Timeliness, before: Timeliness | None) -> str:
    if before is None or before.share is None or one.share is None:
        return ""
    return "; as before" if before.share == one.share else f"; it was {percent(before.share)}"


def timely_sentences(digest: Digest) -> list[str]:
    """For the summary: each says a figure that stands below."""
    kept, said = digest.past.promises, list[str]()
    if kept.reviews.due:
        said.append(f"{kept.reviews.in_time} of {many(kept.reviews.due, 'review')} came in time.")
    if kept.actions.due:
        said.append(f"{kept.actions.in_time} of {many(kept.actions.due, 'action item')} were done in time.")
    if digest.standing is not None and digest.standing.actions.open:
        actions = digest.standing.actions
        said.append(f"{many(actions.open, 'action item')} open, {actions.overdue} overdue.")
    if digest.standing is not None and digest.standing.great:
        said.append(f"{many(digest.standing.great, 'great risk')} known.")
    return said


# -- how it stands ------------------------------------------------------------------------------------------------


def standing_parts(digest: Digest, config: Config) -> list[Part]:
    """Action items, the backlog, risks and decisions, runbooks: each where there is any."""
    if digest.standing is None:
        return []
    now, standing = digest.now, digest.standing
    return [
        *part("Action items", _action_lines(standing, now)),
        *part("Backlog", _backlog_lines(standing)),
        *part("Risks, decisions, runbooks", _other_lines(standing)),
    ]


def _action_lines(standing: Standing, now: datetime) -> list[str]:
    actions = standing.actions
    if not actions.is_anything:
        return []
    lines = [
        f"{actions.open} open, {actions.overdue} overdue; {actions.opened} opened and {actions.done} done in this time"
        + (f", {actions.dropped} dropped" if actions.dropped else "")
    ]
    if actions.oldest_at is not None:
        lines.append(f"The oldest has been open for {took((now - actions.oldest_at).total_seconds())}")
    if actions.overdue and actions.longest_due_on is not None:
        lines.append(f"The longest overdue was due on {day(actions.longest_due_on)}")
    return lines


def _backlog_lines(standing: Standing) -> list[str]:
    found = standing.backlog
    if not (found.unfinished or found.done or found.declined):
        return []
    kinds = kinds_words(found.by_kind)
    lines = [f"{found.unfinished} to be done" + (f": {kinds}" if kinds else "")]
    if found.age is not None and found.oldest is not None:
        old, oldest = took(found.age.total_seconds()), took(found.oldest.total_seconds())
        lines.append(f"Half of them are older than {old}, the oldest {oldest}; {found.unjudged} never judged")
    return [*lines, f"In the last 30 days {found.done} done and {found.declined} declined"]


def _other_lines(standing: Standing) -> list[str]:
    lines = []
    if standing.risks:
        lines.append(
            f"{many(standing.risks, 'risk')}, {standing.great} of them great, {standing.to_look_at} to be looked at again"
        )
    if standing.decisions:
        lines.append(f"{many(standing.decisions, 'decision')} pending, {standing.late_decisions} overdue")
    if standing.runbooks:
        lines.append(f"{many(standing.runbooks, 'runbook')}, {standing.stale} stale")
    return lines
