"""The words of `/incident review` and `/ops reviews`."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.config import near
from bot.core.errors import UserError
from bot.core.slack_text import as_typed
from bot.reviews import lifecycle, telling
from bot.runtime import Bot
from bot.views.review_text import FORMS
from handlers.commands.subcommands import Subcommand
from handlers.forms import show as show_form
from handlers.incident_text import addressed, user_named
from handlers.numbered import number_said
from handlers.request import Answer, Request, carry_out
from handlers.reviews import document_page, draft_of, list_page, shown, written_review
from handlers.words import first_word

Verb = Callable[..., Awaitable[Any]]
WORDS = ("begin", "read", "done", "skip", "redo", "owner", "publish", "export", "waive")


async def review(bot: Bot, request: Request) -> Answer | None:
    """How the review of an incident stands; with a word behind the number, what is to be done with it."""
    async with bot.db.read() as session:
        found = await addressed(session, request, request.text)
    number = found.incident.id
    word, rest = first_word(found.words)
    rest = as_typed(rest)
    match word.lower():
        case "" | "show":
            return await shown(bot, request, number)
        case "read":
            await show_form(bot, request, await document_page(bot, request, number))
            return None
        case "begin":
            return await _did(bot, request, number, lifecycle.ask, said="The review is begun.")
        case "done":
            return await _did(bot, request, number, lifecycle.finish_step, rest, said="The step is done.")
        case "redo":
            return await _did(bot, request, number, lifecycle.redo_step, rest, said="The step is open again.")
        case "skip":
            step, why = first_word(rest)
            return await _did(
                bot, request, number, lifecycle.skip_step, step, why, said="The step is skipped."
            )
        case "owner":
            return await _give(bot, request, number, first_word(found.words)[1])
        case "waive":
            return await _did(bot, request, number, lifecycle.waive, rest, said="The review is waived.")
        case "publish":
            return await publish(bot, request, number)
        case "export":
            return await export(bot, request, number, rest.lower() or "md")
    meant = near(word.lower(), WORDS)
    guess = f"Did you mean `/incident review {number} {meant}`? " if meant else ""
    raise UserError(
        f"“{as_typed(word)}” is nothing that is done with a review.",
        f"{guess}Its words are {', '.join(WORDS)}.",
    )


async def _give(bot: Bot, request: Request, number: int, words: str) -> Answer:
    """The whole, or the step that is named behind the person; without anybody to whoever types."""
    head, rest = first_word(words)
    user, step = user_named(head) or request.user_id, as_typed(rest)
    if step:
        said = "The step is handed over."
        return await _did(bot, request, number, lifecycle.give_step, step, user, said=said)
    return await _did(bot, request, number, lifecycle.give, user, said="The review is handed over.")


async def _did(bot: Bot, request: Request, number: int, verb: Verb, *what: str, said: str) -> Answer:
    async with carry_out(bot, request) as session:
        await verb(session, number, *what, config=bot.config, by=request.user_id, now=bot.clock.now())
    return await shown(bot, request, number, f":white_check_mark: {said}")


async def publish(bot: Bot, request: Request, number: int) -> Answer:
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
    channel = bot.config.reviews.channel or bot.config.channels.announcements
    return await shown(
        bot, request, number, f":white_check_mark: The review of #{number} is on its way to #{channel}."
    )


async def export(bot: Bot, request: Request, number: int, form: str) -> Answer:
    if form not in FORMS:
        raise UserError(f"“{form}” is not a format.", f"Choose one of {', '.join(FORMS)}.")
    of = await written_review(bot, request, number)
    async with carry_out(bot, request) as session:
        telling.send_file(session, of.known.incident, request.user_id, form, now=bot.clock.now())
    return Answer(f":white_check_mark: The review of #{number} comes as a file to your direct messages.")


async def list_reviews(bot: Bot, request: Request) -> Answer | None:
    """Those that are not finished, what is due first ahead; `all` for all; a number for a further page."""
    everything, page = False, 1
    for word in as_typed(request.text).lower().split():
        if word in ("all", "open"):
            everything = word == "all"
        elif word.isascii() and word.isdigit() and 0 < int(word[:9]) <= 100_000:
            page = int(word[:9])
        else:
            raise UserError(
                f"“{word}” does not fit here.",
                "Use `/ops reviews`, `/ops reviews all` or `/ops reviews all 2`.",
            )
    return await list_page(bot, request, everything=everything, page=page - 1)


async def show_one(bot: Bot, request: Request) -> Answer | None:
    """By the number of its incident, as the list has it."""
    number, _ = number_said(request, "/ops reviews show 12")
    return await shown(bot, request, number)


SUBCOMMANDS = (
    Subcommand(
        "reviews", "[all] [page]", "the reviews that are not finished, overdue ones ahead", list_reviews
    ),
    Subcommand("reviews show", "<incident>", "the review of one incident, with its steps", show_one),
)
