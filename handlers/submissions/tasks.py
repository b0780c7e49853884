"""The forms of tasks and links, sent."""

from bot.incidents import links, tasks
from bot.runtime import Bot
from handlers.own_card import keeps_current
from handlers.registrations import Submission
from handlers.request import Answer, Handle, Request
from handlers.tasks import owner_named
from handlers.working import work


async def add(bot: Bot, request: Request) -> Answer | None:
    title, source = request.words("title"), request.about.get("source")
    owner = await _owner(bot, request)
    await work(bot, request, tasks.add_task, _number(request), title, owner=owner, source=source)
    return None


async def change(bot: Bot, request: Request) -> Answer | None:
    owner = await _owner(bot, request)
    task = request.form_number("task")
    await work(bot, request, tasks.change_task, task, title=request.words("title"), owner=owner)
    return None


async def _owner(bot: Bot, request: Request) -> str | None:
    user = request.words("owner")
    return await owner_named(bot, user) if user else None


async def add_link(bot: Bot, request: Request) -> Answer | None:
    await work(bot, request, links.add_link, _number(request), request.words("url"), request.words("name"))
    return None


def _number(request: Request) -> int:
    return request.form_number("incident")


def _from_list(callback_id: str, handle: Handle) -> Submission:
    return Submission(callback_id, keeps_current(handle, _number))


SUBMISSIONS = (
    _from_list("incident_task_add", add),
    _from_list("incident_task_change", change),
    _from_list("incident_link_add", add_link),
)
