"""The menu beside an entry of the timeline."""

from bot.core.errors import UserError
from bot.incidents.amendments import amendable, refuse_others
from bot.runtime import Bot
from bot.views.amendments import LABELS, amend_form
from handlers.forms import show
from handlers.own_card import opened_from
from handlers.permitted import refuse_unpermitted
from handlers.registrations import Action
from handlers.request import Answer, Request


async def menu(bot: Bot, request: Request) -> Answer | None:
    incident_number = request.number("which incident", "Use `/incident timeline` instead.")
    entry_number, _, what = request.chosen[1].partition(".")
    if what not in LABELS or not entry_number.isdigit():
        raise UserError("That menu does not say what to do.", "Close the timeline and open it again.")
    async with bot.db.read() as session:
        incident, entry = await amendable(session, incident_number, int(entry_number[:9]), request.viewer)
        if what in ("correct", "retime"):
            await refuse_others(session, incident, entry, by=request.user_id)
    if what not in ("correct", "retime"):
        await refuse_unpermitted(bot, request, "redact", incident)
    form = amend_form(incident, entry, what, bot.config)
    await show(bot, request, opened_from(request, incident, form, entry=entry.number, what=what))
    return None


ACTIONS = (Action("timeline.entry", menu),)
