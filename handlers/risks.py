"""Pages of risks and single ones, for commands, clicks and forms alike."""

from bot.routine import risks
from bot.routine.risk_rows import Risk
from bot.runtime import Bot
from bot.views import risks as view
from bot.views.text import Block
from handlers.request import Answer, Request


async def list_page(bot: Bot, *, everything: bool, kind: str | None, page: int) -> Answer:
    """`page` counts from 0."""
    async with bot.db.read() as session:
        total = await risks.count_risks(session, everything=everything, kind=kind)
        page = max(0, min(page, -(-total // view.PAGE) - 1))
        found = await risks.listed(
            session, everything=everything, kind=kind, limit=view.PAGE, offset=page * view.PAGE
        )
    blocks = view.risk_list(found, total, page, everything=everything, kind=kind, now=bot.clock.now())
    return Answer(view.list_text(total, everything=everything, kind=kind), tuple(blocks))


def risk_now(bot: Bot, risk: Risk, news: str | None = None) -> Answer:
    blocks = view.risk_blocks(risk, now=bot.clock.now(), news=news)
    return Answer(news or view.risk_text(risk), tuple(blocks))


async def risk_of(bot: Bot, number: int) -> Risk:
    async with bot.db.read() as session:
        return await risks.risk_by_number(session, number)


def form_to_add(bot: Bot, request: Request, title: str = "") -> Block:
    review_at = risks.usual_review(bot.config, now=bot.clock.now())
    return view.add_form(owner=request.user_id, review_at=review_at, title=title)


def form_to_review(bot: Bot, risk: Risk) -> Block:
    return view.review_form(risk, review_at=risks.usual_review(bot.config, now=bot.clock.now()))
