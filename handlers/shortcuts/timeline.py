"""Keeping a message from its own menu."""

from bot.core.errors import UserError
from bot.incidents.queries import by_channel
from bot.incidents.updates import keep_message
from bot.runtime import Bot
from handlers.registrations import Shortcut
from handlers.request import Answer, Request, carry_out


async def keep(bot: Bot, request: Request) -> Answer | None:
    ts = (request.body.get("message") or {}).get("ts")
    if not request.channel_id or not ts:
        raise UserError("Slack did not say which message that is.", "Try again from the message's menu.")
    async with carry_out(bot, request) as session:
        incident = await by_channel(session, request.channel_id, request.viewer)
        if incident is None:
            raise UserError(
                "This channel does not belong to an incident that you can see.",
                "Keep messages in an incident's own channel, or note them: `/incident note 12 …`.",
            )
        await keep_message(
            session,
            incident,
            channel=request.channel_id,
            ts=ts,
            by=request.user_id,
            how="shortcut",
            now=bot.clock.now(),
        )
    return Answer(f":pushpin: Put on the timeline of #{incident.id}.")


SHORTCUTS = (
    Shortcut("keep", "Add to timeline", "Put this message on the incident's timeline", "message", keep),
)
