"""Reading a runbook: its steps, what it is for, and what is wrong with it."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import Config, load
from bot.runbooks.files import read_all
from bot.runbooks.page import MOST_STEPS, UnfitRunbook, lines_of, parse

ROOT = Path(__file__).resolve().parents[2]
CONFIG = load(ROOT / "app.yaml")


def read(text: str, config: Config = CONFIG) -> list[str]:
    """What is wrong with a text."""
    with pytest.raises(UnfitRunbook) as refused:
        parse("a", text, config, file="a.md")
    return [str(problem) for problem in refused.value.problems]


def test_numbered_items_and_tasks_are_steps_and_others_are_not() -> None:
    found = parse(
        "a",
        "# A *title*\n\n- no step\n\n1. Look at `psql`,\n   then at [the board](https://b.example.com)\n   - a detail\n\n"
        "   ```\n   ls -l\n   ```\n2. Second\n\n- [ ] A task: [go](command:rollback)\n- [x] Ticked in the file\n",
        CONFIG,
        file="a.md",
    )
    assert found.title == "A title"
    assert [step.text for step in found.steps] == [
        "Look at `psql`, then at the board (https://b.example.com)\na detail\n`ls -l`",
        "Second",
        "A task: go",
        "Ticked in the file",
    ]
    assert [step.command for step in found.steps] == [None, None, "rollback", None]


def test_to_be_read_an_item_is_one_line_and_a_command_has_its_name() -> None:
    text = (
        "---\nowner: ada\n---\n# Rollback\n\nFor when it began\n  with a release.\n\n"
        "- [ ] Did it bring a migration? If so,\n  call the owner\n  of the service.\n"
        "1. Roll back: [to the version before](command:rollback)\n   - first eu-1\n"
        "   ```\n   if broken:\n     stop\n   ```\n   See that it is well.\n"
    )
    assert lines_of(text) == [
        "# Rollback",
        "",
        "For when it began",
        "  with a release.",
        "",
        "- [ ] Did it bring a migration? If so, call the owner of the service.",
        "1. Roll back: to the version before (`rollback`)",
        "   - first eu-1",
        "   ```",
        "   if broken:",
        "     stop",
        "   ```",
        "   See that it is well.",
    ]


def test_what_is_wrong_is_told_with_its_line() -> None:
    text = "---\nowner: adda\nservices: [checkuot]\nwhat: x\ntested: soon\n---\n# T\n\n1. [go](command:rolback)\n"
    told = read(text)
    for line, words in (
        (2, 'did you mean "ada"'),
        (3, 'did you mean "checkout"'),
        (4, "not known"),
        (5, "is not a day"),
        (9, 'did you mean "rollback"'),
    ):
        assert any(f"a.md:{line}:" in problem and words in problem for problem in told), (line, told)
    assert "the front matter has no end" in str(read("---\nowner: ada\n# T\n\n1. x\n"))
    assert read("1. x\n") == ["a.md: has no title; a heading, such as # Database failover"]
    assert "has no steps" in str(read("# T\n\nWords.\n"))
    assert f"has {MOST_STEPS + 1} steps" in str(read("# T\n\n" + "1. x\n" * (MOST_STEPS + 1)))


@given(st.text(st.sampled_from("-# 1.)[]x(command:rollback)\n`*_~>&<|\t:{}\"'é\x00"), max_size=300))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    found = None
    with contextlib.suppress(UnfitRunbook):
        found = parse("a", text, CONFIG, file="a.md")
    if found is None:
        assert read(text)
    else:
        assert found.title
        assert found.steps


def test_the_samples_are_in_order() -> None:
    found, problems = read_all(ROOT, CONFIG)
    assert problems == []
    assert len(found) == 7
