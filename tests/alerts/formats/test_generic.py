"""A tool that Tocsin does not know, read by the mapping of app.yaml."""

import contextlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.alerts.event import Event, Link, Malformed
from bot.alerts.formats import parse
from tests.alerts.sent import ZABBIX, events, integration

LEAST = {"key": "id", "title": "name"}


def told(said: Any, **mapping: Any) -> Event:
    (found,) = parse("generic", said, {}, integration("generic", mapping=LEAST | mapping))
    return found


def test_a_list_of_alerts_is_read_as_the_mapping_says() -> None:
    disk, load = events("generic_list")
    assert disk == Event(
        action="trigger",
        key="90",
        title="Disk is full",
        level="critical",
        source="db01",
        service="payments",
        labels={"env": "prod", "tool": "zabbix"},
        details={"host": {"name": "db01"}},
        links=(Link("https://zabbix.example.com/90"),),
        occurred_at=datetime.fromtimestamp(1787173577, UTC),
    )
    assert (load.action, load.level, load.labels, load.links) == (
        "resolve",
        "warning",
        {"tool": "zabbix"},
        (),
    )


def test_a_key_and_a_title_are_enough() -> None:
    assert told({"id": 1, "name": "Disk"}) == Event(action="trigger", key="1", title="Disk")


@pytest.mark.parametrize(
    ("status", "action"),
    [("firing", "trigger"), ("OK", "resolve"), ("acknowledged", "acknowledge"), ("change", "change"), (None, "trigger")],
)  # fmt: skip
def test_common_words_of_a_status_are_known(status: str | None, action: str) -> None:
    assert told({"id": 1, "name": "A", "is": status}, status="is").action == action


@pytest.mark.parametrize(("status", "action"), [("OK", "trigger"), ("green", "resolve"), ("mine", "acknowledge"),
                                                ("shipped", "change"), (True, "trigger"), (False, "resolve")])  # fmt: skip
def test_own_words_replace_them(status: object, action: str) -> None:
    words = {"resolves": ["Green", "false"], "acknowledges": ["mine"], "changes": ["shipped"]}
    assert told({"id": 1, "name": "A", "is": status}, status="is", **words).action == action


def test_a_text_in_single_quotes_stands_for_itself() -> None:
    assert told({"id": 1, "name": "Deployed"}, status="'change'").action == "change"


def test_an_unknown_level_is_none() -> None:
    assert told({"id": 1, "name": "A", "how": "purple"}, level="how").level is None
    assert (
        told({"id": 1, "name": "A", "how": "purple"}, level="how", levels={"Purple": "info"}).level == "info"
    )


@pytest.mark.parametrize(
    ("said", "mapping", "problem"),
    [
        ({"name": "A"}, LEAST, "key (id) gives no text"),
        ({"id": 1, "name": {}}, LEAST, "title (name) gives no text"),
        ([], LEAST, "key (id) gives no text"),
        ({"problems": {}}, ZABBIX, "alerts (problems) is not a list"),
        ({"problems": [{"eventid": 1}]}, ZABBIX, "alert 1: title (name) gives no text"),
        ({"id": "x", "name": "A"}, LEAST | {"level": "abs(id)"}, "level (abs(id)) cannot be worked out from what came"),
        ({"id": "x", "name": "A"}, LEAST | {"level": "nonsense(id)"}, "level (nonsense(id)) cannot be worked out from what came"),
    ],
)  # fmt: skip
def test_an_expression_that_gives_nothing_is_named(
    said: Any, mapping: Mapping[str, Any], problem: str
) -> None:
    with pytest.raises(Malformed) as refused:
        parse("generic", said, {}, integration("generic", mapping=mapping))
    assert problem in refused.value.problems


SHARDS = ["a", "b.", "[0]", "[*]", "[?a]", "[]", "@", "|", "||", "&&", "!", "==", "<", "{a: b}", "[a, b]", "(", ")", "&a", ",",
          "`1`", "`[", "'x'", "*", ".", ":", "[::0]", "[-1:]", "abs(", "avg(", "ceil(", "contains(", "ends_with(", "join(", "keys(",
          "length(", "map(", "max(", "max_by(", "merge(", "min_by(", "not_null(", "reverse(", "sort(", "sort_by(", "sum(",
          "to_array(", "to_number(", "to_string(", "type(", "values("]  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(SHARDS), max_size=8).map("".join), VALUES)
def test_any_expression_and_any_value_make_an_alert_or_a_refusal(expression: str, value: Any) -> None:
    try:
        tool = integration(
            "generic", mapping={"key": "'k'", "title": "'t'", "details": {"found": expression}}
        )
    except ValidationError:
        return
    with contextlib.suppress(Malformed):
        (found,) = parse("generic", value, {}, tool)
        json.dumps(found.as_json(), allow_nan=False)
