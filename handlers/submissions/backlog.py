"""The forms of the backlog, sent."""

from bot.backlog import items
from bot.backlog.items import Said
from bot.backlog.rows import KINDS
from bot.core.errors import UserError
from bot.incidents import backlog
from bot.runtime import Bot
from bot.views.backlog import item_text
from bot.views.forms import message_form
from handlers.backlog import changed, judged
from handlers.forms import member_if_chosen, service_chosen
from handlers.registrations import Submission
from handlers.request import Answer, Request, carry_out
from handlers.working import work


async def add_item(bot: Bot, request: Request) -> Answer | None:
    service = service_chosen(bot.config, request)
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
    number, reason = request.form_number("item"), request.words("reason")
    item = await work(bot, request, backlog.change, number, items.decline, reason)
    return Answer(view=message_form("Declined", changed(item)))


async def judge(bot: Bot, request: Request) -> Answer | None:
    """Impact and effort, and who sees to it."""
    number, by, now = request.form_number("item"), request.user_id, bot.clock.now()
    said = (request.words("impact"), request.words("effort"), request.about.get("seen"))
    owner = request.value("owner") or None
    async with carry_out(bot, request) as session:
        item = await backlog.change(session, number, items.judge, *said, by=by, now=now)
        if owner != item.owner:
            items.give(item, owner, by=by, now=now)
    return Answer(view=message_form("Judged", judged(item)))


async def change_item(bot: Bot, request: Request) -> Answer | None:
    said = Said(
        title=request.words("title"),
        kind=request.words("kind"),
        description=request.words("text"),
        impact=request.words("impact"),
        effort=request.words("effort"),
        owner=await member_if_chosen(bot, request, "owner", refusal="Guests and bots see to no item."),
        milestone=request.words("milestone"),
        seen=request.about.get("seen"),
    )
    item = await work(bot, request, backlog.change, request.form_number("item"), items.change, said)
    return Answer(view=message_form("Changed", f":white_check_mark: {item_text(item)}"))


async def split(bot: Bot, request: Request) -> Answer | None:
    """Its parts stand a line each."""
    number, titles = request.form_number("item"), request.words("parts").splitlines()
    item, parts = await work(bot, request, backlog.split, number, titles)
    names = "\n".join(item_text(part) for part in parts)
    return Answer(view=message_form("Split", f"{changed(item)}\n{names}"))


SUBMISSIONS = (
    Submission("backlog_add", add_item),
    Submission("backlog_decline", decline),
    Submission("backlog_judge", judge),
    Submission("backlog_split", split),
    Submission("backlog_change", change_item),
)
