"""On-call in Slack: who has it, standing in, covering, swapping, changes of hands, the user group, calendar links."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import select, text

from bot.config import Config
from bot.config.calendar import Handoff
from bot.config.sections.schedules import Layer
from bot.core.clock import MovableClock
from bot.oncall.rows import OverrideRow, ScheduleWatch
from tests.acceptance.office import Json, Office, Person, find_element, open_office, said


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    """Tocsin has been up for a moment: it knows who has which account."""
    async with open_office(database_url) as office:
        await office.settled()
        yield office


async def told(person: Person) -> str:
    """All that the bot told somebody in private."""
    return "\n".join(said(message) for message in await person.direct_messages())


async def asked(person: Person, label: str) -> list[Json]:
    return [message for message in await person.direct_messages() if find_element([message], label)]


async def clicks_in_dm(person: Person, label: str, *, settle: bool = True) -> None:
    message = (await asked(person, label))[-1]
    element = find_element([message], label)
    assert element is not None
    body: dict[str, Any] = {
        "container": {"channel": message["channel"], "ts": message["ts"]},
        "action_id": element["action_id"],
        "block_id": element["block_id"],
    }
    assert (await person.act("click", body, settle=settle)).get("ok")


async def overrides(office: Office) -> list[tuple[str, str | None]]:
    async with office.app.bot.db.read() as session:
        found = await session.scalars(select(OverrideRow).order_by(OverrideRow.id))
        return [(row.schedule, row.person) for row in found if row.cancelled_at is None]


async def passes_to(office: Office, moment: datetime) -> None:
    await office.passes(seconds=(moment - office.clock.now()).total_seconds())


def handoff_of(office: Office) -> datetime:
    """When primary goes from ada to bo (office.calm)."""
    day = (office.clock.now() + timedelta(days=3)).date()
    return datetime.combine(day, time(9), UTC)


# -- who -------------------------------------------------------------------------------------------------------


async def test_who_is_on_call_now_and_next_and_why(office: Office) -> None:
    answer = await office.eve.types("/oncall")
    primary, backup = answer.index("First responder"), answer.index("Second responder")
    assert primary < answer.index(office.ada.shown) < answer.index(f"Next: {office.bo.shown}") < backup
    assert office.finn.shown in answer[backup:]
    assert "layer weekly" in answer
    ends = int(handoff_of(office).timestamp())
    assert f"until <!date^{ends}^" in answer, "a moment in the reader's own zone"

    one = await office.eve.types("/oncall backup")
    assert "Second responder" in one
    assert "First responder" not in one


async def test_my_shifts(office: Office) -> None:
    mine = await office.ada.types("/oncall me")
    assert mine.count("First responder") == 4  # every fourth week of three months
    assert "*now*" in mine
    assert "no shift" not in await office.cleo.types("/oncall mine")
    stranger = await office.newcomer("zoe")
    assert "not among the people of app.yaml" in await stranger.types("/oncall me")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/oncall ovveride", "Did you mean `/oncall override"),
        ("/oncall primray", "Did you mean `/oncall primary`"),
        ("/oncall help", "ask the others to take a shift"),
        ("/oncall override primery @bo for 2h", "Did you mean primary?"),
        ("/oncall override primary @bo tomorrow", "does not say from when to when"),
        ("/oncall override primary @bo tomorrow 09:00 to soon", "does not begin with a time"),
        ("/oncall override primary @bo yesterday 09:00 for 1h", "over already"),
        ("/oncall override cancel", "by its number"),
        ("/oncall override cancel 99", "no override 99"),
        ("/oncall override primary zeo for 2h", "“zeo” is no person of app.yaml"),
        ("/oncall override primary soonish", "“soonish” is no person of app.yaml"),
        ("/oncall override primary Fri 25:00 for 2h", "is not a time"),
        ("/oncall primary tomorrow", "takes no more words"),
        ("/oncall swap", "Say with whom"),
        ("/oncall swap primary", "Say with whom"),
        ("/oncall swap zeo", "“zeo” is no person of app.yaml"),
        ("/oncall swap me", "A swap needs two people"),
        ("/oncall feed", "TOCSIN_PUBLIC_URL"),
        ("/oncall feed revoke", "no such calendar link"),
    ],
)
async def test_slips_get_words_that_help(office: Office, typed: str, answer: str) -> None:
    assert answer in await office.ada.types(typed)


# -- standing in -----------------------------------------------------------------------------------------------


async def test_an_override_in_one_line_tells_all_whom_it_concerns(office: Office) -> None:
    answer = await office.bo.types("/oncall override primary @cleo for 2h dentist")
    assert "dentist" in answer
    assert "Europe/London" in answer
    assert "put you on call for" in await told(office.cleo)
    assert "in your place" in await told(office.ada)
    assert office.cleo.shown in await office.eve.types("/oncall primary")

    await office.passes(hours=2, seconds=2)
    assert f"*: {office.ada.shown}" in await office.eve.types("/oncall primary")


async def test_an_override_by_the_form(office: Office) -> None:
    await office.bo.types("/oncall override")
    start = int((office.clock.now() + timedelta(hours=1)).timestamp())
    errors = await office.bo.submits(
        schedule="primary", person=office.dev.id, starts_at=start, ends_at=start - 60
    )
    assert "later" in errors["ends_at"]
    assert not await office.bo.submits(
        schedule="primary", person=office.dev.id, starts_at=start, ends_at=start + 3600, reason="concert"
    )
    assert await overrides(office) == [("primary", "dev")]
    assert "concert" in await told(office.dev)


async def test_who_may_put_whom_on_call(office: Office) -> None:
    """eve is no member of primary: she may take it herself, and put nobody else there; ada owns it."""
    assert "Only members" in await office.eve.types("/oncall override primary @bo for 1h")
    assert "Override" in await office.eve.types("/oncall override primary me for 1h")
    assert "Only ada" in await office.bo.types("/oncall override primary nobody for 1h")
    assert "nobody" in await office.ada.types("/oncall override primary nobody for 1h")
    stranger = await office.newcomer("zoe")
    assert "not among the people" in await stranger.types("/oncall override primary me for 1h")
    assert "not among the people" in await office.ada.types(
        f"/oncall override primary <@{stranger.id}> for 1h"
    )
    assert await overrides(office) == [("primary", "eve"), ("primary", None)]


async def test_overrides_are_listed_and_cancelled(office: Office) -> None:
    await office.bo.types("/oncall override primary @cleo in 2h for 2h")
    for typed in ("/oncall override list", "/oncall overrides", "/oncall overrides primary"):
        assert office.cleo.shown in await office.cleo.types(typed)
    assert "No override" in await office.cleo.types("/oncall overrides backup")
    assert "not yours" in await office.finn.types("/oncall override cancel 1")
    assert "cancelled" in await office.cleo.types("/oncall override cancel 1")
    assert "cancelled already" in await office.cleo.types("/oncall override cancel 1")
    assert await overrides(office) == []

    await office.bo.types("/oncall override primary @cleo for 2h")
    await office.passes(minutes=5)
    assert "ended now" in await office.bo.types("/oncall override cancel 2")
    assert "ended the override" in await told(office.cleo)
    assert f"*: {office.ada.shown}" in await office.eve.types("/oncall primary")


# -- cover and swap --------------------------------------------------------------------------------------------


async def test_the_first_to_take_a_shift_has_it_and_the_other_is_told(office: Office) -> None:
    answer = await office.ada.types("/oncall cover primary in 2h for 3h dentist")
    assert "Asking 3 people" in answer
    for person in (office.bo, office.cleo, office.dev):
        assert "dentist" in await told(person)
    assert await asked(office.finn, "I take it") == []

    before = {person: len(await person.direct_messages()) for person in (office.bo, office.cleo)}
    await asyncio.gather(
        clicks_in_dm(office.bo, "I take it", settle=False),
        clicks_in_dm(office.cleo, "I take it", settle=False),
    )
    await office.settled()
    made = await overrides(office)
    assert len(made) == 1
    winner, loser = (office.bo, office.cleo) if made == [("primary", "bo")] else (office.cleo, office.bo)
    assert f"{winner.shown} has it" in await told(office.ada)
    assert len(await loser.direct_messages()) > before[loser], "who came late is told"
    assert "has taken it already" in await told(loser)
    for person in (office.ada, office.bo, office.cleo, office.dev):
        assert await asked(person, "I take it") == await asked(person, "Withdraw") == []
    await office.passes(hours=2, seconds=2)
    assert f"*: {winner.shown}" in await office.eve.types("/oncall primary")


async def test_a_double_click_takes_it_once(office: Office) -> None:
    await office.ada.types("/oncall cover primary in 2h for 3h")
    await asyncio.gather(*(clicks_in_dm(office.bo, "I take it", settle=False) for _ in range(2)))
    await office.settled()
    assert await overrides(office) == [("primary", "bo")]


async def test_cover_is_asked_for_a_part_of_a_shift_in_a_channel_and_withdrawn(office: Office) -> None:
    await office.ada.types("/oncall cover")
    start = int((office.clock.now() + timedelta(hours=4)).timestamp())
    assert not await office.ada.submits(
        starts_at=start, ends_at=start + 7200, where="#incidents", reason="school"
    )
    assert "school" in await office.bo.reads("incidents")
    assert await asked(office.bo, "I take it") == []
    await office.finn.clicks("I take it", channel="incidents")
    assert "Only members" in await office.finn.is_told("incidents")
    await office.bo.clicks("Withdraw", channel="incidents")
    assert "Only whoever asked" in await office.bo.is_told("incidents")
    await clicks_in_dm(office.ada, "Withdraw")
    assert "Withdrawn" in await office.bo.reads("incidents")
    assert await overrides(office) == []


async def test_a_channel_that_cannot_be_written_to_is_no_place_to_ask_in(office: Office) -> None:
    """Nobody would have been asked: the members are asked one by one, and the asker hears of it."""
    await office.ada.types("/oncall cover primary in 2h for 3h in #nowhere dentist")
    words = await told(office.ada)
    assert (
        "is not in #nowhere: Slack says `channel_not_found`. 3 people were asked by direct message" in words
    )
    await clicks_in_dm(office.cleo, "I take it")
    assert await overrides(office) == [("primary", "cleo")]
    assert await asked(office.bo, "I take it") == await asked(office.ada, "Withdraw") == []
    await office.passes(hours=1)
    assert (await told(office.ada)).count("#nowhere") == 1


async def test_cover_expires_and_the_asker_still_has_the_shift(office: Office) -> None:
    await office.ada.types("/oncall cover primary in 2h for 3h")
    await office.stop_bot()
    office.clock.advance(hours=2, minutes=1)
    await office.start_bot()
    await office.settled()
    assert "You are still on call" in await told(office.ada)
    assert await asked(office.bo, "I take it") == []
    once = (await told(office.ada)).count("You are still on call")
    await office.stop_bot()
    await office.start_bot()
    await office.passes(hours=1)
    assert (await told(office.ada)).count("You are still on call") == once == 1


async def test_nobody_asks_for_what_is_not_theirs(office: Office) -> None:
    assert "is not on call" in await office.bo.types("/oncall cover primary in 2h for 3h")
    assert "is not on call" in await office.ada.types("/oncall cover primary in 2h for 99d")


async def test_two_people_swap_shifts_once_both_agree(office: Office) -> None:
    await office.bo.types("/oncall swap @cleo")
    view = await office.bo.modal()
    assert "cleo gives" in said(view)
    assert not await office.bo.submits(reason="holiday")
    assert await overrides(office) == [], "nothing changes before the other agrees"
    assert await asked(office.ada, "Accept") == []
    await clicks_in_dm(office.cleo, "Accept")
    assert sorted(await overrides(office)) == [("primary", "bo"), ("primary", "cleo")]
    assert "agreed" in await told(office.bo)
    handoff = handoff_of(office)
    await passes_to(office, handoff + timedelta(minutes=1))
    assert f"*: {office.cleo.shown}" in await office.eve.types("/oncall primary")
    await passes_to(office, handoff + timedelta(days=7, minutes=1))
    assert f"*: {office.bo.shown}" in await office.eve.types("/oncall primary")


async def test_a_swap_is_declined(office: Office) -> None:
    await office.bo.types("/oncall swap primary @cleo")
    await office.bo.submits()
    await clicks_in_dm(office.cleo, "Decline")
    assert "declined" in await told(office.bo)
    assert await overrides(office) == []


# -- what time brings ------------------------------------------------------------------------------------------


async def test_a_reminder_a_handoff_and_the_user_group_each_once(office: Office) -> None:
    """bo is reminded a day before, told at the handoff as ada is, and @oncall follows; restarts repeat nothing."""
    await office.eve.types("/incident declare sev4 Typo on the imprint")
    await office.eve.types("/incident declare")
    await office.eve.submits(title="Stolen laptop", severity="SEV4", options=["private"])
    assert await members(office) == [office.ada.id]

    handoff = handoff_of(office)
    await passes_to(office, handoff - timedelta(days=1) + timedelta(minutes=1))
    for _ in range(2):
        await office.stop_bot()
        await office.start_bot()
        await office.passes(seconds=2)
    reminders = await told(office.bo)
    assert reminders.count("Your shift as *First responder* begins") == 2  # the text, and the block with more
    assert "Slack alone" not in reminders, "without TOCSIN_SECRET_KEY there are no contact methods to ask for"

    await office.stop_bot()
    office.clock.advance(seconds=(handoff - office.clock.now()).total_seconds() + 60)
    await office.start_bot()
    await office.settled()
    await office.stop_bot()
    await office.start_bot()
    await office.passes(minutes=5)
    channel = await office.eve.messages("incidents")
    handoffs = [said(m) for m in channel if "First responder" in said(m)]
    assert len(handoffs) == 1
    assert f"{office.bo.shown} is on call now, after {office.ada.shown}" in handoffs[0]
    assert "Typo on the imprint" in handoffs[0]
    assert "laptop" not in handoffs[0], "a channel shows nothing private"
    for person in (office.ada, office.bo):
        words = await told(person)
        assert words.count("is on call now, after") == 2
        assert "laptop" not in words
    assert "is on call now" not in await told(office.cleo)
    assert await members(office) == [office.bo.id]
    updates = await office.calls("usergroups.users.update")
    assert len(updates) == 1, "ada was in it from the beginning"


async def members(office: Office) -> list[str]:
    groups = (await office.get("/workspace"))["usergroups"]
    return list(next(group["users"] for group in groups if group["handle"] == "oncall"))


async def test_what_changed_long_ago_is_no_news(office: Office) -> None:
    handoff = handoff_of(office)
    await office.stop_bot()
    office.clock.advance(seconds=(handoff - office.clock.now()).total_seconds() + 13 * 3600)
    await office.start_bot()
    await office.settled()
    assert "is on call now" not in await office.eve.reads("incidents")
    assert "Your shift" not in await told(office.bo)
    assert await members(office) == [office.bo.id], "the group is put right all the same"


async def test_a_user_group_that_slack_refuses_is_told_once_with_what_to_do(office: Office) -> None:
    await office.fault("usergroups.users.update", "error", error="paid_teams_only")
    await office.bo.types("/oncall override primary @cleo for 5h")
    await office.passes(minutes=30)
    await office.passes(hours=1)
    words = await told(office.ada)
    assert words.count("does not follow") == 1
    assert "paid plan" in words
    await office.no_faults()
    await office.passes(hours=1, minutes=1)
    assert await members(office) == [office.cleo.id]
    async with office.app.bot.db.read() as session:
        watch = await session.get_one(ScheduleWatch, "primary")
        assert watch.group_problem is None


async def test_a_gap_is_told_to_the_owner(office: Office) -> None:
    await office.ada.types("/oncall override backup nobody for 3h")
    assert "nobody is on call" in await told(office.ada)
    assert "nobody is on call" in await told(office.finn)


async def test_somebody_whom_slack_does_not_know_is_told_of_to_the_owner(database_url: str) -> None:
    def change(config: Config) -> Config:
        people = tuple(
            person.model_copy(update={"email": "gone@example.com"}) if person.name == "bo" else person
            for person in config.people
        )
        return config.model_copy(update={"people": people})

    async with open_office(database_url, change=change) as office:
        await office.settled()
        await passes_to(office, handoff_of(office) - timedelta(hours=23))
        words = await told(office.ada)
        assert words.count("*bo* is on call from") == 1
        assert "Slack knows nobody with their e-mail address" in words


async def test_a_shift_that_changes_hands_in_the_missing_hour(database_url: str) -> None:
    """Clocks in Berlin go from 02:00 to 03:00; the handoff at 02:30 is at 01:00 UTC, once."""

    def change(config: Config) -> Config:
        schedule = config.schedules[0]
        day = next_spring()
        layer = schedule.layers[0].model_copy(
            update={
                "start": day - timedelta(weeks=41),
                "handoff": Handoff(time(2, 30), day.weekday()),
            }
        )
        berlin = schedule.model_copy(update={"timezone": "Europe/Berlin", "layers": (layer,)})
        return config.model_copy(update={"schedules": (berlin,)})

    async with open_office(database_url, change=change) as office:
        boundary = datetime.combine(next_spring(), time(1), UTC)
        await passes_to(office, boundary - timedelta(minutes=1))
        await office.settled()
        before = (await office.eve.reads("incidents")).count("is on call now, after")
        await office.passes(minutes=2)
        words = await office.eve.reads("incidents")
        assert f"{office.bo.shown} is on call now, after {office.ada.shown}" in words
        handed_over = words.count("is on call now, after")
        assert handed_over > before
        await office.passes(hours=3)
        assert (await office.eve.reads("incidents")).count("is on call now, after") == handed_over


def next_spring() -> date:
    """The day on which clocks in Berlin are put forward next, at least a week from now."""
    day = (MovableClock().now() + timedelta(days=8)).date()
    while not (day.month == 3 and day.weekday() == 6 and day.day >= 25):
        day += timedelta(days=1)
    return day


# -- a calendar that is kept elsewhere -------------------------------------------------------------------------

VARIABLE, SECRET = "TEAM_CALENDAR_URL", "private-4711"


@dataclass
class CalendarServer:
    """Somebody else's, behind a link that is a secret."""

    url: str = ""
    status: int = 200
    summary: str = "ada"

    async def answer(self, request: web.Request) -> web.Response:
        assert request.match_info["secret"] == SECRET
        event = (
            "UID:1\r\nDTSTAMP:20200101T000000Z\r\nDTSTART:20200101T000000Z\r\nDTEND:20200102T000000Z\r\n"
            f"RRULE:FREQ=DAILY\r\nSUMMARY:{self.summary}\r\n"
        )
        text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n{event}END:VEVENT\r\nEND:VCALENDAR\r\n"
        return web.Response(status=self.status, text=text)


@pytest.fixture
async def calendar() -> AsyncIterator[CalendarServer]:
    server, app = CalendarServer(), web.Application()
    app.router.add_get("/{secret}/team.ics", server.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/{SECRET}/team.ics"
    yield server
    await runner.cleanup()


def by_calendar(config: Config) -> Config:
    team = Layer.model_validate({"name": "team", "ical": {"url_from": VARIABLE}})
    schedule = config.schedules[0].model_copy(update={"layers": (team,)})
    return config.model_copy(update={"schedules": (schedule,)})


async def test_a_calendar_behind_a_secret_link_and_its_owner_who_hears_when_it_fails(
    database_url: str,
    calendar: CalendarServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """finn owns the schedule. A server that stumbles is no news, one that stays away is, and that it is back."""

    def change(config: Config) -> Config:
        changed = by_calendar(config)
        schedule = changed.schedules[0].model_copy(update={"owner": "finn"})
        return changed.model_copy(update={"schedules": (schedule,)})

    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv(VARIABLE, calendar.url)
    async with open_office(database_url, change=change) as office:
        await office.settled()
        assert "calendar layer team" in await office.eve.types("/oncall")

        calendar.status = 500
        await office.passes(minutes=20)
        assert await told(office.finn) == ""
        for _ in range(4):
            await office.passes(hours=7)
        words = await told(office.finn)
        assert words.count("cannot be renewed: the server answers 500") == 1
        assert "still follows the copy of" in words
        assert office.ada.shown in await office.eve.types("/oncall"), "the copy holds"

        calendar.status = 200
        await office.passes(hours=7)
        assert (await told(office.finn)).count("is read again") == 1

        calendar.summary = "Zoe"
        for _ in range(3):
            await office.passes(minutes=20)
        assert (await told(office.finn)).count("names Zoe, of whom app.yaml knows nothing") == 1
        assert "who is not among the people" in await office.eve.types("/oncall")

        said_anywhere = str(await office.get("/calls"))
        async with office.app.bot.db.read() as session:
            for table in ("imported_calendar", "outbox"):
                said_anywhere += str((await session.execute(text(f"select * from {table}"))).all())
    logs = capsys.readouterr()
    assert "the server answers 500" in logs.out + logs.err + caplog.text
    assert SECRET not in said_anywhere + logs.out + logs.err + caplog.text


async def test_a_calendar_whose_variable_is_missing_keeps_the_copy_and_is_told_of(
    database_url: str, calendar: CalendarServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slip at a restart must not leave nobody on call."""
    monkeypatch.setenv(VARIABLE, calendar.url)
    async with open_office(database_url, change=by_calendar) as office:
        await office.settled()
        await office.stop_bot()
        monkeypatch.delenv(VARIABLE)
        await office.start_bot()
        for _ in range(4):
            await office.passes(hours=7)
        assert office.ada.shown in await office.eve.types("/oncall")
        assert (await told(office.ada)).count(f"the environment variable {VARIABLE} is not set") == 1
        await office.stop_bot()
        monkeypatch.setenv(VARIABLE, calendar.url)
        await office.start_bot()
        await office.settled()
        assert "is read again" in await told(office.ada), "a mend takes effect with the restart"


async def test_a_calendar_that_was_never_read_is_told_of_at_once(
    database_url: str, calendar: CalendarServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, calendar.url)
    calendar.status = 403
    async with open_office(database_url, change=by_calendar) as office:
        await office.settled()
        assert "cannot be read: the server answers 403. Nobody is on call by it" in await told(office.ada)


# -- home and feed ---------------------------------------------------------------------------------------------


async def test_home_shows_who_is_on_call_and_when_i_am(office: Office) -> None:
    home = said(await office.bo.home())
    assert "On call now" in home
    assert f"First responder: {office.ada.shown}" in home
    assert f"*My next shift*: First responder, <!date^{int(handoff_of(office).timestamp())}^" in home
    await office.ada.types("/oncall override primary me for 2h")
    await office.bo.types("/oncall override primary me for 2h")
    await office.passes(seconds=2)
    seen = said((await office.get(f"/people/{office.bo.id}/screen"))["home"])
    assert f"First responder: {office.bo.shown}" in seen
    assert "*Your shift*: First responder" in seen


async def test_a_feed_is_made_renewed_and_revoked_in_private(database_url: str) -> None:
    async with open_office(database_url, public_url="https://tocsin.example.com") as office:

        async def reads(text: str) -> int:
            found = re.search(r"https://tocsin\.example\.com(/oncall/feed/\S+\.ics)", text)
            assert found, text
            async with office.http.get(office.bot_url + found[1]) as answer:
                return answer.status

        first = await office.ada.types("/oncall feed")
        assert await reads(first) == 200
        again = await office.ada.types("/oncall feed")
        assert "cannot be shown again" in again
        assert "/oncall/feed/" not in again
        second = await office.ada.types("/oncall feed new")
        assert [await reads(first), await reads(second)] == [404, 200]

        await office.ada.types("/oncall feed primary")
        assert "has ended" in await office.ada.types("/oncall feed revoke")
        assert await reads(second) == 404
        calls = await office.get("/calls")
        assert "/oncall/feed/" not in str(calls), "the link goes to its owner alone"
