"""`/ops`: the routine between incidents. The command, its words and their usage."""

from dataclasses import replace

from bot.config import near
from bot.core.slack_text import as_typed
from bot.runtime import Bot
from bot.views.text import escape, escaped
from handlers.commands import alert_review, backlog, decisions, plans, risks
from handlers.commands.incident import Subcommand
from handlers.incident_text import first_word
from handlers.registrations import Command
from handlers.request import Answer, Request

# As the help shows them. A name of two words is looked for before one of one word.
GROUPS: dict[str, tuple[Subcommand, ...]] = {
    "Backlog": (
        Subcommand(
            "backlog",
            "[all] [kind] [service] [page]",
            "what is to be done, the most urgent first",
            backlog.list_items,
        ),
        Subcommand("backlog add", "[title]", "add an item; without words a form opens", backlog.add_item),
        Subcommand("backlog show", "<number>", "one item, with its buttons", backlog.show_one),
        Subcommand(
            "backlog judge",
            "<number> [impact] [effort]",
            "high, medium or low: the priority follows",
            backlog.judge,
        ),
        Subcommand("backlog owner", "<number> [@person]", "who sees to it", backlog.owner),
        Subcommand("backlog first", "<number>", "before all others of its priority", backlog.first),
        Subcommand("backlog plan", "<number>", "somebody means to do it", backlog.plan),
        Subcommand("backlog done", "<number>", "it is done", backlog.done),
        Subcommand("backlog decline", "<number> <reason>", "it will not be done", backlog.decline),
        Subcommand("backlog reopen", "<number>", "it is to be done after all", backlog.reopen),
        Subcommand("backlog matrix", "", "impact and effort as a picture", backlog.matrix),
        Subcommand("backlog health", "", "how much there is, how old, how much is done", backlog.fares),
    ),
    "Risks": (
        Subcommand("risks", "[all] [kind] [page]", "what may go wrong, the greatest first", risks.list_risks),
        Subcommand("risks add", "", "add one, by a form", risks.add),
        Subcommand("risks show", "<number>", "one risk, with its buttons", risks.show_one),
        Subcommand("risks review", "<number>", "look at it again, by a form", risks.review),
        Subcommand("risks close", "<number>", "it is a risk no more", risks.close),
        Subcommand("risks matrix", "", "likelihood and impact as a picture", risks.matrix),
    ),
    "Decisions": (
        Subcommand(
            "decisions",
            "[all] [page]",
            "what is to be decided, the first due first",
            decisions.list_decisions,
        ),
        Subcommand(
            "decisions ask",
            "[question]",
            "ask for one; without words a form opens",
            decisions.ask,
            also=("decisions add",),
        ),
        Subcommand("decisions show", "<number>", "one question, and its answer", decisions.show_one),
        Subcommand("decisions decide", "<number> [answer]", "the answer, which is kept", decisions.decide),
        Subcommand("decisions change", "<number>", "who decides, and by when", decisions.change),
        Subcommand("decisions drop", "<number> <reason>", "nobody needs to decide it", decisions.drop),
    ),
    "Planning": (
        Subcommand("plan", "[title]", "an interview in ten questions; again: it goes on", plans.begin),
        Subcommand("plan list", "[page]", "the plans that there are", plans.list_plans),
        Subcommand("plan show", "<number>", "a plan as a file", plans.show),
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
        description="Between incidents: backlog, risks, decisions, plans, the alert review",
        hint="backlog | risks | decisions | plan | alerts | help",
        handle=ops,
    ),
)
