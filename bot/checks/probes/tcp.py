"""Connections over TCP."""

from __future__ import annotations

import asyncio

from bot.checks.evaluation import Seen
from bot.checks.probes.reach import Surroundings, addresses_of, forbids_for
from bot.config.sections.checks import Check, TcpProbe

LARGEST_ANSWER = 4096


async def probe(check: Check, around: Surroundings) -> Seen:
    wanted: TcpProbe = check.probe  # type: ignore[assignment]
    began = around.clock.monotonic()
    reader, writer = await connected(check, wanted.host, wanted.port)
    latency = (around.clock.monotonic() - began) * 1000
    expected = "a connection"
    try:
        if wanted.send is not None:
            writer.write(wanted.send.encode() + b"\r\n")
            await writer.drain()
        if wanted.contains is not None:
            expected = f"an answer with “{wanted.contains}”"
            heard = await _until(reader, wanted.contains.encode())
            if wanted.contains.encode() not in heard:
                said = heard.decode("utf-8", "replace").strip()[:100]
                return Seen(False, expected, f"“{said}”", latency, latency)
        return Seen(True, expected, "connected", latency, latency)
    finally:
        writer.close()


async def connected(check: Check, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to one of the host's addresses, each of which the check may reach."""
    problem: OSError | None = None
    for family, place in await addresses_of(host, port, forbids_for(check)):
        try:
            return await asyncio.open_connection(place, port, family=family)
        except OSError as error:
            problem = error
    raise problem or OSError("no address")


async def _until(reader: asyncio.StreamReader, part: bytes) -> bytes:
    heard = b""
    while part not in heard and len(heard) < LARGEST_ANSWER:
        chunk = await reader.read(LARGEST_ANSWER - len(heard))
        if not chunk:
            break
        heard += chunk
    return heard
