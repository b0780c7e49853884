"""What the forms of paging offer while somebody types into their menu."""

from bot.paging.targets import choices_like
from bot.runtime import Bot
from bot.views.page_forms import ACTION, as_option
from bot.views.text import MOST_OPTIONS
from handlers.registrations import Options
from handlers.request import Answer, Request


async def targets(bot: Bot, request: Request) -> Answer | None:
    fitting = choices_like(bot.config, request.text)[:MOST_OPTIONS]
    return Answer(options=tuple(as_option(choice) for choice in fitting))


OPTIONS = (Options(ACTION, targets),)
