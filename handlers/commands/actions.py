"""The words of `/ops actions`, and `/incident action`: what somebody has promised to do by a day."""

import re
from dataclasses import dataclass, replace
from datetime import date

from bot.backlog.priority import LEVELS
from bot.core.errors import UserError
from bot.core.slack_text import as_title, as_typed, mentioned_user
from bot.incidents.queries import by_channel
from bot.incidents.rows import Incident
from bot.reviews import action_course, issues
from bot.reviews.action_queries import Which, item_by_number
from bot.reviews.actions import add
from bot.runtime import Bot
from bot.views.action_items import add_form, change_form
from handlers.action_items import (
    changed,
    day,
    day_named,
    exported,
    item_now,
    list_page,
    member,
    promised,
    show_item,
)
from handlers.commands.subcommands import Subcommand
from handlers.forms import show as show_form
from handlers.incident_text import addressed, title_and_summary, user_named
from handlers.request import Answer, Request, carry_out
from handlers.words import as_number, as_page, first_word, service_named

WORDS = (
    "mine",
    "overdue",
    "all",
    "add",
    "show",
    "start",
    "done",
    "drop",
    "hand",
    "due",
    "issue",
    "judge",
    "reopen",
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


async def list_items(bot: Bot, request: Request) -> Answer | None:
    """The open ones; `mine`, `overdue`, `all`, a service, an incident as #12, a number for a further page."""
    which, page = Which(), 1
    for word in as_typed(request.text).split():
        lowered = word.lower()
        if lowered in ("mine", "my"):
            which = replace(which, owner=request.user_id)
        elif lowered in ("overdue", "late"):
            which = replace(which, due_before=day(bot))
        elif lowered in ("all", "open"):
            which = replace(which, everything=lowered == "all")
        elif word.startswith("#") and (number := as_number(word)) is not None:
            which = replace(which, incident_id=number)
        elif (asked := as_page(word)) is not None:
            page = asked
        else:
            which = replace(which, service=service_named(bot.config, word, "/ops actions", WORDS))
    return await list_page(bot, request, which, page - 1)


@dataclass(frozen=True)
class _Said:
    """What one line promises: who, by when, and what."""

    owner: str | None
    due_on: date | None
    words: str


def _said(text: str) -> _Said:
    """A person and a day may stand in front, in any order: `@cleo 2026-12-01 Alert before the disk is full`."""
    owner, due_on = None, None
    while True:
        head, rest = first_word(text)
        if owner is None and (user := mentioned_user(head)) is not None:
            owner = user
        elif due_on is None and _DAY.fullmatch(head):
            due_on = day_named(head)
        else:
            return _Said(owner, due_on, text)
        text = rest


async def add_item(bot: Bot, request: Request) -> Answer | None:
    """In one line, or by the form. In an incident's channel it is the incident's."""
    async with bot.db.read() as session:
        here = await by_channel(session, request.channel_id, request.viewer) if request.channel_id else None
    return await _add(bot, request, request.text, here)


async def add_to_incident(bot: Bot, request: Request) -> Answer | None:
    """`/incident action`: the same, of the channel's incident or of the one that is named."""
    async with bot.db.read() as session:
        found = await addressed(session, request, request.text, free_text=True)
    return await _add(bot, request, found.words, found.incident)


async def _add(bot: Bot, request: Request, text: str, incident: Incident | None) -> Answer | None:
    said = _said(text)
    if not said.words:
        form = add_form(
            bot.config,
            user=said.owner or request.user_id,
            today=day(bot),
            incident_id=incident.id if incident is not None else None,
            service=incident.service if incident is not None else None,
        )
        await show_form(bot, request, form)
        return None
    title, description = title_and_summary(said.words)
    owner = await member(bot, said.owner) if said.owner is not None else request.user_id
    async with carry_out(bot, request) as session:
        item = await add(
            session,
            title=title[:200],
            description=description,
            owner=owner,
            due_on=said.due_on,
            impact=None,
            effort=None,
            by=request.user_id,
            now=bot.clock.now(),
            config=bot.config,
            incident_id=incident.id if incident is not None else None,
        )
    return item_now(bot, item, promised(item))


async def show_one(bot: Bot, request: Request) -> Answer | None:
    number, _ = _numbered(request, "show")
    return await show_item(bot, request, number)


async def change(bot: Bot, request: Request) -> Answer | None:
    number, _ = _numbered(request, "change")
    async with bot.db.read() as session:
        item = await item_by_number(session, number, request.viewer)
    await show_form(bot, request, change_form(item, bot.config, today=day(bot)))
    return None


async def start(bot: Bot, request: Request) -> Answer | None:
    number, _ = _numbered(request, "start")
    async with carry_out(bot, request) as session:
        item = await action_course.start(session, number, by=request.user_id, now=bot.clock.now())
    return item_now(bot, item, changed(item))


async def done(bot: Bot, request: Request) -> Answer | None:
    number, _ = _numbered(request, "done")
    async with carry_out(bot, request) as session:
        item = await action_course.finish(session, number, by=request.user_id, now=bot.clock.now())
    return item_now(bot, item, changed(item))


async def drop(bot: Bot, request: Request) -> Answer | None:
    number, why = _numbered(request, "drop", " the reason")
    async with carry_out(bot, request) as session:
        item = await action_course.drop(
            session, number, as_typed(why), by=request.user_id, now=bot.clock.now()
        )
    return item_now(bot, item, changed(item))


async def reopen(bot: Bot, request: Request) -> Answer | None:
    number, _ = _numbered(request, "reopen")
    async with carry_out(bot, request) as session:
        item = await action_course.reopen(
            session, number, config=bot.config, by=request.user_id, now=bot.clock.now()
        )
    return item_now(bot, item, changed(item))


async def hand_over(bot: Bot, request: Request) -> Answer | None:
    head, rest = first_word(request.text)
    asked = replace(request, text=rest) if head.lower() == "over" else request
    number, to = _numbered(asked, "hand", " @person")
    user = user_named(to)
    if user is None:
        raise UserError("Say to whom.", f"For example `/ops actions hand {number} @person`.")
    owner = await member(bot, user)
    async with carry_out(bot, request) as session:
        item = await action_course.change(
            session, number, config=bot.config, owner=owner, by=request.user_id, now=bot.clock.now()
        )
    return item_now(bot, item, promised(item))


async def due(bot: Bot, request: Request) -> Answer | None:
    number, when = _numbered(request, "due", " 2026-12-31")
    due_on = day_named(as_title(when))
    async with carry_out(bot, request) as session:
        item = await action_course.change(
            session, number, config=bot.config, due_on=due_on, by=request.user_id, now=bot.clock.now()
        )
    return item_now(bot, item, promised(item))


async def issue(bot: Bot, request: Request) -> Answer | None:
    number, _ = _numbered(request, "issue")
    async with carry_out(bot, request) as session:
        item = await issues.want(session, number, config=bot.config, by=request.user_id, now=bot.clock.now())
    return item_now(bot, item, exported(item, bot.config))


async def judge(bot: Bot, request: Request) -> Answer | None:
    """Impact, then effort."""
    number, words = _numbered(request, "judge", " high low")
    levels = as_title(words).lower().split()
    if len(levels) != 2 or not all(level in LEVELS for level in levels):
        raise UserError(
            "Say how much it helps and how much work it is.",
            f"For example `/ops actions judge {number} high low`; each is high, medium or low.",
        )
    async with carry_out(bot, request) as session:
        item = await action_course.change(
            session,
            number,
            config=bot.config,
            rating=(levels[0], levels[1]),
            by=request.user_id,
            now=bot.clock.now(),
        )
    return item_now(bot, item)


def _numbered(request: Request, word: str, after: str = "") -> tuple[int, str]:
    """The item's number and the words behind it."""
    head, rest = first_word(request.text)
    number = as_number(as_title(head))
    if number is None:
        raise UserError(
            "Say which action item.",
            f"For example `/ops actions {word} 12{after}`; `/ops actions` shows the numbers.",
        )
    return number, rest


SUBCOMMANDS = (
    Subcommand(
        "actions",
        "[mine] [overdue] [all] [service] [#incident] [page]",
        "what somebody has promised, what is due first at the top",
        list_items,
    ),
    Subcommand(
        "actions add",
        "[@person] [2026-12-31] [title]",
        "add one; without words a form opens",
        add_item,
    ),
    Subcommand("actions show", "<number>", "one item, with its buttons", show_one),
    Subcommand("actions change", "<number>", "its title, description and the rest, by a form", change),
    Subcommand("actions start", "<number>", "you are at it", start),
    Subcommand("actions done", "<number>", "it is done", done),
    Subcommand("actions drop", "<number> <reason>", "it will not be done", drop),
    Subcommand("actions hand", "<number> <@person>", "hand it over", hand_over),
    Subcommand("actions due", "<number> <2026-12-31>", "move it to another day", due),
    Subcommand(
        "actions judge",
        "<number> <impact> <effort>",
        "high, medium or low: the priority follows",
        judge,
        also=("actions rate",),
    ),
    Subcommand("actions issue", "<number>", "make an issue on GitHub of it", issue),
    Subcommand("actions reopen", "<number>", "it is to be done after all", reopen),
)
