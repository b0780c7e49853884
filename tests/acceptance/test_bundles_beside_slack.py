"""Many pages to one person within a minute are one message beside Slack too, with one link that acknowledges all."""

from collections.abc import AsyncIterator

import pytest

from bot.config import Config, EscalationPolicy
from tests.acceptance.office import Office, open_office, said
from tests.acceptance.pages import clicks_in_dm, rings
from tests.acceptance.stand_in import (
    NUMBER,
    PUBLIC,
    TOPIC,
    StandIn,
    acks_in,
    adds_method,
    allows_loopback,
    opens,
)

BOTH = {"notify": ["person:finn", "person:dev"], "wait": "60m", "acknowledge": "all"}


def with_a_policy_of_all(config: Config) -> Config:
    both = EscalationPolicy.model_validate({"name": "both", "steps": [BOTH]})
    return allows_loopback(config).model_copy(
        update={"escalation_policies": (*config.escalation_policies, both)}
    )


@pytest.fixture
async def office(database_url: str, providers: StandIn) -> AsyncIterator[Office]:
    async with open_office(
        database_url, change=with_a_policy_of_all, public_url=PUBLIC, **providers.gateways
    ) as office:
        yield office


async def rings_five_times(office: Office, providers: StandIn) -> str:
    """Five pages to finn, who has a text message and ntfy; returns the link of the only ring by text message."""
    await adds_method(office, providers, office.finn, "sms", NUMBER)
    await adds_method(office, providers, office.finn, "ntfy", f"{providers.url}/{TOPIC}")
    for number in range(1, 6):
        await office.eve.types(f"/page finn Disk {number} is full")
    for _ in range(20):
        await office.passes(seconds=10)
    _, text = providers.of("sms")
    assert text["title"] == "5 pages ring for you"
    assert "Disk 3 is full" in text["message"]
    assert "… and 2 more." in text["message"]
    assert text["message"].count("Acknowledge all 5: ") == 1
    (link,) = acks_in(text)
    return link


async def test_one_link_acknowledges_all(office: Office, providers: StandIn) -> None:
    link = await rings_five_times(office, providers)
    for method in ("GET", "HEAD"):
        status, shown = await opens(office, link, method)
        assert status == 200
    _, shown = await opens(office, link)
    assert "5 pages ring for you" in shown
    assert all(f"#{number}: Disk {number} is full" in shown for number in range(1, 6))
    assert "Acknowledge all 5" in shown
    assert len(await rings(office.finn)) == 2, "looking acknowledges nothing"

    status, shown = await opens(office, link, "POST")
    assert (status, "5 pages: you have them" in shown) == (200, True)
    assert await rings(office.finn) == []
    before = len(providers.got)
    await office.passes(minutes=10)
    assert len(providers.got) == before
    assert (await opens(office, link, "POST"))[0] == 200, "a phone sends twice"
    status, shown = await opens(office, link)
    assert (status, shown.count("finn has it")) == (410, 5)


async def test_what_others_took_meanwhile_is_left_to_them(office: Office, providers: StandIn) -> None:
    link = await rings_five_times(office, providers)
    await office.dev.types("/page ack 2")
    await office.eve.types("/page resolve 3")
    _, shown = await opens(office, link)
    assert "3 pages ring for you" in shown
    assert "Disk 2" not in shown
    await opens(office, link, "POST")
    stands = [await office.eve.types(f"/page show {number}") for number in (1, 2, 3)]
    assert f"Acknowledged by {office.finn.shown}" in stands[0]
    assert f"Acknowledged by {office.dev.shown}" in stands[1]
    assert "Resolved by" in stands[2]


async def test_whoever_cannot_passes_all_of_them_on(office: Office, providers: StandIn) -> None:
    link = await rings_five_times(office, providers)
    status, shown = await opens(office, link, "POST", do="escalate")
    assert (status, "5 pages: passed on" in shown) == (200, True)
    stands = await office.eve.types("/page show 5")
    assert stands.count("*finn*, Slack") == 2, "it is the only one there is"


async def test_ntfy_has_one_button_for_all(office: Office, providers: StandIn) -> None:
    await adds_method(office, providers, office.finn, "ntfy", f"{providers.url}/{TOPIC}")
    for number in range(1, 4):
        await office.eve.types(f"/page finn Disk {number} is full")
    for _ in range(9):
        await office.passes(seconds=10)
    (action,) = providers.of("ntfy")[-1]["actions"]
    assert action["label"] == "Acknowledge all 3"
    assert (await opens(office, action["url"], "POST"))[0] == 200
    assert await rings(office.finn) == []


async def test_a_page_that_waits_for_others_alone_keeps_nobody_from_acknowledging_the_rest(
    office: Office,
) -> None:
    await office.eve.types("/page finn First")
    await office.eve.types("/page both Second")
    await office.eve.types("/page finn Third")
    await office.passes(minutes=1, seconds=1)
    await office.finn.types("/page ack 2")
    await clicks_in_dm(office.finn, "Acknowledge all 2")
    assert "Third" in said((await office.finn.direct_messages())[-1])
    assert f"Acknowledged by {office.finn.shown}" in await office.eve.types("/page show 3")
    assert "still to come: *dev*" in await office.eve.types("/page show 2")
