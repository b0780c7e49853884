"""Slack's text as it comes in."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.slack_text import as_title, as_typed, mentioned_user
from tests.views.anything import words


def as_slack_sends(typed: str) -> str:
    """What Slack makes of text that somebody types."""
    return typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@pytest.mark.parametrize(
    ("sent", "typed", "title"),
    [
        ("a &amp; b &lt;c&gt;", "a & b <c>", "a & b <c>"),
        ("&amp;lt; stays", "&lt; stays", "&lt; stays"),
        ("<@U1|ada> and <@W2>", "<@U1> and <@W2>", "@ada and @W2"),
        ("in <#C1|ops> or <#C2>", "in <#C1> or <#C2>", "in #ops or #C2"),
        ("<!subteam^S1|@sre>, <!subteam^S2>", "@sre, @S2", "@sre, @S2"),
        ("<!channel> <!here|here>", "@channel @here", "@channel @here"),
        ("<https://x.example>", "https://x.example", "https://x.example"),
        ("<https://x.example|x.example>", "x.example (https://x.example)", "https://x.example"),
        ("<mailto:a@x.example|a@x.example>", "a@x.example", "a@x.example"),
        ("  <>  ", "", ""),
    ],
)
def test_tokens_become_what_was_typed(sent: str, typed: str, title: str) -> None:
    assert (as_typed(sent), as_title(sent)) == (typed, title)


@given(words(300))
def test_what_holds_no_token_comes_back_as_it_was_typed(typed: str) -> None:
    assert as_typed(as_slack_sends(typed)) == html.unescape(as_slack_sends(typed)).strip()
    assert as_title(as_slack_sends(typed)) == as_typed(as_slack_sends(typed))


@given(words(300))
def test_any_text_at_all_can_be_read(sent: str) -> None:
    for read in (as_typed, as_title):
        assert read(sent) == read(sent).strip()


@given(st.text())
def test_a_mention_is_a_user_or_nobody(word: str) -> None:
    found = mentioned_user(word)
    assert found is None or found[0] in "UW"


def test_mentions() -> None:
    assert mentioned_user("<@U1|ada>") == mentioned_user("<@U1>") == "U1"
    assert mentioned_user("@ada") is None
    assert mentioned_user("<@U1> and more") is None
