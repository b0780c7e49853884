"""What providers behind apprise are sent, read by a stand-in on loopback: each gateway as the manual writes it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import apprise
import pytest
from aiohttp import web
from apprise.plugins.pushover import NotifyPushover
from apprise.plugins.telegram import NotifyTelegram
from apprise.plugins.twilio import NotifyTwilio
from apprise.plugins.workflows import NotifyWorkflows

from bot.core.vault import Vault
from bot.delivery.providers import ProviderRefused, Providers, ProviderUnclear
from bot.views.contact_text import Ack, Message
from tests.acceptance.stand_in import StandIn, stand_in

LINK = "https://tocsin.example.com/p/t0"
RING = Message("Page #7 · SEV1", "Page #7. SEV1 Shop: it is <down> & *out*", (Ack("Acknowledge", LINK),))
ACCOUNT, TOKEN, NUMBER = "AC" + "a" * 32, "b" * 32, "+491701234567"
USER, APP = "u" * 30, "t" * 30
BOT = "123456789:ABCdefGHIjklMNOpqrSTUvwxYZ012345678"


@dataclass
class Heard:
    """The calls of one provider, with what it answers."""

    url: str = ""
    status: int = 200
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        if request.content_type == "application/json":
            body = await request.json()
        else:
            body = {name: values[0] for name, values in parse_qs(await request.text()).items()}
        self.calls.append((request.path, body))
        await self.released.wait()
        return web.json_response({"ok": True, "status": 1, "result": {}}, status=self.status)


@asynccontextmanager
async def hears() -> AsyncIterator[Heard]:
    heard = Heard()
    heard.released.set()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", heard.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    heard.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield heard
    finally:
        await runner.cleanup()


@pytest.fixture
async def heard(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Heard]:
    """Their own addresses lead here."""
    async with hears() as heard:
        monkeypatch.setattr(NotifyTelegram, "notify_url", f"{heard.url}/bot")
        for plugin in (NotifyPushover, NotifyTwilio):
            for name, value in vars(plugin).items():
                if isinstance(value, str) and value.startswith("https://api."):
                    parts = urlsplit(value)
                    here = value.replace(f"{parts.scheme}://{parts.netloc}", heard.url)
                    monkeypatch.setattr(plugin, name, here)
        yield heard


def ways(**gateways: str) -> Providers:
    return Providers(gateways=gateways, vault=Vault(()), within=timedelta(seconds=30))


async def sends(providers: Providers, kind: str, address: str, message: Message = RING) -> str:
    try:
        return await providers.send_to(kind, address, message)
    finally:
        providers.stop()


async def test_sms_by_twilio(heard: Heard) -> None:
    await sends(ways(sms=f"twilio://{ACCOUNT}:{TOKEN}@+15551234567/{{address}}"), "sms", NUMBER)
    ((path, body),) = heard.calls
    assert path.endswith(f"/{ACCOUNT}/Messages.json")
    assert (body["To"], body["From"]) == (NUMBER, "+15551234567")
    assert RING.body in body["Body"]
    assert LINK in body["Body"]


async def test_a_call_by_twilio_reads_no_link_aloud(heard: Heard) -> None:
    gateway = f"twilio://{ACCOUNT}:{TOKEN}@+15551234567/{{address}}?method=call"
    await sends(ways(voice=gateway), "voice", NUMBER)
    ((path, body),) = heard.calls
    assert path.endswith(f"/{ACCOUNT}/Calls.json")
    assert (body["To"], body["From"]) == (NUMBER, "+15551234567")
    spoken = body["Twiml"]
    assert spoken.startswith("<Response>")
    assert "Page #7. SEV1 Shop: it is &lt;down&gt; &amp; *out*" in spoken
    assert LINK not in spoken


async def test_pushover(heard: Heard) -> None:
    await sends(ways(pushover=f"pover://{{address}}@{APP}?priority=high"), "pushover", USER)
    ((_, body),) = heard.calls
    assert (body["user"], body["token"], body["title"], str(body["priority"])) == (USER, APP, RING.title, "1")
    assert LINK in body["message"]


@pytest.mark.parametrize("chat", ["123456789", "-1001234567890", "@ada_l"])
async def test_telegram(heard: Heard, chat: str) -> None:
    await sends(ways(telegram=f"tgram://{BOT}/{{address}}"), "telegram", chat)
    (body,) = [body for path, body in heard.calls if path.endswith("/sendMessage")]
    assert str(body["chat_id"]) == chat
    assert LINK in body["text"]
    assert "Shop: it is" in body["text"]


@pytest.mark.parametrize(
    "url",
    [
        "https://prod-01.westeurope.logic.azure.com:443/workflows/abc123/triggers/manual/paths/invoke"
        "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=abcDEF_123",
        "https://default1.45.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/abc123"
        "/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=abcDEF_123",
    ],
)
async def test_the_addresses_that_teams_shows_are_understood(url: str) -> None:
    """Its plugin speaks TLS alone, so it is held to what it would ask."""
    plugin = apprise.Apprise.instantiate(url)
    assert isinstance(plugin, NotifyWorkflows)
    asked = urlsplit(plugin.url(privacy=False))
    assert asked.hostname == urlsplit(url).hostname
    assert asked.path.strip("/").split("/") == ["abc123", "abcDEF_123"]


@pytest.fixture
async def mail() -> AsyncIterator[StandIn]:
    async with stand_in() as mail:
        yield mail


@pytest.mark.parametrize("address", ["ada+page@example.com", "o'neil@example.com", "x=1&to=y@example.com"])
async def test_mail_goes_to_the_address_itself(mail: StandIn, address: str) -> None:
    """apprise reads a name into some of these, and would write to somebody else."""
    await sends(ways(email=mail.gateways["gateway_email"]), "email", address)
    ((_, arrived),) = mail.got
    assert arrived["to"] == address
    assert RING.body in arrived["text"]
    assert LINK in arrived["text"]


@pytest.mark.parametrize(("status", "raised"), [(401, ProviderRefused), (500, ProviderUnclear)])
async def test_what_they_refuse_and_what_fails(heard: Heard, status: int, raised: type[Exception]) -> None:
    heard.status = status
    gateway = f"twilio://{ACCOUNT}:{TOKEN}@+15551234567/{{address}}"
    with pytest.raises(raised) as error:
        await sends(ways(sms=gateway), "sms", NUMBER)
    assert TOKEN not in str(error.value)
    assert NUMBER[1:] not in str(error.value)


async def test_what_finds_all_threads_of_its_kind_hanging_never_left_and_is_not_in_doubt(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.providers.THREADS", 1)
    heard.released.clear()
    gateway = f"twilio://{ACCOUNT}:{TOKEN}@+15551234567/{{address}}"
    providers = Providers(gateways={"sms": gateway}, vault=Vault(()), within=timedelta(seconds=1))
    first, second = await asyncio.gather(
        providers.send_to("sms", NUMBER, RING), providers.send_to("sms", NUMBER, RING), return_exceptions=True
    )
    heard.released.set()
    providers.stop()
    assert isinstance(first, ProviderUnclear)
    assert isinstance(second, ProviderUnclear)
    assert (first.arrived, second.arrived) == (True, False)
