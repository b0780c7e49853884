"""What must be told about a review: the intents that its verbs leave in the outbox."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.outbox import Priority, enqueue
from bot.incidents.homes import refresh_homes
from bot.incidents.rows import Incident


async def changed(session: AsyncSession, incident: Incident, *, now: datetime) -> None:
    """The card in the incident's channel, and Homes, are to show how the review stands."""
    enqueue(
        session,
        "review.card",
        now=now,
        incident_id=incident.id,
        lane=f"incident:{incident.id}",
        fold=f"review:{incident.id}",
    )
    await refresh_homes(session, now=now)


def remind(session: AsyncSession, incident: Incident, to: str | None, rung: str, *, now: datetime) -> None:
    """Remind a person (by user id, or by a name of app.yaml); nobody: the incident's channel."""
    enqueue(
        session,
        "review.reminder",
        now=now,
        incident_id=incident.id,
        about={"to": to, "rung": rung},
        fold=f"review.reminder:{incident.id}:{to}:{rung}",
    )


def published(session: AsyncSession, incident: Incident, *, now: datetime) -> None:
    """Bring the message in the channel of reviews up to date; the document follows in its thread."""
    enqueue(
        session,
        "review.published",
        now=now,
        incident_id=incident.id,
        lane=f"review:{incident.id}",
        fold=f"review.published:{incident.id}",
    )


def send_file(session: AsyncSession, incident: Incident, user: str, form: str, *, now: datetime) -> None:
    """The document as a file in somebody's direct messages."""
    enqueue(
        session,
        "review.export",
        now=now,
        incident_id=incident.id,
        about={"user": user, "form": form},
        priority=Priority.ANSWER,
    )
