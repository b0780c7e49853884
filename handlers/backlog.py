"""Pages of the backlog and single items, for commands, clicks and forms alike."""

from collections.abc import Callable
from typing import Any

from bot.alerts.backlog import behind
from bot.backlog.priority import priority
from bot.backlog.rows import BacklogItem
from bot.config import Config
from bot.core.outbox import Priority, enqueue
from bot.incidents import backlog as verbs
from bot.incidents.backlog import Which, count_items, health_seen_by, item_by_number, listed
from bot.runtime import Bot
from bot.views import backlog as view
from bot.views.text import Block
from handlers.forms import show as show_form
from handlers.request import Answer, Request, carry_out
from handlers.working import Verb, work


async def list_page(bot: Bot, request: Request, which: Which, *, page: int) -> Answer:
    """A page of the items that this person may see; `page` counts from 0."""
    async with bot.db.read() as session:
        total = await count_items(session, request.viewer, which)
        page = max(0, min(page, -(-total // view.PAGE) - 1))
        items = await listed(session, request.viewer, which, limit=view.PAGE, offset=page * view.PAGE)
        alerts = await behind(session, [item.id for item in items])
    blocks = view.backlog_list(items, alerts, total, page, which, bot.config)
    return Answer(view.list_text(total, which, bot.config), tuple(blocks))


async def health_now(bot: Bot, request: Request) -> Answer:
    async with bot.db.read() as session:
        found = await health_seen_by(session, request.viewer, now=bot.clock.now())
    return Answer("Health of the backlog", tuple(view.health_blocks(found)))


async def ask_for_matrix(bot: Bot, request: Request, of: str) -> Answer:
    """The picture leaves by the outbox, into the direct messages of who asked."""
    async with carry_out(bot, request) as session:
        about = {"of": of, "user": request.user_id}
        enqueue(session, "matrix.picture", now=bot.clock.now(), about=about, priority=Priority.NOTE)
    return Answer(":frame_with_picture: The matrix is on its way into your direct messages with me.")


async def show_item(bot: Bot, request: Request, number: int) -> Answer:
    async with bot.db.read() as session:
        item = await item_by_number(session, number, request.viewer)
    return await item_now(bot, item)


async def ask(
    bot: Bot, request: Request, number: int, form: Callable[[BacklogItem, Config], Block]
) -> Answer | None:
    """Opens a form about an item that this person may see."""
    async with bot.db.read() as session:
        item = await item_by_number(session, number, request.viewer)
    await show_form(bot, request, form(item, bot.config))
    return None


async def change(bot: Bot, request: Request, verb: Verb[BacklogItem], number: int, *what: Any) -> Answer:
    """Carries out a verb on an item, and shows the item as it is by then."""
    item = await work(bot, request, verb, number, *what)
    return await item_now(bot, item, changed(item))


async def put_first(bot: Bot, request: Request, number: int) -> Answer:
    item = await work(bot, request, verbs.put_first, number)
    return await item_now(bot, item, f":white_check_mark: Item #{item.id} comes first of its priority.")


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
        "split": "is split.",
    }
    return f":white_check_mark: Item #{item.id} {words[item.status]}"


def judged(item: BacklogItem) -> str:
    """What is said to whoever judged an item."""
    known = priority(item.impact, item.effort)
    what = f": {view.PRIORITIES[known].lower()}" if known is not None else ""
    return f":white_check_mark: Item #{item.id} is judged{what}."
