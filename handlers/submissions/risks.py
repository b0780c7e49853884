"""The forms of risks, sent."""

from bot.routine import risks
from bot.routine.risks import Judgement
from bot.runtime import Bot
from bot.views.forms import message_form
from bot.views.risks import risk_text
from handlers.numbered import moment_chosen
from handlers.registrations import Submission
from handlers.request import Answer, Request, carry_out
from handlers.working import work


def _judgement(request: Request) -> Judgement:
    return Judgement(
        likelihood=request.words("likelihood"),
        impact=request.words("impact"),
        mitigation=request.words("mitigation"),
        owner=request.value("owner") or request.user_id,
        review_at=moment_chosen(request.value("review_at")),
    )


async def add(bot: Bot, request: Request) -> Answer | None:
    async with carry_out(bot, request) as session:
        risk = await risks.add(
            session,
            title=request.words("title"),
            kind=request.words("kind"),
            description=request.words("text"),
            said=_judgement(request),
            by=request.user_id,
            now=bot.clock.now(),
            config=bot.config,
        )
    return Answer(view=message_form("Risk added", f":white_check_mark: {risk_text(risk)}"))


async def review(bot: Bot, request: Request) -> Answer | None:
    number, status = request.form_number("risk"), request.words("status")
    said, seen = _judgement(request), request.about.get("seen")
    risk = await work(bot, request, risks.review, number, status, said, config=bot.config, seen=seen)
    words = f":white_check_mark: Risk #{risk.id} is reviewed: {risk.status}."
    return Answer(view=message_form("Reviewed", words))


async def change(bot: Bot, request: Request) -> Answer | None:
    risk = await work(
        bot,
        request,
        risks.change,
        request.form_number("risk"),
        title=request.words("title"),
        kind=request.words("kind"),
        description=request.words("text"),
        seen=request.about.get("seen"),
    )
    return Answer(view=message_form("Changed", f":white_check_mark: {risk_text(risk)}"))


SUBMISSIONS = (
    Submission("risk_add", add),
    Submission("risk_review", review),
    Submission("risk_change", change),
)
