"""Commands to Redis, in its own protocol (RESP): a command is an array of texts, an answer begins with its kind."""

from __future__ import annotations

import asyncio
import ssl
from urllib.parse import unquote, urlsplit

from bot.checks.evaluation import Seen
from bot.checks.probes.reach import Failed, Surroundings, addresses_of, forbids_for, number, secret
from bot.config.sections.checks import Check, RedisProbe

LARGEST_ANSWER = 64 * 1024


async def probe(check: Check, around: Surroundings) -> Seen:
    wanted: RedisProbe = check.probe  # type: ignore[assignment]
    try:
        url = urlsplit(secret(around, wanted.url_from))
        host, port = url.hostname, url.port or 6379
    except ValueError:
        host = None
    if host is None or url.scheme not in ("redis", "rediss"):
        raise Failed(f"{wanted.url_from} holds no address of the form redis://host:6379")
    began = around.clock.monotonic()
    _, place = (await addresses_of(host, port, forbids_for(check)))[0]
    secure = ssl.create_default_context() if url.scheme == "rediss" else None
    reader, writer = await asyncio.open_connection(
        place, port, ssl=secure, server_hostname=host if secure else None, limit=LARGEST_ANSWER
    )
    try:
        if url.password:
            words = ("AUTH", *((unquote(url.username),) if url.username else ()), unquote(url.password))
            await _say(reader, writer, words)
        if url.path.strip("/"):
            await _say(reader, writer, ("SELECT", url.path.strip("/")))
        found = await _say(reader, writer, wanted.command)
    finally:
        writer.transport.abort()
    latency = (around.clock.monotonic() - began) * 1000
    expected = "something" if wanted.equals is None else str(wanted.equals)
    fits = found is not None if wanted.equals is None else found == str(wanted.equals)
    return Seen(fits, expected, "nothing" if found is None else found[:200], latency, number(found))


async def _say(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, words: tuple[str, ...]
) -> str | None:
    """The answer; raises Failed for an error."""
    parts = [word.encode() for word in words]
    writer.write(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
    await writer.drain()
    return await _answer(reader)


async def _answer(reader: asyncio.StreamReader, depth: int = 0) -> str | None:
    try:
        line = (await reader.readuntil(b"\r\n"))[:-2].decode("utf-8", "replace")
        kind, rest = line[:1], line[1:]
        if kind == "-":
            # NOAUTH, WRONGPASS, ERR …: what follows the first word may repeat what was sent.
            raise Failed(f"Redis refuses: {rest.partition(' ')[0][:40]}")
        if kind == "$":
            size = int(rest)
            if size > LARGEST_ANSWER:
                raise Failed("the answer is too long")
            return None if size < 0 else (await reader.readexactly(size + 2))[:-2].decode("utf-8", "replace")
        if kind == "*" and depth < 3 and int(rest) <= 1000:
            return " ".join([str(await _answer(reader, depth + 1)) for _ in range(int(rest))])
        if kind in ("+", ":"):
            return rest
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
        pass
    raise Failed("that is not Redis")
