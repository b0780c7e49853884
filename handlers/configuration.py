"""The configuration's history in Slack, for those whom `permissions.configuration` names."""

from bot.administration.configuration import newest_version, version, version_before, versions
from bot.administration.rows import ConfigVersion
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


async def shown(bot: Bot, request: Request, number: int, other: int | None = None) -> Answer:
    """What a version changed, or what is different between it and another one."""
    await refuse_unpermitted(bot, request, "configuration")
    async with bot.db.read() as session:
        one, newest = await version(session, number), await newest_version(session)
        before: ConfigVersion | None = one
        after = one if other is None else await version(session, other)
        if other is None:
            before = await version_before(session, number)
    is_former = newest is not None and newest.digest != after.digest
    blocks = view.difference_blocks(before, after, may_be_restored=other is None and is_former)
    return Answer(view.difference_text(before, after), tuple(blocks))
