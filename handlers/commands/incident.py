"""`/incident`: the command, its subcommands and their usage."""

from dataclasses import dataclass, replace

from bot.config import near
from bot.core.slack_text import as_typed
from bot.runtime import Bot
from bot.views.text import escape, escaped
from handlers.commands import began, declare, digest, look, work
from handlers.incident_text import first_word, incident_number
from handlers.registrations import Command
from handlers.request import Answer, Handle, Request


@dataclass(frozen=True)
class Subcommand:
    """A word behind the command. `usage` is what may follow it; `says` what it does."""

    name: str
    usage: str
    says: str
    handle: Handle
    also: tuple[str, ...] = ()


# As the help shows them.
GROUPS: dict[str, tuple[Subcommand, ...]] = {
    "Begin, join, look": (
        Subcommand(
            "declare",
            "[severity] [service:name] [title]",
            "declare an incident; without words a form opens",
            declare.declare,
            also=("new", "open"),
        ),
        Subcommand("join", "", "take part; you are invited to its channel", work.join),
        Subcommand("list", "[all] [page]", "the open incidents, or all", look.list_incidents, also=("ls",)),
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
        Subcommand("title", "<title>", "change the title", work.title),
        Subcommand("summary", "<text>", "write what is known", work.summary),
    ),
    "Share the work": (
        Subcommand("lead", "[@person]", "take or give the role of lead", work.lead),
        Subcommand("comms", "[@person]", "take or give the role of comms", work.comms),
        Subcommand("scribe", "[@person]", "take or give the role of scribe", work.scribe),
        Subcommand("role", "<role> [@person]", "take or give any role", work.role),
    ),
    "Keep the record": (
        Subcommand("note", "<text>", "put a line on the timeline, quietly", work.note),
        Subcommand("began", "<14:05|20m ago>", "since when there was harm", began.began),
        Subcommand("timeline", "", "read what happened", look.timeline),
        Subcommand("export", "", "the timeline as a file, in your direct messages", look.export),
    ),
    "End it": (
        Subcommand("resolve", "[what ended it]", "the harm is over", work.resolve),
        Subcommand("close", "[why]", "nothing more is to be done", work.close),
    ),
}
SUBCOMMANDS = tuple(subcommand for group in GROUPS.values() for subcommand in group)
# What is shown to those who typed something that is not understood.
MOST_USED = ("declare", "update", "resolve")


async def incident(bot: Bot, request: Request) -> Answer | None:
    """Hands on to the subcommand, or tells which there are."""
    word, rest = first_word(request.text)
    if word.lower() in ("", "help"):
        return Answer(usage())
    found = subcommand(word)
    if found is None:
        return Answer(_unknown(word))
    return await found.handle(bot, _with_text(request, rest))


def subcommand(word: str) -> Subcommand | None:
    lowered = word.lower()
    return next((s for s in SUBCOMMANDS if lowered == s.name or lowered in s.also), None)


def usage() -> str:
    """All subcommands, a line each, in their groups."""
    groups = ["\n".join([f"*{heading}*", *map(_line, group)]) for heading, group in GROUPS.items()]
    number = "_In an incident's channel no number is needed. Anywhere else put it first, as in_ `/incident status 12 identified`."
    return "\n\n".join([*groups, number])


def _unknown(word: str) -> str:
    if number := incident_number(word):
        return f":warning: What about #{number}? `/incident show {number}` shows it; every other word takes the number behind it, as in `/incident resolve {number}`."
    shown = escaped(as_typed(word), 60).replace("`", "'")
    meant = near(word, [name for s in SUBCOMMANDS for name in (s.name, *s.also)])
    known = subcommand(meant) if meant else None
    guess = f" Did you mean `{_form_of(known)}`?" if known else ""
    often = [_line(s) for s in SUBCOMMANDS if s.name in MOST_USED and s is not known]
    return "\n".join(
        [f":warning: I do not know “{shown}”.{guess}", *often, "`/incident help` shows all that there is."]
    )


def _line(known: Subcommand) -> str:
    return f"`{_form_of(known)}` {known.says}"


def _form_of(known: Subcommand) -> str:
    """How the subcommand is typed. Slack would take a bare <title> for a link."""
    return escape(f"/incident {known.name} {known.usage}".rstrip())


def _with_text(request: Request, text: str) -> Request:
    return replace(request, text=text)


COMMANDS = (
    Command(
        name="/incident",
        description="Declare, work and close incidents",
        hint="declare | update | status | severity | lead | timeline | resolve | close | list | show | help",
        handle=incident,
    ),
)
