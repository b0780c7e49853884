"""The planning interview: its one message in direct messages, and the plan as a file."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.outbox import OutboxItem
from bot.delivery.files import File, FileSender
from bot.delivery.incident_messages import GONE
from bot.delivery.pages import DirectSender
from bot.delivery.sender import AT_ONCE, Later, Stale, key_of, new_message
from bot.delivery.slack import Call, Slack
from bot.routine.plan_rows import COMPLETE, MaintenancePlan
from bot.routine.plans import new_tasks
from bot.views import plans as view
from bot.views.text import escaped


class PlanMessageSender(DirectSender):
    """Posted once, then edited in place as the interview goes on."""

    kind = "plan.message"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        plan = await session.get(MaintenancePlan, int(item.about["plan"]))
        if plan is None:
            return Stale("the interview is gone")
        tasks = await new_tasks(session, plan, self.config) if plan.status == COMPLETE else []
        args = {"text": view.message_text(plan), "blocks": view.message_blocks(plan, tasks)}
        if plan.message_ts is None:
            return new_message(item, {**args, "channel": plan.user_id})
        return Call("chat.update", {**args, "channel": plan.channel_id, "ts": plan.message_ts})

    async def find(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        return await super().find(slack, item, call) if call.method == "chat.postMessage" else None

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        plan = await session.get(MaintenancePlan, int(item.about["plan"]))
        if plan is not None and call.method == "chat.postMessage":
            plan.channel_id, plan.message_ts = answer["channel"], answer["ts"]

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        """Somebody deleted it: post a new one."""
        plan = await session.get(MaintenancePlan, int(item.about["plan"]))
        if code not in GONE or plan is None:
            return None
        plan.message_ts = None
        return AT_ONCE


class PlanFileSender(FileSender):
    """The plan as Markdown."""

    kind = "plan.file"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        plan = await session.get(MaintenancePlan, int(item.about["plan"]))
        if plan is None or not plan.document:
            return Stale("there is no such plan")
        return Call(
            "files.completeUploadExternal",
            {"document": plan.document, "title": plan.title, "name": f"plan-{plan.id}-{key_of(item)}.md"},
        )

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        title = str(call.args["title"])
        file = File(str(call.args["document"]).encode(), title, f"{escaped(title, 300)}, as Markdown.")
        return await self.upload(slack, item, call, file)
