"""The forms that amend an entry of the timeline, sent."""

from bot.core.errors import UserError
from bot.incidents import amendments
from bot.runtime import Bot
from handlers.reading import timeline_view
from handlers.registrations import Submission
from handlers.request import Answer, Request
from handlers.working import work

HIDDEN = {"hide": True, "show": False}


async def amend(bot: Bot, request: Request) -> Answer | None:
    """Then the timeline stands in the form's place, as it is by now."""
    what, why = request.about.get("what"), request.words("why")
    number, entry = request.form_number("incident"), request.form_number("entry")
    if what == "correct":
        text = request.words("text")
        incident = await work(bot, request, amendments.correct, number, entry, text, why=why)
    elif what == "retime":
        when = request.moment("when")
        if when is None:
            raise UserError("Say when it happened.", "Choose a day and a time.", field="when")
        incident = await work(bot, request, amendments.retime, number, entry, when, why=why)
    elif what in HIDDEN:
        hidden = HIDDEN[what]
        incident = await work(
            bot, request, amendments.set_hidden, number, entry, hidden, config=bot.config, why=why
        )
    elif what == "redact":
        incident = await work(bot, request, amendments.redact, number, entry, config=bot.config, why=why)
    else:
        raise UserError("This form does not say what to do.", "Close it and open it again.")
    async with bot.db.read() as session:
        return Answer(view=await timeline_view(session, incident, bot.config, request.about.get("page")))


SUBMISSIONS = (Submission("amend", amend),)
