"""The subcommands that only show: list, show, timeline, export."""

from bot.alerts.queries import with_alerts
from bot.core.errors import UserError
from bot.core.outbox import Priority, enqueue
from bot.core.slack_text import as_typed
from bot.incidents.paging import situation
from bot.reviews.action_queries import with_actions
from bot.runtime import Bot
from bot.views.card import card_for_reader, card_text
from handlers.forms import show as show_form
from handlers.incident_text import addressed
from handlers.reading import list_page, timeline_view
from handlers.request import Answer, Request, carry_out


async def list_incidents(bot: Bot, request: Request) -> Answer | None:
    """The open ones; `all` for all; a number for a further page."""
    only_open, page = True, 1
    for word in as_typed(request.text).lower().split():
        if word in ("all", "open"):
            only_open = word == "open"
        elif word.isascii() and word.isdigit() and 0 < int(word[:9]) <= 100_000:
            page = int(word[:9])
        else:
            raise UserError(
                f"“{word}” does not fit here.",
                "Use `/incident list`, `/incident list all` or `/incident list all 2`.",
            )
    return await list_page(bot, request, only_open=only_open, page=page - 1)


async def show(bot: Bot, request: Request) -> Answer | None:
    async with bot.db.read() as session:
        found = await addressed(session, request, request.text)
        around = await situation(session, found.incident, config=bot.config, now=bot.clock.now())
        around = await with_alerts(session, around)
        around = await with_actions(session, around)
    return Answer(card_text(found.incident, bot.config), tuple(card_for_reader(around, bot.config)))


async def timeline(bot: Bot, request: Request) -> Answer | None:
    async with bot.db.read() as session:
        found = await addressed(session, request, request.text)
        view = await timeline_view(session, found.incident, bot.config)
    await show_form(bot, request, view)
    return None


async def export(bot: Bot, request: Request) -> Answer | None:
    async with bot.db.read() as session:
        found = await addressed(session, request, request.text)
    async with carry_out(bot, request) as session:
        enqueue(
            session,
            "incident.export",
            now=bot.clock.now(),
            incident_id=found.incident.id,
            about={"user": request.user_id},
            priority=Priority.ANSWER,
        )
    return Answer(
        f":white_check_mark: The timeline of #{found.incident.id} comes as a file to your direct messages."
    )
