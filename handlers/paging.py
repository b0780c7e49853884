"""Paging somebody, from wherever it is asked for: the command and the forms lead here."""

from datetime import datetime

from bot.alerts.queries import pages_with_alerts
from bot.core.errors import NotFound, RuleRefused
from bot.incidents import paging
from bot.incidents.queries import PagingNow, by_channel
from bot.incidents.rows import Incident
from bot.oncall.overrides import LONGEST
from bot.oncall.queries import overrides_between, ready_schedules
from bot.oncall.schedule import on_call
from bot.paging.forecast import forecast
from bot.paging.rows import Page
from bot.paging.status import statuses
from bot.paging.targets import Wanted
from bot.runtime import Bot
from bot.views.page import next_words, page_blocks, page_text
from bot.views.page_plan import plan_blocks, plan_text
from bot.views.page_text import on_call_line, sent_words
from handlers.request import Answer, Request, carry_out


async def incident_here(bot: Bot, request: Request) -> Incident | None:
    """The incident whose channel it was typed in."""
    if request.channel_id is None:
        return None
    async with bot.db.read() as session:
        return await by_channel(session, request.channel_id, request.viewer)


async def paging_of(bot: Bot, incident: Incident) -> PagingNow:
    """How an incident's pages stand, for the answer to who changed it."""
    async with bot.db.read() as session:
        return await paging.paging_now(session, incident, config=bot.config, now=bot.clock.now())


async def page_once(bot: Bot, request: Request, wanted: Wanted, what: str, incident: int | None) -> Answer:
    """Pages, once however often Slack delivers the request; tells what is on its way."""
    now = bot.clock.now()
    async with carry_out(bot, request) as session:
        plan = await forecast(session, wanted, config=bot.config, at=now)
        if not plan.reached:
            # Whoever asks is there, and can choose better than an alarm to everybody would.
            raise RuleRefused(
                f"A page to {wanted.said} reaches nobody now: {'; '.join(plan.passed) or plan.start}.",
                "Nobody was paged. Choose a person or another schedule.",
            )
        page = await paging.page_directly(
            session,
            wanted.policy,
            what,
            config=bot.config,
            by=request.user_id,
            now=now,
            service=wanted.service,
            incident_number=incident,
        )
    return await told(bot, page.id, sent_words(page, wanted))


async def told(bot: Bot, page_id: int, words: str) -> Answer:
    """The words, and how the page stands now."""
    async with bot.db.read() as session:
        page = await session.get(Page, page_id)
        if page is None:
            raise NotFound(f"There is no page #{page_id}.")
        (status,) = await statuses(session, [page], config=bot.config, now=bot.clock.now())
    coming = next_words(status)
    return Answer("\n".join(filter(None, (words, coming))))


async def stands(bot: Bot, request: Request, page_id: int) -> Answer:
    """How the page stands, for this reader alone, with its buttons."""
    async with bot.db.read() as session:
        page = await paging.visible_page(session, page_id, request.viewer)
        known = await statuses(session, [page], config=bot.config, now=bot.clock.now())
        shown = await pages_with_alerts(session, known)
    return Answer(page_text(shown, bot.config), tuple(page_blocks(shown, bot.config, first=0)))


async def on_trial(bot: Bot, wanted: Wanted, at: datetime | None) -> Answer:
    """Who would be reached, when and how; changes nothing."""
    async with bot.db.read() as session:
        found = await forecast(session, wanted, config=bot.config, at=at or bot.clock.now())
    return Answer(plan_text(found), tuple(plan_blocks(found, bot.config)))


async def who_is_on_call(bot: Bot, now: datetime) -> list[str]:
    """A line for each schedule."""
    if not bot.config.schedules:
        return []
    async with bot.db.read() as session:
        overrides = await overrides_between(session, None, now - LONGEST, now + LONGEST)
        ready = await ready_schedules(session, bot.config, around=now)
    return [
        on_call_line(section, on_call(ready[section.name], now, overrides))
        for section in bot.config.schedules[:20]
    ]
