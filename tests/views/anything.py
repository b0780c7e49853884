"""Incidents, entries and configurations of any kind, for hypothesis: all that verbs and app.yaml let through."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, get_args
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from bot.administration.rows import ConfigVersion
from bot.alerts.backlog import Behind
from bot.alerts.maintenance import Plan, Window
from bot.alerts.review import MOST_WEEKS, Figures, Review, Rule, RuleFigures, SourceFigures
from bot.alerts.rows import Alert, MaintenanceWindow
from bot.alerts.shown import LONGEST_DETAIL, LONGEST_NAME, short_details
from bot.alerts.windows import Standing
from bot.backlog.grooming import Progress
from bot.backlog.health import Health
from bot.backlog.rows import KINDS as BACKLOG_KINDS
from bot.backlog.rows import ORIGINS, STATUSES, BacklogItem, Grooming
from bot.checks.rows import CheckState
from bot.config import Config, IncidentField, IncidentType, Role, Service, Severity, Status
from bot.config.sections.field_values import Comparison
from bot.config.sections.github import GitHub
from bot.config.sections.incident_fields import FieldKind
from bot.config.sections.runbooks import LONGEST_ARGV, Command
from bot.core.outbox import OutboxItem
from bot.core.search_words import Term, excerpt, terms_of
from bot.core.standing import AMENDMENTS
from bot.core.texts import LONGEST_TEXT, LONGEST_TITLE
from bot.core.timeline import TimelineEntry
from bot.incidents.course import Course
from bot.incidents.filters import ALL, Bound, Filter
from bot.incidents.lifecycle import cleaned
from bot.incidents.queries import ActionsNow, FittingRunbook, PagingNow, Situation, TasksNow, Unpaged
from bot.incidents.rows import Incident
from bot.incidents.task_queries import ON_CARD
from bot.incidents.task_rows import Link, Task
from bot.oncall.rows import (
    DECLINED,
    EXPIRED,
    OPEN,
    TAKEN,
    WITHDRAWN,
    FeedLink,
    OverrideRow,
    ShiftRequest,
)
from bot.oncall.schedule import Shift
from bot.paging.contacts import KINDS as KINDS_OF_METHODS
from bot.paging.contacts import LONGEST_LABEL
from bot.paging.how_paged import HowPaged
from bot.paging.rows import (
    ACKED,
    ACKNOWLEDGED,
    ASK,
    EXHAUSTED,
    FAILED,
    NOBODY,
    QUEUED,
    RESOLVED,
    RINGING,
    SHADOW,
    SNOOZED,
    STALE,
    WAITING,
    ContactMethod,
    Notification,
    NotificationRule,
    Page,
    PageNotice,
    QuietHours,
)
from bot.paging.status import (
    ASKS,
    LAST_RESORT,
    NOBODY_LEFT,
    RINGS,
    RINGS_AGAIN,
    AlertsNow,
    FailingCheck,
    Next,
    PageStatus,
    SaidNow,
)
from bot.reviews.action_rows import ORIGINS as ACTION_ORIGINS
from bot.reviews.action_rows import STATUSES as ACTION_STATUSES
from bot.reviews.action_rows import ActionItem
from bot.routine.decision_rows import Decision
from bot.routine.plan_questions import AREAS
from bot.routine.plan_rows import MaintenancePlan
from bot.routine.risk_rows import Risk
from bot.runbooks.page import LONGEST_STEP, MOST_COMMANDS, MOST_STEPS
from bot.runbooks.rows import ASKED, Checklist, CommandRun, RunbookRow
from bot.runbooks.rows import QUEUED as COMMAND_QUEUED
from bot.runbooks.rows import RUNNING as RUNNING_COMMAND
from bot.search.finding import LONGEST_EXCERPT, Found, Results

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
PERMALINK = "https://example.slack.com/archives/C0123ABC/p1732159876000100?thread_ts=1.2&cid=C0123ABC"
RUNBOOK = "https://wiki.example.com/run?a=1&b=<no>|no".replace("<no>|no", "2")

# What people paste, and what would hurt if it were not escaped or were cut in the middle.
NASTY = (
    "<!channel>",
    "<!here|here>",
    "<!everyone>",
    "<!subteam^S0123ABC|@all>",
    "<!date^1^{date}|gone>",
    "<https://evil.example|Click>",
    "<mailto:a@evil.example|mail>",
    "<@U0123ABC>",
    "<#C0123ABC>",
    "<@U0123ABC",
    "&",
    "&amp;",
    "&lt;!channel&gt;",
    "<",
    ">",
    "*",
    "_",
    "~",
    "`",
    "```",
    "|",
    "\n",
    "\n> quote\n",
    "{number}",
    "😀",
    "👩‍👩‍👧",
    "Ωß",
    "شكرا",
    "﷽",
    "\u202e",
    "W",
    "ordinary words ",
)


def words(longest: int) -> st.SearchStrategy[str]:
    """Text of any kind and length up to `longest`; not empty."""
    any_text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=min(longest, 60))
    pieces = st.lists(st.sampled_from(NASTY), min_size=1, max_size=12).map("".join)
    stretched = st.tuples(st.one_of(pieces, any_text), st.sampled_from([1, 3, longest])).map(
        lambda drawn: (drawn[0] * drawn[1])[:longest]
    )
    return st.one_of(any_text, pieces, stretched).map(lambda text: text[:longest])


titles = (
    words(LONGEST_TITLE)
    .map(lambda text: " ".join(text.replace("\x00", "").split()))
    .filter(lambda title: 0 < len(title) <= LONGEST_TITLE)
)
texts = words(LONGEST_TEXT).map(lambda text: cleaned(text) or "…")
users = st.sampled_from(["U01", "W0123ABCDEF", "U" + "A" * 20])
moments = st.integers(-(10**6), 0).map(lambda seconds: NOW + timedelta(seconds=seconds))

# -- configurations -------------------------------------------------------------------------------------------

FILLERS = ("&", "*", "`", "<!channel>", "W", "😀", "_", "Aß ")


@cache
def config(filler: str = "", count: int = 4) -> Config:
    """As many of everything as `count` says, every text as long as it may be and made of `filler`."""

    def text(longest: int, plain: str) -> str:
        return (filler * longest)[:longest].strip() or plain

    emoji = f":{'e' * 80}::skin-tone-2:" if filler else ":fire:"
    more = range(max(0, count - 3))
    roles = [("lead", "Lead"), ("comms", "Comms"), ("scribe", "Scribe")]
    roles += [(f"r{n}" + "r" * (36 if filler else 0), f"Role {n}") for n in more]
    stages = [(f"s{n}", f"Stage {n}") for n in range(min(98, max(1, count - 2)))]
    stages += [("resolved", "Resolved"), ("closed", "Closed")]
    runbook = RUNBOOK + "&c=%26" * (300 if filler == "&" else 0)
    return Config(
        organization=text(60, "Example Shop"),
        severities=tuple(
            Severity(
                name=f"SEV{n}" + "x" * (16 - len(str(n)) if filler else 0),
                label=text(60, "Label"),
                meaning=text(200, "Meaning"),
                emoji=emoji,
            )
            for n in range(min(count, 100))
        ),
        services=tuple(
            Service(
                name=f"v{n}" + "v" * (36 - len(str(n)) if filler else 0),
                title=text(60, f"Service {n}"),
                description=text(200, "Does things"),
                owner=text(60, "Team"),
                runbook=runbook[:2000],
            )
            for n in range(count - 1)
        ),
        roles=tuple(
            Role(name=name[:40], title=text(60, title), emoji=emoji, instructions=text(2000, "Do it"))
            for name, title in roles
        ),
        statuses=tuple(
            Status(name=name, title=text(60, title), emoji=emoji, meaning=text(200, "Meaning"))
            for name, title in stages
        ),
        types=tuple(
            IncidentType(
                name=f"t{n}", title=text(60, f"Type {n}"), description=text(200, "Meaning"), private=n == 1
            )
            for n in range(min(count, 10))
        ),
        fields=tuple(
            IncidentField(
                name=f"f{n}" + "f" * (36 if filler else 0),
                label=text(60, f"Field {n}"),
                kind=kind,
                hint=text(200, "Hint"),
                choices=tuple(f"Choice {c}" for c in range(99)) if kind == "choice" else (),
                required_at=(None, "declare", "resolve", "close")[n % 4],  # type: ignore[arg-type]
            )
            for n, kind in enumerate(FIELD_KINDS)
        )
        if count > 1
        else (),
    )


FIELD_KINDS: tuple[FieldKind, ...] = get_args(FieldKind)
CONFIGS: list[Callable[[], Config]] = [
    lambda: config("", 1),
    lambda: config("", 4),
    *(lambda f=f, n=n: config(f, n) for f in FILLERS for n in (1, 5, 130)),  # type: ignore[misc]
]
configs = st.sampled_from(CONFIGS).map(lambda make: make())

# -- incidents ------------------------------------------------------------------------------------------------


@st.composite
def incidents(draw: st.DrawFn, within: Config, *, state: str | None = None) -> Incident:
    """Any incident that verbs can make, and those whose severity, status or service left app.yaml since."""
    state = state or draw(st.sampled_from(["open", "open", "resolved", "closed"]))
    active = [status.name for status in within.active_statuses]
    status = draw(st.sampled_from([active[0], active[-1], "gone-" + "x" * 35])) if state == "open" else state
    services = [service.name for service in within.services]
    return Incident(
        id=draw(st.sampled_from([1, 12, 99_999, 2**53])),
        title=draw(titles),
        summary=draw(st.one_of(st.just(""), texts)),
        severity=draw(
            st.sampled_from([within.severities[0].name, within.severities[-1].name, "GONE" + "x" * 16])
        ),
        type=draw(st.sampled_from([None, "gone", *(one.name for one in within.types[:1])])),
        fields=draw(
            st.one_of(
                st.none(),
                st.dictionaries(
                    st.sampled_from(["gone", *(one.name for one in within.fields)]),
                    st.one_of(words(200), users, st.just("2026-01-31")),
                ),
            )
        ),
        status=status,
        service=draw(st.sampled_from([None, *services[:1], *services[-1:], "gone"])),
        private=draw(st.booleans()),
        drill=draw(st.booleans()),
        declared_at=NOW - timedelta(days=400),
        declared_by=draw(users),
        changed_at=NOW,
        updated_at=NOW,
        resolved_at=None if state == "open" else draw(moments),
        retrospective=state != "open" and draw(st.booleans()),
        closed_at=NOW if state == "closed" else None,
        channel_id=draw(st.sampled_from([None, "C0123ABC", "G" + "A" * 20])),
        channel_name=None,
        timeline_length=0,
        timeline_head="",
    )


@st.composite
def filters(draw: st.DrawFn, within: Config) -> Filter:
    """Any that can be asked for, of all lengths that may be."""
    bound = st.one_of(st.none(), st.just(Bound(NOW, "2026-11-01")))
    return Filter(
        status=draw(st.sampled_from([ALL, Filter().status, within.statuses[0].name, "gone"])),
        severities=tuple(draw(st.lists(st.sampled_from([within.severities[0].name, "GONE"]), unique=True))),
        types=draw(st.sampled_from([(), ("gone",)])),
        fields=draw(
            st.sampled_from(
                [
                    (),
                    (("gone", Comparison("x" * 200)),),
                    *(
                        ((one.name, Comparison(value)),)
                        for one in within.fields[:5]
                        for value in ("x", "-", "*")
                    ),
                    *(((one.name, Comparison("12", ">")),) for one in within.fields[:5]),
                ]
            )
        ),
        services=tuple(
            draw(st.lists(st.sampled_from(["gone", *(s.name for s in within.services[:2])]), unique=True))
        ),
        person=draw(st.one_of(st.none(), users)),
        since=draw(bound),
        until=draw(bound),
        words=draw(st.one_of(st.just(""), words(500))),
    )


@st.composite
def problems(draw: st.DrawFn) -> OutboxItem:
    return OutboxItem(
        kind="incident.topic",
        about={},
        what=draw(st.one_of(st.none(), words(200))),
        problem=draw(st.sampled_from(["missing_scope", "not_in_channel"])),
        mend=draw(st.one_of(st.none(), words(500))),
    )


@st.composite
def situations(draw: st.DrawFn, within: Config) -> Situation:
    incident = draw(incidents(within))
    names = [role.name for role in within.roles]
    held = draw(st.one_of(st.just(names), st.lists(st.sampled_from(names), max_size=4, unique=True)))
    update = draw(st.one_of(st.none(), entries(within, kinds=("update",))))
    resolution = draw(st.one_of(st.none(), entries(within, kinds=("resolved",))))
    return Situation(
        incident=incident,
        roles={name: draw(users) for name in held},
        responders=("U01",),
        last_update=update,
        resolution=None if incident.is_open else resolution,
        problems=draw(st.lists(problems(), max_size=7)),
        paging=draw(any_paging(within)),
        actions=draw(st.sampled_from([None, ActionsNow(1, 0), ActionsNow(10**6, 10**6)])),
        alerts=draw(
            st.sampled_from(
                [
                    None,
                    AlertsNow(1, 1),
                    AlertsNow(10**6, 5, 10**5, 7, 10**5),
                    came_again(draw(words(1024))),
                    failing_checks(draw(words(300))),
                ]
            )
        ),
        tasks=draw(
            st.sampled_from([None, TasksNow(7, 0), TasksNow(300, 300, (task(title=draw(titles)),) * ON_CARD)])
        ),
        links=draw(st.sampled_from([(), tuple(a_link(n, draw(words(100))) for n in range(50))])),
        runbooks=draw(
            st.sampled_from([(), tuple(FittingRunbook(f"r{n}", draw(words(200)), RUNBOOK) for n in range(4))])
        ),
    )


# -- tasks and links ------------------------------------------------------------------------------------------


def working_incident() -> Incident:
    """One that is worked on."""
    return Incident(
        id=1,
        title="T",
        summary="",
        severity="SEV0",
        status="s0",
        private=True,
        drill=False,
        declared_at=NOW,
        declared_by="U01",
    )


def task(
    number: int = 2**53, *, title: str = "Fail over", owner: str | None = None, done: bool = False
) -> Task:
    at, by = (NOW, "U01") if done else (None, None)
    given = {"given_by": "U02", "given_at": NOW} if owner else {}
    return Task(
        id=number, incident_id=1, title=title, owner=owner, created_at=NOW, done_at=at, done_by=by, **given
    )


def a_link(number: int = 1, name: str = "", url: str = RUNBOOK) -> Link:
    return Link(id=number, incident_id=1, url=url, name=name, added_at=NOW, added_by="U01")


def course(told: Sequence[TimelineEntry], since: datetime | None = None) -> Course:
    return Course(told, 10**6, since)


def handover_entry(text: str = "Look at db-2") -> TimelineEntry:
    """Somebody handed the lead over."""
    data = {"roles": ["lead"], "user": "U01", "text": text}
    return TimelineEntry(
        kind="handover", incident_id=1, number=7, occurred_at=NOW, recorded_at=NOW, author="U02", data=data
    )


# -- runbooks -------------------------------------------------------------------------------------------------


def runbook(text: str = "Failover", problem: str | None = None, link: str | None = RUNBOOK) -> RunbookRow:
    """A runbook with as many steps as there may be, each as long as it may be."""
    return RunbookRow(
        name="r" * 40,
        text="# T",
        title=(text * 200)[:200],
        owner="ada",
        link=link,
        steps=[{"text": text}] * MOST_STEPS,
        problem=problem,
        known_at=NOW,
        tested_on=NOW.date(),
        tested_by="U01",
    )


def a_checklist(text: str = "Look", title: str = "Failover") -> Checklist:
    """One whose every second step is done; as many as there may be carry a command."""
    steps: list[dict[str, Any]] = [{"text": (text * LONGEST_STEP)[:LONGEST_STEP]} for _ in range(MOST_STEPS)]
    for step in steps[:MOST_COMMANDS]:
        step["command"] = "rollback"
    ticks = {str(number): {"by": "U01", "at": NOW.isoformat()} for number in range(0, MOST_STEPS, 2)}
    return Checklist(
        id=1,
        incident_id=1,
        name="a",
        title=title[:200],
        link=RUNBOOK,
        steps=steps,
        ticks=ticks,
        posted_by="U01",
    )


def _longest_argv(text: str) -> list[str]:
    """As many characters as there may be."""
    return ["deploy", *[(text * LONGEST_ARGV)[: LONGEST_ARGV // 2 - 6]] * 2]


def command_run(state: str = ASKED, text: str = "x") -> CommandRun:
    """A run with as many words as there may be, and what it wrote."""
    return CommandRun(
        id=1,
        incident_id=1,
        checklist_id=1,
        step=4,
        command="rollback",
        argv=_longest_argv(text),
        state=state,
        asked_at=NOW,
        asked_by="U01",
        decided_at=NOW,
        decided_by="U02",
        ended_at=None if state in (ASKED, COMMAND_QUEUED, RUNNING_COMMAND) else NOW,
        outcome=(text * 300)[:300],
        output=text * 4000,
    )


def a_command(text: str = "x", needs: str = "confirmation") -> Command:
    return Command.model_validate(
        {
            "name": "rollback",
            "argv": _longest_argv(text),
            "allowed": ["everybody"],
            "needs": needs,
        }
    )


# -- pages ----------------------------------------------------------------------------------------------------

PAGE_STATES = (WAITING, RINGING, ACKNOWLEDGED, SNOOZED, EXHAUSTED, RESOLVED)


def page(number: int = 7, state: str = RINGING, **more: Any) -> Page:
    """A page in a state, with the moments that this state has."""
    given: dict[str, Any] = {
        "id": number,
        "incident_id": 1,
        "what": "Checkout is down",
        "policy": "default",
        "service": "checkout",
        "severity": "SEV1",
        "urgency": "high",
        "private": False,
        "drill": False,
        "created_at": NOW,
        "created_by": "U01",
        "state": state,
        "reason": "first step",
        "escalate_at": NOW,
        "ask_at": NOW,
        "snoozed_until": NOW,
        "acknowledged_at": NOW,
        "acknowledged_by": "U02",
        "resolved_at": NOW,
    }
    return Page(**{**given, "life": 0, **more})


def page_status(number: int = 7, state: str = RINGING, **more: Any) -> PageStatus:
    """A page with a ring and what comes next."""
    told = Notification(
        person="ada",
        via="schedule:primary",
        method="slack",
        state=ACKED,
        life=0,
        created_at=NOW,
        leaves_at=NOW,
        accepted_at=NOW,
        acknowledged_at=NOW,
    )
    return PageStatus(page(number, state, **more), [told], (Next(NOW, RINGS, ("bo",)),))


NOTICES = (ASK, NOBODY, SHADOW)


def notice(kind: str, people: list[str] | None = None) -> PageNotice:
    about = {"people": people or ["ada", "U01"]} if kind == NOBODY else {"schedule": "primary"}
    return PageNotice(id=1, page_id=7, kind=kind, to="U02", about=about, created_at=NOW)


@st.composite
def any_statuses(draw: st.DrawFn, within: Config) -> PageStatus:
    """A page with rings of any result to anybody, and anything that may come next."""
    people = st.one_of(users, words(40))
    told = st.builds(
        Notification,
        person=people,
        via=st.one_of(st.just("schedule:gone"), words(120)),
        method=st.sampled_from(["slack", "channel", "sms"]),
        channel=st.just("general"),
        state=st.sampled_from([QUEUED, ACKED, FAILED, STALE]),
        life=st.just(0),
        created_at=st.just(NOW),
        leaves_at=st.sampled_from([NOW, NOW + timedelta(minutes=1)]),
        accepted_at=st.one_of(st.none(), moments),
        failed_at=st.just(NOW),
        problem=st.one_of(st.none(), words(300)),
    )
    coming = st.builds(
        Next,
        at=moments,
        what=st.sampled_from([RINGS, LAST_RESORT, NOBODY_LEFT, ASKS, RINGS_AGAIN]),
        who=st.lists(people, max_size=4).map(tuple),
    )
    return PageStatus(
        draw(any_pages(within)),
        draw(st.lists(told, max_size=2)) * draw(st.sampled_from([1, 4])),
        tuple(draw(st.lists(coming, max_size=2))),
        tuple(draw(st.lists(people, max_size=3))),
        draw(st.sampled_from([None, AlertsNow(1, 1), came_again(draw(words(1024)))])),
    )


@st.composite
def any_paging(draw: st.DrawFn, within: Config) -> PagingNow:
    drawn = draw(st.lists(any_statuses(within), max_size=1)) * draw(st.sampled_from([1, 4]))
    shown = [
        PageStatus(
            page(number, one.page.state, what=one.page.what, reason=one.page.reason),
            one.notifications,
            one.next,
            one.missing,
            one.alerts,
        )
        for number, one in enumerate(drawn, start=1)
    ]
    kinds = st.sampled_from(["backlog", "policy", "severity"])
    unpaged = draw(st.one_of(st.none(), st.builds(Unpaged, kind=kinds, reason=words(200))))
    item = draw(st.sampled_from([None, 7, 2**53]))
    return PagingNow(tuple(shown), None if shown else unpaged, item)


def numbered(of: PageStatus, number: int) -> PageStatus:
    """The same page under another number: in one message each has its own."""
    of.page.id = number
    return of


@st.composite
def any_pages(draw: st.DrawFn, within: Config) -> Page:
    return page(
        draw(st.sampled_from([1, 2**53])),
        draw(st.sampled_from(PAGE_STATES)),
        what=draw(words(300)),
        reason=draw(words(300)),
        service=draw(st.sampled_from([None, *(service.name for service in within.services[:1]), "gone"])),
        severity=draw(st.sampled_from([None, within.severities[0].name, "GONE"])),
        drill=draw(st.booleans()),
        created_by=draw(st.one_of(st.none(), users)),
    )


# -- on call --------------------------------------------------------------------------------------------------

REQUEST_STATES = (OPEN, TAKEN, WITHDRAWN, DECLINED, EXPIRED)
_LATER = NOW + timedelta(hours=8)


@cache
def on_call_config(filler: str = "", count: int = 1) -> Config:
    """As many schedules as `count` says, with titles as long as they may be and made of `filler`."""
    people = [{"name": name, "email": f"{name}@example.com"} for name in ("ada", "bo")]
    people += [{"name": "c" * 40, "email": "c@example.com"}]
    schedules = [
        {
            "name": f"s{n}" + "s" * (36 if filler else 0),
            "title": (filler * 60)[:60].strip() or f"Schedule {n}",
            "owner": "ada",
            "channel": f"c{n}" + "c" * (70 if filler else 0),
            "layers": [{"name": "weekly", "people": ["ada", "bo"], "start": "2026-01-05"}],
        }
        for n in range(count)
    ]
    given = {"organization": "Example Shop", "people": people, "schedules": schedules}
    return Config.model_validate(given)


def shift(schedule: str = "s0", **more: Any) -> Shift:
    given: dict[str, Any] = {
        "schedule": schedule,
        "person": "ada",
        "starts_at": NOW,
        "ends_at": _LATER,
        "reason": "layer weekly",
    }
    return Shift(**{**given, **more})


def request(**more: Any) -> ShiftRequest:
    given: dict[str, Any] = {
        "id": 7,
        "kind": "swap",
        "schedule": "s0",
        "asker": "ada",
        "asked_by": "U01",
        "starts_at": NOW,
        "ends_at": _LATER,
        "other": "bo",
        "other_starts_at": NOW,
        "other_ends_at": _LATER,
        "reason": "",
        "state": OPEN,
        "taker": None,
        "asked_at": NOW,
        "expires_at": _LATER,
    }
    return ShiftRequest(**{**given, **more})


def override(number: int = 7, **more: Any) -> OverrideRow:
    given: dict[str, Any] = {
        "id": number,
        "schedule": "s0",
        "person": "ada",
        "starts_at": NOW,
        "ends_at": _LATER,
        "made_by": "U01",
        "cancelled_by": "U02",
        "reason": "",
        "made_at": NOW,
    }
    return OverrideRow(**{**given, **more})


def feed_link(**more: Any) -> FeedLink:
    return FeedLink(**{"id": 3, "token_hash": "", "person": "ada", "made_by": "U01", "made_at": NOW, **more})


def came_again(text: str) -> AlertsNow:
    """A million alerts of which one says something new, at length."""
    details = short_details({text[:LONGEST_NAME] + str(n): text[:LONGEST_DETAIL] for n in range(9)})
    said = SaidNow(text, details, PERMALINK)
    return AlertsNow(10**6, 5, 10**5, 7, 10**5, 0, 10**7, NOW, newest=said)


def failing_checks(text: str) -> AlertsNow:
    """An incident whose alerts are those of checks."""
    return AlertsNow(
        3, 0, checks=3, failing=(FailingCheck("s0", text, text), FailingCheck("gone", text, text))
    )


# -- alerts ---------------------------------------------------------------------------------------------------


@st.composite
def alerts(draw: st.DrawFn, within: Config) -> Alert:
    """An alert as any tool may send it."""
    return Alert(
        id=draw(st.integers(1, 2**53)),
        integration=draw(st.sampled_from(["prom", "checks"])),
        key=draw(words(255)),
        title=draw(words(1024)),
        source=draw(words(255)),
        details={name: draw(words(200)) for name in ("expected", "free", "&<>")},
        level=draw(st.sampled_from(["critical", "error", "warning", "info", None])),
        service=draw(st.sampled_from([None, "gone", *[one.name for one in within.services[:1]]])),
        links=draw(
            st.sampled_from([[], [{"href": PERMALINK}], [{"src": "x"}], [{"href": "javascript:alert(1)"}]])
        ),
        state=draw(st.sampled_from(["firing", "acknowledged", "resolved"])),
        outcome=draw(st.sampled_from(["incident", "joined", "symptom", "message", "held_back"])),
        incident_id=draw(st.sampled_from([None, 12])),
        count=draw(st.integers(1, 10**6)),
        reason=draw(words(300)),
        first_at=NOW,
        last_at=NOW,
    )


# -- between incidents ----------------------------------------------------------------------------------------

ITEM_STATUSES = STATUSES
BEHIND = Behind(10**6, NOW, NOW, NOW)


def item(number: int = 7, text: str = "T", status: str = "open", **more: Any) -> BacklogItem:
    """An item of the backlog, with this text wherever people or tools write."""
    closed = status in ("done", "declined", "split")
    given: dict[str, Any] = {
        "id": number,
        "kind": "bug",
        "title": " ".join(text.split())[:200] or "T",
        "description": text[:3000],
        "service": "v0",
        "status": status,
        "reason": text[:3000] if status == "declined" else "",
        "milestone": " ".join(text.split())[:60] or None,
        "private": False,
        "origin": "incident",
        "incident_id": 12,
        "created_at": NOW,
        "created_by": "U01",
        "changed_at": NOW,
        "changed_by": "U01",
        "closed_at": NOW if closed else None,
        "closed_by": "U01" if closed else None,
    }
    return BacklogItem(**(given | more))


@st.composite
def items(draw: st.DrawFn, within: Config) -> BacklogItem:
    services = [service.name for service in within.services]
    return item(
        draw(st.sampled_from([1, 2**53])),
        draw(texts),
        draw(st.sampled_from(ITEM_STATUSES)),
        kind=draw(st.sampled_from(["feature", "debt", "bug", "process", "of_a_later_version"])),
        service=draw(st.sampled_from([None, *services[-1:], "gone"])),
        private=draw(st.booleans()),
        origin=draw(st.sampled_from(ORIGINS)),
        incident_id=draw(st.sampled_from([None, 2**53])),
        created_by=draw(st.sampled_from([None, "U01"])),
        owner=draw(st.sampled_from([None, "U01"])),
        part_of=draw(st.sampled_from([None, 2**53])),
        **draw(st.sampled_from([{}, {"impact": "high", "effort": "medium", "judged_at": NOW}])),
    )


FARES = Health(
    10**6, dict.fromkeys(BACKLOG_KINDS, 10**5), timedelta(days=400), timedelta(days=4000), 10**6, 10**6, 10**6
)
GROOMING = Grooming(id=3, occurs_at=NOW, opened_at=NOW, channel="incidents")


def progress(next_item: BacklogItem | None) -> Progress:
    """How far a grooming is."""
    return Progress(next_item, 10**6, 10**6, 10**6, 10**6, 10**6)


def version(number: int, text: str = "T") -> ConfigVersion:
    """A version of the configuration, different from all others."""
    return ConfigVersion(
        number=number,
        digest="d",
        texts={"app.yaml": f"# {number}\n{text}", f"{text[:200]}.yaml": text},
        activated_at=NOW,
        by=text[:120],
        how=text[:60],
    )


def risk(text: str = "T", **more: Any) -> Risk:
    """A risk with this text wherever people write."""
    given: dict[str, Any] = {
        "id": 7,
        "kind": "technical",
        "title": " ".join(text.split())[:200] or "T",
        "description": text[:3000],
        "likelihood": "high",
        "impact": "low",
        "mitigation": text[:3000],
        "owner": "U01",
        "status": "open",
        "review_at": NOW,
        "reviewed_at": NOW,
        "reviewed_by": "U01",
        "created_at": NOW,
        "created_by": "U01",
        "changed_at": NOW,
        "changed_by": "U01",
    }
    return Risk(**(given | more))


def decision(text: str = "T", status: str = "pending", **more: Any) -> Decision:
    """A decision with this text wherever people write."""
    given: dict[str, Any] = {
        "id": 7,
        "question": " ".join(text.split())[:200] or "T",
        "description": text[:3000],
        "owner": "U01",
        "status": status,
        "answer": "" if status == "pending" else text[:3000],
        "due_at": NOW,
        "decided_at": None if status == "pending" else NOW,
        "decided_by": None if status == "pending" else "U01",
        "created_at": NOW,
        "created_by": "U01",
        "changed_at": NOW,
        "changed_by": "U01",
    }
    return Decision(**(given | more))


def results(text: str, incident: Incident | None = None) -> Results:
    """Six of what was found, in the middle of them, with this text wherever people write."""
    terms = terms_of(text)
    pieces = excerpt(text, terms, longest=LONGEST_EXCERPT)
    of = incident or Incident(
        id=7,
        title=text[:LONGEST_TITLE],
        severity="SEV0",
        status="s0",
        private=True,
        drill=True,
        declared_at=NOW,
        declared_by="U01",
        channel_id="C0123ABC",
    )
    found = [
        Found(kind, 10**9, "", text[:LONGEST_TITLE], NOW, of, pieces, 1000) for kind in ("incident", "review")
    ]
    found += [
        Found(kind, 10**9, "", text[:LONGEST_TITLE], NOW, None, pieces, 1, "in progress", True, True)
        for kind in ("decision", "backlog", "action", "risk")
    ]
    found.append(Found("runbook", 0, "r" * 40, text[:LONGEST_TITLE], None, None, pieces, 1))
    return Results(terms or (Term(("x",)),), 60, True, True, 1, found)


def plan(text: str = "T", status: str = "asking", **more: Any) -> MaintenancePlan:
    """A planning interview with this text wherever people write."""
    said = dict.fromkeys(("text", "todo", "again", "risks"), text[:3000])
    given: dict[str, Any] = {
        "id": 2**53,
        "title": " ".join(text.split())[:200] or "T",
        "user_id": "U01",
        "status": status,
        "position": 9,
        "refining": False,
        "answers": {area.name: said for area in AREAS},
        "made": {"items": [2**53] * 200, "risks": [2**53] * 200, "tasks": [text[:200]] * 90},
        "completed_at": NOW,
    }
    return MaintenancePlan(**(given | more))


# The longest that GitHub has.
REPOSITORY = "o" * 39 + "/" + "r" * 100
ISSUE = f"https://github.com/{REPOSITORY}/issues/1000000"
GITHUB = GitHub.model_validate({"repository": "acme/operations"})


def action_item(number: int = 7, text: str = "T", status: str = "open", **more: Any) -> ActionItem:
    """An action item, with this text wherever people write."""
    closed = status in ("done", "dropped")
    given: dict[str, Any] = {
        "id": number,
        "title": " ".join(text.split())[:200] or "T",
        "description": text[:3000],
        "service": "v0",
        "owner": "U01",
        "due_on": NOW.date(),
        "impact": "high",
        "effort": "low",
        "status": status,
        "reason": text[:3000] if status == "dropped" else "",
        "private": False,
        "drill": False,
        "origin": "incident",
        "incident_id": 12,
        "created_at": NOW,
        "created_by": "U02",
        "changed_at": NOW,
        "changed_by": "U02",
        "closed_at": NOW if closed else None,
        "closed_by": "U02" if closed else None,
        "issue_wanted": False,
    }
    return ActionItem(**(given | more))


@st.composite
def action_items(draw: st.DrawFn, within: Config) -> ActionItem:
    services = [service.name for service in within.services]
    levels = st.sampled_from([None, "high", "medium", "low"])
    issue = draw(st.booleans())
    return action_item(
        draw(st.sampled_from([1, 2**53])),
        draw(texts),
        draw(st.sampled_from(ACTION_STATUSES)),
        service=draw(st.sampled_from([None, *services[-1:], "gone"])),
        due_on=NOW.date() + timedelta(days=draw(st.sampled_from([-1500, -3, -1, 0, 2, 1800]))),
        impact=draw(levels),
        effort=draw(levels),
        private=draw(st.booleans()),
        drill=draw(st.booleans()),
        origin=draw(st.sampled_from(ACTION_ORIGINS)),
        incident_id=draw(st.sampled_from([None, 2**53])),
        created_by=draw(st.sampled_from([None, "U01"])),
        issue_repository=REPOSITORY if issue else None,
        issue_number=10**6 if issue else None,
    )


def review(text: str = "T", integration: str = "am", service: str | None = "v0", count: int = 1) -> Review:
    """A review of as many weeks as there may be, with so many rules on the page."""
    figures = Figures(10**6, 10**6, 10**5, 10**6, 10**6, 10**6)
    rule = RuleFigures(
        Rule(integration, (text.casefold() or "t")[:255], service),
        text[:1024],
        figures,
        (10**5,) * MOST_WEEKS,
    )
    sources = [SourceFigures(integration, figures, (10**5,) * MOST_WEEKS)] * count
    return Review(NOW - timedelta(weeks=MOST_WEEKS), NOW, [rule] * count, 100, figures, sources)


# -- timeline entries -----------------------------------------------------------------------------------------


# A file of a message.
attached = st.fixed_dictionaries(
    {"name": words(255)},
    optional={"link": st.just(PERMALINK), "image": st.just(True), "alt": words(500)},
)


def _data(within: Config) -> dict[str, st.SearchStrategy[dict[str, Any]]]:
    severity = st.sampled_from([within.severities[0].name, within.severities[-1].name, "GONE"])
    status = st.sampled_from([within.statuses[0].name, within.statuses[-1].name, "gone"])
    role = st.sampled_from([within.roles[0].name, within.roles[-1].name, "gone"])
    because = {"text": texts}
    moved = {"before": status, "after": status}
    some = st.fixed_dictionaries
    named_alert = {
        "title": words(300),
        "integration": words(80),
        "service": st.sampled_from([None, "checkout", "gone"]),
    }
    trouble = {"what": words(200), "problem": words(100), "mend": words(500)}
    changes = ("added", "started", "done", "dropped", "reopened", "handed over")
    item = {"item": st.integers(1, 10**6), "title": titles, "owner": users, "due": st.just("2026-12-01")}
    name = st.sampled_from(["gone", *(one.name for one in within.fields[:5])])
    change = some({"label": words(60)}, optional={"before": words(200), "after": words(200)})
    return {
        "type": some({}, optional={"before": st.just("gone"), "after": st.sampled_from(["gone", "t0"])}),
        "fields": some(
            {"changes": st.dictionaries(name, change, min_size=1)},
            optional={"rule": st.just("by-region"), "because": words(300)},
        ),
        "fields_missing": some({"labels": st.lists(words(60), min_size=1, max_size=20)}),
        "declared": some(
            {"title": titles, "severity": severity},
            optional={
                "service": st.just("checkout"),
                "summary": texts,
                "private": st.just(True),
                "drill": st.just(True),
                "retrospective": st.just(True),
            },
        ),
        "over": some({"known": st.booleans()}),
        "status": some(moved, optional=because),
        "reopened": some(moved, optional=because),
        "resolved": some(moved, optional={**because, "open_tasks": st.integers(1, 300)}),
        "closed": some(
            moved,
            optional=because
            | {"reason": st.sampled_from(["Duplicate", "<!channel>"]), "instead": st.integers(1, 2**53)},
        ),
        "stands_for": some({"other": st.integers(1, 2**53)}),
        "merged": some({"into": st.integers(1, 2**53)}, optional=because),
        "merged_in": some(
            {"other": st.integers(1, 2**53), "title": titles},
            optional=because
            | {
                "moved": st.just({"alerts": 3, "action_items": 1}),
                "roles": st.dictionaries(role, users, max_size=3),
            },
        ),
        "related": some({"other": st.integers(1, 2**53)}),
        "unrelated": some({"other": st.integers(1, 2**53)}),
        "archived": some({}),
        "unarchived": some({}),
        "severity": some({"before": severity, "after": severity, "raised": st.booleans()}, optional=because),
        "role": some({"role": role, "user": users}, optional={"before": users}),
        "handover": st.integers(1, 3).flatmap(
            lambda many: some(
                {"roles": st.lists(role, min_size=many, max_size=many), "user": users},
                optional={"text": texts, "before": st.lists(users, min_size=many, max_size=many)},
            )
        ),
        "joined": some({"user": users}),
        "invited": some(
            {
                "service": st.sampled_from(["checkout", "gone"]),
                "users": st.lists(users, min_size=1, max_size=100),
            }
        ),
        "left": some({"user": users}),
        "update": some({"text": texts}, optional={"impact": texts, "next_at": st.just(NOW.isoformat())}),
        "note": some({"text": texts}),
        "title": some({"before": titles, "after": titles}),
        "summary": some({"before": st.just(""), "after": st.one_of(st.just(""), texts)}),
        "began": some({"at": st.just(NOW.isoformat())}, optional={"before": st.just(NOW.isoformat())}),
        "message": some(
            {"text": texts, "kept_by": users, "how": st.just("pin")},
            optional={
                "app": words(80),
                "permalink": st.just(PERMALINK),
                "files": st.lists(st.one_of(words(255), attached), max_size=10),
            },
        ),
        "automation": some(
            {
                "what": st.sampled_from(
                    ["message", "invite", "tasks", "webhook", "left_out", "failed", "gone"]
                ),
                "rule": st.just("tell-support"),
                "because": words(300),
                "action": st.just("message"),
                "problem": words(300),
            },
            optional={
                "channel": st.just("support"),
                "webhook": st.just("status-page"),
                "group": st.just("sre"),
                "tasks": st.lists(st.integers(1, 10**6), min_size=1, max_size=10),
                "people": st.integers(0, 3),
                "mend": words(300),
            },
        ),
        "runbook": some(
            {"name": st.just("failover"), "title": words(200)},
            optional={"rule": st.just("take-care"), "because": words(300)},
        ),
        "runbook_step": some(
            {"title": words(200), "step": st.integers(1, 40), "text": words(200)},
            optional={"undone": st.just(True)},
        ),
        "command": some(
            {
                "what": st.sampled_from(
                    ["confirmed", "asked", "approved", "declined", "done", "failed", "unknown"]
                ),
                "command": st.just("rollback"),
                "step": st.integers(1, 40),
            },
            optional={
                "argv": st.lists(words(500), min_size=1, max_size=3),
                "outcome": words(300),
                "output": words(1000),
            },
        ),
        "backlog_item": some({"item": st.integers(1, 10**6)}),
        "task": some(
            {
                "task": st.integers(1, 10**6),
                "change": st.sampled_from(
                    ("added", "taken", "given", "put back", "renamed", "done", "reopened")
                ),
                "title": titles,
                "former": titles,
            },
            optional={"user": users, "before": users},
        ),
        "link": some(
            {"change": st.sampled_from(("added", "removed")), "url": st.just("https://example.com/?a=1&b=2")},
            optional={"title": words(100)},
        ),
        "action_item": st.one_of(
            some(
                {**item, "change": st.sampled_from(changes), "before": users},
                optional={"text": texts, "via": st.just("github")},
            ),
            some({**item, "change": st.just("due"), "before": st.just("2026-11-30")}),
            some({**item, "change": st.just("renamed"), "before": titles}),
        ),
        "channel": some({"name": st.just("inc-1-checkout")}),
        "channel_renamed": some({"name": st.just("inc-1-redacted")}),
        "failed": some(trouble),
        "given_up": some(trouble),
        "mended": some({"what": words(200)}),
        "exported": some({}),
        "page_opened": some({"page": st.just(7), "text": titles, "policy": words(120)}),
        "page_waits": some({"page": st.just(7), "until": st.just(NOW.isoformat()), "reason": words(300)}),
        "paged": some(
            {
                "page": st.just(7),
                "people": st.lists(st.one_of(users, words(40)), max_size=3),
                "reason": words(300),
                "urgency": st.sampled_from(["high", "low"]),
            },
            optional={
                "via": st.lists(
                    st.tuples(
                        st.sampled_from(["schedule:primary", "person:ada", "group:sre"]), words(60)
                    ).map(list),
                    max_size=3,
                )
            },
        ),
        "page_state": some(
            {
                "page": st.just(7),
                "to": st.one_of(users, words(40)),
                "method": st.just("slack"),
                "state": st.sampled_from(["accepted", "delivered", "seen", "failed", "late"]),
            },
            optional={"text": words(300)},
        ),
        "page_acknowledged": some(
            {"page": st.just(7)},
            optional={"how": st.just("link"), "missing": st.lists(words(40), max_size=3)},
        ),
        "page_unacknowledged": some({"page": st.just(7)}),
        "page_snoozed": some({"page": st.just(7), "until": st.just(NOW.isoformat())}),
        "page_reassigned": some({"page": st.just(7), "to": st.one_of(users, words(40))}),
        "page_asked": some({"page": st.just(7)}, optional={"user": users}),
        "page_confirmed": some({"page": st.just(7)}),
        "page_nobody": some(
            {"page": st.just(7), "people": st.lists(words(40), max_size=9), "reason": words(300)}
        ),
        "page_resolved": some({"page": st.just(7), "reason": words(300)}),
        "alert": some(
            {**named_alert, "reason": words(300)}, optional={"expected": words(300), "seen": words(300)}
        ),
        "alert_root": some({**named_alert, "reason": words(300)}, optional={"before": st.just("checkout")}),
        "alert_acknowledged": some(named_alert),
        "alert_flaps": some({**named_alert, "times": st.integers(2, 100)}),
        "alert_resolved": some({**named_alert, "count": st.integers(1, 10**6)}),
        "alerts_over": some({"count": st.integers(1, 10**6)}),
        "alerts_after_storm": some(
            {"count": st.integers(1, 10**6)}, optional={"service": st.just("checkout")}
        ),
        "change": some(
            {"text": words(1000), "service": st.just("checkout"), "integration": st.just("github")},
            optional={"link": st.just(PERMALINK)},
        ),
        "maintenance": some(
            {
                "what": st.sampled_from(["began", "extended", "over"]),
                "window": st.integers(1, 10**6),
                "services": st.lists(st.sampled_from(["checkout", "gone"]), max_size=9),
                "until": st.just(NOW.isoformat()),
            },
            optional={"text": words(200), "silenced": st.integers(0, 10**6)},
        ),
        "review": some(
            {
                "what": st.sampled_from(
                    [
                        "began",
                        "held",
                        "went_on",
                        "owner",
                        "step_done",
                        "step_skipped",
                        "step_open",
                        "published",
                        "done",
                        "waived",
                    ]
                )
            },
            optional={
                "owner": st.one_of(users, words(40)),
                "until": st.just(NOW.isoformat()),
                "step": words(60),
                "version": st.integers(1, 99),
                "text": texts,
            },
        ),
        **{kind: some({"entry": st.just(3), "why": words(300)}) for kind in ("hidden", "shown")},
        "corrected": some({"entry": st.just(3), "text": texts, "why": words(300)}),
        "retimed": some({"entry": st.just(3), "at": st.just(NOW.isoformat()), "why": words(300)}),
        "redacted": some({"entry": st.just(3), "why": words(300), "left": st.just({"3": "0" * 64})}),
        "message_edited": some({"entry": st.just(3), "text": texts, "files": st.lists(attached, max_size=9)}),
        "message_deleted": some({"entry": st.just(3)}),
        "of_a_later_version": some({"text": texts}),
    }


KINDS = tuple(_data(config()))


@st.composite
def entries(draw: st.DrawFn, within: Config, kinds: tuple[str, ...] = KINDS) -> TimelineEntry:
    kind = draw(st.sampled_from(kinds))
    return TimelineEntry(
        incident_id=1,
        number=1,
        kind=kind,
        occurred_at=draw(moments),
        recorded_at=NOW,
        author=draw(st.one_of(st.none(), users)),
        data=draw(_data(within)[kind]),
        source=None,
        previous_hash="",
        hash="",
        amended=draw(st.one_of(st.none(), amendments)),
    )


def note_entry(text: str = "The cache was full") -> TimelineEntry:
    """A note, as somebody wrote it."""
    return TimelineEntry(
        incident_id=1,
        number=3,
        kind="note",
        occurred_at=NOW,
        recorded_at=NOW,
        author="U01",
        data={"text": text},
    )


@st.composite
def _amended(draw: st.DrawFn) -> dict[str, Any]:
    kinds = draw(st.lists(st.sampled_from(sorted(AMENDMENTS)), min_size=1, max_size=4))
    by = draw(st.one_of(st.none(), users))
    why = draw(st.one_of(st.none(), words(300)))
    marks = [{"number": 9, "kind": kind, "by": by, "at": NOW.isoformat(), "why": why} for kind in kinds]
    first = {"data": {"text": draw(texts)}, "occurred_at": draw(moments).isoformat()}
    return {"recorded": first, "marks": marks}


# What became of an entry.
amendments = _amended()


# -- how people are paged -------------------------------------------------------------------------------------


def how_paged(text: str = "My phone", count: int = 3) -> HowPaged:
    """Contact methods in all their states, and rules for them, with this text wherever people or providers write."""
    methods = [
        ContactMethod(
            id=number,
            user_id="U01",
            kind=KINDS_OF_METHODS[number % len(KINDS_OF_METHODS)],
            label=text[:LONGEST_LABEL],
            address="encrypted",
            verified_at=NOW if number % 3 else None,
            disabled_at=NOW if number % 3 == 2 else None,
            tried_at=NOW,
            problem=text[:200],
        )
        for number in range(count)
    ]
    rules = [
        NotificationRule(
            id=number,
            user_id="U01",
            urgency="high" if number % 2 else "low",
            delay_seconds=60 * number,
            contact_method_id=number if number % 2 else None,
        )
        for number in range(count * 2)
    ]
    quiet = QuietHours(user_id="U01", begins=22 * 60, ends=7 * 60, timezone="Europe/Berlin")
    shown = {method.id: f"{text[:2]}…{text[-3:]}" for method in methods}
    return HowPaged(methods, shown, rules, quiet, agreed=count % 2 == 0, can_add=True)


def checks_config(count: int = 3, text: str = "T") -> Config:
    """An organization with so many checks, each of a service of its own."""
    services = [{"name": f"v{n}", "title": text, "owner": "O"} for n in range(count)]
    checks = [
        {"name": f"c{n}", "title": text, "service": f"v{n}", "command": {"argv": ["true"]}}
        for n in range(count)
    ]
    slos = [{"name": "s0", "title": text, "check": "c0", "target": 99.9}]
    return Config.model_validate({"organization": "O", "services": services, "checks": checks, "slos": slos})


def check_state(name: str, state: str = "failing", text: str = "T") -> CheckState:
    return CheckState(
        name=name,
        state=state,
        severity="P1" if state == "failing" else None,
        since_at=NOW,
        ran_at=None if state == "unknown" else NOW,
        ok=state == "passing",
        expected=text[:300],
        seen=text[:300],
        latency_ms=12.5,
        silenced_until=NOW + timedelta(hours=1),
    )


MAINTENANCE_STATES = ("planned", "running", "over", "called off")


def maintenance_window(
    state: str = "running", text: str = "T", services: Sequence[str] = ("v0",), number: int = 1
) -> MaintenanceWindow:
    start = NOW + timedelta(hours=1) if state in ("planned", "called off") else NOW - timedelta(hours=1)
    return MaintenanceWindow(
        id=number,
        services=list(services),
        starts_at=start,
        ends_at=start + timedelta(hours=3),
        reason=text[:200],
        made_by="U01",
        made_at=NOW,
        began_at=start if state in ("running", "over") else None,
        ended_at=NOW if state in ("over", "called off") else None,
        ended_by="U02" if state in ("over", "called off") else None,
        silenced=number,
    )


def maintenance_standings(count: int, text: str = "T", services: Sequence[str] = ("v0",)) -> list[Standing]:
    """So many windows, of people and of app.yaml in turn."""
    found = []
    for number in range(1, count + 1):
        row = maintenance_window("running" if number % 3 else "planned", text, services, number)
        window = Window(row.starts_at, row.ends_at)
        plan = Plan(
            f"w{number}", ZoneInfo("UTC"), tuple(services), window, budget=timedelta(hours=2), number=number
        )
        is_own = number % 2 == 0
        used = timedelta(hours=number)
        found.append(Standing(plan, window, number % 3 > 0, used, row if is_own else None))
    return found
