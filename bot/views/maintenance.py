"""Maintenance in Slack: what runs and comes, the message of one that somebody started, its reminder, the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot.alerts.grouping import dependents
from bot.alerts.maintenance import Plan, Window
from bot.alerts.rows import MaintenanceWindow
from bot.alerts.windows import Standing
from bot.config import Config
from bot.config.sections.alerts import LONGEST_WINDOW
from bot.oncall.overrides import LONGEST_REASON
from bot.views.service_menu import services_menu
from bot.views.text import (
    Block,
    actions,
    button,
    confirm,
    context,
    cut,
    field,
    literal,
    mention,
    modal,
    moment,
    section,
    span,
    text_input,
)

# Each takes two blocks; Slack takes 50, and some 13,000 characters.
SHOWN, SERVICES_SHOWN, USED_SHOWN = 15, 5, 10
SERVICE = 60
WHAT_IT_DOES = (
    "Meanwhile new alerts ring nobody: no incident, no page, no message. Incidents and pages that are open go on, ends"
    " are taken in, and what still fires at its end rings then."
)


def services_text(names: Sequence[str], config: Config) -> str:
    """The services by their titles; "all services" for none."""
    if not names:
        return "all services"
    titles = [literal(config.service_title(name), SERVICE) for name in names[:SERVICES_SHOWN]]
    more = [f"{len(names) - SERVICES_SHOWN} more"] if len(names) > SERVICES_SHOWN else []
    *first, last = [*titles, *more]
    return f"{', '.join(first)} and {last}" if first else last


# -- one that somebody started ----------------------------------------------------------------------------------


def window_text(row: MaintenanceWindow, config: Config, *, now: datetime) -> str:
    """How it stands, in a line."""
    head = f"*Maintenance #{row.id}* of {services_text(row.services, config)}"
    if row.ended_at is not None:
        if row.began_at is None:
            return f":white_check_mark: {head} was called off by {mention(row.ended_by)}"
        by = f", ended by {mention(row.ended_by)}" if row.ended_by else ""
        return f":white_check_mark: {head} is over since {moment(row.ended_at)}{by}"
    if row.starts_at > now:
        return f":calendar: {head} is planned: {moment(row.starts_at)} to {moment(row.ends_at)}"
    return f":no_bell: {head} runs until {moment(row.ends_at)}"


def window_blocks(row: MaintenanceWindow, config: Config, *, now: datetime) -> list[Block]:
    """Its message: planned, running or over."""
    why = f"\nWhy: {literal(row.reason, LONGEST_REASON)}" if row.reason else ""
    blocks = [section(f"{window_text(row, config, now=now)}{why}")]
    by = (
        f"Started by {mention(row.made_by)}" if row.starts_at <= now else f"Planned by {mention(row.made_by)}"
    )
    if row.ended_at is None:
        counted = f" · {silenced_text(row.silenced)} so far" if row.silenced else ""
        blocks.append(context(f"{by}{counted} · {WHAT_IT_DOES}"))
        blocks.append(_buttons(row, now=now))
    elif row.began_at is not None:
        blocks.append(context(f"{by} · {silenced_text(row.silenced)}. New alerts ring again."))
    return blocks


def silenced_text(count: int) -> str:
    return f"{count or 'no'} alert{'' if count == 1 else 's'} silenced"


def _buttons(row: MaintenanceWindow, *, now: datetime) -> Block:
    is_planned = row.starts_at > now
    sure = confirm(
        "Call this maintenance off?" if is_planned else "End this maintenance?",
        "Its alerts go on ringing." if is_planned else "What still fires rings at once.",
        "Call it off" if is_planned else "End it",
        "Keep it",
    )
    label = "Call off" if is_planned else "End"
    return actions(
        f"maintenance-{row.id}",
        button("+1 h", "maintenance.extend", str(row.id)),
        button(label, "maintenance.end", str(row.id), confirm=sure),
    )


def answer_text(row: MaintenanceWindow, config: Config, *, now: datetime, zone: str | None = None) -> str:
    """To whoever started or extended it: what it silences, what it does not, and how it ends."""
    lines = [window_text(row, config, now=now), WHAT_IT_DOES]
    others = {name for service in row.services for name in dependents(config, service)} - set(row.services)
    if others and row.services:
        depend = "depends" if len(others) == 1 else "depend"
        lines.append(f"Alerts of {services_text(sorted(others), config)}, which {depend} on it, still ring.")
    channel = literal(config.channels.announcements, 80)
    lines.append(
        f"#{channel} is told. `/check maintenance extend {row.id} 1h` makes it longer, `/check maintenance end {row.id}` ends it."
    )
    if zone is not None:
        lines.append(f"Its times were read in {literal(zone, 60)}.")
    return "\n".join(lines)


def ended_text(row: MaintenanceWindow, config: Config) -> str:
    what = services_text(row.services, config)
    if row.began_at is None:
        return f":white_check_mark: Maintenance #{row.id} of {what} is called off; its alerts ring as ever."
    return (
        f":white_check_mark: Maintenance #{row.id} of {what} is over, {silenced_text(row.silenced)}."
        " What still fires rings now."
    )


def reminder_text(row: MaintenanceWindow, config: Config) -> str:
    return f":hourglass: Your maintenance #{row.id} of {services_text(row.services, config)} ends {moment(row.ends_at)}"


def reminder_blocks(row: MaintenanceWindow, config: Config) -> list[Block]:
    """To whoever started it, some minutes before its end."""
    return [
        section(f"{reminder_text(row, config)}. What still fires then rings."),
        context(f"{silenced_text(row.silenced)} so far. Is it long enough?"),
        _buttons(row, now=row.starts_at),  # it runs
    ]


# -- all of them --------------------------------------------------------------------------------------------------


def running_line(running: Sequence[tuple[Plan, Window]], config: Config) -> str:
    """What runs, in a line for the board of services and for Home."""
    said = [
        f"{literal(plan.name, 60)} {services_text(plan.services, config)} until {moment(window.end)}"
        for plan, window in running[:SERVICES_SHOWN]
    ]
    more = f"; and {len(running) - SERVICES_SHOWN} more" if len(running) > SERVICES_SHOWN else ""
    return f":no_bell: *Maintenance* (`/check maintenance`): {cut('; '.join(said), 1500)}{more}"


def list_text(found: Sequence[Standing]) -> str:
    running = sum(one.is_running for one in found)
    return f"Maintenance: {running} running, {len(found) - running} to come"


def list_blocks(
    found: Sequence[Standing],
    usage: Mapping[str | None, timedelta],
    config: Config,
    *,
    now: datetime,
) -> list[Block]:
    """What runs and what comes, of app.yaml and of people, with the hours of the month."""
    begin = button("Start …", "maintenance.start", "start")
    head = f"*{list_text(found)}*" if found else "*No maintenance runs or is to come.*"
    blocks = [section(head, accessory=begin)]
    for one in found[:SHOWN]:
        blocks.append(section(_line(one, config, now=now)))
        if one.row is not None:
            blocks.append(_buttons(one.row, now=now))
    if len(found) > SHOWN:
        blocks.append(context(f"… and {len(found) - SHOWN} more: `tocsin check list` has them all."))
    used = _used_text(usage, config)
    if used:
        blocks.append(context(used))
    blocks.append(context("`/check maintenance start payments 2h why` starts one; `/check help` has all."))
    return blocks


def _line(one: Standing, config: Config, *, now: datetime) -> str:
    if one.row is not None:
        why = f" · {literal(one.row.reason, LONGEST_REASON)}" if one.row.reason else ""
        counted = f" · {silenced_text(one.row.silenced)}" if one.is_running else ""
        return f"{window_text(one.row, config, now=now)} · by {mention(one.row.made_by)}{counted}{why}"
    head = f"*{literal(one.plan.name, 60)}* of {services_text(one.plan.services, config)}"
    times = (
        f":no_bell: {head} runs until {moment(one.window.end)}"
        if one.is_running
        else f":calendar: {head}: {moment(one.window.start)} to {moment(one.window.end)}"
    )
    hours = ""
    if one.plan.budget is not None:
        spent = " (what is beyond rings)" if one.used >= one.plan.budget else ""
        hours = f" · {hours_text(one.used)} of {hours_text(one.plan.budget)} used this month{spent}"
    elif one.used:
        hours = f" · {hours_text(one.used)} this month"
    return f"{times} · app.yaml{hours}"


def _used_text(usage: Mapping[str | None, timedelta], config: Config) -> str:
    """What people's windows take of the month, by service, the most first."""
    budget = config.alerts.maintenance_budget
    of = f" of {hours_text(timedelta(hours=budget))}" if budget is not None else ""
    most = sorted(usage.items(), key=lambda one: (-one[1], one[0] or ""))
    said = [
        f"{literal(config.service_title(name), SERVICE) if name else 'all services'} {hours_text(used)}{of}"
        for name, used in most[:USED_SHOWN]
    ]
    if not said:
        return (
            f"Started in Slack: none of the {hours_text(timedelta(hours=budget))} a month that each service may have."
            if budget
            else ""
        )
    more = f", and {len(most) - USED_SHOWN} more" if len(most) > USED_SHOWN else ""
    return cut(f"Started in Slack this month, used or planned: {', '.join(said)}{more}", 1900)


def hours_text(length: timedelta) -> str:
    """To the minute: "1 h 30 min"; "0 h" for none."""
    minutes = timedelta(minutes=round(length / timedelta(minutes=1)))
    return span(minutes) if minutes else "0\u00a0h"


# -- the form -----------------------------------------------------------------------------------------------------


def start_form(config: Config, services: Sequence[str], *, now: datetime) -> Block:
    """Which services, from when to when. Slack shows the times in the reader's own zone."""
    start = now.astimezone(UTC).replace(second=0, microsecond=0)
    blocks = [
        field(
            "services",
            "Services",
            services_menu(config, services),
            hint="For all of them: /check maintenance start all 2h",
        ),
        field("starts_at", "From", _at(start), hint="Now, or a time to come."),
        field("ends_at", "To", _at(start + timedelta(hours=1)), hint=_longest(config)),
        field("reason", "Why?", text_input(longest=LONGEST_REASON), optional=True),
        context(WHAT_IT_DOES),
    ]
    return modal("maintenance_start", "Start maintenance", blocks, submit="Start")


def _longest(config: Config) -> str:
    budget = config.alerts.maintenance_budget
    month = (
        f", and {hours_text(timedelta(hours=budget))} a month for each service" if budget is not None else ""
    )
    return f"At most {LONGEST_WINDOW.days} days{month}."


def _at(initial: datetime) -> Block:
    return {"type": "datetimepicker", "initial_date_time": int(initial.timestamp())}
