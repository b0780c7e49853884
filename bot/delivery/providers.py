"""Handing a message to whoever carries it beside Slack: one call, one outcome, as with Slack.

    SlackFailed
    ├── Refused       ── ProviderRefused   it said no: nothing was sent
    └── Unclear       ── ProviderUnclear   no proper answer came; `arrived` says whether it may have been sent

E-mail, SMS, voice, Pushover, Telegram and Teams go through apprise, in threads of their own. ntfy and webhooks do
not: their addresses are chosen by people, and apprise looks names up by itself and follows redirects, so that an
address which was found harmless could lead somewhere else a moment later. (Of ntfy's action buttons apprise also
knows only the short form.)
"""

import asyncio
import ipaddress
import json
import logging
import re
import threading
import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import quote, unquote, urlsplit

import aiohttp

from bot.core.addresses import CarefulResolver, Forbidden, only_public, refuse_literal
from bot.core.errors import OperatorError
from bot.core.vault import VARIABLE, Vault
from bot.delivery.slack import Refused, Unclear
from bot.paging.contacts import KINDS
from bot.views.contact_text import Message

NEED_GATEWAY = ("email", "sms", "voice", "pushover", "telegram")
# Of each kind, so that one that hangs keeps no other waiting.
THREADS = 16
LONGEST_ANSWER = 64 * 1024
LONGEST_WORDS = 200


def deliverable(gateways: Mapping[str, str]) -> list[str]:
    """The kinds of contact methods that can be used here: some need a gateway."""
    return [kind for kind in KINDS if kind not in NEED_GATEWAY or kind in gateways]


class ProviderRefused(Refused):
    """The provider will not take it."""

    whom: ClassVar[str] = "a provider"

    def __init__(self, kind: str, code: str) -> None:
        super().__init__(kind, code[:100], {})


class ProviderUnclear(Unclear):
    """The provider gave no proper answer."""

    whom: ClassVar[str] = "a provider"

    def __init__(self, kind: str, code: str, *, arrived: bool) -> None:
        super().__init__(kind, code[:100], arrived=arrived)


class Providers:
    """All ways beside Slack. One per process; `gateways` are apprise URLs by kind, `private_networks` those of app.yaml."""

    def __init__(
        self,
        *,
        gateways: Mapping[str, str],
        vault: Vault,
        within: timedelta,
        private_networks: Sequence[str] = (),
        organization: str = "",
    ) -> None:
        self._gateways = gateways
        self.vault = vault
        self._within = within.total_seconds()
        self._forbids = only_public([ipaddress.ip_network(text) for text in private_networks])
        self._threads = {
            kind: ThreadPoolExecutor(THREADS, thread_name_prefix=kind) for kind in (*NEED_GATEWAY, "teams")
        }
        self._organization = organization

    def go_on_from(self, former: "Providers") -> None:
        """Has its threads: what they carry goes on."""
        self.stop()
        self._threads = former._threads

    def start(self) -> None:
        """Gets apprise ready ahead of need: a page is not to wait for it."""
        for kind in list(self._gateways)[:1]:
            self._threads[kind].submit(_load)

    def stop(self) -> None:
        """Waits for nobody: what hangs ends by its own timeout."""
        for threads in self._threads.values():
            threads.shutdown(wait=False, cancel_futures=True)

    def can(self, kind: str) -> bool:
        """Whether this kind can be delivered here."""
        return kind not in NEED_GATEWAY or kind in self._gateways

    async def send(self, kind: str, encrypted: str, message: Message) -> str:
        """Hands it over; returns the provider's answer, without secrets, or raises ProviderRefused or ProviderUnclear."""
        try:
            address = self.vault.decrypt(encrypted)
        except OperatorError:
            what = "was changed" if self.vault.is_open else "is not set"
            raise ProviderRefused(kind, f"the address cannot be read: {VARIABLE} {what}") from None
        return await self.send_to(kind, address, message)

    async def send_to(self, kind: str, address: str, message: Message) -> str:
        """The same, to an address in plain text."""
        if kind in ("ntfy", "webhook"):
            return await self._directly(kind, address, message)
        return await self._by_apprise(kind, address, message)

    # -- apprise ----------------------------------------------------------------------------------------------

    async def _by_apprise(self, kind: str, address: str, message: Message) -> str:
        gateway = self._gateways.get(kind)
        if kind in NEED_GATEWAY and gateway is None:
            raise ProviderRefused(kind, f"TOCSIN_GATEWAY_{kind.upper()} is not set")
        url = address if gateway is None else gateway.replace("{address}", quote(address, safe=""))
        body = message.body if kind == "voice" else message.text  # nobody wants a link read aloud
        outgoing = _Outgoing(kind, url, address, message.title, body, self._within)
        work = asyncio.get_running_loop().run_in_executor(self._threads[kind], outgoing.send)
        try:
            ok, said = await asyncio.wait_for(work, self._within)
        except TimeoutError:
            # Where all threads hang it never began, and never will.
            raise ProviderUnclear(kind, "no answer in time", arrived=outgoing.began.is_set()) from None
        answer = redacted(said, address, gateway or "")
        if ok:
            return answer or "accepted"
        refusal = re.search(r"error=(4\d\d)\b", said)
        if said.startswith(NOT_UNDERSTOOD) or (refusal and refusal[1] not in ("408", "429")):
            raise ProviderRefused(kind, answer)
        raise ProviderUnclear(kind, answer or "the provider did not take it", arrived=True)

    # -- ntfy and webhooks ------------------------------------------------------------------------------------

    async def _directly(self, kind: str, address: str, message: Message) -> str:
        url, headers, body = (_ntfy if kind == "ntfy" else _webhook)(address, message, self._organization)
        try:
            refuse_literal(urlsplit(url).hostname or "", self._forbids)
            connector = aiohttp.TCPConnector(resolver=CarefulResolver(self._forbids), use_dns_cache=False)
            async with (
                aiohttp.ClientSession(
                    connector=connector,
                    timeout=aiohttp.ClientTimeout(total=self._within),
                    cookie_jar=aiohttp.DummyCookieJar(),
                ) as http,
                http.post(url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                status = answer.status
                said = (await answer.content.read(LONGEST_ANSWER)).decode("utf-8", "replace")
        except Forbidden:
            raise ProviderRefused(kind, FORBIDDEN) from None
        except TimeoutError:
            raise ProviderUnclear(kind, "no answer in time", arrived=True) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if isinstance(error.__cause__ or error.__context__, Forbidden):
                raise ProviderRefused(kind, FORBIDDEN) from None
            never_left = isinstance(error, aiohttp.ClientConnectorError)
            raise ProviderUnclear(
                kind, f"the connection failed ({type(error).__name__})", arrived=not never_left
            ) from None
        words = redacted(f"HTTP {status} {_first_words(said)}".strip(), address)
        if 200 <= status < 300:
            return words
        if status >= 500 or status in (408, 429):
            raise ProviderUnclear(kind, words, arrived=True)
        raise ProviderRefused(kind, words)


FORBIDDEN = "the address is private, or of this machine; paging.private_networks in app.yaml can allow it"
NOT_UNDERSTOOD = "apprise does not understand"


def _ntfy(address: str, message: Message, _organization: str) -> tuple[str, dict[str, str], bytes]:
    """ntfy's own JSON publishing: the whole form of its actions, and a title in any script."""
    parts = urlsplit(address)
    publish: dict[str, Any] = {
        "topic": parts.path.strip("/"),
        "title": message.title,
        "message": message.body,
        "priority": 2 if message.quiet else 5,
        "tags": ["bell"] if message.quiet else ["rotating_light"],
    }
    if message.acks:
        publish["actions"] = [
            {"action": "http", "label": ack.label, "url": ack.url, "method": "POST", "clear": True}
            for ack in message.acks
        ]
        publish["click"] = message.acks[0].url
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}/", _credentials(address), json.dumps(publish).encode()


def _credentials(address: str) -> dict[str, str]:
    """ntfy's access token in the place of the name, or name and password."""
    parts = urlsplit(address)
    headers = {"Content-Type": "application/json", "User-Agent": "Tocsin"}
    if parts.username:
        name, password = unquote(parts.username), unquote(parts.password or "")
        headers["Authorization"] = (
            aiohttp.BasicAuth(name, password, "utf-8").encode() if password else f"Bearer {name}"
        )
    return headers


def _webhook(address: str, message: Message, organization: str) -> tuple[str, dict[str, str], bytes]:
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    body = {
        "source": "tocsin",
        "organization": organization,
        "title": message.title,
        "text": message.body,
        "quiet": message.quiet,
        "links": [{"label": ack.label, "url": ack.url, "method": "POST"} for ack in message.acks],
        "more": message.link,
    }
    return parts._replace(netloc=host).geturl(), _credentials(address), json.dumps(body).encode()


def _first_words(said: str) -> str:
    try:
        answer = json.loads(said)
    except ValueError:
        return said
    return str(answer.get("error") or "") if isinstance(answer, dict) else ""


def redacted(said: str, *secrets: str) -> str:
    """The provider's words without any part of an address or a gateway, in one short line."""
    text = " ".join(said.split())
    for secret in secrets:
        whole = (secret, unquote(secret), quote(secret, safe=""))
        beyond_scheme = secret.partition("://")[2] or secret
        parts = re.split(r"[^A-Za-z0-9_-]+", unquote(beyond_scheme.replace("{address}", "")))
        for part in sorted({*whole, *parts}, key=len, reverse=True):
            if len(part) >= 4:
                text = re.sub(re.escape(part), "…", text, flags=re.IGNORECASE)
    return text[:LONGEST_WORDS]


# -- in a thread ----------------------------------------------------------------------------------------------

_heard = threading.local()
_loading = threading.Lock()


@dataclass(frozen=True)
class _Outgoing:
    """One message on its way through apprise."""

    kind: str
    url: str
    address: str
    title: str
    body: str
    within: float
    began: threading.Event = field(default_factory=threading.Event)

    def send(self) -> tuple[bool, str]:
        """Blocks. Whether the provider took it, and what apprise said meanwhile."""
        self.began.set()
        apprise = _load()
        lines: list[str] = []
        _heard.lines = lines
        try:
            asset = apprise.AppriseAsset(app_id="Tocsin", app_desc="Tocsin", app_url="", secure_logging=True)
            plugin = apprise.Apprise.instantiate(self.url, asset=asset, suppress_exceptions=True)
            if plugin is None or (self.kind == "teams" and type(plugin).__name__ != "NotifyWorkflows"):
                return False, f"{NOT_UNDERSTOOD} the address of this {self.kind}"
            if type(plugin).__name__ == "NotifyEmail":
                # It would read a name into some addresses, and write to another: o'neil@… became neil@….
                plugin.targets = [(False, self.address)]
            plugin.socket_connect_timeout = min(plugin.socket_connect_timeout, self.within)
            ok = bool(plugin.notify(body=self.body, title=self.title, body_format=apprise.NotifyFormat.TEXT))
        finally:
            _heard.lines = None
        return ok, lines[-1] if lines else ""


def _load() -> Any:
    """apprise, when it is needed first: it takes half a second, and most never need it."""
    with _loading, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # one of its plugins asks for a module of old
        import apprise  # see above

        log = logging.getLogger("apprise")
        if not any(isinstance(handler, _Ear) for handler in log.handlers):
            log.addHandler(_Ear(logging.INFO))
            log.setLevel(logging.INFO)
            # Its lines, and those of what it stands on, may hold addresses and keys.
            log.propagate = False
            for name in ("urllib3", "requests"):
                logging.getLogger(name).setLevel(logging.CRITICAL)
            apprise.Apprise.instantiate("json://localhost")  # loads the plugins
    return apprise


class _Ear(logging.Handler):
    """apprise tells what went wrong by its log alone."""

    def emit(self, record: logging.LogRecord) -> None:
        lines = getattr(_heard, "lines", None)
        if lines is not None:
            lines.append(record.getMessage())
