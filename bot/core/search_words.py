"""What of a text is searched, and what is meant by what somebody types to search. Pure.

Both databases get texts and questions that are folded here, so that they find the same: without accents and capitals,
and nothing but letters, digits and blanks. So nothing that people type is ever a syntax error.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# No more of what is typed is looked at, and no more words are looked for.
LONGEST_TYPED = 500
MOST_TERMS = 12
# Longer ones are no words. Neither database minds them then.
LONGEST_WORD = 64
# From so many letters on a word also finds those that begin with it.
SHORTEST_BEGINNING = 3

_WORD = re.compile(r"[^\W_]+")
_QUOTES = '"“”„«»'
_TYPED = re.compile(rf"[{_QUOTES}]([^{_QUOTES}]*)[{_QUOTES}]|([^\s{_QUOTES}]+)")

# Words that tell nothing: everybody writes them, about everything.
STOP_WORDS = frozenset(
    """
    a about after again all also am an and any are as at be because been before being but by can could did do does for
    from get got had has have he her here his how i if in into is it its just like me more most my no not now of off on
    once only or other our out over own same she should since so some still such than that the their them then there these
    they this those through to too under until up us very was we were what when where which while who why will with
    would you your
    aber als am an auch auf aus bei bin bis da das dass dem den der des die doch du durch ein eine einem einen einer er es
    fur haben hat hier ich ihr im in ist ja kann kein keine man mehr mein mit nach nicht noch nur oder ohne sein seit
    sich sie sind so uber um und uns unter vom von vor war was wenn wer wie wir wird wo zu zum zur
    """.split()  # noqa: SIM905 - so they can be read
)


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared: "Überlauf (db-1)" has "uberlauf", "db" and "1"."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(_without_accents(text))]


def folded(text: str) -> str:
    """The words of a text, a blank between each."""
    return " ".join(words_of(text))


def _without_accents(text: str) -> str:
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    # What a compatibility form stands for may have capitals, and an accent of its own.
    return "".join(character for character in apart if not unicodedata.combining(character)).casefold()


@dataclass(frozen=True)
class Term:
    """Words that must stand next to each other, in this order; mostly one. `is_quoted`: they mean just these words."""

    words: tuple[str, ...]
    is_quoted: bool = False

    @property
    def may_begin(self) -> bool:
        """Whether words that begin with it are meant, too."""
        return not self.is_quoted and len(self.words) == 1 and len(self.words[0]) >= SHORTEST_BEGINNING


def terms_of(typed: str) -> tuple[Term, ...]:
    """What is looked for: all of these, in any order. Empty: there is no word in it.

    Words in quotes stand next to each other, and so do the parts of "db-1". A quote that nobody closed is none. Words
    that tell nothing are left out, unless there are no others.
    """
    found = list(dict.fromkeys(_terms(typed[:LONGEST_TYPED])))
    telling = [
        term for term in found if term.is_quoted or term.words[0] not in STOP_WORDS or len(term.words) > 1
    ]
    return tuple((telling or found)[:MOST_TERMS])


def _terms(typed: str) -> Iterator[Term]:
    for quoted, plain in _TYPED.findall(typed):
        words = tuple(words_of(quoted or plain))
        if words:
            yield Term(words, is_quoted=bool(quoted))


# -- the databases' own languages -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    """What a text must have: `every` term, or one of them. `in_title`: there; `begins`: words that begin so are enough."""

    terms: tuple[Term, ...]
    every: bool = True
    in_title: bool = False
    begins: bool = False

    @property
    def has_phrase(self) -> bool:
        """Whether some of its words must stand next to each other."""
        return any(len(term.words) > 1 for term in self.terms)

    @property
    def fts5(self) -> str:
        """For SQLite's MATCH."""
        said = [
            f'"{" ".join(term.words)}"' + (" *" if self.begins and term.may_begin else "")
            for term in self.terms
        ]
        whole = (" AND " if self.every else " OR ").join(said)
        return f"title : ({whole})" if self.in_title else whole

    @property
    def tsquery(self) -> str:
        """For Postgres' to_tsquery."""
        return (" & " if self.every else " | ").join(self._of_postgres(term) for term in self.terms)

    def _of_postgres(self, term: Term) -> str:
        marks = ("*" if self.begins and term.may_begin else "") + ("A" if self.in_title else "")
        return "(" + " <-> ".join(f"'{word}'" + (f":{marks}" if marks else "") for word in term.words) + ")"


# -- what is shown of a text ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """A part of a text; `is_meant` when it is a word that was looked for."""

    text: str
    is_meant: bool = False


def excerpt(text: str, terms: Sequence[Term], *, longest: int) -> list[Piece]:
    """The part of a text in which the words stand, of so many characters at most; empty when none does.

    It is on one line, and begins and ends between words, with an ellipsis where something is missing.
    """
    text = " ".join(unicodedata.normalize("NFC", text).split())
    meant = [match.span() for match in _WORD.finditer(text) if _is_meant(match[0], terms)]
    if not meant:
        return []
    begin, end = _around(text, meant[0][0], longest)
    pieces = [Piece("…")] if begin > 0 else []
    at = begin
    for first, last in meant:
        if first < at or last > end:
            continue
        pieces += [Piece(text[at:first]), Piece(text[first:last], True)]
        at = last
    pieces.append(Piece(text[at:end] + ("…" if end < len(text) else "")))
    return [piece for piece in pieces if piece.text]


def _is_meant(word: str, terms: Sequence[Term]) -> bool:
    parts = words_of(word)
    for term in terms:
        if any(part in term.words for part in parts):
            return True
        if term.may_begin and any(part.startswith(term.words[0]) for part in parts):
            return True
    return False


def _around(text: str, at: int, longest: int) -> tuple[int, int]:
    """From where to where: a little before the first word that is meant, and as much behind it as there is room for."""
    begin = max(0, min(at - longest // 4, len(text) - longest))
    if begin > 0:
        blank = text.find(" ", begin - 1, at)
        begin = blank + 1 if blank >= 0 else at
    end = min(len(text), begin + longest)
    if end < len(text):
        blank = text.rfind(" ", at, end)
        end = blank if blank > at else end
    return begin, end
