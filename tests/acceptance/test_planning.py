"""The planning interview: ten areas one at a time in direct messages, pauses, changes, and what is made from it."""

from typing import Any

import yaml

from bot.config.sections.routine_tasks import RoutineTask
from bot.reading import backlog as backlog_reading
from bot.reading import routine as routine_reading
from bot.routine.plan_questions import AREAS
from bot.routine.plan_rows import MaintenancePlan
from tests.acceptance.office import Office, Person, find_element, said
from tests.acceptance.routine import routine

LAST = len(AREAS)


async def dm(person: Person) -> dict[str, Any]:
    """The interview's message."""
    found = [
        m
        for m in await person.direct_messages()
        if find_element([m], "Pause")
        or "interview" in said(m).lower()
        or "The plan is complete" in said(m)
        or find_element([m], "Go on")
    ]
    assert found, "no interview"
    return found[-1]


async def clicks(person: Person, label: str, value: str | None = None) -> None:
    message = await dm(person)
    element = find_element([message], label)
    assert element is not None, f"no “{label}” in {said(message)}"
    body = {
        "container": {"channel": await dm_channel(person), "ts": message["ts"]},
        "action_id": element["action_id"],
        "block_id": element["block_id"],
    }
    if value is not None:
        body["value"] = value
    answer = await person.act("click", body)
    assert answer.get("ok"), answer


async def dm_channel(person: Person) -> str:
    screen = await person.office.get(f"/people/{person.id}/screen")
    return str(screen["dms"][0]["id"])


async def answers(person: Person, **parts: str) -> None:
    message = await dm(person)
    await clicks(person, "Answer …" if find_element([message], "Answer …") else "Change …")
    assert await person.submits(**parts) == {}


async def document(office: Office) -> str:
    files = await office.calls("files.getUploadURLExternal")
    assert files
    async with office.app.bot.db.read() as session:
        plan = await session.get_one(MaintenancePlan, 1)
        return plan.document


async def test_from_the_first_question_to_what_is_made(office: Office) -> None:
    ada = office.ada
    assert "direct messages" in await ada.types("/ops plan Directory *service*")
    seen = said(await dm(ada))
    assert f"1 of {LAST} · {AREAS[0].title}" in seen
    assert AREAS[0].hints[0].text in seen
    await answers(ada, text="Each day we look at the dashboard", todo="Write the runbook\n- Name a deputy")
    seen = said(await dm(ada))
    assert f"2 of {LAST}" in seen
    assert "says nothing yet of: maintenance that comes again" in seen
    await clicks(ada, "Skip")
    await answers(
        ada,
        text="Nightly snapshots, restored once a week",
        again="weekly: Restore a snapshot\nLook at the disks",
        risks="Nobody has restored <all> of it",
    )
    for _ in range(3, LAST):
        await clicks(ada, "Skip")
    seen = said(await dm(ada))
    assert "Is it complete?" in seen
    assert "Nightly snapshots" in seen
    assert "2 to be done again and again · 1 that may go wrong" in seen
    skipped = seen.split("Skipped")[1].split("Is it complete?")[0]
    assert AREAS[1].title in skipped
    assert AREAS[2].title not in skipped
    # No: one area is refined, and the summary follows.
    await clicks(ada, "plan.refine", f"1:{AREAS[1].name}")
    assert f"2 of {LAST}" in said(await dm(ada))
    await answers(ada, text="Semantic versions, a release a week, rolled back by one command")
    seen = said(await dm(ada))
    assert "Is it complete?" in seen
    assert "rolled back" in seen
    await clicks(ada, "Yes, it is complete")
    seen = said(await dm(ada))
    assert "The plan is complete" in seen
    assert "Restore a snapshot (weekly)" in seen
    files = [file for message in await ada.direct_messages() for file in message.get("files", ())]
    assert [file["title"] for file in files] == ["Directory *service*"]
    text = await document(office)
    assert text.startswith("# Directory *service*\n\nMade ")
    lines = yaml.safe_load(text.split("```yaml\n")[1].split("```")[0])["routine_tasks"]
    (own,) = [line for line in lines if line["name"] == "restore-a-snapshot"]
    assert (own["title"], own["cadence"]["every"]) == ("Restore a snapshot", "0 9 * * mon")
    assert "look-at-the-disks" in [line["name"] for line in lines]
    assert "daily-rounds" in [line["name"] for line in lines]
    # Nothing is made before it is confirmed.
    assert "The backlog is empty" in await ada.types("/ops backlog")
    await clicks(ada, "Choose and make …")
    await ada.submits(items=["operations:0"], tasks=["restore-a-snapshot"])
    seen = said(await dm(ada))
    assert "Made from it: item #1 of the backlog" in seen
    assert "*1* routine task (`/ops tasks planned`)" in seen
    (item,) = await backlog_reading.listed(
        office.app.bot.db, office.config, service=None, everything=True, limit=9
    )
    assert (item["title"], item["origin"]) == ("Write the runbook", "planning")
    risks = await office.bo.types("/ops risks")
    assert "Nobody has restored &lt;all&gt; of it" in risks
    assert f"Nothing is planned: {AREAS[4].title}" in risks
    # It is kept, and everybody may have it.
    assert "Directory ∗service∗" in await office.bo.types("/ops plan list")
    await office.bo.clicks("Send it to me", channel="general")
    assert any(m.get("files") for m in await office.bo.direct_messages())


async def test_it_goes_on_after_a_pause_and_a_restart(office: Office) -> None:
    bo = office.bo
    await bo.types("/ops plan")
    await answers(bo, text="Every day")
    await clicks(bo, "Pause")
    assert "Paused" in said(await dm(bo))
    await office.stop_bot()
    office.clock.advance(days=20)
    await office.start_bot()
    await office.settled()
    await bo.types("/ops plan")
    seen = said(await dm(bo))
    assert f"2 of {LAST}" in seen
    await clicks(bo, "Back")
    seen = said(await dm(bo))
    assert "Every day" in seen
    await answers(bo, text="Every day and every night")
    await clicks(bo, "Back")
    assert "every night" in said(await dm(bo))
    await clicks(bo, "Next")
    await clicks(bo, "Pause")
    await clicks(bo, "Go on")
    assert f"2 of {LAST}" in said(await dm(bo))
    # One at a time: another title begins nothing, and it is said why.
    answer = await bo.types("/ops plan Another one")
    assert "Your interview “Maintenance plan” is not over" in answer
    assert f"2 of {LAST}" in said(await dm(bo))
    await clicks(bo, "Give up")
    assert "given up" in said(await dm(bo))
    await bo.types("/ops plan Another one")
    seen = said(await dm(bo))
    assert "Another one" in seen
    assert f"1 of {LAST}" in seen


async def test_no_line_is_lost_without_a_word(office: Office) -> None:
    ada = office.ada
    await ada.types("/ops plan")
    await clicks(ada, "Answer …")
    errors = await ada.submits(text="Every day", todo="\n".join(f"- Thing {number}" for number in range(9)))
    assert "These are 9 lines; 8 are the most." in errors["todo"]
    assert await ada.submits(text="Every day", todo="", again="Fortnightly: look at the certificates") == {}
    for _ in range(1, LAST):
        await clicks(ada, "Skip")
    assert "1 to be done again and again" in said(await dm(ada))
    await clicks(ada, "Yes, it is complete")
    assert "look at the certificates (every two weeks)" in said(await dm(ada))


async def test_an_old_message_does_not_answer_a_later_question(office: Office) -> None:
    ada = office.ada
    await ada.types("/ops plan")
    await clicks(ada, "Answer …")
    # Meanwhile, in another window, it goes on.
    await clicks(ada, "Skip")
    errors = await ada.submits(text="Too late")
    assert "has gone on" in next(iter(errors.values()))
    assert "Said so far" not in said(await dm(ada))


async def test_nobody_else_takes_part(office: Office) -> None:
    await office.ada.types("/ops plan")
    await answers(office.ada, text="Between us: every day")
    await office.bo.types("/ops plan")
    assert "Between us" not in said(await office.bo.direct_messages())
    # Bo's own is the second; the first is not bo's to go on with.
    message = await dm(office.bo)
    element = find_element([message], "Skip")
    assert element is not None
    assert element["value"] == "2:0"
    assert "There is no plan #1" in await office.bo.types("/ops plan show 1")
    assert "No plan is complete yet" in await office.bo.types("/ops plan list")


async def test_somebody_may_make_nothing_of_it(office: Office) -> None:
    ada = office.ada
    await ada.types("/ops plan")
    for _ in range(LAST):
        await clicks(ada, "Skip")
    await clicks(ada, "Yes, it is complete")
    await clicks(ada, "Make nothing")
    assert "Nothing was made from it" in said(await dm(ada))
    assert "No risk is known" in await ada.types("/ops risks")
    await ada.types("/ops plan show 1")
    files = [file for message in await ada.direct_messages() for file in message.get("files", ())]
    assert len(files) == 2
    await ada.types("/ops plan Next year")
    assert "Next year" in said(await dm(ada))


async def made_of(person: Person, title: str, again: str, **chosen: Any) -> str:
    """An interview whose first answer says what is done again and again, and what is made from it."""
    await person.types(f"/ops plan {title}")
    await answers(person, text="As always", again=again)
    for _ in range(1, LAST):
        await clicks(person, "Skip")
    await clicks(person, "Yes, it is complete")
    await clicks(person, "Choose and make …")
    assert await person.submits(**chosen) == {}
    return said(await dm(person))


async def test_its_routine_tasks_come_and_are_done_like_those_of_app_yaml(database_url: str) -> None:
    async with routine(database_url) as office:
        ada, bo = office.ada, office.bo
        lines = "daily: Look at the queues\nmonthly: Rotate the keys of the shop and tell all of those who have them so far"
        tasks = ["look-at-the-queues", "rotate-the-keys-of-the-shop-and-tell-all"]
        seen = await made_of(ada, "Shop", lines, items=[], risks_made=[], tasks=tasks, owner=bo.id)
        assert "Made from it: *2* routine tasks (`/ops tasks planned`)" in seen
        listed = await ada.types("/ops tasks planned")
        assert "Look at the queues" in listed
        assert f"daily · {bo.shown} · next" in listed
        assert "of plan #1" in listed
        assert "Look at the queues" in await ada.types("/ops tasks")  # what comes next
        # They outlive a restart, and come at their time: weekdays at nine.
        await office.stop_bot()
        await office.start_bot()
        await office.passes(days=4)
        (message,) = [said(m) for m in await ada.messages("incidents") if "*Routine* of" in said(m)][:1]
        assert f"Look at the queues · {bo.shown}" in message
        number = int(message.partition("*#")[2].partition("*")[0])
        seen = await bo.types(f"/ops tasks skip {number} Nobody was here")
        assert "skipped" in seen or "missed" in seen
        evidence = await ada.types("/ops evidence look-at-the-queues")
        assert f"*#{number}* Look at the queues of" in evidence
        assert (
            await routine_reading.evidence(
                office.app.bot.db, office.config, task="Look-At-The-Queues", since=None, until=None
            )
        ).rows[0]["title"] == "Look at the queues"


async def test_a_planned_task_is_changed_and_ended(database_url: str) -> None:
    async with routine(database_url) as office:
        ada, bo = office.ada, office.bo
        await made_of(ada, "Shop", "yearly: Count the <shelves>", tasks=["count-the-shelves"], owner=None)
        assert "whoever comes first" in await bo.types("/ops tasks planned")
        await bo.clicks("Change …", channel="general")
        assert await bo.submits(title="Count all", text="One by one", cadence="daily", owner=bo.id) == {}
        seen = await ada.types("/ops tasks planned")
        assert "Count all" in seen
        assert f"daily · {bo.shown}" in seen
        await office.passes(days=3)
        messages = [said(m) for m in await ada.messages("incidents") if "*Routine* of" in said(m)]
        assert "Count all" in messages[0]
        assert "One by one" in messages[-1]
        await ada.types("/ops tasks planned")
        await ada.clicks("End it", channel="general")
        assert "comes no more" in await ada.is_told("general")
        assert "No routine task was made from a plan" in await ada.types("/ops tasks planned")
        await office.passes(days=7)
        after = [said(m) for m in await ada.messages("incidents") if "*Routine* of" in said(m)]
        assert len(after) == len(messages)
        assert "Count all" in await ada.types("/ops tasks")  # what had come is still to be done, or skipped
        # Another plan may make it anew.
        await made_of(bo, "Shop again", "weekly: Count the shelves", tasks=["count-the-shelves"], owner=bo.id)
        assert "weekly" in await ada.types("/ops tasks planned")


async def test_what_the_routine_has_already_is_not_made_twice(database_url: str) -> None:
    known = {"name": "look-at-the-queues", "title": "Queues", "cadence": "0 9 * * *"}
    async with routine(database_url, known) as office:
        ada, bo = office.ada, office.bo
        await made_of(ada, "Shop", "daily: Look at the queues\nCount", tasks=["count"])
        seen = await ada.types("/ops tasks planned")
        assert "*Count*" in seen
        assert "Look at the queues" not in seen
        # A second plan proposes neither of them.
        await bo.types("/ops plan")
        await answers(bo, text="As always", again="daily: Look at the queues\nmonthly: Count")
        for _ in range(1, LAST):
            await clicks(bo, "Skip")
        await clicks(bo, "Yes, it is complete")
        assert "To be done again and again" not in said(await dm(bo))


async def test_a_task_of_app_yaml_takes_the_place_of_a_planned_one(database_url: str) -> None:
    async with routine(database_url) as office:
        ada = office.ada
        await made_of(ada, "Shop", "yearly: Count", tasks=["count"], owner=ada.id)
        await ada.types("/ops tasks planned")
        # The operator moves it into app.yaml, with a better title.
        count = RoutineTask.model_validate({"name": "count", "title": "Count twice", "cadence": "0 9 * * *"})
        await office.stop_bot()
        office.config = office.config.model_copy(update={"routine_tasks": (count,)})
        await office.start_bot()
        await office.settled()
        await ada.clicks("End it", channel="general")
        assert "stands in app.yaml by now" in await ada.is_told("general")
        assert "No routine task was made" in await ada.types("/ops tasks planned")
        await office.passes(days=1)
        messages = [said(m) for m in await ada.messages("incidents") if "*Routine* of" in said(m)]
        assert len(messages) == 1
        assert "Count twice" in messages[0]


async def test_a_slip_is_told_what_the_list_takes_and_where_the_numbers_are(office: Office) -> None:
    assert "It takes a page's number." in await office.ada.types("/ops plan list soon")
    assert "`/ops plan list` shows the numbers" in await office.ada.types("/ops plan show")
    assert "“a&b” is not a digest" in (await office.ada.types("/incident digest a&b")).replace("&amp;", "&")
