"""Heartbeats: what was heard is a row, and the network has no part in it."""

from __future__ import annotations

from bot.checks.evaluation import Seen
from bot.checks.heartbeats import Heard, listen
from bot.checks.probes.reach import Surroundings
from bot.config.sections.checks import Check, HeartbeatProbe, zone_of


async def probe(check: Check, around: Surroundings) -> Seen:
    wanted: HeartbeatProbe = check.probe  # type: ignore[assignment]
    heard = around.heard or Heard(known_at=around.now)
    return listen(wanted, heard, zone_of(wanted, around.zone), now=around.now)
