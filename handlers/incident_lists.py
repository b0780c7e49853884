"""Lists of incidents, for the command, clicks and the form alike."""

from bot.incidents.filters import Asked, Reader, read_filter
from bot.incidents.listing import Listed, listed
from bot.runtime import Bot
from bot.views.lists import incident_list, list_text
from handlers.oncall_text import zone_of
from handlers.request import Answer, Request


async def list_page(bot: Bot, request: Request, text: str, *, page: int | None = None) -> Answer:
    """What this person may see and asks for; `page` counts from 1."""
    found = await found_by(bot, request, text, page=page)
    return Answer(list_text(found), tuple(incident_list(found, bot.config)))


async def found_by(bot: Bot, request: Request, text: str, *, page: int | None = None) -> Listed:
    """The page of what fits these words; raises UserError for words that say nothing."""
    asked = await asked_by(bot, request, text)
    if page is not None:
        asked = Asked(asked.filter, page)
    # What was written may have to be searched: nobody's click waits for that.
    read = bot.db.read_much if asked.filter.words else bot.db.read
    async with read() as session:
        return await listed(session, asked, request.viewer, bot.config)


async def asked_by(bot: Bot, request: Request, text: str) -> Asked:
    """What these words ask for when this person types them."""
    async with bot.db.read() as session:
        zone = await zone_of(session, bot, request)
    return read_filter(text, bot.config, Reader(request.user_id, zone, bot.clock.now()))
