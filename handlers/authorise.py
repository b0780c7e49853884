"""Who may act at all. Finer rules belong to the verbs."""

from datetime import timedelta

from bot.core.errors import NotAllowed
from bot.core.outbox import enqueue
from bot.core.people import Person, person
from bot.runtime import Bot
from handlers.request import Request

# Accounts change rarely; what Slack said of one is good for so long.
KNOWN_FOR = timedelta(days=7)


async def authorise(bot: Bot, request: Request) -> None:
    """Raises NotAllowed for people of other organizations, guests and bots.

    What kind of account somebody has, Slack tells in the payload (another team) or when asked. Nobody waits
    for the asking: the first act of an unknown member of the own team passes, and the account is looked up.
    """
    if not request.user_id or request.user_id == "USLACKBOT":
        raise NotAllowed("Slack did not say who did this.", "Try again from the Slack app.")
    user = request.body.get("user")
    team = (request.body.get("team") or {}).get("id") or request.body.get("team_id")
    users_team = user.get("team_id") if isinstance(user, dict) else None
    if team and users_team and users_team != team:
        raise NotAllowed(
            f"You are a guest from another organization, and incidents belong to {bot.config.organization}.",
            "Ask somebody of theirs to do it for you.",
        )
    async with bot.db.read() as session:
        known = await person(session, request.user_id)
    refuse_outsiders(known, bot)
    if known is None or known.looked_up_at is None or bot.clock.now() - known.looked_up_at > KNOWN_FOR:
        await _look_up(bot, request.user_id)


def refuse_outsiders(known: Person | None, bot: Bot) -> None:
    if known is not None and (known.is_guest or known.is_outside or known.is_bot):
        raise NotAllowed(
            f"Guests and outside accounts may not act on the incidents of {bot.config.organization}.",
            "Ask a full member to do it for you.",
        )


async def _look_up(bot: Bot, user_id: str) -> None:
    async with bot.db.begin() as session:
        await enqueue(
            session, "person.look_up", now=bot.clock.now(), about={"user": user_id}, fold=f"person:{user_id}"
        )
