"""How the program starts, refuses to, stops, and what it says of itself: words with a way out, no trace."""

import asyncio
import signal
import socket
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from bot.demo import COMPANY
from handlers.manifest import manifest
from playground import Playground
from tests.acceptance.kit import WHOLE, kit
from tests.acceptance.office import SAMPLE, Json, open_office, write_config
from tests.acceptance.process import BotProcess, FarOffice, free_port
from tests.databases import PostgresCluster, SqliteFiles

PASSWORD = "pass-word-of-the-database"
SECRETS = ("xoxb-playground", "playground-signing-secret", PASSWORD, "xapp-playground", "xoxb-refused")


def clean(bot: BotProcess) -> str:
    """What it said, which must hold neither a trace nor a secret."""
    said = bot.said()
    assert "Traceback" not in said, said
    assert not [secret for secret in SECRETS if secret in said], said
    return said


async def refuses(tmp_path: Path, *words: str, status: int = 1, **env: str | None) -> str:
    """Starts the program, which must end by itself with that status and these words."""
    bot = BotProcess(tmp_path, TOCSIN_LOG_LEVEL="debug", **env)
    await bot.start()
    try:
        assert await bot.ends() == status
    finally:
        await bot.kill()
    said = clean(bot)
    for word in words:
        assert word in said, said
    return said


@asynccontextmanager
async def running(tmp_path: Path, **env: str | None) -> AsyncIterator[BotProcess]:
    bot = BotProcess(tmp_path, TOCSIN_LOG_LEVEL="debug", **env)
    try:
        await bot.start()
        await bot.is_up()
        yield bot
    finally:
        await bot.kill()
    clean(bot)


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    playground = await Playground.start(
        port=0, bot_url=None, workspace=COMPANY, manifest=manifest(socket_mode=False, public_url=None)
    )
    yield playground
    await playground.stop()


def at(playground: Playground, **env: str | None) -> dict[str, str | None]:
    return {"SLACK_API_URL": f"{playground.url}/api/", "TOCSIN_DATABASE_URL": "sqlite:///t.sqlite3", **env}


async def readiness(url: str) -> tuple[int, Json]:
    async with aiohttp.ClientSession() as http, http.get(f"{url}/readyz") as answer:
        return answer.status, await answer.json()


async def is_ready(bot: BotProcess, within: float = 60) -> Json:
    """Waits for the first tick, and whatever else it takes."""
    async with asyncio.timeout(within):
        while True:
            status, said = await readiness(bot.url)
            if status == 200:
                return said
            await asyncio.sleep(0.02)


async def said_by(bot: BotProcess, words: str, within: float = 60) -> None:
    await until(lambda: words in bot.said(), within)


async def until(so: Callable[[], bool], within: float = 60) -> None:
    async with asyncio.timeout(within):
        while not so():  # noqa: ASYNC110 - another process has no event for it
            await asyncio.sleep(0.02)


# -- what keeps it from starting -------------------------------------------------------------------------


async def test_a_broken_configuration(tmp_path: Path) -> None:
    file = tmp_path / "app.yaml"
    file.write_text(SAMPLE.read_text().replace("organization:", "organisation:"))
    await refuses(tmp_path, "app.yaml:", "organisation", "organization", TOCSIN_CONFIG=str(file))


async def test_missing_tokens(tmp_path: Path) -> None:
    await refuses(
        tmp_path,
        "SLACK_BOT_TOKEN",
        "is missing",
        "OAuth & Permissions",
        "SLACK_SIGNING_SECRET",
        SLACK_BOT_TOKEN=None,
        SLACK_SIGNING_SECRET=None,
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
async def test_a_database_that_does_not_answer(tmp_path: Path, host: str) -> None:
    url = f"postgresql://tocsin:{PASSWORD}@{host}:{free_port()}/tocsin"
    await refuses(tmp_path, "database does not answer", "TOCSIN_DATABASE_URL", TOCSIN_DATABASE_URL=url)


async def test_a_database_without_tables_or_of_a_newer_program(
    tmp_path: Path, postgres_cluster: PostgresCluster
) -> None:
    async with postgres_cluster.one() as url:
        shown = url.replace("+asyncpg", "")
        host = url.partition("host=")[2]
        name = url.partition("@/")[2].partition("?")[0]
        connection = await asyncpg.connect(host=host, user="postgres", database=name)
        await connection.execute("UPDATE alembic_version SET version_num = '9999'")
        await refuses(tmp_path, "9999", "newer", TOCSIN_DATABASE_URL=shown)
        await connection.execute("DROP TABLE alembic_version")
        await refuses(tmp_path, "tocsin migrate", TOCSIN_DATABASE_URL=shown)
        await connection.close()
        await refuses(
            tmp_path, "no such database", "createdb", TOCSIN_DATABASE_URL=shown.replace(name, "nowhere")
        )


async def test_a_sqlite_file_of_a_newer_program(tmp_path: Path, sqlite_files: SqliteFiles) -> None:
    async with sqlite_files.one() as url:
        file = url.partition(":///")[2]
        connection = sqlite3.connect(file)
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
        connection.close()
        await refuses(tmp_path, "9999", "newer", TOCSIN_DATABASE_URL=f"sqlite:///{file}")


async def test_a_file_that_is_no_database_and_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "t.sqlite3").write_text("This is no database, and never was one. " * 100)
    await refuses(tmp_path, "not a SQLite database", TOCSIN_DATABASE_URL="sqlite:///t.sqlite3")
    await refuses(tmp_path, "folder", TOCSIN_DATABASE_URL="sqlite:////proc/nowhere/t.sqlite3")


async def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        await refuses(
            tmp_path,
            address,
            "TOCSIN_LISTEN",
            TOCSIN_LISTEN=address,
            TOCSIN_DATABASE_URL="sqlite:///t.sqlite3",
        )


# -- running ---------------------------------------------------------------------------------------------


async def test_a_second_process_on_the_same_file_is_refused_and_signals_end_it(
    tmp_path: Path, playground: Playground
) -> None:
    for name in (signal.SIGTERM, signal.SIGINT):
        async with running(tmp_path, **at(playground)) as bot:
            await said_by(bot, "Connected to Slack")
            await refuses(
                tmp_path, "Another Tocsin process", f"pid {bot.process.pid}", "Postgres", **at(playground)
            )
            assert await is_ready(bot) == {
                "ready": True,
                "checks": {"database": "ok", "tick": "ok", "pages": "ok", "slack": "ok"},
            }
            assert await bot.interrupt(name) == 0


async def test_a_token_that_slack_refuses(tmp_path: Path, playground: Playground) -> None:
    async with running(tmp_path, **at(playground, SLACK_BOT_TOKEN="xoxb-refused")) as bot:
        await said_by(bot, "does not accept the bot token")
        await said_by(bot, "Copy it again")
        status, said = await readiness(bot.url)
        assert status == 503
        assert "invalid_auth" in said["checks"]["slack"]
        assert await bot.interrupt() == 0


async def test_integrations_without_a_secret_are_named_once_and_stop_nothing(
    tmp_path: Path, playground: Playground
) -> None:
    set_one = {"TOCSIN_INTEGRATION_ALERTMANAGER": "a" * 32}
    async with running(tmp_path, **at(playground, **set_one)) as bot:
        await said_by(bot, "have no secret yet")
        lines = [line for line in bot.said().splitlines() if "TOCSIN_INTEGRATION_" in line]
        assert len(lines) == 1
        assert "have no secret yet" in lines[0]
        assert "TOCSIN_INTEGRATION_CHECKOUT_MONITOR, TOCSIN_INTEGRATION_DEPLOYMENTS" in lines[0]
        assert "a" * 32 not in bot.said()


async def test_a_token_without_scopes(tmp_path: Path, playground: Playground) -> None:
    poor = manifest(socket_mode=False, public_url=None)
    poor["oauth_config"]["scopes"]["bot"].remove("pins:write")
    playground.install(poor)
    async with running(tmp_path, **at(playground)) as bot:
        await said_by(bot, "lacks scopes")
        assert "pins:write" in bot.said()
        assert "tocsin manifest" in bot.said()


async def test_slack_is_away_at_the_start_and_gets_all_when_it_is_back(
    tmp_path: Path, playground: Playground
) -> None:
    playground.faults.dead = True
    config = tmp_path / "without-what-recurs.yaml"
    write_config(config)
    async with (
        running(tmp_path, **at(playground, TOCSIN_CONFIG=str(config))) as bot,
        aiohttp.ClientSession() as http,
    ):
        playground.delivery.bot_url = f"{bot.url}/slack/events"
        office = FarOffice(playground, http, "", None)  # type: ignore[arg-type]
        await said_by(bot, "Slack does not answer; incidents are kept")
        status, said = await readiness(bot.url)
        assert (status, said["checks"]["database"]) == (503, "ok")
        assert "does not answer" in said["checks"]["slack"]
        assert "#1" in await office.ada.types("/incident declare sev1 Checkout is down")
        playground.faults.dead = False
        for _ in range(300):
            found = {**await kit(office, ("U01ADA",)), "bookmarks": WHOLE["bookmarks"]}
            if found == WHOLE:
                break
            await asyncio.sleep(0.2)
        assert found == WHOLE


async def test_secrets_of_a_postgres_url_stay_secret(
    tmp_path: Path, playground: Playground, postgres_cluster: PostgresCluster
) -> None:
    async with postgres_cluster.one() as url:
        url = url.replace("+asyncpg", "").replace("postgres@", f"postgres:{PASSWORD}@")
        async with running(tmp_path, **at(playground, TOCSIN_DATABASE_URL=url)) as bot:
            await is_ready(bot)


# -- the database goes away ------------------------------------------------------------------------------


async def test_a_database_that_goes_away_and_comes_back(postgres_cluster: PostgresCluster) -> None:
    """Nobody can connect, and those who were are thrown out: people get words, and nothing is half done."""
    async with postgres_cluster.one() as url, open_office(url) as office:
        host = url.partition("host=")[2]
        name = url.partition("@/")[2].partition("?")[0]
        assert "#1" in await office.ada.types("/incident declare sev1 Checkout is down")
        pause = await office.fault("chat.update", "pause_after", times=1)
        await office.bo.types("/incident severity 1 sev2", settle=False)
        await until(lambda: any(fault.waiting for fault in office.playground.faults))
        control = await asyncpg.connect(host=host, user="postgres", database="postgres")
        await control.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await thrown_out(control, name)
        async with office.http.delete(f"{office.playground.url}/faults/{pause['id']}"):
            pass  # what was sent cannot be written down now

        answer = await office.ada.types("/incident declare sev1 Search is down", settle=False)
        assert "database does not answer" in answer
        assert "nothing was saved" in answer
        status, said = await readiness(office.bot_url)
        assert status == 503
        assert "does not answer" in said["checks"]["database"]

        await control.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await control.close()
        await office.no_faults()
        await office.passes(minutes=1)
        await office.passes(seconds=5)
        assert (await readiness(office.bot_url))[1]["checks"]["database"] == "ok"
        assert "#2" in await office.ada.types("/incident declare sev1 Search is down")
        await office.passes(seconds=5)
        assert (await office.get("/workspace"))["channels"][-1]["name"].startswith("inc-2-")
        assert (await kit(office, ("U01ADA",)))["cards"] == 1
        assert (await kit(office, ("U01ADA",), 2))["cards"] == 1


async def thrown_out(control: asyncpg.Connection, name: str) -> None:
    await control.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)


# -- Socket Mode -----------------------------------------------------------------------------------------


async def test_an_incident_over_socket_mode(database_url: str) -> None:
    async with open_office(database_url, slack_app_token="xapp-playground") as office:
        assert "#1" in await office.ada.types("/incident declare sev1 Checkout is down")
        await office.ada.types("/incident declare")
        assert await office.ada.submits(title="Search is slow", severity="SEV3") == {}
        channel = await office.incident_channel(1)
        await office.bo.clicks("Join", channel="incidents")
        await office.bo.clicks("Join as lead", channel=await office.incident_channel(2))

        async with office.http.post(f"{office.bot_url}/slack/events", data="unsigned") as response:
            assert response.status == 404, "in Socket Mode nobody may come by HTTP, where nothing is signed"
            assert (await response.json())["detail"] == "There is nothing here."
        await office.post("/workspace/socket_disconnect")
        await until(lambda: office.playground.sockets.connected, 15)
        assert ":warning:" not in await office.ada.types("/incident resolve Rolled back", channel)
        await office.ada.clicks("Close", channel=channel)
        await office.passes(seconds=4)
        assert (await office.record(1))["status"] == "closed"
        assert {**await kit(office, ("U01ADA",)), "bookmarks": WHOLE["bookmarks"]} == WHOLE


async def test_socket_mode_waits_for_a_slack_that_is_away(tmp_path: Path) -> None:
    playground = await Playground.start(
        port=0, bot_url=None, workspace=COMPANY, manifest=manifest(socket_mode=True, public_url=None)
    )
    playground.faults.dead = True
    try:
        env = at(playground, SLACK_APP_TOKEN="xapp-playground", SLACK_SIGNING_SECRET=None)
        async with running(tmp_path, **env) as bot:
            await said_by(bot, "Socket Mode cannot be reached yet")
            playground.faults.dead = False
            await until(lambda: playground.sockets.connected, 15)
            assert await bot.interrupt() == 0
        env["SLACK_APP_TOKEN"] = "xapp-refused"
        (tmp_path / "refused").mkdir()
        said = await refuses(tmp_path / "refused", "SLACK_APP_TOKEN", "connections:write", **env)
        troubles = [line for line in said.splitlines() if '"info"' not in line and '"debug"' not in line]
        assert len(troubles) == 1, "one trouble, one line"
        assert troubles[0].startswith("Slack refuses Socket Mode (invalid_auth).")
    finally:
        await playground.stop()
