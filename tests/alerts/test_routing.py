"""Where alerts go: the first route that fits, and never nowhere by silence."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts.event import Event
from bot.alerts.routing import LONGEST_GROUP, route
from bot.config import Config
from tests.paging.kit import Always, Never, company

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


def rules(*routes: dict[str, Any], **more: Any) -> Config:
    return company(
        integrations=[
            {"name": "am", "kind": "alertmanager"},
            {"name": "shop-monitor", "kind": "events_v2", "service": "shop"},
        ],
        routes=list(routes),
        **more,
    )


def event(level: Any = "critical", **more: Any) -> Event:
    return Event("trigger", "k", title="T", level=level, **more)


def test_the_first_route_that_fits_decides_and_is_the_reason() -> None:
    config = rules(
        {"name": "dev", "to": "nowhere", "when": {"labels": ["env=dev*"]}},
        {"name": "shop", "to": "page", "when": {"services": ["shop"]}},
        {"name": "rest", "to": "backlog"},
    )
    am = config.integration("am")

    def found(**more: Any) -> tuple[str, str, str]:
        routed = route(event(**more), am, config, NOW)
        return routed.route, routed.to, routed.reason

    assert found(labels={"env": "dev-1"}, service="shop") == ("dev", "nowhere", "route dev")
    assert found(labels={"env": "prod"}, service="shop") == ("shop", "page", "route shop")
    assert found() == ("rest", "backlog", "route rest")
    assert route(event(), config.integration("shop-monitor"), config, NOW).route == "shop", (
        "by its integration"
    )


@pytest.mark.parametrize(
    ("level", "to"), [("critical", "incident"), ("error", "message"), ("info", "message"), (None, "message")]
)
def test_what_no_route_fits_is_not_lost(level: str | None, to: str) -> None:
    config = rules({"name": "never", "to": "nowhere", "when": {"labels": ["a=b"]}})
    routed = route(event(level), config.integration("am"), config, NOW)
    assert (routed.to, routed.route) == (to, "default")
    assert "no route fits" in routed.reason


def test_hours() -> None:
    config = rules(
        {"name": "day", "to": "incident", "when": {"hours": "business"}},
        {"name": "night", "to": "backlog", "when": {"hours": "outside"}},
    )
    assert route(event(), None, config, NOW, hours=Always()).route == "day"
    assert route(event(), None, config, NOW, hours=Never()).route == "night"


def test_severity_by_level_as_the_map_says_or_by_rank() -> None:
    config = rules(alerts={"severities": {"critical": "SEV2"}})
    names = [
        route(event(level), None, config, NOW).severity.name
        for level in ("critical", "error", "warning", "info")
    ]
    assert names == ["SEV2", "SEV2", "SEV3", "SEV4"]
    fixed = rules({"name": "fixed", "to": "incident", "severity": "SEV4"})
    assert route(event(), None, fixed, NOW).severity.name == "SEV4"


words = st.text(max_size=30)
events = st.builds(
    Event,
    st.just("trigger"),
    words,
    title=words,
    level=st.sampled_from(["critical", "error", "warning", "info", None]),
    service=st.one_of(st.none(), st.sampled_from(["shop", "SHOP", "other"]), words),
    labels=st.dictionaries(
        st.sampled_from(["a", "b", "service"]), words | st.text(min_size=200, max_size=300)
    ),
)
routes = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.uuids().map(lambda u: f"r{u.hex[:20]}"),
            "to": st.sampled_from(["incident", "page", "message", "backlog", "nowhere"]),
            "when": st.fixed_dictionaries(
                {},
                optional={
                    "levels": st.lists(st.sampled_from(["critical", "error", "warning", "info"]), max_size=2),
                    "labels": st.sampled_from([["a=*"], ["a=x?"], ["b=[a-c]*", "a=*"]]),
                    "services": st.just(["shop"]),
                    "hours": st.sampled_from(["always", "business", "outside"]),
                },
            ),
            "group": st.sampled_from(
                [
                    {"by": ["service"]},
                    {"by": ["integration"], "labels": ["a"]},
                    {"by": [], "labels": ["a", "b"]},
                ]
            ),
        }
    ),
    max_size=4,
    unique_by=lambda r: r["name"],
)


@given(events, routes)
def test_any_event_goes_somewhere_for_a_reason_and_always_the_same_way(
    said: Event, written: list[Any]
) -> None:
    config = rules(*written)
    routed = route(said, config.integration("am"), config, NOW)
    assert routed == route(said, config.integration("am"), config, NOW)
    assert routed.reason
    assert routed.route in {"default", *(one["name"] for one in written)}
    assert len(routed.group) <= LONGEST_GROUP
    if said.level == "critical" and not written:
        assert routed.to == "incident"


@given(events, events)
def test_groups_differ_where_what_they_share_differs(one: Event, other: Event) -> None:
    config = rules({"name": "by", "to": "incident", "group": {"by": ["service"], "labels": ["a", "b"]}})
    first, second = (route(said, None, config, NOW) for said in (one, other))
    same = (first.service, one.labels.get("a", ""), one.labels.get("b", "")) == (
        second.service,
        other.labels.get("a", ""),
        other.labels.get("b", ""),
    )
    assert (first.group == second.group) == same
