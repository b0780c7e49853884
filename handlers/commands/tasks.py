"""`/incident task`, `tasks` and `link`: what is to be done while an incident lasts, and what is needed for it."""

from collections.abc import Awaitable, Callable

from bot.core.errors import UserError
from bot.core.slack_text import as_title, as_typed, link_in_front, mentioned_user
from bot.incidents import links
from bot.incidents import tasks as verbs
from bot.incidents.lifecycle import refuse_if_closed
from bot.incidents.task_rows import Task
from bot.runtime import Bot
from bot.views.task_text import named_link
from bot.views.tasks import added_words, changed_words, task_form
from handlers.forms import show
from handlers.incident_text import addressed
from handlers.request import Answer, Request
from handlers.tasks import open_links, open_tasks, owner_named
from handlers.words import as_number, first_word
from handlers.working import work

CHANGES: dict[str, Callable[..., Awaitable[Task]]] = {
    "done": verbs.finish,
    "reopen": verbs.reopen,
    "take": verbs.take,
}


async def task(bot: Bot, request: Request) -> Answer | None:
    """`/incident task @bo Fail over`: for whoever is mentioned in front, or for whoever takes it."""
    async with bot.db.read() as session:
        found = await addressed(session, request, request.text, free_text=True)
    head, rest = first_word(found.words)
    owner = mentioned_user(head)
    if owner is not None:
        await owner_named(bot, owner)
    title = as_title(rest if owner is not None else found.words)
    if not title:
        refuse_if_closed(found.incident)
        await show(bot, request, task_form(found.incident, bot.config, owner=owner))
        return None
    added = await work(bot, request, verbs.add_task, found.incident.id, title, owner=owner)
    return Answer(added_words(added))


async def tasks(bot: Bot, request: Request) -> Answer | None:
    """Shows an incident's or the asker's own; `done 3`, `reopen 3` and `take 3` change one."""
    word, rest = first_word(request.text)
    word = word.lower()
    if word in ("mine", "my") and not rest:
        await open_tasks(bot, request, None)
        return None
    if word in CHANGES:
        number = as_number(rest)
        if number is None:
            raise UserError(
                f"“{as_typed(rest)[:60]}” is not the number of a task." if rest else "Which task?",
                f"For example `/incident tasks {word} 12`; `/incident tasks` shows them.",
            )
        return Answer(changed_words(await work(bot, request, CHANGES[word], number)))
    async with bot.db.read() as session:
        found = await addressed(session, request, request.text)
    if found.words:
        raise UserError(
            f"“{as_typed(found.words)[:60]}” does not fit here.",
            "Use `/incident tasks`, `/incident tasks mine` or `/incident tasks done 12`; `/incident task` adds one.",
        )
    await open_tasks(bot, request, found.incident.id)
    return None


async def link(bot: Bot, request: Request) -> Answer | None:
    """`/incident link https://… Dashboard`; without words all that there are."""
    async with bot.db.read() as session:
        found = await addressed(session, request, request.text, free_text=True)
    if not found.words:
        await open_links(bot, request, found.incident.id)
        return None
    address, name = link_in_front(found.words)
    added = await work(bot, request, links.add_link, found.incident.id, address, name)
    return Answer(f":link: #{found.incident.id}: {named_link(added, 2900)} is added.")
