"""Two incidents that are one, and incidents that belong together."""

import asyncio

from sqlalchemy import select

from bot.paging.rows import RESOLVED, Page
from tests.acceptance.office import Json, Office, find_element, open_office, said
from tests.acceptance.signals import alert, alerts_of, arrive, with_rules


async def two(office: Office, words: str = "") -> tuple[str, str]:
    """Ada's incident and Bo's; the names of their channels."""
    await office.ada.types(f"/incident declare sev1 {words} Checkout is down".replace("  ", " "))
    await office.bo.types(f"/incident declare sev2 {words} Nobody can pay".replace("  ", " "))
    await office.ada.types("/incident join 2")
    return await office.incident_channel(1), await office.incident_channel(2)


async def card(office: Office, channel: str) -> Json:
    return next(m for m in await office.ada.messages(channel) if find_element([m], "incident.more"))


async def test_what_is_worked_on_in_the_one_goes_on_in_the_other(office: Office) -> None:
    checkout, payment = await two(office)
    await office.bo.types("/incident lead", payment)
    await office.cleo.types("/incident comms 2")
    await office.ada.types("/incident comms", checkout)

    answer = await office.bo.types("/incident merge 2 into 1 It is the same database")

    assert "#2 was merged into #1" in answer
    record = await office.record(2)
    assert (record["status"], record["merged_into"]) == ("closed", 1)
    assert (await office.record(1))["roles"] == {"lead": office.bo.id, "comms": office.ada.id}
    assert {office.bo.id, office.cleo.id} <= set((await office.channel(checkout))["members"])
    await office.ada.sees("*merged* #2 into this one", checkout)
    await office.bo.sees("*merged* it into #1", payment)
    assert "merged into #1" in said(await card(office, payment))
    assert "Merged into this one" in said(await card(office, checkout))
    assert find_element([await card(office, payment)], "Reopen") is None
    await office.cleo.sees("merged into #1", "incidents")
    for command in ("reopen 2 It is another one", "update 2 More", "resolve 2", "merge 2 1"):
        assert "merged into #1" in await office.bo.types(f"/incident {command}"), command


async def test_in_its_channel_one_number_or_the_form_is_enough(office: Office) -> None:
    _, payment = await two(office)
    await office.bo.types("/incident merge", payment)
    view = (await office.bo.modal())["id"]
    found = await office.bo.act(
        "options", {"container": {"view": view}, "action_id": "merge.into", "query": "check"}
    )
    assert [one["value"] for one in found["body"]["options"]] == ["1"]
    assert await office.bo.submits(into="1", text="The same") == {}
    assert (await office.record(2))["merged_into"] == 1

    await office.ada.types("/incident declare sev3 Refunds fail")
    third = await office.incident_channel(3)
    await office.ada.types("/incident merge into 1", third)
    assert (await office.record(3))["merged_into"] == 1


async def test_pages_go_on_and_ring_nobody_twice(office: Office) -> None:
    await two(office)
    await office.bo.types("/page service:payments The bank is away", await office.incident_channel(2))
    before = await pages(office)
    await office.ada.types("/incident merge 2 into 1")
    after = await pages(office)
    mine = {policy for _, policy, state in before if _ == 1 and state != RESOLVED}
    for (number, policy, state), (now_of, _, now_state) in zip(before, after, strict=True):
        if number == 2 and state != RESOLVED:
            rung_already = policy in mine
            assert (now_of, now_state == RESOLVED) == ((2, True) if rung_already else (1, False))


async def pages(office: Office) -> list[tuple[int | None, str, str]]:
    async with office.app.bot.db.read() as session:
        rows = await session.scalars(select(Page).order_by(Page.id))
        return [(row.incident_id, row.policy, row.state) for row in rows]


async def test_later_alerts_of_the_same_group_come_to_the_other(database_url: str) -> None:
    routes = [{"name": "all", "to": "incident"}]
    async with open_office(database_url, change=with_rules(routes=routes)) as office:
        await arrive(office, alert("a", "Checkout is down", service="checkout"))
        await arrive(office, alert("b", "Search is slow", service="search"))
        assert len({one.incident_id for one in await alerts_of(office)}) == 2
        await office.ada.types("/incident join 2")
        await office.ada.types("/incident merge 2 into 1")
        assert {one.incident_id for one in await alerts_of(office)} == {1}
        await arrive(office, alert("c", "Search is down", service="search"))
        assert [one.incident_id for one in await alerts_of(office)] == [1, 1, 1]
        assert "3 alerts" in said(await card(office, await office.incident_channel(1)))


async def test_tasks_links_and_action_items_move(office: Office) -> None:
    _, payment = await two(office)
    await office.bo.types("/incident task @cleo Ask the bank", payment)
    await office.bo.types("/incident link https://example.com/board Board", payment)
    await office.bo.types("/incident action @bo Add a limit", payment)
    await office.bo.types("/incident merge 1", payment)
    shown = said(await card(office, await office.incident_channel(1)))
    assert "Ask the bank" in shown
    assert "1 action item" in shown
    (moved,) = [e["data"]["moved"] for e in await office.timeline(1) if e["kind"] == "merged_in"]
    assert (moved["tasks"], moved["links"], moved["action_items"]) == (1, 1, 1)


async def test_what_cannot_be_merged_is_refused_with_the_way_out(office: Office) -> None:
    await two(office)
    assert "tied to itself" in await office.ada.types("/incident merge 1 into 1")
    assert "There is no incident #9" in await office.ada.types("/incident merge 1 into 9")
    await office.ada.types("/incident resolve 2")
    assert "nothing goes on there" in await office.ada.types("/incident merge 1 into 2")
    assert "merged into #1" in await office.ada.types("/incident merge 2 into 1")
    done = await office.ada.types("/incident merge 2 into 1")
    assert "Incident #2 was merged into #1 already" in done
    assert "/incident show 1" in done
    assert "merged into #1" in await office.ada.types("/incident merge 1 into 2")
    await office.ada.types("/incident declare sev3 The shop window is dark")
    await office.ada.types("/incident close 3 duplicate")
    assert "/incident relate 3 1" in await office.ada.types("/incident merge 3 into 1")
    for over in (
        await office.ada.types("/incident merge 3 into 1"),
        await office.ada.types("/incident merge", await office.incident_channel(3)),
    ):
        assert "Incident #3 is closed already" in over
        assert "/incident relate 3" in over
        assert "declare" not in over
    assert (await office.record(1))["status"] == "investigating"


async def test_a_private_incident_is_merged_with_no_public_one(office: Office) -> None:
    await office.ada.types("/incident declare")
    await office.ada.submits(title="A break-in", severity="SEV1", options=["private"])
    await office.ada.types("/incident declare sev2 Nobody can pay")
    for words in ("1 into 2", "2 into 1"):
        assert "is private" in await office.ada.types(f"/incident merge {words}")
        answer = await office.bo.types(f"/incident merge {words}")
        assert "There is no incident #1" in answer
    assert "break-in" not in str(await office.timeline(2))


async def test_two_who_merge_crosswise_at_once_merge_once(office: Office) -> None:
    await two(office)
    await asyncio.gather(
        office.ada.types("/incident merge 1 into 2", settle=False),
        office.bo.types("/incident merge 2 into 1", settle=False),
    )
    await office.settled()
    merged = [(await office.record(number))["merged_into"] for number in (1, 2)]
    assert merged in ([2, None], [None, 1])


# -- duplicates --------------------------------------------------------------------------------------------


async def test_a_duplicate_names_the_one_that_tells_of_it_and_is_named_there(office: Office) -> None:
    checkout, payment = await two(office)
    await office.bo.types("/incident relate 1", payment)

    assert "closed as duplicate" in await office.bo.types(
        "/incident close duplicate #1 The same bank", payment
    )

    record = await office.record(2)
    assert (record["status"], record["close_reason"], record["merged_into"]) == ("closed", "duplicate", None)
    assert "Instead of this one there is" in said(await card(office, payment))
    assert "This one stands also for" in said(await card(office, checkout))
    await office.ada.sees("#1 tells of it", payment)
    entry = next(e for e in await office.timeline(2) if e["kind"] == "closed")
    assert (entry["data"]["instead"], entry["data"]["text"]) == (1, "The same bank")
    assert "stands_for" in [e["kind"] for e in await office.timeline(1)]


async def test_a_duplicate_of_what_nobody_may_see_is_refused_and_a_private_one_is_not_named(
    office: Office,
) -> None:
    await office.ada.types("/incident declare")
    assert await office.ada.submits(title="A break-in", severity="SEV1", options=["private"]) == {}
    await office.ada.types("/incident declare sev2 Nobody can log in")
    public = await office.incident_channel(2)

    assert "There is no incident #1" in await office.bo.types("/incident close 2 duplicate #1")
    assert "closed as duplicate" in await office.ada.types("/incident close 2 duplicate of 1")
    assert "break-in" not in said(await card(office, public))
    closed = next(e for e in await office.timeline(2) if e["kind"] == "closed")
    assert "instead" not in closed["data"]


async def test_the_card_of_an_open_incident_leads_to_merging_and_closing(office: Office) -> None:
    checkout, payment = await two(office)
    await office.bo.clicks("incident.more", channel=payment, value="2:merge")
    typed = {
        "container": {"view": (await office.bo.modal())["id"]},
        "action_id": "merge.into",
        "query": "check",
    }
    await office.bo.act("options", typed)
    assert await office.bo.submits(into="1", text="The same") == {}
    assert (await office.record(2))["merged_into"] == 1

    await office.ada.types("/incident declare sev3 Refunds fail")
    third = await office.incident_channel(3)
    await office.ada.clicks("incident.more", channel=third, value="3:close")
    assert await office.ada.submits(reason="duplicate", text="#1, as the bank is away") == {}
    assert (await office.record(3))["close_reason"] == "duplicate"
    assert "This one stands also for" in said(await card(office, checkout))


# -- related -----------------------------------------------------------------------------------------------


async def test_related_incidents_name_each_other(office: Office) -> None:
    checkout, payment = await two(office)
    assert "belong together now" in await office.ada.types("/incident relate 2", checkout)
    assert "Nobody can pay" in said(await card(office, checkout))
    assert "Checkout is down" in said(await card(office, payment))
    assert "belong together already" in await office.bo.types("/incident relate 2 1")
    await office.bo.types("/incident unrelate 1", payment)
    assert "Nobody can pay" not in said(await card(office, checkout))


async def test_a_card_says_how_the_others_that_it_names_stand_by_now(office: Office) -> None:
    checkout, _ = await two(office)
    await office.bo.types("/incident declare sev2 Nobody can pay again")
    again = await office.incident_channel(3)
    await office.ada.joins(again)
    assert "Like it" in said(await card(office, again))
    await office.ada.types("/incident relate 2", checkout)

    await office.bo.types("/incident resolve 2 Rolled back")
    await office.bo.types("/incident title 2 Cards were refused")
    for channel in (checkout, again):
        shown = said(await card(office, channel))
        (line,) = [one for one in shown.splitlines() if "#2*" in one]
        assert "Cards were refused" in line
        assert "Resolved" in line

    await office.bo.types("/incident merge 3 into 1")
    await office.ada.types("/incident status 1 monitoring")
    assert "Monitoring" in next(
        one for one in said(await card(office, again)).splitlines() if "Merged into" in one
    )


async def test_a_private_one_is_named_to_nobody_who_may_not_see_it(office: Office) -> None:
    await office.ada.types("/incident declare")
    await office.ada.submits(title="A break-in", severity="SEV1", options=["private"])
    await office.ada.types("/incident declare sev2 Nobody can pay")
    channel = await office.incident_channel(2)
    await office.ada.types("/incident relate 1", channel)

    assert "break-in" not in said(await card(office, channel))
    assert "#1" not in str([e["data"] for e in await office.timeline(2)])
    assert "break-in" not in await office.bo.types("/incident show 2")
    assert "break-in" in await office.ada.types("/incident show 2")
    assert "There is no incident" in await office.bo.types("/incident relate 1 2")
