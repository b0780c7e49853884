"""Maintenance as people start, extend and end it, and what others see and hear of it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.alerts.rows import MaintenanceWindow
from bot.config import Alerts
from bot.reading import incidents as reading
from tests.acceptance.office import Json, Office, Person, find_element, open_office, said
from tests.acceptance.pages import rings
from tests.acceptance.signals import Change, alert, alerts_of, arrive, outcomes, with_rules


def with_budget(hours: float) -> Change:
    return with_rules(alerts=Alerts(maintenance_budget=hours))


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with open_office(database_url, change=with_rules()) as office:
        yield office


async def row(office: Office, number: int = 1) -> MaintenanceWindow:
    async with office.app.bot.db.read() as session:
        found = await session.get(MaintenanceWindow, number)
    assert found is not None
    return found


async def message(office: Office, number: int = 1) -> str:
    """The one message about it in the announcement channel."""
    found = [m for m in await office.cleo.messages("incidents") if f"Maintenance #{number}" in said(m)]
    assert len(found) == 1, [said(m) for m in found]
    return said(found[0])


async def reminders(person: Person) -> list[Json]:
    return [m for m in await person.direct_messages() if "Your maintenance" in said(m)]


async def test_what_is_new_is_silent_and_what_still_fires_at_its_end_rings(office: Office) -> None:
    answer = await office.ada.types("/check maintenance start payments 2h Upgrade of the database")
    assert "*Maintenance #1* of Payments runs until" in answer
    assert "new alerts ring nobody" in answer
    assert "Incidents and pages that are open go on" in answer
    assert "Checkout and Web" in answer, "what depends on it still rings, and that is said"
    assert "runs until" in await message(office)
    assert "Why: Upgrade of the database" in await message(office)
    await arrive(office, alert("a", service="payments"), alert("b", service="payments"))
    await arrive(office, alert("c", service="search"))
    assert await outcomes(office) == [("a", "silenced"), ("b", "silenced"), ("c", "incident")]
    assert await rings(office.cleo) == []
    await arrive(office, alert("a", action="resolve"))
    await office.passes(minutes=1)
    assert "2 alerts silenced so far" in await message(office)
    assert [one.state for one in await alerts_of(office)] == ["resolved", "firing", "firing"]
    await office.passes(hours=2)
    assert (await outcomes(office))[1] == ("b", "incident")
    assert len(await rings(office.cleo)) == 1
    over = await message(office)
    assert "is over since" in over
    assert "2 alerts silenced" in over
    assert "silenced so far" not in over
    await arrive(office, alert("d", "Payments fail anew", service="payments"))
    assert (await outcomes(office))[-1] == ("d", "incident")


async def test_who_ends_it_has_what_still_fires_ring_at_once(office: Office) -> None:
    await office.ada.types("/check maintenance start payments 2h")
    await arrive(office, alert("a", service="payments"))
    assert await rings(office.cleo) == []
    await office.passes(minutes=20)
    answer = await office.bo.types("/check maintenance end 1")
    assert "is over, 1 alert silenced" in answer
    assert await outcomes(office) == [("a", "incident")]
    assert len(await rings(office.cleo)) == 1
    assert f"ended by {office.bo.shown}" in await message(office)
    assert "Maintenance #1 is over" in await office.bo.types("/check maintenance end 1")
    assert "Maintenance #1 is over" in await office.bo.types("/check maintenance extend 1 1h")


async def test_an_hour_more_moves_the_ring_of_what_is_silent(office: Office) -> None:
    await office.ada.types("/check maintenance start payments 1h")
    until = (await row(office)).ends_at
    await arrive(office, alert("a", service="payments"))
    assert [one.due_at for one in await alerts_of(office)] == [until]
    await office.passes(minutes=40)
    assert "runs until" in await office.bo.types("/check maintenance extend #1 30m")
    assert (await row(office)).ends_at == until + timedelta(minutes=30)
    assert [one.due_at for one in await alerts_of(office)] == [until + timedelta(minutes=30)]
    assert (await row(office)).silenced == 1, "it was silenced once"
    await office.passes(minutes=30)
    assert await rings(office.cleo) == []
    await office.passes(minutes=21)
    assert len(await rings(office.cleo)) == 1


async def test_whoever_started_it_is_reminded_before_its_end_and_takes_an_hour_more(office: Office) -> None:
    await office.ada.types("/check maintenance start payments 1h")
    until = (await row(office)).ends_at
    await office.passes(minutes=49)
    assert await reminders(office.ada) == []
    await office.passes(minutes=2)
    (reminder,) = await reminders(office.ada)
    assert "What still fires then rings" in said(reminder)
    assert await reminders(office.bo) == []
    element = find_element([reminder], "+1 h")
    assert element is not None
    screen = await office.get(f"/people/{office.ada.id}/screen")
    places = [dm["id"] for dm in screen["dms"]]
    click = {
        "container": {"channel": places[0], "ts": reminder["ts"]},
        "action_id": element["action_id"],
        "block_id": element["block_id"],
    }
    assert (await office.ada.act("click", click))["ok"]
    assert (await row(office)).ends_at == until + timedelta(hours=1)
    await office.passes(minutes=60)
    assert len(await reminders(office.ada)) == 2, "its new end is near"
    await office.passes(minutes=12)
    assert "is over" in await message(office)
    assert len(await reminders(office.ada)) == 2


async def test_one_that_is_planned_begins_by_itself(office: Office) -> None:
    answer = await office.ada.types(
        "/check maintenance start search, payments in 3h for 1h Move to new disks"
    )
    assert "is planned" in answer
    assert "Search and Payments" in answer
    assert "is planned" in await message(office)
    await arrive(office, alert("a", service="search"))
    assert await outcomes(office) == [("a", "incident")]
    await office.passes(hours=3, minutes=1)
    assert "runs until" in await message(office)
    await arrive(office, alert("b", service="payments"))
    assert (await outcomes(office))[-1] == ("b", "silenced")
    # It tells those who work on what is open already.
    record = str(await office.timeline())
    assert "'what': 'began'" in record
    channel = await office.ada.reads(await office.incident_channel())
    assert "its new alerts ring nobody, this incident goes on" in channel
    await office.passes(hours=1)
    assert "is over" in await office.ada.reads(await office.incident_channel())
    _, words = await reading.incident(office.app.bot.db, 1, office.config)
    assert "Maintenance** #1 of Search, Payments" in words


async def test_one_that_is_called_off_before_it_began_silences_nothing(office: Office) -> None:
    await office.ada.types("/check maintenance start payments tomorrow 02:00 to 04:00")
    assert "is called off" in await office.bo.types("/check maintenance end 1")
    assert f"called off by {office.bo.shown}" in await message(office)
    await office.passes(days=2)
    assert "called off" in await message(office)
    assert "No maintenance runs or is to come" in await office.bo.types("/check maintenance")


async def test_what_runs_and_comes_stands_in_one_list_with_the_hours_of_the_month(database_url: str) -> None:
    async with open_office(database_url, start=False) as office:
        office.clock.advance(hours=_to_the_middle_of_a_month(office))
        at = office.clock.now().replace(microsecond=0)
        upgrade = {
            "name": "upgrade",
            "services": ["accounts"],
            "from": (at - timedelta(minutes=30)).isoformat(),
            "to": (at + timedelta(hours=1)).isoformat(),
        }
        nightly = {"name": "nightly", "every": "0 3 1 * *", "length": "1h", "budget": 6, "timezone": "UTC"}
        office.config = with_rules(maintenance=[upgrade, nightly], alerts=Alerts(maintenance_budget=8))(
            office.config
        )
        await office.start_bot()
        await office.bo.types("/check maintenance start all 2h")
        await office.bo.types("/check maintenance start payments in 3h for 90m")
        listed = await office.cleo.types("/check maintenance")
        assert "Maintenance: 2 running, 2 to come" in listed
        assert "*upgrade* of Accounts runs until" in listed
        assert "*Maintenance #1* of all services runs until" in listed
        assert "*nightly* of all services:" in listed
        assert "of 6\u00a0h used this month" in listed
        assert "all services 2\u00a0h of 8\u00a0h" in listed
        assert "Payments 3\u00a0h\u00a030\u00a0min of 8\u00a0h" in listed, "what is of all counts for each"
        board = await office.cleo.types("/check")
        assert "*Maintenance* (`/check maintenance`): upgrade Accounts until" in board
        assert "#1 all services until" in board
        assert "#2" not in board
        assert "upgrade stands in app.yaml" in await office.cleo.types("/check maintenance end upgrade")


async def test_beyond_the_months_budget_it_is_refused_and_said_how_much_is_left(database_url: str) -> None:
    async with open_office(database_url, change=with_budget(3)) as office:
        office.clock.advance(hours=_to_the_middle_of_a_month(office))
        assert "runs until" in await office.ada.types("/check maintenance start payments 2h")
        refused = await office.ada.types("/check maintenance start payments,search in 3h for 90m")
        assert "payments may have 3h of maintenance a month" in refused
        assert "2h of " in refused
        assert "would make 3h 30m" in refused
        assert "Shorten it by 30m" in refused
        assert "is planned" in await office.ada.types("/check maintenance start search in 3h for 90m")
        assert "would make 4h" in await office.ada.types("/check maintenance extend 1 2h")
        assert "runs until" in await office.ada.types("/check maintenance extend 1 1h")
        # What was given back can be used again.
        await office.passes(hours=1)
        await office.ada.types("/check maintenance end 1")
        assert "is planned" in await office.ada.types("/check maintenance start payments in 3h for 90m")
        form = await _form(office, "/check maintenance start payments")
        assert "3\u00a0h a month for each service" in form
        now = int(office.clock.now().timestamp())
        errors = await office.ada.submits(
            services=["payments"], starts_at=now + 36000, ends_at=now + 46800, reason=""
        )
        assert "payments may have 3h" in errors["ends_at"]


def _to_the_middle_of_a_month(office: Office) -> float:
    """Hours until the month turns neither before nor during the story."""
    now = office.clock.now()
    return 0 if 3 <= now.day <= 26 else 24 * 7


async def _form(office: Office, line: str) -> str:
    await office.ada.types(line)
    return said(await office.ada.modal())


async def test_by_the_form(office: Office) -> None:
    await office.ada.types("/check maintenance")
    await office.ada.types("/check maintenance start payments")
    form = await office.ada.modal()
    assert "new alerts ring nobody" in said(form)
    now = int(office.clock.now().timestamp())
    errors = await office.ada.submits(
        services=["payments", "search"], starts_at=now, ends_at=now - 60, reason="x"
    )
    assert "over already" in errors["ends_at"]
    errors = await office.ada.submits(
        services=["payments", "search"], starts_at=now, ends_at=now + 7200, reason="<!channel> & *more*"
    )
    assert errors == {}
    assert "*Maintenance #1* of Payments and Search runs until" in said(await office.ada.modal())
    assert "<!channel>" not in await message(office)
    assert "&amp; ∗more∗" in await message(office)
    assert (await row(office)).made_by == office.ada.id


async def test_by_the_buttons_of_the_message(office: Office) -> None:
    await office.ada.types("/check maintenance start all 1h")
    until = (await row(office)).ends_at
    await arrive(office, alert("a", service=None))
    assert await outcomes(office) == [("a", "silenced")]
    await office.cleo.clicks("+1 h", channel="incidents")
    assert (await row(office)).ends_at == until + timedelta(hours=1)
    await office.cleo.clicks("End", channel="incidents")
    assert await outcomes(office) == [("a", "incident")]
    assert find_element(await office.cleo.messages("incidents"), "+1 h") is None, "it is over"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/check maintenance start paymnets 2h", "Did you mean payments?"),
        ("/check maintenance start payments paymnets 2h", "“paymnets” is no service"),
        ("/check maintenance start 2h", "Say which services"),
        ("/check maintenance start all payments 2h", "Say either `all` or which"),
        ("/check maintenance start payments tomorrow 02:00", "from when to when"),
        ("/check maintenance start payments 8d", "7d at most"),
        ("/check maintenance start payments yesterday 02:00 to 03:00", "over already"),
        ("/check maintenance strat payments 2h", "Did you mean `/check maintenance start"),
        ("/check maintenance payments 2h", "Did you mean `/check maintenance start payments 2h`"),
        ("/check maintenence start payments 2h", "Did you mean `/check maintenance start payments 2h`"),
        ("/check maintenance extend 1 soon", "`/check maintenance extend 1 1h`"),
        ("/check maintenance extend 99", "no maintenance #99"),
        ("/check maintenance end", "by its number"),
        ("/check maintenance end it", "no number"),
    ],
)
async def test_a_slip_is_answered_with_what_was_meant(office: Office, line: str, expected: str) -> None:
    assert expected in await office.ada.types(line)
    async with office.app.bot.db.read() as session:
        assert await session.scalar(select(MaintenanceWindow.id)) is None


async def test_help_tells_of_it(office: Office) -> None:
    assert "/check maintenance extend" in await office.ada.types("/check help")


async def test_what_was_due_while_the_bot_was_down_is_done_when_it_is_back(office: Office) -> None:
    await office.ada.types("/check maintenance start payments 1h")
    await arrive(office, alert("a", service="payments"))
    await office.stop_bot()
    office.clock.advance(hours=5)
    await office.start_bot()
    await office.settled()
    assert await outcomes(office) == [("a", "incident")]
    assert "is over since" in await message(office)
    assert await reminders(office.ada) == [], "it is too late for that"
    assert (await row(office)).ended_at == (await row(office)).ends_at
