"""Slack's limits hold here, as they do at Slack's: nobody ever has to be told "later"."""

from collections import Counter
from typing import Any

from sqlalchemy import select

from bot.config import Config
from bot.core.outbox import OutboxItem
from tests.acceptance.changes import paced
from tests.acceptance.office import Json, Office, open_office, said
from tests.acceptance.pages import pages_of
from tests.acceptance.signals import alert, arrive, with_rules

SERVICES = 50


def with_services(config: Config) -> Config:
    services = [{"name": f"s{n}", "owner": "Team"} for n in range(SERVICES)]
    return paced(with_rules(services=services)(config))


def noise(of_each: int = 1) -> list[Any]:
    return [
        alert(f"n{n}", f"Host {n} is slow", level="warning", service=f"s{n % SERVICES}")
        for n in range(SERVICES * of_each)
    ]


async def limited(office: Office) -> list[str]:
    calls = (await office.get("/calls"))["calls"]
    return [call["method"] for call in calls if call["status"] == 429]


async def slow_messages(office: Office) -> list[Json]:
    return [m for m in await office.cleo.messages("incidents") if "is slow" in said(m)]


async def seconds_pass(office: Office, count: int) -> None:
    """One tick after the other, as in real life."""
    for _ in range(count):
        await office.passes(seconds=1)


async def test_a_storm_over_fifty_services_meets_no_limit_and_pages_at_once(database_url: str) -> None:
    async with open_office(database_url, change=with_services) as office:
        await office.limits_hold()
        storm = noise(of_each=10)
        for n in range(5):
            storm.insert(45 + 90 * n, alert(f"true{n}", f"Service {n} is down", service=f"s{n}"))
        await arrive(office, *storm)

        told = await pages_of(office.finn)
        assert all(f"Service {n} is down" in told for n in range(5)), "pages wait for nothing"
        assert len(await office.calls("conversations.create")) == 5, "nor do a few channels"
        assert len(await slow_messages(office)) < 25, "there is no room for all messages yet"

        await seconds_pass(office, 150)
        assert await limited(office) == []
        current = await slow_messages(office)
        assert len(current) == SERVICES
        assert all("10 alerts, 10 firing" in said(message) for message in current)
        for number in range(1, 6):
            kinds = Counter(entry["kind"] for entry in await office.timeline(number))
            assert kinds["failed"] == kinds["mended"] == 0
        calls = (await office.get("/calls"))["calls"]
        assert len(calls) < 300


async def test_who_declares_in_a_storm_does_not_wait_behind_it(database_url: str) -> None:
    async with open_office(database_url, change=with_services) as office:
        await office.limits_hold()
        await arrive(office, *noise())
        await office.ada.types("/incident declare sev2 Cards fail")
        channel = await office.incident_channel()
        assert "Cards fail" in await office.ada.reads(channel)
        await seconds_pass(office, 5)
        assert "Cards fail" in await office.ada.reads("incidents")
        assert len(await slow_messages(office)) < SERVICES
        await seconds_pass(office, 110)
        assert len(await slow_messages(office)) == SERVICES
        assert await limited(office) == []


async def test_what_waits_is_no_failed_attempt_and_holds_up_nothing_else(database_url: str) -> None:
    async with open_office(database_url, change=with_services) as office:
        await office.limits_hold()
        await arrive(office, *noise())
        async with office.app.bot.db.read() as session:
            waiting = (
                await session.scalars(
                    select(OutboxItem).where(
                        OutboxItem.kind == "alert.message", OutboxItem.due_at.is_not(None)
                    )
                )
            ).all()
        assert len(waiting) > 25
        assert {(item.attempts, item.problem) for item in waiting} == {(0, None)}
        assert len({item.slot_at for item in waiting}) == len(waiting), "each has a moment of its own"
        await office.bo.types("/page finn Disk is full")
        assert "Disk is full" in await pages_of(office.finn)


async def test_what_is_said_quickly_is_read_in_its_order(database_url: str) -> None:
    async with open_office(database_url, change=paced) as office:
        await office.limits_hold()
        await office.ada.types("/incident declare sev2 Checkout is slow")
        for number in range(10):
            await office.bo.types(f"/incident update 1 Step {number}")
        await seconds_pass(office, 40)
        read = await office.ada.reads(await office.incident_channel())
        places = [read.rindex(f"Step {number}") for number in range(10)]
        assert places == sorted(places)
        assert await limited(office) == []
        assert [entry for entry in await office.timeline() if entry["kind"] == "failed"] == []


async def test_the_kit_of_one_incident_waits_for_nothing(database_url: str) -> None:
    """All of it leaves before the first moment that would have to be waited for."""
    async with open_office(database_url, change=paced) as office:
        await office.limits_hold()
        await office.ada.types("/incident declare")
        await office.ada.submits(title="Cards fail", severity="SEV1", service="payments")
        async with office.app.bot.db.read() as session:
            waiting = await session.scalars(
                select(OutboxItem).where(OutboxItem.due_at.is_not(None), OutboxItem.slot_at.is_not(None))
            )
            assert [item.kind for item in waiting] == []
        called = {call["method"] for call in (await office.get("/calls"))["calls"]}
        assert {
            "conversations.create",
            "conversations.invite",
            "conversations.setTopic",
            "bookmarks.add",
            "pins.add",
        } <= called


async def test_after_a_restart_what_waited_leaves_at_its_pace_too(database_url: str) -> None:
    async with open_office(database_url, change=with_services) as office:
        await office.limits_hold()
        await arrive(office, *noise())
        await office.stop_bot()
        office.clock.advance(minutes=2)
        await office.start_bot()
        await office.settled()
        assert len(await slow_messages(office)) < 25
        await seconds_pass(office, 110)
        assert len(await slow_messages(office)) == SERVICES
        assert await limited(office) == []
