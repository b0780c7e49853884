"""Clicks on reviews."""

from bot.core.errors import UserError
from bot.reviews import lifecycle, telling
from bot.reviews.document import SECTIONS, as_text
from bot.runtime import Bot
from bot.views import reviews as view
from bot.views.action_items import add_form
from bot.views.forms import message_form
from bot.views.page import who_words
from handlers.action_items import day
from handlers.forms import replace
from handlers.forms import show as show_form
from handlers.registrations import Action
from handlers.request import Answer, Request, carry_out
from handlers.reviews import (
    document_of,
    document_page,
    draft_of,
    known_review,
    list_page,
    shown,
    written_review,
)


def _about(request: Request) -> tuple[int, str]:
    """The incident's number, and what else the element names."""
    number, rest = request.chosen
    if number is None:
        raise UserError(
            "That button does not say which review it is about.", "Use `/incident review` instead."
        )
    return number, rest


async def show(bot: Bot, request: Request) -> Answer | None:
    return await shown(bot, request, _about(request)[0])


async def read(bot: Bot, request: Request) -> Answer | None:
    await show_form(bot, request, await document_page(bot, request, _about(request)[0]))
    return None


async def begin(bot: Bot, request: Request) -> Answer | None:
    number, _ = _about(request)
    async with carry_out(bot, request) as session:
        await lifecycle.ask(session, number, config=bot.config, by=request.user_id, now=bot.clock.now())
    return await shown(bot, request, number, ":white_check_mark: The review is begun.")


async def done(bot: Bot, request: Request) -> Answer | None:
    number, step = _about(request)
    return await _step(bot, request, number, step, "done")


async def step(bot: Bot, request: Request) -> Answer | None:
    number, rest = _about(request)
    name, _, what = rest.rpartition(":")
    return await _step(bot, request, number, name, what)


async def _step(bot: Bot, request: Request, number: int, name: str, what: str) -> Answer | None:
    if what == "skip":
        known = await known_review(bot, request, number)
        task = next((one for one in known.tasks if one.name == name), None)
        if task is None:
            raise UserError("The review has this step no more.", f"`/incident review {number}` shows it.")
        await show_form(bot, request, view.skip_form(known, task))
        return None
    verb = lifecycle.redo_step if what == "redo" else lifecycle.finish_step
    async with carry_out(bot, request) as session:
        await verb(session, number, name, config=bot.config, by=request.user_id, now=bot.clock.now())
    if not _is_ephemeral(request):
        return None  # the card itself shows it
    said = "The step is open again." if what == "redo" else "The step is done."
    return await shown(bot, request, number, f":white_check_mark: {said}")


def _is_ephemeral(request: Request) -> bool:
    return bool((request.body.get("container") or {}).get("is_ephemeral"))


async def waive(bot: Bot, request: Request) -> Answer | None:
    known = await known_review(bot, request, _about(request)[0])
    await show_form(bot, request, view.waive_form(known))
    return None


async def give(bot: Bot, request: Request) -> Answer | None:
    known = await known_review(bot, request, _about(request)[0])
    await show_form(bot, request, view.give_form(known))
    return None


async def action_item(bot: Bot, request: Request) -> Answer | None:
    known = await known_review(bot, request, _about(request)[0])
    number = known.incident.id
    form = add_form(
        bot.config,
        user=request.user_id,
        today=day(bot),
        incident_id=number,
        review_id=number,
        service=known.incident.service,
    )
    await show_form(bot, request, form)
    return None


async def publish(bot: Bot, request: Request) -> Answer | None:
    number, _ = _about(request)
    of = await written_review(bot, request, number)
    async with carry_out(bot, request) as session:
        await lifecycle.publish(
            session,
            number,
            draft=draft_of(bot, of),
            config=bot.config,
            by=request.user_id,
            now=bot.clock.now(),
        )
    if not _is_ephemeral(request):
        return None
    return await shown(bot, request, number, ":white_check_mark: The review is on its way.")


async def edit(bot: Bot, request: Request) -> Answer | None:
    number, key = _about(request)
    if key not in SECTIONS:
        raise UserError("That button does not say which section it is about.", "Open the review again.")
    of = await written_review(bot, request, number)
    text = document_of(bot, of).sections[key]
    if view.parts(text) is None:
        raise UserError("This section is too long for a form.", "Shorten it, or split it into several.")
    await replace(bot, request, view.section_form(of.known, key, text))
    return None


async def whole(bot: Bot, request: Request) -> Answer | None:
    number, _ = _about(request)
    of = await written_review(bot, request, number)
    text = as_text(document_of(bot, of))
    if view.parts(text) is None:
        words = (
            f"The review is {len(text)} characters long, too much for one form. Edit it section by section."
        )
        await show_form(bot, request, message_form("Too long", words))
        return None
    await replace(bot, request, view.whole_form(of.known, text))
    return None


async def versions(bot: Bot, request: Request) -> Answer | None:
    of = await written_review(bot, request, _about(request)[0])

    def who(user_id: str | None) -> str:
        return "Tocsin" if user_id is None else who_words(user_id)

    await show_form(bot, request, view.versions_view(of.known, of.versions, who))
    return None


async def export(bot: Bot, request: Request) -> Answer | None:
    number, form = _about(request)
    known = await known_review(bot, request, number)
    async with carry_out(bot, request) as session:
        telling.send_file(session, known.incident, request.user_id, form or "md", now=bot.clock.now())
    words = f":white_check_mark: The review of #{number} comes as a file to your direct messages."
    await show_form(bot, request, message_form("On its way", words))
    return None


async def turn(bot: Bot, request: Request) -> Answer | None:
    page, which = request.chosen
    return await list_page(bot, request, everything=which == "all", page=min(page or 0, 100_000))


ACTIONS = (
    Action("reviews.show", show),
    Action("reviews.read", read),
    Action("reviews.begin", begin),
    Action("reviews.done", done),
    Action("reviews.step", step),
    Action("reviews.waive", waive),
    Action("reviews.give", give),
    Action("reviews.action", action_item),
    Action("reviews.publish", publish),
    Action("reviews.edit", edit),
    Action("reviews.whole", whole),
    Action("reviews.versions", versions),
    Action("reviews.export", export),
    Action("reviews.back", turn),
    Action("reviews.more", turn),
)
