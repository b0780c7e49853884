"""What stories about pages share: what rings whom, and clicks in direct messages."""

from typing import Any

from tests.acceptance.office import Json, Person, find_element, said


async def rings(person: Person, label: str = "Acknowledge") -> list[Json]:
    """The messages by which this person is rung just now."""
    return [message for message in await person.direct_messages() if find_element([message], label)]


async def pages_of(person: Person) -> str:
    """Everything about pages that this person was told."""
    return "\n".join(said(m) for m in await person.direct_messages() if "Page #" in said(m))


async def clicks_in_dm(person: Person, label: str, value: Any = None) -> None:
    """Clicks what has this label (or, of a menu, this action_id) in the newest direct message that has it."""
    message = (await rings(person, label))[-1]
    element = find_element([message], label)
    assert element is not None
    body: dict[str, Any] = {
        "container": {"channel": message["channel"], "ts": message["ts"]},
        "action_id": element["action_id"],
        "block_id": element["block_id"],
    }
    if value is not None:
        body["value"] = value
    assert (await person.act("click", body)).get("ok")
