"""Pages of the backlog and single items, for commands, clicks and forms alike."""

from bot.alerts.backlog import behind
from bot.backlog.rows import BacklogItem
from bot.incidents.backlog import count_items, item_by_number, listed
from bot.runtime import Bot
from bot.views import backlog as view
from handlers.request import Answer, Request
from handlers.working import Verb, work


async def list_page(
    bot: Bot, request: Request, *, service: str | None, everything: bool, page: int
) -> Answer:
    """A page of the items that this person may see; `page` counts from 0."""
    async with bot.db.read() as session:
        total = await count_items(session, request.viewer, service=service, everything=everything)
        page = max(0, min(page, -(-total // view.PAGE) - 1))
        items = await listed(
            session,
            request.viewer,
            service=service,
            everything=everything,
            limit=view.PAGE,
            offset=page * view.PAGE,
        )
        alerts = await behind(session, [item.id for item in items])
    blocks = view.backlog_list(
        items, alerts, total, page, service=service, everything=everything, config=bot.config
    )
    return Answer(view.list_text(total, service, everything=everything, config=bot.config), tuple(blocks))


async def show_item(bot: Bot, request: Request, number: int) -> Answer:
    async with bot.db.read() as session:
        item = await item_by_number(session, number, request.viewer)
    return await item_now(bot, item)


async def change(bot: Bot, request: Request, verb: Verb[BacklogItem], number: int, *what: str) -> Answer:
    """Carries out a verb on an item, and shows the item as it is by then."""
    item = await work(bot, request, verb, number, *what)
    return await item_now(bot, item, changed(item))


async def item_now(bot: Bot, item: BacklogItem, news: str | None = None) -> Answer:
    """An item that this person may see, with what has just become of it."""
    async with bot.db.read() as session:
        alerts = await behind(session, [item.id])
    blocks = view.item_blocks(item, bot.config, behind=alerts.get(item.id), news=news)
    return Answer(news or view.item_text(item), tuple(blocks))


def changed(item: BacklogItem) -> str:
    """What is said to whoever changed an item."""
    words = {
        "done": "is done.",
        "declined": "is declined.",
        "planned": "is planned.",
        "open": "is open again.",
    }
    return f":white_check_mark: Item #{item.id} {words[item.status]}"
