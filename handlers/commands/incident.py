"""`/incident`: the command, its subcommands and their usage."""

from bot.core.slack_text import as_typed
from bot.runtime import Bot
from handlers.commands import (
    actions,
    began,
    declare,
    digest,
    handover,
    look,
    reviews,
    runbooks,
    tasks,
    ties,
    work,
)
from handlers.commands.subcommands import Subcommand, Subcommands, did_you_mean, quoted
from handlers.registrations import Command
from handlers.request import Answer, Request
from handlers.words import as_number, first_word

SUBCOMMANDS = Subcommands(
    "/incident",
    {
        "Begin, join, look": (
            Subcommand(
                "declare",
                "[severity] [service:name] [title]",
                "declare an incident; without words a form opens",
                declare.declare,
                also=("new", "open"),
            ),
            Subcommand("join", "", "take part; you are invited to its channel", work.join),
            Subcommand(
                "list",
                "[all|mine] [status:… severity:… service:… @person since:2w] [words]",
                "the open incidents, or those that fit",
                look.list_incidents,
                also=("ls",),
            ),
            Subcommand("show", "", "the card, for you alone", look.show),
            Subcommand(
                "digest",
                "[daily|weekly|monthly|quarterly] [--dry-run]",
                "how things stand and went, for you alone",
                digest.digest,
            ),
        ),
        "Tell how it stands": (
            Subcommand("update", "[what changed]", "tell everybody what is new", work.update),
            Subcommand("status", "[status] [why]", "change the status", work.status),
            Subcommand("severity", "[severity] [why]", "change the severity", work.severity, also=("sev",)),
        ),
        "Say what it is": (
            Subcommand("title", "<title>", "change the title", work.title),
            Subcommand("summary", "<text>", "write what is known", work.summary),
            Subcommand("type", "[type]", "say what kind of incident it is", work.kind),
            Subcommand(
                "field", "[name] [value]", "fill in a field of app.yaml", work.field, also=("fields",)
            ),
        ),
        "Share the work": (
            Subcommand("lead", "[@person]", "take or give the role of lead", work.lead),
            Subcommand("comms", "[@person]", "take or give the role of comms", work.comms),
            Subcommand("scribe", "[@person]", "take or give the role of scribe", work.scribe),
            Subcommand("role", "<role> [@person]", "take or give any role", work.role),
            Subcommand(
                "runbook", "[name]", "post a runbook's steps, to be ticked", runbooks.post, also=("runbooks",)
            ),
        ),
        "Divide it up": (
            Subcommand(
                "task", "[@person] [title]", "what is to be done now; without words a form opens", tasks.task
            ),
            Subcommand(
                "tasks",
                "[mine|done|reopen|take] [number]",
                "all tasks, or yours; or say that one is done",
                tasks.tasks,
            ),
            Subcommand(
                "link",
                "[address] [name]",
                "add a link; without words all of them",
                tasks.link,
                also=("links",),
            ),
            Subcommand(
                "handover",
                "[role|all] [@person] [what to know]",
                "hand your roles over; the next one is told how things stand",
                handover.handover,
            ),
            Subcommand(
                "catchup",
                "",
                "what happened, who does what, what is next: for you alone",
                handover.catch_up,
                also=("catch-up",),
            ),
        ),
        "Tie them together": (
            Subcommand(
                "merge", "[number] [into number] [why]", "it is the same as another open one", ties.merge
            ),
            Subcommand("relate", "[number] <number>", "it belongs to another one", ties.relate),
            Subcommand("unrelate", "[number] <number>", "it does not belong to it after all", ties.unrelate),
        ),
        "Keep the record": (
            Subcommand("note", "[14:05] <text>", "put a line on the timeline, quietly", work.note),
            Subcommand("began", "<14:05|20m ago>", "since when there was harm", began.began),
            Subcommand(
                "action",
                "[@person] [2026-12-31] [title]",
                "what is to be done after it; without words a form opens",
                actions.add_to_incident,
                also=("todo",),
            ),
            Subcommand("timeline", "", "read what happened, and amend it", look.timeline),
            Subcommand("export", "[md|html|json]", "the record as a file, for you", look.export),
        ),
        "End it": (
            Subcommand("resolve", "[what ended it]", "the harm is over", work.resolve),
            Subcommand(
                "close", "[reason] [words]", "nothing more is to be done; early for a reason", work.close
            ),
            Subcommand("reopen", "<why>", "it is not over after all", work.reopen),
            Subcommand(
                "review",
                "[begin|read|done|skip|redo|owner|waive|publish|export]",
                "its review: who, until when, what is still to do",
                reviews.review,
            ),
        ),
    },
)
# What is shown to those who typed something that is not understood.
MOST_USED = ("declare", "update", "resolve")


async def incident(bot: Bot, request: Request) -> Answer | None:
    """Hands on to the subcommand, or tells which there are."""
    return await SUBCOMMANDS.answer(bot, request, otherwise=_otherwise)


async def _otherwise(bot: Bot, request: Request) -> Answer | None:
    word, _ = first_word(request.text)
    return Answer(usage() if word.lower() in ("", "help") else _unknown(word))


def usage() -> str:
    """All subcommands, a line each, in their groups."""
    number = "_In an incident's channel no number is needed. Anywhere else put it first, as in_ `/incident status 12 identified`."
    return "\n\n".join([*SUBCOMMANDS.paragraphs(), number])


def _unknown(word: str) -> str:
    if number := as_number(word):
        return f":warning: What about #{number}? `/incident show {number}` shows it; every other word takes the number behind it, as in `/incident resolve {number}`."
    guess = SUBCOMMANDS.guess(as_typed(word))
    often = [SUBCOMMANDS.line(s) for s in SUBCOMMANDS if s.name in MOST_USED and SUBCOMMANDS.form(s) != guess]
    return "\n".join(
        [
            f":warning: I do not know {quoted(word)}.{did_you_mean(guess)}",
            *often,
            "`/incident help` shows all that there is.",
        ]
    )


COMMANDS = (
    Command(
        name="/incident",
        description="Declare, work and close incidents",
        hint="declare | update | status | severity | lead | timeline | resolve | close | list | show | help",
        handle=incident,
    ),
)
