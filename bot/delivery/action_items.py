"""What people are told of action items in direct messages: that one is theirs now, and that it is due or late."""

from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.errors import NotFound
from bot.core.outbox import OutboxItem
from bot.core.viewer import Viewer
from bot.delivery.pages import DirectSender
from bot.delivery.sender import Later, Stale, new_message
from bot.delivery.slack import Call
from bot.reviews.action_queries import item_by_number
from bot.reviews.action_rows import ActionItem
from bot.reviews.actions import today
from bot.views import action_items as view


class _TellSender(DirectSender):
    """Tells one person (or a channel, by #name), from the item as it is now and as this person may see it."""

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        to = str(item.about["to"])
        try:
            found = await item_by_number(session, int(item.about["item"]), Viewer(to))
        except NotFound:
            return Stale("this person may not see the item")
        if not found.is_unfinished:
            return Stale("it is closed")
        return self.words(item, found, to, today(self.config, now))

    def words(self, item: OutboxItem, found: ActionItem, to: str, day: date) -> Call | Stale:
        raise NotImplementedError


class GivenSender(_TellSender):
    """To its owner, when somebody else decided that."""

    kind = "action.given"

    def words(self, item: OutboxItem, found: ActionItem, to: str, day: date) -> Call | Stale:
        if found.owner != to:
            return Stale("it was handed over again")
        by = item.about.get("by")
        args = {
            "channel": to,
            "text": view.given_text(found, by),
            "blocks": view.given_blocks(found, by, self.config, today=day),
        }
        return new_message(item, args)


class ActionReminderSender(_TellSender):
    """To its owner before, at and after the due date; later to those as well who wait for it."""

    kind = "action.reminder"

    def words(self, item: OutboxItem, found: ActionItem, to: str, day: date) -> Call | Stale:
        if found.due_on.isoformat() != item.about["due"] or found.owner != item.about["owner"]:
            return Stale("it was moved or handed over meanwhile")
        has_left = bool(item.about.get("left"))
        args = {
            "channel": to,
            "text": view.reminder_text(found, today=day, to=to, has_left=has_left),
            "blocks": view.reminder_blocks(found, self.config, today=day, to=to, has_left=has_left),
        }
        return new_message(item, args)
