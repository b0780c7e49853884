"""Reminders of risks that are to be looked at again, and of decisions that are due; read anew when they leave."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.outbox import OutboxItem
from bot.delivery.pages import DirectSender
from bot.delivery.sender import Later, Stale, new_message
from bot.delivery.slack import Call
from bot.routine.decision_rows import PENDING, Decision
from bot.routine.risk_rows import Risk
from bot.routine.turns import gone
from bot.views import decisions, risks
from bot.views.text import Block, section


class _OwnerSender(DirectSender):
    """To an owner. Where they have left, to the routine's channel: somebody else must take it over."""

    async def to_owner(
        self, session: AsyncSession, item: OutboxItem, owner: str, text: str, blocks: list[Block]
    ) -> Call:
        if not await gone(session, self.config, [owner]):
            return new_message(item, {"channel": owner, "text": text, "blocks": blocks})
        left = section(risks.left_text(owner))
        place = f"#{self.config.routine_channel}"
        return new_message(item, {"channel": place, "text": text, "blocks": [left, *blocks]})


class RiskReminderSender(_OwnerSender):
    """To its owner, until somebody has reviewed it."""

    kind = "risk.reminder"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        risk = await session.get(Risk, int(item.about["risk"]))
        if risk is None or risk.review_at is None or risk.review_at > now:
            return Stale("it was reviewed meanwhile")
        blocks = risks.reminder_blocks(risk)
        return await self.to_owner(session, item, risk.owner, risks.reminder_text(risk), blocks)


class DecisionReminderSender(_OwnerSender):
    """To its owner, until it is decided."""

    kind = "decision.reminder"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        decision = await session.get(Decision, int(item.about["decision"]))
        if decision is None or decision.status != PENDING or decision.due_at > now:
            return Stale("it was decided meanwhile, or has more time")
        blocks = decisions.reminder_blocks(decision)
        return await self.to_owner(session, item, decision.owner, decisions.reminder_text(decision), blocks)
