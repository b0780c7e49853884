"""Which rules a change sets off, and the reasons: pure."""

from typing import Any

import pytest

from bot.config import Config
from bot.incidents.automation import Change, Subject, judged
from bot.incidents.expect import failures, scene
from bot.paging.expect import NotUnderstood

RAISED = Change("severity", "SEV1", "SEV3")
LOWERED = Change("severity", "SEV3", "SEV1")
FIELDS = [
    {"name": "region", "label": "Region", "kind": "choice", "choices": ["EU West", "US East"]},
    {"name": "customers", "label": "Customers", "kind": "number"},
    {"name": "notice", "label": "Notice", "kind": "date"},
    {"name": "contact", "label": "Contact", "kind": "person"},
]
RESOLVED = Change("status", "resolved", "monitoring")
DECLARED = Change("declared", "SEV1")


def config(conditions: dict[str, Any], when: Any = "declared", **more: Any) -> Config:
    rule = {"name": "r", "when": when, "if": conditions, "then": [{"message": "Hi"}]}
    services = [{"name": "payments", "owner": "O"}, {"name": "search", "owner": "O"}]
    of_incidents = {"types": [{"name": "outage"}, {"name": "security"}], "fields": FIELDS}
    written = {"organization": "O", "services": services, "automation": [rule], **of_incidents, **more}
    return Config.model_validate(written)


def judge(
    conditions: dict[str, Any], change: Change, when: Any = "declared", **subject: Any
) -> tuple[bool, str]:
    given = {"severity": change.after if change.kind != "status" else "SEV1", "status": "investigating"}
    (found,) = judged(change, Subject(**(given | subject)), config(conditions, when))
    return found.fires, found.reason


@pytest.mark.parametrize(
    ("conditions", "when", "change", "subject", "fires", "reason"),
    [
        ({}, "declared", DECLARED, {}, True, "it was declared as SEV1"),
        ({}, "severity", DECLARED, {}, False, "it is for severity, and this is declared"),
        ({}, ["declared", "status"], RAISED, {}, False, "it is for declared or status, and this is severity"),
        ({}, "severity", RAISED, {}, True, "the severity was raised from SEV3 to SEV1"),
        ({"direction": "raised"}, "severity", LOWERED, {}, False, "the severity was lowered, and it is for raised"),
        ({"direction": "lowered"}, "severity", LOWERED, {}, True, "the severity was lowered from SEV1 to SEV3"),
        ({"from_severities": ["SEV2"]}, "severity", RAISED, {}, False, "the severity before is SEV3, and it is for SEV2"),
        ({"from_severities": ["SEV2", "SEV3"]}, "severity", RAISED, {}, True, "the severity was raised from SEV3 to SEV1"),
        ({"statuses": ["resolved"]}, "status", RESOLVED, {"status": "resolved"}, True, "the status went from monitoring to resolved"),
        ({"from_statuses": ["resolved"]}, "status", RESOLVED, {}, False, "the status before is monitoring, and it is for resolved"),
        ({"services": ["payments"]}, "declared", DECLARED, {}, False, "the service is none, and it is for payments"),
        ({"services": ["payments", "search"]}, "declared", DECLARED, {"service": "search"}, True, "it was declared as SEV1"),
        ({"title": ["data", "lost"]}, "declared", DECLARED, {"title": "DATA is gone"}, True, "it was declared as SEV1"),
        ({"title": ["data", "lost"]}, "declared", DECLARED, {"title": "Slow"}, False, "the title has none of data, lost"),
        ({"declared_by": "alert"}, "declared", DECLARED, {}, False, "the declarer is person, and it is for alert"),
        ({"declared_by": "alert"}, "declared", DECLARED, {"by_alert": True}, True, "it was declared as SEV1"),
        ({}, "declared", DECLARED, {"private": True}, False, "this is a private incident, and these are excluded"),
        ({"private": "included"}, "declared", DECLARED, {"private": True}, True, "it was declared as SEV1"),
        ({"private": "included"}, "declared", DECLARED, {}, True, "it was declared as SEV1"),
        ({"private": "only"}, "declared", DECLARED, {}, False, "this is no private incident, and it is for these only"),
        ({"private": "included"}, "declared", DECLARED, {"private": True, "drill": True}, False, "this is a drill, and these are excluded"),
        ({"drill": "only"}, "declared", DECLARED, {"drill": True}, True, "it was declared as SEV1"),
        ({"types": ["security", "outage"]}, "declared", DECLARED, {"type": "outage"}, True, "it was declared as SEV1"),
        ({"types": ["security", "outage"]}, "declared", DECLARED, {}, False, "the type is none, and it is for security or outage"),
        ({"fields": {"region": "eu-west"}}, "declared", DECLARED, {"fields": {"region": "EU West"}}, True, "it was declared as SEV1"),
        ({"fields": {"region": "EU West"}}, "declared", DECLARED, {"fields": {"region": "US East"}}, False, "the field region is US East, and it is for EU West"),
        ({"fields": {"region": ["EU West", "-"]}}, "declared", DECLARED, {}, True, "it was declared as SEV1"),
        ({"fields": {"region": "*"}}, "declared", DECLARED, {}, False, "the field region is empty, and it is for anything"),
        ({"fields": {"region": "-"}}, "declared", DECLARED, {"fields": {"region": "EU West"}}, False, "the field region is EU West, and it is for empty"),
        ({"fields": {"customers": ">100"}}, "declared", DECLARED, {"fields": {"customers": "100.5"}}, True, "it was declared as SEV1"),
        ({"fields": {"customers": ">100"}}, "declared", DECLARED, {"fields": {"customers": "100"}}, False, "the field customers is 100, and it is for >100"),
        ({"fields": {"customers": ["<= 9", ">=1 000"]}}, "declared", DECLARED, {"fields": {"customers": "1000"}}, True, "it was declared as SEV1"),
        ({"fields": {"customers": 12}}, "declared", DECLARED, {"fields": {"customers": "12"}}, True, "it was declared as SEV1"),
        ({"fields": {"customers": "<100"}}, "declared", DECLARED, {"fields": {"customers": "few"}}, False, "the field customers is few, and it is for <100"),
        ({"fields": {"notice": ">=2026-11-01"}}, "declared", DECLARED, {"fields": {"notice": "2026-11-01"}}, True, "it was declared as SEV1"),
        ({"fields": {"notice": "<2026-11-01"}}, "declared", DECLARED, {"fields": {"notice": "2026-11-01"}}, False, "the field notice is 2026-11-01, and it is for <2026-11-01"),
        ({"fields": {"contact": "*", "customers": ">0"}}, "declared", DECLARED, {"fields": {"contact": "U1"}}, False, "the field customers is empty, and it is for >0"),
    ],
)  # fmt: skip
def test_a_rule_is_set_off_or_says_why_not(
    conditions: dict[str, Any], when: Any, change: Change, subject: dict[str, Any], fires: bool, reason: str
) -> None:
    assert judge(conditions, change, when, **subject) == (fires, reason)


def test_an_expectation_that_is_not_met_says_why() -> None:
    expect = [
        {"when": "declared sev1 payments", "fires": ["r"]},
        {"when": "declared p2 payments", "fires": ["r"]},
        {"when": "severity sev3 to sev1", "fires": []},
        {"when": "declared sev1", "fires": []},
    ]
    unmet = [str(one) for one in failures(config({"severities": ["SEV1"]}, expect=expect))]
    assert unmet == [
        "expect[2] (declared p2 payments): expected r, and it sets off none; r is not set off: the severity is SEV2, and it is for SEV1",
        "expect[4] (declared sev1): expected none, and it sets off r; r is set off: it was declared as SEV1",
    ]


@pytest.mark.parametrize(
    ("when", "trouble"),
    [
        ("declared", "not among the severities"),
        ("severity sev3 sev1", "it does not say what became of it"),
        ("status open to resolved sev1", "not among the statuses"),
        ("declared sev1 paymets", "a service (payments, search)"),
        ('declared sev1 title="', "a quotation mark has no partner"),
        ("declared sev1 type:outgae", "not among the types; known types: outage, security"),
        ("declared sev1 regon:eu", "FIELD:VALUE"),
        ("declared sev1 region:mars", "Choose one of EU West, US East"),
    ],
)
def test_what_is_not_understood_is_told(when: str, trouble: str) -> None:
    with pytest.raises(NotUnderstood, match=trouble.replace("(", r"\(").replace(")", r"\)")):
        scene(when, config({}))


def test_a_scene_has_what_is_said_of_the_incident() -> None:
    found = scene(
        'status investigating to resolved level 3 payments private drill alert title="Data loss"', config({})
    )
    assert found.change == Change("status", "resolved", "investigating")
    assert found.subject == Subject("SEV1", "resolved", "Data loss", "payments", True, True, True)


def test_a_scene_has_what_is_filled_in() -> None:
    found = scene('declared sev1 type:outage region:"eu west" customers:1_200 contact:ada', config({}))
    assert found.subject.type == "outage"
    assert found.subject.fields == {"region": "EU West", "customers": "1200", "contact": "ada"}
