"""The forms of the backlog, sent."""

from bot.backlog import items
from bot.backlog.rows import KINDS
from bot.core.errors import UserError
from bot.incidents import backlog
from bot.runtime import Bot
from bot.views.backlog import item_text
from bot.views.forms import message_form
from handlers.backlog import changed, judged
from handlers.registrations import Submission
from handlers.request import Answer, Request, carry_out


async def add_item(bot: Bot, request: Request) -> Answer | None:
    name = request.value("service")
    service = bot.config.service(name) if name else None
    if name and service is None:
        raise UserError(
            f"The service “{name}” is not in app.yaml any more.", "Choose another.", field="service"
        )
    kind = request.words("kind")
    if kind not in KINDS:
        raise UserError("Say of which kind it is.", "Choose one from the list.", field="kind")
    async with carry_out(bot, request) as session:
        item = await backlog.add_idea(
            session,
            title=request.words("title"),
            kind=kind,
            description=request.words("text"),
            service=service.name if service else None,
            channel=str(request.about.get("channel") or "") or None,
            by=request.user_id,
            now=bot.clock.now(),
        )
    return Answer(view=message_form("In the backlog", f":white_check_mark: {item_text(item)}"))


async def decline(bot: Bot, request: Request) -> Answer | None:
    reason, now = request.words("reason"), bot.clock.now()
    async with carry_out(bot, request) as session:
        item = await backlog.change(
            session, _number(request), items.decline, reason, by=request.user_id, now=now
        )
    return Answer(view=message_form("Declined", changed(item)))


async def judge(bot: Bot, request: Request) -> Answer | None:
    """Impact and effort, and who sees to it."""
    number, by, now = _number(request), request.user_id, bot.clock.now()
    owner = request.value("owner") or None
    async with carry_out(bot, request) as session:
        item = await backlog.change(
            session, number, items.judge, request.words("impact"), request.words("effort"), by=by, now=now
        )
        if owner != item.owner:
            items.give(item, owner, by=by, now=now)
    return Answer(view=message_form("Judged", judged(item)))


async def split(bot: Bot, request: Request) -> Answer | None:
    """Its parts stand a line each."""
    number, titles = _number(request), request.words("parts").splitlines()
    async with carry_out(bot, request) as session:
        item, parts = await backlog.split(session, number, titles, by=request.user_id, now=bot.clock.now())
    names = "\n".join(item_text(part) for part in parts)
    return Answer(view=message_form("Split", f"{changed(item)}\n{names}"))


def _number(request: Request) -> int:
    number = request.about.get("item")
    if not isinstance(number, int):
        raise UserError("This form does not say which item it is about.", "Close it and open it again.")
    return number


SUBMISSIONS = (
    Submission("backlog_add", add_item),
    Submission("backlog_decline", decline),
    Submission("backlog_judge", judge),
    Submission("backlog_split", split),
)
