"""Clicks under what checks have found: run again, declare, silence."""

from datetime import timedelta

from bot.checks.course import silence
from bot.checks.queries import chosen
from bot.runtime import Bot
from bot.views.forms import about, declare_form
from bot.views.text import escaped, moment
from handlers.checking import run_now
from handlers.forms import show
from handlers.registrations import Action
from handlers.request import Answer, Request, carry_out

SILENT_FOR = timedelta(hours=1)


async def run_again(bot: Bot, request: Request) -> Answer | None:
    return await run_now(bot, request, _what(request))


async def declare(bot: Bot, request: Request) -> Answer | None:
    """Opens the form, with the service of the checks."""
    checks = chosen(bot.config, [_what(request)])
    form = declare_form(
        bot.config,
        metadata=about(channel=request.channel_id, response_url=request.response_url),
        title=f"{checks[0].shown_name} fails" if len(checks) == 1 else "",
        service=checks[0].service,
    )
    await show(bot, request, form)
    return None


async def silence_checks(bot: Bot, request: Request) -> Answer | None:
    what = _what(request)
    names = [check.name for check in chosen(bot.config, [what])]
    until = bot.clock.now() + SILENT_FOR
    async with carry_out(bot, request) as session:
        await silence(session, names, until=until, by=request.user_id)
    return Answer(
        f":no_bell: {escaped(what, 100)} raises no new alert until {moment(until)}. What fails then still raises one."
    )


def _what(request: Request) -> str:
    return str(request.action.get("value", ""))[:100]


ACTIONS = (
    Action("check.run", run_again),
    Action("check.declare", declare),
    Action("check.silence", silence_checks),
)
