"""The confirmation of a command, sent."""

from bot.runbooks import commands
from bot.runtime import Bot
from handlers.registrations import Submission
from handlers.request import Answer, Request
from handlers.working import work


async def run(bot: Bot, request: Request) -> Answer | None:
    number, step = request.form_number("checklist"), request.form_number("step")
    digest = str(request.about.get("digest", ""))
    await work(bot, request, commands.ask, number, step, digest, config=bot.config)
    return None


SUBMISSIONS = (Submission("runbook_run", run),)
