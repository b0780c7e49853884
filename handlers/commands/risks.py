"""The words of `/ops risks`."""

from bot.core.texts import one_line
from bot.routine import risks
from bot.routine.risk_rows import KINDS
from bot.runtime import Bot
from bot.views.risks import change_form
from handlers.backlog import ask_for_matrix
from handlers.commands.subcommands import Subcommand
from handlers.forms import show as show_form
from handlers.numbered import number_said, page_said
from handlers.request import Answer, Request
from handlers.risks import form_to_add, form_to_review, list_page, risk_now, risk_of
from handlers.working import work

WORDS = {"all": "all", **{kind: kind for kind in KINDS}}


async def list_risks(bot: Bot, request: Request) -> Answer | None:
    found, page = page_said(request.text, WORDS)
    kind = next((kind for kind in KINDS if kind in found), None)
    return await list_page(bot, everything="all" in found, kind=kind, page=page)


async def add(bot: Bot, request: Request) -> Answer | None:
    await show_form(bot, request, form_to_add(bot, request, one_line(request.text)))
    return None


async def show_one(bot: Bot, request: Request) -> Answer | None:
    number, _ = number_said(request, "/ops risks show 12")
    return risk_now(bot, await risk_of(bot, number))


async def review(bot: Bot, request: Request) -> Answer | None:
    number, _ = number_said(request, "/ops risks review 12")
    await show_form(bot, request, form_to_review(bot, await risk_of(bot, number)))
    return None


async def change(bot: Bot, request: Request) -> Answer | None:
    number, _ = number_said(request, "/ops risks change 12")
    await show_form(bot, request, change_form(await risk_of(bot, number)))
    return None


async def close(bot: Bot, request: Request) -> Answer | None:
    number, _ = number_said(request, "/ops risks close 12")
    risk = await work(bot, request, risks.close, number)
    return risk_now(bot, risk, f":white_check_mark: Risk #{risk.id} is closed.")


async def matrix(bot: Bot, request: Request) -> Answer | None:
    return await ask_for_matrix(bot, request, "risks")


SUBCOMMANDS = (
    Subcommand("risks", "[all] [kind] [page]", "what may go wrong, the greatest first", list_risks),
    Subcommand("risks add", "[title]", "add one, by a form", add),
    Subcommand("risks show", "<number>", "one risk, with its buttons", show_one),
    Subcommand("risks review", "<number>", "look at it again, by a form", review),
    Subcommand("risks change", "<number>", "its title, kind and description, by a form", change),
    Subcommand("risks close", "<number>", "it is a risk no more", close),
    Subcommand("risks matrix", "", "likelihood and impact as a picture", matrix),
)
