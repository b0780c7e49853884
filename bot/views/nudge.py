"""What an incident asks its people for, in its channel: the question with its buttons, and what became of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.config import Config
from bot.incidents.nudging import (
    DONE,
    LEAD,
    LENGTHS,
    OVER,
    QUIET,
    SNOOZED,
    STOPPED,
    UPDATE,
    every,
)
from bot.incidents.rows import Incident, Nudge
from bot.views.incident_text import line, plain_drill
from bot.views.text import Block, actions, button, escape, mention, moment, section, span

# Who is called: whoever tells the others, and whoever decides.
CALLED = ("comms", "lead")


AGAIN = ":arrow_down: Nobody answered; it is asked again below."


def nudge_text(kind: str, incident: Incident) -> str:
    """What notifications and screen readers get in the place of a question."""
    asks = {UPDATE: "Time for an update", LEAD: "Nobody leads this incident", QUIET: "Is it over?"}[kind]
    return f"{plain_drill(incident)}{escape(incident.severity)} #{incident.id}: {asks}"


def question(row: Nudge, incident: Incident, roles: Mapping[str, str], config: Config) -> list[Block]:
    """What is asked, and what can be answered by a click."""
    number, about = str(incident.id), f"{incident.id}:{row.kind}"
    called = " ".join(dict.fromkeys(mention(roles[name]) for name in CALLED if name in roles))
    asks = section(f"{_asks(row.kind, incident, config)} {called}".rstrip())
    if row.kind == LEAD:
        return [asks, actions("nudge", button("Join as lead", "incident.take.lead", number, style="primary"))]
    if row.kind == QUIET:
        buttons = [
            button("Resolve", "incident.resolve", number, style="primary"),
            button("It goes on", "nudge.goes_on", about),
        ]
    else:
        buttons = [
            button("Send update", "incident.update", number, style="primary"),
            *(
                button(f"Snooze {_minutes(one)} min", f"nudge.snooze.{_minutes(one)}", about)
                for one in LENGTHS
            ),
        ]
    return [asks, actions("nudge", *buttons, button("Stop asking", "nudge.stop", about))]


def _asks(kind: str, incident: Incident, config: Config) -> str:
    wait = every(kind, incident, config)
    if kind == LEAD:
        return ":firefighter: *Nobody leads this incident yet.* Who decides what is done, and by whom?"
    if kind == QUIET:
        length = f" for {span(wait)}" if wait is not None else ""
        return f":zzz: *No sign of life{length}.* Is it over? Then resolve or close it."
    last = (
        f"The last one was {moment(incident.updated_at)}." if incident.updated_at else "There was none yet."
    )
    pace = f" {escape(incident.severity)} asks for one every {span(wait)}." if wait is not None else ""
    return f":hourglass_flowing_sand: *Time for an update.* {last}{pace}"


def answered(row: Nudge) -> str:
    """What became of the question; it takes its place, and the buttons are gone."""
    who = mention(row.answered_by)
    return {
        DONE: f":white_check_mark: {who} {'leads it' if row.kind == LEAD else 'posted an update'}.",
        SNOOZED: f":zzz: {who} put the question off"
        + (f" until {moment(row.due_at)}." if row.due_at is not None else "."),
        STOPPED: f":no_bell: {who} asked not to be asked again. An update that names the time of the next one begins it anew.",
        OVER: ":white_check_mark: The incident is over; nothing is asked any more.",
    }.get(row.answer or "", AGAIN)


def in_person(kind: str, incident: Incident, config: Config, *, now: datetime) -> str:
    """To whoever leads or declared it, when nobody in the channel answered."""
    last = incident.updated_at or incident.declared_at
    asks = {
        UPDATE: f"Nobody has posted an update for {span(now - last)}, and the channel was asked several times.",
        QUIET: "There was no sign of life for long, and nobody answered whether it is over.",
    }[kind]
    todo = {
        UPDATE: f"`/incident update {incident.id}` posts one.",
        QUIET: f"`/incident resolve {incident.id}` ends it.",
    }[kind]
    return f":hourglass_flowing_sand: {asks}\n{line(incident, config)}\n{todo} You are not reminded again until somebody does something."


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds() // 60)
