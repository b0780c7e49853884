"""A runbook's Markdown: what it is called, what it is for, and its steps. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from bot.config import Config, references, wording
from bot.config.fields import Section
from bot.config.near import near
from bot.config.problems import ConfigProblem, Flaw, Path, listed, shown
from bot.config.sections.runbooks import FrontMatter, RunbookPage
from bot.config.source import parse as parse_yaml
from bot.core.texts import storable

if TYPE_CHECKING:
    from markdown_it.token import Token

# What one message of Slack's has room for, with a button beside each step.
MOST_STEPS = 40
MOST_COMMANDS = 5
LONGEST_STEP = 600
LONGEST_NAME = 200
LONGEST_PAGE = 100_000
COMMAND = "command:"
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_TASK = ("[ ] ", "[x] ", "[X] ")
_CARRIED = re.compile(r"\[([^\]\n]+)\]\(command:([^)\s]+)\)")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]")
_FENCE = re.compile(r"[ \t]*(?:```|~~~)")


@dataclass(frozen=True)
class Step:
    """One thing to do, in plain text; `command` is the name of the one that it carries."""

    text: str
    command: str | None = None


@dataclass(frozen=True)
class Runbook:
    """A runbook as it stands in its file and in app.yaml."""

    name: str
    title: str
    steps: tuple[Step, ...]
    owner: str | None = None
    services: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    link: str | None = None
    tested: date | None = None


class UnfitRunbook(Exception):
    """What is wrong with a runbook, each with its line."""

    def __init__(self, problems: Sequence[ConfigProblem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class _Around(Section):
    page: FrontMatter


def parse(name: str, text: str, config: Config, *, file: str) -> Runbook:
    """The runbook of this name; raises UnfitRunbook with everything that is wrong, as file:line.

    What app.yaml says of it comes beside what its front matter says; its owner there wins.
    """
    text = storable(text).replace("\r\n", "\n")
    if len(text) > LONGEST_PAGE:
        raise UnfitRunbook(
            [ConfigProblem(file, None, "", f"is {len(text)} characters long", f"at most {LONGEST_PAGE}")]
        )
    front, body, problems = _split(text, config, file)
    title, steps, found = _read(body)
    title = (front.title if front is not None else None) or title
    if not title:
        problems.append(
            ConfigProblem(file, None, "", "has no title", "a heading, such as # Database failover")
        )
    if not steps:
        problems.append(
            ConfigProblem(
                file, None, "", "has no steps", "numbered items, or tasks such as - [ ] Look at the lag"
            )
        )
    for line, problem, allowed, meant in (*found, *_unfit_commands(steps, config)):
        problems.append(ConfigProblem(file, line, "", problem, allowed, meant))
    if problems or front is None:
        raise UnfitRunbook(sorted(problems, key=lambda problem: problem.line or 0))
    return _with(front, config.runbooks.page(name), name, title, tuple(step for _, step in steps))


def _with(
    front: FrontMatter, page: RunbookPage | None, name: str, title: str, steps: tuple[Step, ...]
) -> Runbook:
    def both(key: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*getattr(front, key), *(getattr(page, key) if page else ()))))

    return Runbook(
        name,
        title[:LONGEST_NAME],
        steps,
        owner=(page.owner if page else None) or front.owner,
        services=both("services"),
        checks=both("checks"),
        severities=both("severities"),
        link=front.link or (page.url if page else None),
        tested=front.tested,
    )


def body_of(text: str) -> str:
    """What people read of it: all but the front matter."""
    return _FRONT_MATTER.sub("", text.replace("\r\n", "\n"), count=1)


def lines_of(text: str) -> list[str]:
    """The same for readers to whom nothing renders Markdown: each item is one line however it was wrapped, and what a
    step runs has its name.
    """
    found: list[str] = []
    is_code = goes_on = False
    for line in body_of(text).strip().split("\n"):
        is_fence = _FENCE.match(line) is not None
        begins = _ITEM.match(line) is not None
        if goes_on and not (is_fence or begins) and line[:1] in (" ", "\t") and line.strip():
            found[-1] += f" {line.strip()}"
            continue
        is_code = is_code != is_fence
        goes_on = begins and not is_code
        found.append(line)
    return [_CARRIED.sub(r"\1 (`\2`)", line) for line in found]


def _split(text: str, config: Config, file: str) -> tuple[FrontMatter | None, str, list[ConfigProblem]]:
    """The front matter and the rest, which keeps its lines."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return FrontMatter(), text, []
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        problem = ConfigProblem(file, 1, "", "the front matter has no end", "a second line ---")
        return None, "", [problem]
    body = "\n".join([""] * (end + 1) + lines[end + 1 :])
    written = "\n".join(["", *lines[1:end]])
    if not written.strip():
        return FrontMatter(), body, []
    tree, problems = parse_yaml(written, file)
    if tree is None:
        return None, body, problems
    front, flaws = _validated(tree.plain(), config)
    for flaw in flaws:
        path: Path = flaw.path[1:]
        place = tree.place_of(path)
        said = ".".join(str(part + 1 if isinstance(part, int) else part) for part in path)
        problems.append(ConfigProblem(file, place.line, said, flaw.problem, flaw.allowed, flaw.near))
    return front, body, problems


def _validated(data: dict[str, Any], config: Config) -> tuple[FrontMatter | None, list[Flaw]]:
    known = {
        key: [{"name": name} for name in names]
        for key, names in (
            ("people", [one.name for one in config.people]),
            ("services", [one.name for one in config.services]),
            ("checks", [one.name for one in config.checks]),
            ("severities", [one.name for one in config.severities]),
        )
    }
    flaws = list(references.flaws(_Around, {"page": data, **known}))
    try:
        return _Around.model_validate({"page": data}).page, flaws
    except ValidationError as error:
        return None, list(dict.fromkeys([*flaws, *wording.flaws(error, _Around)]))


def _read(body: str) -> tuple[str, list[tuple[int, Step]], list[tuple[int, str, str, str | None]]]:
    """The first heading, the steps with their lines, and what is wrong with them."""
    from markdown_it import MarkdownIt  # 2 MB, and nobody needs it whose runbooks have not changed

    tokens = MarkdownIt("commonmark").parse(body)
    title, steps = "", []
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and not title:
            title = _words(tokens[index + 1])[0]
        elif token.type == "list_item_open" and _is_step(tokens, index):
            line = (token.map or [0])[0] + 1
            steps.append((line, _step(tokens, index)))
    problems: list[tuple[int, str, str, str | None]] = []
    if len(steps) > MOST_STEPS:
        line = steps[MOST_STEPS][0]
        problems.append((line, f"has {len(steps)} steps", f"at most {MOST_STEPS}: split it", None))
    carrying = [line for line, step in steps if step.command]
    if len(carrying) > MOST_COMMANDS:
        line = carrying[MOST_COMMANDS]
        problems.append((line, f"{len(carrying)} steps carry a command", f"at most {MOST_COMMANDS}", None))
    return title, steps, problems


def _is_step(tokens: Sequence[Token], index: int) -> bool:
    """A numbered item or a task that stands in no other list."""
    if tokens[index].level != 1:
        return False
    inline = tokens[index + 2] if len(tokens) > index + 2 else None
    is_task = inline is not None and inline.type == "inline" and inline.content.startswith(_TASK)
    return is_task or tokens[index].markup in (".", ")")


def _step(tokens: Sequence[Token], index: int) -> Step:
    """The item's words, and below them what stands in it: further lines and code."""
    said: list[str] = []
    command = None
    for token in _inside(tokens, index):
        if token.type == "inline":
            words, carried = _words(token)
            command = command or carried
            said.append(words.removeprefix("[ ] ").removeprefix("[x] ").removeprefix("[X] "))
        elif token.type in ("fence", "code_block"):
            said += [f"`{line}`" for line in token.content.splitlines() if line.strip()]
    text = "\n".join(line for line in said if line)
    return Step(text if len(text) <= LONGEST_STEP else text[: LONGEST_STEP - 1] + "…", command)


def _inside(tokens: Sequence[Token], index: int) -> Iterator[Token]:
    for token in tokens[index + 1 :]:
        if token.type == "list_item_close" and token.level == tokens[index].level:
            return
        yield token


def _words(inline: Token) -> tuple[str, str | None]:
    """Plain words, with code in backticks and addresses behind their names; and the command that a link names."""
    said, command, href = "", None, ""
    for child in inline.children or ():
        if child.type == "text":
            said += child.content
        elif child.type == "code_inline":
            said += f"`{child.content}`"
        elif child.type in ("softbreak", "hardbreak"):
            said += " "
        elif child.type == "link_open":
            href = str(child.attrGet("href") or "")
            if href.startswith(COMMAND):
                command = href.removeprefix(COMMAND)
        elif child.type == "link_close" and href.startswith(("http://", "https://")):
            said += f" ({href})"
    return said.strip(), command


def _unfit_commands(
    steps: Sequence[tuple[int, Step]], config: Config
) -> Iterator[tuple[int, str, str, str | None]]:
    known = [one.name for one in config.commands]
    for line, step in steps:
        if step.command is not None and step.command not in known:
            yield (
                line,
                f"{shown(step.command)} is not among the commands",
                f"known commands: {listed(known)}",
                near(step.command, known),
            )
