"""Reviews, for commands, clicks and forms alike."""

from bot.core.errors import NotFound
from bot.incidents.rows import Incident
from bot.reviews.document import Document
from bot.reviews.facts import Written, written
from bot.reviews.queries import ReviewNow, count_overdue, count_reviews, listed, review_of
from bot.reviews.rewording import newest_of
from bot.runtime import Bot
from bot.views import reviews as view
from bot.views.review_draft import draft
from bot.views.review_text import record_of
from bot.views.review_wording import note as wording_note
from bot.views.text import Block
from handlers.request import Answer, Request


async def shown(bot: Bot, request: Request, number: int, news: str | None = None) -> Answer:
    """The review's card for one person, or how one is begun. Raises NotFound."""
    async with bot.db.read() as session:
        incident, known = await review_of(session, number, request.viewer)
    if known is None:
        return without_review(bot, incident)
    blocks = view.review_blocks(known, bot.config, now=bot.clock.now(), news=news)
    return Answer(news or view.review_text(known), tuple(blocks))


def without_review(bot: Bot, incident: Incident) -> Answer:
    blocks = view.no_review_blocks(incident, bot.config)
    return Answer(f"Incident #{incident.id} has no review", tuple(blocks))


async def known_review(bot: Bot, request: Request, number: int) -> ReviewNow:
    """The review; raises NotFound where there is none that this person may see."""
    async with bot.db.read() as session:
        _, known = await review_of(session, number, request.viewer)
    if known is None:
        raise NotFound(
            f"Incident #{number} has no review.", f"`/incident review {number}` offers to begin one."
        )
    return known


async def written_review(bot: Bot, request: Request, number: int, version: int | None = None) -> Written:
    """The review with all that it is written from. Raises NotFound."""
    known = await known_review(bot, request, number)
    async with bot.db.read() as session:
        return await written(session, known, version=version)


def document_of(bot: Bot, of: Written) -> Document:
    return record_of(of, bot.config).document


def draft_of(bot: Bot, of: Written) -> Document:
    return draft(of.facts, bot.config)


async def document_page(bot: Bot, request: Request, number: int, news: str | None = None) -> Block:
    """The modal with the document, and with another wording if somebody asked for one."""
    of = await written_review(bot, request, number)
    async with bot.db.read() as session:
        newest = await newest_of(session, number)
    return view.document_view(
        of.known,
        document_of(bot, of),
        news=news,
        wording=wording_note(number, newest),
        may_improve=bot.config.reviews.wording is not None and not of.known.incident.private,
    )


async def list_page(bot: Bot, request: Request, *, everything: bool, page: int) -> Answer:
    """A page of the reviews that this person may see; `page` counts from 0."""
    now = bot.clock.now()
    async with bot.db.read() as session:
        total = await count_reviews(session, request.viewer, everything=everything)
        overdue = await count_overdue(session, request.viewer, now=now)
        page = max(0, min(page, -(-total // view.PAGE) - 1))
        found = await listed(
            session, request.viewer, everything=everything, limit=view.PAGE, offset=page * view.PAGE
        )
    blocks = view.review_list(found, total, overdue, page, everything=everything, now=now)
    return Answer(view.list_text(total, overdue, everything=everything), tuple(blocks))
