"""How somebody redacts an entry, in Slack."""

from tests.acceptance.office import Json, Person


async def redacts(person: Person, number: int, of: int = 1, *, settle: bool = True) -> Json:
    """By the menu beside an entry; returns what is wrong with the form."""
    await asks_to_redact(person, number, of, settle=settle)
    errors = await person.submits(why="A password", settle=settle)
    await person.closes(settle=settle)
    return errors


async def asks_to_redact(person: Person, number: int, of: int = 1, *, settle: bool = True) -> None:
    await person.types(f"/incident timeline {of}", "general", settle=settle)
    view = await person.modal()
    menu, value = next(
        (block, option["value"])
        for block in view["blocks"]
        for option in (block.get("accessory") or {}).get("options", ())
        if option["text"]["text"] == "Redact …" and f":{number}." in option["value"]
    )
    where = {"container": {"view": view["id"]}, "block_id": menu["block_id"]}
    await person.act(
        "click", {**where, "action_id": menu["accessory"]["action_id"], "value": value}, settle=settle
    )
