"""Digests in Slack, in reports and as a picture: of any size, and with whatever people typed."""

import csv
import io
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.backlog.health import Health as BacklogHealth
from bot.config import Config
from bot.config.sections.digests import Digest as Said
from bot.digests.dora import Dora
from bot.digests.gather import Digest, Past, Today
from bot.digests.health import ActionItemHealth, Standing
from bot.digests.incidents import Step
from bot.digests.load import PersonLoad
from bot.digests.measures import Handled, incident_figures
from bot.digests.pending import Due, Item
from bot.digests.services import BudgetNow, FailingCheck, Uptime
from bot.digests.spans import complete
from bot.digests.timeliness import Promises, timeliness
from bot.oncall.duties import Duty
from bot.views import digest as view
from bot.views import report
from bot.views.digest_chart import alt_text, draw
from bot.views.figure_words import against, percent, took
from playground.blocks import check_blocks
from tests.examples import examples
from tests.views import anything, slack_limits

NOW = anything.NOW
HOSTILE = "<!channel> *x* `&` | =cmd() </li><script>1</script>\n# 1"


def told(text: str, count: int, *, period: Any = "weekly", config: Config) -> Digest:
    """A digest with as much of everything, each with this text."""
    spans = complete(period, NOW, config.zone)
    incident = anything.Incident(
        id=1, title=text, severity="SEV0", status="s0", service="v0", declared_at=NOW - timedelta(hours=2)
    )
    incident.channel_id = "C0123ABC"
    items = [Item(text, "U1", NOW), Item(text, None, NOW, NOW.date())] * count
    due = Due(items, {"review": count, "risk to look at": count * 9} if count else {})
    kept = timeliness([(NOW, NOW), (NOW, None), (NOW, NOW + timedelta(days=1))] * count)
    handled = [
        Handled(n, f"SEV{n % 3}", text[:80], NOW - timedelta(days=2), 60.0, 600.0, 5.0, 540.0)
        for n in range(count)
    ]
    past = Past(
        spans.span,
        incident_figures(handled, config, now=NOW),
        Dora(count, 1.5, incident_figures(handled, config, now=NOW).mtta, count // 2),
        anything.review(text or "T", count=count),
        Promises({"SEV0": kept, "SEV1": kept}, kept, kept, kept),
    )
    schedules = anything.on_call_config(count=1).schedules
    return Digest(
        period,
        NOW,
        Today(
            [incident] * count,
            count * 3,
            [Duty(schedules[0], anything.shift(), None, ())] * count,
            [FailingCheck("c", text, NOW, text)] * count,
            due,
            due,
        ),
        past,
        past,
        handled,
        [PersonLoad(text[:40], 12.0, 3, 1)] * count,
        [Uptime("c", text, None, 100, 0.995)] * count,
        [BudgetNow("o", text, None, 99.9, -0.5)] * count,
        [Step(one, {"SEV0": count, "SEV1": 1}, 60.0, None) for one in spans.steps],
        Standing(
            ActionItemHealth(count, 1, 2, 1, 1, NOW - timedelta(days=9), NOW.date()),
            BacklogHealth(count, {"bug": count}, timedelta(days=3), timedelta(days=400), 1, 2, 3),
            *[count] * 7,
        ),
    )


@settings(max_examples=examples(15), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    text=st.one_of(st.text(max_size=200), st.just(HOSTILE), st.just("&<>*_~`" * 28)),
    count=st.sampled_from([0, 1, 5, 60]),
    period=st.sampled_from(["daily", "weekly", "monthly", "quarterly"]),
)
def test_slack_takes_it_whatever_it_holds(text: str, count: int, period: Any) -> None:
    config = anything.config()
    digest = told(text, count, period=period, config=config)
    said = Said.model_validate({"name": "d", "period": period, "cadence": "0 9 * * *", "skip_empty": True})
    for blocks in (
        view.digest_blocks(digest, config, missed=True),
        view.detail_blocks(digest, config),
        view.whole_blocks(digest, config, [view.dry_run(said, config, NOW, digest)]),
    ):
        if not blocks:
            continue
        message = {"text": view.digest_text(digest, config), "blocks": blocks}
        assert slack_limits.in_message(message) == []
        assert check_blocks(blocks, "message") == []
        assert "<!" not in str(blocks).replace("<!date", "")
    for trend in view.trends(digest, config):
        assert len(trend["steps"]) == len(trend["series"][0][1])
        assert 0 < len(alt_text([trend])) <= 1000


@pytest.mark.parametrize(
    ("period", "now", "first", "last"),
    [
        ("weekly", NOW.replace(year=2026, month=9, day=14), "20 Jul", "7 Sep"),
        ("weekly", NOW.replace(year=2026, month=1, day=12), "17 Nov\n2025", "5 Jan\n2026"),
        ("monthly", NOW.replace(year=2026, month=9, day=14), "1 Mar", "1 Aug"),
        ("quarterly", NOW.replace(year=2026, month=1, day=14), "1 Jan\n2025", "1 Dec\n2025"),
    ],
)
def test_a_trend_names_the_year_where_it_can_be_mistaken(
    period: Any, now: datetime, first: str, last: str
) -> None:
    config = anything.config()
    digest = told("x", 2, period=period, config=config)
    steps = complete(period, now, config.zone).steps
    trend, *_ = view.trends(
        replace(digest, steps=[Step(one, {"SEV0": 1}, 60.0, None) for one in steps]), config
    )
    assert (trend["steps"][0], trend["steps"][-1]) == (first, last)
    assert f"{first} 1".replace("\n", " ") in alt_text([trend])


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.append(tag)


def test_a_report_holds_what_people_typed_as_text() -> None:
    config = anything.config()
    digest = replace(told(HOSTILE, 2, config=config), period=None)
    tags = Tags()
    tags.feed(report.as_html(digest, config))
    assert set(tags.seen) == {"html", "head", "meta", "title", "style", "body", "h1", "p", "h2", "ul", "li"}
    trends = view.trends(digest, config)
    drawn = Tags()
    drawn.feed(report.as_html(digest, config, trends, b"PNG"))
    assert set(drawn.seen) == {*tags.seen, "img"}
    assert (
        report.as_html(digest, config, trends, b"PNG").count(
            'src="data:image/png;base64,UE5H" alt="Incidents'
        )
        == 1
    )
    markdown = report.as_markdown(digest, config)
    assert "<script>" not in markdown
    assert not any(line.startswith("# 1") for line in markdown.splitlines())
    formula = replace(digest, handled=[replace(digest.handled[0], service="=cmd()")])
    (row,) = csv.DictReader(io.StringIO(report.as_csv(formula, config)))
    assert row["service"] == "'=cmd()"
    assert (row["acknowledged_after"], row["target"]) == ("60.0", "")


def test_the_picture_is_drawn_by_a_program_of_its_own(tmp_path: Any) -> None:
    config = anything.config()
    trends = view.trends(told("T", 3, period="quarterly", config=config), config)
    assert [trend["title"] for trend in trends] == [
        "Incidents by severity",
        "How long it took, by when it was declared",
    ]
    assert draw(trends).startswith(b"\x89PNG")
    done = subprocess.run(
        [sys.executable, "-m", "bot.views.digest_chart"], input=b"no json", capture_output=True, check=False
    )
    assert done.returncode != 0


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (1, "100%"),
        (0, "0%"),
        (0.5, "50.0%"),
        (0.9995, "99.95%"),
        (0.99999, "99.999%"),
        (0.000001, "nearly 0%"),
    ],
)
def test_a_share_is_never_rounded_to_all_or_nothing(share: float, words: str) -> None:
    assert percent(share) == words


def test_words_of_figures() -> None:
    assert [took(seconds) for seconds in (0, 59.6, 3600, 3725, 90061)] == [
        "0 s",
        "1 min",
        "1 h",
        "1 h 2 min",
        "1 d 1 h",
    ]
    assert [against(3, before) for before in (None, 3, 1, 5)] == [
        "",
        " (as before)",
        " (2 more)",
        " (2 fewer)",
    ]
