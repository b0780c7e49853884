"""The subcommands that change an incident. Without words, those that need some open their form."""

from collections.abc import Callable

from bot.config import Config
from bot.core.errors import UserError
from bot.core.slack_text import as_title, as_typed
from bot.incidents import classifying, lifecycle, roles, updates
from bot.incidents.permissions import admits
from bot.incidents.rows import Incident
from bot.incidents.task_queries import count_tasks
from bot.runtime import Bot
from bot.views import forms
from bot.views.incident_fields import retyped_words
from bot.views.incident_text import NAME, status_title
from bot.views.messages import joined, reopened
from bot.views.page_text import paging_words
from bot.views.tasks import left_words
from bot.views.text import literal, mention, moment
from handlers.authorise import account
from handlers.forms import show
from handlers.incident_fields import field_named, form_for_missing, type_named
from handlers.incident_text import (
    Addressed,
    addressed,
    close_reason_and_words,
    instead_and_words,
    role_named,
    severity_named,
    status_named,
    user_named,
)
from handlers.oncall_text import zone_of
from handlers.paging import paging_of
from handlers.past import PAST_WAYS, time_in_front
from handlers.permitted import refuse_unpermitted
from handlers.request import Answer, Handle, Request
from handlers.words import as_number, first_word
from handlers.working import Verb, work

# What is typed for a value that is to be emptied.
NOTHING = "-"


async def _which(bot: Bot, request: Request, words: str, *, free_text: bool = False) -> Addressed:
    async with bot.db.read() as session:
        return await addressed(session, request, words, free_text=free_text)


async def _open(
    bot: Bot, request: Request, incident: Incident, form: forms.FormOf, *, when_closed: bool = False
) -> None:
    if not when_closed:
        lifecycle.refuse_if_closed(incident)
    await show(bot, request, form(incident, bot.config))


def _said(incident: Incident, words: str) -> Answer:
    return Answer(f":white_check_mark: #{incident.id}: {words}")


# -- words that people write --------------------------------------------------------------------------------


def _writes(
    verb: Verb[Incident],
    form: forms.FormOf,
    answer: str,
    *,
    read: Callable[[str], str] = as_typed,
    reads_config: bool = False,
) -> Handle:
    """A subcommand whose words are what it is about; without any it opens the form for them."""

    async def handle(bot: Bot, request: Request) -> Answer | None:
        found = await _which(bot, request, request.text, free_text=True)
        if not found.words:
            await _open(bot, request, found.incident, form)
            return None
        further = {"config": bot.config} if reads_config else {}
        await work(bot, request, verb, found.incident.id, read(found.words), **further)
        return _said(found.incident, answer)

    return handle


update = _writes(
    updates.post_update, forms.update_form, "your update is on its way to everybody.", reads_config=True
)
title = _writes(updates.retitle, forms.details_form, "the title is changed.", read=as_title)
summary = _writes(updates.summarise, forms.details_form, "the summary is written.")


async def note(bot: Bot, request: Request) -> Answer | None:
    """A time in front of the words says when it happened."""
    found = await _which(bot, request, request.text, free_text=True)
    if not found.words:
        await _open(bot, request, found.incident, forms.note_form, when_closed=True)
        return None
    async with bot.db.read() as session:
        zone = await zone_of(session, bot, request)
    at, text = time_in_front(as_typed(found.words), zone, now=bot.clock.now(), ways=PAST_WAYS)
    await work(bot, request, updates.note, found.incident.id, text, occurred_at=at)
    when = f", at its own time: {moment(at)}" if at is not None else ""
    return _said(found.incident, f"your note stands on the timeline{when}.")


# -- severity and the way of an incident --------------------------------------------------------------------


async def status(bot: Bot, request: Request) -> Answer | None:
    found = await _which(bot, request, request.text)
    if not found.words:
        await _open(bot, request, found.incident, forms.status_form)
        return None
    word, why = first_word(found.words)
    wanted = status_named(bot.config, as_typed(word))
    number = found.incident.id
    form = await form_for_missing(bot, request, found.incident, wanted.name, text=as_typed(why))
    if form is not None:
        await show(bot, request, form)
        return None
    await work(bot, request, lifecycle.set_status, number, wanted, config=bot.config, text=as_typed(why))
    return _said(found.incident, f"the status is {status_title(wanted.name, bot.config)} now.")


async def severity(bot: Bot, request: Request) -> Answer | None:
    found = await _which(bot, request, request.text)
    if not found.words:
        await refuse_unpermitted(bot, request, "severity", found.incident)
        await _open(bot, request, found.incident, forms.severity_form)
        return None
    word, why = _severity_words(bot.config, as_typed(found.words))
    wanted = severity_named(bot.config, word)
    incident = await work(
        bot, request, lifecycle.set_severity, found.incident.id, wanted, config=bot.config, text=why
    )
    pages = paging_words(await paging_of(bot, incident), bot.config)
    return _said(incident, f"the severity is {wanted.name} now.\n{pages}".rstrip())


def _severity_words(config: Config, text: str) -> tuple[str, str]:
    """A severity of one word or two ("level 3"), and the reason behind it."""
    words = text.split()
    for count in (2, 1):
        if len(words) >= count and config.severity(" ".join(words[:count])) is not None:
            return " ".join(words[:count]), " ".join(words[count:])
    return (words[0] if words else ""), " ".join(words[1:])


async def resolve(bot: Bot, request: Request) -> Answer | None:
    """At once, with or without words: nobody should need a form to say that it is over, unless something is to be filled in."""
    found = await _which(bot, request, request.text, free_text=True)
    number, why = found.incident.id, as_typed(found.words)
    if (form := await form_for_missing(bot, request, found.incident, "resolved", text=why)) is not None:
        await show(bot, request, form)
        return None
    incident = await work(bot, request, lifecycle.resolve, number, config=bot.config, text=why)
    async with bot.db.read() as session:
        _, left = await count_tasks(session, number)
    said = f"resolved. `/incident close {number}` ends it when nothing is left to do."
    return _said(incident, f"{said}\n{left_words(left)}".rstrip())


async def close(bot: Bot, request: Request) -> Answer | None:
    """At once where it was resolved, or where a reason of app.yaml stands in front; else the form asks for one."""
    found = await _which(bot, request, request.text, free_text=True)
    reason, why = close_reason_and_words(bot.config, as_typed(found.words))
    if found.incident.is_open and reason is None and not why and bot.config.close_reasons:
        await refuse_unpermitted(bot, request, "close", found.incident)
        await _open(bot, request, found.incident, forms.close_form)
        return None
    named = reason.name if reason else None
    form = await form_for_missing(bot, request, found.incident, "closed", text=why, reason=named)
    if form is not None:
        await show(bot, request, form)
        return None
    number = found.incident.id
    instead, why = instead_and_words(why) if reason else (None, why)
    incident = await work(
        bot, request, lifecycle.close, number, config=bot.config, text=why, reason=reason, instead=instead
    )
    return _said(incident, f"closed as {literal(reason.title.lower(), NAME)}." if reason else "closed.")


async def reopen(bot: Bot, request: Request) -> Answer | None:
    found = await _which(bot, request, request.text, free_text=True)
    if not found.words and not found.incident.is_open and found.incident.merged_into is None:
        await refuse_unpermitted(bot, request, "reopen", found.incident)
        await show(bot, request, forms.reopen_form(found.incident, bot.config))
        return None
    number, why = found.incident.id, as_typed(found.words)
    incident = await work(bot, request, lifecycle.reopen, number, config=bot.config, text=why)
    return _said(incident, reopened(incident))


# -- what it is ---------------------------------------------------------------------------------------------


async def kind(bot: Bot, request: Request) -> Answer | None:
    """Its type; `-` for none."""
    found = await _which(bot, request, request.text)
    if not found.words:
        await _open_fields(bot, request, found.incident)
        return None
    word = as_typed(found.words)
    wanted = None if word == NOTHING else type_named(bot.config, word)
    incident = await work(bot, request, classifying.set_type, found.incident.id, wanted)
    return _said(incident, retyped_words(incident, bot.config))


async def field(bot: Bot, request: Request) -> Answer | None:
    """One field and its value; `-` empties it. Without words the form for all of them."""
    found = await _which(bot, request, request.text)
    name, value = first_word(found.words)
    if not value:
        await _open_fields(bot, request, found.incident)
        return None
    known = field_named(bot.config, as_typed(name))
    typed = {known.name: "" if as_typed(value) == NOTHING else as_typed(value)}
    await work(bot, request, classifying.set_fields, found.incident.id, typed, config=bot.config)
    return _said(
        found.incident,
        f"{literal(known.label, NAME)} is {'filled in' if typed[known.name] else 'empty now'}.",
    )


async def _open_fields(bot: Bot, request: Request, incident: Incident) -> None:
    if not (bot.config.fields or bot.config.types):
        raise UserError("app.yaml has neither types nor fields.", "docs/fields.md tells how to add them.")
    await _open(bot, request, incident, forms.fields_form)


# -- who does what ------------------------------------------------------------------------------------------


async def role(bot: Bot, request: Request) -> Answer | None:
    """Any role of app.yaml. The number may stand behind it, or in front as everywhere else."""
    name, rest = first_word(request.text)
    if rest and as_number(name) is not None and bot.config.role(name) is None:
        number, (name, rest) = name, first_word(rest)
        rest = f"{number} {rest}"
    return await _take_or_give(bot, request, as_typed(name), rest)


def _fixed_role(name: str) -> Handle:
    async def handle(bot: Bot, request: Request) -> Answer | None:
        return await _take_or_give(bot, request, name, request.text)

    return handle


lead, comms, scribe = _fixed_role("lead"), _fixed_role("comms"), _fixed_role("scribe")


async def _take_or_give(bot: Bot, request: Request, name: str, words: str) -> Answer | None:
    """To the person who is named; to who asks where nobody is."""
    wanted = role_named(bot.config, name)
    found = await _which(bot, request, words)
    user = user_named(found.words) or request.user_id
    await refuse_no_member(bot, user)
    await work(bot, request, roles.assign, found.incident.id, wanted, user)
    who = "you are" if user == request.user_id else f"{mention(user)} is"
    return _said(found.incident, f"{who} {literal(wanted.title.lower(), NAME)} now.")


async def refuse_no_member(bot: Bot, user: str) -> None:
    """Raises UserError for who cannot have a role."""
    known = await account(bot, user)
    if known is not None and not admits(bot.config, known):
        raise UserError(
            f"{mention(user)} is a guest, a bot or of another organization, and cannot have a role.",
            "Choose a full member.",
        )


async def join(bot: Bot, request: Request) -> Answer | None:
    found = await _which(bot, request, request.text)
    incident = await work(bot, request, roles.join, found.incident.id)
    return Answer(joined(incident, bot.config))
