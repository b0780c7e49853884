"""Whatever a file holds, the answer is a configuration or a list of errors."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import Config, ConfigErrors, load, near
from bot.config.fields import duration, duration_text
from bot.config.problems import Refused
from bot.config.source import Exact, NotYaml, Quick

SAMPLE = (Path(__file__).parents[2] / "app.yaml").read_text(encoding="utf-8")
SHARDS = ["{", "}", "[", "]", "- ", ": ", "&a ", "*a", '"', "'", "\t", "\n  ", "|", ">", "!!binary ", "? ", "---\n", "#",
          '"\\ud800"', '"\\UFFFFFFFF"', "\x00", "\x85", "<<: *a", "null", "1e999", "include: [a, '*']\n", "name:", "@",
          "%YAML 9.9\n", "😀", "{number}", "99999999999999999999"]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _empty_directory() -> Iterator[None]:
    """An include may name anything; nothing should be found by chance."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        yield
        os.chdir(before)


def answer(data: bytes) -> None:
    Path("app.yaml").write_bytes(data)
    try:
        load("app.yaml")
    except ConfigErrors as errors:
        well_told(errors)


def well_told(errors: ConfigErrors) -> None:
    assert errors.problems
    str(errors).encode("utf-8")
    for problem in errors.problems:
        assert str(problem).startswith("app.yaml")
        assert "\n" not in str(problem)
        assert problem.line is None or problem.line >= 1


@settings(max_examples=150, deadline=None)
@given(st.text())
def test_any_text(text: str) -> None:
    answer(text.encode("utf-8", "replace"))


@settings(max_examples=50, deadline=None)
@given(st.binary())
def test_any_bytes(data: bytes) -> None:
    answer(data)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(SAMPLE)), st.integers(0, 30), st.sampled_from(SHARDS)),
        min_size=1,
        max_size=4,
    )
)
def test_the_sample_broken_anywhere(cuts: list[tuple[int, int, str]]) -> None:
    text = SAMPLE
    for at, length, shard in cuts:
        text = text[:at] + shard + text[at + length :]
    answer(text.encode("utf-8"))


def read_by(reader: type[Quick | Exact], text: str) -> object:
    """The tree with its lines; None where it is refused."""
    try:
        return shape(reader(text).get_single_node())
    except (yaml.YAMLError, ValueError, OverflowError, IndexError, NotYaml):
        return None


def shape(node: yaml.Node | None) -> object:
    if node is None:
        return ()
    # Of nothing the two see the end elsewhere.
    kind = (node.tag, node.start_mark.line if node.value else None)
    match node:
        case yaml.ScalarNode():
            return *kind, node.value, bool(node.style)
        case yaml.SequenceNode():
            return *kind, [shape(item) for item in node.value]
        case _:
            return *kind, [(shape(key), shape(value)) for key, value in node.value]


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, SAMPLE.count("\n")),
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 30), st.sampled_from(SHARDS)), max_size=4),
)
def test_what_is_read_quickly_is_what_is_written(first: int, cuts: list[tuple[int, int, str]]) -> None:
    text = "\n".join(SAMPLE.split("\n")[first : first + 20])
    for at, length, shard in cuts:
        text = text[:at] + shard + text[at + length :]
    quick, exact = read_by(Quick, text), read_by(Exact, text)
    assert quick == exact or quick is None or exact is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "owner", "aliases", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from([*Config.model_fields, "include"]), VALUES, max_size=5))
def test_the_right_keys_with_any_values(data: dict[str, object]) -> None:
    answer(json.dumps(data).encode())


@given(st.integers(1, 366 * 86_400))
def test_a_duration_is_read_as_it_is_written(seconds: int) -> None:
    length = timedelta(seconds=seconds)
    assert duration(duration_text(length)) == length


@given(st.text() | st.integers() | st.none())
def test_any_duration_is_read_or_refused(value: object) -> None:
    with contextlib.suppress(Refused):
        assert duration(value) > timedelta(0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("15m", 900),
        ("2h 30m", 9000),
        ("2h30m", 9000),
        ("1d", 86_400),
        ("1w 1d", 691_200),
        ("90m", 5400),
    ],
)
def test_durations_that_people_write(text: str, seconds: int) -> None:
    assert duration(text).total_seconds() == seconds


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("declar", "declare"),
        ("RESOLVE", "resolve"),
        ("sev-1", "SEV1"),
        ("timelne", "timeline"),
        ("qwxz", None),
        ("", None),
        ("d" * 99, None),
    ],
)
def test_near_misses(word: str, meant: str | None) -> None:
    assert near(word, ["declare", "resolve", "timeline", "SEV1"]) == meant
