"""Requests that Slack would never send: a short refusal for each, no trace, nothing of them in the log."""

import asyncio
import io
import json
import logging
import time
from collections.abc import AsyncIterator
from urllib.parse import quote, urlencode

import aiohttp
import pytest
import structlog

from bot.core import log
from tests.acceptance.office import Office, open_office
from tests.acceptance.signed import FORM, SECRET, posted, signed
from tests.databases import SqliteFiles

MARK = "mark-of-this-body"
COMMAND = {
    "command": "/incident",
    "text": f"declare sev1 {MARK}",
    "user_id": "U01ADA",
    "channel_id": "C01GENERAL",
    "team_id": "T0TOCSIN",
    "trigger_id": "1.2.3",
}


@pytest.fixture
async def sqlite_office(sqlite_files: SqliteFiles) -> AsyncIterator[Office]:
    """What is logged meanwhile, at debug level, holds neither a trace, nor a secret, nor what was sent."""
    root = logging.getLogger()
    before = root.handlers[:]
    levels = {name: logging.getLogger(name).level for name in ("", *logging.root.manager.loggerDict)}
    log.configure("debug", as_json=True)
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(said := io.StringIO())
    async with sqlite_files.one() as url, open_office(url) as office:
        yield office
    root.handlers[:] = before
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    structlog.reset_defaults()
    text = said.getvalue()
    assert "Tocsin is up" in text
    for never in ("Traceback", MARK, SECRET, "xoxb-playground"):
        assert never not in text, text[max(0, text.index(never) - 1500) : text.index(never) + 200]


async def works(office: Office) -> None:
    """The bot takes what is right as before."""
    assert "Declared" in await office.ada.types("/incident declare sev3 All is well")


async def declared(office: Office) -> int:
    return (await office.ada.types("/incident list")).count(MARK)


def refused(answer: tuple[int, str], *statuses: int) -> None:
    status, body = answer
    assert status in statuses, answer
    assert len(body) < 300
    assert "Traceback" not in body
    assert MARK not in body
    if body:
        assert json.loads(body)["error"]


COMMAND_BODY = urlencode(COMMAND).encode()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Signature": "v0=abc"},
        signed(COMMAND_BODY, secret="another"),
        signed(b"another body"),
        {**signed(COMMAND_BODY), "X-Slack-Signature": "v0="},
        {**signed(COMMAND_BODY), "X-Slack-Request-Timestamp": "not-a-number"},
        signed(COMMAND_BODY, at=time.time() - 3600),
        signed(COMMAND_BODY, at=time.time() + 3600),
    ],
    ids=["none", "no time", "other secret", "other body", "empty", "time is no number", "old", "future"],
)
async def test_a_request_that_slack_did_not_sign_is_refused(
    sqlite_office: Office, headers: dict[str, str]
) -> None:
    refused(await posted(sqlite_office, COMMAND_BODY, headers), 400, 401, 403)
    assert await declared(sqlite_office) == 0
    await works(sqlite_office)


async def test_a_replayed_request_changes_nothing_again(office: Office) -> None:
    headers = signed(COMMAND_BODY)
    answers = [await posted(office, COMMAND_BODY, headers) for _ in range(3)]
    assert [status for status, _ in answers] == [200, 200, 200]
    assert "done already" in answers[1][1]
    assert "#1" in answers[2][1]
    await office.settled()
    assert await declared(office) == 1
    together = urlencode({**COMMAND, "trigger_id": "9.9.9"}).encode()
    await asyncio.gather(*(posted(office, together, signed(together)) for _ in range(4)))
    await office.settled()
    assert await declared(office) == 2


GARBAGE = {
    "no body": (b"", FORM),
    "half a form": (COMMAND_BODY[:40], FORM),
    "no form": (b"\xff\xfe\x00garbage", FORM),
    "broken payload": (b"payload=" + quote('{"type": "block_actions", "us').encode(), FORM),
    "payload is a list": (b"payload=[]", FORM),
    "payload is a number": (b"payload=7", FORM),
    "payload is null": (b"payload=null", FORM),
    "payload is text": (b"payload=%22" + MARK.encode() + b"%22", FORM),
    "payload is empty": (b"payload=", FORM),
    "payload without anything": (b"payload={}", FORM),
    "user is text": (f'payload={{"type":"block_actions","user":"{MARK}"}}'.encode(), FORM),
    "user is a list": (b'payload={"type":"block_actions","user":[1]}', FORM),
    "a menu that is not there": (
        b'payload={"type":"block_suggestion","action_id":"nowhere","value":"a","user":{"id":"U01ADA"}}',
        FORM,
    ),
    "a menu without a name": (b'payload={"type":"block_suggestion","value":"a"}', FORM),
    "user is missing": (
        b'payload={"type":"block_actions","actions":[{"action_id":"incident.update","value":"1"}]}',
        FORM,
    ),
    "actions are text": (b'payload={"type":"block_actions","user":{"id":"U01ADA"},"actions":"x"}', FORM),
    "actions hold a number": (b'payload={"type":"block_actions","user":{"id":"U01ADA"},"actions":[1]}', FORM),
    "no actions": (b'payload={"type":"block_actions","user":{"id":"U01ADA"},"actions":[]}', FORM),
    "view is text": (b'payload={"type":"view_submission","user":{"id":"U01ADA"},"view":"x"}', FORM),
    "view is empty": (b'payload={"type":"view_submission","user":{"id":"U01ADA"},"view":{}}', FORM),
    "json is a list": (b"[]", "application/json"),
    "json is broken": (b'{"type": ', "application/json"),
    "json is deep": (b"[" * 200_000, "application/json"),
    "authorizations": (b'{"type":"event_callback","authorizations":["x"]}', "application/json"),
    "event is text": (b'{"type":"event_callback","event":"x"}', "application/json"),
    "event of no kind": (b'{"type":"event_callback","event":{}}', "application/json"),
    "unknown charset": (COMMAND_BODY, FORM + "; charset=klingon"),
    "not utf-8": (b"text=\xff", FORM + "; charset=utf-8"),
    "unknown command": (urlencode({**COMMAND, "command": "/nothing"}).encode(), FORM),
    "unknown action": (
        b'payload={"type":"block_actions","user":{"id":"U01ADA"},"actions":[{"action_id":"no"}]}',
        FORM,
    ),
    "unknown form": (
        b'payload={"type":"view_submission","user":{"id":"U01ADA"},"view":{"type":"modal","callback_id":"no"}}',
        FORM,
    ),
    "unknown shortcut": (b'payload={"type":"shortcut","callback_id":"no","user":{"id":"U01ADA"}}', FORM),
    "unknown type": (b'payload={"type":"dance","user":{"id":"U01ADA"}}', FORM),
    "multipart": (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
}


@pytest.mark.parametrize("what", GARBAGE)
async def test_garbage_that_is_signed_is_refused(sqlite_office: Office, what: str) -> None:
    body, kind = GARBAGE[what]
    status, answer = await posted(sqlite_office, body, kind=kind)
    if status == 200:  # a form of Slack's that only lacks something: words for whoever sent it
        assert what in ("half a form", "user is missing", "no actions")
    else:
        refused((status, answer), 400, 404)
    refused(await posted(sqlite_office, body, {}, kind=kind), 400, 401)
    await works(sqlite_office)


async def test_forms_of_our_own_with_odd_content_are_answered_in_words(sqlite_office: Office) -> None:
    """They have the right names, and nothing in them."""
    for payload in (
        {"type": "block_actions", "actions": [{"action_id": "incident.update"}]},
        {"type": "block_actions", "actions": [{"action_id": "incident.update", "value": "not a number"}]},
        {"type": "block_actions", "actions": [{"action_id": "incident.status", "value": "9" * 400}]},
        {"type": "view_submission", "view": {"type": "modal", "callback_id": "declare"}},
        {"type": "view_submission", "view": {"type": "modal", "callback_id": "declare", "state": []}},
        {
            "type": "view_submission",
            "view": {"type": "modal", "callback_id": "update", "private_metadata": "{"},
        },
    ):
        body = urlencode({"payload": json.dumps({"user": {"id": "U01ADA"}, **payload})}).encode()
        status, text = await posted(sqlite_office, body)
        assert status in (200, 400, 404), (payload, text)
        assert "Traceback" not in text
    await works(sqlite_office)


async def sent(office: Office, form: str, about: dict[str, int], **values: object) -> str:
    """A form of ours, with these inputs filled in."""
    element = {
        str: lambda value: {"type": "plain_text_input", "value": value},
        dict: lambda value: value,
    }
    view = {
        "id": f"V{form}{hash(str(values))}",
        "type": "modal",
        "callback_id": form,
        "private_metadata": json.dumps(about),
        "state": {"values": {name: {"x": element[type(value)](value)} for name, value in values.items()}},
        "blocks": [{"type": "input", "block_id": name} for name in values],
    }
    payload = {"type": "view_submission", "user": {"id": "U01ADA"}, "trigger_id": "1.1", "view": view}
    status, text = await posted(office, urlencode({"payload": json.dumps(payload)}).encode())
    assert status == 200, text
    await office.settled()
    return text


async def test_words_that_no_database_takes(office: Office) -> None:
    """A NUL, and half of an emoji that was cut in two: the rest of the words counts."""
    odd = "Down\x00 since \ud83d noon"
    chosen = {"selected_option": {"value": "person:bo"}}
    assert "On its way" in await sent(office, "page", {}, to=chosen, what=odd)
    assert "Down since ? noon" in await office.bo.types("/page list")
    assert await sent(office, "page_note", {"page": 1}, text=odd) == ""
    in_an_hour = int(office.clock.now().timestamp()) + 3600
    answer = await sent(
        office,
        "oncall_override",
        {},
        schedule={"selected_option": {"value": office.config.schedules[0].name}},
        person={"selected_user": "U01ADA"},
        starts_at={"selected_date_time": in_an_hour},
        ends_at={"selected_date_time": in_an_hour + 3600},
        reason=odd,
    )
    assert answer == ""
    assert "Down since ? noon" in await office.ada.types("/oncall override list")


async def test_a_wait_that_is_too_long_for_any_clock(office: Office) -> None:
    for minutes in ("1441", "9" * 30, "9" * 9000):
        answer = await sent(office, "contact_rule", {}, minutes=minutes)
        assert "too long a wait" in answer


async def test_a_large_body_is_refused(sqlite_office: Office) -> None:

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 65536

    async with office_post(sqlite_office, endless()) as answer:
        refused((answer.status, await answer.text()), 413)
    await works(sqlite_office)


def office_post(office: Office, data: AsyncIterator[bytes]) -> "aiohttp.client._RequestContextManager":
    return office.http.post(office.bot_url + "/slack/events", data=data)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/slack/events", 405),
        ("PUT", "/slack/events", 405),
        ("DELETE", "/healthz", 405),
        ("POST", "/", 404),
        ("GET", "/../etc/passwd", 404),
        ("POST", "/slack/events/more", 404),
    ],
)
async def test_another_way_in_is_refused(sqlite_office: Office, method: str, path: str, status: int) -> None:
    refused(await posted(sqlite_office, COMMAND_BODY, path=path, method=method), status)
    await works(sqlite_office)


@pytest.mark.parametrize("closes", [True, False], ids=["closed", "left open"])
async def test_a_body_that_ends_too_early(
    sqlite_office: Office, closes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.http.site.READ_WITHIN", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", sqlite_office.app.port)
    head = "".join(f"{k}: {v}\r\n" for k, v in {**signed(COMMAND_BODY), "Content-Type": FORM}.items())
    writer.write(f"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n{head}\r\n".encode())
    writer.write(COMMAND_BODY)
    await writer.drain()
    if closes:
        writer.write_eof()
    answer = await asyncio.wait_for(reader.read(4096), 3)
    assert answer == b"" or answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 408")), answer
    writer.close()
    await writer.wait_closed()
    await works(sqlite_office)
    assert await declared(sqlite_office) == 0


async def test_what_is_no_http_at_all(sqlite_office: Office) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", sqlite_office.app.port)
    writer.write(b"\x16\x03\x01" + MARK.encode() + b"\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(4096), 3)
    assert answer.startswith((b"HTTP/1.0 400", b"HTTP/1.1 400")), answer
    assert b"Traceback" not in answer
    writer.close()
    await writer.wait_closed()
    await works(sqlite_office)
