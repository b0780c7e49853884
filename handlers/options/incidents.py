"""What the form to merge offers while somebody types into its menu: open incidents that they may see."""

from bot.incidents.queries import open_incidents
from bot.runtime import Bot
from bot.views.forms import INTO, incident_option
from bot.views.text import MOST_OPTIONS
from handlers.registrations import Options
from handlers.request import Answer, Request
from handlers.words import as_number


async def open_ones(bot: Bot, request: Request) -> Answer | None:
    """By number or by words of the title; nothing typed fits all, the newest first."""
    typed = request.text.strip().casefold()
    async with bot.db.read() as session:
        found = await open_incidents(session, request.viewer, limit=500)
    number = as_number(typed)
    fitting = [
        one
        for one in found
        if (number is not None and str(one.id).startswith(str(number)))
        or all(word in one.title.casefold() for word in typed.split())
    ]
    return Answer(options=tuple(incident_option(one) for one in fitting[:MOST_OPTIONS]))


OPTIONS = (Options(INTO, open_ones),)
