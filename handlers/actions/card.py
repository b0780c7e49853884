"""Clicks on the card, the announcement and the lines of lists."""

import re

from bot.checks.history import history_of
from bot.checks.queries import DAY
from bot.core.errors import UserError
from bot.core.outbox import retry_now
from bot.delivery.timeline import timeline_screen
from bot.incidents import lifecycle, roles
from bot.incidents.queries import by_number
from bot.incidents.rows import Incident
from bot.runtime import Bot
from bot.views import forms
from bot.views.check_history import history_modal
from bot.views.forms import incident_form
from bot.views.messages import joined
from handlers.forms import show
from handlers.incident_fields import form_for_missing
from handlers.own_card import keeps_current, opened_from
from handlers.permitted import refuse_unpermitted
from handlers.reading import card_answer, card_of, send_export
from handlers.registrations import Action
from handlers.request import Answer, Handle, Request, carry_out
from handlers.working import work


def number_of(request: Request) -> int:
    """The incident that a clicked element names; raises UserError."""
    return request.number("which incident", "Use `/incident list` instead.")


async def _incident(bot: Bot, request: Request) -> Incident:
    async with bot.db.read() as session:
        return await by_number(session, number_of(request), request.viewer)


async def take(bot: Bot, request: Request) -> Answer | None:
    """Join as lead, comms, scribe or what else app.yaml names."""
    name = str(request.action.get("action_id", "")).removeprefix("incident.take.")
    role = bot.config.role(name)
    if role is None:
        raise UserError(
            f"There is no role “{name}” any more.", "`/incident show` shows those that there are."
        )
    await work(bot, request, roles.assign, number_of(request), role, request.user_id, only_if_free=True)
    return None


async def join(bot: Bot, request: Request) -> Answer | None:
    incident = await work(bot, request, roles.join, number_of(request))
    return Answer(joined(incident, bot.config))


async def update(bot: Bot, request: Request) -> Answer | None:
    return await _form(bot, request, forms.update_form)


async def severity(bot: Bot, request: Request) -> Answer | None:
    return await _form(bot, request, forms.severity_form, permission="severity")


async def status(bot: Bot, request: Request) -> Answer | None:
    return await _form(bot, request, forms.status_form)


async def resolve(bot: Bot, request: Request) -> Answer | None:
    return await _form(bot, request, forms.resolve_form, permission="resolve")


async def _form(
    bot: Bot, request: Request, form: forms.FormOf, *, permission: str | None = None
) -> Answer | None:
    incident = await _incident(bot, request)
    lifecycle.refuse_if_closed(incident)
    if permission is not None:
        await refuse_unpermitted(bot, request, permission, incident)
    await show(bot, request, opened_from(request, incident, form(incident, bot.config)))
    return None


async def close(bot: Bot, request: Request) -> Answer | None:
    """At once, unless something must be filled in before."""
    incident = await _incident(bot, request)
    if (form := await form_for_missing(bot, request, incident, "closed")) is not None:
        await show(bot, request, opened_from(request, incident, form))
        return None
    await work(bot, request, lifecycle.close, number_of(request), config=bot.config)
    return None


async def reopen(bot: Bot, request: Request) -> Answer | None:
    incident = await _incident(bot, request)
    if incident.is_open:
        raise UserError(f"Incident #{incident.id} is open already.", "`/incident show` shows how it stands.")
    await refuse_unpermitted(bot, request, "reopen", incident)
    await show(bot, request, opened_from(request, incident, forms.reopen_form(incident, bot.config)))
    return None


async def show_card(bot: Bot, request: Request) -> Answer | None:
    """From a message: the card as an ephemeral one. From a modal or Home: as a modal."""
    async with bot.db.read() as session:
        incident = await by_number(session, number_of(request), request.viewer)
        around = await card_of(session, incident, bot.config, now=bot.clock.now(), viewer=request.viewer)
    if request.response_url is None:
        await show(bot, request, incident_form(around, bot.config))
        return None
    return card_answer(around, bot.config)


async def more(bot: Bot, request: Request) -> Answer | None:
    """The card's overflow menu."""
    _, what = request.chosen
    if what == "note":
        incident = await _incident(bot, request)
        await show(bot, request, opened_from(request, incident, forms.note_form(incident, bot.config)))
    elif what == "details":
        await _form(bot, request, forms.details_form)
    elif what == "merge":
        await _form(bot, request, forms.merge_form, permission="merge")
    elif what == "close":
        await _form(bot, request, forms.close_form, permission="close")
    elif what == "timeline":
        await open_timeline(bot, request)
    elif what == "export":
        return await export(bot, request)
    elif what == "retry":
        return await try_again(bot, request)
    return None


async def open_timeline(bot: Bot, request: Request) -> None:
    async with bot.db.read() as session:
        incident = await by_number(session, number_of(request), request.viewer)
        view = await timeline_screen(session, incident, bot.config)
    await show(bot, request, view)


async def show_checks(bot: Bot, request: Request) -> Answer | None:
    """What the incident's checks have seen over the last day."""
    async with bot.db.read() as session:
        incident = await by_number(session, number_of(request), request.viewer)
        found = await history_of(session, incident, bot.config, since=bot.clock.now() - DAY)
    await show(bot, request, history_modal(incident, found, bot.config))
    return None


async def export(bot: Bot, request: Request) -> Answer | None:
    return await send_export(bot, request, await _incident(bot, request))


async def try_again(bot: Bot, request: Request) -> Answer | None:
    incident = await _incident(bot, request)
    async with carry_out(bot, request) as session:
        count = await retry_now(session, incident.id, now=bot.clock.now())
    return Answer(
        f":hourglass_flowing_sand: Trying {count} thing{'s' if count != 1 else ''} again for #{incident.id}."
        if count
        else "Nothing waits any more."
    )


def _on_card(action_id: str | re.Pattern[str], handle: Handle) -> Action:
    return Action(action_id, keeps_current(handle, number_of))


ACTIONS = (
    _on_card(re.compile(r"incident\.take\.[\w-]+"), take),
    _on_card("incident.update", update),
    _on_card("incident.severity", severity),
    _on_card("incident.status", status),
    _on_card("incident.resolve", resolve),
    _on_card("incident.close", close),
    _on_card("incident.reopen", reopen),
    _on_card("incident.more", more),
    _on_card("incident.checks", show_checks),
    Action("incident.join", join),
    Action("incident.show", show_card),
)
