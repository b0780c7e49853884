"""`tocsin oncall who|shifts|verify`, with and without a database."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.config import load
from bot.core.db import Database
from bot.oncall.overrides import make_override
from tests.cli.conftest import CALENDAR, SAMPLE, Tocsin, databases_in

MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)

APP = """\
organization: Acme
timezone: Europe/Berlin
people: [{name: ada, email: ada@example.com}, {name: bo, email: bo@example.com}]
schedules:
  - name: office
    owner: ada
    layers:
      - {name: days, people: [ada, bo], every: 1d, handoff: "09:00", start: 2026-01-05, restrictions: [Mon-Fri 09:00-17:00]}
      - {name: nights, people: [bo], restrictions: ["17:00-09:00"]}
"""


async def test_who_is_on_call_without_a_database(tocsin: Tocsin, folder: Path) -> None:
    status, out, err = await tocsin("oncall", "who", "primary", "--at", "2026-12-25 10:00", "--json")
    assert (status, err) == (0, "")
    assert json.loads(out) == {
        "schedule": "primary",
        "at": "2026-12-25T10:00:00+01:00",
        "person": "eve",
        "reason": "holiday layer feasts",
        "shift_start": "2026-12-25T00:00:00+01:00",
        "shift_end": "2026-12-26T00:00:00+01:00",
    }
    assert databases_in(folder) == []


async def test_who_is_on_call_everywhere(tocsin: Tocsin) -> None:
    _, out, _ = await tocsin("oncall", "who", "--at", "2026-01-06T12:00Z", "--json")
    assert [(one["schedule"], one["person"]) for one in json.loads(out)] == [
        ("primary", "ada"),
        ("backup", "dev"),
    ]
    _, out, _ = await tocsin("oncall", "who", "--at", "2026-01-06T12:00Z")
    assert out.splitlines() == [
        "primary          ada              layer weekly until Mon 2026-01-12 09:00",
        "backup           dev              layer office until Tue 2026-01-06 20:00",
    ]
    assert (await tocsin("oncall", "who"))[0] == 0  # now


async def test_an_override_in_the_database_counts(tocsin: Tocsin, database_url: str) -> None:
    db, config = Database(database_url), load(SAMPLE)
    async with db.begin() as session:
        await make_override(
            session,
            config=config,
            schedule="primary",
            person="finn",
            starts_at=datetime(2026, 1, 6, 10, tzinfo=UTC),
            ends_at=datetime(2026, 1, 6, 14, tzinfo=UTC),
            by=None,
            now=MADE_AT,
        )
    await db.close()
    at = ["--at", "2026-01-06T12:00Z", "--json"]
    _, out, _ = await tocsin("oncall", "who", "primary", *at, TOCSIN_DATABASE_URL=database_url)
    found = json.loads(out)
    assert (found["person"], found["reason"]) == ("finn", "override")
    assert (found["shift_start"], found["shift_end"]) == (
        "2026-01-06T11:00:00+01:00",
        "2026-01-06T15:00:00+01:00",
    )


async def test_the_shifts_of_a_span(tocsin: Tocsin) -> None:
    span = ["--from", "2026-01-11", "--to", "2026-01-13"]
    _, out, _ = await tocsin("oncall", "shifts", "primary", *span)
    assert out.splitlines() == [
        "primary          Sun 2026-01-11 00:00 – Mon 2026-01-12 09:00  ada              layer weekly",
        "primary          Mon 2026-01-12 09:00 – Tue 2026-01-13 00:00  bo               layer weekly",
    ]
    _, out, _ = await tocsin("oncall", "shifts", "primary", *span, "--json")
    assert json.loads(out)[1] == {
        "schedule": "primary",
        "person": "bo",
        "reason": "layer weekly",
        "start": "2026-01-12T09:00:00+01:00",
        "end": "2026-01-13T00:00:00+01:00",
    }


async def test_the_sample_has_no_gap(tocsin: Tocsin) -> None:
    status, out, _ = await tocsin("oncall", "verify", "--from", "2026-02-01", "--to", "2027-02-01")
    assert status == 0
    assert out.count("Somebody is on call at every moment.") == 2


async def test_a_gap_is_proved_with_an_example_that_can_be_tried(tocsin: Tocsin, folder: Path) -> None:
    (folder / "app.yaml").write_text(APP)
    span = ["--from", "2026-01-05", "--to", "2026-01-12"]
    status, out, _ = await tocsin("oncall", "verify", *span, "--json")
    assert status == 1
    (office,) = json.loads(out)["schedules"]
    assert [(gap["start"], gap["end"], gap["hours"]) for gap in office["gaps"]] == [
        ("2026-01-10T09:00:00+01:00", "2026-01-10T17:00:00+01:00", 8.0),
        ("2026-01-11T09:00:00+01:00", "2026-01-11T17:00:00+01:00", 8.0),
    ]
    example = office["gaps"][0]["example"]
    assert example == 'tocsin oncall who office --at "2026-01-10 09:00+01:00"'
    _, out, _ = await tocsin("oncall", "who", "office", "--at", example.split('"')[1], "--json")
    assert json.loads(out)["person"] is None
    assert office["people"][0] == {"person": "bo", "hours": 128.0, "nights": 8, "weekends": 1, "holidays": 0}
    assert {i["measure"] for i in office["imbalance"]} == {"hours", "nights"}

    status, out, _ = await tocsin("oncall", "verify", *span)
    assert status == 1
    assert "GAP Sat 2026-01-10 09:00 – Sat 2026-01-10 17:00 (8 h): days is limited to other hours" in out
    assert "UNEVEN bo has 128 hours, the average is 76" in out


async def test_an_unknown_name_in_a_calendar_is_told_by_check_and_verify(
    tocsin: Tocsin, folder: Path
) -> None:
    app = APP.replace(
        '{name: nights, people: [bo], restrictions: ["17:00-09:00"]}', "{name: team, ical: {file: team.ics}}"
    )
    (folder / "app.yaml").write_text(app)
    status, _, err = await tocsin("config", "check")
    assert (status, err) == (
        1,
        "app.yaml: schedules.office.layers.team.ical.file: the file team.ics cannot be read\n",
    )
    (folder / "team.ics").write_text(CALENDAR.format("Zoe"))
    status, _, err = await tocsin("config", "check")
    assert status == 1
    assert "schedules.office.layers.team.ical.file: “Zoe” (" in err
    assert "is not among the people; add an e-mail address or `names`" in err
    status, out, _ = await tocsin("oncall", "verify", "--from", "2026-01-05", "--to", "2026-01-12")
    assert status == 1
    assert "CALENDAR team: “Zoe” (2026-01-05 00:00+01:00) is not among the people" in out
    (folder / "team.ics").write_text(CALENDAR.format("bo@example.com"))
    assert (await tocsin("config", "check"))[0] == 0
    assert (await tocsin("oncall", "verify", "--from", "2026-01-05", "--to", "2026-01-12"))[0] == 0


async def test_a_calendar_behind_a_link_needs_the_database(tocsin: Tocsin, folder: Path) -> None:
    app = APP.replace("{name: nights, people: [bo]", "{name: team, ical: {url_from: TEAM_CALENDAR_URL}")
    (folder / "app.yaml").write_text(app)
    assert (await tocsin("config", "check"))[0] == 0
    status, out, _ = await tocsin("oncall", "verify", "--from", "2026-01-05", "--to", "2026-01-12")
    assert status == 1
    assert "CALENDAR team: it was not fetched yet" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["who", "primry"],
            "“primry” is no schedule of app.yaml. Did you mean primary? Choose one of primary, backup.",
        ),
        (["who", "--at", "soon"], "“soon” is not a time. Write 2026-01-31 09:00"),
        (["shifts", "--from", "2026-01-02", "--to", "2026-01-01"], "The span ends before it begins."),
        (["verify", "--from", "2026-01-02", "--to", "2056-01-01"], "longer than ten years"),
        (["who", "--at", "1970-01-01"], "out of reach"),
    ],
)
async def test_what_makes_no_sense_is_told(tocsin: Tocsin, arguments: list[str], said: str) -> None:
    status, out, err = await tocsin("oncall", *arguments)
    assert (status, out) == (1, "")
    assert said in err


async def test_without_schedules(tocsin: Tocsin, folder: Path) -> None:
    (folder / "app.yaml").write_text("organization: Acme\n")
    status, _, err = await tocsin("oncall", "who")
    assert (status, err) == (1, "app.yaml has no schedules. docs/on-call.md tells how to write one.\n")


async def test_a_database_without_tables_is_told_and_not_passed_over(
    tocsin: Tocsin, empty_database_url: str
) -> None:
    status, _, err = await tocsin("oncall", "who", TOCSIN_DATABASE_URL=empty_database_url)
    assert (status, err) == (1, "The database lacks tables that Tocsin needs. Run `tocsin migrate`.\n")
