"""Figures in words: the parts of a digest or a report, as plain text that Slack, Markdown, HTML and a terminal share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.alerts.review import Figures
from bot.config import Config
from bot.core.wall import wall_of
from bot.digests.gather import Digest
from bot.digests.load import PersonLoad
from bot.digests.measures import IncidentFigures, Lasting, Target
from bot.digests.pending import Item
from bot.digests.services import BudgetNow
from bot.digests.spans import Span
from bot.incidents.rows import Incident
from bot.oncall.duties import Duty

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


# -- words ----------------------------------------------------------------------------------------------------


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


# -- parts ----------------------------------------------------------------------------------------------------


def counts(figures: IncidentFigures) -> str:
    """ "1 SEV1, 4 SEV2"."""
    return ", ".join(f"{count} {name}" for name, count in figures.by_severity.items())


def alert_words(figures: Figures) -> str:
    """ "12 came, 9 rang, 2 of these acted on, 3 flapped"."""
    if not figures.came:
        return "none came"
    said = [f"{figures.came} came"]
    said.append(f"{figures.rang} rang, {figures.acted} of these acted on" if figures.rang else "none rang")
    said += [f"{figures.flapped} flapped"] if figures.flapped else []
    said += [f"{figures.held_back} silenced or held back"] if figures.held_back else []
    return ", ".join(said)


def target_line(target: Target) -> str:
    decided = target.met + target.missed
    said = f"{target.severity} within {took(target.within.total_seconds())}: "
    if target.share is None:
        return f"{said}nobody yet, and there is time left ({target.waiting})"
    said += f"met {target.met} of {decided}"
    said += f", missed {target.missed}" if target.missed else ""
    return said + (f", {target.waiting} still in time" if target.waiting else "")


def open_line(incident: Incident, config: Config, now: datetime) -> Line:
    age = took((now - incident.declared_at).total_seconds())
    where = f", {service_title(incident.service, config)}" if incident.service else ""
    status = config.status(incident.status)
    words = status.title if status is not None else incident.status
    return Line(
        f"{incident.severity} #{incident.id} {incident.title} ({words}, {age}{where})", incident.channel_id
    )


def duty_words(duty: Duty, config: Config) -> str:
    title = duty.section.title or duty.section.name
    if duty.shift.person is None:
        return f"{title}: nobody ({duty.shift.reason})"
    until = day_and_time(duty.shift.ends_at, config)
    return f"{title}: {duty.shift.person} until {until}"


def item_line(item: Item, config: Config) -> str:
    said = [item.owner] if item.owner else []
    said += [f"due {day_and_time(item.due_at, config)}"] if item.due_at is not None else []
    return item.what + (f" ({', '.join(said)})" if said else "")


def load_words(one: PersonLoad) -> str:
    said = [f"{one.hours:.0f} h on call"] if one.hours else []
    said.append(many(one.interruptions, "interruption"))
    said += [f"{one.off_hours} off-hours"] if one.off_hours else []
    return f"{one.person}: {', '.join(said)}"


def daily_parts(digest: Digest, config: Config) -> list[Part]:
    """What the message of a daily digest says."""
    today, past = digest.today, digest.past
    rest = today.open_count - SHOWN
    opened = [open_line(one, config, digest.now) for one in today.open[:SHOWN]]
    opened += [Line(f"… and {rest} more")] if rest > 0 else []
    failing = [
        f"{one.title}: {one.seen or 'failing'}"
        + (f", since {day_and_time(one.since, config)}" if one.since is not None else "")
        for one in today.failing[:SHOWN]
    ]
    return [
        *part(f"Open incidents: {today.open_count}", opened or ["None."]),
        *part("On call", [duty_words(one, config) for one in today.on_call]),
        *part(f"Overdue: {len(today.overdue)}", [item_line(one, config) for one in today.overdue[:SHOWN]]),
        *part(f"Failing checks: {len(today.failing)}", failing),
        *part("Since the last digest", [f"Alerts: {alert_words(past.alerts.total)}", *_news(digest)]),
    ]


def _news(digest: Digest) -> list[str]:
    past = digest.past
    found = []
    if past.incidents.count:
        found.append(f"Incidents declared: {past.incidents.count} ({counts(past.incidents)})")
    if past.dora.deployments:
        found.append(f"Deployments to production: {past.dora.deployments}")
    return found


def figure_parts(digest: Digest, config: Config) -> list[Part]:
    """The figures against those of the time before: what the message of the longer digests says."""
    past, before = digest.past.incidents, digest.before.incidents if digest.before else None
    lines = [
        f"Declared: {past.count}{against(past.count, before.count if before else None)}"
        + (f": {counts(past)}" if past.count else ""),
    ]
    if past.unresolved:
        lines.append(f"Of these not resolved: {past.unresolved}")
    for name, of, was in (
        ("Time to acknowledge (MTTA)", past.mtta, before.mtta if before else None),
        ("Time to resolve (MTTR)", past.mttr, before.mttr if before else None),
        ("Time to detect (MTTD)", past.mttd, before.mttd if before else None),
    ):
        if of.count:
            lines.append(f"{name}: {lasted(of)}{slower(of, was)}")
    if past.effort:
        lines.append(f"Response effort: {took(past.effort)} of people's time")
    rung = sum(one.interruptions for one in digest.load)
    off = sum(one.off_hours for one in digest.load)
    when = "" if not off else ", off-hours" if rung == 1 else f", {off} of them off-hours"
    people = [f"Interruptions: {rung}{when}"] if rung else []
    reviews = [item_line(one, config) for one in digest.today.reviews_due[:SHOWN]]
    return [
        *part("Incidents", lines),
        *part("Response targets", [target_line(one) for one in past.targets]),
        *part("People", people),
        *part("Alerts", _alerts(digest)),
        *part("Delivery", dora_lines(digest)),
        *part("Reviews due", reviews),
    ]


def _alerts(digest: Digest) -> list[str]:
    now, before = digest.past.alerts.total, digest.before.alerts.total if digest.before else None
    if not now.came and not (before and before.came):
        return []
    rang = f"{now.rang} rang{against(now.rang, before.rang if before else None)}"
    said = [f"{now.came} came{against(now.came, before.came if before else None)}", rang]
    said += [f"{now.acted} of these acted on"] if now.rang else []
    said += [f"{now.flapped} flapped"] if now.flapped else []
    said += [f"{now.held_back} silenced or held back"] if now.held_back else []
    return [", ".join(said)]


def dora_lines(digest: Digest) -> list[str]:
    """DORA's four."""
    dora, before = digest.past.dora, digest.before.dora if digest.before else None
    if not dora.deployments:
        return []
    rate = dora.failure_rate or 0.0
    lines = [
        f"Deployments to production: {dora.deployments}{against(dora.deployments, before.deployments if before else None)}, {dora.per_day:.2g} a day",
    ]
    if dora.lead.count:
        lines.append(f"Lead time from commit: {lasted(dora.lead)}")
    lines.append(f"Followed by an incident: {percent(rate)} ({dora.failed} of {dora.deployments})")
    if dora.restore.count:
        lines.append(f"Time to restore after these: {lasted(dora.restore)}")
    return lines


def summary(digest: Digest, config: Config) -> list[str]:
    """A few sentences for those who read nothing else; each says a figure that stands below."""
    past = digest.past.incidents
    before = digest.before.incidents if digest.before else None
    said = []
    if not past.count:
        said.append("No incident was declared.")
    else:
        worst = next(iter(past.by_severity))
        said.append(
            f"{many(past.count, 'incident')}{against(past.count, before.count if before else None)}; "
            f"the worst: {past.by_severity[worst]} {worst}."
        )
        service, count = next(iter(past.by_service.items()))
        if service and count > 1:
            said.append(f"{service_title(service, config)} was hit most often, {count} times.")
    if past.mttr.median is not None:
        was = before.mttr.median if before else None
        trend = ""
        if was is not None and was > 0 and abs(past.mttr.median / was - 1) >= 0.1:
            trend = f", {'longer' if past.mttr.median > was else 'shorter'} than {took(was)} before"
        said.append(f"Half of them were resolved within {took(past.mttr.median)}{trend}.")
    met, missed = sum(one.met for one in past.targets), sum(one.missed for one in past.targets)
    if met + missed:
        said.append(f"Somebody was at work in time on {met} of {met + missed} with a response target.")
    spent = [one.title for one in digest.budgets if one.left is not None and one.left <= 0]
    if spent:
        said.append(f"The error budget is spent for {', '.join(spent[:5])}.")
    elif any(one.left is not None for one in digest.budgets):
        said.append("Every objective that is measured has error budget left.")
    if digest.actions is not None and digest.actions.open:
        said.append(f"{many(digest.actions.open, 'action item')} open, {digest.actions.overdue} overdue.")
    return said


def detail_parts(digest: Digest, config: Config) -> list[Part]:
    """What stands in the thread."""
    today, past = digest.today, digest.past
    if digest.period == "daily":
        return [
            *part("All open incidents", _all_open(digest, config) if today.open_count > SHOWN else []),
            *part("Alerts that rang most often for nothing, or came most often", _rules(digest, config)),
        ]
    actions = digest.actions
    return [
        *part("Open now", _all_open(digest, config)),
        *part(
            "By service",
            [
                f"{service_title(name, config)}: {count}"
                for name, count in list(past.incidents.by_service.items())[:MOST]
            ],
        ),
        *part("Alerts that rang most often for nothing, or came most often", _rules(digest, config)),
        *part("On-call load", [load_words(one) for one in digest.load[:MOST]]),
        *part(
            "Uptime of checks",
            [f"{one.title}: {percent(one.share)} of {one.runs} runs" for one in digest.uptimes[:MOST]],
        ),
        *part("Objectives (30 days)", [budget_line(one) for one in digest.budgets[:MOST]]),
        *part(
            "Action items",
            []
            if actions is None
            else [
                f"{actions.open} open, {actions.overdue} overdue; {actions.opened} opened and {actions.done} done in this time"
            ],
        ),
        *part("Trend", _trend(digest, config)),
    ]


def budget_line(one: BudgetNow) -> str:
    if one.left is None:
        said = "nothing is known yet"
    elif one.left >= 0:
        said = f"{one.left:.0%} of the budget left"
    else:
        said = f"the budget is spent {1 - one.left:.1f} times"
    return f"{one.title} ({one.target:g}%): {said}"


def _all_open(digest: Digest, config: Config) -> list[Line]:
    rest = digest.today.open_count - len(digest.today.open)
    lines = [open_line(one, config, digest.now) for one in digest.today.open]
    return [*lines, Line(f"… and {rest} more")] if rest > 0 else lines


def _rules(digest: Digest, config: Config) -> list[str]:
    found = []
    for one in digest.past.alerts.rules:
        title = " ".join(one.title.split())[:100] or one.rule.kind
        where = f" on {service_title(one.rule.service, config)}" if one.rule.service else ""
        found.append(f"{title}{where}: {alert_words(one.figures)}")
    return found


def _trend(digest: Digest, config: Config) -> list[str]:
    lines = []
    for step in digest.steps:
        by = ", ".join(
            f"{step.by_severity[name]} {name}"
            for name in sorted(step.by_severity, key=lambda name: (config.severity_rank(name), name))
        )
        times = f", mean time to resolve {took(step.mttr)}" if step.mttr is not None else ""
        lines.append(
            f"{days(step.span, config)}: {many(step.count, 'incident')}{f' ({by})' if by else ''}{times}"
        )
    return lines
