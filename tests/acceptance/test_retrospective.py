"""Incidents that are written down when they are over: kept, counted and reviewed, and nobody is called."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from bot.config import AutomationRule, Config, IncidentField
from bot.digests.incidents import handled, trend
from bot.digests.measures import incident_figures
from bot.digests.spans import Span
from bot.paging.rows import Page
from tests.acceptance.office import Office, find_element, open_office, said

RULE = {
    "name": "tell-all",
    "when": "declared",
    "then": [{"message": {"text": "SOMETHING IS WRONG", "channel": "#general"}}],
}


def eager(config: Config) -> Config:
    """Asks for updates and a lead, and has a rule for whatever is declared."""
    nudges = config.nudges.model_copy(update={"updates": True, "no_lead_after": timedelta(minutes=5)})
    return config.model_copy(update={"nudges": nudges, "automation": (AutomationRule.model_validate(RULE),)})


def yesterday(office: Office, hour: int, minute: int = 0) -> datetime:
    """This time of yesterday, on the clock of the organization."""
    day = office.clock.now().astimezone(office.config.zone) - timedelta(days=1)
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0).astimezone(UTC)


async def times(office: Office, number: int = 1) -> tuple[datetime, datetime]:
    record = await office.record(number)
    return datetime.fromisoformat(record["declared_at"]), datetime.fromisoformat(record["resolved_at"])


async def test_one_line_writes_down_what_happened_yesterday(office: Office) -> None:
    answer = await office.ada.types(
        "/incident declare retro sev1 yesterday 14:05 to 15:20 service:payments Cards failed"
    )

    assert "Written down" in answer
    assert "Nobody is paged or told" in answer
    record = await office.record()
    assert (record["title"], record["status"], record["retrospective"]) == ("Cards failed", "resolved", True)
    assert await times(office) == (yesterday(office, 14, 5), yesterday(office, 15, 20))
    channel = await office.incident_channel()
    card = said(next(m for m in await office.ada.messages(channel) if find_element([m], "incident.more")))
    assert "Written down afterwards" in card
    assert "1\xa0h\xa015\xa0min" in card


async def test_nobody_is_told_paged_or_asked_for_anything_and_no_rule_is_set_off(database_url: str) -> None:
    async with open_office(database_url, change=eager) as office:
        await office.ada.types("/incident declare retro sev1 3h ago to 2h ago service:payments Cards failed")
        await office.passes(hours=3)

        channel = await office.channel(await office.incident_channel())
        assert office.ada.id in channel["members"]
        assert office.bo.id not in channel["members"]
        assert "Cards failed" not in await office.cleo.reads("incidents")
        assert "SOMETHING IS WRONG" not in await office.ada.reads("general")
        kinds = {entry["kind"] for entry in await office.timeline()}
        assert kinds == {"declared", "over", "channel", "review"}
        async with office.app.bot.db.read() as session:
            assert await session.scalar(select(func.count()).select_from(Page)) == 0


async def test_the_form_asks_when_it_was_once_that_is_ticked(office: Office) -> None:
    await office.ada.types("/incident declare")
    assert "When did it begin?" not in said(await office.ada.modal())
    await office.ada.chooses(title="Cards failed")
    await office.ada.chooses(options=["earlier"])
    form = await office.ada.modal()
    assert (form["title"]["text"], form["submit"]["text"]) == ("Write down an incident", "Write down")
    assert "What was wrong?" in said(form)
    assert "When did it begin?" in said(form)

    began, ended = yesterday(office, 14, 5), yesterday(office, 15, 20)
    filled: dict[str, Any] = {"title": "Cards failed", "severity": "SEV2", "options": ["earlier"]}
    later = int(office.clock.now().timestamp()) + 3600
    assert "still to come" in str(await office.ada.submits(**filled, began=later))
    backwards = {"began": int(ended.timestamp()), "ended": int(began.timestamp())}
    assert "before it began" in (await office.ada.submits(**filled, **backwards))["ended"]
    errors = await office.ada.submits(**filled, began=int(began.timestamp()), ended=int(ended.timestamp()))

    assert errors == {}
    assert await times(office) == (began, ended)
    # The day is said once; with an end of another day both are.
    at = "{date_short_pretty} at {time}"
    card = str(await office.ada.messages(await office.incident_channel()))
    assert f"Happened <!date^{int(began.timestamp())}^{at}|" in card
    assert f" to <!date^{int(ended.timestamp())}^{{time}}|" in card
    await office.ada.types("/incident declare retro sev2 2026-03-01 10:00 to 2026-03-02 10:00 Jobs failed")
    card = str(await office.ada.messages(await office.incident_channel(2)))
    assert card.count(f"^{at}|2026-03-0") >= 2


async def test_what_is_missing_in_the_line_is_asked_for_by_the_form(office: Office) -> None:
    await office.ada.types("/incident declare retro yesterday 14:05 - 15:20 Cards failed")
    form = await office.ada.modal()
    assert "When did it begin?" in said(form)
    assert await office.ada.submits(severity="SEV3") == {}
    assert await times(office) == (yesterday(office, 14, 5), yesterday(office, 15, 20))
    assert (await office.record())["title"] == "Cards failed"


async def test_a_time_to_come_and_an_end_before_the_beginning_are_refused(office: Office) -> None:
    in_future = f"{office.clock.now() + timedelta(hours=1):%Y-%m-%d %H:%M}"
    assert "still to come" in await office.ada.types(
        f"/incident declare retro sev2 {in_future}Z Cards failed"
    )
    line = "/incident declare retro sev2 2026-03-02 10:00 to 2026-03-01 10:00 Cards failed"
    assert "before it began" in await office.ada.types(line)
    assert "No incident was ever declared" in await office.ada.types("/incident list all")


async def test_an_end_after_midnight_is_of_the_next_day(office: Office) -> None:
    await office.ada.types("/incident declare retro sev2 2026-03-01 23:30 to 00:15 Nightly jobs failed")
    began, over = await times(office)
    assert over - began == timedelta(minutes=45)


async def test_figures_count_how_long_it_lasted_and_not_how_people_responded(office: Office) -> None:
    await office.ada.types("/incident declare retro sev1 5h ago to 3h ago Cards failed")
    await office.ada.types("/incident declare retro sev1 5h ago Search was slow")
    await office.bo.types("/incident lead 1")

    now = office.clock.now()
    span = Span(now - timedelta(days=1), now)
    async with office.app.bot.db.read() as session:
        found = await handled(session, span)
        steps = await trend(session, [span])
    figures = incident_figures(found, office.config, now=now)
    assert (figures.count, figures.unresolved) == (2, 0)
    assert (figures.mttr.count, figures.mttr.mean) == (1, 7200)
    assert (figures.mtta.count, figures.mttd.count, figures.effort, figures.targets) == (0, 0, 0, ())
    assert (steps[0].count, steps[0].mtta, steps[0].mttr) == (2, None, 7200)


async def test_its_review_has_its_time_from_when_it_was_written_down(office: Office) -> None:
    await office.ada.types("/incident declare retro sev1 2026-03-01 10:00 to 11:00 Cards failed")
    review = next(e for e in await office.timeline() if e["kind"] == "review")
    assert datetime.fromisoformat(review["data"]["until"]) > office.clock.now()


async def test_no_alert_joins_it_and_reopened_it_is_as_any_other(office: Office) -> None:
    await office.ada.types("/incident declare retro sev1 3h ago to 2h ago service:payments Cards failed")
    await office.bo.types("/incident reopen 1 The errors are back")
    await office.passes(seconds=5)

    record = await office.record()
    assert (record["status"], record["retrospective"]) == ("investigating", False)
    await office.cleo.sees("Cards failed", "incidents")
    assert "page" in {entry["kind"].partition("_")[0] for entry in await office.timeline()}


async def test_its_beginning_can_be_put_right(office: Office) -> None:
    await office.ada.types("/incident declare retro sev2 yesterday 14:05 Cards failed")
    await office.ada.types("/incident began 1 yesterday 13:00")
    began, over = await times(office)
    assert began == over == yesterday(office, 13)
    record = await office.ada.types("/incident show 1")
    assert "Happened" in record


FIELDS = (
    {"name": "region", "label": "Region", "required_at": "declare"},
    {"name": "cause", "label": "Cause", "required_at": "resolve"},
    {"name": "ticket", "label": "Ticket", "required_at": "close"},
)


def with_fields(config: Config) -> Config:
    return config.model_copy(update={"fields": tuple(IncidentField.model_validate(one) for one in FIELDS)})


async def test_what_is_resolved_from_the_start_is_asked_for_what_that_needs(database_url: str) -> None:
    async with open_office(database_url, change=with_fields) as office:
        await office.ada.types("/incident declare retro sev3 region:EU 3h ago to 2h ago Cards failed")
        form = await office.ada.modal()
        assert "Cause must be filled in" in said(form)
        needed = {
            block["block_id"]: not block.get("optional") for block in form["blocks"] if "element" in block
        }
        assert (needed["field.cause"], needed["field.ticket"]) == (True, False)
        errors = await office.ada.submits(**{"field.cause": " "})
        assert "Cause is needed" in errors["field.cause"]
        assert await office.ada.submits(**{"field.cause": "A bad release"}) == {}
        assert (await office.record())["fields"] == {"region": "EU", "cause": "A bad release"}

        line = "/incident declare retro sev3 region:EU cause:DNS 3h ago to 2h ago Search failed"
        assert "Written down" in await office.ada.types(line)
        assert (await office.record(2))["status"] == "resolved"


async def test_the_form_asks_for_them_once_it_is_ticked_that_it_is_over(database_url: str) -> None:
    async with open_office(database_url, change=with_fields) as office:
        await office.ada.types("/incident declare")
        now = int(office.clock.now().timestamp())
        filled: dict[str, Any] = {"title": "Cards failed", "severity": "SEV3", "field.region": "EU"}
        await office.ada.chooses(title="Cards failed")
        await office.ada.chooses(options=["earlier"])
        filled |= {"options": ["earlier"], "began": now - 7200, "ended": now - 3600}
        errors = await office.ada.submits(**filled, **{"field.cause": " "})
        assert "Cause is needed" in errors["field.cause"]
        assert await office.ada.submits(**{"field.cause": "A bad release"}) == {}
        assert (await office.record())["status"] == "resolved"
