"""The forms of the backlog, sent."""

from bot.backlog.items import add
from bot.backlog.rows import KINDS
from bot.core.errors import UserError
from bot.incidents import backlog
from bot.runtime import Bot
from bot.views.backlog import item_text
from bot.views.forms import message_form
from handlers.backlog import changed
from handlers.forms import service_chosen
from handlers.registrations import Submission
from handlers.request import Answer, Request, carry_out
from handlers.working import work


async def add_item(bot: Bot, request: Request) -> Answer | None:
    service = service_chosen(bot.config, request)
    kind = request.words("kind")
    if kind not in KINDS:
        raise UserError("Say of which kind it is.", "Choose one from the list.", field="kind")
    async with carry_out(bot, request) as session:
        item, _ = await add(
            session,
            title=request.words("title"),
            kind=kind,
            description=request.words("text"),
            service=service.name if service else None,
            by=request.user_id,
            now=bot.clock.now(),
        )
    return Answer(view=message_form("In the backlog", f":white_check_mark: {item_text(item)}"))


async def decline(bot: Bot, request: Request) -> Answer | None:
    item = await work(bot, request, backlog.decline, request.form_number("item"), request.words("reason"))
    return Answer(view=message_form("Declined", changed(item)))


SUBMISSIONS = (Submission("backlog_add", add_item), Submission("backlog_decline", decline))
