"""Reading app.yaml, with every error at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from bot.config import references, wording
from bot.config.include import Sources, read
from bot.config.leaks import leaks
from bot.config.problems import ConfigErrors, ConfigProblem, Flaw, Path, Place
from bot.config.schema import Config
from bot.config.source import Node


def load(path: str | os.PathLike[str]) -> Config:
    """The configuration in the file at `path` and the files that it includes.

    Raises ConfigErrors with everything that is wrong, in the order of the files and their lines; no other
    exception for anything that a file may hold. It reads files and nothing else.
    """
    _, config, problems = loaded(os.fspath(path))
    if config is None:
        raise ConfigErrors(problems)
    return config


def loaded(path: str) -> tuple[Sources, Config | None, list[ConfigProblem]]:
    """What was read, and the configuration in it or what is wrong with it."""
    sources = read(path)
    if sources.tree is None:
        return sources, None, sources.problems
    config, flaws = _validated(sources.tree.plain(), sources)
    problems = [*sources.problems, *(_problem(flaw, sources.tree) for flaw in flaws)]
    return sources, None if problems else config, list(_in_order(problems, sources))


def places(file: str | os.PathLike[str], paths: Iterable[Path]) -> list[Place]:
    """Where each of these stands, in the file or in one that it includes. The file is in order."""
    tree = read(os.fspath(file)).tree
    return [Place(os.fspath(file), None) if tree is None else tree.place_of(path) for path in paths]


def _validated(data: dict[str, Any], sources: Sources) -> tuple[Config | None, list[Flaw]]:
    """The configuration, if it is one, and what is wrong with the data."""
    assert sources.tree is not None
    config: Config | None = None
    secrets = list(leaks(sources.tree))
    found: list[Flaw] = []
    if sources.complete:
        found.extend(references.flaws(Config, data))
    try:
        config = Config.model_validate(data)
    except ValidationError as error:
        told = wording.flaws(error, Config)
        found.extend(told if sources.complete else (flaw for flaw in told if flaw.problem != "is missing"))
    # A secret is told of once; what else is wrong with the same value does not matter.
    hidden = {flaw.path for flaw in secrets}
    found = [flaw for flaw in found if not any(flaw.path[: len(path)] == path for path in hidden)]
    return config, list(dict.fromkeys((*secrets, *found)))


def _problem(flaw: Flaw, tree: Node) -> ConfigProblem:
    place = tree.place_of(flaw.path)
    problem = flaw.problem
    if flaw.other is not None:
        problem += f" (first at {tree.place_of(flaw.other)})"
    return ConfigProblem(place.file, place.line, path_text(flaw.path, tree), problem, flaw.allowed, flaw.near)


def path_text(path: Path, tree: Node) -> str:
    """A path as people read it: `services.payments.owner`; an entry without a name by its number, from 1."""
    text = ""
    node: Node | None = tree
    for step in path:
        node = None if node is None else node.child(step)
        if isinstance(step, int):
            name = _plain_name(node)
            text += f"[{step + 1}]" if name is None else f".{name}"
        else:
            key = step if len(step) <= 40 and step.isprintable() else f"{step[:40]!a}…"
            text += f".{key}" if text else key
    return text


def _plain_name(node: Node | None) -> str | None:
    name = None if node is None else node.child("name")
    if name is None or not isinstance(name.value, str):
        return None
    short = len(name.value) <= 40 and name.value.replace("-", "").replace("_", "").isalnum()
    return name.value if short else None


def _in_order(problems: Iterable[ConfigProblem], sources: Sources) -> Iterator[ConfigProblem]:
    order: dict[str, int] = {}
    found = list(dict.fromkeys(problems))
    for place in sources.files.values():
        order.setdefault(place.file, len(order))
    for problem in found:
        order.setdefault(problem.file, len(order))
    return iter(sorted(found, key=lambda problem: (order[problem.file], problem.line or 0)))
