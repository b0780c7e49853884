"""Action items: what somebody has promised, what becomes of it, who is reminded, and who sees it."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.reviews.action_rows import ActionItem
from tests.acceptance.office import Office, Person, find_element, open_office, said


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with open_office(database_url) as office:
        yield office


def today(office: Office) -> date:
    return office.clock.now().astimezone(office.config.zone).date()


def day(office: Office, days: int) -> str:
    return (today(office) + timedelta(days=days)).isoformat()


async def items(office: Office) -> list[ActionItem]:
    async with office.app.bot.db.read() as session:
        return list(await session.scalars(select(ActionItem).order_by(ActionItem.id)))


async def card(office: Office, number: int = 1) -> str:
    channel = await office.incident_channel(number)
    return next(said(m) for m in await office.ada.messages(channel) if find_element([m], "incident.more"))


async def told(person: Person, words: str) -> list[str]:
    """The direct messages of Tocsin's with these words."""
    return [said(m) for m in await person.direct_messages() if words in said(m)]


async def pass_days(office: Office, count: int, hour: int = 10) -> None:
    """To that hour of the day so many days on, by the wall of the organization."""
    target = datetime.combine(
        today(office) + timedelta(days=count), datetime.min.time(), office.config.zone
    ) + timedelta(hours=hour)
    await office.passes(seconds=(target.astimezone(UTC) - office.clock.now()).total_seconds())


# -- from one end to the other ------------------------------------------------------------------------------------


async def test_a_promise_is_written_down_in_the_incidents_channel_and_kept(office: Office) -> None:
    await office.ada.types("/incident declare sev2 service:checkout Checkout is slow")
    channel = await office.incident_channel(1)
    due = day(office, 5)
    answer = await office.ada.types(
        f"/incident action {office.bo.mention} {due} Alert *before* the disk is full", channel=channel
    )
    assert f"Action item #1: {office.bo.shown} does it by" in answer
    assert "Alert ∗before∗ the disk is full" in answer
    (item,) = await items(office)
    assert (item.owner, item.due_on.isoformat(), item.service, item.incident_id) == (
        office.bo.id,
        due,
        "checkout",
        1,
    )
    assert (item.origin, item.status, item.created_by) == ("incident", "open", office.ada.id)
    assert "1 action item, 1 open" in await card(office)
    assert len(await told(office.bo, "gave you an action item")) == 1
    assert "Action item" not in await office.bo.types("/ops actions search")
    seen = await office.bo.types("/ops actions mine")
    assert "1 open action item of yours" in seen
    await office.bo.clicks("Show", channel="general")
    assert "Made" in await office.bo.is_told()
    await office.bo.clicks("Start", channel="general")
    assert "#1 is in progress" in await office.bo.is_told()
    await office.bo.clicks("Done", channel="general")
    assert "#1 is done" in await office.bo.is_told()
    assert "none of them open" in await card(office)
    assert "No open action items of yours" in await office.bo.types("/ops actions mine")
    assert "*done*" in await office.ada.types("/ops actions all #1")
    changes = [entry["data"]["change"] for entry in await office.timeline() if entry["kind"] == "action_item"]
    assert changes == ["added", "started", "done"]
    assert "is done already" in await office.ada.types("/ops actions drop 1 no time")
    assert "is open again" in await office.ada.types("/ops actions reopen 1")


async def test_the_form_judges_it_and_changes_follow(office: Office) -> None:
    await office.ada.types("/ops actions add")
    await office.ada.submits(
        title="Restore the backup", owner=office.ada.id, due=day(office, 3), impact="high", effort="low",
        service="checkout", text="Into an empty database.",
    )  # fmt: skip
    assert "Action item #1" in said(await office.ada.modal())
    assert await told(office.ada, "gave you") == []  # she took it herself
    assert "*Do now*" in await office.bo.types("/ops actions checkout")
    assert "high, medium or low" in await office.bo.types("/ops actions judge 1 huge")
    assert "*Defer*" in await office.bo.types("/ops actions judge 1 low high")
    await office.bo.clicks("Change …", channel="general")
    await office.bo.submits(owner=office.cleo.id, due=day(office, 9), impact="high", effort="high")
    assert f"{office.cleo.shown} does it by" in said(await office.bo.modal())
    (item,) = await items(office)
    assert (item.owner, item.due_on.isoformat()) == (office.cleo.id, day(office, 9))
    assert len(await told(office.cleo, f"{office.bo.shown} gave you")) == 1
    await office.bo.types(f"/ops actions hand over 1 {office.ada.mention}")
    assert (await items(office))[0].owner == office.ada.id
    assert "is over" in await office.bo.types(f"/ops actions due 1 {day(office, -1)}")
    assert "is not a day" in await office.bo.types("/ops actions due 1 soon")
    await office.bo.types(f"/ops actions due 1 {day(office, 1)}")
    assert (await items(office))[0].due_on.isoformat() == day(office, 1)
    await office.bo.clicks("Drop …", channel="general")
    await office.bo.submits(reason="Somebody else does it")
    assert "is dropped" in said(await office.bo.modal())
    assert "Somebody else does it" in await office.ada.types("/ops actions show 1")
    assert "There is no action item #9" in await office.ada.types("/ops actions done 9")
    assert "For example `/ops actions done 12`" in await office.ada.types("/ops actions done it")


async def test_two_at_its_form_do_not_undo_each_other(office: Office) -> None:
    await office.ada.types("/incident declare sev3 The disk is full")
    await office.ada.types(f"/incident action 1 {office.ada.mention} Alrt before it is")
    for person in (office.bo, office.cleo):
        await person.types("/ops actions show 1")
        await person.clicks("Change …", channel="general")
    assert await office.bo.submits(title="Alert before it is full", text="At 80 %.") == {}
    errors = await office.cleo.submits(owner=office.cleo.id)
    assert f"{office.bo.mention} has changed action item #1 since you opened this form" in str(errors)
    (item,) = await items(office)
    assert (item.title, item.description, item.owner) == (
        "Alert before it is full",
        "At 80 %.",
        office.ada.id,
    )
    renamed = [e["data"] for e in await office.timeline() if e["data"].get("change") == "renamed"]
    assert [one["before"] for one in renamed] == ["Alrt before it is"]
    assert "Alert before it is full" in await office.bo.types("/ops search alert")
    await office.cleo.closes()
    await office.cleo.types("/ops actions change 1")
    assert await office.cleo.submits(owner=office.cleo.id) == {}
    assert (await items(office))[0].title == "Alert before it is full"


async def test_home_has_what_is_mine(office: Office) -> None:
    assert "Your action items" not in said(await office.ada.home())
    for number in range(1, 8):
        await office.ada.types(f"/ops actions add {day(office, 8 - number)} Thing {number}")
    await office.ada.types(f"/ops actions add {office.bo.mention} Another")
    home = said(await office.ada.home())
    assert "*Your action items*: 7 open" in home
    assert "Thing 7" in home
    assert "and 2 more" in home
    assert "Thing 1" not in home  # what is due first comes first


async def test_reminders_grow_firmer_and_stop_when_it_is_done(office: Office) -> None:
    await office.ada.types("/incident declare sev3 Disk was full")
    await office.finn.types("/incident lead 1")
    due = day(office, 5)
    await office.ada.types(f"/ops actions add {office.bo.mention} {due} Ask for more disk")
    await office.ada.types(f"/incident action #1 {office.bo.mention} {due} Alert before it is full")

    await pass_days(office, 2)
    assert await told(office.bo, "is due") == []
    await pass_days(office, 1)
    assert len(await told(office.bo, "Action item #1 is due")) == 1
    await pass_days(office, 2)
    assert len(await told(office.bo, "Action item #1 is due today")) == 1
    await pass_days(office, 1)
    assert len(await told(office.bo, "Action item #1 was due yesterday")) == 1
    assert "1 day ago" in await office.cleo.types("/ops actions overdue")
    assert await told(office.ada, "Can you help") == await told(office.finn, "Can you help") == []
    # For two weeks Tocsin is down: one reminder comes, of how it stands now.
    await office.stop_bot()
    office.clock.advance(days=14)
    await office.start_bot()
    await office.settled()
    assert len(await told(office.bo, "Action item #1 is 15 days late")) == 1
    assert len(await told(office.ada, "Action item #1, which")) == 1  # she gave it
    assert len(await told(office.finn, "Action item #2, which")) == 1  # he leads the incident
    assert await told(office.finn, "Action item #1, which") == []
    await office.bo.types("/ops actions done 1")
    before = len(await told(office.bo, "Action item #1 is"))
    await pass_days(office, 30)
    assert len(await told(office.bo, "Action item #1 is")) == before
    assert len(await told(office.bo, "Action item #2 is")) > 3


async def test_what_came_of_a_private_incident_is_for_its_people(office: Office) -> None:
    await office.eve.types("/incident declare")
    await office.eve.submits(title="Salaries leaked", severity="SEV4", options=["private"])
    refused = await office.eve.types(f"/incident action #1 {office.bo.mention} Change the passwords")
    assert "does not take part in private incident #1" in refused
    await office.eve.types("/incident action #1 Change the passwords")
    assert "Change the passwords" in await office.eve.types("/ops actions")
    for asked in ("/ops actions", "/ops actions all", "/ops actions overdue", "/ops actions #1"):
        assert "passwords" not in await office.bo.types(asked)
    for words in ("show 1", "done 1", "start 1", f"due 1 {day(office, 1)}", "drop 1 why", "rate 1 high low"):
        assert "There is no action item #1 that you can see" in await office.bo.types(f"/ops actions {words}")
    for person in (office.ada, office.bo):
        assert await told(person, "passwords") == []


async def test_whose_owner_has_left_others_are_reminded_of(office: Office) -> None:
    await office.ada.types(f"/ops actions add {office.bo.mention} Alert before the disk is full")
    await office.bo.types("/ops actions add Test the rollback")
    office.playground.workspace.people[office.bo.id].deleted = True
    await office.passes(days=1, minutes=5)  # the members are read each day
    before = len(await office.bo.direct_messages())
    await office.passes(days=12)
    assert len(await office.bo.direct_messages()) == before
    told = said((await office.ada.direct_messages())[-1])
    assert "Action item #1 is due" in told
    assert f"{office.bo.shown}, who promised it, has left" in told
    assert "Action item #2 is due" in await office.eve.reads("incidents")
