"""The forms that amend an entry of the timeline, sent."""

from bot.core.errors import UserError
from bot.incidents import amendments
from bot.reviews.redacting import redact
from bot.runtime import Bot
from handlers.own_card import keeps_current
from handlers.registrations import Submission
from handlers.request import Answer, Request
from handlers.working import work

HIDDEN = {"hide": True, "show": False}


async def amend(bot: Bot, request: Request) -> Answer | None:
    """The timeline beneath the form then shows what stands on it by now."""
    what, why = request.about.get("what"), request.words("why")
    number, entry = request.form_number("incident"), request.form_number("entry")
    if what == "correct":
        text = request.words("text")
        await work(bot, request, amendments.correct, number, entry, text, why=why)
    elif what == "retime":
        when = request.moment("when")
        if when is None:
            raise UserError("Say when it happened.", "Choose a day and a time.", field="when")
        await work(bot, request, amendments.retime, number, entry, when, why=why)
    elif what in HIDDEN:
        hidden = HIDDEN[what]
        await work(bot, request, amendments.set_hidden, number, entry, hidden, config=bot.config, why=why)
    elif what == "redact":
        await work(bot, request, redact, number, entry, config=bot.config, why=why)
    else:
        raise UserError("This form does not say what to do.", "Close it and open it again.")
    return None


def _number(request: Request) -> int:
    return request.form_number("incident")


SUBMISSIONS = (Submission("amend", keeps_current(amend, _number)),)
