"""`/check maintenance`: what runs and comes, starting, extending and ending it."""

from datetime import timedelta

from bot.alerts.windows import known_services
from bot.config import Config
from bot.config.fields import duration
from bot.config.problems import Refused
from bot.core.errors import NotFound, UserError
from bot.core.slack_text import as_title
from bot.oncall.spans import is_no_time, read_span
from bot.runtime import Bot
from bot.views.maintenance import start_form
from handlers import maintenance
from handlers.commands.subcommands import Subcommand, Subcommands
from handlers.forms import show
from handlers.oncall_text import zone_of
from handlers.request import Answer, Request
from handlers.words import as_number, first_word

ALL = ("all", "everything")


async def about_maintenance(bot: Bot, request: Request) -> Answer | None:
    """What stands behind `/check maintenance`, as the request's text."""
    return await SUBCOMMANDS.answer(bot, request, otherwise=_otherwise)


async def _otherwise(bot: Bot, request: Request) -> Answer | None:
    word, _ = first_word(request.text)
    if word.lower() in ("", "list", "ls", "show"):
        return await maintenance.show_all(bot)
    if word.lower() == "help":
        return Answer("\n\n".join(SUBCOMMANDS.paragraphs()))
    typed = _quoted(as_title(word))
    form = SUBCOMMANDS.guess(typed)
    if bot.config.service(typed.rstrip(",")) is not None or typed.lower() in ALL:
        form = f"/check maintenance start {_quoted(as_title(request.text))}"
    guess = f"Did you mean `{form}`? " if form else ""
    raise UserError(
        f"`/check maintenance` does not know the word “{typed}”.",
        f"{guess}`/check help` shows what it knows.",
    )


async def start(bot: Bot, request: Request) -> Answer | None:
    """In one line, or by the form while no time is said."""
    services, rest = services_first(bot.config, as_title(request.text))
    if not rest:
        form = start_form(bot.config, services or (), now=bot.clock.now())
        await show(bot, request, form)
        return None
    if services is None:
        raise UserError(
            "Say which services, before the time.",
            "For example `/check maintenance start payments 2h`, or `start all 2h`.",
        )
    async with bot.db.read() as session:
        zone = await zone_of(session, bot, request)
    span = read_span(with_for(rest), zone, now=bot.clock.now())
    return await maintenance.start(
        bot, request, services, span.starts_at, span.ends_at, reason=span.rest, zone=str(zone)
    )


async def extend(bot: Bot, request: Request) -> Answer | None:
    number, rest = _numbered(bot.config, request.text)
    try:
        length = duration(rest.removeprefix("by ").strip()) if rest else maintenance.EXTENDED_BY
    except Refused as refused:
        raise UserError(
            f"“{_quoted(as_title(rest))}” is not a length of time.",
            f"Write `/check maintenance extend {number} 1h`, or 30m, or 2h 30m.",
        ) from refused
    return await maintenance.extend(bot, request, number, length)


async def end(bot: Bot, request: Request) -> Answer | None:
    number, _ = _numbered(bot.config, request.text)
    return await maintenance.end(bot, request, number)


def services_first(config: Config, text: str) -> tuple[tuple[str, ...] | None, str]:
    """The services in front (an empty tuple: all; None: none was named) and the words behind them. Raises NotFound."""
    words = text.split()
    names: list[str] = []
    is_all = False
    while words:
        said = [name for name in words[0].split(",") if name]
        if all(name.lower() in ALL for name in said):
            is_all = is_all or bool(said)
        elif words[0].lower() != "and" and not all(config.service(name) for name in said):
            if not is_no_time(said[0]):
                break
            known_services(
                config, [name for name in said if config.service(name) is None]
            )  # raises, with what may be meant
        else:
            names += [name for name in said if name.lower() != "and"]
        words.pop(0)
    if is_all and names:
        raise UserError(
            "Say either `all` or which services.", "For example `/check maintenance start all 2h`."
        )
    found = tuple(names) if names else (() if is_all else None)
    return found, " ".join(words)


def with_for(words: str) -> str:
    """ "2h upgrade" as "for 2h upgrade"; what says its beginning and end stays."""
    first, _ = first_word(words)
    return f"for {words}" if _length(first) is not None else words


def _length(word: str) -> timedelta | None:
    try:
        return duration(word)
    except Refused:
        return None


def _numbered(config: Config, words: str) -> tuple[int, str]:
    word, rest = first_word(words)
    number = as_number(word)
    if number is not None:
        return number, rest
    name = as_title(word)
    if any(one.name == name for one in config.maintenance):
        raise UserError(
            f"{name} stands in app.yaml, and is changed there.",
            "Here those are extended and ended that somebody started in Slack.",
        )
    if not word:
        raise UserError("Say which maintenance, by its number.", "`/check maintenance` shows them.")
    raise NotFound(f"“{_quoted(name)}” is no number of a maintenance.", "`/check maintenance` shows them.")


def _quoted(typed: str) -> str:
    """As a refusal repeats it: short, and without the sign that would end its quotation."""
    return typed[:100].replace("`", "'")


SUBCOMMANDS = Subcommands(
    "/check maintenance",
    {
        "": (
            Subcommand(
                "start",
                "[services or all] [2h | from 22:00 for 2h | tomorrow 02:00 to 04:00] [why]",
                "silences new alerts of these services; without a time by a form",
                start,
                also=("begin", "plan", "new", "silence"),
            ),
            Subcommand("extend", "<number> [1h]", "makes one longer", extend, also=("prolong",)),
            Subcommand(
                "end", "<number>", "ends one, or calls it off", end, also=("stop", "cancel", "finish")
            ),
        )
    },
)
