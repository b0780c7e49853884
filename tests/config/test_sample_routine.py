"""The sample switches on the whole routine between incidents: what the maintenance guides ask for, at their pace."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from bot.cadences.cadence import cadence, occurrences
from bot.config import Config, load
from bot.config.calendar import Cadence as Said
from bot.config.sections.routine_tasks import RoutineTask

ROOT = Path(__file__).parents[2]

# By how often they come: each name, and words that its title, checklist or description must have.
TASKS = {
    "day": {
        "backups-verified": "Backups",
        "daily-look": "Alerts of the night; Deployments healthy; Resources; Response times; Error logs; Endpoints; Security",
    },
    "week": {
        "weekly-review": "Performance; Incidents of the week; Alerts tuned; Runbooks; Documents; Contacts; Configuration; Support; all platforms",
        "dependencies-scanned": "Dependencies; Critical ones patched",
        "security-reviewed": "Security updates; Tokens; Permissions",
        "restore-tested": "Restore",
    },
    "month": {
        "credentials-rotated": "Access tokens; revoked",
        "documentation-reviewed": "Procedures; Examples; outdated",
        "capacity-reviewed": "Capacity; performance; How long deployments take",
        "rollback-tested": "Rolled back",
        "backups-examined": "Configuration; Integrity; Restored; Room",
        "databases-maintained": "Slow queries; Indexes; archived; schema",
        "systems-maintained": "Dependencies; container images; Certificates; Logs rotated; Tests; Technical debt",
        "system-reviewed": "Whole system; How we work; New tools; users",
        "tools-updated": "Command line tools; pipelines",
        "security-assessed": "scans; Failed sign-ins",
    },
    "quarter": {
        "access-reviewed": "Who left; Administrators",
        "disaster-drill": "Recovered from backups",
        "slo-reviewed": "Budgets; Objectives still right",
        "infrastructure-optimized": "Infrastructure",
        "security-audited": "Access; ways in",
        "deployments-trained": "Deployment procedures",
    },
    "year": {
        "penetration-tested": "Penetration test",
        "compliance-audited": "Compliance",
        "architecture-reviewed": "Architecture",
        "recovery-plan-updated": "recovery plan",
        "security-trained": "training",
        "plan-presented": "plan of the year",
    },
}
# Days from one to the next: holidays move them by a few.
APART = {"day": (1, 12), "week": (3, 12), "month": (18, 45), "quarter": (75, 110), "year": (340, 390)}


@pytest.fixture(scope="module")
def config() -> Config:
    return load(ROOT / "app.yaml")


def coming(config: Config, said: Said, count: int) -> list[datetime]:
    """The first so many from the beginning of 2026 on, in the organization's wall time."""
    found = []
    for moment in occurrences(cadence(config, said), after=datetime(2026, 1, 1, tzinfo=UTC)):
        found.append(moment.astimezone(config.zone))
        if len(found) == count:
            break
    return found


def words_of(task: RoutineTask) -> str:
    return " ".join([task.title, task.description or "", *task.checklist]).casefold()


def test_every_task_of_the_guides_is_there_and_no_other(config: Config) -> None:
    assert {task.name for task in config.routine_tasks} == {
        name for tasks in TASKS.values() for name in tasks
    }


@pytest.mark.parametrize(("pace", "name"), [(pace, name) for pace in TASKS for name in TASKS[pace]])
def test_a_task_comes_at_its_pace_with_its_points(config: Config, pace: str, name: str) -> None:
    task = config.routine_task(name)
    assert task is not None
    for wanted in TASKS[pace][name].split("; "):
        assert wanted.casefold() in words_of(task), wanted
    at = coming(config, task.cadence, 6)
    shortest, longest = APART[pace]
    for first, second in pairwise(at):
        assert timedelta(days=shortest - 1) < second - first < timedelta(days=longest + 1)
    assert task.owner or task.people, "somebody has it"


def test_the_drill_is_an_incident_and_backups_have_a_check(config: Config) -> None:
    drill, backups = config.routine_task("disaster-drill"), config.routine_task("backups-verified")
    assert drill is not None
    assert drill.drill is not None
    assert backups is not None
    assert backups.check == "nightly-backup"
    check = config.check("nightly-backup")
    assert check is not None
    assert check.severity == "P3"  # a failed backup is told in business hours


def test_the_operations_review_is_every_second_monday_at_ten(config: Config) -> None:
    review = config.recurring_review("operations")
    assert review is not None
    at = coming(config, review.cadence, 6)
    assert {(one.isoweekday(), one.hour, one.minute) for one in at} == {(1, 10, 0)}
    assert {second - first for first, second in pairwise(at)} == {timedelta(days=14)}
    assert [(topic.title, topic.minutes) for topic in review.agenda] == [
        ("Figures", 30),
        ("Feedback", 30),
        ("Improvements", 60),
    ]
    assert all(len(topic.points) >= 4 for topic in review.agenda)
    assert len(review.questions) == 4
    assert len(review.facilitators) > 1
    assert review.remind_before > timedelta(days=2)  # before the weekend


def test_the_other_meetings_and_grooming_come_too(config: Config) -> None:
    paces = {"team-sync": "week", "other-teams": "month", "strategy": "quarter"}
    for name, pace in paces.items():
        review = config.recurring_review(name)
        assert review is not None, name
        at = coming(config, review.cadence, 4)
        shortest, longest = APART[pace]
        assert all(
            timedelta(days=shortest - 1) < second - first < timedelta(days=longest + 1)
            for first, second in pairwise(at)
        )
    grooming = config.backlog.grooming
    assert grooming is not None
    at = coming(config, grooming.cadence, 6)
    assert [one.month for one in at] == [1, 2, 3, 4, 5, 6]
    assert {digest.period for digest in config.digests} == {"daily", "weekly", "monthly", "quarterly"}


def test_severities_and_escalation_have_their_times(config: Config) -> None:
    minutes = [
        None if one.respond_within is None else one.respond_within // timedelta(minutes=1)
        for one in config.severities
    ]
    assert minutes == [15, 60, None, None]
    assert [one.page for one in config.severities[:1]] == ["at_once"]
    assert config.severities[0].review_within == timedelta(hours=24)
    for policy in config.escalation_policies:
        assert policy.last_resort is not None
        assert policy.last_resort.after == timedelta(minutes=30)
    primary = config.schedule("primary")
    assert primary is not None
    assert primary.layers[0].every == timedelta(weeks=1)
    assert primary.shadows.people
    assert config.alerts.maintenance_budget == 4
    assert all(window.budget is None or window.budget <= 4 for window in config.maintenance)


def test_a_major_and_a_critical_incident_begin_with_what_the_playbook_asks_for(config: Config) -> None:
    """Level 2: roll back if that helps, and tell those who wait. Level 3: all that, those who steer, each step ticked."""
    rules = {rule.name: rule for rule in config.automation}
    for name, severity, words in (
        ("major", "SEV2", "roll back; wait"),
        ("became-major", "SEV2", "roll back; wait"),
        ("critical", "SEV1", "roll back; recover; steer; status page"),
    ):
        assert rules[name].conditions.severities == (severity,)
        tasks = " ".join(task for step in rules[name].then for task in step.tasks or ())
        for wanted in words.split("; "):
            assert wanted in tasks, (name, wanted)
    assert [step.checklist for step in rules["critical"].then if step.checklist] == ["incident-response"]


def test_the_runbooks_are_there() -> None:
    assert {file.stem for file in (ROOT / "runbooks").glob("*.md")} == {
        "database-failover",
        "cache-refresh",
        "certificate-renewal",
        "disk-cleanup",
        "restart-sequence",
        "deployment-rollback",
        "incident-response",
    }


def _bare(found: re.Match[str]) -> str:
    is_include = re.match(r"  - (people|services/\*)\.yaml", found[2])
    return "" if is_include else f"{found[1] or ''}{found[2]}"


def test_what_is_commented_out_loads_once_the_signs_are_taken_away(tmp_path: Path) -> None:
    """Checks and objectives that need a company's own addresses, and programs that it must have."""
    text = (ROOT / "app.yaml").read_text()
    bare = re.sub(
        r"^(  )?# (- name: .*|  +\S.*|slos:|github:|types:|fields:)$", _bare, text, flags=re.MULTILINE
    )
    file = tmp_path / "app.yaml"
    file.write_text(bare)
    (tmp_path / "runbooks").mkdir()
    config = load(file)
    checks = {check.name: check for check in config.checks}
    assert len(checks) == 10
    assert {objective.name: objective.target for objective in config.slos} == {
        "availability": 99.9,
        "latency": 95,
        "errors": 99.9,
    }
    page = checks["checkout-page"]
    assert [(one.above, one.severity) for one in page.thresholds] == [(1000, "P3"), (2000, "P2")]
    commands = [task.name for task in config.routine_tasks if task.command is not None]
    assert commands == ["deployment-status", "deployment-logs", "deployment-verified"]
    assert config.github is not None
    assert [one.name for one in config.types] == ["outage", "security"]
    assert [one.name for one in config.fields] == ["region", "customers", "cause"]
    assert yaml.safe_load(bare)["organization"] == "Example Shop"


def test_what_a_team_has_yet_to_decide_is_asked_a_few_a_week(config: Config) -> None:
    """The memo's open areas: all of its chapters, none due with too many others."""
    names = {one.name for one in config.decisions}
    assert {"priorities", "severity-levels", "backups", "access", "compliance", "technology"} <= names
    assert len(names) == len(config.decisions) >= 30
    weeks = Counter(one.due_within for one in config.decisions)
    assert max(weeks.values()) <= 3
