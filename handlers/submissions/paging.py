"""The forms of paging, sent."""

from bot.core.errors import UserError
from bot.incidents import paging
from bot.paging.targets import wanted
from bot.runtime import Bot
from bot.views.forms import message_form
from handlers.own_page import keeps_current, page_number
from handlers.page_text import length
from handlers.paging import page_once
from handlers.registrations import Submission
from handlers.request import Answer, Request
from handlers.working import work


async def page(bot: Bot, request: Request) -> Answer | None:
    to = request.words("to")
    if not to:
        raise UserError("Say whom you need.", "Choose somebody from the list.", field="to")
    number = request.about.get("incident")
    incident = number if isinstance(number, int) else None
    done = await page_once(bot, request, wanted(bot.config, to), request.words("what"), incident)
    return Answer(view=message_form("On its way", done.text))


async def reassign(bot: Bot, request: Request) -> Answer | None:
    to = wanted(bot.config, request.words("to"))
    await work(bot, request, paging.reassign, page_number(request), to.policy, config=bot.config)
    return None


async def snooze(bot: Bot, request: Request) -> Answer | None:
    wait = length(f"{request.words('length')}m")
    await work(bot, request, paging.snooze, page_number(request), wait)
    return None


async def note(bot: Bot, request: Request) -> Answer | None:
    await work(bot, request, paging.note, page_number(request), request.words("text"))
    return None


SUBMISSIONS = (
    Submission("page", page),
    Submission("page_reassign", keeps_current(reassign)),
    Submission("page_snooze", keeps_current(snooze)),
    Submission("page_note", keeps_current(note)),
)
