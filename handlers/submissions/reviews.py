"""The forms of reviews, sent."""

from bot.core.errors import UserError
from bot.reviews import lifecycle, rewording
from bot.reviews.document import SECTIONS, Document, from_text
from bot.runtime import Bot
from bot.views.forms import message_form
from bot.views.reviews import ALL, joined
from handlers.registrations import Submission
from handlers.request import Answer, Request, carry_out
from handlers.reviews import document_of, document_page, draft_of, written_review


def _number(request: Request) -> int:
    number = request.about.get("incident")
    if not isinstance(number, int):
        raise UserError("This form does not say which review it is about.", "Close it and open it again.")
    return number


def _text(request: Request) -> str:
    """What stands in the fields, put together."""
    return joined(
        [
            request.words("part_1"),
            request.words("part_2"),
            request.words("part_3"),
            request.words("part_4"),
            request.words("part_5"),
            request.words("part_6"),
            request.words("part_7"),
            request.words("part_8"),
            request.words("part_9"),
            request.words("part_10"),
        ]
    )


async def keep_section(bot: Bot, request: Request) -> Answer | None:
    key = str(request.about.get("section", ""))
    if key not in SECTIONS:
        raise UserError("This form does not say which section it is about.", "Close it and open it again.")
    of = await written_review(bot, request, _number(request))
    new = document_of(bot, of).with_section(key, _text(request))
    return await _keep(bot, request, new, f"“{SECTIONS[key]}”")


async def keep_whole(bot: Bot, request: Request) -> Answer | None:
    return await _keep(bot, request, from_text(_text(request)), "all of it, as Markdown")


async def _keep(bot: Bot, request: Request, new: Document, what: str) -> Answer:
    number, seen = _number(request), request.about.get("version")
    of = await written_review(bot, request, number)
    async with carry_out(bot, request) as session:
        known = await lifecycle.keep(
            session,
            number,
            new,
            draft=draft_of(bot, of),
            seen=seen if isinstance(seen, int) else -1,
            what=what,
            by=request.user_id,
            now=bot.clock.now(),
        )
    news = f":white_check_mark: Kept as version {known.review.versions}."
    return Answer(view=await document_page(bot, request, number, news))


async def take_wording(bot: Bot, request: Request) -> Answer | None:
    number, wording = _number(request), request.about.get("wording")
    of = await written_review(bot, request, number)
    async with carry_out(bot, request) as session:
        known = await rewording.take(
            session,
            number,
            wording if isinstance(wording, int) else 0,
            draft=draft_of(bot, of),
            by=request.user_id,
            now=bot.clock.now(),
        )
    news = f":white_check_mark: Kept as version {known.review.versions}; *Versions* has what was before."
    return Answer(view=await document_page(bot, request, number, news))


async def skip(bot: Bot, request: Request) -> Answer | None:
    number, step, why = _number(request), str(request.about.get("step", "")), request.words("reason")
    async with carry_out(bot, request) as session:
        await lifecycle.skip_step(
            session, number, step, why, config=bot.config, by=request.user_id, now=bot.clock.now()
        )
    return None


async def waive(bot: Bot, request: Request) -> Answer | None:
    number, why = _number(request), request.words("reason")
    async with carry_out(bot, request) as session:
        await lifecycle.waive(
            session, number, why, config=bot.config, by=request.user_id, now=bot.clock.now()
        )
    return Answer(view=message_form("Waived", f":white_check_mark: The review of #{number} is waived."))


async def give(bot: Bot, request: Request) -> Answer | None:
    number, user, what = _number(request), request.value("user"), request.value("what")
    if not isinstance(user, str) or not user:
        raise UserError("Nobody is chosen.", "Choose who takes it.", field="user")
    config, now = bot.config, bot.clock.now()
    async with carry_out(bot, request) as session:
        if what in (None, ALL):
            await lifecycle.give(session, number, user, config=config, by=request.user_id, now=now)
            said = f"The review of #{number}"
        else:
            await lifecycle.give_step(
                session, number, str(what), user, config=config, by=request.user_id, now=now
            )
            said = f"That step of the review of #{number}"
    words = f":white_check_mark: {said} is with <@{user}> now."
    return Answer(view=message_form("Handed over", words))


SUBMISSIONS = (
    Submission("review_section", keep_section),
    Submission("review_whole", keep_whole),
    Submission("review_wording", take_wording),
    Submission("review_skip", skip),
    Submission("review_waive", waive),
    Submission("review_give", give),
)
