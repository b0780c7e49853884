"""Digests come again: each occurrence makes a row and an intent, and what it says is read when it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cadences.cadence import cadence, latest
from bot.cadences.recurring import Occurrence, Plan
from bot.config import Config
from bot.config.sections.digests import Digest
from bot.core.db import insert_row
from bot.core.outbox import Priority, enqueue
from bot.digests.rows import DigestMessage
from bot.digests.spans import LONGEST_DAILY, Spans, complete

KIND = "digest"


def plans(config: Config) -> Mapping[str, Plan]:
    """When each digest of app.yaml is sent."""
    return {one.name: Plan(cadence(config, one.cadence)) for one in config.digests}


def spans_of(config: Config, digest: Digest, at: datetime) -> Spans:
    """What a digest tells of when it is sent at this moment; days are those of its cadence's zone."""
    ready = cadence(config, digest.cadence)
    since = None
    if digest.period == "daily":
        moment = at - at.resolution
        since = latest(ready, since=at - LONGEST_DAILY, until=moment)
    return complete(digest.period, at, ready.zone, since=since)


async def carry_out(session: AsyncSession, config: Config, occurrence: Occurrence, now: datetime) -> None:
    """Notes that this occurrence's digest is to be sent."""
    digest = config.digest(occurrence.key[1])
    if digest is None:
        return
    span = spans_of(config, digest, occurrence.at).span
    row = await insert_row(
        session,
        DigestMessage,
        name=digest.name,
        occurs_at=occurrence.at,
        starts_at=span.start,
        ends_at=span.end,
        missed_at=occurrence.missed,
        created_at=now,
    )
    enqueue(
        session,
        "digest.message",
        now=now,
        about={"digest": row.id},
        fold=f"digest:{row.id}",
        priority=Priority.DIGEST,
    )
