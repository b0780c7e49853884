"""The words of `/ops plan`: the planning interview."""

from bot.core.slack_text import as_title
from bot.core.texts import LONGEST_TITLE, one_line
from bot.routine import plans
from bot.runtime import Bot
from bot.views import plans as view
from handlers.commands.subcommands import Subcommand
from handlers.numbered import number_said, page_said
from handlers.plans import send_plan
from handlers.request import Answer, Request, carry_out


async def begin(bot: Bot, request: Request) -> Answer | None:
    """Begins an interview, or goes on with the one that there is."""
    title = one_line(as_title(request.text))[:LONGEST_TITLE].strip()
    async with carry_out(bot, request) as session:
        plan = await plans.begin(session, title=title, by=request.user_id, now=bot.clock.now())
    return Answer(view.begun_text(plan, title))


async def list_plans(bot: Bot, request: Request) -> Answer | None:
    _, page = page_said(request.text, {})
    async with bot.db.read() as session:
        total = await plans.count_finished(session)
        found = await plans.finished(session, limit=view.PAGE, offset=page * view.PAGE)
    return Answer(view.list_text(total), tuple(view.plan_list(found, total)))


async def show(bot: Bot, request: Request) -> Answer | None:
    number, _ = number_said(request, "/ops plan show 12", "/ops plan list")
    return await send_plan(bot, request, number)


SUBCOMMANDS = (
    Subcommand("plan", "[title]", "an interview in ten questions; again: it goes on", begin),
    Subcommand("plan list", "[page]", "the plans that there are", list_plans),
    Subcommand("plan show", "<number>", "a plan as a file", show),
)
