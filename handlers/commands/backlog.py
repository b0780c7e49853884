"""The words of `/ops backlog`: what is to be done some day."""

import re

from bot.backlog import items
from bot.backlog.priority import LEVELS
from bot.backlog.rows import BUG, KINDS
from bot.config import near
from bot.core.errors import UserError
from bot.core.slack_text import as_title, as_typed
from bot.core.texts import LONGEST_TITLE, one_line
from bot.incidents import backlog
from bot.incidents.backlog import Which
from bot.runtime import Bot
from bot.views.backlog import add_form, change_form, judge_form
from bot.views.text import mention
from handlers.action_items import member
from handlers.backlog import (
    ask,
    ask_for_matrix,
    change,
    health_now,
    item_now,
    judged,
    list_page,
    put_first,
    show_item,
)
from handlers.commands.subcommands import Subcommand
from handlers.forms import show as show_form
from handlers.incident_text import title_and_summary, user_named
from handlers.request import Answer, Request, carry_out
from handlers.words import as_number, as_page, first_word, service_named
from handlers.working import work

# What a service is called stays that service.
MILESTONE = "milestone:"
# A title keeps its words: "a bug in search" is of no kind by that, "kind:bug" says it, wherever it stands.
_KIND = re.compile(r"(?<!\S)kind:(\S+)[^\S\n]*", re.IGNORECASE)
KIND_WORDS = {kind: kind for kind in KINDS} | {"features": "feature", "bugs": "bug", "processes": "process"}


async def list_items(bot: Bot, request: Request) -> Answer | None:
    """What is to be done; `all` for what is closed too; a kind, a service, last a milestone; a number for a further page."""
    everything, kind, service, page = False, None, None, 1
    words, _, milestone = as_typed(request.text).partition(MILESTONE)
    for word in words.split():
        if word.lower() in ("all", "open"):
            everything = word.lower() == "all"
        elif (asked := as_page(word)) is not None:
            page = asked
        elif bot.config.service(word) is None and (known := KIND_WORDS.get(word.lower())) is not None:
            kind = known
        else:
            service = service_named(
                bot.config, word, "/ops backlog", ["all", *KINDS, *_words_behind_backlog()]
            )
    return await list_page(
        bot, request, Which(everything, kind, service, one_line(milestone) or None), page=page - 1
    )


def _words_behind_backlog() -> list[str]:
    return [name.removeprefix("backlog ") for one in SUBCOMMANDS for name in one.names if " " in name]


async def add_item(bot: Bot, request: Request) -> Answer | None:
    """In one line, or by the form."""
    kind, text = _kind_said(request.text)
    if not text:
        await show_form(bot, request, add_form(bot.config, channel=request.channel_id))
        return None
    title, description = title_and_summary(text)
    async with carry_out(bot, request) as session:
        item = await backlog.add_idea(
            session,
            title=title[:LONGEST_TITLE],
            kind=kind,
            description=description,
            service=None,
            channel=request.channel_id,
            by=request.user_id,
            now=bot.clock.now(),
        )
    return await item_now(bot, item, f":white_check_mark: Item #{item.id} is in the backlog.")


def _kind_said(text: str) -> tuple[str, str]:
    """The kind that `kind:…` names, and the text without it; without it what is wrong is taken for a bug."""
    said = _KIND.search(text)
    if said is None:
        return BUG, text
    word = as_typed(said[1])
    kind = KIND_WORDS.get(word.lower())
    if kind is None:
        meant = near(word.lower(), KIND_WORDS)
        guess = f"Did you mean `kind:{KIND_WORDS[meant]}`? " if meant else ""
        raise UserError(
            f"“{word[:60]}” is no kind of what is in the backlog.",
            f"{guess}Choose one of {', '.join(KINDS)}.",
        )
    return kind, (text[: said.start()] + text[said.end() :]).strip()


async def show_one(bot: Bot, request: Request) -> Answer | None:
    number, _ = _numbered(request, "show")
    return await show_item(bot, request, number)


async def plan(bot: Bot, request: Request) -> Answer | None:
    number, milestone = _numbered(request, "plan")
    return await change(bot, request, backlog.change, number, items.plan, milestone)


async def done(bot: Bot, request: Request) -> Answer | None:
    number, _ = _numbered(request, "done")
    return await change(bot, request, backlog.change, number, items.finish)


async def decline(bot: Bot, request: Request) -> Answer | None:
    number, why = _numbered(request, "decline")
    return await change(bot, request, backlog.change, number, items.decline, why)


async def reopen(bot: Bot, request: Request) -> Answer | None:
    number, _ = _numbered(request, "reopen")
    return await change(bot, request, backlog.reopen, number)


async def judge(bot: Bot, request: Request) -> Answer | None:
    """`12 high low`: the impact, then the effort; without these the form."""
    number, words = _numbered(request, "judge")
    if not words:
        return await ask(bot, request, number, judge_form)
    levels = words.lower().split()
    if len(levels) != 2 or not set(levels) <= set(LEVELS):
        raise UserError(
            "An item is judged by its impact and its effort: high, medium or low.",
            f"For example `/ops backlog judge {number} high low`.",
        )
    item = await work(bot, request, backlog.change, number, items.judge, *levels)
    return await item_now(bot, item, judged(item))


async def change_by_form(bot: Bot, request: Request) -> Answer | None:
    number, _ = _numbered(request, "change")
    return await ask(bot, request, number, change_form)


async def owner(bot: Bot, request: Request) -> Answer | None:
    """`12 @ada`; without a person it is mine."""
    number, words = _numbered(request, "owner")
    user = await member(bot, user_named(words) or request.user_id)
    item = await work(bot, request, backlog.change, number, items.give, user)
    return await item_now(bot, item, f":white_check_mark: {mention(user)} sees to item #{item.id}.")


async def first(bot: Bot, request: Request) -> Answer | None:
    number, _ = _numbered(request, "first")
    return await put_first(bot, request, number)


async def matrix(bot: Bot, request: Request) -> Answer | None:
    return await ask_for_matrix(bot, request, "backlog")


async def fares(bot: Bot, request: Request) -> Answer | None:
    return await health_now(bot, request)


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
    Subcommand(
        "backlog",
        "[all] [kind] [service] [page] [milestone:…]",
        "what is to be done, the most urgent first",
        list_items,
    ),
    Subcommand("backlog add", "[kind:…] [title]", "add an item; without words a form opens", add_item),
    Subcommand("backlog show", "<number>", "one item, with its buttons", show_one),
    Subcommand(
        "backlog judge", "<number> [impact] [effort]", "high, medium or low: the priority follows", judge
    ),
    Subcommand(
        "backlog change", "<number>", "its title, description and the rest, by a form", change_by_form
    ),
    Subcommand("backlog owner", "<number> [@person]", "who sees to it", owner),
    Subcommand("backlog first", "<number>", "before all others of its priority", first),
    Subcommand("backlog plan", "<number> [milestone]", "somebody means to do it, for “Release 4”", plan),
    Subcommand("backlog done", "<number>", "it is done", done),
    Subcommand("backlog decline", "<number> <reason>", "it will not be done", decline),
    Subcommand("backlog reopen", "<number>", "it is to be done after all", reopen),
    Subcommand("backlog matrix", "", "impact and effort as a picture", matrix),
    Subcommand("backlog health", "", "how much there is, how old, how much is done", fares),
)
