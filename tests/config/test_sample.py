"""The sample app.yaml: what make demo and a newcomer get."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.config import Config, load

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def config() -> Config:
    return load(ROOT / "app.yaml")


def test_it_loads_and_knows_the_small_company(config: Config) -> None:
    assert [person.name for person in config.people] == ["ada", "bo", "cleo", "dev", "eve", "finn"]
    assert [service.name for service in config.services] == [
        "checkout",
        "payments",
        "search",
        "accounts",
        "web",
    ]
    assert all(service.runbook and service.owner and service.responders for service in config.services)


def test_what_it_writes_out_is_what_a_file_without_it_would_get(config: Config) -> None:
    bare = Config(organization="Acme")
    assert config.severities == bare.severities
    assert config.roles == bare.roles
    assert config.statuses == bare.statuses
    assert config.channels == bare.channels
    assert config.delivery == bare.delivery


@pytest.mark.parametrize("word", ["SEV1", "sev1", "p1", "P1", "Level 3", "level3", "LEVEL-3", " sev 1 "])
def test_a_severity_is_found_by_any_of_its_names(config: Config, word: str) -> None:
    severity = config.severity(word)
    assert severity is not None
    assert severity.name == "SEV1"


def test_the_old_levels_and_priorities_map_to_severities(config: Config) -> None:
    words = ["P1", "P2", "P3", "P4", "Level 3", "Level 2", "Level 1"]
    found = [config.severity(word) for word in words]
    assert [severity.name for severity in found if severity] == [
        "SEV1",
        "SEV2",
        "SEV3",
        "SEV4",
        "SEV1",
        "SEV2",
        "SEV3",
    ]


def test_the_most_severe_ranks_first_and_a_forgotten_one_last(config: Config) -> None:
    assert [config.severity_rank(word) for word in ("SEV1", "p2", "Level 1", "SEV4", "SEV9")] == [
        0,
        1,
        2,
        3,
        4,
    ]


def test_response_targets_and_reviews_follow_the_severity(config: Config) -> None:
    sev1, sev2, sev3, sev4 = config.severities
    assert (sev1.respond_within, sev2.respond_within) == (timedelta(minutes=15), timedelta(hours=1))
    assert (sev1.review, sev1.review_within) == ("required", timedelta(hours=24))
    assert (sev3.review, sev4.review) == ("optional", "none")


def test_meanings_are_short_enough_to_stand_beside_an_option_in_slack(config: Config) -> None:
    assert max(len(severity.meaning) for severity in config.severities) <= 75


def test_names_find_their_things(config: Config) -> None:
    ada = config.person("@ada")
    assert ada is not None
    assert ada.email == "ada@example.com"
    checkout = config.service("Checkout")
    assert checkout is not None
    assert (checkout.shown_name, checkout.depends_on) == ("Checkout", ("payments", "accounts"))
    assert config.role("lead") is config.roles[0]
    assert config.status("closed") is config.statuses[-1]
    assert [status.name for status in config.active_statuses] == ["investigating", "identified", "monitoring"]
    assert (
        config.person("zoe")
        is config.service("x")
        is config.role("x")
        is config.status("x")
        is config.severity("x")
        is None
    )


def test_a_changed_copy_finds_its_own_things(config: Config) -> None:
    """Names are looked up in what was worked out once; a copy must not take that over."""
    assert config.severity("sev1") is config.severities[0]
    ada = config.person("ada")
    assert ada is not None
    renamed = config.model_copy(
        update={"people": (ada.model_copy(update={"name": "zoe"}),), "severities": config.severities[1:]}
    )
    assert renamed.person("zoe") is renamed.people[0]
    assert renamed.person("ada") is renamed.severity("sev1") is None
    assert config.person("ada") is ada


def test_links_and_channels_are_filled_in(config: Config) -> None:
    assert config.bridge_for(12, "checkout-is-down") == "https://meet.example.com/inc-12"
    assert config.channels.name_for(12, "checkout-is-down") == "inc-12-checkout-is-down"
    assert config.channels.announcements == "incidents"
    assert str(config.zone) == "Europe/Berlin"
    assert Config(organization="Acme").bridge_for(1, "x") is None


def test_a_channel_name_never_outgrows_slack_and_never_loses_its_number(config: Config) -> None:
    assert len(config.channels.name_for(1234567, "x" * 200)) == 80
    assert config.channels.name_for(7, "") == "inc-7"
    front = Config.model_validate({"organization": "Acme", "channels": {"pattern": "{slug}-{number}"}})
    assert front.channels.name_for(12, "y" * 200).endswith("y-12")
    assert len(front.channels.name_for(12, "y" * 200)) == 80


def test_placeholders_in_a_slug_are_left_alone(config: Config) -> None:
    both = Config(organization="Acme", bridge="https://meet.example.com/{slug}/{number}")
    assert both.bridge_for(3, "{number}") == "https://meet.example.com/{number}/3"
