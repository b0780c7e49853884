"""The forms of decisions, sent."""

from bot.routine import decisions
from bot.runtime import Bot
from bot.views.decisions import decision_text
from bot.views.forms import message_form
from handlers.decisions import ended
from handlers.numbered import moment_chosen, number_of_form
from handlers.registrations import Submission
from handlers.request import Answer, Request, carry_out


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
    now = bot.clock.now()
    async with carry_out(bot, request) as session:
        decision = await decisions.change(
            session,
            number_of_form(request, "decision"),
            owner=request.value("owner") or request.user_id,
            due_at=moment_chosen(request.value("due_at")) or decisions.usual_due(bot.config, now=now),
            now=now,
        )
    return Answer(view=message_form("Changed", f":white_check_mark: {decision_text(decision)}"))


async def decide(bot: Bot, request: Request) -> Answer | None:
    number, answer = number_of_form(request, "decision"), request.words("answer")
    async with carry_out(bot, request) as session:
        decision = await decisions.decide(session, number, answer, by=request.user_id, now=bot.clock.now())
    return Answer(view=message_form("Decided", ended(decision)))


async def drop(bot: Bot, request: Request) -> Answer | None:
    number, reason = number_of_form(request, "decision"), request.words("answer")
    async with carry_out(bot, request) as session:
        decision = await decisions.drop(session, number, reason, by=request.user_id, now=bot.clock.now())
    return Answer(view=message_form("Dropped", ended(decision)))


SUBMISSIONS = (
    Submission("decision_add", ask),
    Submission("decision_change", change),
    Submission("decision_decide", decide),
    Submission("decision_drop", drop),
)
