"""A user group of Slack has changed: who may do what hangs on it (`permissions` of app.yaml)."""

from bot.delivery.user_groups import groups_changed
from bot.runtime import Bot
from handlers.registrations import Event
from handlers.request import Answer, Request, carry_out


async def changed(bot: Bot, request: Request) -> Answer | None:
    async with carry_out(bot, request) as session:
        groups_changed(session, bot.config, now=bot.clock.now())
    return None


_SCOPES = {"usergroups:read": "keeps in mind who is in the user groups that permissions name"}

EVENTS = (
    Event("subteam_updated", changed, _SCOPES),
    Event("subteam_members_changed", changed, _SCOPES),
)
