"""Messages about pages that were in doubt when nobody needed them any more: one that arrives late is kept current too.

Slack may carry a call out long after its connection was closed. The message would ring, and ask for an
acknowledgement, for ever.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.outbox import OutboxItem
from bot.delivery.page_notices import PageNoticeSender
from bot.delivery.pages import DirectSender, NotifySender, bundle
from bot.delivery.sender import Later, Stale
from bot.delivery.slack import Call, Slack, SlackFailed


class _LateSender(DirectSender):
    """Looks for the message of the intent whose key is in `about`. What follows is as if it had been found in time."""

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        composed = await super().compose(session, item, now)
        if isinstance(composed, Stale) and composed.sent_before is not None:
            return composed.sent_before
        return composed if isinstance(composed, Stale) else Stale("its message is known, or is sent anew")

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        return await self.find(slack, item, call) or {}

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        if "ts" in answer:
            await super().arrived(session, item, call, answer, now)

    async def dropped(self, session: AsyncSession, item: OutboxItem, reason: str, now: datetime) -> None:
        """The message is known by now."""

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        """It is looked for again; nobody is to be told."""
        return None

    async def stumbled(
        self, session: AsyncSession, item: OutboxItem, failure: SlackFailed, now: datetime
    ) -> None:
        """The same."""


class LateRingSender(_LateSender, NotifySender):
    """The ring."""

    kind = "page.late"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        together = await bundle(session, int(item.about["notification"]))
        if any(one.message_ts is not None for one in together.notifications):
            return Stale("its message is known")
        return await super().compose(session, item, now)


class LateNoticeSender(_LateSender, PageNoticeSender):
    """The call for help, or the question."""

    kind = "page.late_notice"
    what = ""
