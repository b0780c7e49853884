"""`tocsin demo`: the bot in a local workspace, with a small company, telephones, a past, and alerts that one can send.

Nothing leaves the machine, unless somebody adds an ntfy topic, a Teams workflow or a webhook as contact method.
"""

import asyncio
import json
import os
import secrets
import signal
import socket
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from bot import demo_story
from bot.app import App
from bot.config import Config, ConfigErrors, Settings
from bot.config.integration_secrets import variable_of
from bot.config.written import Written, read_written
from bot.core import log
from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.errors import OperatorError
from bot.demo_story import ADA, BO, CLEO, DEV, EVE, FINN
from bot.migrate import migrate
from bot.serve import settle_memory
from handlers.manifest import manifest
from playground import Playground

# The same people as in the sample app.yaml, so that responders are found by their addresses.
COMPANY: dict[str, Any] = {
    "team": "Example Shop",
    "people": [
        {
            "id": ADA,
            "name": "ada",
            "real_name": "Ada Larsson",
            "title": "Engineering manager",
            "tz": "Europe/Stockholm",
            "color": "9f69e7",
            "email": "ada@example.com",
        },
        {
            "id": BO,
            "name": "bo",
            "real_name": "Bo Okafor",
            "title": "Checkout engineer",
            "tz": "Europe/London",
            "color": "4bbe2e",
            "email": "bo@example.com",
        },
        {
            "id": CLEO,
            "name": "cleo",
            "real_name": "Cleo Dubois",
            "title": "Payments engineer",
            "tz": "Europe/Paris",
            "color": "e7392d",
            "email": "cleo@example.com",
        },
        {
            "id": DEV,
            "name": "dev",
            "real_name": "Dev Patel",
            "title": "Platform engineer",
            "tz": "Asia/Kolkata",
            "color": "3c989f",
            "email": "dev@example.com",
        },
        {
            "id": EVE,
            "name": "eve",
            "real_name": "Eve Moreno",
            "title": "Support lead",
            "tz": "America/New_York",
            "color": "d58247",
            "email": "eve@example.com",
        },
        {
            "id": FINN,
            "name": "finn",
            "real_name": "Finn Ahola",
            "title": "Site reliability",
            "tz": "Europe/Helsinki",
            "color": "674b1b",
            "email": "finn@example.com",
        },
    ],
    "channels": [
        {"id": "C01GENERAL", "name": "general", "members": [ADA, BO, CLEO, DEV, EVE, FINN]},
        {
            "id": "C01INCIDENTS",
            "name": "incidents",
            "members": [ADA, BO, CLEO, DEV, EVE, FINN, "U0TOCSIN"],
            "topic": "Every incident is announced here",
        },
        {"id": "C01SUPPORT", "name": "support", "members": [ADA, BO, EVE], "topic": "What customers tell us"},
    ],
    "usergroups": [{"handle": "oncall", "name": "On call", "users": [ADA]}],
}


async def demonstrate(*, port: int, quiet: bool) -> None:
    """Runs until Ctrl-C, also while it starts."""
    showing = asyncio.create_task(_show(port=port, quiet=quiet))
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, showing.cancel)
    with suppress(asyncio.CancelledError):
        await showing
    if not quiet:
        print("\nStopped.")


async def _show(*, port: int, quiet: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="tocsin-demo-") as folder:
        playground = await Playground.start(
            port=_free(port),
            bot_url=None,
            workspace=COMPANY,
            manifest=manifest(socket_mode=False, public_url=None),
        )
        try:
            key = secrets.token_hex(16)
            settings = _settings(playground.url, Path(folder) / "demo.sqlite3", key)
            log.configure("warning")
            bot = str(settings.public_url)

            def arranged(config: Config) -> Config:
                return without_limits(demo_story.with_monitoring(config, page=playground.url, bot=bot))

            app = _DemoApp(settings, arranged)
            await migrate(settings.database_url)
            await _tell_the_story(settings.database_url, app.bot.config)
            await app.start()
            settle_memory()
            try:
                playground.delivery.bot_url = f"{bot}/slack/events"
                _welcome(f"{playground.url}/#/{ADA}/C01INCIDENTS", _sends_an_alert(bot, key), quiet=quiet)
                await asyncio.Event().wait()
            finally:
                await app.stop()
        finally:
            await playground.stop()


class _DemoApp(App):
    """Goes by app.yaml as the demo arranges it, also when that is changed while it runs."""

    def __init__(self, settings: Settings, arranged: Callable[[Config], Config]) -> None:
        written = _as(arranged, read_written(settings.config))
        if written.config is None:
            raise ConfigErrors(written.problems)
        self._arranged = arranged
        super().__init__(settings, written.config, written=written)

    def read(self) -> Written:
        return _as(self._arranged, super().read())


def _as(arranged: Callable[[Config], Config], written: Written) -> Written:
    return written if written.config is None else replace(written, config=arranged(written.config))


def without_limits(config: Config) -> Config:
    """The playground has no rate limits, unless somebody turns them on: a past of two incidents is there at once."""
    return config.model_copy(update={"delivery": config.delivery.model_copy(update={"paced": False})})


async def _tell_the_story(database_url: str, config: Config) -> None:
    """Before the bot runs: what it finds in the database it does, and nothing of it leaves any earlier."""
    db, now = Database(database_url), Clock().now()
    try:
        async with db.begin() as session:
            await demo_story.past(session, config, now)
        async with db.begin() as session:
            await demo_story.present(session, config, now)
    finally:
        await db.close()


def _settings(playground_url: str, database: Path, key: str) -> Settings:
    """The environment of the demo; whatever real tokens, gateways and addresses are set are not used. `key`: the secret
    of the tool that sends alerts.
    """
    for name in [name for name in os.environ if name.startswith(("SLACK_", "TOCSIN_"))]:
        if name != "TOCSIN_CONFIG":
            del os.environ[name]
    listen = f"127.0.0.1:{_any_port()}"
    os.environ.update(
        {
            "SLACK_BOT_TOKEN": "xoxb-playground",
            "SLACK_SIGNING_SECRET": "playground-signing-secret",
            "SLACK_API_URL": f"{playground_url}/api/",
            "TOCSIN_DATABASE_URL": f"sqlite:///{database}",
            "TOCSIN_LISTEN": listen,
            "TOCSIN_PUBLIC_URL": f"http://{listen}",
            "TOCSIN_SECRET_KEY": Fernet.generate_key().decode(),
            "TOCSIN_GATEWAY_SMS": f"{playground_url.replace('http', 'json', 1)}/phones/sms/{{address}}",
            "TOCSIN_GATEWAY_VOICE": f"{playground_url.replace('http', 'json', 1)}/phones/voice/{{address}}",
            variable_of(demo_story.TOOL): key,
        }
    )
    return Settings(_env_file=None)  # a `.env` with real tokens has no say here


def _free(wanted: int) -> int:
    """The wanted port, or any when another program has it; raises OperatorError for a port that cannot be."""
    if not 0 <= wanted <= 65535:
        raise OperatorError(f"{wanted} is not a port.", "Choose one from 1024 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return 0
    return wanted


def _any_port() -> int:
    """One that is free now: links that leave by SMS must name it before the bot listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _sends_an_alert(bot: str, key: str) -> str:
    """One line for a shell."""
    alert = {"summary": "Checkout answers with errors", "source": "shop-1", "severity": "critical"}
    body = json.dumps({"routing_key": key, "event_action": "trigger", "payload": alert})
    return f"curl {bot}/v2/enqueue -d '{body}'"


def _welcome(url: str, curl: str, *, quiet: bool) -> None:
    if quiet:
        print(url, flush=True)
        return
    print(
        f"\n  Tocsin is running in a playground. Open\n\n    {url}\n\n"
        "  You are Ada, and the app Tocsin at the left has paged you. Or type\n\n"
        "    /incident declare sev1 Checkout is down\n"
        "    /check, /check maintenance, /ops backlog, /ops alerts\n\n"
        "  From another terminal, an alert that rings:\n\n"
        f"    {curl}\n\n"
        "  Ctrl-C stops it.\n",
        flush=True,
    )
