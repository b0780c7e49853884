"""The configuration's history in Slack, for those whom `permissions.configuration` names."""

from bot.administration.configuration import version, versions
from bot.core.errors import NotFound
from bot.runtime import Bot
from bot.views import administration as view
from handlers.permitted import refuse_unpermitted
from handlers.request import Answer, Request


async def history(bot: Bot, request: Request, news: str | None = None) -> Answer:
    """The newest versions, each with its buttons."""
    await refuse_unpermitted(bot, request, "configuration")
    async with bot.db.read() as session:
        found = await versions(session, limit=view.VERSIONS + 1)
    return Answer(news or view.history_text(found), tuple(view.history_blocks(found, news)))


async def difference(bot: Bot, request: Request, first: int | None, second: int) -> Answer:
    """What the second changed from the first, or from the one before it."""
    await refuse_unpermitted(bot, request, "configuration")
    async with bot.db.read() as session:
        after = await version(session, second)
        before = (
            await version(session, second - 1 if first is None else first) if second > 1 or first else None
        )
    if before is None:
        raise NotFound("Version 1 is the first one.", "`/ops config` lists those that changed something.")
    text = view.difference_text(before.number, after.number)
    return Answer(text, tuple(view.difference_blocks(before, after)))
