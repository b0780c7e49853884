"""What follows from the answers: gaps, the plan as Markdown, and what could be made from it. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Any

import yaml

from bot.backlog.rows import PROCESS
from bot.core.texts import LONGEST_TITLE, one_line
from bot.routine.plan_questions import AREAS, Area, Hint, Task
from bot.routine.rhythms import MONTHLY, SAID_FOR, as_yaml
from bot.routine.task_rows import LONGEST_TASK

# Of each kind for each area: as many as one menu of Slack's holds, together with what is missing.
MOST_LINES = 8

Answers = Mapping[str, Any]


@dataclass(frozen=True)
class Proposal:
    """Something that could be made: `key` names it within its plan; `wanted` whether it is chosen unless somebody says
    otherwise.
    """

    key: str
    kind: str
    title: str
    description: str
    wanted: bool


def said(answers: Answers, area: Area, part: str = "text") -> str:
    return str((answers.get(area.name) or {}).get(part) or "")


def lines(text: str) -> list[str]:
    """What stands a line each, without the marks of a list."""
    found = (_cleaned(re.sub(r"^\s*(?:[-*•]|\d+[.)])\s+", "", line)) for line in text.splitlines())
    return [line[:LONGEST_TITLE] for line in found if line]


def _cleaned(line: str) -> str:
    return one_line("".join(letter if letter.isprintable() else " " for letter in line))


def unspoken(area: Area, text: str) -> list[Hint]:
    """What the answer says nothing of, as far as its words tell."""
    return [hint for hint in area.hints if not _mentions(text, hint.words)]


def _mentions(text: str, words: tuple[str, ...]) -> bool:
    return _any_of(words).search(text) is not None


@cache
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})", re.IGNORECASE)


def tasks(answers: Answers) -> list[Task]:
    """What is done again and again: what people wrote, and what their answers call for."""
    found: dict[str, Task] = {}
    for area in AREAS:
        for line in lines(said(answers, area, "again")):
            task = _task(line)
            name, number = task.name, 1
            while name in found and found[name].title != task.title:
                number += 1
                name = f"{task.name[:36]}-{number}"
            found.setdefault(name, replace(task, name=name))
        text = said(answers, area)
        for task in area.tasks:
            if _mentions(text, task.words):
                found.setdefault(task.name, task)
    return list(found.values())


def _task(line: str) -> Task:
    """ "weekly: restore a backup"; without one of these words in front it is monthly."""
    for words, cadence in SAID_FOR.items():
        match = re.match(rf"{words}\b[\s:,–-]*(.+)", line, re.IGNORECASE)
        if match:
            return Task(_slug(match[1]), match[1], cadence, ())
    return Task(_slug(line), line, MONTHLY, ())


def _slug(text: str) -> str:
    words = re.findall(r"[a-z0-9]+", text.lower())
    return "-".join(words)[:40].strip("-") or "task"


def titled(text: str) -> tuple[str, str]:
    """Title and description of a task: what a title has no room for is kept whole in the second."""
    return (text, "") if len(text) <= LONGEST_TASK else (text[: LONGEST_TASK - 1].rstrip() + "…", text)


def app_yaml(found: list[Task]) -> str:
    """As lines for app.yaml, where routine tasks stand."""
    made = []
    for task in found:
        title, description = titled(task.title)
        more = f"description: {_quoted(description)}, " if description else ""
        said = f"name: {_quoted(task.name)}, title: {_quoted(title)}, {more}cadence: {as_yaml(task.cadence)}"
        made.append(f"  - {{ {said} }}")
    return "\n".join(["routine_tasks:", *made])


def _quoted(text: str) -> str:
    """A text as YAML, on one line."""
    written: str = yaml.safe_dump(text, allow_unicode=True, default_style='"', width=10_000)
    return written.strip()


def items(answers: Answers) -> list[Proposal]:
    """What could go into the backlog: what people wrote, and, unless they want it, no more."""
    return [*_written_items(answers), *_missing(answers)]


def _written_items(answers: Answers) -> Iterator[Proposal]:
    for area in AREAS:
        for number, line in enumerate(lines(said(answers, area, "todo"))):
            yield Proposal(f"{area.name}:{number}", area.item_kind, line, "", True)


def _missing(answers: Answers) -> Iterator[Proposal]:
    for area in AREAS:
        text = said(answers, area)
        left = unspoken(area, text) if text else []
        if left:
            what = ", ".join(hint.text for hint in left)
            description = f"The plan says nothing of: {what}."
            yield Proposal(
                f"{area.name}:missing", PROCESS, f"Complete the plan: {area.title}", description, False
            )


def risks(answers: Answers) -> list[Proposal]:
    """What may go wrong: what people wrote, and what was passed over."""
    found = []
    for area in AREAS:
        for number, line in enumerate(lines(said(answers, area, "risks"))):
            found.append(Proposal(f"{area.name}:{number}", area.risk_kind, line, "", True))
        if not said(answers, area):
            title = f"Nothing is planned: {area.title}"
            found.append(Proposal(f"{area.name}:none", area.risk_kind, title, area.question, True))
    return found


def markdown(title: str, answers: Answers, *, by: str, at: datetime) -> str:
    """The plan, to be kept and to be changed by hand."""
    parts = [f"# {title}", f"Made {at:%Y-%m-%d} in an interview with {by}.", "## In short"]
    for area in AREAS:
        text = said(answers, area)
        first = one_line(text.splitlines()[0])[:200] if text else "nothing is planned"
        parts.append(f"- **{area.title}**: {first}")
    for number, area in enumerate(AREAS, start=1):
        parts += [
            f"## {number}. {area.title}",
            f"*{area.question}*",
            said(answers, area) or "Nothing is planned.",
        ]
        left = unspoken(area, said(answers, area)) if said(answers, area) else []
        if left:
            parts.append("Not spoken of: " + ", ".join(hint.text for hint in left) + ".")
        for part, heading in (("todo", "To do"), ("again", "Again and again"), ("risks", "Risks")):
            some = lines(said(answers, area, part))
            if some:
                parts.append(f"**{heading}**\n\n" + "\n".join(f"- {line}" for line in some))
    found = tasks(answers)
    if found:
        parts += [
            "## Routine tasks",
            "They are made from the plan by choosing them. Who would rather keep them in app.yaml enters these lines there: "
            "a task of app.yaml takes the place of the one of the same name; names, people and times are yours to change.",
            f"```yaml\n{app_yaml(found)}\n```",
        ]
    return _spaced(parts)


def _spaced(parts: list[str]) -> str:
    """Paragraphs with a blank line between them, points of one list without."""
    text = parts[0]
    for before, part in pairwise(parts):
        text += ("\n" if before.startswith("- ") and part.startswith("- ") else "\n\n") + part
    return text + "\n"
