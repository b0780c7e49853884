"""Clicks for another wording of a review."""

from bot.core.errors import UserError
from bot.reviews import rewording
from bot.runtime import Bot
from bot.views import review_wording as view
from bot.views.forms import message_form
from handlers.forms import replace
from handlers.forms import show as show_form
from handlers.registrations import Action
from handlers.request import Answer, Request, carry_out
from handlers.reviews import document_page, draft_of, known_review, written_review


def _wording(request: Request) -> tuple[int, int]:
    """The incident's number, and that of the wording."""
    number, rest = request.chosen
    if number is None or not (rest.isascii() and rest.isdigit()):
        raise UserError(
            "That button does not say which wording it is about.", "Use `/incident review` instead."
        )
    return number, int(rest[:18])


async def ask(bot: Bot, request: Request) -> Answer | None:
    number = request.number("which review", "Use `/incident review` instead.")
    of = await written_review(bot, request, number)
    async with carry_out(bot, request) as session:
        await rewording.ask(
            session,
            number,
            draft=draft_of(bot, of),
            config=bot.config,
            by=request.user_id,
            now=bot.clock.now(),
        )
    words = (
        ":hourglass_flowing_sand: The model is being asked. What would change comes to your direct messages; "
        "nothing changes until somebody takes it."
    )
    await show_form(bot, request, message_form("Improve wording", words))
    return None


async def show(bot: Bot, request: Request) -> Answer | None:
    number, wording = _wording(request)
    known = await known_review(bot, request, number)
    async with bot.db.read() as session:
        row = await rewording.ready(session, known, wording)
    # In the place of the document, which shows what was taken afterwards.
    in_document = request.view.get("type") == "modal"
    await (replace if in_document else show_form)(bot, request, view.changes_view(known, row))
    return None


async def leave(bot: Bot, request: Request) -> Answer | None:
    number, wording = _wording(request)
    async with carry_out(bot, request) as session:
        await rewording.leave(session, number, wording, by=request.user_id, now=bot.clock.now())
    news = "The wording stays as it was."
    await replace(bot, request, await document_page(bot, request, number, news))
    return None


ACTIONS = (
    Action("reviews.wording", ask),
    Action("reviews.wording_show", show),
    Action("reviews.wording_leave", leave),
)
