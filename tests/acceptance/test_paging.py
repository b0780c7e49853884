"""Paging, as those who are paged and those who wait for them see it."""

from typing import Any

from tests.acceptance.office import Json, Office, Person, find_element, said


async def rings(person: Person, label: str = "Acknowledge") -> list[Json]:
    """The messages by which this person is rung just now."""
    return [message for message in await person.direct_messages() if find_element([message], label)]


async def pages_of(person: Person) -> str:
    """Everything about pages that this person was told."""
    return "\n".join(said(m) for m in await person.direct_messages() if "Page #" in said(m))


async def clicks_in_dm(person: Person, label: str) -> None:
    message = (await rings(person, label))[-1]
    element = find_element([message], label)
    assert element is not None
    body: dict[str, Any] = {
        "container": {"channel": message["channel"], "ts": message["ts"]},
        "action_id": element["action_id"],
        "block_id": element["block_id"],
    }
    assert (await person.act("click", body)).get("ok")


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
