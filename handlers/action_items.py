"""Pages of action items and single ones, for commands, clicks and forms alike."""

from datetime import date

from bot.config import Config
from bot.core.errors import UserError
from bot.reviews.action_queries import Which, count_items, item_by_number, listed
from bot.reviews.action_rows import ActionItem
from bot.reviews.actions import today
from bot.runtime import Bot
from bot.views import action_items as view
from bot.views.text import day as day_words
from bot.views.text import literal, mention
from handlers.authorise import account
from handlers.request import Answer, Request


async def list_page(bot: Bot, request: Request, which: Which, page: int) -> Answer:
    """A page of the items that this person may see; `page` counts from 0."""
    async with bot.db.read() as session:
        total = await count_items(session, request.viewer, which)
        page = max(0, min(page, -(-total // view.PAGE) - 1))
        items = await listed(session, request.viewer, which, limit=view.PAGE, offset=page * view.PAGE)
    blocks = view.items_list(items, total, page, which, bot.config, today=day(bot))
    return Answer(view.list_text(total, which, bot.config), tuple(blocks))


async def show_item(bot: Bot, request: Request, number: int) -> Answer:
    async with bot.db.read() as session:
        item = await item_by_number(session, number, request.viewer)
    return item_now(bot, item)


def item_now(bot: Bot, item: ActionItem, news: str | None = None) -> Answer:
    """An item that this person may see, with what has just become of it."""
    blocks = view.item_blocks(item, bot.config, today=day(bot), news=news)
    return Answer(news or view.item_text(item), tuple(blocks))


def changed(item: ActionItem) -> str:
    """What is said to whoever changed an item."""
    words = {"open": "is open again.", "in progress": "is in progress."}.get(
        item.status, f"is {item.status}."
    )
    return f":white_check_mark: Action item #{item.id} {words}"


def promised(item: ActionItem) -> str:
    """What is said to whoever made or changed a promise."""
    return f":white_check_mark: Action item #{item.id}: {mention(item.owner)} does it by {day_words(item.due_on)}."


def exported(item: ActionItem, config: Config) -> str:
    """What is said to whoever asked for an issue."""
    place = config.github.repository if config.github is not None else "GitHub"
    return f":white_check_mark: Action item #{item.id} becomes an issue of {literal(place, 200)}."


def day(bot: Bot) -> date:
    """The day that it is for the organization."""
    return today(bot.config, bot.clock.now())


def day_named(word: object) -> date:
    """A day that was typed or picked; raises UserError."""
    try:
        return date.fromisoformat(str(word))
    except ValueError:
        raise UserError(
            f"“{word}” is not a day.", f"Write it as {date(2026, 12, 31).isoformat()}.", field="due"
        ) from None


async def member(bot: Bot, user: str) -> str:
    """Somebody who can have an item; raises UserError for guests, bots and people of other organizations."""
    known = await account(bot, user)
    if known is not None and known.is_no_member:
        raise UserError(
            f"{mention(user)} is a guest, a bot or of another organization, and cannot have an item.",
            "Choose a full member.",
            field="owner",
        )
    return user
