"""Monitoring tools send their alerts: who is answered 202 can rely on it, and everybody else is told why."""

import asyncio
import base64
import gzip
import hmac
import io
import json
import math
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select, update

from bot.alerts import intake
from bot.alerts.event import Event, Malformed
from bot.alerts.retention import old_signals
from bot.alerts.rows import Signal
from bot.config import Config
from bot.config.sections.integrations import Integration
from tests.acceptance.alerting import (
    KEY,
    OTHER_KEY,
    SECRET,
    alertmanager,
    signals,
    trigger,
    with_integrations,
)
from tests.acceptance.office import Office, open_office


@pytest.fixture
async def monitored(database_url: str, secrets: None) -> AsyncIterator[Office]:
    async with open_office(database_url, change=with_integrations, metrics_listen="127.0.0.1:0") as office:
        yield office


Answer = tuple[int, dict[str, Any], dict[str, str]]


async def sends(office: Office, path: str, body: Any, *, raw: bytes | None = None, **headers: str) -> Answer:
    """What the sender is answered: status, body, headers. In names of headers _ stands for -."""
    data = json.dumps(body).encode() if raw is None else raw
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with office.http.post(office.bot_url + path, data=io.BytesIO(data), headers=named) as answer:
        return answer.status, await answer.json(), dict(answer.headers)


async def stored(office: Office) -> list[tuple[str, str, str]]:
    return await signals(office.app.bot.db)


async def figure(office: Office, line: str) -> float:
    async with office.http.get(f"http://127.0.0.1:{office.app.metrics_port}/metrics") as answer:
        text = await answer.text()
    found = [one.rpartition(" ")[2] for one in text.splitlines() if one.startswith(line + " ")]
    return float(found[0]) if found else 0.0


# -- the Events API -------------------------------------------------------------------------------------------


async def test_an_alert_from_its_trigger_to_its_end(monitored: Office) -> None:
    for action in ("trigger", "acknowledge", "resolve"):
        status, body, _ = await sends(monitored, "/v2/enqueue", trigger(event_action=action))
        assert status == 202
        assert body == {"status": "success", "message": "Event processed", "dedup_key": "disk-1"}
    assert await stored(monitored) == [
        ("events", "trigger", "disk-1"),
        ("events", "acknowledge", "disk-1"),
        ("events", "resolve", "disk-1"),
    ]


async def test_a_trigger_without_a_key_is_given_one(monitored: Office) -> None:
    status, body, _ = await sends(monitored, "/v2/enqueue", trigger(None))
    assert status == 202
    assert (await stored(monitored)) == [("events", "trigger", body["dedup_key"])]


async def test_a_change(monitored: Office) -> None:
    change = {"routing_key": KEY, "payload": {"summary": "Deployed 1.2", "source": "ci"}}
    status, body, _ = await sends(monitored, "/v2/change/enqueue", change)
    assert (status, body) == (202, {"status": "success", "message": "Event processed"})
    assert [action for _, action, _ in await stored(monitored)] == ["change"]
    status, _, _ = await sends(monitored, "/v2/enqueue", change | {"event_action": "change"})
    assert status == 400


async def test_the_key_tells_whose_it_is(monitored: Office) -> None:
    await sends(monitored, "/v2/enqueue", trigger())
    await sends(monitored, "/v2/enqueue", trigger(routing_key=OTHER_KEY))
    assert [name for name, _, _ in await stored(monitored)] == ["events", "other-events"]
    for wrong in ("", " ", "x" * 32, KEY[:-1], SECRET, None, 7, ["a"], "ключ", "\ud800"):
        status, body, _ = await sends(monitored, "/v2/enqueue", trigger(routing_key=wrong))
        said = "'routing_key' is missing or blank" if wrong in ("", " ", None) else "Invalid routing key"
        assert (status, body["errors"]) == (400, [said]), wrong
        assert body["status"] == "invalid event"
    assert len(await stored(monitored)) == 2
    assert (
        await figure(
            monitored,
            'tocsin_alert_requests_rejected_total{integration="unknown",reason="wrong_secret"}',
        )
        == 10
    )
    assert await figure(monitored, 'tocsin_alerts_accepted_total{integration="events"}') == 1


@pytest.mark.parametrize(
    ("raw", "errors"),
    [
        (b"", ["JSON parse error"]),
        (b"{", ["JSON parse error"]),
        (b"\xff\xfe{", ["JSON parse error"]),
        (json.dumps(trigger()).encode("utf-16"), ["JSON parse error"]),
        (b"[]", ["The body is no JSON object"]),
        (b"null", ["The body is no JSON object"]),
        (b'"text"', ["The body is no JSON object"]),
        (b"[" * 100_000, ["JSON parse error"]),
        (json.dumps(trigger())[:-1].encode() + b', "n": ' + b"9" * 5000 + b"}", ["JSON parse error"]),
        (json.dumps(trigger())[:-1].encode() + b', "n": NaN}', ["JSON parse error"]),
    ],
)
async def test_what_cannot_be_read_is_the_senders_fault(
    monitored: Office, raw: bytes, errors: list[str]
) -> None:
    status, body, _ = await sends(monitored, "/v2/enqueue", None, raw=raw)
    assert (status, body["status"], body["errors"]) == (400, "Unrecognized object", errors)
    assert body["message"] == "Event object format is unrecognized"
    assert await stored(monitored) == []


async def test_what_is_missing_is_told_at_once(monitored: Office) -> None:
    status, body, _ = await sends(monitored, "/v2/enqueue", {"routing_key": KEY, "event_action": "trigger"})
    assert status == 400
    assert len(body["errors"]) >= 1
    assert body["message"] == "Event object is invalid"


async def test_what_tools_send_for_json_is_taken_as_it_is(monitored: Office) -> None:
    event = json.dumps(trigger()).encode()
    for headers in (
        {},
        {"Content_Type": "text/plain"},
        {"Content_Type": "application/x-www-form-urlencoded"},
        {"Content_Type": "application/json; charset=latin-9000"},
        {"Content_Type": "nonsense"},
    ):
        status, _, _ = await sends(monitored, "/v2/enqueue", None, raw=event, **headers)
        assert status == 202, headers
    status, _, _ = await sends(monitored, "/v2/enqueue", None, raw=b"\xef\xbb\xbf" + event)
    assert status == 202
    packed = gzip.compress(event)
    status, _, _ = await sends(monitored, "/v2/enqueue", None, raw=packed, Content_Encoding="gzip")
    assert status == 202


async def test_characters_that_no_text_may_have(monitored: Office) -> None:
    status, body, _ = await sends(monitored, "/v2/enqueue", trigger("a\0b\ud800c 😀"))
    assert status == 202
    assert body["dedup_key"].endswith("c 😀")
    assert not {"\0", "\ud800"} & set(body["dedup_key"])
    assert (await stored(monitored))[0][2] == body["dedup_key"]


async def test_what_no_database_could_keep_is_refused(monitored: Office) -> None:
    for number in (math.inf, math.nan):
        with pytest.raises(Malformed, match="too large"):
            await monitored.app.intake.take("events", [Event("trigger", "k", details={"n": number})])
    with pytest.raises(Malformed, match="more than 5000"):
        await monitored.app.intake.take("events", [Event("trigger", "k")] * 5001)
    assert await stored(monitored) == []


async def test_up_to_512_kb_and_no_more(monitored: Office) -> None:
    def of_size(size: int) -> bytes:
        event = trigger()
        event["payload"]["custom_details"] = {"log": ""}
        event["payload"]["custom_details"]["log"] = "x" * (size - len(json.dumps(event)))
        return json.dumps(event).encode()

    limit = 512 * 1024
    status, _, _ = await sends(monitored, "/v2/enqueue", None, raw=of_size(limit))
    assert status == 202
    for raw, headers in (
        (of_size(limit + 1), {}),
        (of_size(3 * limit), {}),
        (gzip.compress(of_size(limit + 1)), {"Content_Encoding": "gzip"}),
        (gzip.compress(b"x" * 30_000_000), {"Content_Encoding": "gzip"}),
    ):
        status, body, _ = await sends(monitored, "/v2/enqueue", None, raw=raw, **headers)
        assert (status, body["status"]) == (413, "invalid event")
    assert len(await stored(monitored)) == 1


async def test_another_method_is_told_which_to_use(monitored: Office) -> None:
    async with monitored.http.get(f"{monitored.bot_url}/v2/enqueue") as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")


# -- hooks ----------------------------------------------------------------------------------------------------


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"anybody:{password}".encode()).decode()


async def test_a_hook_takes_the_secret_in_three_ways(monitored: Office) -> None:
    for number, headers in enumerate(
        ({"Authorization": f"Bearer {SECRET}"}, {"Authorization": basic(SECRET)}, {"X_Tocsin_Secret": SECRET})
    ):
        status, body, _ = await sends(
            monitored, "/hooks/prom", alertmanager(f"a{number}", f"b{number}"), **headers
        )
        assert (status, body["events"]) == (202, 2)
    assert [key for _, _, key in await stored(monitored)] == ["a0", "b0", "a1", "b1", "a2", "b2"]


async def test_a_hook_refuses_everybody_else(monitored: Office) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Bearer {KEY}"},
        {"Authorization": SECRET},
        {"Authorization": basic("wrong")},
        {"Authorization": "Basic %%%"},
        {"X_Tocsin_Secret": "wrong"},
    ):
        status, body, more = await sends(monitored, "/hooks/prom", alertmanager("a"), **headers)
        assert (status, body["status"]) == (401, "unauthorized"), headers
        assert more["WWW-Authenticate"] == "Bearer"
    for path in ("/hooks/prom?secret=" + SECRET, "/hooks/unset"):
        status, _, _ = await sends(monitored, path, alertmanager("a"))
        assert status == 401
    for path in ("/hooks/nobody", "/hooks/events"):
        status, _, _ = await sends(monitored, path, alertmanager("a"), X_Tocsin_Secret=SECRET)
        assert status == 404
    assert await stored(monitored) == []
    rejected = 'tocsin_alert_requests_rejected_total{integration="%s",reason="%s"}'
    assert await figure(monitored, rejected % ("prom", "wrong_secret")) == 8
    assert await figure(monitored, rejected % ("unset", "no_secret")) == 1
    assert await figure(monitored, rejected % ("unknown", "unknown_integration")) == 2


async def test_the_log_says_why_once_and_without_the_secret(
    monitored: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(5):
        await sends(monitored, "/hooks/prom", alertmanager("a"), X_Tocsin_Secret="guessed-secret")
    await sends(monitored, "/hooks/prom", {"private": "payload"}, X_Tocsin_Secret=SECRET)
    said = capsys.readouterr().out
    assert said.count("wrong_secret") == 1
    assert "prom" in said
    assert "Authorization: Bearer" in said
    assert "malformed" in said
    assert "The sender must be mended" in said
    for secret in ("guessed-secret", SECRET, "payload'"):
        assert secret not in said


async def test_a_secret_is_exchanged_without_a_gap(
    database_url: str, secrets: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_INTEGRATION_PROM", f"a-new-secret-of-some-length, {SECRET}")
    monkeypatch.setenv("TOCSIN_INTEGRATION_EVENTS", f"{KEY},{'n' * 32}")
    async with open_office(database_url, change=with_integrations) as office:
        for secret in (SECRET, "a-new-secret-of-some-length"):
            status, _, _ = await sends(office, "/hooks/prom", alertmanager("a"), X_Tocsin_Secret=secret)
            assert status == 202
        for key in (KEY, "n" * 32):
            status, _, _ = await sends(office, "/v2/enqueue", trigger(routing_key=key))
            assert status == 202
        status, _, _ = await sends(
            office, "/hooks/prom", alertmanager("a"), X_Tocsin_Secret=f"a-new-secret-of-some-length, {SECRET}"
        )
        assert status == 401


# -- many, repeats, and too many ------------------------------------------------------------------------------


async def test_many_at_once_are_all_stored_in_few_commits(
    monitored: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = 0
    begin = monitored.app.bot.db.begin

    def counting() -> Any:
        nonlocal commits
        commits += 1
        return begin()

    monkeypatch.setattr(monitored.app.intake._db, "begin", counting)
    answers = await asyncio.gather(
        *(sends(monitored, "/v2/enqueue", trigger(f"disk-{number}")) for number in range(300))
    )
    assert {status for status, _, _ in answers} == {202}
    assert {body["dedup_key"] for _, body, _ in answers} == {f"disk-{number}" for number in range(300)}
    assert len({key for _, _, key in await stored(monitored)}) == 300
    assert commits < 150


async def test_what_the_database_refuses_spoils_nobody_elses(monitored: Office) -> None:
    """One INSERT for all of them, which Postgres refuses as a whole; SQLite takes a name of any length."""
    take = monitored.app.intake.take
    names = ("events", "x" * 100, "events")
    told = await asyncio.gather(
        *(take(name, [Event("trigger", f"disk-{number}")]) for number, name in enumerate(names)),
        return_exceptions=True,
    )
    assert (told[0], told[2]) == (None, None)
    found = [key for name, _, key in await stored(monitored) if name == "events"]
    assert found == ["disk-0", "disk-2"]
    if not monitored.app.bot.db.is_sqlite:
        assert isinstance(told[1], Malformed)


async def test_a_repeated_delivery_is_answered_and_costs_no_row(monitored: Office) -> None:
    answers = await asyncio.gather(*(sends(monitored, "/v2/enqueue", trigger()) for _ in range(100)))
    assert {status for status, _, _ in answers} == {202}
    assert {body["dedup_key"] for _, body, _ in answers} == {"disk-1"}
    found = await stored(monitored)
    assert set(found) == {("events", "trigger", "disk-1")}
    assert len(found) < 50


async def test_whoever_fires_ends_and_fires_again_is_no_repeat(monitored: Office) -> None:
    webhook = alertmanager("a", "a", "a")
    webhook["alerts"][1]["status"] = "resolved"
    status, _, _ = await sends(monitored, "/hooks/prom", webhook, X_Tocsin_Secret=SECRET)
    assert status == 202
    assert [action for _, action, _ in await stored(monitored)] == ["trigger", "resolve", "trigger"]


async def test_more_than_can_be_borne_is_told_to_come_back(
    monitored: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(intake, "WAITING_AT_MOST", 10)
    held = asyncio.Event()
    begin = monitored.app.bot.db.begin

    class Slow:
        """A disk that takes its time."""

        async def __aenter__(self) -> Any:
            await held.wait()
            self.inner = begin()
            return await self.inner.__aenter__()

        async def __aexit__(self, *error: Any) -> Any:
            return await self.inner.__aexit__(*error)

    monkeypatch.setattr(monitored.app.intake._db, "begin", Slow)
    waiting = [asyncio.create_task(sends(monitored, "/v2/enqueue", trigger(f"d{n}"))) for n in range(10)]
    async with asyncio.timeout(60):
        while monitored.app.intake.waiting < 10:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.005)
    for _ in range(3):
        status, body, headers = await sends(monitored, "/v2/enqueue", trigger("one too many"))
        assert (status, body["status"], headers["Retry-After"]) == (429, "throttle exceeded", "2")
    status, _, headers = await sends(monitored, "/hooks/prom", alertmanager("a"), X_Tocsin_Secret=SECRET)
    assert (status, headers["Retry-After"]) == (503, "2"), "Alertmanager drops what met a 429"
    held.set()
    assert {status for status, _, _ in await asyncio.gather(*waiting)} == {202}
    assert len(await stored(monitored)) == 10
    status, _, _ = await sends(monitored, "/v2/enqueue", trigger("one too many"))
    assert status == 202
    rejected = 'tocsin_alert_requests_rejected_total{integration="%s",reason="busy"}'
    # Whose it was is not known where the body was not read.
    assert await figure(monitored, rejected % "unknown") == 3
    assert await figure(monitored, rejected % "prom") == 1
    said = capsys.readouterr().out
    assert said.count("What a monitoring tool sent was refused") == 2, "once a minute of each"
    assert "whether the database's disk is slow" in said


async def test_a_sender_that_hangs_up_keeps_nobody_else_waiting(monitored: Office) -> None:
    body = json.dumps(trigger("half")).encode()
    for cut in (len(body) // 2, len(body)):
        _, writer = await asyncio.open_connection("127.0.0.1", monitored.app.port)
        writer.write(
            b"POST /v2/enqueue HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body[:cut]
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    status, _, _ = await sends(monitored, "/v2/enqueue", trigger("whole"))
    assert status == 202
    async with asyncio.timeout(60):
        while {key for _, _, key in await stored(monitored)} != {"half", "whole"}:  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0.01)


# -- keeping --------------------------------------------------------------------------------------------------


async def test_signals_are_kept_for_their_time(monitored: Office) -> None:
    for number in range(3):
        await sends(monitored, "/v2/enqueue", trigger(f"disk-{number}"))
    db, now = monitored.app.bot.db, monitored.clock.now()
    async with db.begin() as session:
        for key, age, due in (("disk-0", 31, None), ("disk-1", 31, now), ("disk-2", 29, None)):
            rows = await session.scalars(select(Signal))
            number = next(row.id for row in rows if row.event["key"] == key)
            await session.execute(
                update(Signal)
                .where(Signal.id == number)
                .values(received_at=now - timedelta(days=age), due_at=due)
            )
        old = (await session.scalars(old_signals(now - timedelta(days=30)))).all()
        signals = await session.scalars(select(Signal).where(Signal.id.in_(old)))
        assert [signal.event["key"] for signal in signals] == ["disk-0"]


async def test_no_connection_is_needed_to_be_told_of_a_stop(monitored: Office) -> None:
    """Whoever sends while the program stops is answered, or refused the connection: nothing hangs."""

    async def storm() -> list[int]:
        seen = []
        while True:
            try:
                status, _, _ = await sends(monitored, "/v2/enqueue", trigger(f"disk-{len(seen)}"))
            except (aiohttp.ClientError, OSError):
                return seen
            seen.append(status)

    senders = [asyncio.create_task(storm()) for _ in range(5)]
    await asyncio.sleep(0.2)
    url = monitored.database_url
    bot = monitored.app
    await bot.stop()
    answered = await asyncio.wait_for(asyncio.gather(*senders), 10)
    monitored.bot = None
    assert {status for one in answered for status in one} == {202}
    assert len(await signals(url)) >= max(len(one) for one in answered)


async def test_a_hook_that_signs_is_known_by_its_signature(
    database_url: str,
    secrets: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Also while its secret is exchanged for another."""
    one = {"name": "deployments", "kind": "github"}

    def signing(config: Config) -> Config:
        known = with_integrations(config)
        return known.model_copy(
            update={"integrations": (*known.integrations, Integration.model_validate(one))}
        )

    monkeypatch.setenv("TOCSIN_INTEGRATION_DEPLOYMENTS", f"a-new-secret-of-some-length,{SECRET}")
    body = json.dumps(
        {
            "action": "created",
            "deployment": {"id": 7, "ref": "main", "environment": "production"},
            "repository": {"name": "checkout", "full_name": "acme/checkout"},
        }
    ).encode()
    async with open_office(database_url, change=signing) as office:
        for secret, expected in ((SECRET, 202), ("a-new-secret-of-some-length", 202), ("wrong", 401)):
            signed = hmac.new(secret.encode(), body, "sha256").hexdigest()
            status, _, _ = await sends(
                office,
                "/hooks/deployments",
                None,
                raw=body,
                X_GitHub_Event="deployment",
                X_Hub_Signature_256=f"sha256={signed}",
            )
            assert status == expected, secret
        assert [name for name, _, _ in await stored(office)] == ["deployments"] * 2
    said = capsys.readouterr().out
    assert "Sign the body with it, in the header X-Hub-Signature-256" in said
    assert SECRET not in said
