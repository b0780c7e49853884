"""Whatever people type and whatever app.yaml allows: Slack takes every message, view, topic and name."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from bot.alerts.firing import Firing, FiringNow
from bot.alerts.queries import Gathered
from bot.alerts.review import Rule
from bot.alerts.rows import AlertStorm
from bot.checks.history import MOST_CHECKS, CheckHistory, Stretch
from bot.config import Channels, Config, load
from bot.config.calendar import Cadence, Recurs
from bot.config.fields import Label, Slug
from bot.core.timeline import TimelineEntry
from bot.incidents.backlog import Which
from bot.incidents.course import MOST, TELLING
from bot.incidents.listing import PAGE, Listed
from bot.incidents.naming import slug
from bot.incidents.nudging import DONE, OVER, SNOOZED, STOPPED
from bot.incidents.nudging import KINDS as KINDS_OF_NUDGES
from bot.incidents.rows import Incident, Nudge
from bot.oncall.calendars import FAILS, UNKNOWN_NAMES, WORKS
from bot.oncall.duties import Duty
from bot.oncall.layers import LATEST
from bot.oncall.rows import ImportedCalendarRow
from bot.paging import targets
from bot.routine import plan_outcome
from bot.routine.decision_rows import STATUSES as DECISION_STATUSES
from bot.routine.plan_questions import AREAS
from bot.routine.plan_rows import STATUSES as PLAN_STATUSES
from bot.routine.risk_rows import STATUSES as RISK_STATUSES
from bot.runbooks.rows import STATES
from bot.views import (
    action_items,
    administration,
    alert_review,
    amendments,
    announcement,
    backlog,
    card,
    catch_up,
    check_history,
    checks,
    contacts,
    decisions,
    forms,
    home,
    lists,
    maintenance,
    messages,
    nudge,
    page_forms,
    page_notice,
    plans,
    present,
    risks,
    routine_tasks,
    runbooks,
    search,
    tasks,
    timeline_page,
)
from bot.views import alerts as alerts_view
from bot.views import oncall as oncall_view
from bot.views import page as page_view
from bot.views.incident_text import topic
from bot.views.reviews import AT_HOME, home_reviews
from bot.views.text import context, escape, link
from handlers.commands.check import usage as check_usage
from handlers.commands.incident import usage
from handlers.commands.oncall import usage as oncall_usage
from handlers.commands.ops import usage as ops_usage
from handlers.commands.page import usage as page_usage
from playground.blocks import check_blocks
from playground.views import check_view
from tests.acceptance.office import SAMPLE
from tests.examples import examples
from tests.views import anything, reviews_of, routine_things, slack_limits
from tests.views.routine_things import occurrence
from tests.views.slack_limits import in_channel_name, in_message, in_topic, in_view

Emitted = tuple[str, dict[str, Any]]

# What app.yaml takes as names and as times.
NAMES: TypeAdapter[str] = TypeAdapter(Slug)
TITLES: TypeAdapter[str] = TypeAdapter(Label)
TIMES: TypeAdapter[Cadence] = TypeAdapter(Recurs)

any_config = settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def fine(emitted: Iterator[Emitted], config: Config) -> None:
    """Both checkers agree that Slack takes it, and nothing in it was smuggled in by a user."""
    for name, thing in emitted:
        if "type" in thing:
            offences = in_view(thing)
            check_view(thing, (thing["type"],))
        else:
            offences = in_message(thing)
            offences += check_blocks(thing.get("blocks", []), "message") if thing.get("blocks") else []
        offences += smuggled(thing, config)
        assert not offences, f"{name}: {offences}"


def smuggled(thing: dict[str, Any], config: Config) -> list[str]:
    """Links that neither app.yaml nor a runbook nor Slack gave, and tokens that would ring at many."""
    known = {link(s.runbook, "")[1:].partition("|")[0] for s in config.services if s.runbook}
    known |= {escape(anything.PERMALINK), escape(anything.RUNBOOK), anything.ISSUE}
    found = []
    for token in slack_limits.tokens(thing.get("text", "") if "type" not in thing else ""):
        found += _alien(token, known)
    for token in slack_limits.tokens(mrkdwn_of(thing.get("blocks", []))):
        found += _alien(token, known)
    return found


def _alien(token: str, known: set[str]) -> list[str]:
    inside = token[1:-1]
    if inside.startswith(("@", "#")):
        return []
    if inside.startswith("!date^"):
        return [f"a date of nobody's: {token}"] if inside.startswith("!date^1^") else []
    return [] if inside.partition("|")[0] in known else [f"smuggled in: {token}"]


def mrkdwn_of(value: Any) -> list[dict[str, Any]]:
    """The mrkdwn objects in blocks; what looks like a token in plain text is none."""
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            return [value]
        return [found for part in value.values() for found in mrkdwn_of(part)]
    return [found for part in value for found in mrkdwn_of(part)] if isinstance(value, list) else []


# -- everything that is emitted about one incident ------------------------------------------------------------


def about_one(around: Any, config: Config) -> Iterator[Emitted]:
    """Every message and view that shows an incident."""
    incident: Incident = around.incident
    text = card.card_text(incident, config)
    for source in (None, anything.PERMALINK):
        yield "card", {"text": text, "blocks": card.card(around, config, source_link=source)}
    yield "card for a reader", {"text": text, "blocks": card.card_for_reader(around, config)}
    yield (
        "announcement",
        {
            "text": announcement.announcement_text(around, config),
            "blocks": announcement.announcement(around, config),
        },
    )
    yield (
        "declared",
        {
            "text": messages.declared(incident, around.paging, config),
            "blocks": messages.declared_blocks(incident, around.paging, config),
        },
    )
    yield "joined", {"text": messages.joined(incident, config)}
    for role in (config.roles[0], config.roles[-1]):
        blocks = messages.instructions(role, incident, config, by="U01", to="U02")
        yield "instructions", {"text": messages.instructions_text(role, incident), "blocks": blocks}
    yield "incident as a modal", forms.incident_form(around, config)
    yield "joined instead", forms.joined_note(incident, config)
    yield "note form", forms.note_form(incident, config)
    if not incident.is_closed:
        yield "update form", forms.update_form(incident, config)
        yield "status form", forms.status_form(incident, config)
        yield "severity form", forms.severity_form(incident, config)
        yield "resolve form", forms.resolve_form(incident, config)
        yield "details form", forms.details_form(incident, config)
        yield "close form", forms.close_form(incident, config)
        for kind in KINDS_OF_NUDGES:
            row = Nudge(kind=kind, due_at=anything.NOW)
            asks = nudge.question(row, incident, {"lead": "U" + "A" * 20}, config)
            yield "nudge", {"text": nudge.nudge_text(kind, incident), "blocks": asks}
            for answer in (None, DONE, SNOOZED, STOPPED, OVER):
                row.answer = answer
                yield "answer", {"text": nudge.answered(row), "blocks": [context(nudge.answered(row))]}
    yield "reopen form", forms.reopen_form(incident, config)
    yield "merge form", forms.merge_form(incident, config)


@any_config
@given(st.data())
def test_all_that_shows_one_incident(data: st.DataObject) -> None:
    config = data.draw(anything.configs)
    around = data.draw(anything.situations(config))
    fine(about_one(around, config), config)
    assert in_topic(topic(around.incident, config)) == []


@any_config
@given(st.data())
def test_the_form_to_declare(data: st.DataObject) -> None:
    config = data.draw(anything.configs)
    names = [s.name for s in config.severities]
    view = forms.declare_form(
        config,
        metadata=forms.about(
            channel="C0123ABC", source="C0123ABC/1732159876.000100", response_url="https://hooks/" + "x" * 200
        ),
        title=data.draw(st.one_of(st.just(""), anything.words(200))),
        severity=data.draw(st.sampled_from([None, names[0], names[-1].lower(), "unknown"])),
        service=data.draw(st.sampled_from([None, "unknown", *(s.name for s in config.services[-1:])])),
        summary=data.draw(st.one_of(st.just(""), anything.words(3000))),
        open_incidents=data.draw(st.lists(anything.incidents(config, state="open"), max_size=7)),
        earlier=data.draw(st.booleans()),
        error=data.draw(st.sampled_from([None, "“x” is not a severity. Did you mean *SEV1*?"])),
    )
    ids = [block["block_id"] for block in view["blocks"] if block.get("block_id", "").startswith("joinable.")]
    if len(ids) == len(set(ids)):  # the same incident twice is no case
        fine(iter([("declare", view)]), config)


@any_config
@given(st.data())
def test_lists_and_home(data: st.DataObject) -> None:
    config = data.draw(anything.configs)
    one = data.draw(anything.incidents(config))
    shown = data.draw(st.integers(0, home.SHOWN))
    total = shown + data.draw(st.sampled_from([0, 1, 10**6]))
    fine(iter([("home", home.home([one] * shown, total, config))]), config)
    shown = min(shown, PAGE)
    page = data.draw(st.sampled_from([0, 1, 70_000]))
    which = data.draw(anything.filters(config))
    listed = Listed(which, page, total, [one] * shown, data.draw(st.booleans()), data.draw(st.booleans()))
    blocks = lists.incident_list(listed, config)
    views = [("list", {"text": lists.list_text(listed), "blocks": blocks})]
    views += [
        ("found", lists.list_modal(listed, config)),
        ("filter", lists.filter_form(which, config, config.zone)),
    ]
    fine(iter(views), config)


@any_config
@given(st.data())
def test_every_kind_of_entry_as_a_message(data: st.DataObject) -> None:
    config = data.draw(anything.configs)
    incident = data.draw(anything.incidents(config))
    entry = data.draw(anything.entries(config))
    text = messages.entry_text(entry, incident, config)
    blocks = messages.entry_blocks(entry, incident, config)
    fine(iter([(entry.kind, {"text": text, "blocks": blocks})]), config)


def test_a_role_that_came_with_a_merge_is_words() -> None:
    data = {"other": 2, "title": "Slow", "roles": {"<!channel> & R&D": "U01BO"}}
    entry = TimelineEntry(number=3, kind="merged_in", occurred_at=anything.NOW, author="U01ADA", data=data)
    incident = Incident(id=1, title="Down", severity="SEV1", status="investigating")
    text = messages.entry_text(entry, incident, anything.config())
    assert "as &lt;!channel&gt; &amp; R&amp;D" in text


@any_config
@given(st.data())
def test_messages_about_alerts(data: st.DataObject) -> None:
    config = data.draw(anything.configs)
    found = data.draw(st.lists(anything.alerts(config), min_size=1, max_size=10))
    count = data.draw(st.sampled_from([len(found), 10**6]))
    gathered = Gathered(count, data.draw(st.sampled_from([0, count])), 10**7, anything.NOW, found)
    storm = AlertStorm(
        service=data.draw(st.sampled_from(["", "gone", *[one.name for one in config.services[:1]]])),
        held_back=count,
        began_at=anything.NOW,
        last_at=anything.NOW,
        rest=data.draw(st.sampled_from([0, count])),
        incident_id=data.draw(st.sampled_from([None, 10**9])),
        page_id=10**9,
    )
    told = [
        ("joined", alerts_view.joined_text(count), alerts_view.joined_blocks(found, count, config)),
        (
            "message",
            alerts_view.message_text(found[0], gathered),
            alerts_view.message_blocks(found[0], gathered, config),
        ),
        (
            "storm",
            alerts_view.storm_text(storm, config),
            alerts_view.storm_blocks(storm, count, found[:5], config),
        ),
    ]
    fine(((name, {"text": text, "blocks": blocks}) for name, text, blocks in told), config)


@any_config
@given(st.data())
def test_what_was_found(data: st.DataObject) -> None:
    config = data.draw(anything.configs)
    text = data.draw(anything.words(600))
    results = anything.results(text, data.draw(anything.incidents(config)))
    told = search.search_text(results)

    def emitted() -> Iterator[Emitted]:
        yield "found", {"text": told, "blocks": search.result_blocks(results, text, config)}
        yield "nothing", {"text": "x", "blocks": search.result_blocks(search.Results(()), text, config)}
        yield "form", search.search_form(text)
        yield "in the form's place", search.results_view(results, text, config)

    fine(emitted(), config)


@any_config
@given(anything.words(300), st.sampled_from(STATES))
def test_runbooks(text: str, state: str) -> None:
    config = anything.config().model_copy(update={"commands": (anything.a_command(text),)})
    row, steps, run = (
        anything.runbook(text, problem=text * 6),
        anything.a_checklist(text, text),
        anything.command_run(state, text),
    )
    incident = anything.Incident(id=10**9)

    def emitted() -> Iterator[Emitted]:
        rows = [row] * runbooks.PAGE
        yield "list", {"text": "x", "blocks": runbooks.runbook_list(rows, 90, 1, lambda _: True)}
        yield "one", {"text": "x", "blocks": runbooks.runbook_blocks(row, is_stale=True)}
        yield "choose", {"text": "x", "blocks": runbooks.choose_blocks([row] * 30, incident, fits=True)}
        yield "stale", {"text": runbooks.stale_text(row), "blocks": runbooks.stale_blocks(row)}
        yield (
            "checklist",
            {"text": runbooks.checklist_text(steps), "blocks": runbooks.checklist_blocks(steps, config)},
        )
        yield (
            "run",
            {
                "text": runbooks.run_text(run, config),
                "blocks": runbooks.run_blocks(run, config, ["U01"] * 30),
            },
        )
        for needs in ("confirmation", "second_person"):
            yield "form", runbooks.run_form(anything.a_command(text, needs), steps, 4, "0" * 16, config)

    fine(emitted(), config)


@any_config
@given(st.data())
def test_the_backlog_and_the_alert_review(data: st.DataObject) -> None:
    config = data.draw(anything.configs)
    item = data.draw(anything.items(config))
    page, everything = data.draw(st.sampled_from([0, 1, 70_000])), data.draw(st.booleans())
    count = data.draw(st.sampled_from([0, 1, backlog.PAGE]))
    service = data.draw(st.sampled_from([None, "gone", *(one.name for one in config.services[-1:])]))
    which = Which(everything, data.draw(st.sampled_from([None, "debt"])), service)
    assert backlog.which_of(backlog.list_value(7, which).partition(":")[2]) == which
    listed = backlog.backlog_list(
        [item] * count,
        {item.id: anything.BEHIND},
        10**6 if count else 0,
        page,
        which,
        config,
    )
    told = [
        ("list", backlog.list_text(10**6, which, config), listed),
        (
            "item",
            backlog.item_text(item),
            backlog.item_blocks(item, config, behind=anything.BEHIND, news="News"),
        ),
    ]
    found = anything.review(data.draw(anything.words(1024)), "i" * 80, service, count and alert_review.PAGE)
    told.append(
        (
            "review",
            alert_review.review_text(found),
            alert_review.review_blocks(found, page, service=service, config=config),
        )
    )
    fine(((name, {"text": text, "blocks": blocks}) for name, text, blocks in told), config)
    fine(iter([("add", backlog.add_form(config, service=service))]), config)
    for form in (backlog.change_form, backlog.decline_form, backlog.judge_form, backlog.split_form):
        fine(iter([("form", form(item, config))]), config)
    written = backlog.add_form(config, title=item.title, description=item.description, channel="C0123ABC")
    fine(iter([("idea", written)]), config)
    told = [("health", "Health", backlog.health_blocks(anything.FARES))]
    for found in (anything.progress(item), anything.progress(None)):
        grooming = backlog.grooming_blocks(anything.GROOMING, found, anything.FARES, config)
        told.append(("grooming", backlog.grooming_text(found), grooming))
    fine(((name, {"text": text, "blocks": blocks}) for name, text, blocks in told), config)


@any_config
@given(st.data())
def test_the_history_of_the_configuration(data: st.DataObject) -> None:
    config = data.draw(anything.configs)
    text = data.draw(anything.words(3000))
    count = data.draw(st.integers(0, 12))
    found = [anything.version(count - number, text) for number in range(count)]
    older, newer = anything.version(1, text), anything.version(2, f"{text}\n```{text}\n" * 40)
    told = [
        ("history", administration.history_text(found), administration.history_blocks(found, "News")),
        *(
            (
                "difference",
                administration.difference_text(before, newer),
                administration.difference_blocks(before, newer, may_be_restored=True),
            )
            for before in (None, older, newer)
        ),
    ]
    fine(((name, {"text": said, "blocks": blocks}) for name, said, blocks in told), config)


@any_config
@given(st.data())
def test_risks_and_decisions(data: st.DataObject) -> None:
    config = data.draw(anything.configs)
    text = data.draw(anything.words(3000))
    risk = anything.risk(
        text,
        kind=data.draw(st.sampled_from(["technical", "of_a_later_version"])),
        status=data.draw(st.sampled_from(RISK_STATUSES)),
        review_at=data.draw(st.sampled_from([None, anything.NOW])),
    )
    decision = anything.decision(text, data.draw(st.sampled_from(DECISION_STATUSES)))
    now, page, count = (
        anything.NOW,
        data.draw(st.sampled_from([0, 1, 70_000])),
        data.draw(st.sampled_from([0, 15])),
    )
    everything = data.draw(st.booleans())
    told = [
        (risks.risk_text(risk), risks.risk_blocks(risk, now=now, news="News")),
        (risks.reminder_text(risk), risks.reminder_blocks(risk)),
        (
            risks.list_text(10**6, everything=everything, kind="quality"),
            risks.risk_list([risk] * count, 10**6, page, everything=everything, kind="quality", now=now),
        ),
        (decisions.decision_text(decision), decisions.decision_blocks(decision, now=now, news="News")),
        (decisions.reminder_text(decision), decisions.reminder_blocks(decision)),
        (
            decisions.list_text(10**6, everything=everything),
            decisions.decision_list([decision] * count, 10**6, page, everything=everything, now=now),
        ),
    ]
    fine((("told", {"text": text, "blocks": blocks}) for text, blocks in told), config)
    forms_of_both = [
        risks.add_form(owner="U01", review_at=now),
        risks.review_form(risk, review_at=now),
        risks.change_form(risk),
        decisions.ask_form(owner="U01", due_at=now),
        decisions.change_form(decision),
        decisions.decide_form(decision),
        decisions.drop_form(decision),
    ]
    fine((("form", form) for form in forms_of_both), config)


@settings(any_config, max_examples=examples(8))
@given(st.data())
def test_the_planning_interview(data: st.DataObject) -> None:
    config = data.draw(anything.configs)
    text = data.draw(anything.words(3000))
    plan = anything.plan(
        text,
        data.draw(st.sampled_from(PLAN_STATUSES)),
        position=data.draw(st.sampled_from([0, 5, 9])),
        paused_at=data.draw(st.sampled_from([None, anything.NOW])),
        **data.draw(st.sampled_from([{}, {"answers": {}}, {"answers": {area.name: {} for area in AREAS}}])),
    )
    listed = plans.plan_list([plan] * plans.PAGE, 10**6)
    tasks = plan_outcome.tasks(plan.answers)
    told = [
        ("interview", plans.message_text(plan), plans.message_blocks(plan, tasks)),
        ("list", plans.list_text(10**6), listed),
    ]
    fine(((name, {"text": text, "blocks": blocks}) for name, text, blocks in told), config)
    fine(iter([("answer", plans.answer_form(plan)), ("choose", plans.choose_form(plan, tasks))]), config)
    # The plan's lines for app.yaml are YAML, whatever people wrote.
    written = yaml.safe_load(plan_outcome.app_yaml(tasks))
    for task in written["routine_tasks"] or ():
        assert NAMES.validate_python(task["name"])
        assert TITLES.validate_python(task["title"])
        assert TIMES.validate_python(task["cadence"])
    keys = [one.key for one in plan_outcome.items(plan.answers)]
    assert len(keys) == len(set(keys)) <= 100


@any_config
@given(st.data())
def test_action_items(data: st.DataObject) -> None:
    config = data.draw(anything.configs)
    item = data.draw(anything.action_items(config))
    today = anything.NOW.date()
    which = action_items.Which(
        owner=data.draw(st.sampled_from([None, "U01"])),
        service=data.draw(st.sampled_from([None, "gone", *(one.name for one in config.services[-1:])])),
        incident_id=data.draw(st.sampled_from([None, 2**53])),
        due_before=data.draw(st.sampled_from([None, today])),
        everything=data.draw(st.booleans()),
    )
    assert action_items.which_of(action_items.chosen(which), user="U01", today=today) == which
    count = data.draw(st.sampled_from([0, 1, action_items.PAGE]))
    page = data.draw(st.sampled_from([0, 1, 70_000]))
    listed = action_items.items_list([item] * count, 10**6 if count else 0, page, which, config, today=today)
    told = [
        ("list", action_items.list_text(10**6, which, config), listed),
        (
            "item",
            action_items.item_text(item),
            action_items.item_blocks(item, config, today=today, news="News"),
        ),
        (
            "given",
            action_items.given_text(item, "U02"),
            action_items.given_blocks(item, "U02", config, today=today),
        ),
    ]
    for to in ("U01", "U02"):
        reminder = action_items.reminder_blocks(item, config, today=today, to=to)
        told.append(("reminder", action_items.reminder_text(item, today=today, to=to), reminder))
    fine(((name, {"text": text, "blocks": blocks}) for name, text, blocks in told), config)
    form = action_items.add_form(
        config, user="U01", today=today, incident_id=which.incident_id, service=which.service
    )
    fine(iter([("add", form)]), config)
    fine(iter([("change", action_items.change_form(item, config, today=today))]), config)
    fine(iter([("drop", action_items.drop_form(item, config, today=today))]), config)
    mine = action_items.home_section([item] * action_items.AT_HOME, 10**6, config, today=today)
    one = data.draw(anything.incidents(config))
    fine(iter([("home", home.home([one] * home.SHOWN, 10**6, config, promised=mine))]), config)


@any_config
@given(st.data(), st.sampled_from([0, 1, MOST]), st.sampled_from([None, anything.NOW - timedelta(days=2)]))
def test_catching_up_and_handing_over(data: st.DataObject, count: int, since: datetime | None) -> None:
    config = data.draw(anything.configs)
    around = data.draw(anything.situations(config))
    told = [data.draw(anything.entries(config, kinds=TELLING)) for _ in range(min(count, 5))] * (
        count // 5 or 1
    )
    for n, entry in enumerate(told):
        entry.recorded_at = anything.NOW - timedelta(days=n % 4)
    course = anything.course(told, since)
    entry = anything.handover_entry(data.draw(anything.texts)[:1500])
    roles = list(around.roles) or ["gone"]
    text = catch_up.handover_text(roles, around.incident, config, "U02")
    blocks = catch_up.handover_blocks(entry, roles, around, course, config, now=anything.NOW)
    fine(iter([("handover", {"text": text, "blocks": blocks})]), config)
    fine(iter([("catch up", catch_up.catch_up(around, course, config, now=anything.NOW))]), config)
    fine(iter([("form", catch_up.handover_form(around, config, "U01"))]), config)


@any_config
@given(st.data(), st.sampled_from([0, 1, tasks.PAGE]), st.sampled_from([None, "U01"]))
def test_tasks_and_links(data: st.DataObject, count: int, owner: str | None) -> None:
    config = data.draw(anything.configs)
    incident = data.draw(anything.incidents(config))
    title, name = data.draw(anything.titles), data.draw(anything.words(100))
    rows = [
        anything.task(n, title=title, owner=owner, done=data.draw(st.booleans())) for n in range(1, count + 1)
    ]
    found = [anything.a_link(n, name, anything.PERMALINK) for n in range(min(50, count * 3))]
    views = [
        tasks.tasks_form(incident, rows, 10**6 if count else 0, count, 1 if count else 0, config),
        tasks.my_tasks_form([(row, incident) for row in rows], 10**6, 1, config),
        tasks.links_form(incident, found, config),
        tasks.task_form(incident, config, title=title, owner=owner),
        tasks.link_form(incident, config, url=anything.PERMALINK, name=name),
        *map(tasks.change_form, rows[:1]),
    ]
    fine(((view["callback_id"], view) for view in views), config)
    told = [
        ("changed", {"text": words(row)})
        for row in rows
        for words in (tasks.changed_words, tasks.added_words)
    ]
    if rows:
        blocks = tasks.given_blocks(rows * 3, incident, config)
        told.append(("given", {"text": tasks.given_text(rows, incident), "blocks": blocks[:1] + blocks[-2:]}))
        blocks = tasks.given_blocks(rows, incident, config)
        told.append(("given", {"text": tasks.given_text(rows, incident), "blocks": blocks}))
    fine(iter(told), config)


@given(anything.words(255), st.sampled_from([None, "payments"]), st.integers(1, 13))
def test_what_a_button_of_the_review_says_is_understood(kind: str, service: str | None, weeks: int) -> None:
    rule = Rule("am", kind, service)
    assert alert_review.rule_of(alert_review.rule_value(rule, weeks)) == (rule, weeks)


@settings(any_config, max_examples=examples(20))
@given(st.data())
def test_a_page_of_the_timeline(data: st.DataObject) -> None:
    config = data.draw(anything.configs)
    incident = data.draw(anything.incidents(config))
    some = data.draw(st.lists(anything.entries(config), max_size=4))
    entries = (some * timeline_page.PAGE)[: timeline_page.PAGE]
    page = data.draw(st.sampled_from([0, 1, 5]))
    view = timeline_page.timeline_page(incident, entries, page, len(entries) + 100, config)
    fine(iter([("timeline", view)]), config)
    for entry in some:
        for what in amendments.LABELS:
            fine(iter([(what, amendments.amend_form(incident, entry, what, config))]), config)


@any_config
@given(st.data())
def test_pages_that_ring(data: st.DataObject) -> None:
    config = data.draw(anything.configs)
    some = data.draw(st.lists(anything.any_statuses(config), min_size=1, max_size=20))
    numbered = [anything.numbered(one, number) for number, one in enumerate(some, start=1)]
    text = page_view.page_text(numbered, config)
    fine(iter([("page", {"text": text, "blocks": page_view.page_blocks(numbered, config, first=1)})]), config)
    people = data.draw(st.lists(st.one_of(anything.users, anything.words(40)), max_size=40))
    for kind in anything.NOTICES:
        notice = anything.notice(kind, people)
        text = page_notice.text(notice, some[0], config)
        fine(iter([(kind, {"text": text, "blocks": page_notice.blocks(notice, some[0], config)})]), config)
    listed = page_view.page_list(numbered, config, more=True)
    fine(iter([("list", {"text": "Open pages", "blocks": listed})]), config)


@any_config
@given(st.data())
def test_the_forms_of_paging(data: st.DataObject) -> None:
    config = data.draw(anything.configs)
    page = data.draw(anything.any_pages(config))
    choices = targets.choices(config)
    chosen = data.draw(st.sampled_from([None, "gone", *(choice.value for choice in choices[-1:])]))
    view = page_forms.page_form(
        config,
        choices,
        ["First responder: *ada*"],
        incident=data.draw(st.sampled_from([None, 2**53])),
        private=data.draw(st.booleans()),
        chosen=chosen,
        what=data.draw(anything.words(300)),
    )
    forms_of_page = [view, page_forms.reassign_form(page, config, choices)] if choices else []
    forms_of_page += [page_forms.snooze_form(page, config), page_forms.page_note_form(page, config)]
    fine(iter([(form["callback_id"], form) for form in forms_of_page]), config)


@any_config
@given(st.data())
def test_how_a_person_is_paged(data: st.DataObject) -> None:
    config = data.draw(anything.configs)
    one = data.draw(anything.incidents(config))
    paged = anything.how_paged(data.draw(anything.words(200)), data.draw(st.sampled_from([1, 3, 10])))
    section = contacts.home_section(paged)
    views = [("home", home.home([one] * home.SHOWN, 10**6, config, paged=section))]
    views += [
        ("add", contacts.add_form(list(contacts.TITLES))),
        ("code", contacts.code_form(paged.methods[0])),
    ]
    views += [("rules", contacts.rules_form(paged)), ("quiet", contacts.quiet_form(paged.quiet, "UTC"))]
    fine(iter(views), config)
    name = data.draw(anything.words(120))
    for person in (None, name):
        for label in (None, name[:60]):
            text = contacts.unready_text(person, name, anything.NOW, label)
            fine(iter([("unready", {"text": text})]), config)


# Each example is some thirty heavy views: to make a failing one smaller would take longer than anybody waits.
@settings(any_config, max_examples=examples(6), phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.data())
def test_all_that_on_call_shows(data: st.DataObject) -> None:
    filler, count = data.draw(st.sampled_from(["", *anything.FILLERS])), data.draw(st.sampled_from([1, 45]))
    config = anything.on_call_config(filler, count)
    accounts = data.draw(st.sampled_from([{}, {"ada": "U" + "A" * 20}]))
    text = data.draw(anything.words(200))
    name = config.schedules[-1].name
    shift = anything.shift(data.draw(st.sampled_from([name, "gone"])), reason=text)
    gap = anything.shift(name, person=None, reason=text, ends_at=LATEST)
    duties = [
        Duty(one, data.draw(st.sampled_from([shift, gap])), shift, ("ada",)) for one in config.schedules
    ]
    incidents = [data.draw(anything.incidents(config))] * data.draw(st.integers(0, 30))
    pages = [data.draw(anything.any_pages(config))] * data.draw(st.integers(0, 30))
    kind, state = (
        data.draw(st.sampled_from(["cover", "swap"])),
        data.draw(st.sampled_from(anything.REQUEST_STATES)),
    )
    request = anything.request(kind=kind, state=state, reason=text, schedule=shift.schedule)
    override = anything.override(reason=text, person=data.draw(st.sampled_from([None, "ada", "gone"])))
    overrides = [anything.override(number, reason=text) for number in range(42)]
    link = anything.feed_link(schedule=data.draw(st.sampled_from([None, name])))
    zone = ZoneInfo("Asia/Kolkata")

    def all_of_it() -> Iterator[Emitted]:
        yield "who", {"text": "Who", "blocks": oncall_view.duties_blocks(duties, accounts)}
        yield (
            "mine",
            {"text": "M", "blocks": oncall_view.my_shifts_blocks([shift] * 50, config, now=anything.NOW)},
        )
        on_call = oncall_view.home_blocks(duties, accounts, shift, now=anything.NOW)
        yield "home", home.home(incidents[: home.SHOWN], 30, config, on_call=on_call)
        for now in (shift, gap):
            blocks = oncall_view.handoff_blocks(now, "ada", accounts, incidents, pages, config)
            words = oncall_view.handoff_text(name, "bo", now.person, accounts, config)
            yield "handoff", {"text": words, "blocks": blocks}
        words = oncall_view.reminder_text(shift, config)
        yield "reminder", {"text": words, "blocks": oncall_view.reminder_blocks(shift, config)}
        yield "unreachable", {"text": oncall_view.unreachable_text(shift, config)}
        held = ImportedCalendarRow(schedule=name, layer="team", problem="<" * 300, unknown="<" * 300)
        for what, text in ((FAILS, None), (FAILS, "x"), (WORKS, "x"), (UNKNOWN_NAMES, "x")):
            held.text, held.fetched_at = text, anything.NOW
            yield "calendar", {"text": oncall_view.calendar_text(held, what, config)}
        yield "group", {"text": oncall_view.group_problem_text(name, "oncall", "x", "Mend it.", config)}
        for what in ("made", "ended", "cancelled"):
            yield "override", {"text": oncall_view.override_told(override, what, "ada", accounts, config)}
        yield "overrides", {"text": "O", "blocks": oncall_view.overrides_blocks(overrides, accounts, config)}
        for to in (None, "ada", "bo"):
            blocks = oncall_view.request_blocks(request, to, accounts, config)
            yield "request", {"text": oncall_view.request_text(request, accounts, config), "blocks": blocks}
        moved = oncall_view.asked_in_person(request, "#" + "x" * 79, "channel_not_found", 3, config)
        yield "moved", {"text": moved}
        yield "answer", {"text": oncall_view.answer_text(request, accounts, config)}
        yield "asked", {"text": oncall_view.asked_text(request, 3, None, config)}
        yield "feed", {"text": "F", "blocks": oncall_view.feed_known(link, config)}
        yield "override form", oncall_view.override_form(config, schedule=None, user="U01", now=anything.NOW)
        shifts = [anything.shift(name, starts_at=anything.NOW - timedelta(days=n)) for n in range(101)]
        yield "cover form", oncall_view.cover_form(shifts, config, zone)
        yield "swap form", oncall_view.swap_form(shifts, shifts, "c" * 40, config, zone)

    fine(all_of_it(), config)


def test_a_page_full_of_the_heaviest_entries_still_opens() -> None:
    config = anything.config()
    note = anything.TimelineEntry(
        incident_id=1,
        number=1,
        kind="note",
        occurred_at=anything.NOW,
        author="U01",
        data={"text": "😀" * 3000},
    )
    incident = Incident(
        id=1,
        title="😀" * 200,
        summary="",
        severity="SEV0",
        status="s0",
        service=None,
        private=False,
        drill=True,
    )
    view = timeline_page.timeline_page(incident, [note] * timeline_page.PAGE, 1, 100, config)
    assert in_view(view) == []


def test_words_that_stand_alone() -> None:
    config = load(SAMPLE)
    fine(
        iter(
            [
                ("usage", {"text": usage()}),
                ("usage of /page", {"text": page_usage()}),
                ("usage of /ops", {"text": ops_usage()}),
                ("usage of /check", {"text": check_usage()}),
                ("usage of /oncall", {"text": oncall_usage()}),
                ("guest's home", home.home_of_a_guest(config)),
                ("a message", forms.message_form("Not done", "That was done already.")),
            ]
        ),
        config,
    )


# -- formatting -----------------------------------------------------------------------------------------------

_FORMATTING = str.maketrans("*`~_", "xxxx")


@settings(any_config, max_examples=examples(20))
@given(st.data())
def test_a_title_formats_nothing(data: st.DataObject) -> None:
    """As many stars, backticks and tildes are sent as for a title without any: it can neither open nor close."""
    config = anything.config()
    around = data.draw(anything.situations(config))
    entry = data.draw(anything.entries(config, kinds=("title", "declared")))

    def signs() -> list[int]:
        things = [thing for _, thing in about_one(around, config)]
        things += [{"text": messages.entry_text(entry, around.incident, config)}]
        texts = [part["text"] for thing in things for part in mrkdwn_of(thing.get("blocks", []))]
        texts += [thing["text"] for thing in things if isinstance(thing.get("text"), str)]
        return [sum(text.count(sign) for text in texts) for sign in "*`~"]

    with_title = signs()
    around.incident.title = around.incident.title.translate(_FORMATTING)
    for name in ("title", "before", "after"):
        if name in entry.data:
            entry.data[name] = entry.data[name].translate(_FORMATTING)
    assert with_title == signs()


# -- names ----------------------------------------------------------------------------------------------------

patterns = st.sampled_from(
    [
        "inc-{number}-{slug}",
        "{slug}-{number}",
        "{number}",
        "_{number}_",
        "{slug}{slug}{number}",
        "a" * 49 + "{number}",
        "{slug}-" + "b" * 46 + "-{number}",
        "-{slug}-{number}-",
    ]
)


@given(title=anything.words(200), number=st.sampled_from([1, 9, 1234567]), pattern=patterns)
def test_any_title_makes_a_legal_channel_name_with_the_whole_number(
    title: str, number: int, pattern: str
) -> None:
    name = Channels(pattern=pattern).name_for(number, slug(title))
    assert in_channel_name(name) == []
    assert str(number) in name


@pytest.mark.parametrize("pattern", ["{number}" * 20, "{number}" * 50, "x" * 60 + "{number}"])
def test_a_pattern_without_room_for_a_number_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="characters long without"):
        Channels(pattern=pattern)


@given(anything.words(300))
def test_a_slug_is_lowercase_letters_digits_and_single_hyphens(title: str) -> None:
    made = slug(title)
    assert not set(made) - set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert "--" not in made
    assert made == made.strip("-")
    assert slug(made) == made


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Checkout is down", "checkout-is-down"),
        ("Größe & Maß", "grosse-mass"),
        ("Ærø: 50 % fewer", "aero-50-fewer"),
        ("it's DOWN!!", "its-down"),
        ("Tel. ℡ №7", "tel-tel-no7"),
        ("😀 データベース", ""),
    ],
)
def test_slugs(title: str, expected: str) -> None:
    assert slug(title) == expected


@any_config
@given(
    st.integers(1, 250),
    st.sampled_from(anything.FILLERS).map(lambda filler: (filler * 60)[:60].strip() or "T"),
    anything.words(300),
    st.sampled_from(["failing", "passing", "unknown"]),
)
def test_checks(count: int, title: str, text: str, state: str) -> None:
    config = anything.checks_config(count, title)
    states = {check.name: anything.check_state(check.name, state, text) for check in config.checks}
    states["slo:s0"] = anything.check_state("slo:s0", state, text)
    uptime = {check.name: 0.123456 for check in config.checks}

    def emitted() -> Iterator[Emitted]:
        blocks = checks.board(states, uptime, config, now=anything.NOW)
        yield "board", {"text": checks.board_text(1, count), "blocks": blocks}
        for done in ([], list(states)):
            for is_over in (True, False):
                blocks = checks.report(
                    config.checks,
                    states,
                    done,
                    what=title,
                    is_over=is_over,
                    now=anything.NOW,
                    slos=config.slos,
                )
                words = checks.report_text(config.checks, states, "v0")
                yield "report", {"text": words, "blocks": blocks}
        run = Stretch(anything.NOW, anything.NOW, 10**6, 5, text[:300], 0.1, 1e6)
        past = [
            CheckHistory(check, states.get(check.name), (run,) * 30) for check in config.checks[:MOST_CHECKS]
        ]
        incident = Incident(id=10**9, title=title, severity="SEV1", status="investigating", service="v0")
        incident.declared_at, incident.private, incident.drill = anything.NOW, True, True
        yield "history", check_history.history_modal(incident, past, config)
        shown = checks.picture("F0123456", text[:1000].strip() or "x")
        yield "picture", {"text": checks.picture_title(title), "blocks": shown}

    fine(emitted(), config)


@any_config
@given(
    st.integers(1, 130),
    st.sampled_from(anything.FILLERS).map(lambda filler: (filler * 60)[:60].strip() or "T"),
    anything.words(300),
    st.integers(0, 40),
)
def test_maintenance(services: int, title: str, text: str, count: int) -> None:
    config = anything.checks_config(services, title)
    names = [service.name for service in config.services]

    def emitted() -> Iterator[Emitted]:
        for state in anything.MAINTENANCE_STATES:
            row = anything.maintenance_window(state, text, names, 10**6)
            words = maintenance.window_text(row, config, now=anything.NOW)
            blocks = maintenance.window_blocks(row, config, now=anything.NOW)
            yield "message", {"text": words, "blocks": blocks}
            yield "answer", {"text": maintenance.answer_text(row, config, now=anything.NOW, zone=text)}
            yield "ended", {"text": maintenance.ended_text(row, config)}
            blocks = maintenance.reminder_blocks(row, config)
            yield "reminder", {"text": maintenance.reminder_text(row, config), "blocks": blocks}
        found = anything.maintenance_standings(count, text, names)
        usage = {name: timedelta(hours=3) for name in names} | {None: timedelta(minutes=7)}
        blocks = maintenance.list_blocks(found, usage, config, now=anything.NOW)
        yield "list", {"text": maintenance.list_text(found), "blocks": blocks}
        running = [(one.plan, one.window) for one in found]
        board = checks.board({}, {}, config, now=anything.NOW, maintenance=running)
        yield "board", {"text": checks.board_text(1, count), "blocks": board}
        yield "form", maintenance.start_form(config, names[:3], now=anything.NOW)

    fine(emitted(), config)


@any_config
@given(anything.configs, anything.words(300), st.sampled_from([0, 1, 7, 10**6]), st.booleans(), st.data())
def test_the_fullest_home(config: Config, text: str, count: int, is_all: bool, data: st.DataObject) -> None:
    """Each part as long as it gets, all of them at once: a tab has a hundred blocks."""
    config = config.model_copy(update={"checks": anything.checks_config(30, "T").checks})
    failing = [
        anything.check_state(f"s{n}", "failing", text) for n in range(min(count, present.FAILING_SHOWN))
    ]
    services = [None, "gone", *(one.name for one in config.services)] * 6
    firing = Firing(tuple(FiringNow(one, 10**6, "critical", 5) for one in services[: count * 3]), is_all)
    running = [(one.plan, one.window) for one in anything.maintenance_standings(min(count, 30), text)]
    at_present = present.home_blocks(failing, count, running, firing, config, now=anything.NOW)
    assert len(at_present) <= 4

    today = anything.NOW.date()
    item = data.draw(anything.action_items(config))
    promised = action_items.home_section([item] * action_items.AT_HOME, 10**6, config, today=today)
    mine = [
        (anything.task(n, title=text[:200], owner="U01"), anything.working_incident())
        for n in range(tasks.AT_HOME)
    ]
    rows = [occurrence("plain", text, id=n) for n in range(routine_tasks.HOME_SHOWN + 1)]
    shift = anything.shift("primary", reason=text)
    duties = [Duty(one, shift, shift, ("ada",)) for one in config.schedules]
    view = home.home(
        [data.draw(anything.incidents(config))] * home.SHOWN,
        10**6,
        config,
        at_present=at_present,
        on_call=oncall_view.home_blocks(duties, {"ada": "U01"}, shift, now=anything.NOW),
        paged=contacts.home_section(anything.how_paged(text, 10)),
        tasks=tasks.home_section(mine, 10**6),
        promised=promised,
        reviews=home_reviews([reviews_of.review_now("open", text)] * AT_HOME, anything.NOW),
        routine=routine_tasks.home_blocks(rows, {}, now=anything.NOW),
        between=routine_things.between_blocks(text),
    )
    assert len(view["blocks"]) <= 100
    fine(iter([("home", view)]), config)
