"""Clicks on versions of the configuration."""

import asyncio
from pathlib import Path

from bot.administration.configuration import activate
from bot.administration.rollback import put_back, restorable, rolled_back
from bot.config.written import read_written
from bot.core.people import names_of
from bot.incidents.permissions import require
from bot.runtime import Bot
from handlers.configuration import history, shown
from handlers.permitted import refuse_unpermitted
from handlers.registrations import Action
from handlers.request import Answer, Request, carry_out


def _number(request: Request) -> int:
    return request.number("which version", "Use `/ops config` instead.")


async def show(bot: Bot, request: Request) -> Answer | None:
    return await shown(bot, request, _number(request))


async def roll_back(bot: Bot, request: Request) -> Answer | None:
    """This process reads the files anew as after any other change; other replicas follow."""
    await refuse_unpermitted(bot, request, "configuration")
    number, who, file = _number(request), request.user_id, Path(bot.settings.config)
    before = await asyncio.to_thread(read_written, file)
    async with bot.db.read() as session:
        wanted, held = await restorable(session, number, before)
        name = (await names_of(session, {who})).get(who, who)
    again, kept = await asyncio.to_thread(put_back, wanted, held, file)
    async with carry_out(bot, request) as session:
        now = bot.clock.now()
        await require(session, bot.config, "configuration", by=who, now=now)
        new = await activate(session, again, by=name, how=rolled_back(number), now=now, who=who)
    news = f":white_check_mark: The files are those of version {number} again, as version {new}. They are active in a moment, in every replica."
    aside = (
        f" What no version holds is kept beside: {', '.join(Path(one).name for one in kept)}." if kept else ""
    )
    return await history(bot, request, news + aside)


ACTIONS = (Action("config.show", show), Action("config.rollback", roll_back))
