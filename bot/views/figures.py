"""Figures in words: the parts of a digest or a report, as plain text that Slack, Markdown, HTML and a terminal share."""

from __future__ import annotations

from datetime import datetime

from bot.alerts.review import Figures
from bot.config import Config
from bot.digests.gather import Digest
from bot.digests.load import PersonLoad
from bot.digests.measures import IncidentFigures, Target
from bot.digests.services import BudgetNow
from bot.incidents.rows import Incident
from bot.oncall.duties import Duty
from bot.views.figure_words import (
    MOST,
    SHOWN,
    Line,
    Part,
    against,
    day_and_time,
    days,
    lasted,
    many,
    part,
    percent,
    service_title,
    slower,
    took,
)
from bot.views.promises import (
    due_parts,
    item_line,
    overdue_part,
    promise_lines,
    standing_parts,
    timely_sentences,
)


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
    soon = [one for one in today.reviews_due.items if one.due_at > digest.now]
    coming = part("Due next", [item_line(one, config, digest.now) for one in soon[:SHOWN]])
    return [
        *part(f"Open incidents: {today.open_count}", opened or ["None."]),
        *part("On call", [duty_words(one, config) for one in today.on_call]),
        *overdue_part(today.overdue, config, digest.now, shown=SHOWN),
        *coming,
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
    return [
        *part("Incidents", lines),
        *part("Response targets", [target_line(one) for one in past.targets]),
        *part("People", people),
        *part("Alerts", _alerts(digest)),
        *part("Delivery", dora_lines(digest)),
        *due_parts(digest.today, config, digest.now, shown=SHOWN),
        *part("Kept in time", promise_lines(digest)),
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
    return [*said, *timely_sentences(digest)]


def told_parts(digest: Digest, config: Config) -> list[Part]:
    """What the message says."""
    return daily_parts(digest, config) if digest.period == "daily" else figure_parts(digest, config)


def whole_parts(digest: Digest, config: Config) -> list[Part]:
    """Message and details as one, in the order in which they are read: what the one counts and the other names stands
    once, by name.
    """
    details = detail_parts(digest, config)
    named = {part.title for part in details}
    return [*(part for part in told_parts(digest, config) if part.title not in named), *details]


def detail_parts(digest: Digest, config: Config) -> list[Part]:
    """What stands in the thread."""
    today, past = digest.today, digest.past
    if digest.period == "daily":
        return [
            *part("All open incidents", _all_open(digest, config) if today.open_count > SHOWN else []),
            *(
                overdue_part(today.overdue, config, digest.now, shown=MOST)
                if today.overdue.count > SHOWN
                else []
            ),
            *part("Alerts that rang most often for nothing, or came most often", _rules(digest, config)),
        ]
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
        *overdue_part(today.overdue, config, digest.now, shown=MOST),
        *standing_parts(digest, config),
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
