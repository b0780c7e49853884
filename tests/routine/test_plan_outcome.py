"""What follows from the answers of the planning interview."""

from datetime import UTC, datetime

import yaml

from bot.config.sections.routine_tasks import RoutineTask
from bot.routine import plan_outcome
from bot.routine.plan_questions import AREAS
from bot.routine.rhythms import CADENCES

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_how_often_is_read_from_the_beginning_of_a_line() -> None:
    said = {
        "text": "x",
        "again": "Every two weeks: meet\ndaily look\n- Quarterly – drill\nwipe the disks\n1. yearly, plan",
    }
    found = {task.title: task.cadence for task in plan_outcome.tasks({"operations": said})}
    assert found == {
        "meet": "every two weeks",
        "look": "daily",
        "drill": "quarterly",
        "wipe the disks": "monthly",
        "plan": "yearly",
    }


def test_tasks_of_one_name_are_told_apart() -> None:
    said = {"text": "x", "again": "Проверить копии\nСменить ключи\nweekly: Проверить копии"}
    found = plan_outcome.tasks({"operations": said})
    assert [(task.name, task.title) for task in found] == [
        ("task", "Проверить копии"),
        ("task-2", "Сменить ключи"),
    ]
    written = yaml.safe_load(plan_outcome.app_yaml(found))["routine_tasks"]
    assert [task["title"] for task in written] == ["Проверить копии", "Сменить ключи"]


def test_what_is_written_for_app_yaml_is_taken_by_it() -> None:
    known = [task for area in AREAS for task in area.tasks]
    again = "Restore a snapshot: all of it # at once\nweekly: 12 'quoted' \"words\"\ndaily: " + "long " * 60
    found = [*known, *plan_outcome.tasks({"operations": {"text": "x", "again": again}})]
    written = yaml.safe_load(plan_outcome.app_yaml(found))["routine_tasks"]
    taken = [RoutineTask.model_validate(task) for task in written]
    assert [task.name for task in taken] == [task.name for task in found]


def test_what_was_passed_over_is_a_risk_and_what_has_gaps_is_offered() -> None:
    answers = {"operations": {"text": "Daily rounds by the dashboard", "risks": "Nobody knows how"}}
    risks = plan_outcome.risks(answers)
    assert [risk.title for risk in risks][:2] == ["Nobody knows how", f"Nothing is planned: {AREAS[1].title}"]
    assert len(risks) == len(AREAS)
    (item,) = plan_outcome.items(answers)
    assert not item.wanted
    assert "finding the cause of trouble" in item.description
    assert "the daily rounds" not in item.description


def test_every_area_has_what_the_interview_needs() -> None:
    assert len(AREAS) == 10
    assert len({area.name for area in AREAS}) == 10
    names = [task.name for area in AREAS for task in area.tasks]
    assert len(names) == len(set(names))
    for area in AREAS:
        assert len(area.hints) >= 6
        assert all(task.cadence in CADENCES for task in area.tasks)


def test_the_plan_is_markdown_with_lines_for_app_yaml() -> None:
    answers = {"data": {"text": "Backups each night", "todo": "Buy disks", "again": "weekly: restore"}}
    text = plan_outcome.markdown("Checkout", answers, by="Ada", at=NOW)
    assert text.startswith("# Checkout\n\nMade 2026-11-21 in an interview with Ada.\n\n## In short\n\n- **")
    assert "**To do**\n\n- Buy disks" in text
    assert "Not spoken of: changes of the schema" in text
    lines = yaml.safe_load(text.split("```yaml\n")[1].split("```")[0])["routine_tasks"]
    assert [task["name"] for task in lines] == ["restore", "backup-check", "restore-test"]
