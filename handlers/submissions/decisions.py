"""The forms of decisions, sent."""

from bot.routine import decisions
from bot.runtime import Bot
from bot.views.decisions import decision_text
from bot.views.forms import message_form
from handlers.decisions import ended
from handlers.numbered import moment_chosen
from handlers.registrations import Submission
from handlers.request import Answer, Request, carry_out
from handlers.working import work


async def ask(bot: Bot, request: Request) -> Answer | None:
    async with carry_out(bot, request) as session:
        decision = await decisions.ask(
            session,
            question=request.words("title"),
            description=request.words("text"),
            owner=request.value("owner") or request.user_id,
            due_at=moment_chosen(request.value("due_at")),
            by=request.user_id,
            now=bot.clock.now(),
            config=bot.config,
        )
    return Answer(view=message_form("Asked", f":white_check_mark: {decision_text(decision)}"))


async def change(bot: Bot, request: Request) -> Answer | None:
    usual = decisions.usual_due(bot.config, now=bot.clock.now())
    decision = await work(
        bot,
        request,
        decisions.change,
        request.form_number("decision"),
        question=request.words("title"),
        description=request.words("text"),
        owner=request.value("owner") or request.user_id,
        due_at=moment_chosen(request.value("due_at")) or usual,
        seen=request.about.get("seen"),
    )
    return Answer(view=message_form("Changed", f":white_check_mark: {decision_text(decision)}"))


async def decide(bot: Bot, request: Request) -> Answer | None:
    number, answer = request.form_number("decision"), request.words("answer")
    seen = request.about.get("seen")
    decision = await work(bot, request, decisions.decide, number, answer, seen=seen)
    return Answer(view=message_form("Decided", ended(decision)))


async def drop(bot: Bot, request: Request) -> Answer | None:
    number, reason = request.form_number("decision"), request.words("answer")
    seen = request.about.get("seen")
    decision = await work(bot, request, decisions.drop, number, reason, seen=seen)
    return Answer(view=message_form("Dropped", ended(decision)))


SUBMISSIONS = (
    Submission("decision_add", ask),
    Submission("decision_change", change),
    Submission("decision_decide", decide),
    Submission("decision_drop", drop),
)
