"""The review of an incident: it begins by itself, is done step by step, reminded of, written and published."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.config import Config
from bot.core.people import Person as Account
from bot.core.timeline import record
from bot.incidents.rows import Incident
from bot.reviews.rows import Review, ReviewVersion
from tests.acceptance.office import Json, Office, Person, find_element, open_office, said, uses


async def over(office: Office, words: str = "sev1 service:checkout Checkout is down") -> str:
    """An incident that was worked on and is over; the name of its channel."""
    await office.ada.types(f"/incident declare {words}")
    channel = await office.incident_channel()
    await office.passes(minutes=4)
    await office.bo.types("/incident lead 1")
    await office.passes(minutes=6)
    await office.bo.types("/incident update 1 We roll back")
    await office.bo.types("/incident note 1 It was caused by release 42")
    await office.passes(minutes=20)
    await office.ada.types("/incident resolve 1 Rolled back release 42")
    return channel


async def card(person: Person, channel: str) -> str:
    """The one card of the review in the incident's channel."""
    found = [m for m in await person.messages(channel) if "*Review*" in said(m)]
    assert len(found) == 1, [said(m) for m in found]
    return said(found[0])


async def reminders(person: Person) -> list[Json]:
    return [m for m in await person.direct_messages() if "The review of #1 is" in said(m)]


async def row(office: Office) -> Review:
    async with office.app.bot.db.read() as session:
        return await session.get_one(Review, 1)


async def reviewed(office: Office) -> list[str]:
    """What the incident's timeline says of the review, in order."""
    return [entry["data"]["what"] for entry in await office.timeline() if entry["kind"] == "review"]


# -- how it begins --------------------------------------------------------------------------------------------


async def test_a_sev1_that_is_over_has_a_review_within_a_day_and_its_lead_has_it(office: Office) -> None:
    channel = await over(office)
    shown = await card(office.ada, channel)
    assert office.bo.shown in shown
    for step in ("Check the timeline", "Write the report", "Hold the meeting", "Publish it"):
        assert step in shown
    assert "Drafted from the timeline" in shown
    assert (await row(office)).due_at - office.clock.now() == pytest.approx(
        timedelta(hours=24), abs=timedelta(minutes=1)
    )
    (entry,) = [e for e in await office.timeline() if e["kind"] == "review"]
    assert (entry["data"]["what"], entry["data"]["owner"]) == ("began", office.bo.id)
    listed = await office.eve.types("/ops reviews")
    assert "1 review not finished, 0 overdue" in listed
    assert "Checkout is down" in listed
    assert "Check the timeline" in await office.eve.types("/incident review 1")
    assert "Check the timeline" in await office.eve.types("/ops reviews show #1")
    assert "Check the timeline" in await office.eve.types("/incident review 1", channel="incidents")
    assert "Check the timeline" in await office.bo.types("/incident review", channel=channel)
    assert "Reviews that wait for you" in said(await office.bo.home())
    assert "Reviews that wait for you" not in said(await office.eve.home())


@pytest.mark.parametrize("words", ["sev3 Search is slow", "sev4 A typo", "drill sev1 Fire drill"])
async def test_others_have_one_only_if_somebody_asks(office: Office, words: str) -> None:
    if words.startswith("drill"):
        await office.ada.types("/incident declare")
        await office.ada.submits(title="Fire drill", severity="SEV1", options=["drill"])
    else:
        await office.ada.types(f"/incident declare {words}")
    assert "no review yet" in await office.ada.types("/incident review 1")
    assert "not over yet" in await office.ada.types("/incident review 1 begin")
    await office.ada.types("/incident resolve 1")
    await office.passes(minutes=1)
    assert await reviewed(office) == []
    assert "Incident #1 has no review" in await office.eve.types("/incident review 1")
    assert "The review is begun" in await office.eve.types("/incident review 1 begin")
    assert (await row(office)).asked_by == office.eve.id
    assert (await row(office)).owner == office.ada.id, "who resolved it"
    assert "has a review already" in await office.eve.types("/incident review 1 begin")


async def test_without_a_lead_who_resolved_it_has_it_and_without_anybody_who_answers_for_the_service(
    office: Office,
) -> None:
    await office.ada.types("/incident declare sev2 service:search Search is down")
    await office.cleo.types("/incident resolve 1")
    assert (await row(office)).owner == office.cleo.id
    assert "handed over" in await office.cleo.types(f"/incident review 1 owner {office.eve.mention}")
    assert (await row(office)).owner == office.eve.id
    assert await reviewed(office) == ["began", "owner"]


async def test_raised_after_its_end_an_incident_gets_its_review_then(office: Office) -> None:
    await office.ada.types("/incident declare sev3 Search is slow")
    await office.ada.types("/incident resolve 1")
    assert await reviewed(office) == []
    await office.ada.types("/incident severity 1 sev1 It was worse than we thought")
    assert await reviewed(office) == ["began"]


# -- its steps ------------------------------------------------------------------------------------------------


async def test_step_by_step_until_it_is_done(office: Office) -> None:
    channel = await over(office)
    await uses(office.ada, "review.timeline", channel=channel)
    assert "“Check the timeline” is done already" in await office.bo.types("/incident review 1 done timeline")
    assert "The step is done" in await office.bo.types("/incident review 1 done write")
    assert "is not published yet" in await office.bo.types("/incident review 1 done publish")
    assert "is required and cannot be skipped" in await office.bo.types("/incident review 1 skip publish no")
    assert "skipped with a reason" in await office.bo.types("/incident review 1 skip meeting")
    assert "is skipped" in await office.bo.types("/incident review 1 skip meeting We talked at once")
    assert "Skipped: We talked at once" in await card(office.ada, channel)
    await office.bo.clicks("Publish", channel=channel)
    assert "published" in await card(office.ada, channel)
    assert (await row(office)).is_unfinished
    await uses(office.bo, "review.follow-up", channel=channel, value="1:follow-up:done")
    assert not (await row(office)).is_unfinished
    assert ":white_check_mark: done" in await card(office.ada, channel)
    assert (await reviewed(office))[-2:] == ["step_done", "done"]
    assert "No review is to be done" in await office.eve.types("/ops reviews")
    assert "1 review in all" in await office.eve.types("/ops reviews all")
    assert "is open again" in await office.bo.types("/incident review 1 redo meeting")
    assert (await row(office)).is_unfinished
    await office.passes(days=9)
    assert len(await reminders(office.bo)) >= 1


async def test_a_step_is_skipped_by_the_form_and_the_review_handed_over(office: Office) -> None:
    channel = await over(office)
    await uses(office.ada, "review.meeting", channel=channel, value="1:meeting:skip")
    assert await office.ada.submits(reason="Nobody was there") == {}
    assert "Skipped: Nobody was there" in await card(office.ada, channel)
    await office.ada.clicks("Hand over …", channel=channel)
    assert await office.ada.submits(user=office.cleo.id) == {}
    shown = await card(office.ada, channel)
    assert office.cleo.shown in shown
    assert office.bo.shown not in shown


async def test_one_step_goes_to_somebody_else_and_a_gone_owner_holds_up_nothing(office: Office) -> None:
    channel = await over(office)
    assert "The step is handed over" in await office.bo.types(
        f"/incident review 1 owner {office.cleo.mention} meeting"
    )
    await office.ada.clicks("Hand over …", channel=channel)
    form = said(await office.ada.modal())
    assert office.cleo.shown in form
    assert await office.ada.submits(what="timeline", user=office.eve.id) == {}
    assert "That step of the review of #1 is with" in said(await office.ada.modal())
    assert (await row(office)).owner == office.bo.id, "the review stays whose it is"
    assert [what for what in await reviewed(office) if what == "step_owner"] == ["step_owner"] * 2
    assert "is theirs already" in await office.bo.types(
        f"/incident review 1 owner {office.eve.mention} timeline"
    )
    assert "no step “lunch”" in await office.bo.types(f"/incident review 1 owner {office.eve.mention} lunch")
    assert "is not a person" in await office.bo.types("/incident review 1 owner timeline")
    await office.passes(hours=21)
    assert "Check the timeline" in said((await reminders(office.eve))[-1])


async def test_when_its_owner_has_left_the_channel_is_told_and_somebody_takes_it(office: Office) -> None:
    channel = await over(office)
    office.playground.workspace.people[office.bo.id].deleted = True
    await office.passes(minutes=15)  # the members are read each day
    async with office.app.bot.db.begin() as session:
        owner = await session.get_one(Account, office.bo.id)
        owner.is_outside = True
    await office.passes(hours=21)
    assert await reminders(office.bo) == []
    told = [m for m in await office.ada.messages(channel) if "The review of #1 is due soon" in said(m)]
    assert len(told) == 1
    assert "Whoever has it is not there any more" in said(told[0])
    await office.ada.clicks("Hand over …", channel=channel)
    errors = await office.ada.submits(user=office.bo.id)
    assert "theirs already" in str(errors)
    assert await office.ada.submits(user=office.cleo.id) == {}
    await office.passes(hours=4)
    assert "is overdue" in said((await reminders(office.cleo))[-1])


# -- reminders ------------------------------------------------------------------------------------------------


async def test_reminders_grow_firmer_until_it_is_waived(office: Office) -> None:
    await office.ada.types("/incident declare sev1 service:checkout Checkout is down")
    await office.cleo.types("/incident lead 1")
    await office.cleo.types("/incident resolve 1")
    await office.cleo.types(f"/incident review 1 owner {office.dev.mention}")
    await office.passes(hours=19)
    assert await reminders(office.dev) == []
    await office.passes(hours=2)
    (first,) = await reminders(office.dev)
    assert "is due soon" in said(first)
    await office.passes(hours=4)
    assert "is overdue" in said((await reminders(office.dev))[-1])
    assert await reminders(office.ada) == [], "who answers for the service is not told yet"
    await office.passes(days=1)
    assert "because you led the response" in said((await reminders(office.cleo))[-1])
    assert await reminders(office.ada) == []
    await office.passes(days=1)
    assert "because you answer for the service" in said((await reminders(office.ada))[-1])
    assert "1 overdue" in await office.eve.types("/ops reviews")
    assert "waived with a reason" in await office.dev.types("/incident review 1 waive")
    before = len(await reminders(office.dev))
    assert "The review is waived" in await office.dev.types("/incident review 1 waive The same as #12")
    await office.passes(days=5)
    assert len(await reminders(office.dev)) == before
    assert "waived by" in await office.eve.types("/incident review 1")
    assert "The review is begun" in await office.eve.types("/incident review 1 begin")
    assert (await row(office)).is_unfinished


async def test_after_days_of_downtime_there_is_one_reminder(office: Office) -> None:
    await over(office)
    await office.stop_bot()
    office.clock.advance(days=6)
    await office.start_bot()
    await office.settled()
    assert len(await reminders(office.bo)) == 1


# -- reopened -------------------------------------------------------------------------------------------------


async def test_while_its_incident_is_open_again_it_is_on_hold(office: Office) -> None:
    channel = await over(office)
    await office.bo.types("/incident review 1 done timeline")
    await office.ada.types("/incident status 1 investigating It is back")
    assert "on hold" in await card(office.ada, channel)
    assert "is on hold" in await office.bo.types("/incident review 1 done write")
    await office.passes(days=3)
    assert await reminders(office.bo) == []
    await office.ada.types("/incident resolve 1 Now for good")
    assert "due" in await card(office.ada, channel)
    assert await reviewed(office) == ["began", "step_done", "held", "went_on"]
    assert (await row(office)).due_at > office.clock.now() + timedelta(hours=23)
    assert "The step is done" in await office.bo.types("/incident review 1 done timeline"), "done anew"


# -- the document ---------------------------------------------------------------------------------------------


async def test_the_draft_tells_what_was_recorded_and_where(office: Office) -> None:
    channel = await over(office)
    await office.bo.clicks("Read and edit", channel=channel)
    view = said(await office.bo.modal())
    numbers = {entry["kind"]: entry["number"] for entry in await office.timeline()}
    assert "SEV1 on Checkout: Checkout is down. `1`" in view
    assert re.search(
        rf"ada resolved it after 30\u00a0min.*: Rolled back release 42 `{numbers['resolved']}`", view
    )
    assert re.search(r"bo was lead after 4\u00a0min", view)
    assert f"bo noted: It was caused by release 42 `{numbers['note']}`" in view
    assert "Nobody acknowledged its page" in view
    assert "Detected by a person: ada declared it, no alert told of it." in view
    assert "_To be written: who was affected, how, and for how long?_" in view


async def test_what_is_edited_is_kept_as_a_version_with_its_author(office: Office) -> None:
    channel = await over(office)
    await office.bo.clicks("Read and edit", channel=channel)
    await uses(office.bo, "section.summary")
    form = await office.bo.modal()
    assert form["callback_id"] == "review_section"
    assert await office.bo.submits(part_1="Orders failed for *half an hour* <!channel> [^1]") == {}
    view = said(await office.bo.modal())
    assert "Kept as version 2" in view
    assert "Orders failed" in view
    assert "<!channel>" not in view
    async with office.app.bot.db.read() as session:
        versions = list(await session.scalars(select(ReviewVersion).order_by(ReviewVersion.number)))
    assert [(one.number, one.author) for one in versions] == [(1, None), (2, office.bo.id)]
    assert versions[0].sections["summary"] != versions[1].sections["summary"]
    assert versions[0].sections["timeline"] == versions[1].sections["timeline"]
    await office.bo.clicks("Versions")
    assert "*2* · " in said(await office.bo.modal())
    assert "Version 2" in await card(office.ada, channel)


async def test_as_markdown_all_of_it_is_edited_at_once_and_nobody_overwrites_another(office: Office) -> None:
    channel = await over(office)
    for person in (office.bo, office.ada):
        await person.clicks("Read and edit", channel=channel)
        await person.clicks("All as Markdown")
    text = "## Summary\n\nAll is well. [^1]\n\n## Impact\n\nNobody.\n"
    errors = await office.bo.submits(part_1="## Summery\n\nAll is well.")
    assert "“Summery” is not a section" in errors["part_1"]
    assert await office.bo.submits(part_1=text) == {}
    assert "All is well" in said(await office.bo.modal())
    errors = await office.ada.submits(part_1=text.replace("Nobody", "Everybody"))
    assert "Somebody has kept version 2 while you wrote" in errors["part_1"]
    async with office.app.bot.db.read() as session:
        newest = await session.get_one(ReviewVersion, (1, 2))
    assert newest.sections["impact"] == "Nobody."


@pytest.mark.parametrize("form", ["md", "html", "json"])
async def test_the_file_comes_to_whoever_asks(office: Office, form: str) -> None:
    await over(office)
    assert "comes as a file" in await office.eve.types(f"/incident review 1 export {form}")
    files = [f for m in await office.eve.direct_messages() for f in m.get("files", ())]
    assert [file["name"].rpartition(".")[2] for file in files] == [form]
    assert "is not a format" in await office.eve.types("/incident review 1 export pdf")


async def test_what_a_command_wrote_stays_out_of_the_draft(office: Office) -> None:
    await office.ada.types("/incident declare sev1 Checkout is down")
    async with office.app.bot.db.begin() as session:
        incident = await session.get_one(Incident, 1)
        for what, more in (("confirmed", {}), ("done", {"outcome": "status 0", "output": "line\n" * 200})):
            record(
                session,
                incident,
                "command",
                now=office.clock.now(),
                by=office.ada.id if what == "confirmed" else None,
                what=what,
                command="rollback",
                argv=["deploy", "rollback"] if what == "confirmed" else None,
                step=2,
                **more,
            )
    await office.ada.types("/incident resolve 1")
    await office.ada.types("/incident review 1 read")
    view = said(await office.ada.modal())
    assert "Ended well: the command *rollback* of step 2: status 0" in view
    assert "line line" not in view
    await office.ada.closes()
    await office.ada.types("/incident review 1 export md")
    (file,) = [f for m in await office.ada.direct_messages() for f in m.get("files", ())]
    async with office.http.get(file["url_private"]) as answer:
        assert "line line" not in await answer.text()


async def test_action_items_are_added_from_the_review_and_stand_in_its_draft(office: Office) -> None:
    channel = await over(office)
    await office.bo.clicks("Action item …", channel=channel)
    assert await office.bo.submits(title="Alert before the disk is full", owner=office.cleo.id) == {}
    await office.bo.types(f"/incident action #1 {office.dev.mention} Test the rollback")
    await office.dev.types("/ops actions done 2")
    assert "in the review of incident #1" in await office.eve.types("/ops actions show 1")
    await office.bo.clicks("Read and edit", channel=channel)
    view = said(await office.bo.modal())
    assert re.search(r"#1 Alert before the disk is full: cleo, until \d{4}-\d\d-\d\d\. `\d+`", view)
    assert "what is done, by whom, until when" not in view
    assert re.search(r"#2 Test the rollback: dev, done\. `\d+, \d+`", view)
    await office.bo.clicks("Action item …")
    assert await office.bo.submits(title="Say how") == {}
    assert "#3" in said(await office.bo.modal())


# -- published ------------------------------------------------------------------------------------------------


async def test_published_it_stands_in_the_channel_with_the_document_in_its_thread(office: Office) -> None:
    channel = await over(office)
    await office.bo.clicks("Publish", channel=channel)
    (message,) = [m for m in await office.eve.messages("incidents") if "Review of #1" in said(m)]
    assert "Checkout is down" in said(message)
    assert "To be written" not in said(message), "what is asked is for those who write it"
    assert "Rolled back release 42" in said(message)
    thread = await office.eve.messages("incidents", thread_ts=message["ts"])
    assert [file["name"] for m in thread for file in m.get("files", ())] != []
    assert "This version is published already" in await office.bo.types("/incident review 1 publish")
    await office.bo.clicks("Read and edit", channel=channel)
    await uses(office.bo, "section.summary")
    await office.bo.submits(part_1="It is all written now. [^1]")
    await office.bo.clicks("Publish anew", channel=channel)
    (message,) = [m for m in await office.eve.messages("incidents") if "Review of #1" in said(m)]
    assert "It is all written now" in said(message)
    thread = await office.eve.messages("incidents", thread_ts=message["ts"])
    assert len([file for m in thread for file in m.get("files", ())]) == 2


# -- private --------------------------------------------------------------------------------------------------


async def test_a_private_incidents_review_is_for_its_responders_only(office: Office) -> None:
    await office.ada.types("/incident declare")
    await office.ada.submits(title="Stolen laptop", severity="SEV1", service="checkout", options=["private"])
    await office.ada.types("/incident resolve 1")
    review = await row(office)
    assert review.owner == office.ada.id
    channel = await office.incident_channel()
    shown = await card(office.ada, channel)
    assert "Publish it" not in shown
    assert "no incident #1 that you can see" in await office.eve.types("/incident review 1")
    assert "No review is to be done" in await office.eve.types("/ops reviews")
    assert "Stolen laptop" in await office.ada.types("/ops reviews")
    assert "no incident #1 that you can see" in await office.eve.types("/incident review 1 waive No")
    assert "is private" in await office.ada.types("/incident review 1 publish")
    assert "cannot see this incident" in await office.ada.types(
        f"/incident review 1 owner {office.eve.mention}"
    )
    await office.passes(days=5)
    assert await reminders(office.ada) != []
    for person in (office.bo, office.cleo, office.dev, office.eve, office.finn):
        assert "laptop" not in str(await person.direct_messages()), person.name
        assert "laptop" not in said(await person.home())
    assert "laptop" not in await office.ada.reads("incidents")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/incident review 1 wave off", "Did you mean `/incident review 1 waive`"),
        ("/incident review 1 done nothing", "The review has no step “nothing”"),
        ("/incident review 2", "no incident #2"),
        ("/ops reviews soon", "does not fit here"),
        ("/ops reviews show", "`/ops reviews` shows the numbers"),
    ],
)
async def test_a_slip_is_answered_with_what_was_meant(office: Office, line: str, expected: str) -> None:
    await over(office)
    assert expected in await office.ada.types(line)


async def test_what_app_yaml_says_holds(database_url: str) -> None:
    def one_step(config: Config) -> Config:
        step = config.reviews.steps[1].model_copy(update={"title": "Say sorry"})
        return config.model_copy(update={"reviews": config.reviews.model_copy(update={"steps": (step,)})})

    async with open_office(database_url, change=one_step) as office:
        channel = await over(office)
        assert "Say sorry" in await card(office.ada, channel)
        await office.bo.clicks("Done", channel=channel)
        assert not (await row(office)).is_unfinished
        assert find_element(list(await office.ada.messages(channel)), "Waive …") is None
