"""What a redaction leaves of a document that was kept. Pure.

The words go wherever they stand as they were written. Where a sentence cites a redacted entry it may say them in others: it
goes as a whole if it still shares a word with the entry. Its citation stays.
"""

import re
from collections.abc import Collection, Iterable

from bot.core.search_words import STOP_WORDS, words_of
from bot.core.standing import GONE
from bot.reviews.document import cited, uncited

# Anything shorter stands in many places that say nothing of the entry.
SHORTEST = 4
_MARKS = r"[*_~`]*"
_SPACE = r"[*_~`]*\s[\s*_~`]*"
# Of whole words: an underscore belongs to one only where more of it follows.
_BEGIN, _END = r"(?<![^\W_])(?<![^\W_]_)", r"(?!_?[^\W_])"
_BETWEEN = re.compile(r"[\s*_~`]+")
# What stands in front of a sentence on its line: a list's mark and a time.
_LEAD = re.compile(r"\s*(?:(?:[-*+]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?)?(?:\d\d:\d\d:\d\d )?")
_SENTENCE = re.compile(r".+?(?:\[\^\d{1,6}\])+[.!?]?(?=\s|$)|.+")


def without(text: str, entries: Collection[int], taken: Collection[str]) -> str:
    """The text without what these entries said."""
    telling = {word for said in taken for word in words_of(said)} - STOP_WORDS
    return "\n".join(_line(line, entries, telling) for line in _without_quotes(text, taken).split("\n"))


def _without_quotes(text: str, taken: Iterable[str]) -> str:
    for said in sorted(taken, key=len, reverse=True):  # one may be a part of another
        if len(said.strip()) >= SHORTEST:
            text = re.sub(f"{_BEGIN}{_however_set(said)}{_END}", GONE, text, flags=re.IGNORECASE)
    return text


def _however_set(said: str) -> str:
    """A pattern of these words, on as many lines and with as many marks between them as may be: what was `*bold*` in Slack is
    `**bold**` in the document.
    """
    if not _BETWEEN.sub("", said):
        return re.escape(said.strip())
    words, gaps = _BETWEEN.split(said.strip()), _BETWEEN.findall(said.strip())
    apart = [_SPACE if any(map(str.isspace, gap)) else _MARKS for gap in gaps]
    return "".join(re.escape(word) + gap for word, gap in zip(words, [*apart, ""], strict=True))


def _line(line: str, entries: Collection[int], telling: Collection[str]) -> str:
    lead = _LEAD.match(line)
    begin = lead.end() if lead is not None else 0
    return line[:begin] + _SENTENCE.sub(lambda found: _sentence(found[0], entries, telling), line[begin:])


def _sentence(said: str, entries: Collection[int], telling: Collection[str]) -> str:
    numbers = cited(said)
    if not set(numbers) & set(entries) or not set(words_of(uncited(said).replace(GONE, " "))) & set(telling):
        return said
    blank = said[: len(said) - len(said.lstrip())]
    return f"{blank}{GONE} {''.join(f'[^{number}]' for number in numbers)}"
