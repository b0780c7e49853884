"""What can be wrong with the configuration, and how it is told.

    Exception
    ├── ConfigErrors        every problem of app.yaml or of the environment, at once
    └── ValueError
        └── Refused         raised inside a model by a rule of ours; carries Flaws

A Flaw knows a path inside the data; a ConfigProblem also knows the file and the line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

Path = tuple[str | int, ...]

_SHOWN = 60  # characters of somebody's text that a message repeats
_LISTED = 100  # problems that are printed; a broken file can have thousands

# Slack's tokens and webhook links, and any link with a password. They are hidden even where nobody expects
# them, in a key for example.
_SECRET = re.compile(
    r"xox[a-z](?:\.xox[a-z])?-[\w-]+|xapp-[\w-]+|hooks\.slack\.com/\S+|(?<=://)(?!USER:PASSWORD@)[^\s/@]+:[^\s/@]*(?=@)",
    re.IGNORECASE,
)
_HIDDEN = "(hidden)"


class Place(NamedTuple):
    """Where something is written. Lines count from 1; None stands for the file as a whole."""

    file: str
    line: int | None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong at `path`, relative to the thing examined.

    `allowed` says what would be right, `near` is a proposal, `other` the path of a second place that matters
    (the first of two equal names).
    """

    problem: str
    allowed: str = ""
    near: str | None = None
    path: Path = ()
    other: Path | None = None

    def under(self, path: Path) -> Flaw:
        """The same flaw, seen from further up."""
        other = None if self.other is None else path + self.other
        return Flaw(self.problem, self.allowed, self.near, path + self.path, other)

    def __str__(self) -> str:
        return _sentence("", self.problem, self.allowed, self.near)


class Refused(ValueError):
    """A rule says no. Raised by validators; pydantic collects it with everything else it finds."""

    def __init__(self, *flaws: Flaw) -> None:
        super().__init__(" | ".join(str(flaw) for flaw in flaws))
        self.flaws = flaws


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One thing to mend. Its text is `file:line: path: what is wrong; what is allowed; did you mean "x"?`."""

    file: str
    line: int | None
    path: str
    problem: str
    allowed: str = ""
    did_you_mean: str | None = None

    def __str__(self) -> str:
        where = [str(Place(self.file, self.line))]
        if self.path:
            where.append(self.path)
        return _sentence(": ".join(where) + ": ", self.problem, self.allowed, self.did_you_mean)


class ConfigErrors(Exception):
    """Everything that is wrong, so that one run of `tocsin config check` is enough."""

    def __init__(self, problems: Iterable[ConfigProblem]) -> None:
        self.problems: tuple[ConfigProblem, ...] = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems[:_LISTED]]
        if len(self.problems) > _LISTED:
            lines.append(f"… and {len(self.problems) - _LISTED} more")
        return "\n".join(lines)


def shown(value: object) -> str:
    """Somebody's value as a message may repeat it: quoted, on one line, short, and never a secret."""
    if isinstance(value, dict):
        return "keys with values"
    if isinstance(value, (list, tuple)):
        return "a list"
    if value is None:
        return "nothing"
    text = without_secrets(value) if isinstance(value, str) else value
    if isinstance(text, str) and len(text) > _SHOWN:
        text = text[: _SHOWN - 1] + "…"
    return json.dumps(text, ensure_ascii=False, default=str)


def listed(names: Iterable[str]) -> str:
    """Names as a message tells them: `a, b, c`, or `none` when there are none; a long list is cut."""
    every = list(names)
    if len(every) > 20:
        return ", ".join(every[:20]) + f" and {len(every) - 20} more"
    return ", ".join(every) or "none"


def without_secrets(text: str) -> str:
    """The text with everything that looks like a secret hidden."""
    return _SECRET.sub(_HIDDEN, text)


def _sentence(start: str, problem: str, allowed: str, near: str | None) -> str:
    parts = [start + problem]
    if allowed:
        parts.append(allowed)
    if near is not None:
        parts.append(f'did you mean "{near}"?')
    return without_secrets(" ".join("; ".join(parts).split()))
