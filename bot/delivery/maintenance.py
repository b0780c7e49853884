"""What is said of maintenance that people start: a message that is kept current, and a reminder before its end."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.rows import MaintenanceWindow
from bot.core.outbox import OutboxItem
from bot.delivery.in_place import KeptInChannel
from bot.delivery.pages import DirectSender
from bot.delivery.sender import Later, Stale, new_message
from bot.delivery.slack import Call
from bot.views import maintenance as view


class MaintenanceMessageSender(KeptInChannel):
    """In the announcement channel: planned, running, over, and how many alerts rang nobody because of it."""

    kind = "maintenance.message"

    async def row(self, session: AsyncSession, item: OutboxItem) -> MaintenanceWindow | None:
        return await session.get(MaintenanceWindow, int(item.about["window"]))

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        row = await self.row(session, item)
        if row is None:
            return Stale("the maintenance is gone")
        if row.message_ts is None and row.is_over and row.began_at is None:
            return Stale("it was called off before it was told")
        args = {
            "text": view.window_text(row, self.config, now=now),
            "blocks": view.window_blocks(row, self.config, now=now),
        }
        return self.said(item, row, self.config.channels.announcements, args)


class MaintenanceReminderSender(DirectSender):
    """Asks whoever started it, shortly before its end, whether it is long enough."""

    kind = "maintenance.reminder"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        row = await session.get(MaintenanceWindow, int(item.about["window"]))
        if row is None or row.is_over or row.ends_at <= now:
            return Stale("it is over")
        if row.ends_at != datetime.fromisoformat(item.about["until"]):
            return Stale("it was extended meanwhile")
        args = {
            "channel": row.made_by,
            "text": view.reminder_text(row, self.config),
            "blocks": view.reminder_blocks(row, self.config),
        }
        return new_message(item, args)
