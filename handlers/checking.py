"""Running checks for somebody, from the command and the button."""

from bot.checks.course import ask_now
from bot.checks.queries import chosen
from bot.core.outbox import Priority, enqueue
from bot.runtime import Bot
from bot.views.text import escaped
from handlers.request import Answer, Request, carry_out


async def run_now(bot: Bot, request: Request, what: str) -> Answer | None:
    """Has the checks of this name, or of this service, run at once; what they find follows. Raises NotFound."""
    checks = chosen(bot.config, [what])
    names = [check.name for check in checks]
    now = bot.clock.now()
    async with carry_out(bot, request) as session:
        await ask_now(session, names, now=now)
        about = {
            "names": names,
            "what": what,
            "user": request.user_id,
            "asked_at": now.isoformat(),
            "response_url": request.response_url,
            "channel": request.channel_id,
        }
        enqueue(session, "check.report", now=now, about=about, priority=Priority.ANSWER)
    if request.kind == "action":
        return None  # what it finds takes the place of the message with the button
    count = f"{len(names)} check{'s' if len(names) != 1 else ''}"
    return Answer(f":hourglass_flowing_sand: Running {count} of {escaped(what, 100)} …")
