"""The subcommands that change an incident. Without words, those that need some open their form."""

from collections.abc import Awaitable, Callable

from bot.config import Config
from bot.core.errors import UserError
from bot.core.slack_text import as_title, as_typed
from bot.incidents import lifecycle, roles, updates
from bot.incidents.rows import Incident
from bot.runtime import Bot
from bot.views import forms
from bot.views.incident_text import status_title
from bot.views.messages import joined
from bot.views.text import mention
from handlers.authorise import account
from handlers.forms import show
from handlers.incident_text import (
    Addressed,
    addressed,
    first_word,
    severity_named,
    status_named,
    user_named,
)
from handlers.request import Answer, Request, carry_out


async def _which(bot: Bot, request: Request, *, free_text: bool = False) -> Addressed:
    async with bot.db.read() as session:
        return await addressed(session, request, request.text, free_text=free_text)


async def _open(bot: Bot, request: Request, incident: Incident, form: forms.FormOf) -> None:
    lifecycle.refuse_if_closed(incident)
    await show(bot, request, form(incident, bot.config))


def _said(incident: Incident, words: str) -> Answer:
    return Answer(f":white_check_mark: #{incident.id}: {words}")


async def update(bot: Bot, request: Request) -> Answer | None:
    found = await _which(bot, request, free_text=True)
    if not found.words:
        await _open(bot, request, found.incident, forms.update_form)
        return None
    async with carry_out(bot, request) as session:
        await updates.post_update(
            session, found.incident.id, as_typed(found.words), by=request.user_id, now=bot.clock.now()
        )
    return _said(found.incident, "your update is on its way to everybody.")


async def status(bot: Bot, request: Request) -> Answer | None:
    found = await _which(bot, request)
    if not found.words:
        await _open(bot, request, found.incident, forms.status_form)
        return None
    word, why = first_word(found.words)
    wanted = status_named(bot.config, as_typed(word))
    async with carry_out(bot, request) as session:
        await lifecycle.set_status(
            session,
            found.incident.id,
            wanted,
            config=bot.config,
            by=request.user_id,
            now=bot.clock.now(),
            text=as_typed(why),
        )
    return _said(found.incident, f"the status is {status_title(wanted.name, bot.config)} now.")


async def severity(bot: Bot, request: Request) -> Answer | None:
    found = await _which(bot, request)
    if not found.words:
        await _open(bot, request, found.incident, forms.severity_form)
        return None
    word, why = _severity_words(bot.config, as_typed(found.words))
    wanted = severity_named(bot.config, word)
    async with carry_out(bot, request) as session:
        await lifecycle.set_severity(
            session,
            found.incident.id,
            wanted,
            config=bot.config,
            by=request.user_id,
            now=bot.clock.now(),
            text=why,
        )
    return _said(found.incident, f"the severity is {wanted.name} now.")


def _severity_words(config: Config, text: str) -> tuple[str, str]:
    """A severity of one word or two ("level 3"), and the reason behind it."""
    words = text.split()
    for count in (2, 1):
        if len(words) >= count and config.severity(" ".join(words[:count])) is not None:
            return " ".join(words[:count]), " ".join(words[count:])
    return (words[0] if words else ""), " ".join(words[1:])


async def _refuse_no_member(bot: Bot, user: str) -> None:
    known = await account(bot, user)
    if known is not None and known.is_no_member:
        raise UserError(
            f"{mention(user)} is a guest, a bot or of another organization, and cannot have a role.",
            "Choose a full member.",
        )


def _role(name: str) -> Callable[[Bot, Request], Awaitable[Answer | None]]:
    async def take_or_give(bot: Bot, request: Request) -> Answer | None:
        found = await _which(bot, request)
        user = user_named(found.words) or request.user_id
        role = bot.config.role(name)
        if role is None:
            raise UserError(f"app.yaml has no role “{name}”.", "Ask whoever runs Tocsin.")
        await _refuse_no_member(bot, user)
        async with carry_out(bot, request) as session:
            await roles.assign(
                session, found.incident.id, role, user, by=request.user_id, now=bot.clock.now()
            )
        who = "you are" if user == request.user_id else f"{mention(user)} is"
        return _said(found.incident, f"{who} {role.title.lower()} now.")

    return take_or_give


lead, comms, scribe = _role("lead"), _role("comms"), _role("scribe")


async def join(bot: Bot, request: Request) -> Answer | None:
    found = await _which(bot, request)
    async with carry_out(bot, request) as session:
        await roles.join(session, found.incident.id, by=request.user_id, now=bot.clock.now())
    return Answer(joined(found.incident, bot.config))


async def title(bot: Bot, request: Request) -> Answer | None:
    found = await _which(bot, request, free_text=True)
    if not found.words:
        await _open(bot, request, found.incident, forms.details_form)
        return None
    async with carry_out(bot, request) as session:
        await updates.retitle(
            session, found.incident.id, as_title(found.words), by=request.user_id, now=bot.clock.now()
        )
    return _said(found.incident, "the title is changed.")


async def summary(bot: Bot, request: Request) -> Answer | None:
    found = await _which(bot, request, free_text=True)
    if not found.words:
        await _open(bot, request, found.incident, forms.details_form)
        return None
    async with carry_out(bot, request) as session:
        await updates.summarise(
            session, found.incident.id, as_typed(found.words), by=request.user_id, now=bot.clock.now()
        )
    return _said(found.incident, "the summary is written.")


async def note(bot: Bot, request: Request) -> Answer | None:
    found = await _which(bot, request, free_text=True)
    if not found.words:
        await show(bot, request, forms.note_form(found.incident, bot.config))
        return None
    async with carry_out(bot, request) as session:
        await updates.note(
            session, found.incident.id, as_typed(found.words), by=request.user_id, now=bot.clock.now()
        )
    return _said(found.incident, "your note stands on the timeline.")


async def resolve(bot: Bot, request: Request) -> Answer | None:
    """At once, with or without words: nobody should need a form to say that it is over."""
    found = await _which(bot, request, free_text=True)
    async with carry_out(bot, request) as session:
        await lifecycle.resolve(
            session,
            found.incident.id,
            config=bot.config,
            by=request.user_id,
            now=bot.clock.now(),
            text=as_typed(found.words),
        )
    return _said(
        found.incident,
        f"resolved. `/incident close {found.incident.id}` ends it when nothing is left to do.",
    )


async def close(bot: Bot, request: Request) -> Answer | None:
    found = await _which(bot, request, free_text=True)
    async with carry_out(bot, request) as session:
        await lifecycle.close(
            session,
            found.incident.id,
            config=bot.config,
            by=request.user_id,
            now=bot.clock.now(),
            text=as_typed(found.words),
        )
    return _said(found.incident, "closed.")
