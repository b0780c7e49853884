"""The alert review, for the command and for clicks."""

from bot.alerts.review import Review, Rule, review
from bot.runtime import Bot
from bot.views import alert_review as view
from handlers.request import Answer


async def review_page(bot: Bot, *, weeks: int, service: str | None, page: int) -> Answer:
    """A page of the review; `page` counts from 0. Alerts are no secret: everybody sees the same."""
    found = await _review(bot, weeks=weeks, service=service, page=page)
    if not found.rules and page > 0:  # there were more when the button was made
        page, found = 0, await _review(bot, weeks=weeks, service=service, page=0)
    blocks = view.review_blocks(found, page, service=service, config=bot.config)
    return Answer(view.review_text(found), tuple(blocks))


async def review_of(bot: Bot, rule: Rule, weeks: int) -> Review:
    """The figures of one rule."""
    async with bot.db.read() as session:
        return await review(
            session,
            now=bot.clock.now(),
            weeks=weeks,
            flaps=bot.config.alerts.flapping.times,
            only=rule,
            limit=1,
        )


async def _review(bot: Bot, *, weeks: int, service: str | None, page: int) -> Review:
    async with bot.db.read() as session:
        return await review(
            session,
            now=bot.clock.now(),
            weeks=weeks,
            flaps=bot.config.alerts.flapping.times,
            service=service,
            limit=view.PAGE,
            offset=page * view.PAGE,
        )
