"""App Home shows what waits between incidents, and each of it opens with a button."""

from datetime import timedelta

from tests.acceptance.office import Office, said
from tests.acceptance.routine import daily, routine


async def asks(office: Office, question: str, days: int) -> None:
    await office.ada.types("/ops decisions add")
    due_at = int((office.clock.now() + timedelta(days=days)).timestamp())
    assert await office.ada.submits(title=question, owner=office.bo.id, due_at=due_at) == {}


async def adds_risk(office: Office, title: str, days: int) -> None:
    await office.ada.types("/ops risks add")
    review_at = int((office.clock.now() + timedelta(days=days)).timestamp())
    given = {"kind": "technical", "likelihood": "medium", "impact": "medium", "owner": office.bo.id}
    assert await office.ada.submits(title=title, review_at=review_at, **given) == {}


async def test_home_shows_what_waits_and_opens_it(database_url: str) -> None:
    review = {
        "name": "operations",
        "title": "Operations",
        "cadence": daily(22),
        "duration": "1h",
        "facilitators": ["bo"],
        "remind_before": "20h",
        "agenda": [{"title": "All", "minutes": 30}],
    }
    async with routine(database_url, reviews=(review,)) as office:
        await office.passes(hours=2.1)
        assert "*Operations* #1" in said(await office.bo.home())  # announced twenty hours ahead
        await asks(office, "Which <cloud>?", 3)
        await adds_risk(office, "Only one knows billing", 5)
        await adds_risk(office, "Far away", 20)
        await office.passes(seconds=10)
        home = said((await office.get(f"/people/{office.bo.id}/screen"))["home"])
        assert "*Between incidents*" in home
        assert "Which &lt;cloud&gt;?" in home
        assert "Only one knows billing" in home
        assert "Far away" not in home
        await office.bo.clicks_at_home("meeting.show")
        assert "Operations" in said(await office.bo.modal())
        await office.bo.closes()
        await office.bo.clicks_at_home("risk.show")
        assert "Only one knows billing" in said(await office.bo.modal())
        await office.bo.closes()
        # It is decided from there, and Home follows.
        await office.bo.clicks_at_home("decision.show")
        await office.bo.clicks("Decide …")
        assert await office.bo.submits(answer="The one with rain") == {}
        await office.passes(seconds=10)
        assert "Which &lt;cloud&gt;?" not in said(
            (await office.get(f"/people/{office.bo.id}/screen"))["home"]
        )


async def test_home_says_how_much_more_waits(database_url: str) -> None:
    async with routine(database_url) as office:
        for number in range(5):
            await asks(office, f"Question {number}", number + 1)
            await adds_risk(office, f"Risk {number}", 2)
        home = said(await office.bo.home())
        assert "Question 2" in home
        assert "Question 3" not in home
        assert "2 more to be decided: `/ops decisions`" in home
        assert "2 more risks to be looked at: `/ops risks`" in home


async def test_where_nothing_waits_home_says_nothing_of_it(database_url: str) -> None:
    async with routine(database_url) as office:
        assert "Between incidents" not in said(await office.bo.home())
