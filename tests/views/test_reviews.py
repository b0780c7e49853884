"""Reviews: Slack takes them whatever people write, drafts claim nothing without a source, files carry no markup of
people's.
"""

import json
import re
from html.parser import HTMLParser

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.timeline import TimelineEntry
from bot.reviews.document import LONGEST, SECTIONS, as_text, cited, document, from_text
from bot.reviews.facts import Facts
from bot.views import home, review_wording, reviews
from bot.views.review_draft import draft
from bot.views.review_text import Record, as_html, as_json, as_markdown, slack_text
from playground.blocks import check_blocks
from playground.views import check_view
from tests.examples import examples
from tests.views import anything, reviews_of
from tests.views.slack_limits import in_message, in_view

slow = settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
pages = st.one_of(
    anything.words(3000), st.lists(anything.words(200), max_size=80).map("\n- ".join), st.just("x" * LONGEST)
)


@slow
@given(anything.words(3000), pages, st.sampled_from(reviews_of.STATES), st.booleans(), st.booleans())
def test_slack_takes_whatever_people_write(
    text: str, page: str, state: str, private: bool, published: bool
) -> None:
    config, now = anything.config("&", 4), anything.NOW
    known = reviews_of.review_now(state, text, private=private, published=published)
    written = document(dict.fromkeys(SECTIONS, page[:LONGEST]))
    messages = [
        ("card", reviews.review_text(known), reviews.review_blocks(known, config, now=now, news="News")),
        ("list", "x", reviews.review_list([known] * reviews.PAGE, 100, 5, 1, everything=True, now=now)),
        ("published", reviews.published_text(known), reviews.published_blocks(known, written, config)),
    ]
    for state_of_wording in ("ready", "failed"):
        other = reviews_of.wording(text, state_of_wording)
        words = review_wording.told_text(known, other)
        messages.append((state_of_wording, words, review_wording.told_blocks(known, other)))
    for rung in ("owner", "lead", "service"):
        blocks = reviews.reminder_blocks(known, known.tasks, rung, config, now=now)
        messages.append((rung, reviews.reminder_text(known, rung, now), blocks))
    for name, words, blocks in messages:
        if name == "list":  # in a message each block_id is there once; a list has none of its own
            blocks = [{key: part for key, part in block.items() if key != "block_id"} for block in blocks]
        assert in_message({"text": words, "blocks": blocks}) == [], name
        check_blocks(blocks, "message")
    waiting = reviews.home_reviews([known] * reviews.AT_HOME, now)
    views = [
        home.home([known.incident] * home.SHOWN, 99, config, reviews=waiting),
        reviews.document_view(
            known,
            written,
            news="News",
            wording=review_wording.note(1, reviews_of.wording(text)),
            improver=reviews_of.IMPROVER,
        ),
        review_wording.changes_view(known, reviews_of.wording(page[:3000])),
        reviews.skip_form(known, known.tasks[0]),
        reviews.waive_form(known),
        reviews.give_form(known),
        reviews.versions_view(known, reviews_of.versions(text), str),
    ]
    if reviews.parts(written.sections["impact"]) is not None:
        views.append(reviews.section_form(known, "impact", written.sections["impact"]))
    if reviews.parts(as_text(written)) is not None:
        views.append(reviews.whole_form(known, as_text(written)))
    for view in views:
        assert in_view(view) == [], view.get("callback_id", "home")
        check_view(view, (view["type"],))


def test_a_heading_of_ones_own_stays_as_it_is_however_often_it_is_kept() -> None:
    once = document({"impact": "# One\n## Two\n### Three\n#### Four"})
    assert once.sections["impact"] == "### One\n### Two\n### Three\n#### Four"
    assert document(once.sections) == once


@slow
@given(pages)
def test_every_section_fits_into_a_form_and_comes_back_as_it_was(page: str) -> None:
    text = document({"impact": page[:LONGEST]}).sections["impact"]
    pieces = reviews.parts(text)
    assert pieces is not None
    assert all(len(piece) <= 3000 for piece in pieces)
    back = document({"impact": reviews.joined(pieces)}).sections["impact"]
    assert back == text


@slow
@given(st.lists(pages, min_size=8, max_size=8))
def test_what_is_written_as_markdown_is_read_as_it_was(texts: list[str]) -> None:
    written = document(dict(zip(SECTIONS, (text[:2000] for text in texts), strict=True)))
    assert from_text(as_text(written)) == written


@slow
@given(st.data())
def test_each_sentence_of_a_draft_cites_an_entry_or_asks(data: st.DataObject) -> None:
    config = data.draw(anything.configs)
    incident = data.draw(anything.incidents(config, state=data.draw(st.sampled_from(["open", "resolved"]))))
    found = data.draw(st.lists(anything.entries(config), max_size=25))
    entries = [_numbered(entry, number) for number, entry in enumerate(found, start=1)]
    first = TimelineEntry(
        incident_id=1,
        number=len(entries) + 1,
        kind="declared",
        occurred_at=incident.declared_at,
        author="U01",
        data={"title": incident.title, "severity": incident.severity},
    )
    alerts = data.draw(st.lists(anything.alerts(config), max_size=2))
    facts = Facts(incident, [*entries, first], {}, {"U01": "Ada"}, alerts=alerts)
    written = draft(facts, config)
    numbers = {entry.number for entry in facts.entries}
    for key, text in written.sections.items():
        assert len(text) <= LONGEST
        for line in filter(None, text.splitlines()):
            is_asked = re.fullmatch(r"- _.+_", line) is not None
            is_day = key == "timeline" and line.startswith("**")
            assert is_asked or is_day or line.endswith("]"), line
            assert is_asked or is_day or cited(line), line
        assert set(cited(text)) <= numbers
    assert from_text(as_text(written)) == written
    record = Record(reviews_of.review_now(), written, facts.entries, facts.names)
    markdown = as_markdown(record, config)
    assert from_text(markdown).cited == written.cited
    assert re.search(r"<[a-zA-Z/!?]", markdown) is None
    told = json.loads(json.dumps(as_json(record, config)))
    assert [section["key"] for section in told["sections"]] == list(SECTIONS)
    _Known().feed(as_html(record, config))
    assert "<!" not in slack_text(written.sections["timeline"])


def _numbered(entry: TimelineEntry, number: int) -> TimelineEntry:
    entry.number = number
    return entry


class _Known(HTMLParser):
    """Complains of an element, or an attribute, that no export has."""

    TAGS = frozenset(
        [
            "html",
            "head",
            "meta",
            "title",
            "style",
            "body",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "p",
            "ul",
            "ol",
            "li",
            "strong",
            "em",
            "s",
            "code",
            "pre",
            "blockquote",
            "hr",
            "br",
            "sup",
            "a",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
        ]
    )

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.TAGS, tag
        for name, value in attrs:
            assert name in (
                "lang",
                "charset",
                "name",
                "content",
                "class",
                "id",
                "href",
                "title",
                "start",
                "style",
            ), name
            assert name != "href" or not str(value).lower().strip().startswith(
                ("javascript:", "data:", "vbscript:")
            )


def test_what_people_write_brings_no_markup_into_a_page() -> None:
    evil = (
        "<script>alert(1)</script> ![x](https://evil.example/x.png) [a](javascript:alert(1)) [^1] <img src=x>"
    )
    written = document({"impact": evil})
    entry = TimelineEntry(
        incident_id=1,
        number=1,
        kind="note",
        occurred_at=anything.NOW,
        author="U01",
        data={"text": evil},
        hash="h",
    )
    record = Record(reviews_of.review_now(text=evil), written, [entry], {"U01": "<b>Ada</b>"})
    page = as_html(record, anything.config())
    _Known().feed(page)
    assert "<script" not in page
    assert "<img" not in page
    assert '<sup><a href="#e1">1</a></sup>' in page
    assert '<li id="e1">' in page


def test_a_page_keeps_numbers_apart_and_shows_cited_entries_as_they_stand_above() -> None:
    texts = dict.fromkeys(SECTIONS, "") | {"summary": "Told twice. [^1][^2]"}
    entries = [
        TimelineEntry(
            incident_id=1,
            number=number,
            kind="resolved",
            occurred_at=anything.NOW,
            author="U01",
            data={"text": "Release 41 is back", "open_tasks": 2},
            hash="h",
        )
        for number in (1, 2)
    ]
    record = Record(reviews_of.review_now(text="Slow"), document(texts), entries, {"U01": "Ada"})
    page = as_html(record, anything.config())
    assert '<a href="#e1">1</a></sup><sup>, <a href="#e2">2</a></sup>' in page
    assert "Ada <strong>resolved</strong> it: Release 41 is back · 2 tasks are still open</li>" in page


def test_what_somebody_formatted_in_slack_is_formatted_in_its_review() -> None:
    said = "*Do not restart* the ~old~ new one: `a *b* c`"
    known = reviews_of.review_now(text="Slow")
    entry = _numbered(anything.note_entry(said), 2)
    config = anything.config()
    written = draft(Facts(known.incident, [entry], {}, {"U01": "Ada"}), config)
    assert "**Do not restart** the ~~old~~ new one: `a *b* c` [^2]" in written.sections["timeline"]
    assert said in slack_text(written.sections["timeline"])
    page = as_html(Record(known, written, [entry], {"U01": "Ada"}), config)
    assert "<strong>Do not restart</strong> the <s>old</s> new one: <code>a *b* c</code>" in page


def test_citations_stand_as_small_numbers_in_slack() -> None:
    assert slack_text("- **Paged** at once. [^3][^12]\n## no\n- [ ] a\n- [x] b") == (
        "• *Paged* at once. `3, 12`\n*no*\n☐ a\n☑ b"
    )
