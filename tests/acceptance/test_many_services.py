"""More services than a menu of Slack's holds: they are found by typing, wherever they stand in app.yaml."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pytest

from handlers.manifest import manifest
from tests.acceptance.changes import with_many_services
from tests.acceptance.office import Json, Office, Person, open_office, said
from tests.acceptance.signed import posted


@pytest.fixture(params=["http", "socket mode"])
async def office(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Office]:
    by: dict[str, Any] = {"slack_app_token": "xapp-playground"} if request.param == "socket mode" else {}
    async with open_office(database_url, change=with_many_services, **by) as office:
        yield office


async def searches(person: Person, typed: str) -> Json:
    """What the menu of the open form answers to what is typed into it."""
    container = {"view": (await person.modal())["id"]}
    return await person.act(
        "options", {"container": container, "action_id": "declare.service", "query": typed}
    )


def values(answer: Json) -> list[str]:
    assert answer["delivered"], answer
    return [choice["value"] for choice in answer["body"]["options"]]


async def test_the_last_of_many_is_found_chosen_and_declared(office: Office) -> None:
    await office.ada.types("/incident declare")
    assert len(values(await searches(office.ada, ""))) == 100
    assert values(await searches(office.ada, "zeb")) == ["zebra"]
    assert values(await searches(office.ada, "service 23"))[0] == "svc-23"
    assert values(await searches(office.ada, "no such thing")) == []

    await office.ada.chooses(service="zebra")
    assert await office.ada.submits(title="Stripes are gone", severity="SEV2") == {}

    assert (await office.record())["service"] == "zebra"
    (asked, *_) = [d["body"] for d in (await office.get("/deliveries"))["deliveries"] if "value" in d["body"]]
    assert asked["type"] == "block_suggestion"
    assert {"action_id", "block_id", "value", "view", "team", "user", "api_app_id", "token"} <= set(asked)


async def test_open_incidents_of_the_found_service_can_be_joined_instead(office: Office) -> None:
    await office.ada.types("/incident declare")
    await searches(office.ada, "zeb")
    await office.ada.submits(title="Stripes are gone", severity="SEV2", service="zebra")

    await office.cleo.types("/incident declare")
    await searches(office.cleo, "svc-7")
    await office.cleo.chooses(title="No stripes", service="svc-7")
    assert "Join instead" not in said(await office.cleo.modal())
    await searches(office.cleo, "zebra")
    await office.cleo.chooses(service="zebra")
    form = await office.cleo.modal()
    assert "Stripes are gone" in said(form)
    (held,) = form["state"]["values"]["service"].values()
    assert held["selected_option"]["text"]["text"] == "Zebra & Co <stripes>"
    await office.cleo.clicks("Join instead")
    assert await office.incident_channel() in await office.cleo.channels()


async def test_who_may_not_act_is_offered_nothing(database_url: str) -> None:
    async with open_office(database_url, change=with_many_services) as office:
        guest = await office.newcomer("gus", is_restricted=True)
        for person, typed, status, offered in (
            (guest, "zeb", 403, ""),
            (office.ada, "zeb", 200, "zebra"),
            (office.ada, ["no text"], 200, "svc-7"),
        ):
            payload = {
                "type": "block_suggestion",
                "user": {"id": person.id},
                "team": {"id": "T0TOCSIN"},
                "action_id": "declare.service",
                "value": typed,
            }
            body = urlencode({"payload": json.dumps(payload)}).encode()
            answered, text = await posted(office, body)
            assert answered == status
            assert offered in text if offered else text == ""


async def test_an_app_without_the_address_for_options_says_so(database_url: str) -> None:
    async with open_office(database_url, change=with_many_services) as office:
        old = manifest(socket_mode=False, public_url=None)
        del old["settings"]["interactivity"]["message_menu_options_url"]
        await office.post("/workspace/manifest", old)
        await office.ada.types("/incident declare")
        assert (await searches(office.ada, "zeb"))["error"] == "no_options_load_url"
