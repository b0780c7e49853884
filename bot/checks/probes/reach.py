"""What all probes share: what they are given, and which addresses they may reach."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp

from bot.checks.heartbeats import Heard
from bot.config.sections.checks import Check
from bot.core.addresses import (
    CarefulResolver,
    Forbidden,
    Forbids,
    Network,
    is_public,
    none_forbidden_but,
    only_public_or_in,
    refuse_literal,
)
from bot.core.clock import Clock


class Failed(Exception):
    """What should be reached or read is not to be had; the words say why, without an address that may be secret."""


@dataclass(frozen=True)
class Surroundings:
    """What probes are given. `secrets` are the variables that app.yaml names, `folder` is that of app.yaml, `heard`
    what was heard of the check's heartbeat.
    """

    now: datetime
    zone: ZoneInfo
    folder: Path
    secrets: Mapping[str, str]
    clock: Clock
    http: aiohttp.ClientSession
    heard: Heard | None = None

    def at(self, now: datetime, heard: Heard | None = None) -> Surroundings:
        """The same at another moment."""
        return replace(self, now=now, heard=heard)


def forbids_for(check: Check) -> Forbids:
    """Which addresses this check may not reach."""
    return none_forbidden_but(_allowed(check))


def forbids_behind(check: Check) -> Forbids:
    """Which addresses a redirect from outside may not lead to: what is inside, but for what is allowed."""
    return only_public_or_in(_allowed(check))


def _allowed(check: Check) -> list[Network]:
    return [ipaddress.ip_network(network) for network in check.private_networks]


async def leads_outside(host: str) -> bool:
    """Whether an address of this name is a public one."""
    found = await asyncio.get_running_loop().getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)
    return any(is_public(ipaddress.ip_address(str(place[0]).partition("%")[0])) for *_, place in found)


def secret(around: Surroundings, name: str) -> str:
    """The variable's value; raises Failed."""
    try:
        return around.secrets[name]
    except KeyError:
        raise Failed(f"the environment variable {name} is not set") from None


def address(around: Surroundings, written: str | None, variable: str | None) -> str:
    """The address, from app.yaml or the environment; raises Failed."""
    return written if written is not None else secret(around, str(variable))


def http_session(forbids: Forbids) -> aiohttp.ClientSession:
    """A client that opens a connection for each request: that it can be opened is part of what is checked."""
    connector = aiohttp.TCPConnector(
        resolver=CarefulResolver(forbids), ttl_dns_cache=10, force_close=True, limit=0
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "Tocsin"},
        timeout=aiohttp.ClientTimeout(total=None),  # each run has one of its own
    )


async def addresses_of(host: str, port: int, forbids: Forbids) -> list[tuple[socket.AddressFamily, str]]:
    """Where a name leads; raises Forbidden, or Failed when it leads nowhere."""
    refuse_literal(host.strip("[]"), forbids)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except socket.gaierror:
        raise Failed(f"the name {host} is not known") from None
    for *_, place in found:
        refuse_literal(str(place[0]), forbids)
    return [(family, str(place[0])) for family, _, _, _, place in found]


def words_for(error: BaseException) -> str:
    """Why something could not be reached, without the address."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, Forbidden):
            return "the address is link-local or of a cloud's metadata, or a redirect leads inside: not allowed (private_networks)"
        if isinstance(seen, aiohttp.ClientConnectorCertificateError):
            return f"the certificate is refused ({seen.certificate_error})"
        if isinstance(seen, ConnectionRefusedError):
            return "the connection is refused"
        if isinstance(seen, socket.gaierror):
            return "the name is not known"
        seen = seen.__cause__ or seen.__context__
    return f"the connection failed ({type(error).__name__})"


def number(value: object) -> float | None:
    """What an answer measures, where it is a number."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(str(value))
    except ValueError:
        return None
