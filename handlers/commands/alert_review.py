"""`/ops alerts`: which alerts rang, and which of them for nothing."""

import re

from bot.alerts.review import MOST_WEEKS
from bot.core.errors import UserError
from bot.core.slack_text import as_typed
from bot.runtime import Bot
from handlers.alert_review import review_page
from handlers.commands.subcommands import Subcommand
from handlers.request import Answer, Request
from handlers.words import as_page, service_named

WEEKS = 4
_WEEKS = re.compile(r"(\d{1,6})(w|weeks?)", re.IGNORECASE)


async def review(bot: Bot, request: Request) -> Answer | None:
    """Of four weeks, or as many as are asked for; a service's name for its alerts; a number for a further page."""
    weeks, service, page = WEEKS, None, 1
    for word in as_typed(request.text).split():
        span = _WEEKS.fullmatch(word)
        if span is not None:
            weeks = int(span[1])
        elif (asked := as_page(word)) is not None:
            page = asked
        else:
            service = service_named(bot.config, word, "/ops alerts", ["4w"])
    if not 0 < weeks <= MOST_WEEKS:
        raise UserError(
            f"A review has 1 to {MOST_WEEKS} weeks.", "For example `/ops alerts 1w` or `/ops alerts 4w`."
        )
    return await review_page(bot, weeks=weeks, service=service, page=page - 1)


SUBCOMMANDS = (
    Subcommand("alerts", "[4w] [service] [page]", "which alerts rang, and which of them for nothing", review),
)
