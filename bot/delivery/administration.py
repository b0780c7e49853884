"""What those who run Tocsin are told in direct messages."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.administration.configuration import MENDED
from bot.administration.rows import ConfigTrouble
from bot.core.outbox import OutboxItem
from bot.delivery.pages import DirectSender
from bot.delivery.sender import Later, Stale, new_message
from bot.delivery.slack import Call
from bot.views import administration as view


class ConfigNoticeSender(DirectSender):
    """A changed app.yaml was refused, or is in order again."""

    kind = "config.notice"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        trouble = await session.get(ConfigTrouble, str(item.about["trouble"]))
        place = await self.address_of(session, str(item.about["to"]))
        if trouble is None or place is None:
            return Stale("app.yaml does not know this person any more")
        is_mended = item.about["news"] == MENDED
        if is_mended != (trouble.mended_at is not None):
            return Stale("it is otherwise by now")
        text = view.mended_text(trouble) if is_mended else view.refused_text(trouble)
        return new_message(item, {"channel": place, "text": text})
