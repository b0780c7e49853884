"""Heartbeats: whether what should say that it lives did so in time. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from bot.checks.evaluation import Seen
from bot.config.fields import duration_text
from bot.config.sections.checks import HeartbeatProbe

Ping = Literal["start", "success", "fail"]
# A ping that comes so little before its time is the one of that time: no two clocks agree.
EARLY = timedelta(seconds=30)
# What is seen until the first one came or should have come.
WAITING = "waiting for the first one"


@dataclass(frozen=True)
class Heard:
    """What was heard, and when. `known_at` is when it began to be expected."""

    known_at: datetime
    started_at: datetime | None = None
    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    note: str = ""


def deadline(heartbeat: HeartbeatProbe, heard: Heard, zone: ZoneInfo) -> datetime:
    """Until when the next success must come."""
    last = heard.succeeded_at or heard.known_at
    if heartbeat.period is not None:
        return last + heartbeat.period + heartbeat.grace
    trigger = CronTrigger.from_crontab(heartbeat.cron, timezone=zone)
    at: datetime | None = trigger.get_next_fire_time(None, last + EARLY)
    if not str(heartbeat.cron).split()[1].startswith("*"):
        # What runs at an hour runs once in the night when that hour comes twice, as cron does it.
        while at is not None and at.fold:
            at = trigger.get_next_fire_time(None, at.astimezone(UTC) + timedelta(seconds=1))
    if at is None:  # a day that never comes, such as 30 February
        return datetime.max.replace(tzinfo=UTC)
    return at.astimezone(UTC) + heartbeat.grace


def listen(heartbeat: HeartbeatProbe, heard: Heard, zone: ZoneInfo, *, now: datetime) -> Seen:
    """What a probe of a heartbeat finds: a failure that was told, an end that is missing, a success that is late."""
    expected = (
        f"a ping every {duration_text(heartbeat.period)}"
        if heartbeat.period
        else f"a ping by {heartbeat.cron}"
    )
    expected = f"{expected}, {duration_text(heartbeat.grace)} late at most"
    succeeded = heard.succeeded_at or datetime.min.replace(tzinfo=UTC)
    failed = heard.failed_at or datetime.min.replace(tzinfo=UTC)
    if failed > succeeded:
        return Seen(
            False, expected, f"it said at {failed:%Y-%m-%d %H:%M} UTC that it failed", output=heard.note
        )
    started = heard.started_at
    if started is not None and started > max(succeeded, failed) and now > started + heartbeat.grace:
        return Seen(False, expected, f"it began at {started:%Y-%m-%d %H:%M} UTC and said nothing since")
    if now > deadline(heartbeat, heard, zone):
        last = f"the last one at {succeeded:%Y-%m-%d %H:%M} UTC" if heard.succeeded_at else "none yet"
        return Seen(False, expected, last)
    return Seen(True, expected, "in time" if heard.succeeded_at else WAITING)
