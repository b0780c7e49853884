"""Alerts in Slack: a line on the card, what joined an incident, messages that are kept current."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.alerts.event import OWN_CHECKS
from bot.alerts.queries import Gathered
from bot.alerts.rows import ACKNOWLEDGED, Alert, AlertStorm
from bot.alerts.shown import href_of, short_details
from bot.config import Config
from bot.paging.status import AlertsNow
from bot.views.incident_text import service_name
from bot.views.text import Block, context, cut, link, literal, moment, section

SIGNS = {"critical": ":red_circle:", "error": ":large_orange_circle:", "warning": ":large_yellow_circle:"}
OTHER_SIGN = ":large_blue_circle:"
LONGEST_LINE = 250
LONGEST_SAID = 100


def alerts_words(now: AlertsNow) -> str:
    """How the alerts of an incident or a page stand."""
    if now.resolved >= now.count:
        return (
            ":white_check_mark: Its alert is resolved"
            if now.count == 1
            else f":white_check_mark: All {now.count} alerts are resolved"
        )
    firing = now.count - now.resolved
    said = ["1 alert, firing" if now.count == 1 else f"{now.count} alerts, {firing} firing"]
    if now.symptoms:
        said.append(f"{now.symptoms} of them symptom{'s' if now.symptoms > 1 else ''}")
    if now.flapping:
        said.append(f"{now.flapping} flapping")
    if now.acknowledged:
        said.append(
            f"{now.acknowledged} acknowledged in the tool that sent {'it' if now.acknowledged == 1 else 'them'}"
        )
    if now.deliveries > now.count and now.last_at is not None:
        said.append(f"received {now.deliveries} times, last {moment(now.last_at)}")
    return f":bell: {', '.join(said)}"


def newest_words(now: AlertsNow, known: str) -> list[str]:
    """What an alert says that came again and that `known`, the words beside it, do not: a line, or none."""
    one = now.newest
    if one is None:
        return []
    title = " ".join(one.title.split())
    is_known = title[:LONGEST_SAID] in " ".join(known.split())
    said = [
        f"{literal(name, 60)}: {literal(value, 150)}"
        for name, value in one.details
        if f"{name}: {value}" not in known
    ]
    if is_known and not said:
        return []
    if one.href:
        said.append(link(one.href, "open"))
    if now.count > 1:
        return [f":speech_balloon: Came again: {' · '.join([literal(title, LONGEST_SAID), *said])}"]
    if not is_known:
        said.insert(0, literal(title, LONGEST_SAID))
    return [f":speech_balloon: It says now: {' · '.join(said)}"]


def failing_words(now: AlertsNow, config: Config) -> list[str]:
    """What the checks that fail expected and saw, a line each."""
    lines = []
    for one in now.failing:
        check = config.check(one.name)
        name = literal(check.shown_name if check is not None else one.name, 80)
        lines.append(f":x: {name}: expected {literal(one.expected, 200)}, seen {literal(one.seen, 200)}")
    return lines


def joined_text(count: int) -> str:
    return f"{count} more alert{'s' if count > 1 else ''}"


def joined_blocks(shown: Sequence[Alert], count: int, config: Config) -> list[Block]:
    """The alerts that joined an incident since the last such message."""
    lines = [_line(alert, config) for alert in shown]
    if count > len(shown):
        lines.append(f"… and {count - len(shown)} more")
    return [section(cut("\n".join([f"*{joined_text(count)}*", *lines]), 2900))]


def message_text(root: Alert, all_of: Gathered) -> str:
    more = f" and {all_of.count - 1} more" if all_of.count > 1 else ""
    over = "Resolved: " if all_of.resolved >= all_of.count else ""
    return f"{over}{literal(root.title, 500)}{more}"


def message_blocks(root: Alert, all_of: Gathered, config: Config) -> list[Block]:
    """One alert or a group of them, as they stand now."""
    lines = [_line(alert, config, stands_out=all_of.count == 1) for alert in all_of.shown]
    if all_of.count == 1 and (details := _details(root)):
        lines.append(details)
    if all_of.count > len(all_of.shown):
        lines.append(f"… and {all_of.count - len(all_of.shown)} more")
    firing = all_of.count - all_of.resolved
    if not firing:
        state = "resolved" if all_of.count == 1 else f"all {all_of.count} resolved"
    else:
        state = "firing" if all_of.count == 1 else f"{all_of.count} alerts, {firing} firing"
    often = f" · received {all_of.deliveries} times" if all_of.deliveries > all_of.count else ""
    tail = f"{state}{often} · {_when(root.first_at, all_of.last_at)} · {literal(root.reason, 200)}"
    return [section(cut("\n".join(lines), 2900)), context(tail)]


def storm_text(row: AlertStorm, config: Config) -> str:
    return f"Storm of alerts on {_service(row.service, config)}: {row.held_back} held back"


def storm_blocks(row: AlertStorm, firing: int, shown: Sequence[Alert], config: Config) -> list[Block]:
    """What the brake held back, in numbers. All of it is kept."""
    budget = config.alerts.budget_of(row.service or None)
    head = f":zap: *{storm_text(row, config)}*\nMore than {budget} incidents or pages in a minute. What is beyond rings nobody yet; all is kept, and what has the highest severity still pages."
    lines = [_line(alert, config) for alert in shown]
    if firing > len(shown):
        lines.append(f"… and {firing - len(shown)} more")
    if row.rest:
        place = f"incident #{row.incident_id}" if row.incident_id is not None else f"page #{row.page_id}"
        lines.append(f"The storm is over. What still fired then ({row.rest}) is {place}.")
    said = [f"{firing} of {row.held_back} still firing"]
    if row.began_at is not None:
        said.append(_when(row.began_at, row.last_at))
    return [
        section(head),
        *([section(cut("\n".join(lines), 2900))] if lines else ()),
        context(" · ".join(said)),
    ]


def _when(first: datetime, last: datetime | None) -> str:
    """The last moment too, where that reads otherwise than the first: they are shown to the minute."""
    since = f"since {moment(first)}"
    return (
        f"{since} · last {moment(last)}"
        if last is not None and last - first >= timedelta(minutes=1)
        else since
    )


def _line(alert: Alert, config: Config, *, stands_out: bool = False) -> str:
    sign = SIGNS.get(alert.level or "", OTHER_SIGN) if alert.is_open else ":white_check_mark:"
    href = href_of(alert.links)
    words = " ".join(alert.title.split()) or alert.key
    title = literal(words, LONGEST_LINE)
    if stands_out:
        title = f"*{title}*"
    if href:
        title = f"{title} {link(href, 'open')}"
    said = [f"{sign} {title}"]
    if alert.service:
        said.append(_service(alert.service, config))
    if alert.outcome == "symptom":
        said.append("symptom")
    if alert.incident_id is not None and alert.outcome == "incident":
        said.append(f"incident #{alert.incident_id}")
    if alert.state == ACKNOWLEDGED:
        said.append("acknowledged in the tool that sent it")
    if alert.count > 1 and not stands_out:  # of one alone the number stands below
        said.append(f"{alert.count}×")
    return " · ".join(said)


def _details(alert: Alert) -> str:
    """Where it comes from and what else its tool tells in few words."""
    details = alert.details or {}
    if alert.integration == OWN_CHECKS:  # its title has the rest
        details = {"expected": details.get("expected")}
    elif alert.source:
        details = {"source": alert.source} | details
    said = short_details(details)
    return " · ".join(f"{literal(name, 60)}: {literal(value, 150)}" for name, value in said)


def _service(name: str, config: Config) -> str:
    return service_name(name, config) if name else "no service"
