"""The backlog: what people, incidents and alerts put into it, and who sees it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.reading import backlog as backlog_reading
from tests.acceptance.kit import messages
from tests.acceptance.office import Office, find_element, open_office, said
from tests.acceptance.pages import rings
from tests.acceptance.signals import alert, alerts_of, arrive, outcomes, with_rules

ROUTES = [{"name": "later", "to": "backlog", "when": {"levels": ["info", "warning"]}}]


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with open_office(database_url, change=with_rules(routes=ROUTES)) as office:
        yield office


async def items(office: Office) -> list[dict[str, Any]]:
    found = await backlog_reading.listed(
        office.app.bot.db, office.config, service=None, everything=True, limit=100
    )
    return sorted(found, key=lambda item: int(item["number"]))


async def card(office: Office, number: int = 1) -> str:
    channel = await office.incident_channel(number)
    return next(said(m) for m in await office.ada.messages(channel) if find_element([m], "incident.more"))


# -- people -------------------------------------------------------------------------------------------------------


async def test_an_item_is_planned_for_a_milestone_and_found_by_it(office: Office) -> None:
    await office.ada.types("/ops backlog add Retry payments")
    await office.ada.types("/ops backlog add Faster search")
    assert "Item #1 is planned" in await office.ada.types("/ops backlog plan 1 Über & *4*")
    seen = await office.bo.types("/ops backlog milestone:Über & *4*")
    assert "milestone Über &amp; ∗4∗: 1 item to be done" in seen
    assert ":checkered_flag: Über &amp; ∗4∗" in seen
    assert "Faster search" not in seen
    assert "Retry payments" in await office.bo.types("/ops backlog bugs milestone:Über & *4*")
    assert "Nothing" in (empty := await office.bo.types("/ops backlog milestone:5")) or "empty" in empty
    # It is planned for another one; the same again is no change.
    assert "is planned" in await office.ada.types("/ops backlog plan 1 Release 5")
    assert "is planned already" in await office.ada.types("/ops backlog plan 1 Release 5")
    assert "Retry payments" in await office.bo.types("/ops backlog milestone: release 5")
    assert "60 is the most" in await office.ada.types(f"/ops backlog plan 2 {'x' * 61}")
    assert [item["milestone"] for item in await items(office)] == ["Release 5", None]


async def test_an_item_is_changed_by_a_form(office: Office) -> None:
    await office.ada.types("/ops backlog add Retry payments")
    await office.bo.types("/ops backlog show 1")
    await office.bo.clicks("Change …", channel="general")
    # One of the two judgements is none.
    errors = await office.bo.submits(title="Retry", kind="debt", impact="high")
    assert "effort is high, medium or low" in errors["effort"]
    given = {"impact": "high", "effort": "low", "owner": office.ada.id, "milestone": "Release 4"}
    assert await office.bo.submits(title="Retry <twice>", kind="debt", **given) == {}
    seen = await office.ada.types("/ops backlog show 1")
    assert "Retry &lt;twice&gt;" in seen
    assert "Technical debt" in seen
    assert "impact high, effort low" in seen
    assert office.ada.shown in seen
    assert ":checkered_flag: Release 4" in seen
    assert "*Do now*" in await office.ada.types("/ops backlog")
    # Two at the same form.
    for person in (office.bo, office.cleo):
        await person.types("/ops backlog show 1")
        await person.clicks("Change …", channel="general")
    assert await office.bo.submits(milestone="Release 5", text="The bank <b>times out</b> at *noon*.") == {}
    assert f"{office.bo.mention} has changed item #1" in str(await office.cleo.submits(title="Once"))
    await office.cleo.closes()
    shown = await office.ada.types("/ops backlog show 1")
    assert "The bank &lt;b&gt;times out&lt;/b&gt; at" in shown
    assert f"by {office.bo.shown}" in shown[shown.index("Last looked at") :]
    assert "Retry" in await office.ada.types("/ops search noon")
    for person in (office.bo, office.cleo):
        await person.types("/ops backlog show 1")
        await person.clicks("Judge …", channel="general")
    assert await office.bo.submits(impact="medium", effort="medium") == {}
    assert f"{office.bo.mention} has changed item #1" in str(await office.cleo.submits(impact="low"))
    assert "impact medium, effort medium" in await office.ada.types("/ops backlog show 1")
    await office.cleo.closes()
    # Meanwhile somebody else closes it.
    await office.bo.types("/ops backlog change 1")
    await office.ada.types("/ops backlog done 1")
    errors = await office.bo.submits(title="Too late", milestone="")
    assert "is done already" in str(errors) or "is done already" in said(await office.bo.modal())
    assert (await items(office))[0]["title"] == "Retry <twice>"


async def test_an_idea_goes_in_and_is_done(office: Office) -> None:
    assert "The backlog is empty" in await office.ada.types("/ops backlog")
    answer = await office.ada.types("/ops backlog add Retry payments *twice* & log it")
    assert "Item #1 is in the backlog" in answer
    assert "∗twice∗ &amp; log it" in answer
    seen = await office.bo.types("/ops backlog")
    assert "Backlog: 1 item to be done" in seen
    assert "*#1* Retry payments" in seen
    await office.bo.clicks("Show", channel="general")
    assert f"by {office.ada.shown}" in await office.bo.is_told()
    await office.bo.clicks("Plan", channel="general")
    assert "Item #1 is planned" in await office.bo.is_told()
    await office.bo.clicks("Done", channel="general")
    told = await office.bo.is_told()
    assert "Item #1 is done" in told
    assert f"by {office.bo.shown}" in told
    assert "The backlog is empty" in await office.ada.types("/ops backlog")
    assert "*done*" in await office.ada.types("/ops backlog all")
    assert "Feature · since" in await office.ada.types("/ops backlog add Export kind:feature as PDF")
    assert "*#2* Export as PDF" in await office.ada.types("/ops backlog feature")
    assert "Did you mean `kind:process`" in await office.ada.types("/ops backlog add kind:proces Talk more")
    await office.ada.types("/ops backlog done 2")
    # Somebody was too quick.
    assert "Item #1 is done already" in await office.ada.types("/ops backlog decline 1 no time")
    assert "is open again" in await office.ada.types("/ops backlog reopen 1")
    assert "Backlog: 1 item to be done" in await office.ada.types("/ops backlog")


async def test_the_form_asks_for_more_and_declining_asks_for_a_reason(office: Office) -> None:
    await office.ada.types("/ops backlog add")
    await office.ada.submits(
        title="Split the checkout job", kind="debt", service="checkout", text="It takes an hour."
    )
    assert "Split the checkout job" in said(await office.ada.modal())
    (item,) = await items(office)
    assert (item["kind"], item["service"], item["status"]) == ("debt", "checkout", "open")
    assert (item["impact"], item["effort"], item["description"]) == (None, None, "It takes an hour.")
    assert "An item is declined with a reason" in await office.bo.types("/ops backlog decline 1")
    await office.bo.types("/ops backlog show 1")
    await office.bo.clicks("Decline …", channel="general")
    await office.bo.submits(reason="The job goes away in May")
    assert "Item #1 is declined" in said(await office.bo.modal())
    shown = await office.ada.types("/ops backlog show 1")
    assert f"by {office.bo.shown}: The job goes away in May" in shown
    assert (await items(office))[0]["reason"] == "The job goes away in May"


async def test_the_list_has_pages_and_services(office: Office) -> None:
    for number in range(1, 18):
        await office.ada.types(f"/ops backlog add Idea {number}")
    await office.ada.types("/ops backlog")
    await office.ada.clicks("Add an item", channel="general")
    await office.ada.submits(title="Faster search", service="search", kind="feature")
    first = await office.ada.types("/ops backlog")
    assert first.index("Idea 1\n") < first.index("Idea 2\n") < first.index("Idea 15\n")
    assert "Idea 16" not in first
    assert "Page 1 of 2" in first
    await office.ada.clicks("Next", channel="general")
    second = await office.ada.is_told()
    assert "Idea 16" in second
    assert "Faster search" in second
    assert "Idea 16" in await office.ada.types("/ops backlog 2")
    of_search = await office.ada.types("/ops backlog search")
    assert "Faster search" in of_search
    assert "Idea" not in of_search


async def test_what_is_not_understood_gets_what_may_have_been_meant(office: Office) -> None:
    usage = await office.ada.types("/ops")
    for line in ("/ops backlog [all]", "/ops alerts [4w]", "/ops help backlog"):
        assert line in usage
    assert "/ops backlog add" not in usage
    for asked in ("/ops help backlog", "/ops backlog help", "/ops help Backlog"):
        words = await office.ada.types(asked)
        assert "/ops backlog decline &lt;number&gt; &lt;reason&gt;" in words
        assert "/ops alerts" not in words
    assert "direct messages" in await office.ada.types("/ops plan Help desk")
    assert "Did you mean `/ops backlog [all] [kind]" in await office.ada.types("/ops baklog")
    assert "Did you mean `/ops backlog decline`" in await office.ada.types("/ops backlog declin 3 no")
    assert "Did you mean `/ops backlog checkout`" in await office.ada.types("/ops backlog chekout")
    assert "There is no item #99 in the backlog" in await office.ada.types("/ops backlog done 99")
    assert "For example `/ops backlog done 12`" in await office.ada.types("/ops backlog done it")


# -- incidents ----------------------------------------------------------------------------------------------------


async def test_an_incident_that_pages_nobody_makes_one_item(office: Office) -> None:
    await office.eve.types("/incident declare sev4 service:search Typo in the footer")
    (item,) = await items(office)
    assert (item["title"], item["service"], item["incident"]) == ("Typo in the footer", "search", 1)
    assert (item["origin"], item["created_by"]) == ("incident", office.eve.id)
    assert "It is item #1 of the backlog" in await card(office)
    assert [entry["data"] for entry in await office.timeline() if entry["kind"] == "backlog_item"] == [
        {"item": 1}
    ]
    assert "incident #1" in await office.ada.types("/ops backlog")
    assert [await rings(person) for person in (office.cleo, office.finn)] == [[], []]
    # Raised and lowered again it is the same thing to do.
    await office.eve.types("/incident severity 1 sev1 it is everywhere")
    assert "of the backlog" not in await card(office)
    await office.eve.types("/incident severity 1 sev4 it is not")
    assert "It is item #1 of the backlog" in await card(office)
    await office.eve.types("/ops backlog done 1")
    await office.eve.types("/incident severity 1 sev3 again")
    await office.eve.types("/incident severity 1 sev4 no")
    assert len(await items(office)) == 1


async def test_lowered_later_it_makes_its_item_then(office: Office) -> None:
    await office.eve.types("/incident declare sev2 Shop is slow")
    assert await items(office) == []
    answer = await office.bo.types("/incident severity 1 sev4 only for us")
    assert "It is item #1 of the backlog" in answer
    (item,) = await items(office)
    assert item["created_by"] == office.bo.id


async def test_a_drill_makes_no_item(office: Office) -> None:
    await office.eve.types("/incident declare")
    await office.eve.submits(title="Fire drill", severity="SEV4", options=["drill"])
    assert await items(office) == []
    assert "Nobody is paged" in await card(office)


async def test_a_private_incidents_item_is_for_its_people(office: Office) -> None:
    await office.eve.types("/incident declare")
    await office.eve.submits(title="Salaries leaked", severity="SEV4", options=["private"])
    assert "Salaries leaked" in await office.eve.types("/ops backlog")
    for words in ("", " all"):
        seen = await office.dev.types(f"/ops backlog{words}")
        assert "Salaries" not in seen
        assert "0 items" in seen
    for word in ("show", "done", "plan", "reopen"):
        answer = await office.dev.types(f"/ops backlog {word} 1")
        assert "There is no item #1 in the backlog that you can see" in answer
    assert "There is no item #1" in await office.dev.types("/ops backlog decline 1 no")
    public = await messages(office, (await office.channel("incidents"))["id"])
    assert "Salaries" not in str(public)
    assert "is done" in await office.eve.types("/ops backlog done 1")


# -- alerts -------------------------------------------------------------------------------------------------------


async def test_an_alert_makes_an_item_that_tells_how_often_it_came_and_that_it_is_over(
    office: Office,
) -> None:
    disk = alert("disk", "Disk is 70 % full", level="warning", service="search", labels={"host": "db1"})
    await arrive(office, disk, disk, disk)
    assert await outcomes(office) == [("disk", "backlog")]
    (item,) = await items(office)
    assert (item["title"], item["service"], item["origin"]) == ("Disk is 70 % full", "search", "alert")
    assert "host: db1" in item["description"]
    shown = await office.ada.types("/ops backlog show 1")
    assert "Received 3 times since" in shown
    assert "still firing" in shown
    await arrive(office, alert("disk", action="resolve", level=None))
    assert "over since" in await office.ada.types("/ops backlog show 1")
    # It stays, and has the next one of its key, which is another alert.
    await office.passes(hours=2)
    await arrive(office, disk)
    assert len(await alerts_of(office)) == 2
    assert len(await items(office)) == 1
    seen = await office.ada.types("/ops backlog")
    assert "received 4×, still firing" in seen
    # Another key is another thing; so is the same once the first was done.
    await arrive(office, alert("cpu", "CPU is warm", level="info", service="search"))
    await office.ada.types("/ops backlog done 1")
    await arrive(office, alert("disk", action="resolve", level=None))
    await office.passes(hours=2)
    await arrive(office, disk)
    assert [(item["title"], item["status"]) for item in await items(office)] == [
        ("Disk is 70 % full", "done"),
        ("CPU is warm", "open"),
        ("Disk is 70 % full", "open"),
    ]
    assert "#3 was made for the same since" in await office.ada.types("/ops backlog reopen 1")
    assert await office.calls("conversations.create") == []
    assert await rings(office.cleo) == []


async def test_a_guest_sees_to_no_item(office: Office) -> None:
    guest = await office.newcomer("gil", is_restricted=True)
    await office.ada.types("/ops backlog add Renew the certificates")
    assert "is a guest" in await office.ada.types(f"/ops backlog owner 1 {guest.mention}")
    assert "sees to item #1" in await office.ada.types(f"/ops backlog owner 1 {office.bo.mention}")
