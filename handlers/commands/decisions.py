"""The words of `/ops decisions`."""

from bot.core.errors import UserError
from bot.core.texts import LONGEST_TITLE
from bot.routine import decisions
from bot.runtime import Bot
from bot.views.decisions import change_form, decide_form
from handlers.commands.subcommands import Subcommand
from handlers.decisions import decision_now, decision_of, ended, form_to_ask, list_page
from handlers.forms import show as show_form
from handlers.incident_text import title_and_summary
from handlers.numbered import number_said, page_said
from handlers.request import Answer, Request, carry_out
from handlers.working import work


async def list_decisions(bot: Bot, request: Request) -> Answer | None:
    found, page = page_said(request.text, {"all": "all"})
    return await list_page(bot, everything="all" in found, page=page)


async def ask(bot: Bot, request: Request) -> Answer | None:
    """In one line it is mine, and due in a week; without words a form asks for more."""
    if not request.text:
        await show_form(bot, request, form_to_ask(bot, request))
        return None
    question, description = title_and_summary(request.text)
    async with carry_out(bot, request) as session:
        decision = await decisions.ask(
            session,
            question=question[:LONGEST_TITLE],
            description=description,
            owner=request.user_id,
            due_at=None,
            by=request.user_id,
            now=bot.clock.now(),
            config=bot.config,
        )
    return decision_now(bot, decision, f":white_check_mark: Decision #{decision.id} is pending.")


async def show_one(bot: Bot, request: Request) -> Answer | None:
    number, _ = number_said(request, "/ops decisions show 12")
    return decision_now(bot, await decision_of(bot, number))


async def decide(bot: Bot, request: Request) -> Answer | None:
    """With the answer behind the number, or by the form."""
    number, answer = number_said(request, "/ops decisions decide 12 We move in May")
    if not answer:
        await show_form(bot, request, decide_form(await decision_of(bot, number)))
        return None
    decision = await work(bot, request, decisions.decide, number, answer)
    return decision_now(bot, decision, ended(decision))


async def change(bot: Bot, request: Request) -> Answer | None:
    number, _ = number_said(request, "/ops decisions change 12")
    await show_form(bot, request, change_form(await decision_of(bot, number)))
    return None


async def drop(bot: Bot, request: Request) -> Answer | None:
    number, reason = number_said(request, "/ops decisions drop 12 The service is gone")
    if not reason:
        raise UserError(
            "A decision is dropped with a reason.", f"`/ops decisions drop {number}` with why behind it."
        )
    decision = await work(bot, request, decisions.drop, number, reason)
    return decision_now(bot, decision, ended(decision))


SUBCOMMANDS = (
    Subcommand(
        "decisions", "[all] [page]", "what is to be decided, what is due first at the top", list_decisions
    ),
    Subcommand(
        "decisions ask",
        "[question]",
        "ask for one; without words a form opens",
        ask,
        also=("decisions add",),
    ),
    Subcommand("decisions show", "<number>", "one question, and its answer", show_one),
    Subcommand("decisions decide", "<number> [answer]", "the answer, which is kept", decide),
    Subcommand("decisions change", "<number>", "the question, who decides, and by when", change),
    Subcommand("decisions drop", "<number> <reason>", "nobody needs to decide it", drop),
)
