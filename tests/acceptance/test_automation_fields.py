"""Rules of app.yaml that ask for types and fields, and fill fields in."""

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.config import AutomationRule, Config, IncidentField, IncidentType
from bot.core.db import Database
from bot.incidents.declaring import Declaration, declare
from bot.incidents.rows import AutomationRun
from tests.acceptance.office import Office, open_office, said
from tests.acceptance.replicas import Replicas, replicas, until
from tests.databases import PostgresCluster

TYPES = [{"name": "outage"}, {"name": "security", "private": True}]
FIELDS = [
    {"name": "region", "label": "Region", "kind": "choice", "choices": ["EU West", "US East"]},
    {"name": "customers", "label": "Customers hit", "kind": "number"},
    {"name": "notice", "label": "Notice due", "kind": "date"},
    {"name": "contact", "label": "Contact", "kind": "person"},
]
IN_EUROPE = {
    "name": "in-europe",
    "when": ["declared", "severity"],
    "if": {"types": ["outage"], "fields": {"region": "EU West", "customers": ">100"}},
    "then": [
        {"set_field": {"contact": "cleo", "notice": "2026-12-24"}},
        {"tasks": ["Write to the authority"]},
    ],
}


def with_rules(*rules: dict[str, Any]) -> Callable[[Config], Config]:
    def change(config: Config) -> Config:
        return config.model_copy(
            update={
                "automation": tuple(AutomationRule.model_validate(rule) for rule in rules),
                "types": tuple(IncidentType.model_validate(one) for one in TYPES),
                "fields": tuple(IncidentField.model_validate(one) for one in FIELDS),
            }
        )

    return change


async def filled(office: Office, number: int = 1) -> dict[str, str]:
    return (await office.record(number))["fields"]  # type: ignore[no-any-return]


async def told(office: Office, number: int = 1) -> list[dict[str, Any]]:
    return [one["data"] for one in await office.timeline(number) if one["kind"] == "automation"]


async def test_a_rule_fills_in_fields_of_what_it_is_for(database_url: str) -> None:
    async with open_office(database_url, change=with_rules(IN_EUROPE)) as office:
        await office.settled()  # who the people are is known
        await office.ada.types(
            "/incident declare sev2 type:outage region:eu-west customers:101 Checkout is down"
        )
        assert await filled(office) == {
            "region": "EU West", "customers": "101", "contact": office.cleo.id, "notice": "2026-12-24",
        }  # fmt: skip
        channel = await office.incident_channel()
        card = await office.bo.reads(channel)
        assert f"*Contact* {office.cleo.shown}" in card
        assert "*Notice due* Thu 24 Dec 2026" in card
        await office.ada.types("/incident timeline 1")
        timeline = said(await office.ada.modal())
        assert "Rule *in-europe* filled in" in timeline
        assert "(it was declared as SEV2)" in timeline
        assert "Checkout" in await office.bo.types("/incident list notice:2026-12-24")
        for line in (
            "type:outage region:eu-west customers:100",
            "region:eu-west customers:101",
            "type:outage customers:101",
        ):
            await office.ada.types(f"/incident declare sev2 {line} Search is slow")
        assert "contact" not in await filled(office, 2)
        assert "contact" not in await filled(office, 3)
        assert "contact" not in await filled(office, 4)


async def test_what_is_filled_in_is_asked_as_it_is_at_the_change(database_url: str) -> None:
    async with open_office(database_url, change=with_rules(IN_EUROPE)) as office:
        await office.settled()  # who the people are is known
        await office.ada.types(
            "/incident declare sev2 type:outage region:us-east customers:500 Checkout is down"
        )
        await office.ada.types("/incident field 1 region eu-west")
        assert await told(office) == [], "what is filled in sets off nothing by itself"
        await office.ada.types("/incident severity 1 sev1")
        assert (await filled(office))["contact"] == office.cleo.id
        # Once more: nothing is new in the fields, and the tasks come again.
        await office.ada.types("/incident severity 1 sev2")
        kinds = Counter(one["kind"] for one in await office.timeline() if one["data"].get("rule"))
        assert kinds == {"fields": 1, "automation": 2}


async def test_what_a_rule_fills_in_sets_off_no_other(database_url: str) -> None:
    first = {"name": "first", "when": "declared", "then": [{"set_field": {"region": "EU West"}}]}
    second = {
        "name": "second",
        "when": ["declared", "severity", "status"],
        "if": {"fields": {"region": "*"}},
        "then": [{"set_field": {"region": "-"}}],
    }
    async with open_office(database_url, change=with_rules(first, second)) as office:
        await office.ada.types("/incident declare sev2 Checkout is down")
        await office.passes(minutes=5)
        assert await filled(office) == {"region": "EU West"}
        await office.ada.types("/incident status 1 identified")
        assert await filled(office) == {}, "until something changes that it waits for"
        await office.ada.types("/incident timeline 1")
        assert "nothing any more (before: EU West)" in said(await office.ada.modal())


async def test_one_field_may_be_filled_in_twice_by_one_rule(database_url: str) -> None:
    rule = {
        "name": "twice",
        "when": "declared",
        "then": [{"set_field": {"region": "EU West"}}, {"set_field": {"region": "US East", "customers": 0}}],
    }
    async with open_office(database_url, change=with_rules(rule)) as office:
        await office.ada.types("/incident declare sev2 Checkout is down")
        assert await filled(office) == {"region": "US East", "customers": "0"}
        assert "Checkout" in await office.ada.types("/incident list region:us-east")
        assert "Checkout" not in await office.ada.types("/incident list region:eu-west")


async def test_what_cannot_be_filled_in_is_told_and_the_rest_is_done(database_url: str) -> None:
    rule = {
        "name": "late",
        "when": "status",
        "if": {"statuses": ["resolved", "closed"]},
        "then": [{"set_field": {"contact": "gil"}}, {"set_field": {"customers": 7}}],
    }

    def change(config: Config) -> Config:
        gil = config.people[0].model_copy(update={"name": "gil", "email": "gil@example.com", "slack": None})
        return with_rules(rule)(config.model_copy(update={"people": (*config.people, gil)}))

    async with open_office(database_url, change=change) as office:
        await office.ada.types("/incident declare sev3 Checkout is down")
        await office.ada.types("/incident resolve 1")
        (failed,) = await told(office)
        assert failed["action"] == "set_field"
        assert "account of gil is not known" in failed["problem"]
        assert await filled(office) == {"customers": "7"}
        await office.ada.types("/incident close 1")
        assert ["closed" in one["problem"] for one in await told(office)] == [False, False, True], (
            "the record of what is closed stays as it is"
        )


# -- app.yaml changes between a change and what it sets off -----------------------------------------------------


async def set_off_under(office: Office, rule: dict[str, Any]) -> None:
    """An incident is declared while this rule stands in app.yaml, and the bot ends before it could act."""
    config = with_rules(rule)(office.config)
    database = Database(office.database_url)
    try:
        async with database.begin() as session:
            await declare(
                session,
                Declaration(title="Checkout is down", severity=config.severities[1]),
                config=config,
                by=office.ada.id,
                now=office.clock.now(),
            )
    finally:
        await database.close()


BEFORE = {
    "name": "by-rule",
    "when": "declared",
    "then": [{"set_field": {"region": "EU West"}}, {"tasks": ["Tell support"]}],
}


@pytest.mark.parametrize(
    ("after", "left_out", "region"),
    [
        (BEFORE, [], "EU West"),
        ({**BEFORE, "if": {"types": ["security"]}}, [], "EU West"),
        (
            {**BEFORE, "then": [{"set_field": {"region": "US East"}}, {"tasks": ["Tell support"]}]},
            ["set_field"],
            None,
        ),
        (
            {**BEFORE, "then": [{"set_field": {"region": "EU West"}}, {"checklist": "any"}]},
            ["tasks"],
            "EU West",
        ),
    ],
    ids=["as it was", "for others", "another value", "another action"],
)
async def test_a_rule_does_what_it_said_when_it_was_set_off_or_leaves_it_out(
    database_url: str, after: dict[str, Any], left_out: list[str], region: str | None
) -> None:
    async with open_office(database_url, change=with_rules(after), start=False) as office:
        await set_off_under(office, BEFORE)
        await office.start_bot()
        await office.passes(seconds=5)
        assert (await filled(office)).get("region") == region
        found = await told(office)
        assert [one["action"] for one in found if one["what"] == "left_out"] == left_out
        assert [one["what"] for one in found if one["what"] not in ("left_out", "tasks")] == []
        await office.ada.types("/incident timeline 1")
        timeline = said(await office.ada.modal())
        assert ("left out a" in timeline) == bool(left_out)


async def test_a_rule_that_was_taken_out_meanwhile_does_nothing_and_says_so(database_url: str) -> None:
    async with open_office(database_url, change=with_rules(), start=False) as office:
        await set_off_under(office, BEFORE)
        await office.start_bot()
        await office.passes(seconds=5)
        assert [one["what"] for one in await told(office)] == ["gone"]
        assert await filled(office) == {}
        await office.ada.types("/incident timeline 1")
        assert "does not stand in app.yaml any more" in said(await office.ada.modal())


# -- several replicas -------------------------------------------------------------------------------------------


@pytest.mark.timeout(300)
async def test_of_several_replicas_one_carries_out_a_rule(
    durable_cluster: PostgresCluster, tmp_path: Path
) -> None:
    rule = {
        "name": "by-rule",
        "when": ["declared", "severity"],
        "then": [
            {"set_field": {"region": "EU West", "customers": 7}},
            {"tasks": ["Tell support"]},
            {"message": "Because {change}."},
        ],
    }
    async with (
        durable_cluster.one() as url,
        replicas(url, tmp_path, automation=[rule], fields=FIELDS, types=TYPES) as office,
    ):
        people = (office.ada, office.bo, office.cleo, office.eve)
        await asyncio.gather(
            *(one.types(f"/incident declare sev2 Broken for {one.name}", settle=False) for one in people)
        )
        await asyncio.gather(
            *(one.types(f"/incident severity {n} sev3", settle=False) for n, one in enumerate(people, 1))
        )
        await until(lambda: _all_told(office, len(people)), within=120)
        for number in range(1, len(people) + 1):
            entries = [one for one in await office.timeline(number) if one["data"].get("rule")]
            by_change = Counter(
                (one["kind"], one["data"].get("what"), one["data"]["because"]) for one in entries
            )
            assert set(by_change.values()) == {1}, by_change
            assert len(by_change) == 5, "the fields once, tasks and a message for each change"
        for bot in office.bots:
            assert "Traceback" not in bot.said()


async def _all_told(office: Replicas, incidents: int) -> bool:
    """Whether no run waits, and each message has arrived."""
    database = Database(office.database_url)
    try:
        async with database.read() as session:
            waits = await session.scalar(
                AutomationRun.__table__.select().where(AutomationRun.due_at.is_not(None)).limit(1)
            )
    finally:
        await database.close()
    said = [await told(office, number) for number in range(1, incidents + 1)]
    return waits is None and all(sum(one["what"] == "message" for one in of) == 2 for of in said)
