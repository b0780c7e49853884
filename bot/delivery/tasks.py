"""Tasks and links as one reader sees them now, and what the owner of a task is told."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.errors import NotFound
from bot.core.outbox import OutboxItem
from bot.core.viewer import Viewer
from bot.delivery.pages import DirectSender
from bot.delivery.sender import Later, Stale, locked_incident_of, new_message
from bot.delivery.slack import Call
from bot.incidents.queries import by_number
from bot.incidents.task_queries import count_tasks, links_of, my_tasks, tasks_of
from bot.incidents.task_rows import Task
from bot.views import tasks as view
from bot.views.text import Block


async def tasks_screen(
    session: AsyncSession, viewer: Viewer, number: int | None, page: int, config: Config
) -> Block:
    """A page of the tasks of an incident, or of the viewer's own without a number; raises NotFound."""
    if not number:
        rows, total = await my_tasks(session, viewer, limit=view.PAGE, offset=page * view.PAGE)
        return view.my_tasks_form(rows, total, page, config)
    incident = await by_number(session, number, viewer)
    total, left = await count_tasks(session, number)
    page = max(0, min(page, -(-total // view.PAGE) - 1))
    tasks = await tasks_of(session, number, limit=view.PAGE, offset=page * view.PAGE)
    return view.tasks_form(incident, tasks, total, left, page, config)


async def links_screen(session: AsyncSession, viewer: Viewer, number: int, config: Config) -> Block:
    """An incident's links; raises NotFound."""
    incident = await by_number(session, number, viewer)
    return view.links_form(incident, await links_of(session, number), config)


class TasksGivenSender(DirectSender):
    """To the owner of tasks that somebody else gave them, all that they were not told of yet."""

    kind = "task.given"
    what = "telling somebody of their task"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        user = str(item.about["user"])
        try:
            incident = await by_number(session, int(item.incident_id or 0), Viewer(user))
        except NotFound:
            return Stale("this person may not see the incident")
        untold = await session.scalars(
            select(Task)
            .where(Task.owner == user, Task.incident_id == incident.id, Task.done_at.is_(None))
            .where(Task.given_at.is_not(None), Task.told_at.is_(None))
            .order_by(Task.id)
        )
        tasks = untold.all()
        if not tasks:
            return Stale("it is done, or somebody else's, or they were told")
        args = {
            "channel": user,
            "text": view.given_text(tasks, incident),
            "blocks": view.given_blocks(tasks, incident, self.config),
        }
        call = new_message(item, args)
        # Which they are told of: an earlier attempt may have told of fewer.
        call.args["metadata"]["event_payload"]["tasks"] = {
            str(task.id): task.given_at.isoformat() for task in tasks if task.given_at is not None
        }
        return call

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        payload = answer.get("payload") or call.args["metadata"]["event_payload"]
        incident = await locked_incident_of(session, item)
        for number, given_at in payload["tasks"].items():
            task = await session.get(Task, int(number))
            if task is None or task.incident_id != incident.id or task.given_at is None:
                continue
            if task.owner == item.about["user"] and task.given_at.isoformat() == given_at:
                task.told_at = now
