"""`/incident handover` and `/incident catchup`: for whoever comes next."""

from bot.core.slack_text import as_typed, mentioned_user
from bot.incidents.handover import ALL, MINE, hand_over
from bot.incidents.lifecycle import refuse_if_closed
from bot.incidents.queries import situation
from bot.runtime import Bot
from bot.views.catch_up import handover_form
from bot.views.text import mention
from handlers.catch_up import open_catch_up
from handlers.commands.work import refuse_no_member
from handlers.forms import show
from handlers.incident_text import addressed, role_named, user_named
from handlers.request import Answer, Request
from handlers.words import first_word
from handlers.working import work


async def handover(bot: Bot, request: Request) -> Answer | None:
    """`/incident handover lead @bo What to know`; without a role the asker's own; without a person the form."""
    async with bot.db.read() as session:
        found = await addressed(session, request, request.text, free_text=True)
    which, words = _which(bot, found.words)
    if not words:
        refuse_if_closed(found.incident)
        async with bot.db.read() as session:
            around = await situation(session, found.incident)
        await show(bot, request, handover_form(around, bot.config, request.user_id, which=which))
        return None
    user = str(user_named(words))
    await refuse_no_member(bot, user)
    _, text = first_word(words)
    number = found.incident.id
    named = which or MINE
    await work(bot, request, hand_over, number, user, which=named, text=as_typed(text), config=bot.config)
    return Answer(
        f":white_check_mark: #{number}: handed over to {mention(user)}, who is told how things stand."
    )


def _which(bot: Bot, words: str) -> tuple[str | None, str]:
    """Which roles are named in front, if any; raises UserError for what is neither a role nor a person."""
    head, rest = first_word(words)
    if not head or mentioned_user(head) is not None:
        return None, words
    if head.lower() in (ALL, MINE):
        return head.lower(), rest
    return role_named(bot.config, as_typed(head)).name, rest


async def catch_up(bot: Bot, request: Request) -> Answer | None:
    async with bot.db.read() as session:
        found = await addressed(session, request, request.text)
    await open_catch_up(bot, request, found.incident.id)
    return None
