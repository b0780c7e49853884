"""app.yaml and the files it includes, read and merged into one tree.

Lists are put one behind the other (the including file's entries first), mappings are merged; a single value
given in two files is an error that names both.
"""

from __future__ import annotations

import codecs
import glob
import os
from dataclasses import dataclass, field

from bot.config.problems import ConfigProblem, Place, shown
from bot.config.source import Node, parse

_LARGEST = 1_000_000  # bytes of one file
_MOST_FILES = 200

Mark = tuple[int, ...] | None


@dataclass
class Sources:
    """What was read: the merged tree, None if app.yaml itself cannot be read."""

    tree: Node | None = None
    complete: bool = (
        True  # False: a file is missing from the tree, so nothing can be said about what is absent
    )
    problems: list[ConfigProblem] = field(default_factory=list)
    files: dict[str, Place] = field(default_factory=dict)  # real path -> where it was included
    texts: dict[str, str] = field(default_factory=dict)  # by path, app.yaml first
    marks: dict[str, Mark] = field(default_factory=dict)  # of each file that was wanted, before it was read
    globs: dict[str, tuple[str, ...]] = field(default_factory=dict)  # what each pattern found

    def fail(self, place: Place, path: str, problem: str, allowed: str = "") -> None:
        """Note a problem that leaves a hole in the tree."""
        self.complete = False
        self.problems.append(ConfigProblem(place.file, place.line, path, problem, allowed))


def read(file: str) -> Sources:
    """Read `file` and everything that it includes. Never raises for what the files hold."""
    sources = Sources()
    start = Place(file, None)
    sources.files[_real(file)] = start
    sources.tree = _read_file(file, start, "", (file,), sources)
    return sources


def mark_of(file: str) -> Mark:
    """What differs once a file was written to or replaced, be it by a rename or behind a symbolic link."""
    try:
        found = os.stat(file)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read_file(file: str, asked: Place, path: str, trail: tuple[str, ...], sources: Sources) -> Node | None:
    sources.marks[file] = mark_of(file)
    text = _text(file, asked, path, sources)
    if text is None:
        return None
    sources.texts[file] = text
    tree, problems = parse(text, file)
    sources.problems.extend(problems)
    if tree is None:
        sources.complete = False
        return None
    assert isinstance(tree.value, dict)
    wanted = tree.value.pop("include", None)
    for place, included in _included(wanted, file, sources):
        more = _follow(included, place, trail, sources)
        if more is not None:
            _merge(tree, more, "", sources)
    return tree


def _follow(file: str, place: Place, trail: tuple[str, ...], sources: Sources) -> Node | None:
    real = _real(file)
    if real in map(_real, trail):
        sources.fail(
            place,
            "include",
            f"files include each other in a circle: {' → '.join((*trail, file))}",
            "leave out one",
        )
    elif real in sources.files:
        sources.fail(
            place,
            "include",
            f"{shown(file)} is included twice (first at {sources.files[real]})",
            "each file once",
        )
    elif len(sources.files) >= _MOST_FILES:
        sources.fail(place, "include", "too many files", f"at most {_MOST_FILES}")
    else:
        sources.files[real] = place
        return _read_file(file, place, "include", (*trail, file), sources)
    return None


def _included(wanted: Node | None, file: str, sources: Sources) -> list[tuple[Place, str]]:
    """The files that an `include:` names, with the line that names them; a glob's in alphabetical order."""
    if wanted is None:
        return []
    found = []
    for entry in wanted.value if isinstance(wanted.value, list) else [wanted]:
        name = entry.value
        if not isinstance(name, str) or not name.strip() or not name.isprintable():
            sources.fail(
                entry.place,
                "include",
                f"{shown(entry.plain())} is not a file",
                "a list of files, relative to this one, such as services/*.yaml",
            )
            continue
        path = os.path.join(os.path.dirname(file), name)
        if not glob.has_magic(name):
            found.append((entry.place, path))
            continue
        sources.globs[path] = tuple(sorted(glob.glob(path)))
        matches = [match for match in sources.globs[path] if _real(match) != _real(file)]
        if not matches:
            sources.fail(
                entry.place,
                "include",
                f"no file matches {shown(name)}",
                "at least one; paths are relative to the file with the include",
            )
        found.extend((entry.place, match) for match in matches)
    return found


def _text(file: str, asked: Place, path: str, sources: Sources) -> str | None:
    """The file's text, or None with the reason noted at the place that asked for it."""
    which = "the file" if not path else shown(file)
    try:
        # A pipe or device would be read without end.
        if os.path.exists(file) and not os.path.isfile(file):
            sources.fail(asked, path, f"{which} is not an ordinary file", "a YAML file")
            return None
        with open(file, "rb") as stream:
            data = stream.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = "cannot be read"
        if isinstance(error, FileNotFoundError):
            reason = "does not exist"
        elif isinstance(error, PermissionError):
            reason = "may not be read by this user"
        hint = (
            "the sample app.yaml is a good start, or set TOCSIN_CONFIG"
            if not path
            else "paths are relative to the file with the include"
        )
        sources.fail(asked, path, f"{which} {reason}", hint)
        return None
    if len(data) > _LARGEST:
        sources.fail(Place(file, None), "", "the file is too large", f"at most {_LARGEST // 1_000_000} MB")
        return None
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        sources.fail(Place(file, line), "", "the file is not UTF-8", "save it as UTF-8")
        return None


def _merge(tree: Node, more: Node, path: str, sources: Sources) -> None:
    """Add what `more` holds to `tree`. What is empty gives way."""
    if isinstance(tree.value, dict) and isinstance(more.value, dict):
        for key, node in more.value.items():
            if key in tree.value:
                _merge(tree.value[key], node, f"{path}.{key}" if path else key, sources)
            else:
                tree.value[key] = node
    elif isinstance(tree.value, list) and isinstance(more.value, list):
        tree.value.extend(more.value)
    elif tree.value is None:
        tree.value, tree.place = more.value, more.place
    elif more.value is not None:
        problem = f"is given twice (first at {tree.place})"
        sources.problems.append(
            ConfigProblem(more.place.file, more.place.line, path, problem, "one value in one file")
        )


def _real(file: str) -> str:
    return os.path.realpath(file)
