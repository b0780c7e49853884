"""The small change: lengths, escaping, cutting."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views.text import cut, escape, escaped, link, literal, plain, rich, shorten, span
from tests.views.anything import words
from tests.views.slack_limits import TOKEN, in_mrkdwn, tokens

lengths = st.integers(1, 400)


@given(words(500), lengths)
def test_shortened_text_fits_and_begins_as_the_whole(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


@given(words(500), lengths)
def test_escaped_text_fits_and_is_whole_to_its_end(text: str, limit: int) -> None:
    safe = escaped(text, limit)
    assert len(safe) <= limit
    assert list(in_mrkdwn(safe)) == []
    assert safe == escape(text) or safe.endswith("…")


@given(words(500), lengths)
def test_literal_text_holds_no_formatting(text: str, limit: int) -> None:
    safe = literal(text, limit)
    assert len(safe) <= limit
    assert not set(safe) & set("*`~<>")
    assert list(in_mrkdwn(safe)) == []


def test_an_underscore_inside_a_word_stays() -> None:
    assert literal("payment_service _is_ down", 100) == "payment_service ˍisˍ down"


def test_nothing_that_people_write_turns_round_what_follows_it() -> None:
    typed = "\u202eeltit\u202c \u2067عنوان\u2069"
    shown = "\u2060eltit\u2060 \u2060عنوان\u2060"
    assert literal(typed, 100) == rich(typed, 100) == plain(typed, 100)["text"] == shown


@given(words(500), lengths)
def test_rich_text_keeps_mentions_of_one_person_or_channel_and_nothing_else(text: str, limit: int) -> None:
    safe = rich(text, limit)
    assert list(in_mrkdwn(safe)) == []
    assert all(token[1] in "@#" for token in tokens(safe))


@pytest.mark.parametrize(
    "typed",
    ["<!channel>", "<!here|x>", "<!subteam^S1>", "<https://x|y>", "<!date^1^{date}|x>", "<@B01>", "<@u1>"],
)
def test_everything_else_stays_text(typed: str) -> None:
    assert rich(typed, 100) == escape(typed)


@given(
    st.lists(st.sampled_from(["<@U0123ABC>", "&amp;", "<https://x.example/a|b c>", "word ", "😀"])), lengths
)
def test_mrkdwn_is_never_cut_inside_a_token_or_an_entity(pieces: list[str], limit: int) -> None:
    whole = "".join(pieces)
    assert list(in_mrkdwn(whole)) == []
    short = cut(whole, limit)
    assert len(short) <= limit
    assert list(in_mrkdwn(short)) == []
    assert short == whole or whole.startswith(short[:-1])


@given(words(200), words(80))
def test_a_link_is_one_token_whatever_is_in_it(address: str, label: str) -> None:
    made = link("https://x.example/" + "".join(address.split()), label.replace("\n", " "))
    assert TOKEN.fullmatch(made)


@given(st.integers(-(10**9), 10**9))
def test_a_span_is_one_or_two_units_and_never_too_long(seconds: int) -> None:
    words_ = span(timedelta(seconds=seconds)).split()
    assert len(words_) in (2, 4)
    size = {"d": 86400, "h": 3600, "min": 60, "s": 1}
    told = sum(int(n) * size[u] for n, u in zip(words_[::2], words_[1::2], strict=True))
    assert told <= max(seconds, 0)
    assert max(seconds, 0) - told < size[words_[-1]] or len(words_) == 2


@pytest.mark.parametrize(
    ("seconds", "words_"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (59, "59 s"),
        (3600, "1 h"),
        (3900, "1 h 5 min"),
        (86400 + 300, "1 d"),
        (276000, "3 d 4 h"),
    ],
)
def test_spans(seconds: int, words_: str) -> None:
    assert span(timedelta(seconds=seconds)) == words_.replace(" ", "\u00a0")  # never broken over two lines
