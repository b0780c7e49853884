"""What of a text is searched, and what is meant by what is typed: whatever it is."""

import sqlite3
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.search_words import (
    LONGEST_WORD,
    MOST_TERMS,
    STOP_WORDS,
    Question,
    Term,
    excerpt,
    folded,
    terms_of,
    words_of,
)

# Letters with accents, signs that mean something to a database, and anything else.
TYPED = st.text(
    st.one_of(st.sampled_from("\"“”*:^-+()&|!<>'\\ äÉß°ﬁ１ab the"), st.characters()), max_size=120
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Überlauf (DB-1)", ["uberlauf", "db", "1"]),
        ("Ça va – naïve", ["ca", "va", "naive"]),
        ("e\u0301te\u0301", ["ete"]),
        ("Straße ﬁx ０３", ["strasse", "fix", "03"]),
        ("don't_do:it", ["don", "t", "do", "it"]),
        ("🔥 – …", []),
        ("日本語 ok", ["日本語", "ok"]),
    ],
)
def test_words_are_compared_without_accents_and_capitals(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@given(TYPED)
def test_a_folded_text_is_letters_digits_and_blanks_and_stays_so(text: str) -> None:
    words = folded(text)
    assert all(character.isalnum() or character == " " for character in words)
    assert folded(words) == words
    assert all(0 < len(word) <= LONGEST_WORD for word in words.split())


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("checkout timeout", (Term(("checkout",)), Term(("timeout",)))),
        ('"rolled back" db-1', (Term(("rolled", "back"), True), Term(("db", "1")))),
        ('say "it', (Term(("say",)),)),
        ("the checkout and the mail", (Term(("checkout",)), Term(("mail",)))),
        ("the and", (Term(("the",)), Term(("and",)))),
        ('"the"', (Term(("the",), True),)),
        ("a a a", (Term(("a",)),)),
        ("***", ()),
    ],
)
def test_what_is_meant(typed: str, terms: tuple[Term, ...]) -> None:
    assert terms_of(typed) == terms


@pytest.fixture(scope="module")
def index() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE texts USING fts5(title, body, content='', tokenize='ascii')")
    return connection


@given(typed=TYPED, every=st.booleans(), in_title=st.booleans(), begins=st.booleans())
def test_nothing_that_is_typed_is_a_syntax_error(
    index: sqlite3.Connection, typed: str, every: bool, in_title: bool, begins: bool
) -> None:
    terms = terms_of(typed)
    assert len(terms) <= MOST_TERMS
    if terms:
        question = Question(terms, every, in_title, begins)
        index.execute("SELECT rowid FROM texts WHERE texts MATCH ?", (question.fts5,)).fetchall()
        for word in question.tsquery.split("'")[1::2]:
            assert word.isalnum()


@given(before=TYPED, after=TYPED)
def test_a_text_is_found_by_each_of_its_words(before: str, after: str) -> None:
    text = f"{before} checkout {after}"
    has = set(words_of(text))
    for term in terms_of(text.replace('"', " ")):
        assert set(term.words) <= has


@given(text=TYPED, typed=TYPED, longest=st.integers(20, 200))
def test_an_excerpt_is_a_part_of_the_text_and_marks_only_what_was_meant(
    text: str, typed: str, longest: int
) -> None:
    terms = terms_of(typed)
    pieces = excerpt(text, terms, longest=longest)
    whole = " ".join(unicodedata.normalize("NFC", text).split())
    shown = "".join(piece.text for piece in pieces)
    assert len(shown) <= longest + 2
    assert shown.removeprefix("…").removesuffix("…") in whole
    wanted = [word for term in terms for word in term.words]
    for piece in pieces:
        if piece.is_meant:
            assert any(part.startswith(word) for part in words_of(piece.text) for word in wanted)
    assert bool(pieces) <= any(piece.is_meant for piece in pieces) or not terms


def test_an_excerpt_is_cut_between_words_around_the_first_that_is_meant() -> None:
    text = "one two three four five six seven eight nine ten eleven twelve"
    shown = "".join(piece.text for piece in excerpt(text, terms_of("eight"), longest=24))
    assert shown == "…seven eight nine ten…"
    assert excerpt(text, terms_of("nowhere"), longest=24) == []


def test_stop_words_are_folded() -> None:
    assert all(words_of(word) == [word] for word in STOP_WORDS)
