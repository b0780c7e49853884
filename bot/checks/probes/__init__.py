"""Probes: a file a kind. None raises; whatever goes wrong is what was seen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import structlog

from bot.checks.evaluation import Seen
from bot.checks.probes import (
    command,
    dns,
    freshness,
    heartbeat,
    http,
    icmp,
    postgres,
    prometheus,
    redis,
    tcp,
    tls,
)
from bot.checks.probes.reach import Failed, Surroundings, words_for
from bot.config.fields import duration_text
from bot.config.sections.checks import Check

log = structlog.get_logger(__name__)

PROBES: dict[str, Callable[[Check, Surroundings], Awaitable[Seen]]] = {
    "http": http.probe,
    "tcp": tcp.probe,
    "dns": dns.probe,
    "tls": tls.probe,
    "icmp": icmp.probe,
    "postgres": postgres.probe,
    "redis": redis.probe,
    "prometheus": prometheus.probe,
    "command": command.probe,
    "freshness": freshness.probe,
    "heartbeat": heartbeat.probe,
}


async def run(check: Check, around: Surroundings) -> Seen:
    """Runs a check once, for as long as its timeout at most."""
    expected = "an answer"
    try:
        async with asyncio.timeout(check.timeout.total_seconds()):
            return await PROBES[check.kind](check, around)
    except TimeoutError:
        return Seen(False, expected, f"none within {duration_text(check.timeout)}")
    except Failed as failed:
        return Seen(False, expected, str(failed))
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return Seen(False, expected, words_for(error))
    except Exception as error:
        log.exception("A check failed in Tocsin itself", check=check.name, kind=check.kind)
        return Seen(False, expected, f"a fault of Tocsin's ({type(error).__name__})")
