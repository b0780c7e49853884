"""What is said of routine tasks: the message of those that came at one moment, and in its thread what is overdue and
what commands wrote.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.outbox import OutboxItem
from bot.delivery.in_place import KeptInChannel
from bot.delivery.incident_messages import MessageSender
from bot.delivery.pages import DirectSender
from bot.delivery.sender import Later, Stale, new_message
from bot.delivery.slack import Call
from bot.paging.people import accounts_of
from bot.routine.task_queries import of_message
from bot.routine.task_rows import RoutineMessage, RoutineOccurrence
from bot.views import routine_tasks as view


class RoutineMessageSender(KeptInChannel):
    """In the routine's channel: what came at one moment, kept current."""

    kind = "routine.message"

    async def row(self, session: AsyncSession, item: OutboxItem) -> RoutineMessage | None:
        return await session.get(RoutineMessage, int(item.about["message"]))

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        message = await self.row(session, item)
        rows = await of_message(session, int(item.about["message"]))
        if message is None or not rows:
            return Stale("the tasks are gone")
        accounts = await accounts_of(session, self.config, owners(rows))
        args = {
            "text": view.message_text(rows),
            "blocks": view.message_blocks(rows, accounts, self.config, now=now),
        }
        return self.said(item, message, self.config.routine_channel, args)


class InRoutineThread(MessageSender):
    """A word in the thread of such a message."""

    async def place(self, session: AsyncSession, message_id: int) -> dict[str, str] | Later:
        message = await session.get(RoutineMessage, message_id)
        if message is None or message.message_ts is None or message.channel_id is None:
            return Later("its message is not there yet")
        return {"channel": message.channel_id, "thread_ts": message.message_ts}


class RoutineReminderSender(InRoutineThread):
    """Those who have what is overdue are told, all of one message together."""

    kind = "routine.reminder"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        rows = await of_message(session, int(item.about["message"]))
        late = [row for row in rows if row.is_overdue(now)]
        if not late:
            return Stale("nothing of it is overdue any more")
        place = await self.place(session, int(item.about["message"]))
        if isinstance(place, Later):
            return place
        accounts = await accounts_of(session, self.config, owners(late))
        return new_message(item, {**place, "text": view.reminder_text(late, accounts)})


class RoutineOutputSender(InRoutineThread):
    """What a task's command wrote."""

    kind = "routine.output"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        row = await session.get(RoutineOccurrence, int(item.about["occurrence"]))
        if row is None:
            return Stale("the task is gone")
        place = await self.place(session, int(row.message_id or 0))
        if isinstance(place, Later):
            return place
        return new_message(item, {**place, "text": view.output_text(row)})


class TaskHandedSender(DirectSender):
    """Whoever was handed a task is told."""

    kind = "routine.handed"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        row = await session.get(RoutineOccurrence, int(item.about["occurrence"]))
        if row is None or not row.is_open:
            return Stale("it is closed already")
        accounts = await accounts_of(session, self.config, owners([row]))
        if accounts.get(row.owner or "") != item.about["user"]:
            return Stale("somebody else has it by now")
        text = view.handed_text(row, item.about["by"])
        blocks = view.task_blocks(row, accounts, self.config, now=now)
        head = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
        return new_message(item, {"channel": item.about["user"], "text": text, "blocks": [head, *blocks]})


def owners(rows: Sequence[RoutineOccurrence]) -> list[str]:
    return sorted({row.owner for row in rows if row.owner is not None})
