"""Turning pages: of the timeline, in its modal."""

from bot.delivery.timeline import timeline_screen
from bot.incidents.queries import by_number
from bot.runtime import Bot
from handlers.actions.card import export, number_of
from handlers.forms import replace
from handlers.registrations import Action
from handlers.request import Answer, Request


async def turn_timeline(bot: Bot, request: Request) -> Answer | None:
    _, page = request.chosen
    async with bot.db.read() as session:
        incident = await by_number(session, number_of(request), request.viewer)
        view = await timeline_screen(session, incident, bot.config, _page(page))
    await replace(bot, request, view)
    return None


def _page(word: str) -> int:
    return int(word[:9]) if word.isascii() and word.isdigit() else 0


ACTIONS = (
    Action("timeline.older", turn_timeline),
    Action("timeline.newer", turn_timeline),
    Action("timeline.export", export),
)
