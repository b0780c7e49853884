"""Deployments and commits that GitHub told of, kept for the figures of delivery: signals are gone after a month."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.event import Event
from bot.alerts.formats import words
from bot.alerts.rows import Deployment
from bot.config import Config
from bot.core.db import insert_missing

# How a deployment ends. What comes between (queued, in_progress) and after (inactive) tells nothing new.
ENDS = ("success", "failure", "error")
# Where GitHub does not say whether an environment is production, its name does.
PRODUCTION = ("prod", "live")


async def note(
    session: AsyncSession,
    integration: str,
    event: Event,
    *,
    service: str | None,
    config: Config,
    now: datetime,
) -> None:
    """Keeps what the figures need of a change, once; nothing of a change that is neither deployment nor commit."""
    known = config.integration(integration)
    if known is None or known.kind != "github":
        return
    kind, _, _ = event.key.partition(":")
    sha = str(event.details.get("sha") or "")[:64] or None
    state = event.labels.get("state", "")[:40]
    row = {
        "integration": integration,
        "service": service,
        "environment": "",
        "production": False,
        "state": state,
        "sha": sha,
        "at": event.occurred_at or now,
        "committed_at": None,
    }
    if kind == "deployment_status" and state in ENDS:
        deployment = str(event.details.get("deployment") or event.key)
        row |= {
            "kind": "deployment",
            "key": f"deployment:{deployment}:{state}"[:255],
            "environment": event.labels.get("environment", "")[:255],
            "production": _is_production(event),
        }
    elif kind == "workflow_run" and sha is not None and "committed_at" in event.details:
        committed_at = words.moment(event.details["committed_at"])
        row |= {"kind": "run", "key": f"commit:{sha}", "committed_at": committed_at}
    else:
        return
    await insert_missing(session, Deployment, [row])


def _is_production(event: Event) -> bool:
    said = event.details.get("production_environment")
    if isinstance(said, bool):
        return said
    return event.labels.get("environment", "").lower().startswith(PRODUCTION)


def old_deployments(before: datetime) -> Select[int]:
    """Those of before, the oldest first."""
    return select(Deployment.id).where(Deployment.at < before).order_by(Deployment.at)
