"""Who may act at all. Finer rules belong to the verbs."""

import asyncio
from datetime import timedelta

from bot.core.errors import NotAllowed
from bot.core.people import Person, person
from bot.delivery.people import look_up_person, note_account
from bot.delivery.slack import Call, SlackFailed
from bot.incidents.permissions import admits
from bot.runtime import Bot
from handlers.request import Request

# Accounts change rarely; what Slack said of one is good for so long.
KNOWN_FOR = timedelta(days=7)
# The act itself must be answered in 3 s, and a form may still have to be opened (handlers.entry.ANSWER_WITHIN).
ASK_WITHIN = 0.7


async def authorise(bot: Bot, request: Request) -> None:
    """Raises NotAllowed for people of other organizations, guests and bots, unless app.yaml admits them.

    Of what kind an account is, no payload of Slack's tells, but that it is of another team. So the list of
    members is read ahead of need, once a day (delivery.people.ReadMembersSender), and who is not among them yet
    is asked about at their first act. That is not waited for longer than `ASK_WITHIN`: to keep a member from
    declaring while Slack is down is worse than to let a guest act who came today, at that very time. What they
    do stands on the timeline with their name; as soon as Slack answers it is logged, and they may not any more.
    """
    if not request.user_id or request.user_id == "USLACKBOT":
        raise NotAllowed(
            "Slack did not say who did this.", "Try again from the Slack app.", reason="nobody named"
        )
    user = request.body.get("user")
    team = (request.body.get("team") or {}).get("id") or request.body.get("team_id")
    users_team = user.get("team_id") if isinstance(user, dict) else None
    is_foreign = bool(team and users_team and users_team != team)
    if is_foreign and not bot.config.permissions.external:
        raise _foreign(bot)
    now = bot.clock.monotonic()
    if (request.user_id, now) in bot.members:
        return
    known = await account(bot, request.user_id)
    if is_foreign and (known is None or not admits(bot.config, known, from_outside=True)):
        raise _foreign(bot)
    if not is_foreign:
        refuse_outsiders(known, bot)
    if known is not None:
        bot.members.add(request.user_id, now)


async def account(bot: Bot, user_id: str) -> Person | None:
    """What is known of somebody, asking Slack if nothing is; None when Slack does not say."""
    async with bot.db.read() as session:
        known = await person(session, user_id)
    if known is None or known.looked_up_at is None:
        return await _ask(bot, user_id)
    if bot.clock.now() - known.looked_up_at > KNOWN_FOR:
        await _look_up(bot, user_id)
    return known


async def _ask(bot: Bot, user_id: str) -> Person | None:
    try:
        answer = await asyncio.wait_for(bot.slack.call(Call("users.info", {"user": user_id})), ASK_WITHIN)
    except (SlackFailed, TimeoutError):
        await _look_up(bot, user_id)
        return None
    async with bot.db.begin() as session:
        return await note_account(session, answer["user"], now=bot.clock.now())


def _foreign(bot: Bot) -> NotAllowed:
    return NotAllowed(
        f"You are a guest from another organization, and incidents belong to {bot.config.organization}.",
        "Ask somebody of theirs to do it for you.",
        reason="another organization",
    )


def refuse_outsiders(known: Person | None, bot: Bot) -> None:
    if known is not None and not admits(bot.config, known):
        raise NotAllowed(
            f"Guests and outside accounts may not act on the incidents of {bot.config.organization}.",
            "Ask a full member to do it for you.",
            reason="no full member",
        )


async def _look_up(bot: Bot, user_id: str) -> None:
    async with bot.db.begin() as session:
        look_up_person(session, user_id, now=bot.clock.now())
