"""What a probe may reach and how much it may take: whoever runs a server that is probed chooses neither."""

import asyncio
import gzip
import socket
import tracemalloc
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.checks.probes import http as http_probe
from tests.acceptance.office import Json
from tests.acceptance.probing import is_over, run, tcp_server, website
from tests.databases import PostgresCluster

SOON = timedelta(seconds=1)
METADATA = "169.254.169.254"
NAME = "shop.example.com"


class Names:
    """The DNS, as somebody evil has it: the answers of one name, one after the other; the last one stays."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.asked = 0

    def lookup(self, host: Any, port: Any, *args: Any, **options: Any) -> Any:
        if host == NAME:
            host = self.answers[min(self.asked, len(self.answers) - 1)]
            self.asked += 1
        return _getaddrinfo(host, port, *args, **options)


_getaddrinfo = socket.getaddrinfo


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    names = Names()
    monkeypatch.setattr(socket, "getaddrinfo", names.lookup)
    return names


async def greets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Speaks HTTP and Redis, as far as a probe needs it."""
    asked = await reader.read(1000)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" if b"HTTP/" in asked else b"+PONG\r\n")
    await writer.drain()


def of_kind(kind: str, port: int) -> Json:
    return {
        "http": {"http": {"url": f"http://{NAME}:{port}/"}},
        "tcp": {"tcp": {"host": NAME, "port": port}},
        "redis": {"redis": {"url_from": "PLACE"}},
    }[kind]


@pytest.mark.parametrize("kind", ["http", "tcp", "redis"])
async def test_the_address_that_was_looked_at_is_the_one_that_is_connected_to(
    tmp_path: Path, names: Names, kind: str
) -> None:
    async with tcp_server(greets) as port:
        place = f"redis://{NAME}:{port}"
        names.answers = ["127.0.0.1", METADATA]  # a second look would lead there
        found, _ = await run(tmp_path, of_kind(kind, port), PLACE=place)
        assert found.ok, found
        assert names.asked == 1
        refused, _ = await run(tmp_path, of_kind(kind, port), PLACE=place)
        assert "not allowed" in refused.seen


async def test_postgres_is_connected_to_by_the_address_that_was_looked_at(
    tmp_path: Path, names: Names
) -> None:
    came = 0

    async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal came
        came += bool(await reader.read(100))

    async with tcp_server(hangs_up) as port:
        place = f"postgresql://a:b@{NAME}:{port}/x"
        check = {"postgres": {"url_from": "DB", "query": "SELECT 1"}, "timeout": SOON}
        names.answers = ["127.0.0.1", METADATA]
        await run(tmp_path, check, DB=place)
        assert came
        assert names.asked == 1
        refused, _ = await run(tmp_path, check, DB=place)
        assert "not allowed" in refused.seen


async def test_of_a_million_rows_the_first_is_fetched(
    tmp_path: Path, postgres_cluster: PostgresCluster
) -> None:
    query = "SELECT g, repeat('x', 100000) FROM generate_series(7, 1000000) g"
    async with postgres_cluster.one() as url:
        found, _ = await run(tmp_path, {"postgres": {"url_from": "DB", "query": query}}, DB=url)
        assert found.seen == "7"


@pytest.mark.parametrize(
    "place",
    [
        f"postgresql://a:b@{METADATA}/x",
        f"postgresql://a:b@127.0.0.1/x?host={METADATA}",
        f"postgresql:///x?host={METADATA}",
        f"postgresql://a:b@127.0.0.1,{METADATA}/x",
    ],
)
async def test_postgres_has_no_side_door(tmp_path: Path, place: str) -> None:
    check = {"postgres": {"url_from": "DB", "query": "SELECT 1"}, "timeout": SOON}
    seen = (await run(tmp_path, check, DB=place))[0].seen
    assert "not allowed" in seen or "must name one host" in seen, seen


@pytest.mark.parametrize(
    "host",
    [
        METADATA,
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "169.254.43518",
        f"[::ffff:{METADATA}]",
        "[::ffff:a9fe:a9fe]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:a9fe:a9fe::]",
        "[fe80::1%25lo]",
        "[fd00:ec2::254]",
        "100.100.100.200",
        "0.0.0.0",
        "0",
        "[::]",
        "[::ffff:0.0.0.0]",
    ],
)
async def test_no_way_of_writing_an_address_gets_past(tmp_path: Path, host: str) -> None:
    """Where the way of writing is not refused as such, the address behind it is."""
    async with tcp_server(greets) as port:
        seen, _ = await run(tmp_path, {"http": {"url": f"http://{host}:{port}/"}, "timeout": SOON})
        assert not seen.ok
        assert "not allowed" in seen.seen or "InvalidUrl" in seen.seen, seen
        bare = host.strip("[]").replace("%25", "%")
        seen, _ = await run(tmp_path, {"tcp": {"host": bare, "port": port}, "timeout": SOON})
        assert "not allowed" in seen.seen or "not known" in seen.seen, seen


async def test_a_server_outside_cannot_send_a_probe_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": request.query["to"]})

    def page(_request: web.Request) -> web.StreamResponse:
        return web.Response(text="what only those inside should see")

    async with website(away=away, page=page) as url:
        check: Json = {"http": {"url": f"{url}/away?to={url}/page"}}
        assert (await run(tmp_path, check))[0].ok  # from inside to inside

        async def outside(_host: str) -> bool:
            return True

        monkeypatch.setattr(http_probe, "leads_outside", outside)
        for to in (f"{url}/page", f"{url}/away?to={url}/page", "http://10.0.0.1/", "http://[::1]/"):
            refused, _ = await run(tmp_path, {"http": {"url": f"{url}/away?to={to}"}, "timeout": SOON})
            assert "not allowed" in refused.seen, refused
            assert "only those inside" not in refused.output
        assert (await run(tmp_path, {**check, "private_networks": ["127.0.0.0/8"]}))[0].ok


@pytest.mark.parametrize("header", ["gzip", "deflate"])
async def test_a_body_that_unpacks_to_a_gigabyte_takes_no_memory(tmp_path: Path, header: str) -> None:
    import zlib  # here alone

    bomb = gzip.compress(b"0" * 400_000_000, 9) if header == "gzip" else zlib.compress(b"0" * 400_000_000, 9)

    async def serves(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {header}\r\nContent-Length: {len(bomb)}\r\n\r\n"
        writer.write(head.encode() + bomb)
        try:
            await writer.drain()
        except OSError:
            return

    async with tcp_server(serves) as port:
        tracemalloc.start()
        try:
            found, _ = await run(
                tmp_path, {"http": {"url": f"http://127.0.0.1:{port}/", "contains": ["000"]}}
            )
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert found.ok, found
    assert most < 20_000_000, most


async def test_a_body_that_drips_ends_in_time(tmp_path: Path) -> None:
    async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        try:
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.05)
        except OSError:
            return

    async with tcp_server(drips) as port:
        check = {"http": {"url": f"http://127.0.0.1:{port}/"}, "timeout": SOON}
        async with asyncio.timeout(30):
            assert (await run(tmp_path, check))[0].seen == "none within 1s"


async def test_what_a_program_leaves_behind_ends_with_the_timeout_too(tmp_path: Path) -> None:
    """The program itself is over at once; what it started holds on to its output."""
    script = "sleep 60 & echo $! > child; exit 0"
    found, _ = await run(tmp_path, {"command": {"argv": ["sh", "-c", script]}, "timeout": SOON})
    assert found.seen == "none within 1s"
    child = int((tmp_path / "child").read_text())
    async with asyncio.timeout(30):
        while not is_over(child):  # noqa: ASYNC110 - another process has no event for it
            await asyncio.sleep(0.02)
