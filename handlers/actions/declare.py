"""Clicks on the way to a declaration: Home's button, the form's service menu, "Join instead"."""

from bot.incidents import roles
from bot.incidents.queries import open_incidents
from bot.runtime import Bot
from bot.views.forms import EARLIER, JOINABLE, about, declare_form, joined_note
from handlers.actions.card import number_of
from handlers.forms import replace, show
from handlers.incident_fields import typed_fields
from handlers.permitted import refuse_unpermitted
from handlers.registrations import Action
from handlers.request import Answer, Request
from handlers.working import work


async def from_home(bot: Bot, request: Request) -> Answer | None:
    await refuse_unpermitted(bot, request, "declare")
    await show(bot, request, declare_form(bot.config, metadata=about()))
    return None


async def chosen(bot: Bot, request: Request) -> Answer | None:
    """Shows the open incidents of the service that was chosen, the fields of the type, and when it was that happened
    earlier; what was typed stays, as no block changes its id.
    """
    service = request.value("service")
    async with bot.db.read() as session:
        found = (
            await open_incidents(session, request.viewer, service=service, limit=JOINABLE) if service else ()
        )
    view = declare_form(
        bot.config,
        metadata=request.view.get("private_metadata") or about(),
        title=request.words("title"),
        severity=request.value("severity"),
        service=service,
        summary=request.words("summary"),
        type_name=request.value("type"),
        filled=typed_fields(request),
        earlier=EARLIER in (request.value("options") or ()),
        open_incidents=found,
    )
    await replace(bot, request, view)
    return None


async def join_instead(bot: Bot, request: Request) -> Answer | None:
    incident = await work(bot, request, roles.join, number_of(request))
    await replace(bot, request, joined_note(incident, bot.config))
    return None


ACTIONS = (
    Action("home.declare", from_home),
    Action("declare.service", chosen),
    Action("declare.type", chosen),
    Action("declare.options", chosen),
    Action("declare.join", join_instead),
)
