"""From a signal to the right incident, as those see it who are rung and those who look on."""

from tests.acceptance.office import Office, said
from tests.acceptance.pages import pages_of, rings
from tests.acceptance.signals import alert, arrive, outcomes


async def read(office: Office, channel: str) -> str:
    """Everything that stands in a channel."""
    return "\n".join(said(message) for message in await office.cleo.messages(channel))


async def test_a_critical_alert_is_an_incident_that_pages(office: Office) -> None:
    await arrive(office, alert("disk", "Disk is full", service="payments", labels={"host": "db1"}))
    assert await outcomes(office) == [("disk", "incident")]
    assert len(await rings(office.cleo)) == 1
    assert "Disk is full" in await pages_of(office.cleo)
    record = await office.record()
    assert (record["title"], record["severity"], record["service"]) == ("Disk is full", "SEV1", "payments")
    card = await read(office, await office.incident_channel())
    assert "by Tocsin" in card and "1 alert, 1 firing" in card
