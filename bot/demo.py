"""`tocsin demo`: the bot in a local workspace, with a small company, telephones, two past incidents and a page that rings.

Nothing leaves the machine, unless somebody adds an ntfy topic, a Teams workflow or a webhook as contact method.
"""

import asyncio
import os
import signal
import socket
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import App
from bot.config import Config, Settings, load
from bot.core import log
from bot.core.clock import Clock
from bot.core.errors import OperatorError
from bot.core.outbox import OutboxItem
from bot.incidents import lifecycle, paging, roles, updates
from bot.migrate import migrate
from bot.oncall.overrides import make_override
from bot.oncall.queries import who
from handlers.manifest import manifest
from playground import Playground

ADA, BO, CLEO, DEV, EVE, FINN = ("U01ADA", "U01BO", "U01CLEO", "U01DEV", "U01EVE", "U01FINN")

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
    """Runs until Ctrl-C."""
    stopping = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    with tempfile.TemporaryDirectory(prefix="tocsin-demo-") as folder:
        playground = await Playground.start(
            port=_free(port),
            bot_url=None,
            workspace=COMPANY,
            manifest=manifest(socket_mode=False, public_url=None),
        )
        try:
            settings = _settings(playground.url, Path(folder) / "demo.sqlite3")
            log.configure("warning")
            config = without_limits(load(Path(settings.config)))
            await migrate(settings.database_url)
            app = App(settings, config)
            await past_and_present(app, config)
            await app.start()
            try:
                playground.delivery.bot_url = f"http://127.0.0.1:{app.port}/slack/events"
                _welcome(f"{playground.url}/#/{ADA}/C01INCIDENTS", quiet=quiet)
                await stopping.wait()
            finally:
                await app.stop()
        finally:
            await playground.stop()
    if not quiet:
        print("\nStopped.")


def without_limits(config: Config) -> Config:
    """The playground has no rate limits, unless somebody turns them on: a past of two incidents is there at once."""
    return config.model_copy(update={"delivery": config.delivery.model_copy(update={"paced": False})})


def _settings(playground_url: str, database: Path) -> Settings:
    """The environment of the demo; whatever real tokens, gateways and addresses are set are not used."""
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


def _welcome(url: str, *, quiet: bool) -> None:
    if quiet:
        print(url, flush=True)
        return
    print(
        f"\n  Tocsin is running in a playground. Open\n\n    {url}\n\n"
        "  You are Ada, and the app Tocsin at the left has paged you. Or type\n\n"
        "    /incident declare sev1 Checkout is down\n\n  Ctrl-C stops it.\n",
        flush=True,
    )


async def past_and_present(app: App, config: Config) -> None:
    """What happened at this company last week and what goes on now, told by the verbs themselves."""
    now = Clock().now()
    async with app.bot.db.begin() as session:
        await _closed_incident(session, config, _morning(now - timedelta(days=6)))
        await _resolved_incident(session, config, _morning(now - timedelta(days=1)))
    async with app.bot.db.begin() as session:
        # Nobody needs private instructions for what is over.
        await session.execute(delete(OutboxItem).where(OutboxItem.kind == "incident.instructions"))
        await _stands_in(session, config, now)
        await _a_page_that_rings(session, config, now)


async def _stands_in(session: AsyncSession, config: Config, now: datetime) -> None:
    """A change of hands that the visitor lives to see: at the next full hour, for two hours."""
    start = (now + timedelta(minutes=70)).replace(minute=0, second=0, microsecond=0)
    for schedule in config.schedules[:1]:
        on_call = (await who(session, config, schedule.name, start)).person
        standing_in = next((name for name in ("ada", "bo") if name != on_call and config.person(name)), None)
        if standing_in is not None:
            await make_override(
                session,
                config=config,
                schedule=schedule.name,
                person=standing_in,
                starts_at=start,
                ends_at=start + timedelta(hours=2),
                by=EVE,
                now=now,
                reason="Dentist",
            )


async def _a_page_that_rings(session: AsyncSession, config: Config, now: datetime) -> None:
    if config.person("ada") is not None:
        words = "Three customers cannot pay with their cards. Is it us?"
        await paging.page_directly(session, "person:ada", words, config=config, by=EVE, now=now)


def _morning(day: datetime) -> datetime:
    return day.replace(hour=8, minute=12, second=20, microsecond=0)


async def _closed_incident(session: Any, config: Config, start: datetime) -> None:
    def after(minutes: float) -> datetime:
        return start + timedelta(minutes=minutes)

    incident = await lifecycle.declare(
        session,
        config=config,
        title="Card payments fail for some customers",
        severity=config.severities[0],
        status=config.active_statuses[0],
        service=config.service("payments"),
        summary="About one in five card payments is declined. Invoices are not affected.",
        responders=[CLEO, DEV],
        by=EVE,
        now=start,
    )
    number = incident.id
    for status in (await paging.paging_now(session, incident, config=config, now=after(1))).pages:
        await paging.acknowledge(session, status.page.id, config=config, by=CLEO, now=after(1))
    lead, comms = config.role("lead"), config.role("comms")
    if lead and comms:
        await roles.assign(session, number, lead, CLEO, by=CLEO, now=after(2))
        await roles.assign(session, number, comms, EVE, by=CLEO, now=after(4))
    await updates.post_update(
        session,
        number,
        "One of two card processors answers slowly. We send everything to the other one.",
        impact="20 % of card payments",
        by=EVE,
        now=after(11),
    )
    await lifecycle.set_status(
        session,
        number,
        config.active_statuses[-1],
        config=config,
        by=CLEO,
        now=after(16),
        text="The processor has an outage of its own",
    )
    await updates.note(
        session, number, "Routing switched to the second processor for all cards", by=DEV, now=after(19)
    )
    await lifecycle.resolve(
        session, number, config=config, by=CLEO, now=after(42), text="All payments go through again"
    )
    await lifecycle.close(
        session, number, config=config, by=CLEO, now=after(3000), text="Reviewed; the switch is automatic now"
    )


async def _resolved_incident(session: Any, config: Config, start: datetime) -> None:
    def after(minutes: float) -> datetime:
        return start + timedelta(minutes=minutes)

    incident = await lifecycle.declare(
        session,
        config=config,
        title="Search shows yesterday's prices",
        severity=config.severities[min(2, len(config.severities) - 1)],
        status=config.active_statuses[0],
        service=config.service("search"),
        summary="The nightly rebuild of the index did not run.",
        responders=[FINN],
        by=FINN,
        now=start,
    )
    lead = config.role("lead")
    if lead:
        await roles.assign(session, incident.id, lead, FINN, by=FINN, now=after(1))
    await updates.post_update(
        session,
        incident.id,
        "Rebuild started by hand, done in about an hour.",
        impact="Prices changed since yesterday are shown wrong",
        by=FINN,
        now=after(9),
    )
    await lifecycle.resolve(
        session, incident.id, config=config, by=FINN, now=after(71), text="The index is current again"
    )
