"""`/incident merge`, `relate` and `unrelate`: incidents that are one, or belong together."""

from bot.core.errors import UserError
from bot.core.slack_text import as_typed
from bot.incidents import relations
from bot.reviews import merging
from bot.runtime import Bot
from bot.views.forms import merge_form
from bot.views.messages import merged
from handlers.forms import show
from handlers.incident_text import addressed
from handlers.permitted import refuse_unpermitted
from handlers.request import Answer, Request
from handlers.words import as_number, first_word
from handlers.working import Verb, work

# What may stand in front of a number: "merge 12 into 15".
_BETWEEN = ("into", "with", "to", "and")


def _numbers(text: str) -> tuple[list[int], str]:
    """One number or two in front, and the words behind them."""
    found: list[int] = []
    rest = text
    while len(found) < 2:
        word, behind = first_word(rest)
        if word.lower() in _BETWEEN and as_number(first_word(behind)[0]) is not None:
            word, behind = first_word(behind)
        if (number := as_number(word)) is None:
            break
        found.append(number)
        rest = behind
    return found, as_typed(rest)


async def _here(bot: Bot, request: Request, other: int, *, behind: str) -> int:
    """The incident of this channel, which is not the `other` one; raises NotFound with what to type elsewhere."""
    async with bot.db.read() as session:
        return (await addressed(session, request, "", behind=behind, other=other)).incident.id


async def merge(bot: Bot, request: Request) -> Answer | None:
    """With one number this channel's incident goes into that; without any a form asks which."""
    numbers, why = _numbers(request.text)
    if not numbers:
        async with bot.db.read() as session:
            incident = (await addressed(session, request, "", behind="into …")).incident
        merging.refuse_if_over(incident)
        await refuse_unpermitted(bot, request, "merge", incident)
        await show(bot, request, merge_form(incident, bot.config))
        return None
    into = numbers[-1]
    number = numbers[0] if len(numbers) == 2 else await _here(bot, request, into, behind=f"into {into}")
    target = await work(bot, request, merging.merge, number, into, config=bot.config, text=why)
    return Answer(merged(number, target))


async def _tied(bot: Bot, request: Request, verb: Verb[object], said: str) -> Answer:
    numbers, _ = _numbers(request.text)
    if not numbers:
        raise UserError(
            "Say which other incident.",
            f"For example `{request.form} 12`, or anywhere `{request.form} 12 15`.",
        )
    other = numbers[-1]
    number = numbers[0] if len(numbers) == 2 else await _here(bot, request, other, behind=str(other))
    await work(bot, request, verb, number, other)
    return Answer(f":white_check_mark: #{number} and #{other} {said}.")


async def relate(bot: Bot, request: Request) -> Answer | None:
    return await _tied(bot, request, relations.relate, "belong together now")


async def unrelate(bot: Bot, request: Request) -> Answer | None:
    return await _tied(bot, request, relations.unrelate, "do not belong together any more")
