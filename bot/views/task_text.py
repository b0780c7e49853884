"""A task and a link in one line."""

from bot.incidents.task_rows import Link, Task
from bot.views.text import link, literal, mention, moment

TITLE = 250


def task_line(task: Task) -> str:
    """What is to be done, and who does it; or who did it, and when."""
    title = f"*#{task.id}* {literal(task.title, TITLE)}"
    if task.done_at is not None:
        return f":white_check_mark: {title}\n{mention(task.done_by)}, {moment(task.done_at)}"
    return f":white_large_square: {title}\n{owner_words(task)}"


def card_line(task: Task) -> str:
    """The same in one line, for where only open ones stand."""
    return f"• *#{task.id}* {literal(task.title, TITLE)} – {owner_words(task)}"


def owner_words(task: Task) -> str:
    return mention(task.owner) if task.owner else "_nobody yet_"


def named_link(one: Link, longest: int) -> str:
    """Its name, which leads there; the name alone where that would be longer than `longest`."""
    name = one.name or one.url[:60]
    linked = link(one.url, name)
    return linked if len(linked) <= longest else literal(name, TITLE)
