"""Pages of decisions and single ones, for commands, clicks and forms alike."""

from bot.routine import decisions
from bot.routine.decision_rows import Decision
from bot.runtime import Bot
from bot.views import decisions as view
from bot.views.text import Block
from handlers.request import Answer, Request


async def list_page(bot: Bot, *, everything: bool, page: int) -> Answer:
    """`page` counts from 0."""
    async with bot.db.read() as session:
        total = await decisions.count_decisions(session, everything=everything)
        page = max(0, min(page, -(-total // view.PAGE) - 1))
        found = await decisions.listed(
            session, everything=everything, limit=view.PAGE, offset=page * view.PAGE
        )
    blocks = view.decision_list(found, total, page, everything=everything, now=bot.clock.now())
    return Answer(view.list_text(total, everything=everything), tuple(blocks))


def decision_now(bot: Bot, decision: Decision, news: str | None = None) -> Answer:
    blocks = view.decision_blocks(decision, now=bot.clock.now(), news=news)
    return Answer(news or view.decision_text(decision), tuple(blocks))


async def decision_of(bot: Bot, number: int) -> Decision:
    async with bot.db.read() as session:
        return await decisions.decision_by_number(session, number)


def form_to_ask(bot: Bot, request: Request) -> Block:
    due_at = decisions.usual_due(bot.config, now=bot.clock.now())
    return view.ask_form(owner=request.user_id, due_at=due_at)


def ended(decision: Decision) -> str:
    """What is said to whoever ended it."""
    return f":white_check_mark: Decision #{decision.id} is {decision.status}."
