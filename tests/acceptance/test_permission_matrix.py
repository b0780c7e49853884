"""Every way to do what `permissions` guards × every kind of person × every rule, and that nothing else is guarded.

What is registered stands here as guarded or as open to all members: what is new fails until it has its place.
"""

import json
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from bot.config import Config
from bot.config.sections.permissions import Permissions
from bot.core.audit import AuditLine, audit_lines
from bot.core.timeline import TimelineEntry
from bot.incidents import amendments, lifecycle, updates
from bot.incidents.permissions import DEEDS
from handlers.commands.check import SUBCOMMANDS as OF_CHECK
from handlers.commands.incident import SUBCOMMANDS as OF_INCIDENT
from handlers.commands.maintenance import SUBCOMMANDS as OF_MAINTENANCE
from handlers.commands.oncall import SUBCOMMANDS as OF_ONCALL
from handlers.commands.ops import SUBCOMMANDS as OF_OPS
from handlers.commands.page import SUBCOMMANDS as OF_PAGE
from playground.people import TEAM_ID
from tests.acceptance.office import Office, Person, open_office, said, sample
from tests.acceptance.payloads import everything
from tests.acceptance.signed import posted

Payload = dict[str, Any]
COMMANDS = (OF_INCIDENT, OF_PAGE, OF_ONCALL, OF_CHECK, OF_MAINTENANCE, OF_OPS)
ADMISSION = {"guests", "external"}
TARGET = 1  # the incident that others are merged into


# -- the ways ---------------------------------------------------------------------------------------------------


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
)


# -- the people ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """A kind of person: whom of `permissions` they are, and whether they may act at all."""

    is_among: Collection[str] = ()
    admitted: bool = True
    account: Payload = field(default_factory=dict)

    def may(self, rule: Sequence[str]) -> bool:
        return self.admitted and ("everyone" in rule or any(one in rule for one in self.is_among))


KINDS = {
    "full member": Kind(),
    "responder": Kind(["responders"]),
    "on call": Kind(["responders", "schedule:backup"]),
    "in the user group": Kind(["group:@sre"]),
    "named": Kind(["person:dev"]),
    "admitted guest": Kind(account={"is_restricted": True}),
    "admitted from another organization": Kind(account={"team_id": "T0PARTNER"}),
    "guest": Kind(admitted=False, account={"is_restricted": True}),
    "guest of one channel": Kind(admitted=False, account={"is_ultra_restricted": True}),
    "of another organization": Kind(admitted=False, account={"team_id": "T0PARTNER"}),
    "deactivated": Kind(admitted=False, account={"deleted": True}),
    "bot": Kind(admitted=False, account={"is_bot": True}),
}
RULES = {
    "everyone": ["everyone"],
    "responders": ["responders"],
    "a user group": ["group:@sre"],
    "a person": ["person:dev"],
    "a schedule": ["schedule:backup"],
    "several": ["responders", "group:@sre"],
    "nobody": [],
}
GUARDED = sorted(set(Permissions.model_fields) - ADMISSION - {"configuration"})


def rules_of(rule: Sequence[str]) -> dict[str, Sequence[str]]:
    """This rule for each permission; there are no responders where there is no incident yet."""
    found: dict[str, Sequence[str]] = {}
    for permission in GUARDED:
        try:
            Permissions.model_validate({permission: rule})
        except ValueError:
            found[permission] = [one for one in rule if one != "responders"]
        else:
            found[permission] = list(rule)
    return found


def ruled(rule: Sequence[str]) -> Callable[[Config], Config]:
    def change(config: Config) -> Config:
        some = config.people[0]
        admitted = [some.model_copy(update={"name": n, "email": f"{n}@example.com"}) for n in ("gil", "pia")]
        policies = [
            policy.model_copy(
                update={"steps": (policy.steps[0].model_copy(update={"notify": ("schedule:backup",)}),)}
            )
            for policy in config.escalation_policies
        ]
        written = {**rules_of(rule), "guests": "person:gil", "external": "person:pia"}
        return config.model_copy(
            update={
                "people": (*config.people, *admitted),
                "permissions": Permissions.model_validate(written),
                "escalation_policies": tuple(policies),
                "checks": sample().checks[:1],
            }
        )

    return change


class Matrix:
    """An office under one rule, with a person of each kind."""

    def __init__(self, office: Office, people: dict[str, Person]) -> None:
        self.office = office
        self.people = people
        self.free = office.config.model_copy(update={"permissions": Permissions()})

    async def incident(self, stands: str) -> int:
        """Another one that stands like this, with a note of somebody's; by ada, whom nothing is forbidden here."""
        now, by = self.office.clock.now(), self.office.ada.id
        said: Payload = {"config": self.free, "by": by, "now": now}
        async with self.office.app.bot.db.begin() as session:
            incident = await lifecycle.declare(
                session,
                title="Checkout is slow",
                severity=self.free.severities[-1],
                status=self.free.active_statuses[0],
                responders=[self.people["responder"].id],
                **said,
            )
            await updates.note(session, incident.id, "It is the cache", by=by, now=now)
            assert incident.timeline_length == ENTRY
            if stands == "hidden":
                await amendments.set_hidden(session, incident.id, ENTRY, True, why="Untrue", **said)
            if stands in ("resolved", "closed"):
                await lifecycle.resolve(session, incident.id, **said)
            if stands == "closed":
                await lifecycle.close(session, incident.id, **said)
        return incident.id

    async def tries(self, kind: str, way: Way, number: int) -> str:
        """What somebody of this kind is answered; what opens, and the words of a refusal to a click, stand in a modal."""
        person, account = self.people[kind], KINDS[kind].account
        return await self.sends(person, way.payload(number), team=account.get("team_id", TEAM_ID))

    async def sends(self, person: Person, payload: Payload, team: str = TEAM_ID) -> str:
        """What Slack sends for what they do, and what comes of it."""
        views = self.office.playground.workspace.views
        where = {
            "trigger_id": views.trigger(person.id),
            "channel": {"id": "C01GENERAL"},
            "team": {"id": TEAM_ID},
        }
        if "command" in payload:
            body = {**payload, "user_id": person.id, "team_id": TEAM_ID, "channel_id": "C01GENERAL"}
            body["trigger_id"] = where["trigger_id"]
        else:
            if payload["type"] == "view_submission":
                payload["view"]["id"] = where["trigger_id"]
            whole = {**payload, **where, "user": {"id": person.id, "team_id": team}}
            body = {"payload": json.dumps(whole)}
        status, answer = await posted(self.office, urlencode(body).encode())
        assert status in (200, 403), (payload, status, answer)
        # Not asked of their screen: bots and who has left have none.
        opened = said([view.body for view in views.stacks.pop(person.id, [])])
        return said(json.loads(answer)) + opened if answer.startswith("{") else answer + opened

    async def done_by(self, kind: str) -> int:
        """How many entries of timelines are theirs."""
        async with self.office.app.bot.db.read() as session:
            query = select(func.count(TimelineEntry.id)).where(TimelineEntry.author == self.people[kind].id)
            return await session.scalar(query) or 0

    async def refusals(self) -> list[AuditLine]:
        async with self.office.app.bot.db.read() as session:
            return list(reversed(await audit_lines(session, act="refused", limit=100_000)))


@asynccontextmanager
async def matrix(database_url: str, rule: Sequence[str]) -> AsyncIterator[Matrix]:
    async with open_office(database_url, change=ruled(rule), start=False) as office:
        group = {"handle": "sre", "name": "sre", "users": [office.cleo.id]}
        await office.post("/workspace/usergroups", group)
        await office.start_bot()
        await office.settled()
        # Nobody looks at channels here: what is declared by the hundred is not told of.
        await office.app.engine.stop(timedelta(seconds=5))
        people = {
            "full member": office.eve,
            "responder": office.bo,
            "on call": office.finn,
            "in the user group": office.cleo,
            "named": office.dev,
        }
        names = {"admitted guest": "gil", "admitted from another organization": "pia"}
        for kind, one in KINDS.items():
            if kind not in people:
                name = names.get(kind, kind.replace(" ", "-"))
                account = {"name": name, "real_name": name, "email": f"{name}@example.com", **one.account}
                made = await office.post("/workspace/people", account)
                people[kind] = Person(office, made["person"]["id"], name)
        found = Matrix(office, people)
        assert await found.incident("open") == TARGET
        yield found


@pytest.mark.parametrize("rule", RULES)
async def test_every_way_by_every_kind_of_person(database_url: str, rule: str) -> None:
    """Those who may not change nothing, are told why, and stand in the audit log; of all others the deed is done."""
    async with matrix(database_url, RULES[rule]) as tried:
        rules = rules_of(RULES[rule])
        refused: list[tuple[str | None, str | None]] = []
        standing: dict[str, int] = {}
        for way in WAYS:
            for kind, one in KINDS.items():
                if rule == "everyone" and one.is_among:
                    continue  # a full member like any other
                if rule != "everyone" and not one.admitted:
                    continue  # no rule lets them in: the widest is tried
                what = (rule, way.name, way.payload(0), kind)
                number = standing.pop(way.stands, 0) or await tried.incident(way.stands)
                before = await tried.done_by(kind)
                answer = await tried.tries(kind, way, number)
                done = await tried.done_by(kind) - before
                if one.may(rules[way.permission]):
                    assert "may not" not in answer, (what, answer)
                    assert (done == 0 and answer) if way.opens else done, (what, answer)
                    if way.opens:
                        standing[way.stands] = number
                    continue
                standing[way.stands] = number
                assert done == 0, what
                if one.admitted:
                    assert "You may not" in answer, (what, answer)
                    assert "leaves that to" in answer, (what, answer)
                refused.append((tried.people[kind].id, way.permission if one.admitted else None))
        lines = await tried.refusals()
        # A private incident is declared first of all.
        found = [(line.by, line.data.get("permission")) for line in lines]
        assert len(found) == len(refused)
        for (by, permission), (who, wanted) in zip(found, refused, strict=True):
            assert by == who
            assert permission == wanted or (permission, wanted) == ("declare", "private")


# -- nothing is guarded, or open, unnoticed -------------------------------------------------------------------------

# What every full member may do who can see what it is about.
OPEN_TO_ALL = """
/incident: join, list, show, digest, update, title, summary, type, field, lead, comms, scribe, role, runbook
/incident: task, tasks, link, handover, catchup, relate, unrelate, note, began, action, timeline, export
/incident: review
/page: list, show, methods, ack, unack, escalate, reassign, snooze, note, resolve
/oncall: me, override, overrides, cover, swap, feed, help
/check maintenance: start, extend, end
/ops: search, backlog, backlog add, backlog show, backlog judge, backlog owner, backlog first, backlog plan
/ops: backlog done, backlog decline, backlog reopen, backlog matrix, backlog health, risks, risks add
/ops: risks show, risks review, risks close, risks matrix, decisions, decisions ask, decisions show
/ops: decisions decide, decisions change, decisions drop, plan, plan list, plan show, actions, actions add
/ops: actions show, actions start, actions done, actions drop, actions hand, actions due, actions judge
/ops: actions issue, actions reopen, reviews, tasks, tasks show, tasks done, tasks skip, evidence, meetings
/ops: meetings show, runbooks, alerts
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
button: risk.close, risk.before, risk.further, risk.matrix, decision.show, decision.add, decision.decide
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
button: runbook.choose, runbook.post, runbook.tick, runbook.untick, runbook.run, runbook.approve
button: runbook.decline, runbook.tested, runbook.back, runbook.more
form: update, details, fields, note, list_filter, handover, incident_task_add, incident_task_change
form: incident_link_add, search, oncall_override, oncall_cover, oncall_swap, contact_add, contact_code
form: contact_rule, contact_quiet, page, page_reassign, page_snooze, page_note, maintenance_start, backlog_add
form: backlog_decline, backlog_judge, backlog_split, backlog_change, risk_add, risk_review, decision_add
form: decision_change, decision_decide, decision_drop, plan_answer, plan_make, action_add, action_change
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


def test_whatever_people_can_do_is_guarded_or_open() -> None:
    guarded = {way.name for way in WAYS}
    assert guarded & OPEN == set()
    assert set(registered()) == guarded | OPEN, "what is new has its place in WAYS or OPEN"


def test_whatever_permissions_has_is_tried() -> None:
    assert {way.permission for way in WAYS} == set(GUARDED) == set(DEEDS) - {"configuration"}


async def test_what_is_open_is_open_where_nobody_may_anything(database_url: str) -> None:
    async with matrix(database_url, []) as tried:
        for name, payload in registered().items():
            answer = await tried.sends(tried.office.eve, payload)
            assert name not in OPEN or "You may not" not in answer, (name, answer)
        asked = {line.data["asked"] for line in await tried.refusals() if "permission" in line.data}
        assert asked, "some are refused"
        assert all(f"{kind} {one}" not in OPEN for one in asked for kind in ("button", "menu"))
