"""What the form to declare offers while somebody types into its service menu."""

from bot.runtime import Bot
from bot.views.service_menu import services_like
from handlers.registrations import Options
from handlers.request import Answer, Request


async def services(bot: Bot, request: Request) -> Answer | None:
    return Answer(options=services_like(bot.config, request.text))


OPTIONS = (Options("declare.service", services),)
