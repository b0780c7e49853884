"""An incident from declaration to close, as people live it."""

from tests.acceptance.office import Office


async def test_declare_work_and_close_an_incident(office: Office) -> None:
    ada, bo, cleo = office.ada, office.bo, office.cleo

    answer = await ada.types("/incident declare sev1 Checkout is down")
    assert "SEV1 #1" in answer
    channel = "inc-1-checkout-is-down"
    assert channel in await ada.channels()
    await cleo.sees("Checkout is down", "incidents")

    await cleo.clicks("Join", channel="incidents")
    assert channel in await cleo.channels()
    await cleo.clicks("Join as lead", channel=channel)
    assert any("role *Lead*" in str(message) for message in await cleo.direct_messages())

    await ada.types("/incident update The payment provider is slow", channel)
    await cleo.types("/incident status identified", channel)
    await cleo.types("/incident status monitoring", channel)
    await cleo.types("/incident resolve Rolled back release 42", channel)
    assert "Reopen" in await ada.reads(channel)
    await cleo.clicks("Close", channel=channel)

    await bo.sees("Closed", "incidents")
    refused = await ada.types("/incident update too late", channel)
    assert "closed" in refused
    assert (await office.channel(channel))["topic"].startswith(":red_circle: SEV1 · Closed")
