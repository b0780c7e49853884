"""The form to search, sent."""

from bot.core.slack_text import as_title
from bot.runtime import Bot
from bot.views.search import results_view
from handlers.registrations import Submission
from handlers.request import Answer, Request
from handlers.search import results_of


async def look(bot: Bot, request: Request) -> Answer | None:
    typed = as_title(request.words("words"))
    return Answer(view=results_view(await results_of(bot, request, typed), typed, bot.config))


SUBMISSIONS = (Submission("search", look),)
