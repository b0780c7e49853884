"""A calendar program reads shifts behind a secret link."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import icalendar
from sqlalchemy import select

from bot.oncall.feeds import feed_links_of, make_feed_link, revoke_feed_link
from bot.oncall.overrides import make_override
from bot.oncall.rows import FeedLink
from tests.acceptance.office import Office


async def link(office: Office, by: str = "U01ADA", **about: str) -> str:
    async with office.app.bot.db.begin() as session:
        return await make_feed_link(session, config=office.config, by=by, now=office.clock.now(), **about)


async def asks(office: Office, token: str, **headers: str) -> tuple[int, str, str]:
    async with office.http.get(f"{office.bot_url}/oncall/feed/{token}.ics", headers=headers) as answer:
        return answer.status, answer.content_type, await answer.text()


def events(text: str) -> list[Any]:
    return list(icalendar.Calendar.from_ical(text).walk("VEVENT"))


async def test_a_schedule_as_a_calendar(office: Office) -> None:
    status, kind, text = await asks(office, await link(office, schedule="primary"))
    assert (status, kind) == (200, "text/calendar")
    assert "X-WR-CALNAME:On call: First responder" in text
    found = events(text)
    starts = [event.start for event in found]
    assert starts == sorted(starts)
    assert all(a.end == b.start for a, b in pairwise(found))
    assert found[0].start <= office.clock.now() - timedelta(days=31)
    assert found[-1].end >= office.clock.now() + timedelta(days=183)
    assert {str(event["SUMMARY"]).split(": ")[1] for event in found} <= {
        "ada",
        "bo",
        "cleo",
        "dev",
        "eve",
        "finn",
    }


async def test_a_persons_shifts_in_all_schedules_with_overrides(office: Office) -> None:
    token = await link(office, person="cleo")
    now = office.clock.now().replace(microsecond=0)
    async with office.app.bot.db.begin() as session:
        await make_override(
            session,
            config=office.config,
            schedule="primary",
            person="cleo",
            starts_at=now + timedelta(hours=1),
            ends_at=now + timedelta(hours=2),
            by=office.cleo.id,
            now=now,
        )
    found = events((await asks(office, token))[2])
    assert {str(event["SUMMARY"]) for event in found} == {"First responder: cleo", "Second responder: cleo"}
    overrides = [event for event in found if event["DESCRIPTION"] == "override"]
    assert [(event.start, event.end) for event in overrides] == [
        (now + timedelta(hours=1), now + timedelta(hours=2))
    ]


async def test_a_shift_keeps_its_identity_while_time_passes(office: Office) -> None:
    token = await link(office, schedule="primary")
    before = {str(event["UID"]): (event.start, event.end) for event in events((await asks(office, token))[2])}
    office.clock.advance(hours=30)
    after = {str(event["UID"]): (event.start, event.end) for event in events((await asks(office, token))[2])}
    common = before.keys() & after.keys()
    assert len(common) >= len(before) - 2
    assert all(before[uid] == after[uid] for uid in common)


async def test_a_wrong_a_revoked_and_a_replaced_link_look_alike(office: Office) -> None:
    revoked, replaced = await link(office, schedule="primary"), await link(office, person="ada")
    newest = await link(office, person="ada")
    others = await link(office, by="U01BO", person="ada")
    async with office.app.bot.db.begin() as session:
        primary = next(x for x in await feed_links_of(session, "U01ADA") if x.schedule == "primary")
        await revoke_feed_link(session, primary.id, by="U01ADA", now=office.clock.now())
    answers = {await asks(office, token) for token in (revoked, replaced, "wrong", "w" * 43, "w" * 400)}
    assert len(answers) == 1
    ((status, _, text),) = answers
    assert (status, "no calendar here" in text) == (404, True)
    assert [(await asks(office, token))[0] for token in (newest, others)] == [200, 200]


async def test_the_database_does_not_hold_the_secret(office: Office) -> None:
    token = await link(office, schedule="primary")
    assert len(token) == 43  # 256 bits
    async with office.app.bot.db.read() as session:
        row = (await session.scalars(select(FeedLink))).one()
    assert token not in (row.token_hash, *map(str, vars(row).values()))


async def test_a_feed_of_somebody_who_left_app_yaml_is_gone(office: Office) -> None:
    token = await link(office, person="ada")
    async with office.app.bot.db.begin() as session:
        (await session.scalars(select(FeedLink))).one().person = "zoe"
    assert (await asks(office, token))[0] == 404


async def test_only_reading_is_allowed(office: Office) -> None:
    token = await link(office, schedule="primary")
    async with office.http.post(f"{office.bot_url}/oncall/feed/{token}.ics") as answer:
        assert answer.status == 405
