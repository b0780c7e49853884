"""Clicks on tasks and links: on the card, in their lists, at Home, and in what people are told."""

from collections.abc import Awaitable, Callable

from bot.core.errors import UserError
from bot.incidents import links, tasks
from bot.incidents.lifecycle import refuse_if_closed
from bot.incidents.queries import by_number
from bot.incidents.rows import Incident
from bot.incidents.task_queries import task_by_number
from bot.incidents.task_rows import Task
from bot.runtime import Bot
from bot.views.tasks import MINE, change_form, changed_words, link_form, task_form
from handlers.actions.card import number_of
from handlers.forms import replace, show
from handlers.own_card import keeps_current, opened_from
from handlers.registrations import Action
from handlers.request import Answer, Handle, Request
from handlers.tasks import open_links, open_tasks, tasks_page
from handlers.words import LAST_PAGE
from handlers.working import work


def _task(request: Request) -> int:
    return request.number("which task", "Use `/incident tasks` instead.")


async def list_tasks(bot: Bot, request: Request) -> Answer | None:
    number = number_of(request)
    await open_tasks(bot, request, None if number == MINE else number)
    return None


async def turn(bot: Bot, request: Request) -> Answer | None:
    number, page = request.chosen
    await replace(bot, request, await tasks_page(bot, request, number, _page(page)))
    return None


def _page(word: str) -> int:
    return min(int(word[:9]), LAST_PAGE) if word.isascii() and word.isdigit() else 0


def _changes(verb: Callable[..., Awaitable[Task]]) -> Handle:
    async def handle(bot: Bot, request: Request) -> Answer | None:
        task = await work(bot, request, verb, _task(request))
        # Lists and Home show it themselves; a message does not change.
        return None if request.view else Answer(changed_words(task))

    return handle


async def add(bot: Bot, request: Request) -> Answer | None:
    incident = await _open_incident(bot, request)
    await show(bot, request, opened_from(request, incident, task_form(incident, bot.config)))
    return None


async def change(bot: Bot, request: Request) -> Answer | None:
    async with bot.db.read() as session:
        task = await task_by_number(session, _task(request), request.viewer)
        incident = await by_number(session, task.incident_id, request.viewer)
    refuse_if_closed(incident)
    if not task.is_open:
        raise UserError(f"Task #{task.id} is done.", "“Reopen” it to change it.")
    await show(bot, request, opened_from(request, incident, change_form(task), task=task.id))
    return None


async def list_links(bot: Bot, request: Request) -> Answer | None:
    await open_links(bot, request, number_of(request))
    return None


async def add_link(bot: Bot, request: Request) -> Answer | None:
    incident = await _open_incident(bot, request)
    await show(bot, request, opened_from(request, incident, link_form(incident, bot.config)))
    return None


async def remove_link(bot: Bot, request: Request) -> Answer | None:
    _, link_id = request.chosen
    if not link_id.isascii() or not link_id.isdigit():
        raise UserError("That button does not say which link it is about.", "Use `/incident link` instead.")
    await work(bot, request, links.remove_link, number_of(request), int(link_id[:18]))
    return None


async def _open_incident(bot: Bot, request: Request) -> Incident:
    async with bot.db.read() as session:
        incident = await by_number(session, number_of(request), request.viewer)
    refuse_if_closed(incident)
    return incident


def listed(request: Request) -> int | None:
    """The incident of the list that was clicked in."""
    number = request.about.get("incident")
    return number if isinstance(number, int) else None


def _in_list(action_id: str, handle: Handle) -> Action:
    return Action(action_id, keeps_current(handle, listed))


ACTIONS = (
    Action("incident.task.list", list_tasks),
    Action("incident.task.previous", turn),
    Action("incident.task.next", turn),
    _in_list("incident.task.done", _changes(tasks.finish)),
    _in_list("incident.task.reopen", _changes(tasks.reopen)),
    _in_list("incident.task.take", _changes(tasks.take)),
    _in_list("incident.task.change", change),
    _in_list("incident.task.add", add),
    Action("incident.link.list", list_links),
    _in_list("incident.link.add", add_link),
    _in_list("incident.link.remove", remove_link),
)
