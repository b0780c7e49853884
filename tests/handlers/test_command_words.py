"""Whatever is typed behind `/incident`, and behind `/check maintenance`: an answer or words for the person, never an error of ours."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.config import Settings, load
from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.errors import UserError
from bot.delivery.slack import Call
from bot.incidents.declaring import Declaration, declare
from bot.runtime import Bot
from handlers.commands.check import SUBCOMMANDS as OF_CHECK
from handlers.commands.check import check
from handlers.commands.incident import SUBCOMMANDS, incident
from handlers.commands.maintenance import SUBCOMMANDS as OF_MAINTENANCE
from handlers.commands.oncall import SUBCOMMANDS as OF_ONCALL
from handlers.commands.ops import SUBCOMMANDS as OF_OPS
from handlers.commands.ops import ops
from handlers.commands.page import SUBCOMMANDS as OF_PAGE
from handlers.commands.subcommands import Subcommands
from handlers.entry import in_words
from handlers.incident_text import title_and_summary, user_named
from handlers.request import Answer, Handle, Repeated, from_command
from handlers.words import as_number, first_word
from tests.databases import SqliteFiles
from tests.examples import examples
from tests.views.anything import NASTY, words
from tests.views.slack_limits import in_message, in_view

SAMPLE = Path(__file__).resolve().parents[2] / "app.yaml"


class Opened:
    """Stands in for Slack: keeps the modals that are opened."""

    def __init__(self) -> None:
        self.views: list[dict[str, Any]] = []

    async def call(self, call: Call) -> dict[str, Any]:
        if call.method == "users.info":
            return {"ok": True, "user": {"id": call.args["user"], "name": "somebody"}}
        self.views.append(call.args["view"])
        return {"ok": True}


@contextmanager
def desk(sqlite_files: SqliteFiles) -> Iterator[tuple[Bot, asyncio.Runner]]:
    """A bot with two incidents, one of them in the channel C1; hypothesis brings no event loop of its own."""
    with asyncio.Runner() as loop:
        place = sqlite_files.one()
        url = loop.run(place.__aenter__())
        db = Database(url)
        config = load(SAMPLE)
        bot = Bot(
            config=config,
            settings=Settings(_env_file=None),
            db=db,
            slack=Opened(),  # type: ignore[arg-type]
            clock=Clock(),
        )

        async def two_incidents() -> None:
            async with db.begin() as session:
                for number in (1, 2):
                    made = await declare(
                        session,
                        Declaration(title=f"Incident {number}", severity=config.severities[0]),
                        config=config,
                        by="U01",
                        now=datetime(2026, 11, 21, tzinfo=UTC),
                    )
                    made.channel_id = f"C{number}"

        loop.run(two_incidents())
        try:
            yield bot, loop
        finally:
            loop.run(db.close())
            loop.run(place.__aexit__(None, None, None))


subwords = st.sampled_from(SUBCOMMANDS.names)
near_words = st.sampled_from(["", "help", "HELP", "declar", "resolv", "12", "#1", "٣", "0", "9" * 30])
pieces = st.lists(
    st.sampled_from(
        [
            *NASTY,
            "1 ",
            "#1 ",
            "#2 ",
            "sev1 ",
            "level 3 ",
            "level&nbsp;3 x",
            "&nbsp;",
            "<>",
            "all ",
            "identified ",
            "lead ",
            "service:checkout ",
            "service:chekout ",
            "service:<> ",
        ]
    ),
    max_size=6,
).map("".join)
lines = st.tuples(
    st.one_of(subwords, subwords, near_words),
    st.sampled_from([" ", "\n", "\xa0", "  "]),
    st.one_of(pieces, words(3200)),
).map("".join)


def has_answer(
    bot: Bot, loop: asyncio.Runner, handle: Handle, line: str, channel: str, count: object
) -> None:
    """What the command answers, or the form that it opens, is within Slack's limits."""
    body = {
        "user_id": "U01",
        "channel_id": channel,
        "text": line,
        "trigger_id": f"t-{count}",
        "response_url": "https://hooks.example/1",
    }
    opened: Opened = bot.slack  # type: ignore[assignment]
    opened.views.clear()
    try:
        answer = loop.run(handle(bot, from_command(body)))  # type: ignore[arg-type]
    except UserError as error:
        answer = Answer(in_words(error))
    except Repeated:
        return
    for view in opened.views:
        assert in_view(view) == []
    if answer is not None:
        blocks = {"blocks": list(answer.blocks)} if answer.blocks else {}
        assert in_message({"text": answer.text, **blocks}) == []
    else:
        assert opened.views, "neither an answer nor a form"


def test_any_line_is_answered(sqlite_files: SqliteFiles) -> None:
    with desk(sqlite_files) as (bot, loop):

        @settings(max_examples=examples(80), deadline=None, suppress_health_check=list(HealthCheck))
        @given(line=lines, channel=st.sampled_from(["C1", "C404"]), count=st.uuids())
        @example(line="severity <>", channel="C1", count="a")
        @example(line="severity &nbsp;", channel="C1", count="b")
        @example(line="declare sev1&nbsp;foo", channel="C1", count="c")
        @example(line="declare level&nbsp;3 foo", channel="C1", count="d")
        @example(line="declare sev1 service:&nbsp; foo", channel="C1", count="f")
        @example(line="role 1 lead", channel="C404", count="g")
        @example(line="lead \xa0&nbsp;", channel="C1", count="e")
        def answered(line: str, channel: str, count: object) -> None:
            has_answer(bot, loop, incident, line, channel, count)

        answered()


of_maintenance = st.sampled_from(OF_MAINTENANCE.names)
maintenance_pieces = st.lists(
    st.sampled_from(
        [
            *NASTY,
            *("payments ", "payments,search ", "paymnets ", "all ", "and ", ", ", "2h ", "30m ", "99w "),
            *(
                "from ",
                "22:00 ",
                "for ",
                "to ",
                "tomorrow ",
                "#1 ",
                "1 ",
                "9" * 18 + " ",
                "9" * 30,
                "<> ",
                "&nbsp;",
            ),
        ]
    ),
    max_size=7,
).map("".join)
maintenance_lines = st.tuples(
    st.sampled_from(["maintenance", "MAINTENANCE", "maintenence"]),
    st.sampled_from([" ", "\n", "\xa0"]),
    st.one_of(of_maintenance, st.sampled_from(["", "strat", "list"])),
    st.sampled_from([" ", "\n", "  "]),
    st.one_of(maintenance_pieces, words(3200)),
).map("".join)


def test_any_line_about_maintenance_is_answered(sqlite_files: SqliteFiles) -> None:
    with desk(sqlite_files) as (bot, loop):

        @settings(max_examples=examples(50), deadline=None, suppress_health_check=list(HealthCheck))
        @given(line=maintenance_lines, count=st.uuids())
        @example(line="maintenance start payments 2h x", count="a")
        @example(line="maintenance start , 2h", count="b")
        @example(line="maintenance extend 1 99w", count="c")
        @example(line="maintenance end &nbsp;", count="d")
        def answered(line: str, count: object) -> None:
            has_answer(bot, loop, check, line, "C1", count)

        answered()


@given(words(300))
def test_the_first_word_and_the_rest(text: str) -> None:
    word, rest = first_word(text)
    assert len(word.split()) <= 1
    assert [*word.split(), *rest.split()] == text.split()


@given(words(4000))
def test_a_title_fits_and_nothing_is_lost(text: str) -> None:
    title, summary = title_and_summary(text)
    assert len(title) <= 200
    assert len(summary) <= 3000
    assert "\n" not in title


@given(words(40))
def test_a_person_is_named_by_a_mention_or_refused(text: str) -> None:
    try:
        user = user_named(text)
    except UserError:
        return
    assert user is None or text.split()[0].startswith(f"<@{user}")


@pytest.mark.parametrize(
    ("word", "number"), [("12", 12), ("#12", 12), ("12a", None), ("", None), ("9" * 19, None), ("-1", None)]
)
def test_numbers(word: str, number: int | None) -> None:
    assert as_number(word) == number


every_command = pytest.mark.parametrize(
    "known",
    [SUBCOMMANDS, OF_PAGE, OF_ONCALL, OF_CHECK, OF_MAINTENANCE, OF_OPS],
    ids=lambda known: known.command,
)


@every_command
def test_subcommands_have_one_meaning_each_and_stand_in_the_help(known: Subcommands) -> None:
    assert len(known.names) == len(set(known.names))
    told = "\n".join(known.paragraphs())
    for each in known:
        assert all(known.named(name.upper()) is each for name in each.names)
        assert f"`{known.command} {each.name}" in told


@every_command
def test_a_slip_of_the_pen_is_told_how_it_is_typed(known: Subcommands) -> None:
    for each in known:
        for name in each.names:
            assert known.guess(name + name[-1]) == known.form(each)


def test_any_line_behind_ops_is_answered(sqlite_files: SqliteFiles) -> None:
    ops_lines = st.tuples(
        st.sampled_from(["", "help", "backlg", *(s.name for s in OF_OPS)]),
        st.sampled_from([" ", "\n", "\xa0", "  "]),
        st.one_of(pieces, words(3200), st.sampled_from(["1", "#1 no time", "9" * 30, "4w", "99w", "all 2"])),
    ).map("".join)
    with desk(sqlite_files) as (bot, loop):

        @settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))
        @given(line=ops_lines, count=st.uuids())
        @example(line="backlog add &nbsp;", count="a")
        @example(line="backlog decline 1 &nbsp;", count="b")
        @example(line="alerts \xa0", count="c")
        def answered(line: str, count: object) -> None:
            has_answer(bot, loop, ops, line, "C1", count)

        answered()
