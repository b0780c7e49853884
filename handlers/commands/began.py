"""`/incident began`: since when there was harm, which detection is measured from."""

from bot.core.errors import UserError
from bot.core.slack_text import as_typed
from bot.incidents import updates
from bot.runtime import Bot
from bot.views.text import moment
from handlers.incident_text import addressed
from handlers.oncall_text import zone_of
from handlers.past import past_moment
from handlers.request import Answer, Request
from handlers.working import work

_WAYS = "For example `/incident began 14:05`, `/incident began 20m ago` or `/incident began yesterday 23:10`."


async def began(bot: Bot, request: Request) -> Answer | None:
    """A time of day is the last time that the clock showed it."""
    async with bot.db.read() as session:
        found = await addressed(session, request, request.text, free_text=True)
        zone = await zone_of(session, bot, request)
    words = " ".join(as_typed(found.words).split())
    if not words:
        raise UserError("When did it begin?", _WAYS)
    at = past_moment(words, zone, now=bot.clock.now(), ways=_WAYS)
    await work(bot, request, updates.began, found.incident.id, at)
    return Answer(f":white_check_mark: #{found.incident.id}: the harm began {moment(at)}.")
