"""The words of `/ops backlog`: what is to be done some day."""

from bot.backlog.items import add
from bot.core.errors import UserError
from bot.core.slack_text import as_title, as_typed
from bot.core.texts import LONGEST_TITLE
from bot.incidents import backlog
from bot.runtime import Bot
from bot.views.backlog import add_form
from handlers.backlog import change, item_now, list_page, show_item
from handlers.commands.subcommands import Subcommand
from handlers.forms import show as show_form
from handlers.incident_text import title_and_summary
from handlers.request import Answer, Request, carry_out
from handlers.words import as_number, as_page, first_word, service_named


async def list_items(bot: Bot, request: Request) -> Answer | None:
    """What is to be done; `all` for what is closed too; a service's name for its items; a number for a further page."""
    everything, service, page = False, None, 1
    for word in as_typed(request.text).split():
        if word.lower() in ("all", "open"):
            everything = word.lower() == "all"
        elif (asked := as_page(word)) is not None:
            page = asked
        else:
            service = service_named(bot.config, word, "/ops backlog", ["all", *_words_behind_backlog()])
    return await list_page(bot, request, service=service, everything=everything, page=page - 1)


def _words_behind_backlog() -> list[str]:
    return [name.removeprefix("backlog ") for one in SUBCOMMANDS for name in one.names if " " in name]


async def add_item(bot: Bot, request: Request) -> Answer | None:
    """In one line, or by the form."""
    if not request.text:
        await show_form(bot, request, add_form(bot.config))
        return None
    title, description = title_and_summary(request.text)
    async with carry_out(bot, request) as session:
        item, _ = await add(
            session,
            title=title[:LONGEST_TITLE],
            description=description,
            by=request.user_id,
            now=bot.clock.now(),
        )
    return await item_now(bot, item, f":white_check_mark: Item #{item.id} is in the backlog.")


async def show_one(bot: Bot, request: Request) -> Answer | None:
    number, _ = _numbered(request, "show")
    return await show_item(bot, request, number)


async def plan(bot: Bot, request: Request) -> Answer | None:
    number, _ = _numbered(request, "plan")
    return await change(bot, request, backlog.plan, number)


async def done(bot: Bot, request: Request) -> Answer | None:
    number, _ = _numbered(request, "done")
    return await change(bot, request, backlog.finish, number)


async def decline(bot: Bot, request: Request) -> Answer | None:
    number, why = _numbered(request, "decline")
    return await change(bot, request, backlog.decline, number, why)


async def reopen(bot: Bot, request: Request) -> Answer | None:
    number, _ = _numbered(request, "reopen")
    return await change(bot, request, backlog.reopen, number)


def _numbered(request: Request, word: str) -> tuple[int, str]:
    """The item's number and the words behind it."""
    head, rest = first_word(request.text)
    number = as_number(as_title(head))
    if number is None:
        why = " the reason" if word == "decline" else ""
        raise UserError(
            "Say which item.", f"For example `/ops backlog {word} 12{why}`; `/ops backlog` shows the numbers."
        )
    return number, as_typed(rest)


SUBCOMMANDS = (
    Subcommand("backlog", "[all] [service] [page]", "what is to be done, the oldest first", list_items),
    Subcommand("backlog add", "[title]", "add an item; without words a form opens", add_item),
    Subcommand("backlog show", "<number>", "one item, with its buttons", show_one),
    Subcommand("backlog plan", "<number>", "somebody means to do it", plan),
    Subcommand("backlog done", "<number>", "it is done", done),
    Subcommand("backlog decline", "<number> <reason>", "it will not be done", decline),
    Subcommand("backlog reopen", "<number>", "it is to be done after all", reopen),
)
