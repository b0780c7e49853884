"""What people can do: each way to what `permissions` guards, and all that is open to every full member."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.config.sections.permissions import Permissions
from handlers.commands.check import SUBCOMMANDS as OF_CHECK
from handlers.commands.incident import SUBCOMMANDS as OF_INCIDENT
from handlers.commands.maintenance import SUBCOMMANDS as OF_MAINTENANCE
from handlers.commands.oncall import SUBCOMMANDS as OF_ONCALL
from handlers.commands.ops import SUBCOMMANDS as OF_OPS
from handlers.commands.page import SUBCOMMANDS as OF_PAGE
from playground.people import TEAM_ID
from tests.acceptance.payloads import everything

Payload = dict[str, Any]
COMMANDS = (OF_INCIDENT, OF_PAGE, OF_ONCALL, OF_CHECK, OF_MAINTENANCE, OF_OPS)
GUARDED = sorted(set(Permissions.model_fields) - {"guests", "external"})
TARGET = 1  # the incident that others are merged into


@dataclass(frozen=True)
class Way:
    """One way to something guarded. `name` is what is registered; `stands` how the incident must stand before it."""

    name: str
    permission: str
    payload: Callable[[int], Payload]
    stands: str = "open"
    opens: bool = False  # a form, which asks for more before anything is done


def typed(words: str) -> Callable[[int], Payload]:
    command, _, text = words.partition(" ")
    return lambda number: {"command": command, "text": text.format(number)}


def clicked(action_id: str, value: str = "{}") -> Callable[[int], Payload]:
    def payload(number: int) -> Payload:
        action = {"action_id": action_id, "block_id": "b", "type": "button", "value": value.format(number)}
        return {"type": "block_actions", "actions": [action]}

    return payload


def chose(action_id: str, value: str) -> Callable[[int], Payload]:
    def payload(number: int) -> Payload:
        option = {"value": value.format(number)}
        action = {"action_id": action_id, "block_id": "b", "type": "overflow", "selected_option": option}
        return {"type": "block_actions", "actions": [action]}

    return payload


WRITTEN = {"title", "summary", "text", "why"}


def sent(callback_id: str, about: Payload | None = None, **values: Any) -> Callable[[int], Payload]:
    """A form with these inputs, as Slack sends it."""

    def entered(key: str, value: Any) -> Payload:
        if isinstance(value, list):
            return {"type": "checkboxes", "selected_options": [{"value": one} for one in value]}
        if key in WRITTEN:
            return {"type": "plain_text_input", "value": value}
        return {"type": "static_select", "selected_option": {"value": value}}

    def payload(number: int) -> Payload:
        view = {
            "type": "modal",
            "callback_id": callback_id,
            "private_metadata": json.dumps({"incident": number, **(about or {})}),
            "blocks": [],
            "state": {"values": {key: {"a": entered(key, value)} for key, value in values.items()}},
        }
        return {"type": "view_submission", "view": view}

    return payload


def chosen_in_menu(callback_id: str, kind: str = "shortcut") -> Callable[[int], Payload]:
    message = {"ts": "1.1", "text": "Checkout is down", "user": "U01ADA"}
    return lambda number: {"type": kind, "callback_id": callback_id, "message": message}


ENTRY = 3  # somebody's note, on each incident that is prepared
WAYS = (
    Way("/incident declare", "declare", typed("/incident declare sev4 Checkout is slow")),
    Way("/incident declare", "declare", typed("/incident declare"), opens=True),
    Way("button home.declare", "declare", clicked("home.declare"), opens=True),
    Way("button check.declare", "declare", clicked("check.declare", "nightly-backup"), opens=True),
    Way("button task.drill", "declare", clicked("task.drill"), opens=True),  # there is none, and that is said
    Way("shortcut declare", "declare", chosen_in_menu("declare"), opens=True),
    Way(
        "shortcut declare_message", "declare", chosen_in_menu("declare_message", "message_action"), opens=True
    ),
    Way("form declare", "declare", sent("declare", title="Checkout is slow", severity="SEV4")),
    Way(
        "form declare",
        "private",
        sent("declare", title="A leak", severity="SEV4", options=["private"]),
    ),
    Way("/incident declare", "private", typed("/incident declare private sev4 A leak")),
    Way("/incident severity", "severity", typed("/incident severity {} sev3")),
    Way("/incident severity", "severity", typed("/incident severity {}"), opens=True),
    Way("button incident.severity", "severity", clicked("incident.severity"), opens=True),
    Way("form severity", "severity", sent("severity", severity="SEV3")),
    Way("/incident resolve", "resolve", typed("/incident resolve {} It was DNS")),
    Way("/incident status", "resolve", typed("/incident status {} resolved It was DNS")),
    Way("button incident.resolve", "resolve", clicked("incident.resolve"), opens=True),
    Way("form resolve", "resolve", sent("resolve", text="It was DNS")),
    Way("form status", "resolve", sent("status", status="resolved")),
    Way("/incident close", "close", typed("/incident close {}"), "resolved"),
    Way("/incident close", "close", typed("/incident close {}"), opens=True),
    Way("/incident close", "close", typed("/incident close {} duplicate It is known")),
    Way("/incident status", "close", typed("/incident status {} closed"), "resolved"),
    Way("button incident.close", "close", clicked("incident.close"), "resolved"),
    Way("form close", "close", sent("close", reason="duplicate")),
    Way("form resolve", "close", sent("resolve", reason="duplicate")),
    Way("form status", "close", sent("status", status="closed"), "resolved"),
    Way("/incident reopen", "reopen", typed("/incident reopen {} It is back"), "closed"),
    Way("/incident reopen", "reopen", typed("/incident reopen {}"), "resolved", opens=True),
    Way("/incident status", "reopen", typed("/incident status {} monitoring It is back"), "resolved"),
    Way("button incident.reopen", "reopen", clicked("incident.reopen"), "resolved", opens=True),
    Way("form reopen", "reopen", sent("reopen", status="investigating", text="It is back"), "resolved"),
    Way("form status", "reopen", sent("status", status="monitoring", text="It is back"), "resolved"),
    Way("/incident merge", "merge", typed(f"/incident merge {{}} {TARGET}")),
    Way("form merge", "merge", sent("merge", into=str(TARGET))),
    Way("button timeline.entry", "redact", chose("timeline.entry", f"{{}}:{ENTRY}.hide"), opens=True),
    Way("button timeline.entry", "redact", chose("timeline.entry", f"{{}}:{ENTRY}.redact"), opens=True),
    Way("form amend", "redact", sent("amend", {"entry": ENTRY, "what": "hide"}, why="Untrue")),
    Way("form amend", "redact", sent("amend", {"entry": ENTRY, "what": "redact"}, why="A name")),
    Way("form amend", "redact", sent("amend", {"entry": ENTRY, "what": "show"}, why="It is true"), "hidden"),
    # Of an office that reads no file there is no version, and that is said.
    Way("/ops config", "configuration", typed("/ops config"), opens=True),
    Way("/ops config show", "configuration", typed("/ops config show 2"), opens=True),
    Way("button config.show", "configuration", clicked("config.show", "2"), opens=True),
    Way("button config.rollback", "configuration", clicked("config.rollback", "1"), opens=True),
)


# What every full member may do who can see what it is about.
OPEN_TO_ALL = """
/incident: join, list, show, digest, update, title, summary, type, field, lead, comms, scribe, role, runbook
/incident: task, tasks, link, handover, catchup, relate, unrelate, note, began, action, timeline, export
/incident: review
/page: list, show, methods, ack, unack, escalate, reassign, snooze, note, resolve
/oncall: me, override, overrides, cover, swap, feed, help
/check maintenance: start, extend, end
/ops: search, backlog, backlog add, backlog show, backlog judge, backlog change, backlog owner, backlog first
/ops: backlog plan, backlog done, backlog decline, backlog reopen, backlog matrix, backlog health, risks, risks add
/ops: risks show, risks review, risks change, risks close, risks matrix, decisions, decisions ask
/ops: decisions show, decisions decide, decisions change, decisions drop, plan, plan list, plan show, actions, actions add
/ops: actions show, actions change, actions start, actions done, actions drop, actions hand, actions due, actions judge
/ops: actions issue, actions reopen, reviews, reviews show, tasks, tasks show, tasks done, tasks skip, evidence, meetings
/ops: meetings show, runbooks, runbooks show, alerts
button: incident.take.lead, incident.update, incident.status, incident.more, incident.checks, incident.join
button: incident.show, incident.task.list, incident.task.previous, incident.task.next, incident.task.done
button: incident.task.reopen, incident.task.take, incident.task.change, incident.task.add, incident.link.list
button: incident.link.add, incident.link.remove, incident.handover, incident.catch_up, incident.timeline
button: declare.service, declare.options, declare.type, declare.join, nudge.snooze.30, nudge.goes_on, nudge.stop
button: timeline.older, timeline.newer, timeline.export, list.older, list.newer, list.filter, home.find
button: home.mine, search.before, search.further, search.again, page.acknowledge, page.acknowledge_all
button: page.unacknowledge, page.escalate, page.reassign, page.snooze, page.note, page.resolve
button: page.still_on_it, page.more, page.show, page.open, oncall.request.agree, oncall.request.decline
button: oncall.request.withdraw, oncall.override.cancel, oncall.feed.renew, oncall.feed.revoke, contact.add
button: contact.more, contact.rules, contact.rule_remove, contact.quiet, contact.consent, check.run
button: check.silence, maintenance.start, maintenance.extend, maintenance.end, backlog.show, backlog.plan
button: backlog.done, backlog.decline, backlog.reopen, backlog.add, backlog.judge, backlog.split
button: backlog.change, backlog.first, backlog.matrix, backlog.health, backlog.older, backlog.newer
button: groom.keep, groom.plan, review.tune, review.back, review.more, risk.show, risk.add, risk.review
button: risk.change, risk.close, risk.before, risk.further, risk.matrix, decision.show, decision.add, decision.decide
button: decision.change, decision.drop, decision.before, decision.further, plan.answer, plan.skip
button: plan.previous, plan.pause, plan.resume, plan.drop, plan.refine, plan.complete, plan.choose
button: plan.nothing, plan.send, action.show, action.start, action.done, action.reopen, action.issue
button: action.change, action.drop, action.add, action.sooner, action.later, action.mine, reviews.show
button: reviews.read, reviews.begin, reviews.done, reviews.step, reviews.waive, reviews.give, reviews.action
button: reviews.publish, reviews.edit, reviews.whole, reviews.versions, reviews.export, reviews.back
button: reviews.more, reviews.wording, reviews.wording_show, reviews.wording_leave, task.show, task.back
button: task.more, task.done, task.skip, task.hand_over, task.run, task.tick, planned.before, planned.further
button: planned.change, planned.end, meeting.show, meeting.newer, meeting.older, meeting.feedback
button: meeting.note, meeting.decision, meeting.action, meeting.hand_over, meeting.postpone, meeting.close
button: runbook.choose, runbook.post, runbook.tick, runbook.untick, runbook.run, runbook.show, runbook.approve
button: runbook.decline, runbook.tested, runbook.back, runbook.more
form: update, details, fields, note, list_filter, handover, incident_task_add, incident_task_change
form: incident_link_add, search, oncall_override, oncall_cover, oncall_swap, contact_add, contact_code
form: contact_rule, contact_quiet, page, page_reassign, page_snooze, page_note, maintenance_start, backlog_add
form: backlog_decline, backlog_judge, backlog_split, backlog_change, risk_add, risk_review, risk_change
form: decision_add, decision_change, decision_decide, decision_drop, plan_answer, plan_make, action_add, action_change
form: action_drop, review_section, review_whole, review_wording, review_skip, review_waive, review_give
form: task_skip, task_hand_over, planned_change, meeting_feedback, meeting_note, meeting_action
form: meeting_hand_over, meeting_postpone, runbook_run
shortcut: keep, idea, idea_message, task_message, link_message
menu: declare.service, merge.into, page.to
/check: maintenance
"""
OPEN = {
    f"{kind} {name}"
    for kind, _, names in (line.partition(": ") for line in OPEN_TO_ALL.strip().splitlines())
    for name in names.split(", ")
}
KIND_OF = {
    "block_actions": "button",
    "view_submission": "form",
    "block_suggestion": "menu",
    "shortcut": "shortcut",
    "message_action": "shortcut",
}


def registered() -> dict[str, Payload]:
    """All that people can do, by its name: each with what Slack sends for it."""
    found: dict[str, Payload] = {}
    for words in COMMANDS:
        for one in words:
            found[f"{words.command} {one.name}"] = typed(f"{words.command} {one.name} 1")(0)
    for name, body in everything({"id": "", "team_id": TEAM_ID}):
        if "payload" in body:
            payload = json.loads(body["payload"])
            found[f"{KIND_OF[payload['type']]} {name}"] = payload
    return found
