"""Asks Slack who is in the user groups that `permissions` of app.yaml names."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.outbox import OutboxItem, Priority, enqueue
from bot.core.user_groups import keep_groups, unknown_groups
from bot.delivery.sender import Later, Sender, Stale
from bot.delivery.slack import Call

# Slack tells of each change by an event; this is for those that got lost.
READ_EVERY = timedelta(hours=1)
GROUPS = "groups"


class ReadGroupsSender(Sender):
    """All groups with their people are one call. It repeats itself while app.yaml names one."""

    kind = "groups.read"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        if not self.config.permissions.groups:
            return Stale("app.yaml names no user group")
        return Call("usergroups.list", {"include_users": True})

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        listed = answer.get("usergroups") or ()
        await keep_groups(session, self.config.permissions.groups, listed, now=now)
        _read(session, now=now, delay=READ_EVERY)

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        """A plan without user groups, or a permission that the app lacks: `tocsin doctor` tells; it may be mended."""
        return READ_EVERY


async def read_groups(session: AsyncSession, config: Config, *, now: datetime) -> None:
    """Begins to read them, at once where one was never read, unless that is waiting already."""
    if not config.permissions.groups:
        return
    waiting = select(OutboxItem.id).where(OutboxItem.fold == GROUPS, OutboxItem.due_at.is_not(None))
    if await session.scalar(waiting.limit(1)) is None or await unknown_groups(
        session, config.permissions.groups
    ):
        _read(session, now=now)


def groups_changed(session: AsyncSession, config: Config, *, now: datetime) -> None:
    """Slack says that a group has changed: what it says in an event may come late or twice, so all are read anew."""
    if config.permissions.groups:
        _read(session, now=now)


def _read(session: AsyncSession, *, now: datetime, delay: timedelta = timedelta()) -> None:
    enqueue(session, "groups.read", now=now, fold=GROUPS, priority=Priority.NOTE, delay=delay)
