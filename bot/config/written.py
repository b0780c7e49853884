"""The configuration as it stands written: the texts of app.yaml and of what it includes, with what they mean."""

from __future__ import annotations

import glob
import hashlib
import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.config.include import Mark, mark_of
from bot.config.load import loaded
from bot.config.problems import ConfigProblem
from bot.config.schema import Config


@dataclass(frozen=True)
class Written:
    """What was read: a configuration, or what is wrong with it. `texts` are by the path from app.yaml's folder."""

    file: str
    texts: Mapping[str, str]
    config: Config | None
    problems: tuple[ConfigProblem, ...]
    marks: Mapping[str, Mark]
    globs: Mapping[str, tuple[str, ...]]

    @property
    def digest(self) -> str:
        """The same for the same texts, wherever they stand."""
        digest = hashlib.sha256()
        for part in (part for name in sorted(self.texts) for part in (name, self.texts[name])):
            digest.update(f"{len(part.encode())}:".encode() + part.encode())
        return digest.hexdigest()

    @property
    def owner(self) -> str:
        """To whom the file that was changed last belongs: as near as a file tells who did it."""
        newest = max(self.marks, key=lambda file: self.marks[file] or (0,), default=self.file)
        try:
            uid = os.stat(newest).st_uid
        except OSError:
            return "unknown"
        try:
            return pwd.getpwuid(uid).pw_name
        except KeyError:  # a container knows no names
            return f"user {uid}"

    def marks_now(self) -> tuple[Any, ...]:
        """Equal for as long as nothing of it was touched: neither a file nor which files a pattern finds."""
        marks = tuple(mark_of(file) for file in self.marks)
        return marks, tuple(tuple(sorted(glob.glob(pattern))) for pattern in self.globs)

    @property
    def marks_then(self) -> tuple[Any, ...]:
        """What `marks_now` said before it was read."""
        return tuple(self.marks.values()), tuple(self.globs.values())


def read_written(path: str | os.PathLike[str]) -> Written:
    """What stands in the file at `path` and in those that it includes; raises nothing for what they hold."""
    file = os.fspath(path)
    sources, config, problems = loaded(file)
    folder = os.path.dirname(file)
    return Written(
        file=file,
        texts={os.path.relpath(name, folder or "."): text for name, text in sources.texts.items()},
        config=config,
        problems=tuple(problems),
        marks=sources.marks,
        globs=sources.globs,
    )
