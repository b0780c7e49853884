"""What must be told about an incident: the intents that its verbs leave in the outbox.

Two lanes keep the order in which people read: one for the incident's channel, one for its announcement.
Topic, bookmarks and invitations have none, so that no failure among them holds up a message.
"""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.outbox import Priority, enqueue
from bot.incidents.rows import Incident

# What is told elsewhere waits this long for the channel, so that it can link to it at once. A slow or failing
# Slack must not keep people uninformed for longer.
WAITS_FOR_CHANNEL = timedelta(seconds=3)


def channel(session: AsyncSession, incident: Incident, *, now: datetime) -> None:
    """Make the channel; everything that lives in it follows from its being there. The card takes its place in the lane
    now, ahead of whatever is to be said in the channel: who opens it reads first what it is about.
    """
    enqueue(session, "incident.channel", now=now, incident_id=incident.id, priority=Priority.CARD)
    _card(session, incident, now=now, delay=WAITS_FOR_CHANNEL, first=True)


def card(session: AsyncSession, incident: Incident, *, now: datetime) -> None:
    """Bring the pinned card up to date. Without a channel there is nothing to do: its creation leads here."""
    if incident.channel_id is not None:
        _card(session, incident, now=now)


def _card(
    session: AsyncSession,
    incident: Incident,
    *,
    now: datetime,
    delay: timedelta = timedelta(),
    first: bool = False,
) -> None:
    enqueue(
        session,
        "incident.card",
        now=now,
        incident_id=incident.id,
        lane=f"incident:{incident.id}",
        fold=f"card:{incident.id}",
        priority=Priority.CARD,
        delay=delay,
        first=first,
    )


def announcement(
    session: AsyncSession,
    incident: Incident,
    *,
    now: datetime,
    delay: timedelta = timedelta(),
    first: bool = False,
) -> None:
    """Bring the message in the announcement channel up to date. Private incidents have none."""
    if incident.is_announced:
        enqueue(
            session,
            "incident.announcement",
            now=now,
            incident_id=incident.id,
            lane=f"announcement:{incident.id}",
            fold=f"announcement:{incident.id}",
            priority=Priority.CARD,
            delay=delay,
            first=first,
        )


def topic(session: AsyncSession, incident: Incident, *, now: datetime) -> None:
    """Bring the channel's topic up to date: severity, status, title. Slack writes a line about each change."""
    if incident.channel_id is not None:
        enqueue(session, "incident.topic", now=now, incident_id=incident.id, fold=f"topic:{incident.id}")


def renamed(session: AsyncSession, incident: Incident, *, now: datetime) -> None:
    """Give the channel the name that its incident's title makes by now."""
    enqueue(session, "incident.rename", now=now, incident_id=incident.id, fold=f"rename:{incident.id}")


def invitations(session: AsyncSession, incident: Incident, *, now: datetime) -> None:
    """Invite the responders who were not yet."""
    if incident.channel_id is not None:
        enqueue(
            session,
            "incident.invite",
            now=now,
            incident_id=incident.id,
            fold=f"invite:{incident.id}",
            priority=Priority.CARD,
        )


def archive(session: AsyncSession, incident: Incident, *, now: datetime) -> None:
    """Archive the channel, behind all that is still to be said in it."""
    enqueue(session, "incident.archive", now=now, incident_id=incident.id, lane=f"incident:{incident.id}")


def unarchive(session: AsyncSession, incident: Incident, *, by: str, now: datetime) -> None:
    """Open the channel again for whoever reopened the incident. In no lane: what is to be said in it waits anyway."""
    enqueue(
        session,
        "incident.unarchive",
        now=now,
        incident_id=incident.id,
        about={"by": by},
        priority=Priority.CARD,
    )


def unarchive_by_hand(session: AsyncSession, incident: Incident, user_id: str, *, now: datetime) -> None:
    """Slack does not let it be opened: whoever asked for it is told how to do it."""
    enqueue(
        session,
        "incident.unarchive_by_hand",
        now=now,
        incident_id=incident.id,
        about={"user": user_id},
        priority=Priority.ANSWER,
    )


def nudge(session: AsyncSession, incident: Incident, kind: str, *, now: datetime) -> None:
    """Ask in the channel, or have what was asked there say what became of it."""
    enqueue(
        session,
        "incident.nudge",
        now=now,
        incident_id=incident.id,
        about={"kind": kind},
        lane=f"incident:{incident.id}",
        fold=f"nudge:{incident.id}:{kind}",
    )


def nudge_asked_again(
    session: AsyncSession, incident: Incident, kind: str, message_ts: str, *, now: datetime
) -> None:
    """An older question points to the newer one, and has no buttons any more."""
    enqueue(
        session,
        "incident.nudge",
        now=now,
        incident_id=incident.id,
        about={"kind": kind, "ts": message_ts},
        lane=f"incident:{incident.id}",
    )


def nudge_in_person(
    session: AsyncSession, incident: Incident, kind: str, user_id: str, *, now: datetime
) -> None:
    """Nobody answered in the channel: the one who should is told in private."""
    enqueue(
        session,
        "incident.nudge_in_person",
        now=now,
        incident_id=incident.id,
        about={"kind": kind, "user": user_id},
    )


def changed(session: AsyncSession, incident: Incident, *, now: datetime) -> None:
    """Everything that shows the incident's state is to be brought up to date."""
    incident.changed_at = now
    card(session, incident, now=now)
    announcement(session, incident, now=now)


def post(session: AsyncSession, incident: Incident, *, entry_number: int, now: datetime) -> None:
    """Say in the incident's channel what this timeline entry says."""
    enqueue(
        session,
        "incident.post",
        now=now,
        incident_id=incident.id,
        about={"entry": entry_number},
        lane=f"incident:{incident.id}",
    )


def amended(session: AsyncSession, incident: Incident, *, entry_number: int, now: datetime) -> None:
    """Have what was posted of this timeline entry say what it says by now."""
    places = (incident.channel_id, "incident"), (incident.announcement_channel_id, "announcement")
    for channel, lane in places:
        if channel is not None:
            enqueue(
                session,
                "incident.amended_post",
                now=now,
                incident_id=incident.id,
                about={"entry": entry_number, "channel": channel},
                lane=f"{lane}:{incident.id}",
                fold=f"amended:{incident.id}:{entry_number}:{lane}",
            )


def post_to_announcement(
    session: AsyncSession, incident: Incident, *, entry_number: int, now: datetime
) -> None:
    """Say it in the announcement's thread, for those who only follow along."""
    if incident.is_announced:
        enqueue(
            session,
            "incident.announcement_reply",
            now=now,
            incident_id=incident.id,
            about={"entry": entry_number},
            lane=f"announcement:{incident.id}",
        )
