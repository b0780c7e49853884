"""Clicks under what checks have found: run again, declare, silence."""

from datetime import timedelta

from bot.checks.course import silence
from bot.checks.evaluation import FAILING
from bot.checks.queries import chosen, states_of
from bot.core.texts import LONGEST_TITLE
from bot.runtime import Bot
from bot.views.forms import about, declare_form
from bot.views.text import escaped, moment
from handlers.checking import run_now
from handlers.forms import show
from handlers.permitted import refuse_unpermitted
from handlers.registrations import Action
from handlers.request import Answer, Request, carry_out

SILENT_FOR = timedelta(hours=1)


async def run_again(bot: Bot, request: Request) -> Answer | None:
    return await run_now(bot, request, _what(request))


async def declare(bot: Bot, request: Request) -> Answer | None:
    """Opens the form, with the service of the checks, and what the worst of them that fails has seen."""
    await refuse_unpermitted(bot, request, "declare")
    checks = chosen(bot.config, [_what(request)])
    async with bot.db.read() as session:
        states = await states_of(session, [check.name for check in checks])
    failing = [
        (state, check)
        for check in checks
        if (state := states.get(check.name)) is not None and (state.ok is False or state.state == FAILING)
    ]
    worst = min(failing, key=lambda one: one[0].severity or one[1].severity, default=None)
    metadata = about(channel=request.channel_id, response_url=request.response_url)
    if worst is None:
        form = declare_form(bot.config, metadata=metadata, service=checks[0].service)
    else:
        state, check = worst
        severity = bot.config.severity(state.severity or check.severity)
        form = declare_form(
            bot.config,
            metadata=metadata,
            title=f"{check.shown_name}: {state.seen}"[:LONGEST_TITLE],
            severity=severity.name if severity is not None else None,
            service=check.service,
            summary=f"Expected {state.expected}, seen {state.seen}.",
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
