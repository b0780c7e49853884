"""The form to declare, sent."""

from bot.core.errors import UserError
from bot.runtime import Bot
from handlers.declaring import declare_once
from handlers.incident_text import severity_named
from handlers.registrations import Submission
from handlers.request import Answer, Request


async def declare(bot: Bot, request: Request) -> Answer | None:
    service_name = request.value("service")
    service = bot.config.service(service_name) if service_name else None
    if service_name and service is None:
        raise UserError(
            f"The service “{service_name}” is not in app.yaml any more.", "Choose another.", field="service"
        )
    chosen = request.value("options") or ()
    await declare_once(
        bot,
        request,
        title=request.words("title"),
        severity=severity_named(bot.config, request.words("severity")),
        service=service,
        summary=request.words("summary"),
        private="private" in chosen,
        drill="drill" in chosen,
        source=request.about.get("source"),
        said=request.about.get("said"),
        response_url=request.about.get("response_url"),
    )
    return None


SUBMISSIONS = (Submission("declare", declare),)
