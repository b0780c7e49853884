"""A provider that hangs holds up its own messages, and nobody else's."""

import time

import pytest

from bot.delivery.outbox import BESIDE_IN_FLIGHT, PAGES_IN_FLIGHT
from bot.paging.contacts import MOST_METHODS
from tests.acceptance.office import Office, until
from tests.acceptance.pages import rings
from tests.acceptance.stand_in import StandIn, adds_method


@pytest.fixture
def office(office_with_gateways: Office) -> Office:
    return office_with_gateways


@pytest.mark.parametrize("way", ["sms", "webhook"])
async def test_pages_by_slack_and_by_others_leave_while_a_provider_hangs(
    office: Office, providers: StandIn, way: str
) -> None:
    """Through a gateway, where each message takes a thread, and to an address of its own, where it takes none."""
    people = (office.finn, office.dev)
    for person in people:
        for number in range(MOST_METHODS):
            address = {"sms": f"+4917012345{number}", "webhook": f"{providers.url}/hook{number}"}[way]
            await adds_method(office, providers, person, way, address)
    await adds_method(office, providers, office.cleo, "email", "cleo@example.net")
    assert len(people) * MOST_METHODS > max(PAGES_IN_FLIGHT, BESIDE_IN_FLIGHT)

    providers.fails[way] = 0
    await office.eve.types("/page finn Disk is full")
    await office.eve.types("/page dev Disk is full")
    office.clock.advance(minutes=5, seconds=1)
    office.app.engine.wake()
    await until(office, lambda: providers.hanging >= BESIDE_IN_FLIGHT, moves=False)

    began = time.monotonic()
    await office.eve.types("/incident declare sev1 Cards fail service:payments", settle=False)
    while not await rings(office.cleo):
        assert time.monotonic() - began < 4, "Slack waits for a provider"
    office.clock.advance(minutes=1, seconds=1)
    office.app.engine.wake()
    began = time.monotonic()
    while len(providers.of("email")) < 2:
        assert time.monotonic() - began < 4, "one provider waits for another"
        await office.get("/workspace")
    providers.released.set()
    providers.fails.clear()
    await office.settled()
    rung = {body["_path"] for body in providers.of(way)}
    assert len(rung) == MOST_METHODS
