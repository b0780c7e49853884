"""Clicks under lists of incidents, and at App Home on the way to one."""

from bot.incidents.filters import ALL, Filter
from bot.runtime import Bot
from bot.views.lists import filter_form, list_modal
from handlers.forms import replace, show
from handlers.incident_lists import asked_by, found_by, list_page
from handlers.oncall_text import zone_of
from handlers.registrations import Action
from handlers.request import Answer, Request


async def turn(bot: Bot, request: Request) -> Answer | None:
    """In a modal the page takes the place of the one before; of a message another one is made."""
    page, asked = request.chosen
    if request.view.get("type") == "modal":
        await replace(
            bot, request, list_modal(await found_by(bot, request, asked, page=page or 1), bot.config)
        )
        return None
    return await list_page(bot, request, asked, page=page or 1)


async def refine(bot: Bot, request: Request) -> Answer | None:
    """The form, filled in with what is asked for."""
    _, text = request.chosen
    asked = await asked_by(bot, request, text)
    async with bot.db.read() as session:
        form = filter_form(asked.filter, bot.config, await zone_of(session, bot, request))
    if request.view.get("type") == "modal":
        await replace(bot, request, form)
    else:
        await show(bot, request, form)
    return None


async def mine(bot: Bot, request: Request) -> Answer | None:
    """All in which this person takes part or took part, the newest first."""
    which = Filter(status=ALL, person=request.user_id)
    await show(bot, request, list_modal(await found_by(bot, request, which.written), bot.config))
    return None


ACTIONS = (
    Action("list.older", turn),
    Action("list.newer", turn),
    Action("list.filter", refine),
    Action("home.find", refine),
    Action("home.mine", mine),
)
