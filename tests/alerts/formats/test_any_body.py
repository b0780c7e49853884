"""Whatever arrives: events that a row can hold, or a refusal in words."""

import json
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.alerts.event import Action, Event, Level, Malformed, event_from
from bot.alerts.formats import FORMATS, parse
from bot.config.sections.integrations import Kind
from tests.alerts.sent import HEADERS, PAYLOADS, body, event, events, integration, kind_of

NAMES = sorted(path.stem for path in PAYLOADS.glob("*.json"))
NASTY = st.sampled_from(["", " ", "\0", "\ud800", "a\0\udfff", "x" * 5_000, "é" * 40_000, "0001-01-01T00:00:00Z",
                         "9999-12-31T23:59:59-23:59", "1e400", "nan", "firing", "resolved", "https://x.example.com", "4",
                         "[a] b", "a:b,c", "$X"])  # fmt: skip
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), NASTY, st.just(10**400))
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | NASTY, inner, max_size=4)
)


def paths(said: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(said, dict | list):
        for name, inner in said.items() if isinstance(said, dict) else enumerate(said):
            found += paths(inner, (*path, name))
    return found


def put(said: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    name, *rest = path
    copy = dict(said) if isinstance(said, dict) else list(said)
    copy[name] = put(copy[name], tuple(rest), value)
    return copy


def well_made(told: Event) -> None:
    assert event_from(told.as_json()) == told
    row = json.dumps(told.as_json(), allow_nan=False)
    assert event_from(json.loads(row)) == told
    assert len(json.dumps(told.as_json(), ensure_ascii=False)) < 160_000
    texts = json.dumps(told.as_json(), ensure_ascii=False)
    assert "\\u0000" not in texts
    texts.encode()
    assert told.action in get_args(Action)
    assert told.level is None or told.level in get_args(Level)
    assert 0 < len(told.key) <= 255
    assert len(told.title) <= 1024
    assert "\n" not in told.title
    assert len(told.source) <= 255
    assert told.service is None or 0 < len(told.service) <= 80
    assert len(told.labels) <= 64
    assert all(0 < len(k) <= 100 and 0 < len(v) <= 255 for k, v in told.labels.items())
    assert len(json.dumps(told.details, ensure_ascii=False)) <= 32_768
    assert len(told.links) <= 20
    assert all(a.startswith(("http", "HTTP")) for link in told.links for a in (link.href, link.src) if a)


def answered(kind: Kind, said: Any, headers: dict[str, str]) -> None:
    try:
        first, again = (parse(kind, said, headers, integration(kind)) for _ in range(2))
    except Malformed as refused:
        problems = refused.problems
    else:
        assert first == again
        for told in first:
            well_made(told)
        return
    assert problems
    assert all(isinstance(problem, str) and problem for problem in problems)


@pytest.mark.parametrize("name", NAMES)
def test_what_the_tools_send_makes_events_that_survive_their_row(name: str) -> None:
    for told in events(name):
        well_made(told)
        assert told.title or told.action == "resolve"
    assert events(name) == events(name)


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=60, deadline=None)
@given(said=JSON)
def test_any_json_is_answered(kind: Kind, said: Any) -> None:
    for headers in ({}, {"X-GitHub-Event": "deployment_status"}, {"Sentry-Hook-Resource": "event_alert"}):
        answered(kind, said, headers)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_change_of_what_the_tools_send_is_answered(name: str, data: st.DataObject) -> None:
    said = body(name)
    for _ in range(data.draw(st.integers(1, 3))):
        said = put(said, data.draw(st.sampled_from(paths(said))), data.draw(JSON))
    answered(kind_of(name), said, HEADERS.get(name, {}))


@pytest.mark.parametrize("kind", FORMATS)
def test_a_nesting_beyond_reason_is_refused(kind: Kind) -> None:
    deep: Any = {}
    for _ in range(1_000):
        deep = {"payload": [deep]}
    with pytest.raises(Malformed, match="nested more than 100 deep"):
        parse(kind, deep, {}, integration(kind))


def test_a_body_of_512_kilobytes_fits_into_a_row() -> None:
    payload = body("events_v2_trigger")["payload"]
    many = {f"entry {number}": "x" * 500 for number in range(1_000)}
    told = event("events_v2_trigger", payload={**payload, "summary": "y" * 5_000, "custom_details": many})
    well_made(told)
    assert told.title == "y" * 1_023 + "…"
    assert told.details["entry 0"] == "x" * 500
    assert told.details["(cut)"] == f"{1_000 - len(told.details) + 1} more, too long to keep"
    one = event(
        "events_v2_trigger", payload={**payload, "custom_details": {"log": "é" * 250_000, "host": "a"}}
    )
    well_made(one)
    assert one.details["host"] == "a"
    assert one.details["log"].endswith("…")


def test_texts_that_postgres_cannot_hold_are_mended() -> None:
    payload = body("events_v2_trigger")["payload"] | {
        "summary": "a\0b\ud800c",
        "custom_details": {"\0": float("nan")},
    }
    told = event("events_v2_trigger", payload=payload)
    assert told.title == "a\ufffdb\ufffdc"
    assert told.details == {"\ufffd": "NaN"}
