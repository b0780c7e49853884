"""`/ops`: the routine between incidents. The command, its words and their usage."""

from dataclasses import replace

from bot.config import near
from bot.core.slack_text import as_typed
from bot.runtime import Bot
from bot.views.text import escape, escaped
from handlers.commands import alert_review, backlog, meetings, routine_tasks
from handlers.commands.incident import Subcommand
from handlers.incident_text import first_word
from handlers.registrations import Command
from handlers.request import Answer, Request

# As the help shows them. A name of two words is looked for before one of one word.
GROUPS: dict[str, tuple[Subcommand, ...]] = {
    "Backlog": (
        Subcommand(
            "backlog", "[all] [service] [page]", "what is to be done, the oldest first", backlog.list_items
        ),
        Subcommand("backlog add", "[title]", "add an item; without words a form opens", backlog.add_item),
        Subcommand("backlog show", "<number>", "one item, with its buttons", backlog.show_one),
        Subcommand("backlog plan", "<number>", "somebody means to do it", backlog.plan),
        Subcommand("backlog done", "<number>", "it is done", backlog.done),
        Subcommand("backlog decline", "<number> <reason>", "it will not be done", backlog.decline),
        Subcommand("backlog reopen", "<number>", "it is to be done after all", backlog.reopen),
    ),
    "Routine tasks": (
        Subcommand(
            "tasks",
            "[today|overdue|all] [page]",
            "what of the routine is to be done, and what comes next",
            routine_tasks.list_tasks,
        ),
        Subcommand("tasks show", "<number>", "one task, with its buttons", routine_tasks.show_one),
        Subcommand("tasks done", "<number>", "it is done", routine_tasks.done),
        Subcommand("tasks skip", "<number> <reason>", "it is not done this time", routine_tasks.skip),
        Subcommand(
            "evidence",
            "[task] [from] [to]",
            "what was done, when, by whom and how",
            routine_tasks.show_evidence,
        ),
    ),
    "Recurring reviews": (
        Subcommand(
            "meetings",
            "[page]",
            "those announced, running, postponed, held and missed",
            meetings.list_meetings,
        ),
        Subcommand("meetings show", "<number>", "one of them, with all that was said", meetings.show_one),
    ),
    "Alerts": (
        Subcommand(
            "alerts",
            "[4w] [service] [page]",
            "which alerts rang, and which of them for nothing",
            alert_review.review,
        ),
    ),
}
SUBCOMMANDS = tuple(subcommand for group in GROUPS.values() for subcommand in group)


async def ops(bot: Bot, request: Request) -> Answer | None:
    """Hands on to the subcommand, or tells which there are."""
    word, rest = first_word(request.text)
    if word.lower() in ("", "help"):
        return Answer(usage())
    second, after = first_word(rest)
    found = subcommand(f"{word} {second}") if second else None
    if found is not None:
        return await found.handle(bot, replace(request, text=after))
    found = subcommand(word)
    if found is None:
        return Answer(_unknown(word))
    return await found.handle(bot, replace(request, text=rest))


def subcommand(words: str) -> Subcommand | None:
    lowered = words.lower()
    return next((s for s in SUBCOMMANDS if lowered == s.name or lowered in s.also), None)


def usage() -> str:
    """All subcommands, a line each, in their groups."""
    return "\n\n".join("\n".join([f"*{heading}*", *map(_line, group)]) for heading, group in GROUPS.items())


def _unknown(word: str) -> str:
    shown = escaped(as_typed(word), 60).replace("`", "'")
    meant = near(as_typed(word), [s.name for s in SUBCOMMANDS])
    known = subcommand(meant) if meant else None
    guess = f" Did you mean `{_form_of(known)}`?" if known else ""
    return f":warning: I do not know “{shown}”.{guess}\n{usage()}"


def _line(known: Subcommand) -> str:
    return f"`{_form_of(known)}` {known.says}"


def _form_of(known: Subcommand) -> str:
    """How the subcommand is typed. Slack would take a bare <title> for a link."""
    return escape(f"/ops {known.name} {known.usage}".rstrip())


COMMANDS = (
    Command(
        name="/ops",
        description="Between incidents: routine tasks, recurring reviews, the backlog, the alert review",
        hint="tasks | meetings | backlog | backlog add | alerts | help",
        handle=ops,
    ),
)
