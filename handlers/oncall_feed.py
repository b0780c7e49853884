"""`/oncall feed`: the secret link to a calendar of shifts, for its owner alone. It passes through no row and no log."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.errors import RuleRefused, UserError
from bot.core.slack_text import as_title
from bot.oncall.feeds import feed_links_of, make_feed_link, revoke_feed_link
from bot.oncall.members import refuse_strangers, section_of
from bot.oncall.rows import FeedLink
from bot.runtime import Bot
from bot.views import oncall as view
from handlers.oncall_text import actor_of
from handlers.request import Answer, Request, carry_out


async def feed(bot: Bot, request: Request) -> Answer | None:
    """Makes the first link; of one that is there tells so; `new` and `revoke` change it."""
    words = [as_title(word).lower() for word in request.text.split()]
    act = next((word for word in words if word in ("new", "renew", "revoke")), None)
    names = [word for word in words if word != act]
    if len(names) > 1:
        raise UserError("That is more than one schedule.", "`/oncall feed primary` or `/oncall feed` alone.")
    schedule = section_of(bot.config, names[0]).name if names else None
    if act == "revoke":
        return await revoke(bot, request, await _mine(bot, request, schedule))
    known = await _mine(bot, request, schedule)
    if known is not None and act is None:
        return Answer("Your calendar link", tuple(view.feed_known(known, bot.config)))
    return await renew(bot, request, schedule)


async def renew(bot: Bot, request: Request, schedule: str | None) -> Answer:
    """A new link; the one before ends."""
    if bot.settings.public_url is None:
        raise RuleRefused(
            "Calendar programs cannot reach this Tocsin: it does not know its own address.",
            "Whoever runs it can set TOCSIN_PUBLIC_URL.",
        )
    async with carry_out(bot, request) as session:
        about = {"schedule": schedule} if schedule else {"person": await _actor(session, bot, request)}
        token = await make_feed_link(
            session, config=bot.config, by=request.user_id, now=bot.clock.now(), **about
        )
        await session.flush()
        link = await _link(session, request, schedule)
    assert link is not None
    url = f"{str(bot.settings.public_url).rstrip('/')}/oncall/feed/{token}.ics"
    return Answer("Your calendar link", tuple(view.feed_made(link, url, bot.config)))


async def revoke(bot: Bot, request: Request, link: FeedLink | None) -> Answer:
    if link is None:
        raise UserError("You have no such calendar link.", "`/oncall feed` makes one.")
    return await revoke_by_id(bot, request, link.id)


async def revoke_by_id(bot: Bot, request: Request, link_id: int) -> Answer:
    async with carry_out(bot, request) as session:
        await revoke_feed_link(session, link_id, by=request.user_id, now=bot.clock.now())
    return Answer(":white_check_mark: The link has ended; calendar programs that use it get nothing more.")


async def _mine(bot: Bot, request: Request, schedule: str | None) -> FeedLink | None:
    async with bot.db.read() as session:
        return await _link(session, request, schedule)


async def _link(session: AsyncSession, request: Request, schedule: str | None) -> FeedLink | None:
    links = await feed_links_of(session, request.user_id)
    return next((link for link in reversed(links) if link.schedule == schedule), None)


async def _actor(session: AsyncSession, bot: Bot, request: Request) -> str:
    actor = await actor_of(session, bot, request)
    refuse_strangers(bot.config, actor)
    return actor
