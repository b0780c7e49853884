"""Tasks and links during an incident: added, taken, done, reopened, shown where people look, and told to their owner."""

import asyncio

import pytest
from sqlalchemy import select

from bot.core.viewer import Viewer
from bot.delivery.tasks import tasks_screen
from bot.incidents.rows import Incident
from bot.incidents.task_rows import Link, Task
from bot.incidents.tasks import add_task
from tests.acceptance.faults import ways
from tests.acceptance.office import Office, Person, find_element, said


async def declared(office: Office, words: str = "sev2 Checkout is down") -> str:
    await office.ada.types(f"/incident declare {words}")
    return await office.incident_channel(1)


async def tasks(office: Office) -> list[Task]:
    async with office.app.bot.db.read() as session:
        return list(await session.scalars(select(Task).order_by(Task.id)))


async def links(office: Office) -> list[Link]:
    async with office.app.bot.db.read() as session:
        return list(await session.scalars(select(Link).order_by(Link.id)))


async def card(office: Office, number: int = 1) -> str:
    channel = await office.incident_channel(number)
    return next(said(m) for m in await office.ada.messages(channel) if find_element([m], "incident.more"))


async def told(person: Person, words: str) -> list[str]:
    return [said(m) for m in await person.direct_messages() if words in said(m)]


async def changes(office: Office) -> list[str]:
    return [entry["data"]["change"] for entry in await office.acts() if entry["kind"] == "task"]


# -- tasks ----------------------------------------------------------------------------------------------------


async def test_a_task_goes_from_one_line_to_done(office: Office) -> None:
    channel = await declared(office)

    answer = await office.ada.types(f"/incident task {office.bo.mention} Fail *over* to db-2", channel)

    assert f"Task #1 for {office.bo.shown}: Fail ∗over∗ to db-2" in answer
    assert "*Tasks*: 1 of 1 open" in await card(office)
    assert "Fail ∗over∗" in await card(office)
    await office.ada.sees(f"added *task #1* for {office.bo.shown}", channel)
    await office.passes(seconds=5)
    (message,) = await told(office.bo, "gave you a task")
    assert "Fail ∗over∗ to db-2" in message
    assert office.bo.id in (await office.channel(channel))["members"]
    assert "Fail ∗over∗" in said(await office.bo.home())

    await office.bo.clicks_at_home("Done")

    (task,) = await tasks(office)
    assert (task.owner, task.done_by) == (office.bo.id, office.bo.id)
    assert "Your tasks" not in said(await office.bo.home())
    assert "*Tasks*: 0 of 1 open" in await card(office)
    await office.ada.types("/incident tasks", channel)
    await office.ada.clicks("Reopen")
    assert "1 of 1 task open" in said(await office.ada.modal())
    assert await changes(office) == ["added", "done", "reopened"]
    assert "is done" in await office.ada.types("/incident tasks done 1", "general")
    assert "is done already" in await office.bo.types("/incident tasks done 1")


async def test_the_list_adds_takes_and_changes_and_shows_what_is_so_by_now(office: Office) -> None:
    channel = await declared(office)
    await office.ada.clicks("Tasks …", channel=channel)
    assert "No tasks yet" in said(await office.ada.modal())
    await office.ada.clicks("Add a task …")
    assert "needs a title" in (await office.ada.submits(title="  "))["title"]
    await office.ada.submits(title="Call the provider")
    assert "Call the provider" in said(await office.ada.modal())
    assert "_nobody yet_" in said(await office.ada.modal())

    await office.bo.types("/incident tasks 1")
    await office.ada.clicks("Take")
    assert f"{office.ada.shown}" in said(await office.ada.modal())
    await office.bo.clicks("Take")  # what he sees is out of date
    assert "has task #1 already" in said(await office.bo.modal())
    assert (await tasks(office))[0].owner == office.ada.id
    assert "Take" not in said((await office.bo.modals())[0])

    await office.ada.clicks("Change …")
    await office.ada.submits(title="Call both providers", owner=office.cleo.id)
    assert "Call both providers" in said(await office.ada.modal())
    (task,) = await tasks(office)
    assert (task.title, task.owner) == ("Call both providers", office.cleo.id)
    await office.passes(seconds=5)
    assert len(await told(office.cleo, "gave you a task")) == 1
    assert await changes(office) == ["added", "taken", "renamed", "given"]


async def test_many_tasks_are_told_in_one_message_and_turned_in_pages(office: Office) -> None:
    channel = await declared(office)
    now = office.clock.now()
    async with office.app.bot.db.begin() as session:
        for number in range(1, 31):
            await add_task(session, 1, f"Thing {number}", owner=office.bo.id, by=office.ada.id, now=now)
        session.add_all(Task(incident_id=1, title=f"Thing {n}", created_at=now) for n in range(31, 301))
    await office.passes(minutes=1)
    (message,) = await told(office.bo, "gave you 30 tasks")
    assert "and 10 more" in message
    assert "*Tasks*: 300 of 300 open" in await card(office)
    assert "and 295 more" in await card(office)
    await office.bo.types("/incident tasks", channel)
    assert find_element([await office.bo.modal()], "Previous") is None
    await office.bo.clicks("Next")
    assert "Thing 40" in said(await office.bo.modal())
    await office.bo.clicks("Done")
    assert "299 of 300 tasks open" in said(await office.bo.modal())
    assert "Thing 41" in said(await office.bo.modal())
    await office.bo.closes()
    async with office.app.bot.db.read() as session:
        last = await tasks_screen(session, Viewer(office.bo.id), 1, 10**6, office.config)
    assert "Thing 21" in said(last)  # what is done comes last
    assert find_element([last], "Next") is None
    assert "*Your tasks*: 29 open" in said(await office.bo.home())


async def test_a_message_becomes_one_task_however_many_make_it_one(office: Office) -> None:
    channel = await declared(office)
    await office.bo.joins(channel)
    ts = await office.bo.types("Somebody should *warm* the cache", channel)
    await office.ada.uses_message_shortcut("task_message", channel, ts)
    await office.bo.uses_message_shortcut("task_message", channel, ts)
    await office.ada.submits(owner=office.ada.id)
    errors = await office.bo.submits(title="Warm it")
    assert "is task #1 of incident #1 already" in str(errors)
    (task,) = await tasks(office)
    assert task.title == "Somebody should *warm* the cache"
    ts = await office.bo.types("Anything new?", "general")
    await office.bo.uses_message_shortcut("task_message", "general", ts)
    assert "does not belong to an incident" in await office.bo.is_told()


async def test_typed_elsewhere_the_command_is_given_back_with_the_incident_that_may_be_meant(
    office: Office,
) -> None:
    assert "No incident is open" in await office.bo.types("/incident tasks")
    await office.ada.types("/incident declare sev2 Checkout is down")
    assert "Type `/incident tasks 1` for “Checkout is down”." in await office.bo.types("/incident tasks")
    await office.ada.types("/incident declare sev2 ")
    assert await office.ada.submits(title="Stolen laptop", severity="SEV2", options=["private"]) == {}
    assert "laptop" not in await office.bo.types("/incident tasks"), "it is private"
    answer = await office.ada.types("/incident task Call `the` bank")
    for line in ("`/incident task 2 Call 'the' bank` for “Stolen laptop”", "`/incident task 1 Call"):
        assert line in answer
    assert "Type `/incident merge 2 into 1` for" in await office.ada.types("/incident merge 1")
    assert "Type `/incident relate 1 2` for" in await office.ada.types("/incident relate 2"), "never itself"
    await office.ada.types("/incident resolve 1")
    assert "`/incident close 1` for" in await office.bo.types("/incident close"), "also what is resolved"
    for number in range(3, 9):
        await office.ada.types(f"/incident declare sev4 Thing {number} is slow")
    assert "`/incident list` shows more" in await office.bo.types("/incident resolve Restarted it")


async def test_of_two_who_click_at_once_the_second_is_told_what_the_first_did(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types("/incident task Look at the logs", channel)
    for person in (office.ada, office.bo):
        await person.types("/incident tasks 1")
    await asyncio.gather(office.ada.clicks("Take", settle=False), office.bo.clicks("Take", settle=False))
    await office.settled()
    (task,) = await tasks(office)
    assert await changes(office) == ["added", "taken"]
    loser = office.bo if task.owner == office.ada.id else office.ada
    assert "has task #1 already" in said(await loser.modal())


async def test_a_private_incidents_tasks_are_for_its_people_only(office: Office) -> None:
    await office.ada.types("/incident declare sev2 Secret leak")
    async with office.app.bot.db.begin() as session:
        incident = await session.get_one(Incident, 1)
        incident.private = True
    channel = await office.incident_channel(1)
    await office.ada.types("/incident task Rotate the keys", channel)
    await office.ada.types("/incident link https://vault.example.com Vault", channel)
    for words in ("tasks done 1", "tasks take 1", "tasks 1", "task 1 Read along", "link 1"):
        answer = await office.eve.types(f"/incident {words}")
        assert "that you can see" in answer
        assert "Rotate" not in answer
    await office.ada.types(f"/incident task {office.cleo.mention} Tell the customers", channel)
    await office.passes(seconds=5)
    assert len(await told(office.cleo, "gave you a task")) == 1
    assert "Rotate the keys" in await seen(office.cleo)
    await office.cleo.leaves(channel)
    assert "Your tasks" not in said(await office.cleo.home())


async def seen(person: Person) -> str:
    await person.types("/incident tasks 1")
    return said(await person.modal())


async def test_what_is_open_is_told_when_it_is_resolved_and_holds_up_nothing(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types("/incident task Warm the cache", channel)
    await office.ada.types("/incident task Tell support", channel)
    await office.ada.types("/incident tasks done 2")
    answer = await office.ada.types("/incident resolve Rolled back", channel)
    assert "1 task is still open" in answer
    await office.ada.sees("1 task is still open", channel)
    await office.ada.types("/incident close", channel)
    assert "is closed" in await office.ada.types("/incident tasks done 1")
    assert "is closed" in await office.ada.types("/incident task More", channel)
    await office.ada.types("/incident tasks 1")
    assert find_element([await office.ada.modal()], "Done") is None


async def test_who_cannot_have_a_task(office: Office) -> None:
    channel = await declared(office)
    guest = await office.newcomer("gus", is_restricted=True)
    assert "cannot have a task" in await office.ada.types(f"/incident task {guest.mention} Look", channel)
    assert await tasks(office) == []


# -- links ----------------------------------------------------------------------------------------------------


async def test_links_are_added_shown_and_removed(office: Office) -> None:
    channel = await declared(office)
    answer = await office.ada.types(
        "/incident link https://grafana.example.com/d/1?a=1&b=2 The *board*", channel
    )
    assert "is added" in answer
    assert (await links(office))[0].url == "https://grafana.example.com/d/1?a=1&b=2"
    assert "<https://grafana.example.com/d/1?a=1&amp;b=2|The *board*>" in await card(office)
    assert "is there already" in await office.bo.types(
        "/incident link 1 https://grafana.example.com/d/1?a=1&b=2"
    )
    for bad in ("javascript:alert(1)", "ftp://example.com", "https://ada:secret@example.com", "nonsense"):
        answer = await office.ada.types(f"/incident link {bad}", channel)
        assert "is added" not in answer
        assert "secret" not in answer
    ts = await office.ada.types("See https://status.example.net/now please", channel)
    await office.ada.uses_message_shortcut("link_message", channel, ts)
    await office.ada.submits(name="Status")
    assert [(one.url, one.name) for one in await links(office)][1] == (
        "https://status.example.net/now",
        "Status",
    )

    await office.ada.clicks("Links …", channel=channel)
    await office.ada.clicks("Remove")
    assert "The *board*" not in said(await office.ada.modal())
    assert len(await links(office)) == 1
    await office.ada.clicks("Add a link …")
    await office.ada.submits(url="https://docs.example.com", name="")
    assert "docs.example.com" in said(await office.ada.modal())
    kinds = [entry["data"]["change"] for entry in await office.acts() if entry["kind"] == "link"]
    assert kinds == ["added", "added", "removed", "added"]


@pytest.mark.parametrize(
    "way", ["429 short", "429 long", "500", "500 after", "drop", "drop after", "garbage"]
)
async def test_a_list_that_slack_does_not_change_at_once_is_changed_later(office: Office, way: str) -> None:
    channel = await declared(office)
    await office.ada.types("/incident task Call the provider", channel)
    await office.ada.types("/incident tasks 1")
    await office.fault("views.update", times=1, **ways(hang=5)[way])
    await office.ada.clicks("Done")
    await office.passes(minutes=2)
    assert await changes(office) == ["added", "done"]
    assert "*Tasks*: 0 of 1 open" in await card(office)
    assert "0 of 1 task open" in said(await office.ada.modal())


async def test_a_list_that_was_closed_meanwhile_is_let_be(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types("/incident task Call the provider", channel)
    await office.ada.types("/incident tasks 1")
    await office.fault("views.update", kind="error", error="not_found")
    await office.ada.clicks("Done")
    assert await changes(office) == ["added", "done"]
    assert "failed" not in [entry["kind"] for entry in (await office.record())["timeline"]]
    assert "*Tasks*: 0 of 1 open" in await card(office)
