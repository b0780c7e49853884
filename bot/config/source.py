"""YAML text to a tree that knows the line of everything in it.

PyYAML does the parsing; the values are read by YAML 1.2's plain rules, so that `no` and `on` are words, `1:30`
is no number of seconds and a date is a text. Hostile input (alias bombs, endless nesting) is refused.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from bot.config.problems import ConfigProblem, Path, Place, shown

_DEEPEST = 40  # levels; app.yaml needs six
_MOST_VALUES = 100_000  # after aliases have been followed: nine short lines of aliases can make a billion

_INTEGER = re.compile(r"[-+]?\d{1,18}")
_FLOAT = re.compile(r"[-+]?(\d{1,18}\.\d{0,18}|\.\d{1,18})")
_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None} | {
    word: truth for truth in (True, False) for word in (str(truth), str(truth).lower(), str(truth).upper())
}
_ORDINARY_TAGS = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map")

Scalar = str | int | float | bool | None


@dataclass(slots=True)
class Node:
    """A value and where it stands; an entry of a mapping stands where its key stands."""

    value: Scalar | list[Node] | dict[str, Node]
    place: Place

    def child(self, step: str | int) -> Node | None:
        """The entry of this key or index, None if there is none."""
        if isinstance(self.value, dict):
            return self.value.get(step) if isinstance(step, str) else None
        if isinstance(self.value, list) and isinstance(step, int) and step < len(self.value):
            return self.value[step]
        return None

    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def place_of(self, path: Path) -> Place:
        """Where the thing at `path` stands, or the nearest thing around it that was written."""
        node = self
        for step in path:
            below = node.child(step)
            if below is None:
                break
            node = below
        return node.place


class NotYaml(Exception):
    """The text is not YAML, or not of the kind that a configuration may be."""

    def __init__(self, problem: str, allowed: str, line: int) -> None:
        super().__init__(problem)
        self.problem, self.allowed, self.line = problem, allowed, line


def parse(text: str, file: str) -> tuple[Node | None, list[ConfigProblem]]:
    """The tree of a file's text, None if it cannot be read at all, and what is wrong with its form."""
    tree = _Tree(file)
    try:
        root = _compose(text)
        if root is None or (isinstance(root, ScalarNode) and _scalar(root) is None):
            raise NotYaml("the file is empty", "keys with values, such as organization: Acme", 1)
        if not isinstance(root, MappingNode):
            kind = "a list" if isinstance(root, SequenceNode) else "a single text"
            raise NotYaml(
                f"the file holds {kind}", "keys with values, such as organization: Acme", _line(root)
            )
        return tree.node(root, 1, 0), tree.problems
    except NotYaml as error:
        return None, [*tree.problems, ConfigProblem(file, error.line, "", error.problem, error.allowed)]


class _Bounded(Composer):
    """PyYAML's composer with a bound on nesting: it recurses, and Python's stack would end first."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise NotYaml(
                "values are nested too deep",
                f"at most {_DEEPEST} levels",
                self.peek_event().start_mark.line + 1,  # type: ignore[attr-defined]
            )
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


class Exact(_Bounded, yaml.BaseLoader):
    """It knows what is wrong and where, and takes ten times as long."""


class Quick(_Bounded, yaml.CBaseLoader):
    """On libyaml's parser. What that one refuses is left to the other, whose words people get."""

    def __init__(self, text: str) -> None:
        yaml.CBaseLoader.__init__(self, text)
        Composer.__init__(self)


def _compose(text: str) -> yaml.Node | None:
    with contextlib.suppress(yaml.YAMLError, ValueError):
        return Quick(text).get_single_node()
    loader: Exact | None = None
    try:
        loader = Exact(text)
        return loader.get_single_node()
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise NotYaml(
            f"the character U+{_code(error.character):04X} is not allowed", "printable text in UTF-8", line
        ) from None
    except yaml.MarkedYAMLError as error:
        raise _syntax(error, text) from None
    except (yaml.YAMLError, ValueError, OverflowError, IndexError):
        # PyYAML lets some escapes ("\UFFFFFFFF") and directives through to Python's own errors.
        line = 1 if loader is None else loader.line + 1
        raise NotYaml("this is not YAML", "for example a wrong escape in a text in quotes", line) from None
    finally:
        if loader is not None:
            loader.dispose()


def _code(character: object) -> int:
    return character if isinstance(character, int) else ord(str(character)[:1] or "\0")


_HINTS = (  # what PyYAML says, what people mean by it, what to do
    (r"'\\t' that cannot start", "a tab is used for indentation", "YAML allows only spaces"),
    (r"'[@`]' that cannot start", "a text that begins with @ or ` needs quotes", 'such as "@ada"'),
    (r"'%' that cannot start", "a text that begins with % needs quotes", ""),
    (r"mapping values are not allowed", "a colon stands where none is allowed", "check the indentation; a text with a colon needs quotes"),
    (r"undefined alias", "an alias (*name) refers to nothing", "a text that begins with * needs quotes"),
    (r"duplicate anchor", "an anchor (&name) is given twice", ""),
    (r"found another document", "a second document begins here", "one document a file; remove the ---"),
    (r"expected '?<block end>|expected <block end>", "the indentation does not fit what stands above", "the same number of spaces for entries of one level"),
    (r"could not find expected ':'", "a key without a colon", "key: value"),
    (r"unexpected end of stream|end of the stream|<stream end>", "the file ends too early", "close all quotes and brackets"),
)  # fmt: skip


def _syntax(error: yaml.MarkedYAMLError, text: str) -> NotYaml:
    mark = error.problem_mark or error.context_mark
    line = 1 if mark is None else mark.line + 1
    said = error.problem or error.context or "this is not YAML"
    # The mark often stands behind the last line.
    line = max(1, min(line, len(text.splitlines()) or 1))
    for pattern, problem, allowed in _HINTS:
        if re.search(pattern, said):
            return NotYaml(problem, allowed, line)
    return NotYaml(f"this is not YAML: {said}", "", line)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _scalar(node: ScalarNode) -> Scalar:
    text = str(node.value)
    if node.style:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


class _Tree:
    """Makes the tree of one file; gathers what can be told without giving up."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.count = 0
        self.problems: list[ConfigProblem] = []

    def node(self, node: yaml.Node, line: int, depth: int) -> Node:
        self.count += 1
        if self.count > _MOST_VALUES:
            raise NotYaml("aliases make it too large", f"at most {_MOST_VALUES} values", line)
        if depth > _DEEPEST:
            raise NotYaml(
                "values are nested too deep, or an alias refers to itself", f"at most {_DEEPEST} levels", line
            )
        if node.tag not in _ORDINARY_TAGS:
            self._problem(
                line, f"the tag {shown(node.tag)} is not allowed", "plain texts, numbers, lists and keys"
            )
        place = Place(self.file, line)
        if isinstance(node, MappingNode):
            return Node(self._mapping(node, depth), place)
        if isinstance(node, SequenceNode):
            return Node([self.node(item, _line(item), depth + 1) for item in node.value], place)
        assert isinstance(node, ScalarNode)
        self._refuse_surrogates(node)
        return Node(_scalar(node), place)

    def _mapping(self, node: MappingNode, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        for key, value in node.value:
            line = _line(key)
            if not isinstance(key, ScalarNode):
                self._problem(line, "a key must be a text, not a list or a mapping", "")
                continue
            self._refuse_surrogates(key)
            child = self.node(value, line, depth + 1)
            if key.value in entries:
                first = entries[key.value].place
                self._problem(
                    line, f"the key {shown(key.value)} is given twice (first at {first})", "each key once"
                )
            else:
                entries[key.value] = child
        return entries

    def _refuse_surrogates(self, node: ScalarNode) -> None:
        """Half a character, written as an escape: no database, log or terminal takes it."""
        if any("\ud800" <= character <= "\udfff" for character in node.value):
            raise NotYaml("an escape stands for half a character", "the character itself", _line(node))

    def _problem(self, line: int, problem: str, allowed: str) -> None:
        self.problems.append(ConfigProblem(self.file, line, "", problem, allowed))
