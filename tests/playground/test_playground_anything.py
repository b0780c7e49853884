"""Whatever a bot sends, Slack answers; it never breaks down."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_cast import INCIDENTS, actions, button, modal, section, typed

from playground.api import METHODS
from playground.api.call import Address, Call
from playground.blocks import check_blocks
from playground.errors import Refused, SlackError
from playground.manifest import Manifest
from playground.workspace import Workspace

KEYS = st.sampled_from(
    [
        "type",
        "text",
        "elements",
        "element",
        "accessory",
        "options",
        "value",
        "label",
        "blocks",
        "action_id",
        "fields",
    ]
)
KINDS = st.sampled_from(
    ["section", "actions", "input", "button", "static_select", "plain_text", "mrkdwn", "modal", "home"]
)
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | KINDS
    | st.sampled_from(["[", "{", "U01ADA"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)
VALID: dict[str, Any] = {
    "channel": INCIDENTS,
    "channel_id": INCIDENTS,
    "text": "x",
    "user": "U01ADA",
    "user_id": "U01ADA",
    "users": "U01ADA",
    "blocks": [section(), actions(button())],
    "view": modal(typed()),
    "ts": "1732159876.000100",
    "name": "x",
    "type": "link",
    "title": "x",
    "link": "https://x.example",
    "limit": 10,
}
NAMES = st.sampled_from(
    [*VALID, "cursor", "metadata", "attachments", "files", "oldest", "thread_ts", "timestamp", "file"]
)
SOME = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def workspace() -> Workspace:
    return Workspace(Manifest(None), None, 1000)


@pytest.mark.parametrize("method", sorted(METHODS))
@SOME
@given(junk=st.dictionaries(NAMES, JUNK, max_size=3), without=st.sets(NAMES, max_size=2))
def test_every_method_answers(method: str, junk: dict[str, Any], without: set[str]) -> None:
    args = {
        key: value for key, value in {**json.loads(json.dumps(VALID)), **junk}.items() if key not in without
    }
    call = Call(
        workspace(), {key: value for key, value in args.items() if value is not None}, Address("", str)
    )
    try:
        answer = METHODS[method].act(call)
    except SlackError as error:
        answer = error.answer()
    json.dumps(answer)


@SOME
@given(blocks=JUNK)
def test_every_list_of_blocks_is_judged(blocks: Any) -> None:
    for surface in ("message", "modal", "home"):
        check_blocks(blocks, surface)  # type: ignore[arg-type]


@SOME
@given(
    document=st.dictionaries(
        st.sampled_from(["features", "settings", "oauth_config", "display_information"]), JUNK
    )
)
def test_every_manifest_is_judged(document: dict[str, Any]) -> None:
    with contextlib.suppress(Refused, TypeError, KeyError, AttributeError):
        Manifest(document)
