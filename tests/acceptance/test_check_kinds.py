"""Each kind of check against a server of the story's own, as the step and `tocsin check run` run it."""

import asyncio
import ipaddress
import os
import ssl
from datetime import timedelta
from pathlib import Path

import dns.message
import dns.rrset
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.checks.evaluation import Seen, judge
from bot.config.sections.checks import Check
from tests.acceptance.office import Json
from tests.acceptance.probing import NOW, is_over, run, tcp_server, website
from tests.databases import PostgresCluster


def may_ping() -> bool:
    first, last = Path("/proc/sys/net/ipv4/ping_group_range").read_text().split()
    return int(first) <= os.getgid() <= int(last)


# -- http -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "expected", "seen"),
    [
        ({"status": [204]}, "status 204", "status 200"),
        ({"contains": ["Your order"]}, "a body with “Your order”", '“{"status": "ok", "queue": 3, "n": 0}”'),
        ({"lacks": ["queue"]}, "a body without “queue”", "it is there"),
        ({"json": [{"path": "queue", "equals": 4}]}, "queue = 4", "3"),
        ({"json": [{"path": "nothing"}]}, "nothing = something", "null"),
        ({"expect_headers": [{"name": "X-Version", "contains": "2"}]}, "header X-Version with “2”", "“1”"),
        ({"expect_headers": [{"name": "X-Other"}]}, "header X-Other", "no such header"),
    ],
)
async def test_each_expectation_of_http_says_what_was_expected_and_seen(
    tmp_path: Path, more: Json, expected: str, seen: str
) -> None:
    def page(_request: web.Request) -> web.StreamResponse:
        return web.Response(text='{"status": "ok", "queue": 3, "n": 0}', headers={"X-Version": "1"})

    async with website(page=page) as url:
        found, _ = await run(tmp_path, {"http": {"url": f"{url}/page", **more}})
        assert (found.ok, found.expected, found.seen) == (False, expected, seen)
        fine, _ = await run(
            tmp_path,
            {"http": {"url": f"{url}/page", "json": [{"path": "n"}, {"path": "status", "equals": "ok"}]}},
        )
        assert fine.ok
        assert fine.latency_ms is not None


async def test_a_redirect_may_not_lead_to_a_clouds_metadata(tmp_path: Path) -> None:
    def away(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": request.query["to"]})

    def page(request: web.Request) -> web.StreamResponse:
        return web.Response(text=request.headers.get("X-Key", "no key"))

    async with website(away=away, page=page) as url, website(page=page) as other:
        check = {"http": {"url": f"{url}/away?to=http://169.254.169.254/latest", "status": [302]}}
        refused, _ = await run(tmp_path, check)
        assert not refused.ok
        assert "metadata" in refused.seen
        check["http"]["follow_redirects"] = False  # type: ignore[index]
        assert (await run(tmp_path, check))[0].ok
        headers = [{"name": "X-Key", "value_from": "KEY"}]
        followed, _ = await run(
            tmp_path,
            {"http": {"url": f"{url}/away?to={other}/page", "headers": headers, "contains": ["no key"]}},
            KEY="secret",
        )
        assert followed.ok, followed  # what was meant for one server is not shown to another
        unset, _ = await run(tmp_path, {"http": {"url": f"{url}/page", "headers": headers}})
        assert unset.seen == "the environment variable KEY is not set"


async def test_link_local_is_refused_unless_its_network_is_allowed(tmp_path: Path) -> None:
    for url in ("http://169.254.169.254/x", "http://[fe80::1]/x", "http://[::ffff:169.254.169.254]/"):
        assert "not allowed" in (await run(tmp_path, {"http": {"url": url}}))[0].seen
    tcp = {"tcp": {"host": "169.254.10.1", "port": 80}, "timeout": timedelta(seconds=1)}
    assert "not allowed" in (await run(tmp_path, tcp))[0].seen
    allowed, _ = await run(tmp_path, {**tcp, "private_networks": ["169.254.10.0/24"]})
    assert "not allowed" not in allowed.seen


async def test_an_endless_body_is_cut_and_a_silent_server_is_given_up(tmp_path: Path) -> None:
    sent = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
                sent += 65536
        except OSError:
            return

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with tcp_server(endless) as port:
        found, _ = await run(tmp_path, {"http": {"url": f"http://127.0.0.1:{port}/", "contains": ["xxx"]}})
        assert found.ok
        assert sent < 20_000_000
    async with tcp_server(silent) as port:
        check = {"http": {"url": f"http://127.0.0.1:{port}/"}, "timeout": timedelta(seconds=1)}
        assert (await run(tmp_path, check))[0].seen == "none within 1s"


# -- tcp, tls, dns --------------------------------------------------------------------------------------------


async def test_tcp_connects_and_may_listen_for_a_greeting(tmp_path: Path) -> None:
    async def greets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com ready\r\n")
        await writer.drain()

    async with tcp_server(greets) as port:
        place = {"host": "127.0.0.1", "port": port}
        assert (await run(tmp_path, {"tcp": place}))[0].ok
        assert (await run(tmp_path, {"tcp": {**place, "contains": "220 "}}))[0].ok
        other, _ = await run(tmp_path, {"tcp": {**place, "contains": "SSH-2.0"}})
        assert (other.ok, other.seen) == (False, "“220 mail.example.com ready”")
    gone, _ = await run(tmp_path, {"tcp": place})
    assert (gone.ok, gone.seen) == (False, "the connection is refused")


def certificate(folder: Path, *, days: float) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=90))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@pytest.mark.parametrize(
    ("days", "severity", "expected"),
    [(60, None, None), (10, "P3", "at least 14 days"), (1, "P1", "at least 3 days"), (-2, "P1", None)],
)
async def test_a_certificate_is_the_worse_the_sooner_it_ends(
    tmp_path: Path, days: float, severity: str | None, expected: str | None
) -> None:
    async def nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path, days=days))
    async with tcp_server(nothing, ssl=context) as port:
        place = {"host": "127.0.0.1", "port": port}
        seen, check = await run(tmp_path, {"tls": {**place, "verify": False}})
        verdict = judge(check, seen)
        assert verdict.severity == severity
        if expected is not None:
            assert verdict.expected == expected
        refused, check = await run(tmp_path, {"tls": place})
        assert not refused.ok  # nobody has vouched for it
        if days > 0:
            assert "self-signed certificate" in refused.seen.replace("self signed", "self-signed")


async def test_dns_asks_the_server_that_is_named(tmp_path: Path) -> None:
    class Server(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            question = dns.message.from_wire(data)
            answer = dns.message.make_response(question)
            name = question.question[0].name
            if name.to_text() == "shop.example.com.":
                answer.answer.append(dns.rrset.from_text(name, 60, "IN", "A", "192.0.2.7", "192.0.2.8"))
            else:
                answer.set_rcode(3)
            self.transport.sendto(answer.to_wire(), addr)  # type: ignore[attr-defined]

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        Server, local_addr=("127.0.0.1", 0)
    )
    try:
        place = {"server": "127.0.0.1", "port": transport.get_extra_info("sockname")[1]}
        wanted = {"name": "shop.example.com", **place}
        assert (await run(tmp_path, {"dns": {**wanted, "contains": ["192.0.2.8"]}}))[0].ok
        other, _ = await run(tmp_path, {"dns": {**wanted, "contains": ["192.0.2.9"]}})
        assert (other.ok, other.seen) == (False, "192.0.2.7, 192.0.2.8")
        none, _ = await run(tmp_path, {"dns": {"name": "gone.example.com", **place}})
        assert (none.ok, none.seen) == (False, "no such name")
    finally:
        transport.close()


async def test_a_ping_is_answered_or_the_system_says_that_it_may_not_be_sent(tmp_path: Path) -> None:
    found, _ = await run(tmp_path, {"icmp": {"host": "127.0.0.1"}, "timeout": timedelta(seconds=2)})
    if may_ping():
        assert found.ok, found
    else:
        assert "ping_group_range" in found.seen


# -- commands and files ---------------------------------------------------------------------------------------


async def test_a_command_is_run_without_a_shell_and_without_our_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    fine, _ = await run(tmp_path, {"command": {"argv": ["echo", "$HOME; ls"], "contains": "$HOME; ls"}})
    assert fine.ok
    environment, _ = await run(tmp_path, {"command": {"argv": ["env"]}})
    assert "xoxb" not in environment.output
    failed, _ = await run(tmp_path, {"command": {"argv": ["sh", "-c", "echo one; echo two >&2; exit 3"]}})
    assert (failed.ok, failed.seen, failed.output) == (False, "status 3: two", "one\ntwo")
    missing, _ = await run(tmp_path, {"command": {"argv": ["no-such-program"]}})
    assert missing.seen == "no-such-program cannot be started: No such file or directory"


async def test_a_command_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    script = "sleep 60 & echo $! > child; wait"
    check = {"command": {"argv": ["sh", "-c", script]}, "timeout": timedelta(seconds=1)}
    found, _ = await run(tmp_path, check)
    assert found.seen == "none within 1s"
    child = int((tmp_path / "child").read_text())
    for _ in range(50):
        if is_over(child):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it goes on")


async def test_the_newest_of_the_backups_counts(tmp_path: Path) -> None:
    check = {"freshness": {"file": "backup-*.gz", "at_most": "26h", "at_least": 10}}
    assert (await run(tmp_path, check))[0].seen == "there is no such file"
    for name, hours in (("backup-1.gz", 50), ("backup-2.gz", 20)):
        (tmp_path / name).write_bytes(b"x" * 20)
        at = (NOW - timedelta(hours=hours)).timestamp()
        os.utime(tmp_path / name, (at, at))
    fresh, _ = await run(tmp_path, check)
    assert (fresh.ok, fresh.seen) == (True, "20h old, 20 bytes")
    assert not (await run(tmp_path, check, NOW + timedelta(hours=7)))[0].ok
    check["freshness"]["at_least"] = 21
    assert not (await run(tmp_path, check))[0].ok


async def test_an_object_tells_its_age_over_http(tmp_path: Path) -> None:
    def thing(_request: web.Request) -> web.StreamResponse:
        return web.Response(
            headers={"Last-Modified": f"{NOW - timedelta(hours=3):%a, %d %b %Y %H:%M:%S GMT}"}
        )

    def ageless(_request: web.Request) -> web.StreamResponse:
        return web.Response()

    async with website(thing=thing, ageless=ageless) as url:
        check = {"freshness": {"url": f"{url}/thing", "at_most": "4h"}}
        assert (await run(tmp_path, check))[0].ok
        assert not (await run(tmp_path, check, NOW + timedelta(hours=2)))[0].ok
        none, _ = await run(tmp_path, {"freshness": {"url": f"{url}/ageless", "at_most": "4h"}})
        assert none.seen == "the answer tells no age (Last-Modified)"


# -- databases and Prometheus ---------------------------------------------------------------------------------


async def test_postgres_is_asked_and_cannot_be_changed(
    tmp_path: Path, postgres_cluster: PostgresCluster
) -> None:
    async with postgres_cluster.one() as url:
        await _asks_postgres(tmp_path, url)


async def _asks_postgres(tmp_path: Path, url: str) -> None:
    async def asked(**query: object) -> tuple[Seen, Check]:
        more = query.pop("thresholds", [])
        return await run(tmp_path, {"postgres": {"url_from": "DB", **query}, "thresholds": more}, DB=url)

    assert (await asked(query="SELECT 2", equals=2))[0].ok
    assert not (await asked(query="SELECT 2", equals=3))[0].ok
    seen, check = await asked(query="SELECT 0", thresholds=[{"above": 10, "severity": "P3"}])
    assert judge(check, seen).ok
    seen, check = await asked(query="SELECT 11", thresholds=[{"above": 10, "severity": "P3"}])
    assert judge(check, seen).severity == "P3"
    refused, _ = await asked(query="CREATE TABLE x (y int)")
    assert "read-only transaction" in refused.seen
    old = {
        "url_from": "DB",
        "query": "SELECT timestamptz '" + (NOW - timedelta(hours=3, minutes=30)).isoformat() + "'",
    }
    stale, _ = await run(tmp_path, {"freshness": {"table": old, "at_most": "1h"}}, DB=url)
    assert (stale.ok, stale.seen) == (False, "3h 30m old")


async def test_redis_is_spoken_to_in_its_own_words(tmp_path: Path) -> None:
    heard: list[list[str]] = []
    answers = {
        "PING": b"+PONG\r\n",
        "LLEN": b":12\r\n",
        "GET": b"$-1\r\n",
        "AUTH": b"+OK\r\n",
        "SELECT": b"+OK\r\n",
    }

    async def redis(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readline():
            words = []
            for _ in range(int(head[1:])):
                size = int((await reader.readline())[1:])
                words.append((await reader.readexactly(size + 2))[:-2].decode())
            heard.append(words)
            writer.write(answers.get(words[0], b"-ERR unknown 'pa55'\r\n"))

    async with tcp_server(redis) as port:
        secrets = {"REDIS": f"redis://:pa55@127.0.0.1:{port}/3"}
        check: Json = {"redis": {"url_from": "REDIS"}}
        assert (await run(tmp_path, check, **secrets))[0].seen == "PONG"
        assert heard == [["AUTH", "pa55"], ["SELECT", "3"], ["PING"]]
        check = {
            "redis": {"url_from": "REDIS", "command": ["LLEN", "jobs"]},
            "thresholds": [{"above": 10, "severity": "P4"}],
        }
        seen, made = await run(tmp_path, check, **secrets)
        assert judge(made, seen).severity == "P4"
        check = {"redis": {"url_from": "REDIS", "command": ["GET", "x"]}}
        assert (await run(tmp_path, check, **secrets))[0].seen == "nothing"
        check = {"redis": {"url_from": "REDIS", "command": ["NO"]}}
        assert (await run(tmp_path, check, **secrets))[0].seen == "Redis refuses: ERR"


async def test_prometheus_gives_the_largest_value(tmp_path: Path) -> None:
    result: list[Json] = [
        {"metric": {"job": "a"}, "value": [1, "0.5"]},
        {"metric": {"job": "b"}, "value": [1, "7"]},
        {"metric": {"job": "c"}, "value": [1, "NaN"]},
    ]

    def answer(request: web.Request) -> web.StreamResponse:
        if request.query["query"] == "wrong(":
            return web.json_response({"status": "error", "error": "parse error"}, status=400)
        found = result if request.query["query"] == "errors" else []
        return web.json_response({"status": "success", "data": {"resultType": "vector", "result": found}})

    async with website(**{"api/v1/query": answer}) as url:
        check = {
            "prometheus": {"url": url, "query": "errors"},
            "thresholds": [{"above": 5, "severity": "P2"}, {"above": 50, "severity": "P1"}],
        }
        seen, made = await run(tmp_path, check)
        assert seen.seen == "7 (job=b)"
        assert judge(made, seen).severity == "P2"
        nothing, _ = await run(tmp_path, {"prometheus": {"url": url, "query": "none"}})
        assert (nothing.ok, nothing.seen) == (False, "no series")
        wrong, _ = await run(tmp_path, {"prometheus": {"url": url, "query": "wrong("}})
        assert wrong.seen == "Prometheus refuses the query: parse error"
