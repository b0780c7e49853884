"""What somebody may not do is said before a form for it opens: nobody fills one in for nothing. The verb asks again."""

from bot.incidents.permissions import require
from bot.incidents.rows import Incident
from bot.runtime import Bot
from handlers.request import Request


async def refuse_unpermitted(
    bot: Bot, request: Request, permission: str, incident: Incident | None = None
) -> None:
    """Raises NotAllowed, as the verb would."""
    async with bot.db.read() as session:
        await require(session, bot.config, permission, incident, by=request.user_id, now=bot.clock.now())
