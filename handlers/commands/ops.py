"""`/ops`: the routine between incidents. The command, its words and their usage."""

from bot.core.slack_text import as_typed
from bot.runtime import Bot
from handlers.commands import (
    actions,
    alert_review,
    backlog,
    configuration,
    decisions,
    meetings,
    plans,
    reviews,
    risks,
    routine_tasks,
    runbooks,
    search,
)
from handlers.commands.subcommands import Subcommands, code, did_you_mean, quoted
from handlers.registrations import Command
from handlers.request import Answer, Request
from handlers.words import first_word

SUBCOMMANDS = Subcommands(
    "/ops",
    {
        "Search": search.SUBCOMMANDS,
        "Backlog": backlog.SUBCOMMANDS,
        "Risks": risks.SUBCOMMANDS,
        "Decisions": decisions.SUBCOMMANDS,
        "Planning": plans.SUBCOMMANDS,
        "Action items": actions.SUBCOMMANDS,
        "Reviews": reviews.SUBCOMMANDS,
        "Routine tasks": routine_tasks.SUBCOMMANDS,
        "Recurring reviews": meetings.SUBCOMMANDS,
        "Runbooks": runbooks.SUBCOMMANDS,
        "Alerts": alert_review.SUBCOMMANDS,
        "Configuration": configuration.SUBCOMMANDS,
    },
)


async def ops(bot: Bot, request: Request) -> Answer | None:
    """Hands on to the subcommand, or tells which there are."""
    word, rest = first_word(request.text)
    second, behind = first_word(rest)
    # "plan help desk" is a title.
    if second.lower() == "help" and not behind.strip() and (group := usage_of(word)) is not None:
        return Answer(group)
    return await SUBCOMMANDS.answer(bot, request, otherwise=_otherwise)


async def _otherwise(bot: Bot, request: Request) -> Answer | None:
    word, rest = first_word(request.text)
    if word.lower() in ("", "help"):
        subject, _ = first_word(rest)
        return Answer(usage_of(subject) or usage())
    guess = SUBCOMMANDS.guess(as_typed(word))
    return Answer(f":warning: I do not know {quoted(word)}.{did_you_mean(guess)}\n{usage()}")


def usage() -> str:
    """What there is, a line for each subject; all of them at once would be a wall."""
    lines = [f"*{heading}* {SUBCOMMANDS.line(group[0])}" for heading, group in SUBCOMMANDS.groups.items()]
    return "\n".join([*lines, "", f"{code('/ops help backlog')} shows every word of a subject."])


def usage_of(word: str) -> str | None:
    """Every word of the subject that this one belongs to."""
    heading = SUBCOMMANDS.group_of(as_typed(word))
    return SUBCOMMANDS.paragraph(heading) if heading is not None else None


COMMANDS = (
    Command(
        name="/ops",
        description="Between incidents: search, routine, reviews, runbooks, backlog, risks, decisions, plans, alert review",
        hint="search | tasks | meetings | runbooks | backlog | risks | decisions | plan | alerts | help",
        handle=ops,
    ),
)
