"""What somebody formatted in Slack is formatted the same way in a file."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.views.markdown import from_mrkdwn, html_from_mrkdwn, markdown_safe, to_mrkdwn


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("*bold*, _italic_ and ~gone~", "<strong>bold</strong>, <em>italic</em> and <s>gone</s>"),
        ("*all ~of it~ bold*", "<strong>all <s>of it</s> bold</strong>"),
        ("*_both_* (*so*)", "<strong><em>both</em></strong> (<strong>so</strong>)"),
        ("`a *b* c` and *b*", "<code>a *b* c</code> and <strong>b</strong>"),
        ("*see https://x.example/a* now", "<strong>see https://x.example/a</strong> now"),
        ("https://x.example/~ada/~bo", "https://x.example/~ada/~bo"),
        ("**bold** already", "<strong>bold</strong> already"),
        ("2 * 3 * 4, snake_case_name, a*b", "2 * 3 * 4, snake_case_name, a*b"),
    ],
)
def test_formatting_of_slack_means_the_same_in_markdown(typed: str, shown: str) -> None:
    reader = MarkdownIt("commonmark").enable("strikethrough")
    assert reader.renderInline(from_mrkdwn(typed)) == shown
    assert reader.render(markdown_safe(from_mrkdwn(typed))) == f"<p>{shown}</p>\n"


def test_a_page_shows_what_was_bold_or_struck_out_and_nothing_of_code() -> None:
    escaped = "*a &lt;b&gt;* and ~gone~, but `*not this*` nor 2 * 3 * 4"
    shown = "<strong>a &lt;b&gt;</strong> and <del>gone</del>, but `*not this*` nor 2 * 3 * 4"
    assert html_from_mrkdwn(escaped) == shown


def test_a_list_a_heading_and_a_tag_of_a_note_stay_words() -> None:
    said = MarkdownIt("commonmark").render(markdown_safe("# loud\n\n* one\n\n- two\n\n<b>\n\n***"))
    assert said == "<p># loud</p>\n<p>* one</p>\n<p>- two</p>\n<p>&lt;b&gt;</p>\n<p>***</p>\n"


@settings(max_examples=200)
@given(st.text(alphabet="ab _*~`\n", max_size=40))
def test_any_text_keeps_its_letters_whatever_its_marks(typed: str) -> None:
    def letters(text: str) -> str:
        return "".join(character for character in text if character in "ab \n_`")

    assert letters(from_mrkdwn(typed)) == letters(typed)
    assert letters(to_mrkdwn(typed)) == letters(typed)


def test_what_became_markdown_stands_in_slack_as_it_was_typed() -> None:
    typed = "*bold*, ~gone~, _slanted_, `**code**` and ```*more* of it```"
    assert to_mrkdwn(from_mrkdwn(typed)) == typed
