"""What waits, for a person's quiet hours or after too many pages; and what never does."""

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.config import Config, UrgencyRule
from tests.acceptance.changes import with_policy
from tests.acceptance.office import open_office
from tests.acceptance.pages import pages_of, rings

PATIENT = {"notify": ["person:finn"], "wait": "9000m"}


def with_paging(**more: object) -> Callable[[Config], Config]:
    def change(config: Config) -> Config:
        config = with_policy(PATIENT)(config)
        return config.model_copy(update={"paging": config.paging.model_copy(update=more)})

    return change


async def test_low_urgency_waits_for_the_end_of_quiet_hours_and_high_does_not(database_url: str) -> None:
    low = (UrgencyRule(severities=("SEV2",), urgency="low"),)
    async with open_office(database_url, change=with_paging(urgency=low)) as office:
        wall = office.clock.now().astimezone(ZoneInfo("Europe/Helsinki"))
        await office.finn.clicks_at_home("Quiet hours")
        begins, ends = (f"{wall + timedelta(hours=hours):%H:%M}" for hours in (-1, 3))
        assert await office.finn.submits(begins=begins, ends=ends) == {}

        await office.eve.types("/incident declare sev2 Search is slow")
        await office.passes(minutes=16)
        assert await rings(office.finn) == []
        assert "goes out at" in await office.eve.types("/page show 1")
        await office.eve.types("/incident declare sev1 Shop is down")
        assert len(await rings(office.finn)) == 1
        assert "Shop is down" in await pages_of(office.finn)
        await office.passes(hours=2)
        assert len(await rings(office.finn)) == 1
        await office.passes(hours=1)
        assert len(await rings(office.finn)) == 2
        assert "Search is slow" in await pages_of(office.finn)


async def test_a_flood_is_held_back_and_a_new_sev1_is_not(database_url: str) -> None:
    async with open_office(database_url, change=with_paging(throttle=3)) as office:
        for number in range(1, 6):
            await office.eve.types(f"/page finn Disk {number} is full")
            await office.passes(minutes=1, seconds=1)
        told = await pages_of(office.finn)
        assert [number for number in range(1, 6) if f"Disk {number}" in told] == [1, 2, 3]
        assert "goes out at" in await office.eve.types("/page show 5")
        await office.eve.types("/incident declare sev1 Shop is down")
        assert "Shop is down" in await pages_of(office.finn)
        await office.passes(hours=1)
        assert "Disk 5" in await pages_of(office.finn), "late is not lost"
