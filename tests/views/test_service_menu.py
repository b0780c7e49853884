"""The services that a long menu offers for what was typed."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import Config, Service
from bot.views.service_menu import service_menu, services_like
from tests.views import anything
from tests.views.slack_limits import in_answer_of_a_menu

NAMED = {
    "pay": None,
    "payments": "Card payments",
    "db-pay": "Ledger",
    "repay": "Refunds",
    "shop-db": "Größe & Maß",
    "checkout-eu": "Check-out for Europe",
    "checkout-us": "Check-out for America",
}


def config(count: int = 0) -> Config:
    named = [Service(name=name, title=title, owner="Shop") for name, title in NAMED.items()]
    more = [Service(name=f"svc-{n}", owner="Shop") for n in range(count)]
    return Config(organization="Example Shop", services=tuple(named + more))


def found(typed: str, count: int = 0) -> list[str]:
    return [choice["value"] for choice in services_like(config(count), typed)]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("pay", ["pay", "payments", "db-pay", "repay"]),
        ("PAY", ["pay", "payments", "db-pay", "repay"]),
        ("card", ["payments"]),
        ("db", ["db-pay", "shop-db"]),
        ("grösse", ["shop-db"]),
        ("checkout", ["checkout-eu", "checkout-us"]),
        ("check out", ["checkout-eu", "checkout-us"]),
        ("amer check", ["checkout-us"]),
        ("us check", ["checkout-us"]),
        ("  eu  ", ["checkout-eu"]),
        ("hop", ["shop-db"]),
        ("nothing like it", []),
        ("🔥", []),
    ],
)
def test_the_best_come_first(typed: str, expected: list[str]) -> None:
    assert found(typed) == expected


def test_nothing_typed_offers_the_first_in_the_order_of_the_file() -> None:
    offered = found("", count=300)
    assert len(offered) == 100
    assert offered == [service.name for service in config(300).services[:100]]
    assert found(" - ", count=300) == offered


def test_one_among_thousands_is_found_by_its_name() -> None:
    assert found("svc-4711", count=5000) == ["svc-4711"]
    assert found("svc-47", count=5000)[0] == "svc-47"
    assert len(found("svc", count=5000)) == 100


def test_up_to_a_hundred_the_menu_is_sent_whole() -> None:
    assert service_menu(config(93), None)["type"] == "static_select"
    assert len(service_menu(config(93), None)["options"]) == 100
    searched = service_menu(config(94), "payments")
    assert searched["type"] == "external_select"
    assert searched["min_query_length"] == 0
    assert searched["initial_option"]["value"] == "payments"
    assert "initial_option" not in service_menu(config(94), "gone")


@cache
def large() -> Config:
    return config(120)


@given(st.one_of(anything.words(75), st.sampled_from([s.name for s in large().services])))
def test_whatever_is_typed_every_offer_is_a_service_and_a_name_finds_its_own(typed: str) -> None:
    offered = [choice["value"] for choice in services_like(large(), typed)]
    assert len(offered) == len(set(offered)) <= 100
    assert set(offered) <= {service.name for service in large().services}
    if large().service(typed):
        assert large().service(offered[0]) == large().service(typed)


@settings(deadline=None)
@given(anything.configs, anything.words(75))
def test_slack_takes_every_answer(within: Config, typed: str) -> None:
    for text in ("", typed, *(s.shown_name for s in within.services[:1])):
        assert in_answer_of_a_menu(list(services_like(within, text))) == []
