"""What of a model's answer is taken: whatever it says, every sentence keeps what it cites and what it states."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reviews.document import SECTIONS, Document, cited, document
from bot.reviews.wording import (
    CITATION,
    CONTRARY,
    FIGURE,
    FORM,
    MISSING,
    NAME,
    TOO_LONG,
    UNSENT,
    answered,
    asked,
    refusal,
    request_text,
    reworded,
    sentences_of,
)

NAMES = {"ada", "bo", "Checkout"}
BEFORE = "bo acknowledged page #3 after 4 min, within the 15 min that SEV1 asks for. [^7]"


def a_document(**texts: str) -> Document:
    return document({"summary": "", **texts})


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        ("bo took page #3 after 4 min; SEV1 asks for 15 min. [^7]", None),
        ("bo took page #3 after 4 min; SEV1 asks for 15 min.", CITATION),
        ("bo took page #3 after 4 min; SEV1 asks for 15 min. [^7][^7]", CITATION),
        ("bo took page #3 after 4 min; SEV1 asks for 15 min. [^7][^8]", CITATION),
        ("bo took page #3 after 5 min; SEV1 asks for 15 min. [^7]", FIGURE),
        ("bo took page #3 at once; SEV1 asks for 15 min. [^7]", FIGURE),
        ("ada took page #3 after 4 min; SEV1 asks for 15 min. [^7]", NAME),
        ("Page #3 was taken after 4 min; SEV1 asks for 15 min. [^7]", NAME),
        ("bo took page #3 after 4 min, see https://evil.example/15; SEV1 [^7]", NAME),
        ("bo took page #3 after 4 min, see [here](/15); SEV1 [^7]", NAME),
        ("bo took page #3 after 4 min, see status.evil.example; SEV1 asks for 15 min. [^7]", NAME),
        ("bo took page #3 after 4 min <b>late</b>; SEV1 asks for 15 min. [^7]", NAME),
        ("bo took page #3 after 4 min <!channel>; SEV1 asks for 15 min. [^7]", NAME),
        ("bo never took page #3 after 4 min; SEV1 asks for 15 min. [^7]", CONTRARY),
        ("## bo took page #3 after 4 min; SEV1 asks for 15 min. [^7]", FORM),
        ("| bo took page #3 after 4 min | SEV1 asks for 15 min. [^7]", FORM),
        (f"bo took page #3 after 4 min; SEV1 asks for 15 min. {'Really. ' * 50}[^7]", TOO_LONG),
    ],
)
def test_a_sentence_that_says_something_else_is_refused(after: str, reason: str | None) -> None:
    assert refusal(BEFORE, after, NAMES) == reason


def test_what_is_prose_is_asked_about_and_nothing_else() -> None:
    written = a_document(
        summary="- Orders failed for a while. [^1] Nobody was told of it. [^2]\n- _To be written: who was affected?_",
        impact="### A heading of ours\n\n| a table | of figures |\n> A quotation of somebody\n\n```\ncode of a shell\n```\n\n1. [ ] A thing that is left to do",
        timeline="- 10:00:01 ada declared it as a SEV1 [^1]",
    )
    assert [one.text for one in sentences_of(written)] == [
        "Orders failed for a while. [^1]",
        "Nobody was told of it. [^2]",
        "A thing that is left to do",
    ]


def test_each_sentence_of_a_line_is_put_back_where_it_stood() -> None:
    written = a_document(
        summary="- Orders failed a while. [^1] Then they came back again. [^2]\n- [ ] Call them back soon"
    )
    answer = answered(
        "```\n1| For a while [^1] orders failed.\n**2**| They then came back. [^2]\nSure!\n3| Call them soon\n```"
    )
    new = reworded(written, answer, ())
    assert new.document.sections["summary"] == (
        "- For a while orders failed. [^1] They then came back. [^2]\n- [ ] Call them soon"
    )
    assert new.changes[0].after == "For a while orders failed. [^1]"
    assert new.kept == {}


def test_citations_cannot_change_places_between_sentences() -> None:
    written = a_document(summary="The disk was full. [^1] The backup had failed. [^2]")
    new = reworded(written, {1: "Full was the disk. [^2]", 2: "Failed had the backup. [^1]"}, ())
    assert new.document == written
    assert new.kept == {CITATION: 2}


def test_what_came_twice_or_was_cut_off_is_not_taken() -> None:
    assert answered("1| One\n1| Another\n2| Two") == {2: "Two"}
    assert answered("1| One\n2| Tw", is_whole=False) == {1: "One"}
    assert answered("no line with a number") == {}


def test_what_is_repeated_is_no_change() -> None:
    written = a_document(summary="- It was over after 4\u00a0min 3\u00a0s [^1].")
    new = reworded(written, {1: "It was over after 4 min 3 s. [^1]"}, ())
    assert new.changes == ()
    assert new.document == written


def test_what_is_too_much_for_one_request_stays() -> None:
    written = a_document(
        summary="\n".join(f"- {'word ' * 60}number {n} [^{n}]" for n in range(1, 50)),
        impact="\n".join(f"- {'word ' * 60}and {n} [^{n}]" for n in range(1, 50)),
    )
    given_ = asked(sentences_of(written))
    assert 0 < len(given_) < 98
    new = reworded(written, {}, ())
    assert new.kept == {UNSENT: 98 - len(given_), MISSING: len(given_)}


texts = st.text(st.sampled_from("abc .-*#>|_[]^:0123456789\n`“”äß€𝄞"), max_size=300)
lines = st.one_of(
    texts,
    st.builds("{}. [^{}]".format, st.text("abcdefg ", min_size=12, max_size=60), st.integers(1, 20)),
)
documents = st.builds(
    lambda parts: document(dict(zip(SECTIONS, ("\n".join(part) for part in parts), strict=True))),
    st.lists(st.lists(lines, max_size=5), min_size=8, max_size=8),
)


@settings(max_examples=200, deadline=None)
@given(documents, st.data())
def test_whatever_is_answered_nothing_loses_what_it_cites(written: Document, data: st.DataObject) -> None:
    given_ = sentences_of(written)
    for sentence in given_:
        line = written.sections[sentence.section].splitlines()[sentence.line]
        assert line[sentence.start : sentence.end] == sentence.text
    answer = data.draw(
        st.dictionaries(st.integers(0, len(given_) + 2), st.one_of(texts.map(" ".join), texts, lines))
    )
    for number, sentence in enumerate(given_, start=1):
        if data.draw(st.booleans()):
            answer[number] = f"well {sentence.text}"
    answer = {number: " ".join(said.split()) for number, said in answer.items()}
    new = reworded(written, answer, {"abc"})
    assert list(new.document.sections) == list(SECTIONS)
    assert new.document.sections["timeline"] == written.sections["timeline"]
    for key in SECTIONS:
        old, now = written.sections[key].splitlines(), new.document.sections[key].splitlines()
        assert [cited(line) for line in old] == [cited(line) for line in now]
        assert [set(re.findall(r"\d+", line)) for line in old] == [
            set(re.findall(r"\d+", line)) for line in now
        ]
    # The whole is a document as people write them, too.
    assert document(new.document.sections) == new.document
    assert answered(request_text(given_)).keys() <= set(range(1, len(given_) + 1))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400), st.booleans())
def test_any_answer_is_read(said: str, is_whole: bool) -> None:
    assert all(said for said in answered(said, is_whole=is_whole).values())
