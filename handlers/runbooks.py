"""Runbooks for commands and clicks alike: the list, and which one is to be posted."""

from bot.incidents.queries import by_number
from bot.runbooks import library
from bot.runbooks.checklists import post
from bot.runtime import Bot
from bot.views import runbooks as view
from bot.views.text import literal
from handlers.request import Answer, Request
from handlers.working import work


async def list_page(bot: Bot, page: int) -> Answer:
    """A page of all runbooks; `page` counts from 0."""
    async with bot.db.read() as session:
        rows = await library.all_runbooks(session)
    page = max(0, min(page, -(-len(rows) // view.PAGE) - 1))
    now = bot.clock.now()
    shown = rows[page * view.PAGE : (page + 1) * view.PAGE]
    blocks = view.runbook_list(shown, len(rows), page, lambda row: library.is_stale(row, bot.config, now=now))
    return Answer(view.list_text(len(rows)), tuple(blocks))


async def show_runbook(bot: Bot, name: str) -> Answer:
    """One to be read, by its name or title."""
    async with bot.db.read() as session:
        row = await library.runbook_named(session, name)
    is_stale = library.is_stale(row, bot.config, now=bot.clock.now())
    return Answer(f"Runbook: {literal(row.title, 200)}", tuple(view.runbook_blocks(row, is_stale=is_stale)))


async def choose(bot: Bot, request: Request, number: int) -> Answer:
    """Those that fit the incident; all where none does."""
    async with bot.db.read() as session:
        incident = await by_number(session, number, request.viewer)
        found = await library.fitting(session, incident)
        rows = found or [row for row in await library.all_runbooks(session) if row.text is not None]
    blocks = view.choose_blocks(rows, incident, fits=bool(found))
    return Answer(f"Runbooks for #{incident.id}", tuple(blocks))


async def post_steps(bot: Bot, request: Request, number: int, name: str) -> Answer:
    """Has the steps posted in the incident's channel."""
    made = await work(bot, request, post, number, name)
    return Answer(
        f":white_check_mark: The steps of “{literal(made.title, 200)}” come into the channel of #{made.incident_id}."
    )
