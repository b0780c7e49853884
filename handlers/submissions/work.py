"""The forms that change an incident, sent."""

from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.errors import UserError
from bot.incidents import classifying, lifecycle, updates
from bot.incidents.queries import by_number
from bot.reviews import merging
from bot.runtime import Bot
from bot.views.forms import NEXT_UPDATES
from handlers.incident_fields import changed_fields, form_for_missing, is_type_changed, type_chosen
from handlers.incident_text import close_reason_named, instead_and_words, severity_named, status_named
from handlers.own_card import keeps_current, opened_from
from handlers.registrations import Submission
from handlers.request import Answer, Handle, Request, carry_out
from handlers.words import as_number
from handlers.working import work


def _number(request: Request) -> int:
    return request.form_number("incident")


async def update(bot: Bot, request: Request) -> Answer | None:
    text, impact = request.words("text"), request.words("impact")
    await work(
        bot,
        request,
        updates.post_update,
        _number(request),
        text,
        config=bot.config,
        impact=impact,
        next_in=_next_update(request),
    )
    return None


def _next_update(request: Request) -> timedelta | None:
    chosen = request.words("next")
    return timedelta(minutes=int(chosen)) if chosen in NEXT_UPDATES else None


async def status(bot: Bot, request: Request) -> Answer | None:
    """What must be filled in before is asked for in the form that follows, with the words that were given already."""
    wanted, why = status_named(bot.config, request.words("status")), request.words("text")
    async with bot.db.read() as session:
        incident = await by_number(session, _number(request), request.viewer)
    if (form := await form_for_missing(bot, request, incident, wanted.name, text=why)) is not None:
        return Answer(view=opened_from(request, incident, form))
    await work(bot, request, lifecycle.set_status, _number(request), wanted, config=bot.config, text=why)
    return None


async def severity(bot: Bot, request: Request) -> Answer | None:
    wanted, why = severity_named(bot.config, request.words("severity")), request.words("text")
    await work(bot, request, lifecycle.set_severity, _number(request), wanted, config=bot.config, text=why)
    return None


async def resolve(bot: Bot, request: Request) -> Answer | None:
    """A reason says that it was none: then nothing is left to do, and it is closed. Otherwise what was still to be filled in
    is filled in with the same act.
    """
    if request.value("reason"):
        return await close(bot, request)
    said: dict[str, Any] = {"by": request.user_id, "now": bot.clock.now(), "config": bot.config}
    async with carry_out(bot, request) as session:
        if typed := changed_fields(request):
            await classifying.set_fields(session, _number(request), typed, **said)
        await lifecycle.resolve(session, _number(request), text=request.words("text"), **said)
    return None


async def close(bot: Bot, request: Request) -> Answer | None:
    reason, why = close_reason_named(bot.config, request.value("reason")), request.words("text")
    instead, why = instead_and_words(why) if reason else (None, why)
    said: dict[str, Any] = {"by": request.user_id, "now": bot.clock.now(), "config": bot.config}
    async with carry_out(bot, request) as session:
        if typed := changed_fields(request):
            await classifying.set_fields(session, _number(request), typed, **said)
        await lifecycle.close(session, _number(request), text=why, reason=reason, instead=instead, **said)
    return None


async def merge(bot: Bot, request: Request) -> Answer | None:
    chosen = as_number(request.words("into"))
    if chosen is None:
        raise UserError("Into which incident?", "Choose one.", field="into")
    why = request.words("text")
    await work(bot, request, merging.merge, _number(request), chosen, config=bot.config, text=why)
    return None


async def reopen(bot: Bot, request: Request) -> Answer | None:
    status, why = status_named(bot.config, request.words("status")), request.words("text")
    await work(bot, request, lifecycle.reopen, _number(request), config=bot.config, text=why, status=status)
    return None


async def details(bot: Bot, request: Request) -> Answer | None:
    """Title, summary and fields in one form; only what was changed is."""
    title, summary = request.words("title"), request.words("summary")
    said: dict[str, Any] = {"by": request.user_id, "now": bot.clock.now()}
    async with carry_out(bot, request) as session:
        await updates.describe(session, _number(request), title=title, summary=summary, **said)
        await _classify(bot, request, session, **said)
    return None


async def fields(bot: Bot, request: Request) -> Answer | None:
    said: dict[str, Any] = {"by": request.user_id, "now": bot.clock.now()}
    async with carry_out(bot, request) as session:
        await _classify(bot, request, session, **said)
    return None


async def _classify(bot: Bot, request: Request, session: AsyncSession, **said: Any) -> None:
    said["config"] = bot.config
    number, typed = _number(request), changed_fields(request)
    if is_type_changed(request):
        kind = type_chosen(bot.config, request)
        await classifying.classify(session, number, type_name=kind, typed=typed, **said)
    elif typed:
        await classifying.set_fields(session, number, typed, **said)


async def note(bot: Bot, request: Request) -> Answer | None:
    """At its own time, where one is chosen; the form names it to the minute."""
    when = request.moment("when")
    await work(bot, request, updates.note, _number(request), request.words("text"), occurred_at=when)
    return None


def _from_card(callback_id: str, handle: Handle) -> Submission:
    return Submission(callback_id, keeps_current(handle, _number))


SUBMISSIONS = (
    _from_card("update", update),
    _from_card("status", status),
    _from_card("severity", severity),
    _from_card("resolve", resolve),
    _from_card("close", close),
    _from_card("merge", merge),
    _from_card("reopen", reopen),
    _from_card("details", details),
    _from_card("fields", fields),
    _from_card("note", note),
)
