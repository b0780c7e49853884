"""Imported calendars are renewed from links and files; what fails keeps the last good copy."""

import asyncio
import ipaddress
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.config import Config
from bot.core.addresses import CarefulResolver, is_forbidden
from bot.core.clock import MovableClock
from bot.core.db import Database
from bot.delivery import calendars
from bot.delivery.calendars import CalendarFetch, FetchFailed, fetch
from bot.oncall import queries
from bot.oncall.calendars import forget_unwanted
from bot.oncall.rows import ImportedCalendarRow
from tests.oncall.rota import config_of

EVENT = "BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20200101T000000Z\r\nDTSTART:20200101T000000Z\r\nDTEND:20200102T000000Z\r\nRRULE:FREQ=DAILY\r\nSUMMARY:{}\r\nEND:VEVENT\r\n"


def calendar(person: str) -> str:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:t\r\n{EVENT.format(person)}END:VCALENDAR\r\n"


VARIABLE = "TEAM_CALENDAR_URL"


class Server:
    """Somebody else's calendar server, over real HTTP."""

    def __init__(self) -> None:
        self.text = calendar("ada")
        self.status = 200
        self.asked: list[str | None] = []
        self.url = ""

    async def team(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.headers.get("If-None-Match"))
        if self.status == 200 and request.headers.get("If-None-Match") == f'"{hash(self.text)}"':
            return web.Response(status=304)
        return web.Response(status=self.status, text=self.text, headers={"ETag": f'"{hash(self.text)}"'})

    async def to(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": request.query["where"]})

    async def slow(self, request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    app = web.Application()
    app.router.add_get("/team.ics", server.team)
    app.router.add_get("/to", server.to)
    app.router.add_get("/slow", server.slow)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


class Office:
    """The tick's step alone, with a clock of its own."""

    def __init__(self, db: Database, folder: Path, **ical: Any) -> None:
        self.db, self.clock, self.folder = db, MovableClock(), folder
        self.change(**ical)

    def change(self, url: str | None = None, **ical: Any) -> None:
        """Another app.yaml and environment, as after a restart; `url` stands in the environment."""
        source = {} if "file" in ical else {"url_from": VARIABLE}
        self.links = {VARIABLE: url} if url else {}
        self.config: Config = config_of({"name": "team", "ical": {**source, **ical}})
        self.step = self.process()

    def process(self) -> CalendarFetch:
        return CalendarFetch(
            config=self.config, db=self.db, clock=self.clock, folder=self.folder, links=self.links
        )

    async def ticks(self, **span: float) -> None:
        self.clock.advance(**span)
        await self.step.run()
        async with asyncio.timeout(60):
            while self.step.is_busy:  # noqa: ASYNC110 - a step has no event for it
                await asyncio.sleep(0.005)

    async def on_call(self) -> str:
        async with self.db.read() as session:
            shift = await queries.who(session, self.config, "primary", self.clock.now())
        return shift.person or shift.reason

    async def row(self) -> ImportedCalendarRow:
        async with self.db.read() as session:
            found = await session.get(ImportedCalendarRow, ("primary", "team"))
        assert found is not None
        return found


async def test_a_link_is_fetched_at_once_and_then_every_quarter_of_an_hour(
    db: Database, tmp_path: Path, server: Server
) -> None:
    office = Office(db, tmp_path, url=f"{server.url}/team.ics")
    await office.ticks()
    assert await office.on_call() == "ada"
    await office.ticks(minutes=14)
    assert len(server.asked) == 1
    await office.ticks(minutes=1, seconds=5)
    assert [bool(etag) for etag in server.asked] == [False, True]  # nothing new
    assert await office.on_call() == "ada"
    server.text = calendar("bo")
    await office.ticks(minutes=16)
    assert await office.on_call() == "bo"


async def test_the_last_good_copy_stays_when_the_server_fails(
    db: Database, tmp_path: Path, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    office = Office(db, tmp_path, url=f"{server.url}/team.ics")
    await office.ticks()
    server.status = 500
    waits = []
    for _ in range(4):
        await office.ticks(hours=7)
        row = await office.row()
        waits.append(round((row.next_fetch_at - office.clock.now()).total_seconds() / 60))
    assert row.problem == "the server answers 500"
    assert waits == [15, 30, 60, 120]
    assert await office.on_call() == "ada"
    server.status = 200
    await office.ticks(hours=7)
    assert (await office.row()).problem is None


@pytest.mark.parametrize("text", ["<html>Please sign in</html>", "x" * (1024 * 1024 + 1)])
async def test_what_is_no_calendar_or_too_large_replaces_nothing(
    db: Database, tmp_path: Path, server: Server, text: str
) -> None:
    office = Office(db, tmp_path, url=f"{server.url}/team.ics")
    await office.ticks()
    server.text = text
    await office.ticks(minutes=16)
    assert (await office.row()).problem in ("it is not an iCal calendar", "it is larger than 1048576 bytes")
    assert await office.on_call() == "ada"


async def test_a_file_is_read_again_too(db: Database, tmp_path: Path) -> None:
    office = Office(db, tmp_path, file="team.ics")
    await office.ticks()
    assert (await office.row()).problem == "the file cannot be read: No such file or directory"
    assert await office.on_call() == "gap: team waits for its calendar"
    (tmp_path / "team.ics").write_text(calendar("cleo"))
    await office.ticks(minutes=16)
    assert await office.on_call() == "cleo"


async def test_a_calendar_from_elsewhere_forgets_the_copy_and_one_no_longer_wanted_goes(
    db: Database, tmp_path: Path, server: Server
) -> None:
    office = Office(db, tmp_path, url=f"{server.url}/team.ics")
    await office.ticks()
    office.change(url=f"{server.url}/to?where=/nowhere")
    await office.ticks()
    assert await office.on_call() == "gap: team waits for its calendar"
    without = config_of({"name": "weekly", "people": ["ada"]})
    async with db.begin() as session:
        await forget_unwanted(session, without, {})
    async with db.read() as session:
        assert await session.get(ImportedCalendarRow, ("primary", "team")) is None


async def test_two_processes_fetch_a_calendar_once(db: Database, tmp_path: Path, server: Server) -> None:
    office = Office(db, tmp_path, url=f"{server.url}/team.ics")
    other = office.process()
    await office.step.run()
    await other.run()
    await office.ticks()
    assert len(server.asked) == 1


async def test_a_restart_in_the_middle_of_a_fetch_is_taken_up_again(
    db: Database, tmp_path: Path, server: Server
) -> None:
    office = Office(db, tmp_path, url=f"{server.url}/slow")
    await office.step.run()
    assert office.step.is_busy
    await office.step.stop()
    office.step = office.process()
    await office.step.run()
    assert not office.step.is_busy  # the other one may still be at it
    office.clock.advance(minutes=3)
    await office.step.run()
    assert office.step.is_busy
    await office.step.stop()


# -- where it may not lead ----------------------------------------------------------------------------------


async def test_redirects_are_followed_a_few_times(server: Server) -> None:
    fetched = await fetch(f"{server.url}/to?where=/team.ics", None)
    assert fetched.text == calendar("ada")
    with pytest.raises(FetchFailed, match="more than 3 redirects"):
        await fetch(f"{server.url}/to?where=/to%3Fwhere%3D/to%253Fwhere%253D/to%25253Fwhere%25253D/to", None)


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[fd00:ec2::254]/",
        "http://0.0.0.0/",
    ],
)
async def test_forbidden_addresses_are_never_asked(server: Server, address: str) -> None:
    for url in (address, f"{server.url}/to?where={address}"):
        with pytest.raises(FetchFailed, match="link-local or of a cloud's metadata"):
            await fetch(url, None)


async def test_a_name_that_leads_to_a_forbidden_address_is_refused_when_it_is_resolved() -> None:
    resolver = CarefulResolver(is_forbidden)
    assert await resolver.resolve("localhost", 80)
    with pytest.raises(OSError, match="169"):
        await resolver.resolve("169.254.169.254", 80)


async def test_other_schemes_and_dead_servers_are_told_without_the_link(server: Server) -> None:
    with pytest.raises(FetchFailed, match="not http"):
        await fetch(f"{server.url}/to?where=file:///etc/passwd", None)
    with pytest.raises(FetchFailed) as failed:
        await fetch("http://127.0.0.1:1/secret-token.ics", None)
    assert "secret" not in str(failed.value)


async def test_a_server_that_hangs_is_left(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendars, "FETCH_WITHIN", calendars.aiohttp.ClientTimeout(total=0.2))
    with pytest.raises(FetchFailed, match="no answer within"):
        await fetch(f"{server.url}/slow", None)


def test_ordinary_addresses_are_not_forbidden() -> None:
    for address in ("93.184.216.34", "10.0.0.8", "127.0.0.1", "2606:2800::1", "::1"):
        assert not is_forbidden(ipaddress.ip_address(address))


async def test_names_that_nobody_has_are_logged(
    db: Database, tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger().setLevel(logging.WARNING)
    server.text = calendar("Zoe")
    office = Office(db, tmp_path, url=f"{server.url}/team.ics")
    await office.ticks()
    assert await office.on_call() == "gap: team has “Zoe” in its calendar, who is not among the people"
    said = capsys.readouterr()
    assert "Zoe" in said.out + said.err
