"""The forms of action items, sent."""

from bot.core.errors import UserError
from bot.reviews import action_course
from bot.reviews.actions import add
from bot.runtime import Bot
from bot.views.forms import message_form
from handlers.action_items import changed, day_named, member, promised
from handlers.registrations import Submission
from handlers.request import Answer, Request, carry_out


async def add_item(bot: Bot, request: Request) -> Answer | None:
    name = request.value("service")
    service = bot.config.service(name) if name else None
    if name and service is None:
        raise UserError(
            f"The service “{name}” is not in app.yaml any more.", "Choose another.", field="service"
        )
    owner = await member(bot, str(request.value("owner") or request.user_id))
    due_on = day_named(request.value("due"))
    async with carry_out(bot, request) as session:
        item = await add(
            session,
            title=request.words("title"),
            description=request.words("text"),
            owner=owner,
            due_on=due_on,
            impact=request.value("impact"),
            effort=request.value("effort"),
            by=request.user_id,
            now=bot.clock.now(),
            config=bot.config,
            incident_id=_number(request, "incident"),
            review_id=_number(request, "review"),
            meeting_id=_number(request, "meeting"),
            service=service.name if service is not None else None,
        )
    return Answer(view=message_form("Action item", promised(item)))


async def change(bot: Bot, request: Request) -> Answer | None:
    owner = await member(bot, str(request.value("owner")))
    due_on = day_named(request.value("due"))
    async with carry_out(bot, request) as session:
        item = await action_course.change(
            session,
            _item(request),
            config=bot.config,
            owner=owner,
            due_on=due_on,
            rating=(request.value("impact"), request.value("effort")),
            words=(request.words("title"), request.words("text")),
            seen=request.about.get("seen"),
            by=request.user_id,
            now=bot.clock.now(),
        )
    return Answer(view=message_form("Changed", promised(item)))


async def drop(bot: Bot, request: Request) -> Answer | None:
    async with carry_out(bot, request) as session:
        item = await action_course.drop(
            session, _item(request), request.words("reason"), by=request.user_id, now=bot.clock.now()
        )
    return Answer(view=message_form("Dropped", changed(item)))


def _item(request: Request) -> int:
    number = _number(request, "item")
    if number is None:
        raise UserError("This form does not say which item it is about.", "Close it and open it again.")
    return number


def _number(request: Request, name: str) -> int | None:
    found = request.about.get(name)
    return found if isinstance(found, int) else None


SUBMISSIONS = (
    Submission("action_add", add_item),
    Submission("action_change", change),
    Submission("action_drop", drop),
)
