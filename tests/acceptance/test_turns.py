"""Who has a task and who leads a review: by a schedule, in turns, and what becomes of it when somebody is away or left."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.acceptance.kit import messages
from tests.acceptance.office import Office, said
from tests.acceptance.routine import daily, routine


async def newest(office: Office) -> str:
    found = [said(message) for message in await office.ada.messages("incidents")]
    return [one for one in found if "*Routine* of" in one][-1]


async def threads(office: Office) -> str:
    place = (await office.channel("incidents"))["id"]
    found = []
    for message in await messages(office, place):
        found += await messages(office, place, message["ts"])
    return "\n".join(said(one) for one in found)


def leaves(office: Office, user: str) -> None:
    """Their account is deactivated; the bot learns of it when it reads the members again, within a day."""
    office.playground.workspace.people[user].deleted = True


def once(hours: float) -> str:
    """A cadence that comes in so many hours, and then not for a year."""
    at = datetime.now(UTC) + timedelta(hours=hours)
    return f"{at.minute} {at.hour} {at.day} {at.month} *"


async def test_whoever_is_on_call_has_it_and_who_is_away_or_has_left_is_passed_over(
    database_url: str,
) -> None:
    cadence = daily(2)
    looked = {"name": "looked", "title": "Alerts looked through", "owner": "schedule:primary"}
    restored = {"name": "restored", "title": "Restored", "people": ["cleo", "ada", "bo"]}
    async with routine(
        database_url, {**looked, "cadence": cadence}, {**restored, "cadence": cadence}
    ) as office:
        await office.passes(hours=2)
        assert f"Alerts looked through · {office.ada.shown}" in await newest(office)
        assert f"Restored · {office.cleo.shown}" in await newest(office)
        # Who had it first does not matter for the turns.
        await office.cleo.clicks("Hand over …", channel="incidents")
        await office.cleo.submits(person=office.eve.id)
        leaves(office, office.cleo.id)
        await office.ada.types("/oncall override primary @bo for 30h a day off")
        await office.passes(hours=24)
        assert f"Alerts looked through · {office.bo.shown}" in await newest(office)
        assert f"Restored · {office.bo.shown}" in await newest(office)
        assert "ada was away" in await office.ada.types("/ops evidence restored")
        await office.passes(hours=24)
        assert f"Restored · {office.ada.shown}" in await newest(office)
        assert "cleo has left" in await office.ada.types("/ops evidence restored")


async def test_a_task_of_somebody_who_left_is_everybodys(database_url: str) -> None:
    task = {
        "name": "t",
        "title": "Keys rotated",
        "owner": "cleo",
        "cadence": {"every": once(2), "timezone": "UTC"},
    }
    async with routine(database_url, {**task, "due_within": "30h"}) as office:
        await office.passes(hours=2)
        assert f"Keys rotated · {office.cleo.shown}" in await newest(office)
        leaves(office, office.cleo.id)
        await office.passes(hours=25)
        await office.passes(hours=6)
        assert "Keys rotated · whoever comes first" in await newest(office)
        assert "Keys rotated, due" in await threads(office)
        assert office.cleo.shown not in await threads(office)
        assert "cleo has left; whoever comes first has it now" in await office.ada.types("/ops evidence")
        await office.bo.clicks("Done", channel="incidents")
        assert f"done by {office.bo.shown}" in await newest(office)


REVIEW: dict[str, Any] = {
    "name": "operations",
    "title": "Operations review",
    "facilitators": ["bo", "cleo"],
    "remind_before": "20h",
}


async def leads(office: Office) -> list[str]:
    found = [said(message) for message in await office.ada.messages("incidents")]
    return [one for one in found if "Operations review" in one]


async def test_a_review_is_handed_over_and_the_turns_go_on(database_url: str) -> None:
    async with routine(database_url, reviews=({**REVIEW, "cadence": daily(22)},)) as office:
        await office.passes(hours=2)
        assert f"Led by {office.bo.shown}" in (await leads(office))[-1]
        await office.bo.clicks("Hand over …", channel="incidents")
        await office.bo.submits(person=office.eve.id)
        assert f"Led by {office.eve.shown}" in (await leads(office))[-1]
        assert f"{office.bo.shown} handed it over: {office.eve.shown} leads it" in await threads(office)
        await office.passes(hours=20)
        assert f"{office.eve.shown} leads it" in await threads(office)
        await office.passes(hours=4)
        assert f"Led by {office.cleo.shown}" in (await leads(office))[-1]


async def test_where_the_one_who_should_lead_has_left_the_next_one_does(database_url: str) -> None:
    review = {**REVIEW, "remind_before": "27h", "cadence": {"every": once(50), "timezone": "UTC"}}
    async with routine(database_url, reviews=(review,)) as office:
        await office.passes(hours=24)
        assert f"Led by {office.bo.shown}" in (await leads(office))[-1]
        leaves(office, office.bo.id)
        await office.passes(hours=25)
        await office.passes(hours=1)
        assert f"begins. {office.cleo.shown} leads it" in await threads(office)
