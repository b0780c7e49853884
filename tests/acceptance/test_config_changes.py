"""app.yaml changes while pages ring: what they name is gone after the restart, and somebody is reached all the same."""

import logging
from collections.abc import Callable

import pytest

from bot.config import Config
from tests.acceptance.changes import with_policy
from tests.acceptance.office import Office, Person, open_office
from tests.acceptance.pages import clicks_in_dm, pages_of, rings

Change = Callable[[Config], Config]


async def restarted(office: Office, change: Change) -> None:
    await office.stop_bot()
    office.config = change(office.config)
    await office.start_bot()
    await office.settled()


def without(section: str, name: str) -> Change:
    """app.yaml without this person, service, policy, schedule or severity."""

    def change(config: Config) -> Config:
        kept = tuple(one for one in getattr(config, section) if one.name != name)
        assert len(kept) < len(getattr(config, section))
        changed = config.model_copy(update={section: kept})
        changed.__dict__.pop("_severities_by_name", None)  # the copy must not remember
        return changed

    return change


async def works(office: Office, person: Person) -> None:
    """The page is looked at, answered and ended, and nothing of that fails in the program."""
    assert "Page #1" in await person.types("/page list")
    assert "Page #1" in await person.types("/page show 1")
    await person.home()
    await clicks_in_dm(person, "Acknowledge")
    assert "Acknowledged by" in await pages_of(person)
    await office.passes(hours=3)
    assert "Still on it?" in await pages_of(person)
    await person.types("/page snooze 1 30m")
    await office.passes(minutes=31)
    await person.types("/page reassign 1 person:ada")
    assert await rings(office.ada)
    await person.types("/page resolve 1")
    assert await rings(office.ada) == []


@pytest.mark.parametrize(
    ("section", "name"),
    [
        ("services", "payments"),
        ("escalation_policies", "payments"),
        ("severities", "SEV1"),
        ("people", "cleo"),
    ],
)
async def test_what_a_page_names_is_gone(
    office: Office, caplog: pytest.LogCaptureFixture, section: str, name: str
) -> None:
    caplog.set_level(logging.ERROR)
    await office.eve.types("/incident declare sev1 service:payments Cards are refused")
    assert len(await rings(office.cleo)) == 1
    await restarted(office, without(section, name))
    await office.passes(minutes=5, seconds=1)
    assert await rings(office.dev), "the next step"
    await works(office, office.dev)
    assert caplog.records == []


async def test_a_schedule_is_renamed_while_its_page_rings(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The policy names the new one; a page that was sent to the old one alone calls for help."""
    caplog.set_level(logging.ERROR)
    one = with_policy({"notify": ["schedule:primary"], "wait": "5m"}, repeat=1)
    async with open_office(database_url, change=one) as office:
        await office.eve.types("/incident declare sev1 Shop is down")
        await office.eve.types("/page schedule:primary Help")
        assert await rings(office.ada)
        (primary, *others) = office.config.schedules
        renamed = (primary.model_copy(update={"name": "first", "aliases": ()}), *others)
        new = with_policy({"notify": ["schedule:first"], "wait": "5m"}, repeat=1)
        await restarted(office, lambda config: new(config).model_copy(update={"schedules": renamed}))
        await office.passes(minutes=5, seconds=1)
        assert "there is no schedule primary" in await office.eve.types("/page show 2")
        assert "Nobody has taken" in await office.eve.reads("incidents")
        await clicks_in_dm(office.ada, "Acknowledge")
        assert caplog.records == []
