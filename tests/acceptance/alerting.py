"""What monitoring tools send, and what stands in the database of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import select

from bot.alerts.rows import Signal
from bot.config import Config
from bot.config.sections.integrations import Integration
from bot.core.db import Database

KEY = "0123456789abcdef0123456789abcdef"
OTHER_KEY = "fedcba9876543210fedcba9876543210"
SECRET = "a-secret-of-some-length"
Json = dict[str, Any]

INTEGRATIONS = (
    {"name": "events", "kind": "events_v2"},
    {"name": "other-events", "kind": "events_v2"},
    {"name": "prom", "kind": "alertmanager"},
    {"name": "unset", "kind": "alertmanager"},
)
VARIABLES = {
    "TOCSIN_INTEGRATION_EVENTS": KEY,
    "TOCSIN_INTEGRATION_OTHER_EVENTS": OTHER_KEY,
    "TOCSIN_INTEGRATION_PROM": SECRET,
}


def with_integrations(config: Config) -> Config:
    return config.model_copy(
        update={"integrations": tuple(Integration.model_validate(one) for one in INTEGRATIONS)}
    )


def trigger(key: str | None = "disk-1", **more: Any) -> Json:
    """A trigger event of the Events API."""
    event: Json = {
        "routing_key": KEY,
        "event_action": "trigger",
        "payload": {"summary": "Disk full", "source": "db1", "severity": "critical"},
    }
    return event | ({"dedup_key": key} if key is not None else {}) | more


def alertmanager(*fingerprints: str, status: str = "firing") -> Json:
    """A webhook of Alertmanager's, version 4."""
    return {
        "version": "4",
        "status": status,
        "receiver": "tocsin",
        "groupKey": "{}",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager",
        "truncatedAlerts": 0,
        "alerts": [
            {
                "status": status,
                "labels": {"alertname": "DiskFull", "severity": "critical", "instance": one},
                "annotations": {"summary": "Disk full"},
                "startsAt": "2026-01-01T00:00:00Z",
                "endsAt": "0001-01-01T00:00:00Z",
                "generatorURL": "http://prometheus/graph",
                "fingerprint": one,
            }
            for one in fingerprints
        ],
    }


async def signals(database: Database | str) -> list[tuple[str, str, str]]:
    """What was stored, in order: integration, action and key."""
    if isinstance(database, str):
        async with opened(database) as found:
            return await signals(found)
    async with database.read() as session:
        rows = await session.scalars(select(Signal).order_by(Signal.id))
        return [(row.integration, row.event["action"], row.event["key"]) for row in rows]


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


Change = Callable[[Config], Config]
