"""The queries that run all the time find their rows by an index, however many finished ones there are.

Each query is run for real on large tables, what it sends is caught, and the database is asked for its plan.
"""

import contextlib
import json
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from bot.alerts import backlog as alert_backlog
from bot.alerts import firing, signals, storms, windows
from bot.alerts import queries as alerts
from bot.alerts.retention import oldest_signal
from bot.alerts.review import review
from bot.alerts.rows import Alert, AlertStorm
from bot.backlog import items
from bot.cadences import recurring
from bot.config import load
from bot.config.sections.field_values import Comparison
from bot.config.sections.retention import Retention
from bot.core import claims, outbox, people, receipts, timeline
from bot.core.db import Database, engine_for, write_noted
from bot.core.look import looking_for
from bot.core.search_text import INCIDENT, change_text
from bot.core.viewer import PROGRAM, Viewer
from bot.delivery.pages import bundle
from bot.delivery.runbooks import RunbookReading
from bot.digests.health import standing
from bot.digests.incidents import handled, trend
from bot.digests.load import interruptions
from bot.digests.pending import overdue
from bot.digests.spans import complete
from bot.digests.timeliness import promises
from bot.incidents import backlog, homes, queries
from bot.incidents.filters import ALL, Asked, Bound, Filter
from bot.incidents.listing import listed
from bot.incidents.paging import locked_page
from bot.incidents.rows import Incident
from bot.incidents.similar import similar_to
from bot.oncall import calendars as oncall_calendars
from bot.oncall import feeds as oncall_feeds
from bot.oncall import queries as oncall
from bot.paging import links, ringing
from bot.paging import queries as paging
from bot.paging.people import reachable
from bot.paging.rows import Page
from bot.reviews import action_queries as actions
from bot.reviews import issues
from bot.reviews import queries as review_queries
from bot.routine import decisions, meeting_queries, risks, task_queries, tasks
from bot.routine.evidence import evidence_of
from bot.runbooks import checklists, commands, library
from bot.search.finding import search
from bot.steps import retention
from bot.steps.commands import Commands
from bot.steps.due import ON_CALL, PLANNING, ROUTINE_TASKS, STEPS, Due
from bot.steps.oncall import OnCall
from bot.steps.planning import PlanningReminders
from bot.steps.probes import ShiftProbes
from bot.steps.recurring import Recurring
from bot.steps.rewording import Rewording
from bot.steps.routine_tasks import RoutineTasks
from tests.acceptance.office import SAMPLE
from tests.databases import PostgresCluster, SqliteFiles
from tests.paging.kit import company

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
ADA = Viewer("U5")
FORGOTTEN = {kind.name: kind for kind in retention.KINDS}
SAMPLE_CONFIG = load(SAMPLE)
# A week long ago: of all rows few are in it.
WEEK = complete("weekly", NOW - timedelta(days=200), SAMPLE_CONFIG.zone)
INCIDENTS, OUTBOX, ENTRIES = 4000, 8000, 12000
# Nearly all of them open, with something to come: a due moment alone must not be what finds them.
PAGES = 20000
TEXTS = 40_000

Query = Callable[[AsyncSession], Awaitable[object]]


async def _folded(session: AsyncSession) -> None:
    outbox.enqueue(session, "x", now=NOW, fold="card:7")
    outbox.enqueue(session, "x", now=NOW, fold="card:8")


def _listed(which: Filter) -> Query:
    return lambda session: listed(session, Asked(which), ADA, SAMPLE_CONFIG)


async def _turn(session: AsyncSession) -> None:
    config = load(SAMPLE)
    task = next(task for task in config.routine_tasks if task.people)
    await tasks._whose_turn(session, config, task, at=NOW)


async def _ask(session: AsyncSession) -> None:
    command = load(SAMPLE).command("rollback")
    assert command is not None
    await commands._refuse_twin(session, command)


async def _settled(session: AsyncSession) -> None:
    item = await session.get_one(outbox.OutboxItem, OUTBOX)
    with contextlib.suppress(claims.ClaimLost):
        await claims.finish(session, item, "done", now=NOW)


# The steps that share one look.
QUIET = (
    OnCall,
    Recurring,
    Rewording,
    RoutineTasks,
    PlanningReminders,
    RunbookReading,
    Commands,
    ShiftProbes,
)
DUE = [one for kinds in (*STEPS.values(), ON_CALL, ROUTINE_TASKS, PLANNING) for one in kinds]


async def _retitled(session: AsyncSession) -> None:
    change_text(session, INCIDENT, incident_id=7, title="T")


def _served(due: Due) -> tuple[Query, set[str]]:
    """What its step asks, and the index that begins with its moment."""
    indexes = {
        str(one.name) for one in due.at.class_.__table__.indexes if due.at.key in one.columns.keys()[:1]
    }
    assert indexes, f"no index begins with {due.at}"
    return lambda session: due.keys(session, now=NOW), indexes


# What is asked, and the indexes that must serve it. A primary key is called differently by the two.
HOT: dict[str, tuple[Query, set[str]]] = {
    "claim": (
        lambda s: claims.claim(s, now=NOW, lease=timedelta(seconds=30), worker="w", limit=24),
        {"ix_outbox_due", "ix_outbox_lane", "ix_outbox_fold"},
    ),
    "claim beside Slack": (
        lambda s: claims.claim(s, now=NOW, lease=timedelta(seconds=30), worker="w", limit=24, way="sms"),
        {"ix_outbox_beside", "ix_outbox_lane", "ix_outbox_fold"},
    ),
    "what is due in the outbox": (lambda s: claims.due(s, now=NOW), {"ix_outbox_due", "ix_outbox_beside"}),
    "what is due beside Slack": (lambda s: claims.due_ways(s, now=NOW), {"ix_outbox_beside"}),
    "fold": (_folded, {"ix_outbox_fold"}),
    "settle": (_settled, set()),
    "hasten": (lambda s: outbox.hasten(s, 7, ("x", "y"), now=NOW), {"ix_outbox_"}),
    "problems": (lambda s: outbox.problems_of(s, 7), {"ix_outbox_incident_id"}),
    "retry": (lambda s: outbox.retry_now(s, 7, now=NOW), {"ix_outbox_incident_id"}),
    "purge of the outbox": (
        lambda s: retention.forget(s, FORGOTTEN["messages"], Retention(), now=NOW),
        {"ix_outbox_finished_at"},
    ),
    "what steps that can wait look for": (
        lambda s: s.execute(
            looking_for(
                *(moment for step in QUIET for moment in step.MOMENTS),
                *(one.moment for kinds in STEPS.values() for one in kinds),
            ),
            {"now": NOW},
        ),
        {
            "ix_incident_other_cards_at",
            "ix_schedule_watch_next_at",
            "ix_shift_request_open",
            "ix_action_item_remind_at",
            "ix_review_remind_at",
            "ix_routine_occurrence_remind_at",
            "ix_meeting_act_at",
            "ix_risk_remind_at",
            "ix_decision_remind_at",
        },
    ),
    "receipt": (lambda s: receipts.incident_of(s, "k7"), {"receipt"}),
    "purge of receipts": (lambda s: receipts.purge(s, now=NOW - timedelta(days=900)), {"ix_receipt_at"}),
    "by number": (lambda s: queries.by_number(s, 7, ADA), {"incident", "responder"}),
    "by channel": (lambda s: queries.by_channel(s, "C7", ADA), {"ix_incident_channel_id", "responder"}),
    "open incidents": (lambda s: queries.open_incidents(s, ADA), {"ix_incident_open", "responder"}),
    "open incidents of a service": (
        lambda s: queries.open_incidents(s, ADA, service="s0"),
        {"ix_incident_open"},
    ),
    "count of open incidents": (
        lambda s: queries.count_incidents(s, ADA, only_open=True),
        {"ix_incident_open"},
    ),
    "the list of the open ones": (_listed(Filter()), {"ix_incident_open", "responder"}),
    "the list of all": (_listed(Filter(status=ALL)), {"ix_incident_declared_at"}),
    "the list of a status": (_listed(Filter(status="resolved")), {"ix_incident_status"}),
    "the list of a severity": (_listed(Filter(status=ALL, severities=("SEV2",))), {"ix_incident_severity"}),
    "the list of a service": (_listed(Filter(status=ALL, services=("s7",))), {"ix_incident_service"}),
    "the list of a person": (_listed(Filter(status=ALL, person="U7")), {"ix_responder_user_id"}),
    "the list of a period": (
        _listed(
            Filter(
                status=ALL,
                since=Bound(NOW - timedelta(days=400), "400d"),
                until=Bound(NOW - timedelta(days=390), "390d"),
            )
        ),
        {"ix_incident_declared_at"},
    ),
    "the list of a type": (_listed(Filter(status=ALL, types=("security",))), {"ix_incident_type"}),
    "the list of a field": (
        _listed(Filter(status=ALL, fields=(("region", Comparison("r7")),))),
        {"ix_field_value_of"},
    ),
    "the list of a field above a number": (
        _listed(
            Filter(status=ALL, fields=(("hit", Comparison(f"{100_000_000_000_000 + INCIDENTS - 50}", ">")),))
        ),
        {"ix_field_value_of"},
    ),
    "the list of words": (_listed(Filter(status=ALL, words="certificate")), {"_subjects", "_entries"}),
    "recent incidents": (lambda s: queries.recent_incidents(s, PROGRAM), {"incident"}),
    "roles": (lambda s: queries.roles_of(s, 7), {"role_assignment"}),
    "responders": (lambda s: queries.responders_of(s, 7), {"responder"}),
    "last update": (lambda s: queries.last_update_of(s, 7), {"timeline_entry"}),
    "a page of the timeline": (
        lambda s: timeline.entries_of(s, 7, offset=20, limit=20),
        {"ix_timeline_entry_occurred"},
    ),
    "length of the timeline": (lambda s: timeline.count_of(s, 7), {"timeline_entry"}),
    "kept already?": (lambda s: timeline.entry_from(s, 7, "C1/7"), {"timeline_entry"}),
    "person by e-mail": (lambda s: people.person_by_email(s, "p7@example.com"), {"ix_person_email"}),
    "overrides around a moment": (
        lambda s: oncall.overrides_around(s, "s7", NOW + timedelta(days=390)),
        {"ix_override_of_schedule"},
    ),
    "a person's overrides": (
        lambda s: oncall.overrides_to_come(s, now=NOW, person="p7"),
        {"ix_override_of_person"},
    ),
    "calendars that are due": (
        lambda s: oncall_calendars.is_any_due(s, now=NOW),
        {"ix_imported_calendar_next_fetch_at"},
    ),
    "claim of calendars": (
        lambda s: oncall_calendars.claim_calendars(s, now=NOW),
        {"ix_imported_calendar_next_fetch_at"},
    ),
    "feed of a token": (lambda s: oncall_feeds.feed_link(s, "secret"), {"feed_link"}),
    "feeds of a person": (lambda s: oncall_feeds.feed_links_of(s, "U7"), {"ix_feed_link_made_by"}),
    "claim of pages": (
        lambda s: paging.claim(s, now=NOW, lease=timedelta(seconds=30), worker="w", limit=50),
        {"ix_page_due_at"},
    ),
    "is any page due?": (
        lambda s: paging.anything_due(s, now=NOW),
        {"ix_page_due_at", "ix_notification_due_at"},
    ),
    "the auditor": (
        lambda s: paging.untouched(s, now=NOW, longer_than=timedelta(seconds=10)),
        {"ix_page_due_at"},
    ),
    "pages by state": (lambda s: paging.open_by_state(s, at_most=10_000), {"ix_page_due_at"}),
    "the page that is due first": (paging.first_due_at, {"ix_page_due_at"}),
    "depth of the outbox": (lambda s: outbox.waiting(s, at_most=10_000), {"ix_outbox_due"}),
    "age of the outbox": (outbox.oldest_due, {"ix_outbox_due"}),
    "late notifications": (
        lambda s: paging.late_notifications(s, now=NOW, limit=50),
        {"ix_notification_due_at"},
    ),
    "an incident's pages": (lambda s: paging.open_pages_of(s, 7), {"ix_page_incident_id"}),
    "a page, locked": (lambda s: locked_page(s, 7, ADA), {"page", "incident"}),
    "a page's notifications": (
        lambda s: ringing.notifications_of(s, Page(id=7)),
        {"ix_notification_page_id"},
    ),
    "a bundle": (lambda s: ringing.bundle_of(s, 7), {"ix_notification_bundle"}),
    "what a ring tells": (lambda s: bundle(s, 7), {"ix_notification_bundle", "ix_notification_page_id"}),
    "what people got lately": (lambda s: ringing._recent(s, ["p7"], NOW), {"ix_notification_person"}),
    "ways to reach somebody": (
        lambda s: reachable(s, company(), ["ada", "bo"]),
        {"ix_contact_method_user_id", "ix_notification_rule_user_id", "quiet_hours"},
    ),
    "a link": (lambda s: links.find(s, "t"), {"ack_link"}),
    "purge of links": (lambda s: links.purge(s, now=NOW), {"ix_ack_link_expires_at"}),
    "a page's timeline": (lambda s: timeline.entries_of_page(s, 7), {"timeline_entry"}),
    "is any signal or alert due?": (
        lambda s: alerts.anything_due(s, now=NOW),
        {"ix_signal_due_at", "ix_alert_due_at", "ix_alert_storm_due_at", "ix_maintenance_window_due_at"},
    ),
    "maintenance that runs": (
        lambda s: windows.running(s, now=NOW),
        {"ix_maintenance_window_open"},
    ),
    "maintenance that is due": (lambda s: windows.due(s, now=NOW), {"ix_maintenance_window_due_at"}),
    "maintenance of the month": (
        lambda s: windows.usage(s, load(SAMPLE), now=NOW + timedelta(days=60)),
        {"ix_maintenance_window_ends_at"},
    ),
    "signals whose turn it is": (
        lambda s: signals.due_signals(s, now=NOW, limit=50),
        {"ix_signal_"},  # of those that wait: either way few rows are read
    ),
    "how long signals wait": (oldest_signal, {"ix_signal_due_at"}),
    "claim of alerts": (
        lambda s: alerts.claim_alerts(s, now=NOW, lease=timedelta(seconds=20), worker="w", limit=50),
        {"ix_alert_due_at"},
    ),
    "the last alert of a key": (lambda s: alerts.last_of_key(s, "am", "k7"), {"ix_alert_key"}),
    "the last alert of a group": (lambda s: alerts.last_of_group(s, "g7"), {"ix_alert_group"}),
    "an open message of a group": (lambda s: alerts.open_message_of(s, "g7"), {"ix_alert_group_open"}),
    "how many of a group are open": (
        lambda s: alerts.open_in_group(s, "g7", at_most=51),
        {"ix_alert_group_open"},
    ),
    "incidents around a service that an alert may join": (
        lambda s: alerts.incidents_around(s, "web", load(SAMPLE), joins_declared=True),
        {"ix_incident_open", "ix_alert_incident_id"},
    ),
    "what fires without an incident": (firing.firing_alone, {"_open"}),
    "what an alert says that came again": (
        lambda s: alerts._newest(s, Alert.incident_id == 7),
        {"ix_alert_incident_id"},
    ),
    "an alert of a page that is open": (lambda s: alerts.open_of_page(s, 7), {"ix_alert_page_id"}),
    "how an incident's alerts stand": (lambda s: alerts.counts_of(s, 7), {"ix_alert_incident_id"}),
    "an incident's alerts on its card": (
        lambda s: alerts.with_alerts(s, queries.Situation(Incident(id=7))),
        {"ix_alert_incident_id"},
    ),
    "what the thread does not tell": (
        lambda s: alerts.untold(s, Incident(id=7, declared_by=""), limit=10),
        {"ix_alert_incident_id"},
    ),
    "the alerts of a message": (
        lambda s: alerts.gathered(s, Alert(id=7, group="g7", last_at=NOW), limit=10),
        {"ix_alert_group"},
    ),
    "what a storm held back": (
        lambda s: storms.held_back_now(s, AlertStorm(service="checkout")),
        {"ix_alert_service_open"},
    ),
    "the worst of what a storm held back": (
        lambda s: storms.held_back_worst_first(s, AlertStorm(service="checkout"), load(SAMPLE), limit=50),
        {"ix_alert_service_open"},
    ),
    "what joins after a storm": (
        lambda s: storms.join_rest(s, AlertStorm(service="checkout"), Alert(id=7, incident_id=7), "x"),
        {"ix_alert_service_open"},
    ),
    "storms that may be over": (lambda s: storms.due_storm(s, now=NOW), {"ix_alert_storm_due_at"}),
    "whether a kind of failure has opened something": (
        lambda s: storms.has_open_root_of_kind(s, Alert(service="checkout", severity="SEV1", kind="k")),
        {"ix_alert_service_open"},
    ),
    "whether a kind of failure has joined": (
        lambda s: alerts.has_joined_of_kind(s, Alert(id=7, incident_id=7, severity="SEV1", kind="k")),
        {"ix_alert_incident_id"},
    ),
    "whether a page's alerts are over": (lambda s: alerts.open_of_page(s, 7), {"ix_alert_page_id"}),
    "alerts that are to be forgotten": (
        lambda s: retention.forget(s, FORGOTTEN["alerts"], Retention(), now=NOW),
        {"ix_alert_last_at", "ix_alert_group_open"},
    ),
    "a service's budget": (lambda s: storms.storm_of(s, "s7"), {"alert_storm"}),
    "the backlog": (
        lambda s: backlog.listed(s, ADA, limit=15),
        {"ix_backlog_item_unfinished", "responder"},
    ),
    "the backlog of a service": (
        lambda s: backlog.listed(s, PROGRAM, backlog.Which(service="s7"), limit=15),
        {"ix_backlog_item_service"},
    ),
    "how long the backlog is": (lambda s: backlog.count_items(s, PROGRAM), {"_backlog_item_"}),
    "how the backlog fares": (
        lambda s: backlog.health_seen_by(s, PROGRAM, now=NOW + timedelta(days=390)),
        {"_backlog_item_"},
    ),
    "risks": (lambda s: risks.listed(s, limit=15), {"ix_risk_unfinished"}),
    "what is to be decided": (lambda s: decisions.listed(s, limit=15), {"ix_decision_pending"}),
    "an item": (lambda s: backlog.item_by_number(s, 7, ADA), {"backlog_item"}),
    "the item of a cause": (lambda s: items.of_cause(s, "c7"), {"uq_backlog_item_cause"}),
    "the item of an incident": (lambda s: items.of_incident(s, 7), {"ix_backlog_item_incident_id"}),
    "the alerts behind items": (lambda s: alert_backlog.behind(s, [7, 8]), {"ix_alert_backlog_item_id"}),
    "the alert review": (
        lambda s: review(s, now=NOW - timedelta(days=200), weeks=1, flaps=4),
        {"ix_alert_first_at", "timeline_entry"},
    ),
    "the reviews": (lambda s: review_queries.listed(s, ADA, limit=15), {"ix_review_unfinished", "responder"}),
    "how many reviews are overdue": (
        lambda s: review_queries.count_overdue(s, ADA, now=NOW),
        {"ix_review_unfinished"},
    ),
    "whose reviews wait at Home": (
        lambda s: review_queries.listed(s, ADA, people=["U5", "ada"], limit=5),
        {"ix_review_unfinished"},
    ),
    "commands of routine tasks": (
        lambda s: task_queries.due_runs(s, now=NOW),
        {"ix_routine_occurrence_run_at"},
    ),
    "the open tasks of the routine": (
        lambda s: task_queries.listed(s, task_queries.TODAY, now=NOW, limit=10),
        {"ix_routine_occurrence_"},
    ),
    "what a message of the routine shows": (
        lambda s: task_queries.of_message(s, 7),
        {"ix_routine_occurrence_message_id"},
    ),
    "the newest evidence": (lambda s: evidence_of(s, limit=21), {"evidence"}),
    "whose turn a task of the routine is": (_turn, {"routine_occurrence"}),
    "what recurs and is due": (lambda s: recurring.due(s, now=NOW), {"ix_recurrence_next_at"}),
    "commands that wait": (lambda s: commands.due(s, now=NOW), {"ix_command_run_due_at"}),
    "commands whose process is gone": (
        lambda s: commands.orphans(s, now=NOW),
        {"ix_command_run_claimed_until"},
    ),
    "what the former process left of commands": (
        lambda s: commands.release_claims_of_the_dead(s, now=NOW),
        {"ix_command_run_claimed_until"},
    ),
    "whether a command runs": (_ask, {"command_run"}),
    "the steps of a runbook in an incident": (
        lambda s: checklists.post(s, 400, "r7", by="U40", now=NOW),
        {"ix_runbook_checklist_incident_id"},
    ),
    "runbooks to be reminded of": (lambda s: library.due_reminders(s, now=NOW), {"ix_runbook_remind_at"}),
    # All runbooks are read, without their texts: a company has some dozens.
    "the runbooks of an incident": (lambda s: library.fitting(s, Incident(id=7)), {"ix_alert_"}),
    "what was said in a recurring review": (
        lambda s: meeting_queries.said_in(s, 7),
        {"ix_meeting_word_meeting_id", "ix_action_item_meeting_id"},
    ),
    "the action items": (
        lambda s: actions.listed(s, ADA, actions.Which(), limit=15),
        {"ix_action_item_unfinished", "responder"},
    ),
    "one's own action items": (
        lambda s: actions.listed(s, ADA, actions.Which(owner="U5"), limit=5),
        {"ix_action_item_owner"},
    ),
    "an action item": (lambda s: actions.item_by_number(s, 7, ADA), {"action_item"}),
    "the action items of an incident": (
        lambda s: actions.with_actions(s, queries.Situation(Incident(id=7))),
        {"ix_action_item_incident_id"},
    ),
    "how the promises stand": (
        lambda s: actions.health(s, today=NOW.date()),
        {"ix_action_item_"},
    ),
    "the incidents of a week": (
        lambda s: handled(s, WEEK.span),
        {"ix_incident_declared_at", "ix_alert_incident_id"},
    ),
    "the trend of eight weeks": (
        lambda s: trend(s, WEEK.steps),
        {"ix_incident_declared_at"},
    ),
    "what rang whom in a week": (lambda s: interruptions(s, WEEK.span), {"ix_notification_accepted_at"}),
    "what was kept in a week": (
        lambda s: promises(s, SAMPLE_CONFIG, WEEK.span, now=NOW),
        {"ix_review_due_at", "ix_action_item_due_on", "ix_routine_occurrence_due_at"},
    ),
    "how all that is open stands": (
        lambda s: standing(s, SAMPLE_CONFIG, WEEK.span, now=NOW + timedelta(days=200)),
        {
            "ix_action_item_",
            "ix_action_item_created_at",
            "ix_action_item_closed_at",
            "ix_risk_unfinished",
        },
    ),
    "what is overdue": (
        lambda s: overdue(s, SAMPLE_CONFIG, now=NOW),
        {
            "ix_review_unfinished",
            "ix_meeting_open",
            "ix_action_item_",
            "ix_routine_occurrence_",
        },
    ),
    "the items of issues": (
        lambda s: issues.numbers_of(s, "acme/operations", [7, 8]),
        {"uq_action_item_issue"},
    ),
    "texts by their words": (
        lambda s: search(s, "certificate expired", ADA),
        {"_subjects", "_entries", "incident", "responder"},
    ),
    "entries by their words": (
        lambda s: search(s, "gateway hangs", ADA),
        {"search_", "timeline_entry"},
    ),
    "a rare word among those that all have": (
        lambda s: search(s, "w77777 gateway hangs", ADA),
        {"_subjects", "_entries"},
    ),
    "incidents that are alike": (
        lambda s: similar_to(s, Incident(id=INCIDENTS, title="Certificate expired", summary="")),
        {"_subjects", "ix_search_text_of"},
    ),
    "a title that is changed": (_retitled, {"ix_search_text_of"}),
    "who looks at Home": (lambda s: homes.refresh_homes(s, now=NOW), {"ix_person_home_opened_at"}),
}
HOT |= {f"due at {one.at}": _served(one) for one in DUE}
# A whole pass over one of these grows with the years.
# These indexes hold only what is open, or waits.
FEW = (
    "ix_incident_open|ix_backlog_item_unfinished|ix_outbox_due|ix_outbox_beside|ix_signal_due_at|"
    "ix_signal_key|ix_review_unfinished|ix_routine_occurrence_open|ix_meeting_act_at|"
    "ix_action_item_unfinished|ix_action_item_owner|ix_command_run_claimed_until|"
    "ix_recurrence_next_at|ix_alert_service_open|uq_alert_open|ix_meeting_open"
)
LARGE = (
    "backlog_item|signal|alert|alert_storm|maintenance_window|override|schedule_watch|shift_request|"
    "imported_calendar|feed_link|outbox|incident|timeline_entry|receipt|responder|role_assignment|"
    "person|page|notification|contact_method|notification_rule|ack_link|review|review_task|"
    "review_version|routine_occurrence|evidence|meeting|meeting_word|action_item|runbook_checklist|"
    "command_run|recurrence|search_text|field_value|nudge|automation_run"
)


async def years_of_use(url: str) -> None:
    """Thousands of incidents, a handful of them open; thousands of rows finished, a few due."""
    if url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(make_url(url).database or "")) as file, file:
            for statement in _rows(sqlite=True):
                file.execute(statement)
        return
    engine = engine_for(
        url
    )  # without the patience of the program, which is not that of such large statements
    async with engine.begin() as connection:
        for statement in _rows(sqlite=False):
            await connection.execute(text(statement))
    await engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
async def full_db(
    request: pytest.FixtureRequest, sqlite_files: SqliteFiles, postgres_cluster: PostgresCluster
) -> AsyncIterator[Database]:
    source = sqlite_files if request.param == "sqlite" else postgres_cluster
    async with source.one(years_of_use) as url:
        db = Database(url)
        yield db
        await db.close()


def _rows(*, sqlite: bool) -> list[str]:
    at = "'2026-11-20 09:30:00.000000'" if sqlite else "timestamptz '2026-11-20 09:30:00+00'"

    later = at.replace("2026", "2030")
    # One a minute: an index by time has an order then.
    declared = (
        "strftime('%Y-%m-%d %H:%M:%f000', '2026-11-17 09:30', '+' || n || ' minutes')"
        if sqlite
        else "timestamptz '2026-11-17 09:30:00+00' + n * interval '1 minute'"
    )

    def series(count: int) -> str:
        if sqlite:
            return f"(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {count}) SELECT n FROM c)"
        return f"(SELECT n FROM generate_series(1, {count}) n) c"

    waiting = f"n % {OUTBOX // 40} = 0"
    return [
        f"INSERT INTO incident (id, title, summary, severity, status, service, type, private, drill, declared_at, declared_by, changed_at, resolved_at, channel_id, timeline_length, timeline_head)"
        f" SELECT n, 'T', '', 'SEV' || (1 + n % 4), CASE WHEN n % 400 = 0 THEN 'investigating' WHEN n % 7 = 0 THEN 'resolved' ELSE 'closed' END, 's' || (n % 50), CASE WHEN n % 9 = 0 THEN 'outage' END, n % 5 = 0, false, {declared}, 'U1', {at},"
        f" CASE WHEN n % 400 = 0 THEN NULL ELSE {at} END, 'C' || n, 3, '' FROM {series(INCIDENTS)}",
        f"INSERT INTO responder (incident_id, user_id, joined_at) SELECT n, 'U' || (n % 90), {at} FROM {series(INCIDENTS)}",
        f"INSERT INTO field_value (incident_id, name, value) SELECT n, 'region', 'r' || (n % 200) FROM {series(INCIDENTS)}",
        f"INSERT INTO field_value (incident_id, name, value) SELECT n, 'hit', '#1' || (100000000000000 + n) || '000000' FROM {series(INCIDENTS)}",
        f"INSERT INTO role_assignment (incident_id, role, user_id, assigned_by, assigned_at) SELECT n, 'lead', 'U1', 'U1', {at} FROM {series(INCIDENTS)}",
        f"INSERT INTO timeline_entry (id, incident_id, number, kind, occurred_at, recorded_at, author, data, source, previous_hash, hash)"
        f" SELECT n, 1 + n % {INCIDENTS}, 1 + n / {INCIDENTS}, CASE WHEN n % 10 = 0 THEN 'update' ELSE 'note' END, {at}, {at}, 'U1', '{{}}', 'C1/' || n, '', '' FROM {series(ENTRIES)}",
        f"INSERT INTO outbox (id, kind, about, incident_id, lane, fold, priority, way, created_at, due_at, attempts, doubtful, finished_at)"
        f" SELECT n, 'incident.card', '{{}}', 1 + n % {INCIDENTS}, CASE WHEN n % 3 = 0 THEN NULL ELSE 'incident:' || n END, 'card:' || n, 10, CASE WHEN n % 3 = 1 THEN 'sms' END, {at},"
        f" CASE WHEN {waiting} THEN {at} END, 0, false, CASE WHEN {waiting} THEN NULL ELSE {at} END FROM {series(OUTBOX)}",
        f"INSERT INTO receipt (key, at) SELECT 'k' || n, {at} FROM {series(5000)}",
        f"INSERT INTO override (id, schedule, person, starts_at, ends_at, reason, made_at)"
        f" SELECT n, 's' || (n % 50), 'p' || (n % 90), {at}, {at}, '', {at} FROM {series(5000)}",
        f"INSERT INTO imported_calendar (schedule, layer, source, failures, next_fetch_at)"
        f" SELECT 's' || n, 'l', '', 0, {later} FROM {series(3000)}",
        f"INSERT INTO schedule_watch (schedule, seen_at, next_at, reminded_to_at)"
        f" SELECT 's' || n, {at}, {later}, {at} FROM {series(3000)}",
        f"INSERT INTO shift_request (id, kind, schedule, asker, asked_by, starts_at, ends_at, reason, state, asked_at, expires_at)"
        f" SELECT n, 'cover', 's1', 'p1', 'U' || (n % 90), {at}, {at}, '', CASE WHEN n % 500 = 0 THEN 'open' ELSE 'taken' END, {at}, {at} FROM {series(5000)}",
        f"INSERT INTO feed_link (id, token_hash, made_by, made_at) SELECT n, 'h' || n, 'U' || n, {at} FROM {series(3000)}",
        f"INSERT INTO person (user_id, name, email, is_guest, is_outside, is_bot, has_left, home_opened_at)"
        f" SELECT 'U' || n, '', 'p' || n || '@example.com', false, false, false, false, CASE WHEN n % 500 = 0 THEN {at} END FROM {series(5000)}",
        f"INSERT INTO page (id, incident_id, what, policy, urgency, private, drill, created_at, state, reason, step, round, life, due_at, ask_after, again_after, stumbles, timeline_length, timeline_head)"
        f" SELECT n, 1 + n % {INCIDENTS}, 'W', 'default', 'high', false, false, {at}, 'ringing', '', 0, 0, 0, CASE WHEN n % 1000 = 0 THEN {at} ELSE {later} END, 60, 60, 0, 0, '' FROM {series(PAGES)}",
        f"INSERT INTO notification (id, page_id, person, via, step, round, life, method, reason, bundle, state, created_at, leaves_at, due_at)"
        f" SELECT n, n, 'p' || (n % 90), 'person:x', 0, 0, 0, 'slack', '', n - 1, 'queued', {at}, {at}, CASE WHEN n % 1000 = 0 THEN {at} ELSE {later} END FROM {series(PAGES)}",
        f"INSERT INTO contact_method (id, user_id, kind, label, address, created_at, code_tries) SELECT n, 'U' || n, 'sms', '', '', {at}, 0 FROM {series(5000)}",
        f"INSERT INTO notification_rule (id, user_id, urgency, delay_seconds) SELECT n, 'U' || n, 'high', 0 FROM {series(5000)}",
        f"INSERT INTO ack_link (id, page_id, person, token_hash, created_at, expires_at) SELECT n, n, 'p', 'h' || n, {at}, {later} FROM {series(5000)}",
        f"INSERT INTO signal (id, integration, key, can_wait, event, received_at, due_at, stumbles)"
        f" SELECT n, 'am', 'k' || n, n % 3 <> 0, '{{}}', {at}, CASE WHEN n % 1000 = 0 THEN {at} END, 0 FROM {series(PAGES)}",
        f'INSERT INTO alert (id, integration, key, title, kind, source, service, labels, details, links, state, first_at, last_at, resolved_at, count, flaps, outcome, reason, "group", incident_id, page_id, backlog_item_id, due_at, stumbles)'
        f" SELECT n, 'am', 'k' || n, 'T', 't', '', 's' || (n % 50), '{{}}', '{{}}', '[]', 'firing', {at}, {at}, CASE WHEN n % 100 = 0 THEN NULL ELSE {at} END, 1, 0, 'incident', '', 'g' || (n % 5000),"
        f" 1 + n % {INCIDENTS}, n, CASE WHEN n % 10 = 0 THEN n / 10 END, CASE WHEN n % 1000 = 0 THEN {at} WHEN n % 7 = 0 THEN {later} END, 0 FROM {series(PAGES)}",
        f"INSERT INTO alert_storm (id, service, minute_at, pages, held_back, rest, due_at) SELECT n, 's' || n, {at}, 0, 0, 0, CASE WHEN n % 500 = 0 THEN {later} END FROM {series(3000)}",
        f"INSERT INTO maintenance_window (id, services, starts_at, ends_at, reason, made_by, made_at, silenced, ended_at, due_at)"
        f" SELECT n, '[]', {at}, {at}, '', 'U1', {at}, 0, CASE WHEN n % 1000 = 0 THEN NULL ELSE {at} END, CASE WHEN n % 1000 = 0 THEN {at} END FROM {series(5000)}",
        f"INSERT INTO backlog_item (id, kind, title, description, service, status, reason, private, origin, cause, incident_id, created_at, changed_at, closed_at)"
        f" SELECT n, 'bug', 'T', '', 's' || (n % 50), 'done', '', n % 5 = 0, 'incident', 'c' || n, CASE WHEN n % 5 = 0 THEN n END, {at}, {at}, CASE WHEN n % 100 = 0 THEN NULL ELSE {at} END FROM {series(5000)}",
        f"INSERT INTO risk (id, kind, title, description, likelihood, impact, mitigation, owner, status, review_at, remind_at, created_at, created_by, changed_at, changed_by, closed_at)"
        f" SELECT n, 'quality', 'T', '', 'high', 'low', '', 'U1', 'open', CASE WHEN n % 100 = 0 THEN {at} END, CASE WHEN n % 100 = 0 THEN {at} END, {at}, 'U1', {at}, 'U1', CASE WHEN n % 100 = 0 THEN NULL ELSE {at} END FROM {series(5000)}",
        f"INSERT INTO decision (id, question, description, owner, status, answer, due_at, remind_at, decided_at, created_at, created_by)"
        f" SELECT n, 'T', '', 'U1', 'pending', '', {at}, CASE WHEN n % 100 = 0 THEN {at} END, CASE WHEN n % 100 = 0 THEN NULL ELSE {at} END, {at}, 'U1' FROM {series(5000)}",
        f"UPDATE incident SET review_at = {at} WHERE id % 1000 = 0",
        f"INSERT INTO review (incident_id, state, required, began_at, due_at, remind_at, reminders, reason, versions, ended_at)"
        f" SELECT n, CASE WHEN n % 400 = 0 THEN 'open' ELSE 'done' END, true, {at}, {at}, CASE WHEN n % 400 = 0 THEN {at} END, 0, '', 1, CASE WHEN n % 400 = 0 THEN NULL ELSE {at} END FROM {series(INCIDENTS)}",
        f"INSERT INTO review_task (incident_id, name, place, title, required, due_at, state, reason) SELECT n, 'write', 0, 'T', true, {at}, 'to_do', '' FROM {series(INCIDENTS)}",
        f"INSERT INTO nudge (incident_id, kind, due_at, asked, stopped) SELECT n, 'update', CASE WHEN n % 400 = 0 THEN {at} END, 0, false FROM {series(INCIDENTS)}",
        f"INSERT INTO automation_run (incident_id, entry, rule, because, due_at) SELECT n, 1, 'r', '', CASE WHEN n % 400 = 0 THEN {at} END FROM {series(INCIDENTS)}",
        f"INSERT INTO review_version (incident_id, number, sections, kept_at, what) SELECT n, 1, '{{}}', {at}, '' FROM {series(INCIDENTS)}",
        f"INSERT INTO routine_occurrence (id, task, title, checklist, occurs_at, due_at, opened_at, message_id, status, reason, closed_at, seen, output, remind_at, reminded, look_at, run_at)"
        f" SELECT n, 't' || n, 'T', '[]', {at}, {at}, {at}, n, 'done', '', CASE WHEN n % 500 = 0 THEN NULL ELSE {at} END, '', '', CASE WHEN n % 500 = 0 THEN {later} END, 0, CASE WHEN n % 500 = 0 THEN {later} END, CASE WHEN n % 500 = 0 THEN {later} END FROM {series(5000)}",
        f"INSERT INTO evidence (id, task, number, occurrence_id, kind, occurs_at, due_at, recorded_at, data, previous_hash, hash)"
        f" SELECT n, 't', n, n, 'done', {at}, {at}, {at}, '{{}}', '', '' FROM {series(5000)}",
        f"INSERT INTO meeting (id, review, title, participants, agenda, planned_at, since_at, starts_at, ends_at, status, postponed, reason, act_at, opened_at, closed_at)"
        f" SELECT n, 'r' || n, 'T', '[]', '[]', {at}, {at}, {at}, {at}, 'held', 0, '', CASE WHEN n % 500 = 0 THEN {later} END, {at}, CASE WHEN n % 500 = 0 THEN NULL ELSE {at} END FROM {series(3000)}",
        f"INSERT INTO meeting_word (id, meeting_id, kind, text, said_at) SELECT n, n, 'note', 'T', {at} FROM {series(5000)}",
        f"INSERT INTO action_item (id, title, description, service, owner, due_on, status, reason, private, drill, origin, incident_id, created_at, changed_at, closed_at, remind_at, issue_wanted, issue_repository, issue_number)"
        f" SELECT n, 'T', '', 's' || (n % 50), 'U' || (n % 90), '2026-11-30', 'done', '', n % 5 = 0, false, 'incident', n, {at}, {at}, CASE WHEN n % 100 = 0 THEN NULL ELSE {at} END, CASE WHEN n % 100 = 0 THEN {later} END, true, 'acme/operations', n FROM {series(5000)}",
        # Behind so many others that had to go: the newest stretch of rows is not all there is.
        f"INSERT INTO search_text (id, kind, incident_id, number, name, title, body)"
        f" SELECT {TEXTS} + n * 10, CASE WHEN n % 20 = 0 THEN 'incident' ELSE 'entry' END, 1 + n % {INCIDENTS}, n, '', CASE WHEN n % 20 = 0 THEN 'certificate expired' ELSE '' END, CASE WHEN n % 20 = 0 THEN '' ELSE 'gateway w' || n || ' hangs' END FROM {series(PAGES)}",
        "UPDATE action_item SET meeting_id = id WHERE id % 10 = 0",
        f"INSERT INTO recurrence (kind, name, rule, next_at) SELECT 'routine task', 't' || n, '', CASE WHEN n % 100 = 0 THEN {at} ELSE {later} END FROM {series(3000)}",
        f"INSERT INTO runbook (name, source, digest, text, title, services, checks, severities, steps, known_at, next_read_at, failures, remind_at)"
        f" SELECT 'r' || n, '', 'd', 'T', 'T', '[]', '[\"c\"]', '[]', '[]', {at}, {later}, 0, CASE WHEN n % 100 = 0 THEN {at} ELSE {later} END FROM {series(1000)}",
        f"INSERT INTO runbook_checklist (id, incident_id, name, title, steps, ticks, posted_at, posted_by) SELECT n, 1 + n % 300, 'r1', 'T', '[]', '{{}}', {at}, 'U1' FROM {series(5000)}",
        f"INSERT INTO command_run (id, incident_id, checklist_id, step, command, argv, state, busy, asked_at, asked_by, due_at, claimed_until, outcome, output)"
        f" SELECT n, 1, n, 0, 'c', '[]', 'done', CASE WHEN n % 1000 = 0 THEN 'c' || n END, {at}, 'U1', CASE WHEN n % 500 = 0 THEN {at} END, CASE WHEN n % 500 = 0 THEN {at} END, '', '' FROM {series(5000)}",
        *(
            []
            if sqlite
            else [
                f"SELECT setval(pg_get_serial_sequence('outbox', 'id'), {OUTBOX})",
                "SELECT setval(pg_get_serial_sequence('runbook_checklist', 'id'), 5000)",
                f"SELECT setval(pg_get_serial_sequence('timeline_entry', 'id'), {ENTRIES})",
            ]
        ),
        "ANALYZE",
    ]


def _plan(connection: Connection, statement: str, parameters: Any) -> str:
    """What the database means to do, as lines."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        return "\n".join(row[-1] for row in rows)
    rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).all()
    return "\n".join(row[0] for row in rows)


def _whole_passes(plan: str) -> list[str]:
    """Tables that are read from end to end, be it along an index; an index of few rows may be."""
    sqlite = re.findall(rf"^SCAN ({LARGE})\b(?! USING (?:COVERING )?INDEX (?:{FEW}))", plan, re.MULTILINE)
    return sqlite + re.findall(rf"Seq Scan on ({LARGE})\b", plan)


# The newest of all, with a limit: a walk along the primary key that ends after a page.
WALKS = {"recent incidents", "the newest evidence", "the list of all"}


async def test_hot_queries_use_their_indexes(full_db: Database) -> None:
    offences: dict[str, Any] = {}
    for query, (run, expected) in HOT.items():
        plans = await _plans_of(full_db, run)
        assert plans, f"{query} sent nothing"
        whole = "\n".join(plans)
        passes = [] if query in WALKS else [table for plan in plans for table in _whole_passes(plan)]
        missing = [index for index in expected if index not in whole]
        if passes or missing:
            offences[query] = {"reads all of": passes, "does not use": missing, "plan": whole}
    assert not offences, "\n".join(f"{q}: {json.dumps(o, indent=1)}" for q, o in offences.items()).replace(
        "\\n", "\n"
    )


async def test_figures_look_for_what_people_did_among_that_alone(full_db: Database) -> None:
    """Of a timeline's entries most are words: of five million not one of those is read."""
    columns = "id, incident_id, number, kind, occurred_at, recorded_at, author, data, previous_hash, hash"
    async with full_db.begin() as session:
        for more in range(10, 60, 10):
            words = f"id + {more * ENTRIES}, incident_id, number + {more}, 'note', occurred_at, recorded_at, author, data, '', ''"
            insert = (
                f"INSERT INTO timeline_entry ({columns}) SELECT {words} FROM timeline_entry WHERE number < 9"
            )
            await session.execute(text(insert))
        await session.execute(text("ANALYZE"))
    for query in ("the incidents of a week", "the trend of eight weeks", "the alert review"):
        whole = "\n".join(await _plans_of(full_db, HOT[query][0]))
        assert "ix_timeline_entry_acts" in whole, whole
        if full_db.is_sqlite:
            assert "COVERING INDEX ix_timeline_entry_acts" in whole, whole


async def test_intents_that_wait_for_later_are_not_walked_over(full_db: Database) -> None:
    """They are many after a bad day. Both bounds are looked up: the priority and the moment; beside Slack, where few
    rows are, the moment alone.
    """
    bounds = (
        r"ix_outbox_due \(priority=\? AND due_at<\?\)|ix_outbox_beside \(due_at<\?"
        if full_db.is_sqlite
        else r"priority = .* AND .*due_at <= |ix_outbox_beside .*\n.*Index Cond: .*due_at <= "
    )
    for query in ("claim", "claim beside Slack", "what is due in the outbox"):
        for plan in await _plans_of(full_db, HOT[query][0]):
            assert re.search(bounds, plan), plan


async def test_what_all_texts_have_is_not_asked_of_the_index_beside_a_rare_word(full_db: Database) -> None:
    """Postgres' index would gather all of them first; SQLite's walks along the rare ones."""
    if full_db.is_sqlite:
        return
    whole = "\n".join(await _plans_of(full_db, HOT["a rare word among those that all have"][0]))
    asked = re.findall(r"on ix_search_text_entries .*\n\s+Index Cond: (.*)", whole)
    assert any("'w77777'':*" in words for words in asked), whole
    assert not any("'gateway'':*" in words for words in asked), whole
    assert "ts_match_vq" in whole


async def test_what_the_newest_entries_answer_is_not_asked_of_the_index(full_db: Database) -> None:
    """Where Postgres' index would gather all entries there are, a page of the newest ones is read."""
    if full_db.is_sqlite:
        return
    whole = "\n".join(await _plans_of(full_db, HOT["entries by their words"][0]))
    walks = re.findall(r"Backward using pk_search_text on .*\n\s+Index Cond: \(id >= '(\d+)'", whole)
    assert walks, whole
    assert all(int(first) > TEXTS for first in walks), whole
    assert "ix_search_text_entries" not in whole


# What each tick asks first. (Claims have a limit that is not known beforehand either: planned for any, they look dear,
# and Postgres keeps to planning them for theirs.)
LOOKS = (
    "what is due in the outbox",
    "what is due beside Slack",
    "is any page due?",
    "is any signal or alert due?",
    "what steps that can wait look for",
    *(f"due at {one.at}" for one in DUE),
)


async def test_what_the_tick_asks_uses_indexes_also_where_postgres_does_not_look_at_the_moment(
    full_db: Database,
) -> None:
    """A statement that was asked five times is planned for any parameters; then a third of all rows seems due."""
    if full_db.is_sqlite:
        return  # it always plans so
    for query in LOOKS:
        for plan in await _plans_of(full_db, HOT[query][0], generic=True):
            assert not _whole_passes(plan), plan


async def _generic_plan(connection: AsyncConnection, statement: str, count: int) -> str:
    """The plan that Postgres makes for any parameters."""
    raw = (await connection.get_raw_connection()).driver_connection
    assert raw is not None
    await raw.execute(f"SET LOCAL plan_cache_mode = force_generic_plan; PREPARE asked AS {statement}")
    rows = await raw.fetch(f"EXPLAIN EXECUTE asked({', '.join(['NULL'] * count)})")
    await raw.execute("DEALLOCATE asked")
    return "\n".join(row[0] for row in rows)


async def _plans_of(db: Database, run: Query, *, generic: bool = False) -> list[str]:
    """Runs the query, and asks for the plan of every statement that it sent; nothing is kept of it."""
    sent: list[tuple[str, Any]] = []
    plans: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.lstrip().split(None, 1)[0] in ("SELECT", "UPDATE", "DELETE", "WITH"):
            sent.append((statement, parameters))

    engine = db._writing.sync_engine
    with pytest.raises(RuntimeError, match="enough"):
        async with db.begin() as session:
            event.listen(engine, "before_cursor_execute", note)
            try:
                await run(session)
                await session.run_sync(write_noted)
            finally:
                event.remove(engine, "before_cursor_execute", note)
            for statement, parameters in sent:
                connection = await session.connection()
                if generic:
                    plans.append(await _generic_plan(connection, statement, len(parameters)))
                else:
                    plans.append(await connection.run_sync(_plan, statement, parameters))
            raise RuntimeError("enough")
    return plans
