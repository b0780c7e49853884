"""Recurring reviews: announced ahead, held with figures and feedback, closed with items; postponed and missed ones."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.core.errors import RuleRefused
from bot.core.outbox import OutboxItem
from bot.reviews.action_rows import ActionItem
from bot.routine.meeting_rows import MeetingWord
from bot.routine.meetings import say
from tests.acceptance.kit import messages
from tests.acceptance.office import Office, find_element, said
from tests.acceptance.routine import daily, routine

REVIEW: dict[str, Any] = {
    "name": "operations",
    "title": "Operations review",
    "duration": "2h",
    "participants": ["ada", "bo", "cleo"],
    "facilitators": ["bo", "cleo"],
    "remind_before": "20h",
    "agenda": [
        {"title": "Figures", "minutes": 30, "points": ["Incidents and their causes", "Slow deployments"]},
        {"title": "Feedback", "minutes": 30},
        {"title": "Improvements", "minutes": 60},
    ],
}


def review(hours: float) -> dict[str, Any]:
    """For the first time so many hours from now, and then each day: stories are short."""
    return {**REVIEW, "cadence": daily(hours)}


async def announcements(office: Office) -> list[dict[str, Any]]:
    found = await office.ada.messages("incidents")
    return [
        message for message in found if find_element([message], "meeting.feedback") or "was" in said(message)
    ]


async def thread(office: Office) -> str:
    place = (await office.channel("incidents"))["id"]
    found = []
    for message in await messages(office, place):
        found += await messages(office, place, message["ts"])
    return "\n".join(said(one) for one in found)


async def test_from_the_reminder_to_the_closing_message(database_url: str) -> None:
    async with routine(database_url, reviews=(review(22),)) as office:
        assert "No recurring review was announced yet" in await office.ada.types("/ops meetings")
        await office.ada.types("/incident declare sev3 drill:no Search is slow")
        await office.passes(hours=2)
        (message,) = await announcements(office)
        assert "Operations review" in said(message)
        assert f"Led by {office.bo.shown}" in said(message)
        assert "` 30 min` *Figures*: Incidents and their causes; Slow deployments" in said(message)
        assert "Incidents: 1 (1 SEV3)" in said(message)
        assert find_element([message], "meeting.note") is None
        # Feedback beforehand, with a name and without one.
        await office.cleo.clicks("Feedback …", channel="incidents")
        await office.cleo.submits(text="The rollback was *quick*")
        await office.eve.clicks("Feedback …", channel="incidents")
        await office.eve.submits(text="Nobody answers at night", name=["anonymous"])
        assert "2 pieces of feedback" in said((await announcements(office))[0])
        assert "Nobody answers" not in await thread(office)
        await office.passes(hours=20)
        begun = await thread(office)
        assert "begins" in begun
        assert f"Feedback ({office.cleo.shown}): The rollback was *quick*" in begun
        assert "Feedback (without a name): Nobody answers at night" in begun
        # In the meeting.
        await office.ada.clicks("Note …", channel="incidents")
        await office.ada.submits(text="Deployments take 20 minutes")
        await office.bo.clicks("Decision …", channel="incidents")
        await office.bo.submits(text="We split the checkout job")
        await office.bo.clicks("Action item …", channel="incidents")
        await office.bo.submits(
            title="Split the checkout job", owner=office.cleo.id, impact="high", effort="low"
        )
        assert "Decision* " in await thread(office)
        assert f"Split the checkout job · {office.cleo.shown}" in await thread(office)
        async with office.app.bot.db.read() as session:
            item = (await session.scalars(select(ActionItem))).one()
        assert (item.origin, item.meeting_id, item.owner) == ("meeting", 1, office.cleo.id)
        await office.bo.clicks("Close", channel="incidents")
        closing = said((await office.ada.messages("incidents"))[-1])
        assert "was held" in closing
        assert "We split the checkout job" in closing
        assert f"Split the checkout job · {office.cleo.shown} · due" in closing
        assert "Next: " in closing
        assert "held" in await office.ada.types("/ops meetings")
        whole = await office.ada.types("/ops meetings show 1")
        assert "Deployments take 20 minutes" in whole
        assert "Nobody answers at night" in whole
        # The next one is led by the next.
        await office.passes(hours=24)
        assert f"Led by {office.cleo.shown}" in await office.ada.reads("incidents")


async def test_feedback_answers_the_questions_of_app_yaml(database_url: str) -> None:
    questions = ["What went well?", "What do users say about <tools>?"]
    async with routine(database_url, reviews=({**review(21), "questions": questions},)) as office:
        await office.passes(hours=2)
        await office.eve.clicks("Feedback …", channel="incidents")
        assert "What do users say about <tools>?" in str(await office.eve.modal())
        assert "Answer one of them at least" in str(await office.eve.submits(text="  "))
        await office.eve.submits(text1="They cannot find the search", name=["anonymous"])
        await office.cleo.clicks("Feedback …", channel="incidents")
        await office.cleo.submits(text="The rollback", text1="Too slow")
        assert "3 pieces of feedback" in said((await announcements(office))[0])
        await office.passes(hours=19)
        told = await thread(office)
        asked = "_What do users say about &lt;tools&gt;?_"
        assert f"Feedback (without a name): {asked} They cannot find the search" in told
        assert f"Feedback ({office.cleo.shown}): _What went well?_ The rollback" in told
        await office.ada.types("/ops meetings show 1")
        assert f"• to “What went well?”: The rollback ({office.cleo.shown})" in await office.ada.is_told()


async def test_feedback_without_a_name_leaves_none_anywhere(database_url: str) -> None:
    async with routine(database_url, reviews=(review(21),)) as office:
        await office.passes(hours=2)
        await office.eve.clicks("Feedback …", channel="incidents")
        await office.eve.submits(text="Nobody answers at night", name=["anonymous"])
        async with office.app.bot.db.read() as session:
            assert [word.by for word in await session.scalars(select(MeetingWord))] == [None]
            told = [row.about for row in await session.scalars(select(OutboxItem)) if "meeting" in row.about]
        assert office.eve.id not in str(told)


async def test_a_postponed_one_is_seen_and_reminded_of(database_url: str) -> None:
    async with routine(database_url, reviews=(review(21),)) as office:
        await office.passes(hours=2)
        await office.cleo.clicks("Postpone …", channel="incidents")
        assert "at" in await office.cleo.submits(at=int(office.clock.now().timestamp()) - 60)
        later = office.clock.now() + timedelta(days=3)
        await office.cleo.submits(at=int(later.timestamp()), reason="Half of us are ill")
        assert f"{office.cleo.shown} postponed it" in await thread(office)
        assert "Half of us are ill" in await thread(office)
        assert "postponed, from" in await office.ada.types("/ops meetings")
        await office.passes(hours=60)
        assert "*Operations review* is at" in await thread(office)
        await office.passes(hours=13)
        assert "begins" in await thread(office)


async def test_one_that_nobody_holds_was_missed(database_url: str) -> None:
    async with routine(database_url, reviews=(review(21),)) as office:
        await office.passes(hours=2)
        await office.passes(hours=20)
        await office.passes(hours=2)
        assert f"{office.bo.shown}: the time of this review is over" in await thread(office)
        await office.passes(hours=24)
        assert "was missed: nobody wrote anything down" in await office.ada.reads("incidents")
        listed = await office.ada.types("/ops meetings")
        assert "*missed*" in listed
        # A form that was left open.
        with pytest.raises(RuleRefused, match="#1 is missed already"):
            async with office.app.bot.db.begin() as session:
                await say(session, 1, "feedback", "Too late", by=None, now=office.clock.now())
