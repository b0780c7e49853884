"""What happened so far, who does what and what is next, for one reader."""

from bot.alerts.queries import with_alerts
from bot.incidents.course import course_of
from bot.incidents.paging import situation
from bot.incidents.queries import by_number
from bot.incidents.task_queries import with_tasks
from bot.runtime import Bot
from bot.views.catch_up import catch_up
from handlers.forms import show
from handlers.request import Request


async def open_catch_up(bot: Bot, request: Request, number: int) -> None:
    now = bot.clock.now()
    async with bot.db.read() as session:
        incident = await by_number(session, number, request.viewer)
        around = await situation(session, incident, config=bot.config, now=now)
        around = await with_tasks(session, await with_alerts(session, around))
        course = await course_of(session, incident.id, request.viewer)
    await show(bot, request, catch_up(around, course, bot.config, now=now))
