"""No secret reaches a log, however it is handed over."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot.core.log import LONGEST_TEXT, configure, redact

_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
bodies = st.text(_ALPHABET, min_size=8, max_size=80)
tokens = st.one_of(
    st.tuples(
        st.sampled_from(["xoxb-", "xoxp-", "xoxa-2-", "xapp-1-", "xoxe-1-", "xoxe.xoxb-1-", "xoxe.xoxp-1-"]),
        bodies,
    ).map("".join),
    bodies.map(lambda body: f"https://hooks.slack.com/services/T0/{body}"),
    bodies.map(lambda body: f"postgresql://tocsin:{body}@db.example/tocsin"),
    bodies.map(lambda body: f"postgresql://tocsin:a@{body}@db.example/tocsin"),
    bodies.map(lambda body: f"redis://:{body}@db.example/0"),
)
around = st.text(st.characters(exclude_characters=_ALPHABET, exclude_categories=["Cs"]), max_size=30)


def secret_of(token: str) -> str:
    """The part that must not survive."""
    if "://" in token and "@" in token:
        return token.rpartition("@")[0].partition("://")[2].partition(":")[2].removeprefix("a@")
    return token.rpartition("/")[2] if token.startswith("https") else token[8:]


class Odd:
    def __init__(self, inside: object) -> None:
        self._inside = inside

    def __repr__(self) -> str:
        return f"Odd({self._inside!r})"


@given(tokens, around, around)
def test_no_token_survives_anywhere(token: str, before: str, after: str) -> None:
    text = f"{before} {token} {after}"
    for value in (
        text,
        [text],
        (1, {"a": [text]}),
        {text: "as a key"},
        ValueError(text),
        {text},
        Odd(text),
        text.encode(),
    ):
        assert secret_of(token) not in json.dumps(redact(value), ensure_ascii=False)


@pytest.mark.parametrize(
    "key", ["token", "Authorization", "SLACK_SIGNING_SECRET", "x-slack-signature", "response_url"]
)
def test_a_key_that_names_a_secret_hides_its_value(key: str) -> None:
    assert redact({"a": {key: "whatever shape"}}) == {"a": {key: "[secret]"}}


@given(st.text())
def test_other_text_is_left_alone_but_for_its_length(text: str) -> None:
    if "xox" not in text and "xapp" not in text and "://" not in text:
        assert redact(text)[:LONGEST_TEXT] == text[:LONGEST_TEXT]
    assert len(redact(text)) <= LONGEST_TEXT + 1


@contextmanager
def logging_to(stream: io.StringIO) -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure("info", as_json=True)
    for handler in root.handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(stream)
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()


def test_a_line_is_json_with_all_that_is_promised_and_no_secret() -> None:
    out = io.StringIO()
    token = "xoxb-12345678-abcdefgh"
    with logging_to(out):
        log = structlog.get_logger("a-test")
        with structlog.contextvars.bound_contextvars(trace_id="abc"):
            log.info(f"Said {token}", token=token, error=ValueError(token), deep=[{"x": token}])
            try:
                raise RuntimeError(token)
            except RuntimeError:
                log.exception("Broke")
        logging.getLogger("elsewhere").warning("with %s", token)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert len(lines) == 3
    assert all({"timestamp", "level", "message"} <= set(line) for line in lines)
    assert lines[0]["trace_id"] == lines[1]["trace_id"] == "abc"
    assert "RuntimeError" in lines[1]["exception"]
    assert token not in out.getvalue()


def test_a_request_with_a_bad_signature_is_not_repeated_in_the_log() -> None:
    out = io.StringIO()
    with logging_to(out):
        logging.getLogger("slack_bolt.AsyncApp").warning(
            "Invalid request signature detected (body=%s)", "private words"
        )
        logging.getLogger("slack_bolt.AsyncApp").warning(
            "Unhandled request ({'type': 'x'})\n---\nprivate words"
        )
    assert "private words" not in out.getvalue()
    assert "bad or missing signature" in out.getvalue()


def test_a_socket_mode_that_is_refused_later_is_told_in_our_words() -> None:
    out = io.StringIO()
    with logging_to(out):
        logging.getLogger("slack_bolt.AsyncApp").error(
            "Failed to retrieve WSS URL: The request to the Slack API failed. (url: https://x, status: 200)\n"
            "The server responded with: {'ok': False, 'error': 'token_revoked'}"
        )
    assert "Slack refuses Socket Mode (token_revoked). Check SLACK_APP_TOKEN" in out.getvalue()
    assert "WSS" not in out.getvalue()
