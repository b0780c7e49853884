"""Local stand-ins for those who carry messages beside Slack: ntfy, webhooks, an SMS gateway, a mail server."""

import asyncio
import base64
import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.config import Config
from tests.acceptance.office import Json, Office, Person

KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
# Planted, and looked for wherever they must not be.
GATEWAY_PASSWORD = "canary-gateway-password"
TOPIC = "canary-topic-of-bo"
NUMBER = "+491701234567"

PUBLIC = "https://tocsin.example.com"
ON_LOOPBACK = ("127.0.0.0/8",)


@dataclass
class StandIn:
    """What arrived, by kind; `fails` makes a kind answer with a status, or hang (0)."""

    url: str = ""
    smtp_port: int = 0
    got: list[tuple[str, Json]] = field(default_factory=list)
    fails: dict[str, int] = field(default_factory=dict)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    hanging: int = 0

    def of(self, kind: str) -> list[Json]:
        return [body for of, body in self.got if of == kind]

    @property
    def gateways(self) -> dict[str, str]:
        """The environment of a bot that uses these."""
        host = self.url.removeprefix("http://")
        return {
            "secret_key": KEY,
            "gateway_email": f"mailto://127.0.0.1:{self.smtp_port}?from=tocsin@example.com&to={{address}}&mode=insecure",
            "gateway_sms": f"json://gateway:{GATEWAY_PASSWORD}@{host}/sms/{{address}}",
            "gateway_voice": f"json://gateway:{GATEWAY_PASSWORD}@{host}/voice/{{address}}",
        }

    async def take(self, request: web.Request) -> web.StreamResponse:
        body: dict[str, Any] = await request.json()
        kind = request.match_info.get("kind") or ("ntfy" if "topic" in body else "webhook")
        status = self.fails.get(kind, 200)
        if status == 0:
            self.hanging += 1
            await self.released.wait()
        if status == 302:
            raise web.HTTPFound(f"{self.url}/elsewhere")
        if 200 <= status < 300:
            self.got.append(
                (
                    kind,
                    {
                        **body,
                        "_path": request.path,
                        "_headers": dict(request.headers),
                        "_raw": await request.text(),
                    },
                )
            )
        # A provider that repeats what it was given, keys and all.
        said = f"no: {request.path} {request.headers.get('Authorization')} {body.get('topic')}"
        return web.json_response({"id": "m1"} if status == 200 else {"error": said}, status=status or 200)

    async def smtp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """As much of SMTP as a client needs to hand over a message."""

        async def says(line: str) -> None:
            writer.write(line.encode() + b"\r\n")
            await writer.drain()

        await says("220 sink")
        to = ""
        try:
            while line := (await reader.readline()).decode().strip():
                verb = line.split(" ")[0].upper()
                if verb == "RCPT":
                    to = line.partition("<")[2].partition(">")[0]
                if verb == "DATA":
                    await says("354 go on")
                    data = await reader.readuntil(b"\r\n.\r\n")
                    message = email.message_from_bytes(data, policy=email.policy.default)
                    part = message.get_body(("plain",))
                    text = part.get_content() if part is not None else ""
                    self.got.append(("email", {"to": to, "subject": str(message["Subject"]), "text": text}))
                if verb == "QUIT":
                    await says("221 bye")
                    break
                await says("250 ok")
        finally:
            writer.close()


@asynccontextmanager
async def stand_in() -> AsyncIterator[StandIn]:
    made = StandIn()
    app = web.Application()
    app.router.add_post("/{kind:sms|voice}/{address}", made.take)
    app.router.add_post("/{rest:.*}", made.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    mail = await asyncio.start_server(made.smtp, "127.0.0.1", 0)
    made.smtp_port = mail.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        made.released.set()
        mail.close()
        await mail.wait_closed()
        await runner.cleanup()


def allows_loopback(config: Config) -> Config:
    """The stand-ins' addresses are private ones, which people may not give otherwise."""
    return config.model_copy(
        update={"paging": config.paging.model_copy(update={"private_networks": ON_LOOPBACK})}
    )


async def adds_method(
    office: Office, providers: StandIn, person: Person, kind: str, address: str, label: str = ""
) -> None:
    """Adds a contact method at Home, and verifies it with the code that arrives by it."""
    await person.home()
    await person.clicks_at_home("Add a method")
    before = len(providers.of(kind))
    assert await person.submits(kind=kind, address=address, label=label) == {}
    (arrived,) = providers.of(kind)[before:]
    code = code_in(arrived)
    assert await person.submits(code=code) == {}


def code_in(arrived: Json) -> str:
    words = f"{arrived.get('message', '')} {arrived.get('text', '')}".split()
    return next(word for word in words if word.isdigit() and len(word) == 6)


def acks_in(arrived: Json) -> list[str]:
    """The links that acknowledge."""
    if "actions" in arrived:
        return [action["url"] for action in arrived["actions"]]
    if "links" in arrived:
        return [link["url"] for link in arrived["links"]]
    return [
        word for word in f"{arrived.get('message', '')} {arrived.get('text', '')}".split() if "/p/" in word
    ]


async def opens(office: Office, link: str, method: str = "GET", **form: str) -> tuple[int, str]:
    """What a browser shows behind a link; a POST is the button. What follows from that is waited for."""
    answer = await looks(office, link, method, **form)
    await office.settled()
    return answer


async def looks(office: Office, link: str, method: str = "GET", **form: str) -> tuple[int, str]:
    path = link.removeprefix(PUBLIC)
    async with office.http.request(
        method, f"{office.bot_url}{path}", data=form or None, allow_redirects=False
    ) as answer:
        return answer.status, await answer.text()
