"""Types and custom fields of app.yaml: in the forms, on the card, in lists and exports, and asked for in time."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.config import Config, IncidentField, IncidentType
from bot.incidents import lifecycle
from bot.reading import incidents as reading
from bot.views.text import day
from tests.acceptance.faults import ways
from tests.acceptance.office import Office, open_office, said

TYPES = (
    IncidentType(name="outage"),
    IncidentType(name="security", title="Security incident", severity="SEV2", private=True),
)


def with_fields(*fields: dict[str, Any]) -> Any:
    written = fields or (
        {"name": "region", "label": "Region", "kind": "choice", "choices": ["EU West", "US East"]},
        {"name": "customers", "label": "Customers hit", "kind": "number"},
        {"name": "contact", "label": "Contact", "kind": "person"},
        {"name": "notice", "label": "Notice due", "kind": "date", "types": ["security"]},
        {"name": "ticket", "label": "Ticket"},
    )

    def change(config: Config) -> Config:
        made = tuple(IncidentField.model_validate(one) for one in written)
        return config.model_copy(update={"types": TYPES, "fields": made})

    return change


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with open_office(database_url, change=with_fields()) as opened:
        yield opened


async def test_what_is_filled_in_stands_on_the_card_the_timeline_and_in_the_export(office: Office) -> None:
    await office.ada.types("/incident declare sev2 Checkout is down")
    channel = await office.incident_channel()
    assert "Region is filled in" in await office.ada.types("/incident field region eu-west", channel)
    await office.ada.types("/incident field 1 customers 1 200", channel)
    await office.ada.types(f"/incident field contact {office.cleo.mention}", channel)
    await office.ada.types("/incident field ticket <b>*OPS-1*</b> & more", channel)
    assert "Security incident" in await office.ada.types("/incident type security", channel)
    await office.ada.types("/incident field notice 2026-12-24", channel)
    card = await office.bo.reads(channel)
    for words in (
        "*Type* Security incident",
        "*Region* EU West",
        "*Customers hit* 1200",
        "*Notice due* Thu 24 Dec 2026",
    ):
        assert words in card, words
    assert f"*Contact* {office.cleo.shown}" in card
    assert "&lt;b&gt;∗OPS-1∗&lt;/b&gt; &amp; more" in card
    record = await office.record()
    assert record["type"] == "security"
    assert record["fields"]["customers"] == "1200"
    assert record["people"][office.cleo.id]
    await office.ada.types("/incident field region -", channel)
    await office.ada.types("/incident timeline", channel)
    timeline = said(await office.ada.modal())
    assert "*Region*: EU West" in timeline
    assert "*Region*: nothing any more (before: EU West)" in timeline


async def test_exports_name_things_as_people_know_them(office: Office) -> None:
    await office.ada.types("/incident declare sev2 service:search customers:12 type:security Search is slow")
    await office.ada.types(f"/incident field 1 contact {office.cleo.mention}")
    await office.ada.types("/incident close 1 false-positive")
    texts = [await reading.record(office.app.bot.db, 1, form, office.config) for form in ("md", "html")]
    service = office.config.service_title("search")
    for words in (
        "Severity: SEV2 Major",
        "Status: Closed",
        f"Service: {service}",
        "Type: Security incident",
        "Customers hit: 12",
        "Contact: @cleo",
        "Closed as: False positive",
    ):
        assert all(words in text for text in texts), words
    assert "false-positive" not in "".join(texts)
    record = await office.record()
    assert (record["close_reason"], record["service"]) == ("false-positive", "search"), "stable names"
    assert record["shown"] == {
        "severity": "SEV2 Major",
        "status": "Closed",
        "service": service,
        "type": "Security incident",
        "close_reason": "False positive",
        "fields": {"Customers hit": "12", "Contact": "@cleo"},
        "roles": {},
    }


async def test_what_is_no_value_is_refused_with_what_would_be_one(office: Office) -> None:
    await office.ada.types("/incident declare sev2 Checkout is down")
    for typed, answer in (
        ("region eu wst", "Did you mean *EU West*?"),
        ("region mars", "Choose one of EU West, US East"),
        ("customers many", "is not a number"),
        ("customers 1e9", "is not a number"),
        ("contact ada", "Type @"),
        ("notice tomorrow", "2026-01-31"),
        ("rgion eu", "Did you mean *region*?"),
    ):
        assert answer in await office.ada.types(f"/incident field 1 {typed}"), typed
    assert "Did you mean *security*?" in await office.ada.types("/incident type 1 securty")
    assert (await office.record())["fields"] == {}


async def test_the_form_to_declare_asks_for_the_type_and_its_fields(office: Office) -> None:
    await office.ada.types("/incident declare")
    blocks = [block.get("block_id") for block in (await office.ada.modal())["blocks"]]
    assert "type" in blocks
    assert "field.region" in blocks
    assert "field.notice" not in blocks, "of security incidents only"
    errors = await office.ada.submits(
        title="Stolen laptop", severity="SEV2", type="outage", **{"field.customers": "x"}
    )
    assert "not a number" in errors["field.customers"]
    assert await office.ada.submits(**{"field.customers": "12", "field.region": "US East"}) == {}
    record = await office.record()
    assert (record["type"], record["fields"]) == ("outage", {"customers": "12", "region": "US East"})


async def test_a_type_chosen_later_leaves_severity_and_privacy_and_says_so(office: Office) -> None:
    await office.ada.types("/incident declare sev1 Checkout is down")
    answer = await office.ada.types("/incident type 1 security")
    assert "its type is Security incident now; its severity stays SEV1" in answer
    assert "everybody still sees it" in answer
    assert "*Type* Security incident, but *not private*" in await office.bo.types("/incident show 1")
    assert "its type is outage now." in await office.ada.types("/incident type 1 outage")
    await office.ada.types("/incident field 1")
    assert "who may see the incident stay as they are" in said(await office.ada.modal())
    await office.ada.closes()
    await office.ada.types("/incident list")
    await office.ada.clicks("Filter …", channel="general")
    assert "stay as they are" not in said(await office.ada.modal()), "there it is only looked for"
    await office.ada.closes()
    await office.ada.types("/incident declare type:security Stolen laptop")
    assert "not private" not in await office.ada.types("/incident show 2")


async def test_each_field_that_is_wrong_is_told_so_by_itself(database_url: str) -> None:
    change = with_fields(
        {"name": "customers", "label": "Customers hit", "kind": "number"},
        {"name": "minutes", "label": "Minutes", "kind": "number", "required_at": "declare"},
        {"name": "cause", "label": "Cause", "required_at": "resolve"},
        {"name": "fix", "label": "Fix", "required_at": "resolve"},
    )
    async with open_office(database_url, change=change) as office:
        await office.ada.types("/incident declare sev2 Checkout is down")
        errors = await office.ada.submits(**{"field.customers": "many", "field.minutes": "some"})
        assert {name: "is not a number" in words for name, words in errors.items()} == {
            "field.customers": True,
            "field.minutes": True,
        }
        errors = await office.ada.submits(**{"field.customers": "many", "field.minutes": "  "})
        assert "is not a number" in errors["field.customers"]
        assert errors["field.minutes"] == "Minutes is needed to declare. Fill it in."
        assert await office.ada.submits(**{"field.customers": "7", "field.minutes": "5"}) == {}

        await office.ada.types("/incident resolve 1 Rolled back")
        form = await office.ada.modal()
        asked = {block["block_id"]: block["optional"] for block in form["blocks"] if block["type"] == "input"}
        assert asked == {"text": True, "field.cause": False, "field.fix": False}
        assert "Was it none? `/incident close 1`" in said(form)
        errors = await office.ada.submits(**{"field.cause": " ", "field.fix": " "})
        assert errors == {
            "field.cause": "Cause must be filled in before incident #1 is resolved.",
            "field.fix": "Fix must be filled in before incident #1 is resolved.",
        }
        assert await office.ada.submits(**{"field.cause": "A release", "field.fix": "Rolled back"}) == {}
        assert (await office.record())["status"] == "resolved"


async def test_one_line_names_type_and_fields(office: Office) -> None:
    await office.ada.types(
        '/incident declare sev2 region:"eu west" Checkout type:outage is down customers:12'
    )
    record = await office.record()
    assert record["title"] == "Checkout is down"
    assert (record["type"], record["fields"]) == ("outage", {"customers": "12", "region": "EU West"})
    await office.ada.types("/incident declare type:security Stolen laptop")
    record = await office.record(2)
    assert (record["severity"], record["private"]) == ("SEV2", True), "as the type says"
    assert "laptop" not in await office.bo.types("/incident list all")


async def test_lists_are_narrowed_down_by_type_and_fields(office: Office) -> None:
    await office.ada.types("/incident declare sev2 type:outage region:eu-west Checkout is down")
    await office.ada.types("/incident declare sev2 type:outage region:us-east Search is slow")
    await office.ada.types(f"/incident field 2 contact {office.bo.mention}")
    for words, shown, hidden in (
        ("region:eu-west", "Checkout", "Search"),
        ('region:"US East" type:outage', "Search", "Checkout"),
        ("contact:me", "Search", "Checkout"),
    ):
        listed = await office.bo.types(f"/incident list {words}")
        assert shown in listed, words
        assert hidden not in listed, words
    assert "No open incident fits: Security incident" in await office.bo.types("/incident list type:security")
    await office.bo.types("/incident list region:us-east")
    await office.bo.clicks("Filter …", channel="general")
    assert await office.bo.submits(**{"field.region": "EU West"}) == {}
    assert "Checkout" in said(await office.bo.modal())
    await office.bo.closes()
    await office.ada.types("/incident field 1 region us-east")
    assert "Checkout" in await office.bo.types("/incident list region:us-east")


async def test_lists_are_narrowed_down_by_numbers_and_days(office: Office) -> None:
    for customers, notice, title in (
        ("-20", "2026-10-31", "Checkout is down"),
        ("9", "2026-11-01", "Search is slow"),
        ("1000.5", "2026-11-02", "Cards are refused"),
    ):
        await office.ada.types(f"/incident declare sev2 customers:{customers} notice:{notice} {title}")
    for words, found in (
        ("customers>9", "C"),
        ("customers>=9", "CS"),
        ("customers<9", "D"),
        ("customers<=-20", "D"),
        ("customers:>-20 customers<1000", "S"),
        ("customers:9.0", "S"),
        ("notice>=2026-11-01", "CS"),
        ("notice<2026-11-01", "D"),
        ("contact:-", "CSD"),
        ("customers:*", "CSD"),
        ("ticket:*", ""),
    ):
        listed = await office.bo.types(f"/incident list {words}")
        titles = {"D": "Checkout is", "S": "Search is", "C": "Cards are"}
        assert {letter for letter, title in titles.items() if title in listed} == set(found), words
    assert "is not a number" in await office.bo.types("/incident list customers>many")
    await office.bo.types("/incident list customers>=9 customers<1000")
    await office.bo.clicks("Filter …", channel="general")
    form = await office.bo.modal()
    (element,) = [block["element"] for block in form["blocks"] if block.get("block_id") == "field.customers"]
    assert element["initial_value"] == ">=9 <1000"
    assert await office.bo.submits(**{"field.customers": "lots"}) != {}
    assert await office.bo.submits(**{"field.customers": "> 9"}) == {}
    assert "Cards are" in said(await office.bo.modal())
    await office.bo.closes()


async def test_what_is_filled_in_is_found_by_its_words_until_it_is_replaced(office: Office) -> None:
    await office.ada.types("/incident declare sev2 ticket:zanzibar-17 Checkout is down")
    await office.ada.types("/incident declare type:security ticket:zanzibar-99 Stolen laptop")
    for line in ("/incident list all zanzibar", "/ops search zanzibar"):
        found = await office.bo.types(line)
        assert "Checkout is down" in found, line
        assert "laptop" not in found, "private"
        assert "laptop" in await office.ada.types(line)
    assert "*zanzibar*-17" in await office.bo.types("/ops search zanzibar checkout")
    await office.ada.types("/incident field 1 ticket OPS-1")
    await office.ada.types("/incident summary 1 The gateway times out")
    assert "Checkout" not in await office.bo.types("/ops search zanzibar")
    assert "Checkout" in await office.bo.types("/ops search gateway ops")
    await office.ada.types("/incident field 1 ticket -")
    assert "Checkout is down" not in await office.bo.types("/incident list words: ops")
    assert "Checkout is down" in await office.bo.types("/incident list words: gateway")


async def test_what_is_private_is_not_found_by_its_fields(office: Office) -> None:
    await office.ada.types("/incident declare type:security Stolen laptop")
    await office.ada.types("/incident field 1 region eu-west")
    await office.ada.types("/incident field 1 ticket zanzibar")
    for words in ("region:eu-west", "type:security", "ticket:zanzibar", "all type:security"):
        assert "laptop" not in await office.bo.types(f"/incident list {words}"), words
        assert "laptop" in await office.ada.types(f"/incident list {words}"), words
    assert "There is no incident #1" in await office.bo.types("/incident field 1 region us-east")
    await office.bo.types("/incident list")
    await office.bo.clicks("Filter …", channel="general")
    assert "zanzibar" not in said(await office.bo.modal())


async def test_a_field_is_asked_for_when_it_must_be_filled_in(database_url: str) -> None:
    change = with_fields(
        {
            "name": "region",
            "label": "Region",
            "kind": "choice",
            "choices": ["EU", "US"],
            "required_at": "declare",
        },
        {"name": "cause", "label": "Cause", "required_at": "resolve"},
        {"name": "ticket", "label": "Ticket", "required_at": "close"},
        {
            "name": "notice",
            "label": "Notice due",
            "kind": "date",
            "types": ["security"],
            "required_at": "close",
        },
    )
    async with open_office(database_url, change=change) as office:
        await office.ada.types("/incident declare sev2 Checkout is down")
        form = await office.ada.modal()
        assert "Region must be filled in" in said(form)
        assert await office.ada.submits(**{"field.region": "EU"}) == {}
        assert (await office.record())["title"] == "Checkout is down"
        await office.bo.types("/incident declare sev3 region:us Search is slow")
        assert (await office.record(2))["fields"] == {"region": "US"}, "without a form"

        channel = await office.incident_channel()
        await office.ada.types("/incident resolve Rolled back", channel)
        form = await office.ada.modal()
        inputs = {block["block_id"] for block in form["blocks"] if block["type"] == "input"}
        assert {name for name in inputs if name.startswith("field.")} == {"field.cause"}
        assert await office.ada.submits(**{"field.cause": "A bad release"}) == {}
        record = await office.record()
        assert record["status"] == "resolved"
        assert record["fields"]["cause"] == "A bad release"
        await office.bo.sees("Rolled back", channel)

        await office.ada.clicks("Close", channel=channel)
        assert await office.ada.submits(**{"field.ticket": "OPS-1"}) == {}
        assert (await office.record())["status"] == "closed"

        await office.ada.types("/incident declare sev3 region:us Login is slow")
        third = await office.incident_channel(3)
        await office.ada.clicks("Status", channel=third)
        assert await office.ada.submits(status="resolved", text="Scaled up") == {}
        assert "field.cause" in {block["block_id"] for block in (await office.ada.modal())["blocks"]}
        errors = await office.ada.submits(**{"field.cause": " "})
        assert "Cause must be filled in" in errors["field.cause"]
        assert await office.ada.submits(**{"field.cause": "Load"}) == {}
        assert (await office.record(3))["status"] == "resolved"
        await office.ada.sees("Scaled up", third)
        await office.bo.types("/incident close 3 duplicate of the first")
        assert await office.bo.submits(**{"field.ticket": "OPS-3"}) == {}
        record = await office.record(3)
        assert record["status"] == "closed"
        assert "Duplicate" in str(record["timeline"][-1]["data"]), "the reason that was typed"

        refused = await office.bo.types("/incident status 2 resolved")
        assert await office.bo.submits(**{"field.cause": "Load"}) == {}, refused
        assert (await office.record(2))["status"] == "resolved"


async def test_what_resolves_by_itself_is_not_held_up_and_asks_afterwards(database_url: str) -> None:
    change = with_fields({"name": "cause", "label": "Cause", "required_at": "resolve"})
    async with open_office(database_url, change=change) as office:
        await office.ada.types("/incident declare sev2 Checkout is down")
        channel = await office.incident_channel()
        async with office.app.bot.db.begin() as session:
            await lifecycle.resolve(session, 1, config=office.config, by=None, now=office.clock.now())
        await office.passes(seconds=2)
        assert (await office.record())["status"] == "resolved"
        await office.bo.sees("still to be filled in: Cause", channel)


async def test_what_left_app_yaml_is_shown_and_a_former_choice_is_not_lost(database_url: str) -> None:
    before = with_fields(
        {"name": "region", "label": "Region", "kind": "choice", "choices": ["EU", "US"]},
        {"name": "ticket", "label": "Ticket"},
    )
    async with open_office(database_url, change=before) as office:
        await office.ada.types("/incident declare sev2 region:eu type:outage Checkout is down")
        await office.ada.types("/incident field 1 ticket OPS-1")
        await office.stop_bot()
        after = with_fields(
            {"name": "region", "label": "Region", "kind": "choice", "choices": ["Europe", "America"]}
        )
        office.config = after(office.config).model_copy(update={"types": ()})
        await office.start_bot()
        shown = await office.bo.types("/incident show 1")
        for words in ("*Type* outage", "*Region* EU", "*ticket* OPS-1"):
            assert words in shown, words
        await office.bo.types("/incident field 1")
        assert await office.bo.submits() == {}
        record = await office.record()
        assert (record["type"], record["fields"]) == ("outage", {"region": "EU", "ticket": "OPS-1"})
        assert "Checkout" in await office.bo.types("/incident list region:eu")
        assert "Checkout" in await office.bo.types("/incident list type:outage")


async def test_two_people_fill_in_different_fields_at_once(office: Office) -> None:
    await office.ada.types("/incident declare sev2 Checkout is down")
    for person in (office.ada, office.bo):
        await person.types("/incident field 1")
    assert await office.ada.submits(**{"field.customers": "12"}) == {}
    assert await office.bo.submits(**{"field.ticket": "OPS-1"}) == {}
    assert (await office.record())["fields"] == {"customers": "12", "ticket": "OPS-1"}, (
        "neither undid the other's"
    )


async def test_two_people_fill_in_the_same_field_at_once(office: Office) -> None:
    await office.ada.types("/incident declare sev2 ticket:OPS-0 Checkout is down")
    for person in (office.ada, office.bo):
        await person.types("/incident field 1")
    ada, bo = await asyncio.gather(
        office.ada.submits(**{"field.ticket": "OPS-1"}), office.bo.submits(**{"field.ticket": "OPS-2"})
    )
    assert ada == bo == {}
    # As they were written: a timeline is read by when people acted, and who acted first may have had to wait.
    numbered = sorted(await office.timeline(), key=lambda entry: entry["number"])
    _, first, last = (entry for entry in numbered if entry["kind"] == "fields")
    said_first, said_last = (entry["data"]["changes"]["ticket"] for entry in (first, last))
    assert said_first["before"] == "OPS-0"
    assert said_last["before"] == said_first["after"], "whoever was later is said to have replaced it"
    assert (await office.record())["fields"] == {"ticket": said_last["after"]}
    assert f"*Ticket* {said_last['after']}" in await office.ada.reads(await office.incident_channel())
    assert "Checkout" not in await office.bo.types("/ops search OPS-0"), "it is found by its last value alone"


async def test_a_field_is_taken_out_of_app_yaml_while_its_form_is_open(office: Office) -> None:
    await office.ada.types("/incident declare sev2 ticket:OPS-0 Checkout is down")
    for person in (office.ada, office.bo, office.cleo):
        await person.types("/incident field 1")
    left = tuple(one for one in office.config.fields if one.name != "ticket")
    office.app.use(office.config.model_copy(update={"fields": left}))

    errors = await office.ada.submits(**{"field.ticket": "OPS-1", "field.customers": "12"})
    assert "no field “ticket” any more" in errors["field.ticket"]
    assert (await office.record())["fields"] == {"ticket": "OPS-0"}, "half a form is not kept"
    assert await office.ada.submits(**{"field.ticket": "OPS-0"}) == {}
    assert await office.bo.submits(**{"field.region": "EU West"}) == {}, "who did not touch it need not know"
    record = await office.record()
    assert record["fields"] == {"ticket": "OPS-0", "customers": "12", "region": "EU West"}

    office.app.use(office.config.model_copy(update={"fields": (), "types": ()}))
    assert "any more" in str(await office.cleo.submits(**{"field.customers": "13"}))
    assert (await office.record())["fields"] == record["fields"]
    assert "no fields" in await office.cleo.types("/incident field 1 customers 13")


async def test_a_form_is_sent_when_the_incident_is_over_or_became_another(office: Office) -> None:
    await office.ada.types("/incident declare sev2 Checkout is down")
    await office.ada.types("/incident declare sev2 Nobody can pay")
    await office.bo.types("/incident field 2")
    assert "was merged" in await office.ada.types("/incident merge 2 into 1")
    assert "merged into #1" in str(await office.bo.submits(**{"field.ticket": "OPS-1"}))
    await office.cleo.types("/incident field 1")
    assert "closed" in await office.ada.types("/incident close 1 false positive")
    assert "is closed" in str(await office.cleo.submits(**{"field.ticket": "OPS-1"}))
    assert (await office.record(1))["fields"] == (await office.record(2))["fields"] == {}


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "error", "error": "expired_trigger_id"},
        *(ways(hang=5)[way] for way in ("500", "drop", "hang")),
    ],
    ids=["expired", "500", "drop", "hang"],
)
async def test_a_form_that_slack_does_not_open_is_told_and_opens_the_next_time(
    database_url: str, fault: dict[str, Any]
) -> None:
    change = with_fields({"name": "cause", "label": "Cause", "required_at": "resolve"})
    async with open_office(database_url, change=change) as office:
        await office.ada.types("/incident declare sev2 Checkout is down")
        channel = await office.incident_channel()
        for line, form in (
            ("/incident field", "field.cause"),
            ("/incident resolve It was DNS", "field.cause"),
            ("/incident declare", "field.cause"),
        ):
            await office.fault("views.open", times=1, **fault)
            assert "did not open the form" in await office.ada.types(line, channel), line
            assert await office.ada.modals() == []
            await office.ada.types(line, channel)
            assert form in str(await office.ada.modal()), line
            await office.ada.closes()
        await office.fault("views.open", times=1, **fault)
        await office.ada.clicks("incident.more", channel=channel, value="1:details")
        assert "did not open the form" in await office.ada.is_told(channel)
        record = await office.record()
        assert (record["status"], record["fields"]) == ("investigating", {})


def test_a_day_is_said_as_elsewhere() -> None:
    from datetime import date

    assert day(date(2026, 12, 24)) == "Thu 24 Dec 2026"
