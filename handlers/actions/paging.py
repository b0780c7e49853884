"""Clicks on pages, in direct messages, channels and on the card. A stale one is told what is so, and the message mended."""

from datetime import timedelta

from bot.core.errors import RuleRefused, UserError
from bot.incidents import paging
from bot.incidents.queries import by_number
from bot.paging.ringing import bundle_of
from bot.paging.targets import choices
from bot.runtime import Bot
from bot.views.page_forms import page_form, page_note_form, reassign_form, snooze_form
from handlers.actions.card import number_of
from handlers.forms import show
from handlers.own_page import keeps_current, opened_from, page_number
from handlers.paging import stands, who_is_on_call
from handlers.registrations import Action
from handlers.request import Answer, Handle, Request, carry_out
from handlers.rings import rings_have_landed
from handlers.working import work


async def acknowledge(bot: Bot, request: Request) -> Answer | None:
    page = await work(bot, request, paging.acknowledge, page_number(request), config=bot.config)
    await rings_have_landed(bot, [page.id])
    return None


async def acknowledge_all(bot: Bot, request: Request) -> Answer | None:
    """Those of the message that still ring; each is a page of its own."""
    async with carry_out(bot, request) as session:
        numbers = {one.page_id for one in await bundle_of(session, page_number(request))}
        done = await paging.acknowledge_all(
            session, numbers, config=bot.config, by=request.user_id, now=bot.clock.now()
        )
        if not done:
            raise RuleRefused("None of these pages rings any more.")
    await rings_have_landed(bot, numbers)
    return None


async def unacknowledge(bot: Bot, request: Request) -> Answer | None:
    await work(bot, request, paging.unacknowledge, page_number(request), config=bot.config)
    return None


async def escalate(bot: Bot, request: Request) -> Answer | None:
    await work(bot, request, paging.escalate_now, page_number(request), config=bot.config)
    return None


async def resolve(bot: Bot, request: Request) -> Answer | None:
    await work(bot, request, paging.resolve, page_number(request))
    return None


async def snooze(bot: Bot, request: Request) -> Answer | None:
    """The menu of times: "7:30" is page 7 for half an hour."""
    _, minutes = request.chosen
    if not (minutes.isascii() and minutes.isdigit()):
        raise UserError("That does not say for how long.", "Choose a time, or use `/page snooze`.")
    await work(bot, request, paging.snooze, page_number(request), timedelta(minutes=int(minutes[:6])))
    return None


async def still_on_it(bot: Bot, request: Request) -> Answer | None:
    """Answers the question: that is progress enough for now."""
    await work(bot, request, paging.confirm, page_number(request))
    return None


async def reassign(bot: Bot, request: Request) -> Answer | None:
    await _form(bot, request, "reassign")
    return None


async def note(bot: Bot, request: Request) -> Answer | None:
    await _form(bot, request, "note")
    return None


async def _form(bot: Bot, request: Request, which: str) -> None:
    number = page_number(request)
    async with bot.db.read() as session:
        page = await paging.visible_page(session, number, request.viewer)
    if not page.is_open and which != "note":
        raise RuleRefused(f"Page #{number} is over.", "Page again if somebody is needed: `/page`.")
    if which == "reassign":
        form = reassign_form(page, bot.config, choices(bot.config))
    else:
        form = (snooze_form if which == "snooze" else page_note_form)(page, bot.config)
    await show(bot, request, opened_from(request, number, form))


async def more(bot: Bot, request: Request) -> Answer | None:
    """The menu beside a page, where there is little room."""
    _, what = request.chosen
    at_once = {"unacknowledge": unacknowledge, "escalate": escalate, "resolve": resolve}
    if what in at_once:
        return await at_once[what](bot, request)
    if what in ("reassign", "snooze", "note"):
        await _form(bot, request, what)
    return None


async def show_page(bot: Bot, request: Request) -> Answer | None:
    return await stands(bot, request, page_number(request))


async def open_form(bot: Bot, request: Request) -> Answer | None:
    """The card's "Page …"."""
    async with bot.db.read() as session:
        incident = await by_number(session, number_of(request), request.viewer)
    lines = await who_is_on_call(bot, bot.clock.now())
    form = page_form(bot.config, choices(bot.config), lines, incident=incident.id, private=incident.private)
    await show(bot, request, form)
    return None


def _on_page(action_id: str, handle: Handle) -> Action:
    return Action(action_id, keeps_current(handle))


ACTIONS = (
    _on_page("page.acknowledge", acknowledge),
    Action("page.acknowledge_all", acknowledge_all),
    _on_page("page.unacknowledge", unacknowledge),
    _on_page("page.escalate", escalate),
    _on_page("page.reassign", reassign),
    _on_page("page.snooze", snooze),
    _on_page("page.note", note),
    _on_page("page.resolve", resolve),
    _on_page("page.still_on_it", still_on_it),
    _on_page("page.more", more),
    Action("page.show", show_page),
    Action("page.open", open_form),
)
