"""The words of `/ops backlog`: what is to be done some day."""

from dataclasses import replace

from bot.backlog import items
from bot.backlog.priority import LEVELS
from bot.backlog.rows import BUG, KINDS
from bot.config import near
from bot.core.errors import UserError
from bot.core.slack_text import as_title, as_typed
from bot.core.texts import LONGEST_TITLE
from bot.incidents import backlog
from bot.incidents.backlog import Which
from bot.runtime import Bot
from bot.views.backlog import add_form, judge_form
from bot.views.text import mention
from handlers.backlog import ask_for_matrix, changed, health_now, item_now, judged, list_page, show_item
from handlers.forms import show as show_form
from handlers.incident_text import first_word, incident_number, title_and_summary, user_named
from handlers.request import Answer, Request, carry_out

WORDS = (
    "add",
    "show",
    "judge",
    "owner",
    "first",
    "plan",
    "done",
    "decline",
    "reopen",
    "matrix",
    "health",
    "all",
    *KINDS,
)

# What a service is called stays that service.
KIND_WORDS = {kind: kind for kind in KINDS} | {"features": "feature", "bugs": "bug", "processes": "process"}


async def list_items(bot: Bot, request: Request) -> Answer | None:
    """What is to be done; `all` for what is closed too; a kind, a service; a number for a further page."""
    everything, kind, service, page = False, None, None, 1
    for word in as_typed(request.text).split():
        if word.lower() in ("all", "open"):
            everything = word.lower() == "all"
        elif word.isascii() and word.isdigit() and 0 < int(word[:9]) <= 100_000:
            page = int(word[:9])
        elif bot.config.service(word) is None and (known := KIND_WORDS.get(word.lower())) is not None:
            kind = known
        else:
            service = service_named(bot, word, "/ops backlog", WORDS)
    return await list_page(bot, request, Which(everything, kind, service), page=page - 1)


def service_named(bot: Bot, word: str, command: str, words: tuple[str, ...]) -> str:
    """The service of this name; raises UserError with what may have been meant."""
    found = bot.config.service(word)
    if found is not None:
        return found.name
    meant = near(word, [*words, *(one.name for one in bot.config.services)])
    guess = f"Did you mean `{command} {meant}`? " if meant else ""
    raise UserError(
        f"“{word}” is neither a service nor a word of `{command}`.",
        f"{guess}`/ops help` shows all that there is.",
    )


async def add_item(bot: Bot, request: Request) -> Answer | None:
    """In one line, or by the form."""
    if not request.text:
        await show_form(bot, request, add_form(bot.config, channel=request.channel_id))
        return None
    title, description = title_and_summary(request.text)
    async with carry_out(bot, request) as session:
        item = await backlog.add_idea(
            session,
            title=title[:LONGEST_TITLE],
            kind=BUG,
            description=description,
            service=None,
            channel=request.channel_id,
            by=request.user_id,
            now=bot.clock.now(),
        )
    return await item_now(bot, item, f":white_check_mark: Item #{item.id} is in the backlog.")


async def show_one(bot: Bot, request: Request) -> Answer | None:
    number, _ = _numbered(request, "show")
    return await show_item(bot, request, number)


async def plan(bot: Bot, request: Request) -> Answer | None:
    number, _ = _numbered(request, "plan")
    async with carry_out(bot, request) as session:
        item = await backlog.change(session, number, items.plan, by=request.user_id, now=bot.clock.now())
    return await item_now(bot, item, changed(item))


async def done(bot: Bot, request: Request) -> Answer | None:
    number, _ = _numbered(request, "done")
    async with carry_out(bot, request) as session:
        item = await backlog.change(session, number, items.finish, by=request.user_id, now=bot.clock.now())
    return await item_now(bot, item, changed(item))


async def decline(bot: Bot, request: Request) -> Answer | None:
    number, why = _numbered(request, "decline")
    async with carry_out(bot, request) as session:
        item = await backlog.change(
            session, number, items.decline, why, by=request.user_id, now=bot.clock.now()
        )
    return await item_now(bot, item, changed(item))


async def reopen(bot: Bot, request: Request) -> Answer | None:
    number, _ = _numbered(request, "reopen")
    async with carry_out(bot, request) as session:
        item = await backlog.reopen(session, number, by=request.user_id, now=bot.clock.now())
    return await item_now(bot, item, changed(item))


async def judge(bot: Bot, request: Request) -> Answer | None:
    """`12 high low`: the impact, then the effort; without these the form."""
    number, words = _numbered(request, "judge")
    if not words:
        async with bot.db.read() as session:
            item = await backlog.item_by_number(session, number, request.viewer)
        await show_form(bot, request, judge_form(item, bot.config))
        return None
    levels = words.lower().split()
    if len(levels) != 2 or not set(levels) <= set(LEVELS):
        raise UserError(
            "An item is judged by its impact and its effort: high, medium or low.",
            f"For example `/ops backlog judge {number} high low`.",
        )
    async with carry_out(bot, request) as session:
        item = await backlog.change(
            session, number, items.judge, *levels, by=request.user_id, now=bot.clock.now()
        )
    return await item_now(bot, item, judged(item))


async def owner(bot: Bot, request: Request) -> Answer | None:
    """`12 @ada`; without a person it is mine."""
    head, rest = first_word(request.text)
    number, _ = _numbered(replace(request, text=head), "owner")
    user = user_named(rest) or request.user_id
    async with carry_out(bot, request) as session:
        item = await backlog.change(
            session, number, items.give, user, by=request.user_id, now=bot.clock.now()
        )
    return await item_now(bot, item, f":white_check_mark: {mention(user)} sees to item #{item.id}.")


async def first(bot: Bot, request: Request) -> Answer | None:
    number, _ = _numbered(request, "first")
    async with carry_out(bot, request) as session:
        item = await backlog.put_first(session, number, by=request.user_id, now=bot.clock.now())
    return await item_now(bot, item, f":white_check_mark: Item #{item.id} comes first of its priority.")


async def matrix(bot: Bot, request: Request) -> Answer | None:
    return await ask_for_matrix(bot, request, "backlog")


async def fares(bot: Bot, request: Request) -> Answer | None:
    return await health_now(bot, request)


def _numbered(request: Request, word: str) -> tuple[int, str]:
    """The item's number and the words behind it."""
    head, rest = first_word(request.text)
    number = incident_number(as_title(head))
    if number is None:
        why = " the reason" if word == "decline" else ""
        raise UserError(
            "Say which item.", f"For example `/ops backlog {word} 12{why}`; `/ops backlog` shows the numbers."
        )
    return number, as_typed(rest)
