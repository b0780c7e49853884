"""What a redaction leaves of a document that was kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reviews.redaction import without

SAID = {"The password is hunter22"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("- 14:05:00 Ada noted: The password is hunter22 [^3]", "- 14:05:00 Ada noted: (redacted) [^3]"),
        ("It said “the\npassword is Hunter22” once.", "It said “(redacted)” once."),
        ("Ours was hunter22. [^3] All is well. [^4]", "(redacted) [^3] All is well. [^4]"),
        ("1. The Password leaked. [^3][^4]", "1. (redacted) [^3][^4]"),
        ("- Ada wrote it down. [^3]", "- Ada wrote it down. [^3]"),
        ("Another password leaked. [^4]", "Another password leaked. [^4]"),
        ("## Nothing\n\n\tof it", "## Nothing\n\n\tof it"),
    ],
)
def test_what_is_left(before: str, after: str) -> None:
    assert without(before, {3}, SAID) == after


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("*The password* is ~hunter22~", "Told twice: **The password** is ~~hunter22~~, said Ada."),
        ("The *password*: `hunter22`", "Told twice: The **password**: `hunter22`, said Ada."),
        ("The password is hunter22", "Told twice: The **password** is _hunter22_, said Ada."),
        ("pass*word* is hunter22", "Told twice: password\nis hunter22, said Ada."),
    ],
)
def test_words_are_found_however_they_are_set(said: str, kept: str) -> None:
    left = without(kept, {3}, {said})
    assert left.startswith("Told twice: ")
    assert left.endswith(", said Ada.")
    assert "(redacted)" in left
    assert "word" not in left
    assert "hunter" not in left


def test_what_has_no_letters_takes_nothing_else_with_it() -> None:
    assert without("All is **well**, ~~~~ or so", {3}, {"~~~~"}) == "All is **well**, (redacted) or so"
    assert without("All is well", {3}, {"* * *"}) == "All is well"


def test_a_short_text_goes_only_where_the_entry_is_cited() -> None:
    assert without("no, the answer was no [^3]\nno", {3}, {"42", "no"}) == "no, the answer was no [^3]\nno"
    assert without("It was 42. [^3]\n42 orders", {3}, {"42"}) == "(redacted) [^3]\n42 orders"


@given(st.text(max_size=200), st.text(min_size=4, max_size=40))
def test_the_words_are_gone_whatever_stands_around_them(around: str, said: str) -> None:
    if said.strip() and len(said.strip()) >= 4:
        left = without(f"{around} {said} {around}", {3}, {said})
        assert f" {said} " not in left or said in "(redacted)"
