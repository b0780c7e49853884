"""Paging, as those who are paged and those who wait for them see it."""

import asyncio
from datetime import timedelta

from sqlalchemy import select, update

from bot.core import claims
from bot.core.chain import first_broken
from bot.core.db import Database
from bot.core.outbox import Priority
from bot.core.timeline import entries_of_page
from bot.incidents import paging as verbs
from bot.paging import queries
from bot.paging.rows import ACKNOWLEDGED, Page
from tests.acceptance.office import Office, find_element, open_office, said
from tests.acceptance.pages import clicks_in_dm, pages_of, rings
from tests.databases import SqliteFiles


async def test_a_declaration_pages_until_somebody_acknowledges(office: Office) -> None:
    """finn at once, dev and bo after five minutes, ada as the last resort; then she takes it and nothing rings."""
    await office.eve.types("/incident declare sev1 Shop is down")
    assert len(await rings(office.finn)) == 1
    assert await rings(office.dev) == await rings(office.ada) == []

    await office.passes(minutes=5, seconds=1)
    assert len(await rings(office.dev)) == len(await rings(office.bo)) == 1
    assert await rings(office.ada) == []

    await office.passes(minutes=26)
    assert len(await rings(office.ada)) == 1

    await clicks_in_dm(office.ada, "Acknowledge")
    for person in (office.finn, office.dev, office.bo, office.ada):
        assert await rings(person) == [], person.name
        assert "Acknowledged by" in await pages_of(person)
    before = await office.calls("chat.postMessage")
    await office.passes(minutes=20)
    assert await office.calls("chat.postMessage") == before, "something rang after the acknowledgement"
    told = [entry["kind"] for entry in await office.timeline()]
    assert told.count("paged") == 4  # finn, dev and bo, finn again, ada
    assert "page_acknowledged" in told
    assert office.ada.id in (await office.channel(await office.incident_channel()))["members"]


async def test_a_page_does_not_wait_for_a_tick(office: Office) -> None:
    """The tick hangs; who declares is answered, and who is on call is rung."""
    held = asyncio.Event()

    async def hangs() -> None:
        await held.wait()

    office.app.engine.tick = hangs  # type: ignore[method-assign]
    for number in (1, 2):
        await office.eve.types(f"/incident declare sev1 Shop {number} is down", settle=False)
        async with asyncio.timeout(60):
            while len(await rings(office.finn)) < number:  # noqa: ASYNC110 - it arrives at Slack
                await asyncio.sleep(0.02)
    held.set()
    del office.app.engine.tick
    await office.settled()
    assert len(await rings(office.finn)) == 2


async def test_sev2_waits_for_somebody_to_take_it_and_sev4_pages_nobody(office: Office) -> None:
    await office.eve.types("/incident declare sev4 Typo on the imprint")
    await office.eve.types("/incident declare sev2 Slow checkout")
    await office.passes(minutes=14)
    assert await rings(office.finn) == []
    await office.passes(minutes=1, seconds=1)
    assert len(await rings(office.finn)) == 1
    assert "Slow checkout" in await pages_of(office.finn)
    assert "Typo" not in await pages_of(office.finn)


async def test_raising_the_severity_pages_as_the_new_one_says_and_resolving_ends_it(office: Office) -> None:
    await office.eve.types("/incident declare sev4 Typo on the imprint")
    await office.eve.types("/incident severity 1 sev1 it is the checkout")
    assert len(await rings(office.finn)) == 1
    await office.eve.types("/incident resolve 1 mended")
    assert await rings(office.finn) == []
    assert "Resolved by" in await pages_of(office.finn)
    await office.passes(hours=2)
    assert await rings(office.dev) == []


async def test_a_higher_severity_pages_whoever_had_acknowledged_again(office: Office) -> None:
    await office.eve.types("/incident declare sev2 Slow checkout")
    await office.passes(minutes=16)
    await clicks_in_dm(office.finn, "Acknowledge")
    assert await rings(office.finn) == []
    await office.eve.types("/incident severity 1 sev1 it is down")
    assert len(await rings(office.finn)) == 2, "a new message rings; the one of before shows that it does"
    assert "first step, as the severity was raised to SEV1" in await pages_of(office.finn)


async def test_a_snoozed_page_wakes_when_the_higher_severity_says(office: Office) -> None:
    await office.eve.types("/incident declare sev4 Typo on the imprint")
    await office.eve.types("/page cleo", channel=await office.incident_channel())
    await clicks_in_dm(office.cleo, "page.snooze", "1:1440")
    await office.eve.types("/incident severity 1 sev2 it is the checkout")
    await office.passes(minutes=14)
    assert await rings(office.cleo, "Escalate now") == []
    await office.passes(minutes=1, seconds=1)
    assert len(await rings(office.cleo, "Escalate now")) == 2
    assert "SEV2" in await pages_of(office.cleo)


async def test_acknowledged_and_forgotten_it_asks_and_then_pages_again(office: Office) -> None:
    await office.eve.types("/incident declare sev1 Shop is down")
    await clicks_in_dm(office.finn, "Acknowledge")
    await office.passes(minutes=20)
    await office.finn.types("/incident note 1 Looking at the database")
    await office.passes(minutes=20)
    assert await rings(office.finn, "Still on it") == [], "a note is progress"

    await office.passes(minutes=11)
    assert len(await rings(office.finn, "Still on it")) == 1
    await clicks_in_dm(office.finn, "Still on it")
    await office.passes(minutes=20)
    assert await rings(office.finn) == []

    await office.passes(minutes=11)  # asked a second time
    await office.passes(minutes=11)  # and not heard of since
    assert len(await rings(office.finn)) == 2, "a new message rings; the one of before shows that it does"
    kinds = [entry["kind"] for entry in await office.timeline()]
    assert kinds.count("page_asked") == 2
    assert kinds.count("page_confirmed") == 1


async def test_who_slack_refuses_is_passed_over_and_if_all_are_people_get_the_list_to_call(
    office: Office,
) -> None:
    """A refusal will not mend itself in five minutes: the next step need not wait for it."""
    for user in (office.finn, office.dev, office.bo, office.ada):
        await office.fault("chat.postMessage", "error", error="user_disabled", match={"channel": user.id})
    await office.eve.types("/incident declare sev1 Shop is down")
    call = await office.eve.reads("incidents")
    assert "Nobody has taken it" in call
    for name in ("finn", "dev", "bo", "ada"):
        assert f"*{name}*" in call
    failed = [e["data"]["to"] for e in await office.timeline() if e["data"].get("state") == "failed"]
    assert set(failed) == {"finn", "dev", "bo", "ada"}

    await office.no_faults()
    await office.passes(hours=1, seconds=1)
    assert len(await rings(office.finn)) >= 1, "it starts over"
    await office.eve.clicks("Acknowledge", channel="incidents")
    assert await rings(office.finn) == []


async def test_the_last_resort_has_its_time_before_everybody_is_told_that_nobody_answers(
    office: Office,
) -> None:
    for user in (office.finn, office.dev, office.bo):
        await office.fault("chat.postMessage", "error", error="user_disabled", match={"channel": user.id})
    await office.eve.types("/incident declare sev1 Shop is down")
    assert len(await rings(office.ada)) == 1
    assert "Nobody has taken it" not in await office.eve.reads("incidents")
    await office.passes(minutes=10, seconds=1)
    assert "Nobody has taken it" in await office.eve.reads("incidents")


async def test_a_group_without_members_costs_no_time(office: Office) -> None:
    await office.eve.types("/incident declare sev4 Typo on the imprint")
    await office.eve.types("/page group:@sre Disk is full", channel=await office.incident_channel())
    failed = [e["data"] for e in await office.timeline() if e["data"].get("state") == "failed"]
    assert {(one["to"], one["text"]) for one in failed} == {("@sre", "Slack knows no such user group")}
    assert "Nobody has taken it" in await office.eve.reads("incidents")


async def test_a_ring_that_arrived_is_edited_once_to_say_so(office: Office) -> None:
    await office.eve.types("/incident declare sev1 Shop is down")
    (ring,) = await rings(office.finn)
    assert "*finn*, Slack: accepted" in said(ring)
    await office.passes(seconds=40)
    assert [call["args"]["ts"] for call in await office.calls("chat.update")].count(ring["ts"]) == 1


async def test_a_page_that_did_not_ring_yet_waits_as_the_lower_severity_says(office: Office) -> None:
    await office.eve.types("/incident declare sev2 Slow checkout")
    await office.eve.types("/incident severity 1 sev4 only the imprint")
    await office.passes(hours=1)
    assert await rings(office.finn) == []
    ended = [e["data"]["reason"] for e in await office.timeline() if e["kind"] == "page_resolved"]
    assert ended == ["lowered to SEV4, which pages nobody"]


async def test_a_page_that_rings_tells_the_severity_that_its_incident_has_now(office: Office) -> None:
    await office.eve.types("/incident declare sev1 Shop is down")
    await office.eve.types("/incident severity 1 sev2 it is slow")
    assert "*Page #1* · SEV2" in await pages_of(office.finn)
    await clicks_in_dm(office.finn, "Acknowledge")
    await office.passes(minutes=45)
    assert await rings(office.finn, "Still on it") == [], "SEV2 asks after an hour"


async def test_a_group_and_a_channel_are_paged(office: Office) -> None:
    made = await office.post(
        "/workspace/usergroups", {"handle": "sre", "name": "SRE", "users": [office.cleo.id, office.dev.id]}
    )
    assert made.get("ok"), made
    async with office.app.bot.db.begin() as session:
        await verbs.page_directly(
            session,
            "group:sre",
            "Disk is full",
            config=office.config,
            by=office.ada.id,
            now=office.clock.now(),
        )
        await verbs.page_directly(
            session,
            "channel:general",
            "Who can look?",
            config=office.config,
            by=office.ada.id,
            now=office.clock.now(),
        )
    await office.settled()
    assert len(await rings(office.cleo)) == len(await rings(office.dev)) == 1
    assert "Who can look?" in await office.eve.reads("general")
    await office.eve.clicks("Acknowledge", channel="general")
    assert f"Acknowledged by {office.eve.shown}" in await office.ada.reads("general")


async def test_many_pages_to_one_person_within_a_minute_are_two_messages(office: Office) -> None:
    for number in range(4):
        async with office.app.bot.db.begin() as session:
            await verbs.page_directly(
                session,
                "person:cleo",
                f"Trouble {number}",
                config=office.config,
                by=office.ada.id,
                now=office.clock.now(),
            )
    await office.settled()
    assert len(await rings(office.cleo)) == 1
    await office.passes(minutes=1, seconds=1)
    messages = await rings(office.cleo)
    assert len(messages) == 2
    assert all(f"Trouble {number}" in said(messages[1]) for number in (1, 2, 3))
    await clicks_in_dm(office.cleo, "Acknowledge all 3")
    assert [find_element([m], "Acknowledge all 3") for m in await rings(office.cleo)] == [None]
    await clicks_in_dm(office.cleo, "Acknowledge")
    assert await rings(office.cleo) == []


async def test_a_page_of_its_own_keeps_its_own_record(office: Office) -> None:
    async with office.app.bot.db.begin() as session:
        page = await verbs.page_directly(
            session,
            "person:cleo",
            "Disk is full",
            config=office.config,
            by=office.ada.id,
            now=office.clock.now(),
        )
    await office.settled()
    await clicks_in_dm(office.cleo, "Acknowledge")
    async with office.app.bot.db.read() as session:
        entries = await entries_of_page(session, page.id)
    assert [entry.kind for entry in entries] == ["page_opened", "paged", "page_state", "page_acknowledged"]
    assert first_broken(entries) is None


async def test_a_private_incident_tells_those_who_are_paged_no_more_than_that(office: Office) -> None:
    await office.eve.types("/incident declare")
    await office.eve.submits(title="Stolen laptop", severity="SEV1", options=["private"])
    assert "Stolen laptop" not in await pages_of(office.finn)
    assert "A private incident" in await pages_of(office.finn)
    await clicks_in_dm(office.finn, "Acknowledge")
    assert await office.incident_channel() in await office.finn.channels(), "who takes it takes part"
    assert "Stolen laptop" not in await pages_of(office.finn)


async def test_a_page_survives_the_bot(office: Office) -> None:
    await office.eve.types("/incident declare sev1 Shop is down")
    await office.stop_bot()
    office.clock.advance(minutes=6)
    await office.start_bot()
    await office.settled()
    assert len(await rings(office.dev)) == 1
    assert len(await rings(office.finn)) == 1


async def test_a_killed_bots_claims_hold_up_nothing_on_sqlite(sqlite_files: SqliteFiles) -> None:
    """It was the only process, at a page's next step and at another one's ring: nobody waits for its claims to end."""
    async with sqlite_files.one() as url, open_office(url) as office:
        await office.eve.types("/incident declare sev1 Shop is down")
        await office.stop_bot()
        db, now, lease = Database(url), office.clock.now(), timedelta(seconds=30)
        async with db.begin() as session:
            await verbs.page_directly(
                session, "person:cleo", "Help", config=office.config, by=office.eve.id, now=now
            )
            await session.execute(update(Page).where(Page.id == 1).values(due_at=now, escalate_at=now))
        async with db.begin() as session:
            await queries.claim(session, now=now, lease=lease, worker="the dead", limit=9)
            pages = [Priority.PAGE]
            await claims.claim(session, now=now, lease=lease, worker="the dead", limit=9, priorities=pages)
        await db.close()
        await office.start_bot()
        await office.settled(within=20)
        assert (len(await rings(office.dev)), len(await rings(office.cleo))) == (1, 1)


async def test_acknowledged_in_a_message_whose_arrival_was_in_doubt(office: Office) -> None:
    """Slack's answer to the ring was lost, and whoever got it was quicker than the next attempt."""
    await office.fault("chat.postMessage", "drop_after", times=1, match={"channel": office.finn.id})
    await office.eve.types("/incident declare sev1 Shop is down")
    await clicks_in_dm(office.finn, "Acknowledge")
    await office.passes(seconds=2)
    assert await rings(office.finn) == []
    assert "Acknowledged by" in await pages_of(office.finn)


async def test_acknowledged_while_it_is_looked_for_what_arrived(office: Office) -> None:
    """What did not arrive is not sent any more."""
    await office.fault("chat.postMessage", "drop", times=1, match={"channel": office.finn.id})
    looks = await office.fault("conversations.history", "pause", times=1)
    await office.eve.types("/incident declare sev1 Shop is down", settle=False)
    async with asyncio.timeout(60):
        while not any(fault.waiting for fault in office.playground.faults):
            office.clock.advance(seconds=0.2)
            office.app.engine.wake()
            await asyncio.sleep(0.05)
    async with office.app.bot.db.begin() as session:
        await verbs.acknowledge(session, 1, config=office.config, by=office.ada.id, now=office.clock.now())
    office.playground.faults.end(looks["id"])
    await office.settled()
    assert "Shop is down" not in await pages_of(office.finn)


async def test_an_acknowledgement_is_answered_when_what_was_under_way_has_arrived(office: Office) -> None:
    """A ring that left a moment before the acknowledgement rings before that is answered, and never after."""
    await office.fault("chat.postMessage", "pause", times=1, match={"channel": office.finn.id})
    await office.ada.types("/page finn Disk is full", settle=False)
    async with asyncio.timeout(60):
        while not any(fault.waiting for fault in office.playground.faults):
            await office.get("/workspace")
    answered = asyncio.create_task(office.ada.types("/page ack 1", settle=False))
    state = None
    async with asyncio.timeout(60):
        while state != ACKNOWLEDGED:
            async with office.app.bot.db.read() as session:
                state = await session.scalar(select(Page.state).where(Page.id == 1))
    await asyncio.sleep(0.1)  # ten times what an answer takes
    assert not answered.done()
    await office.no_faults()
    assert "is yours" in await answered
    to_finn = [
        call for call in await office.calls("chat.postMessage") if call["args"]["channel"] == office.finn.id
    ]
    assert [call["answer"]["ok"] for call in to_finn] == [True]
    await office.settled()
    assert await rings(office.finn) == []
