"""The form to declare, sent."""

from bot.core.errors import UserError
from bot.incidents.declaring import Declaration, Earlier
from bot.runtime import Bot
from bot.views.forms import EARLIER
from handlers.declaring import declare_once
from handlers.forms import service_chosen
from handlers.incident_fields import type_chosen, typed_fields
from handlers.incident_text import severity_named
from handlers.registrations import Submission
from handlers.request import Answer, Request


async def declare(bot: Bot, request: Request) -> Answer | None:
    chosen = request.value("options") or ()
    declaration = Declaration(
        title=request.words("title"),
        severity=severity_named(bot.config, request.words("severity")),
        service=service_chosen(bot.config, request),
        summary=request.words("summary"),
        private="private" in chosen,
        drill="drill" in chosen,
        type_name=type_chosen(bot.config, request),
        filled=typed_fields(request),
        source=request.about.get("source"),
    )
    await declare_once(
        bot,
        request,
        declaration,
        earlier=_earlier(request) if EARLIER in chosen else None,
        said=request.about.get("said"),
        response_url=request.about.get("response_url"),
    )
    return None


def _earlier(request: Request) -> Earlier:
    began_at = request.moment("began")
    if began_at is None:
        raise UserError("When did it begin?", "Choose a day and a time.", field="began")
    return Earlier(began_at, request.moment("ended"))


SUBMISSIONS = (Submission("declare", declare),)
