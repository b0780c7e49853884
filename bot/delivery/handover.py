"""What whoever takes over is told: how things stand when the message leaves."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.queries import with_alerts
from bot.core.outbox import OutboxItem
from bot.core.viewer import Viewer
from bot.delivery.incident_messages import entry_of
from bot.delivery.pages import DirectSender
from bot.delivery.sender import Later, Stale, incident_of, new_message
from bot.delivery.slack import Call
from bot.incidents.course import course_of
from bot.incidents.paging import situation
from bot.incidents.task_queries import with_tasks
from bot.views.catch_up import handover_blocks, handover_text


class HandoverSender(DirectSender):
    """The summary, for the one who has the roles now. A verb made them take part, so they may see all of it."""

    kind = "incident.handover"
    what = "telling who takes over"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        incident, user = await incident_of(session, item), str(item.about["user"])
        around = await situation(session, incident, config=self.config, now=now)
        entry = await entry_of(session, item)
        roles = [name for name in entry.data["roles"] if around.roles.get(name) == user]
        if not roles or user not in around.responders:
            return Stale("somebody else has the roles by now")
        around = await with_tasks(session, await with_alerts(session, around))
        course = await course_of(session, incident.id, Viewer(user))
        args = {
            "channel": user,
            "text": handover_text(roles, incident, self.config, entry.author),
            "blocks": handover_blocks(entry, roles, around, course, self.config, now=now),
        }
        return new_message(item, args)

    def what_of(self, item: OutboxItem) -> str:
        return f"telling <@{item.about['user']}> what they take over"
