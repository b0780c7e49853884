"""Making a task or a link of an incident from a message in its channel."""

from bot.core.errors import UserError
from bot.core.slack_text import as_title, links_in
from bot.core.texts import LONGEST_TITLE, one_line
from bot.incidents.lifecycle import refuse_if_closed
from bot.incidents.links import LONGEST_NAME
from bot.incidents.queries import by_channel
from bot.incidents.rows import Incident
from bot.runtime import Bot
from bot.views.forms import about
from bot.views.tasks import link_form, task_form
from bot.views.text import shorten
from handlers.forms import show
from handlers.registrations import Shortcut
from handlers.request import Answer, Request


async def task(bot: Bot, request: Request) -> Answer | None:
    """The message's words become the title, which can be changed; of one message there is one task."""
    incident = await _incident_of(bot, request, "`/incident task 12 …` adds one from anywhere.")
    message = request.body.get("message") or {}
    title = shorten(one_line(as_title(message.get("text") or "")), LONGEST_TITLE)
    form = task_form(incident, bot.config, title=title)
    source = f"{request.channel_id}/{message.get('ts')}"
    await show(bot, request, {**form, "private_metadata": about(incident=incident.id, source=source)})
    return None


async def link(bot: Bot, request: Request) -> Answer | None:
    """The first address in the message."""
    incident = await _incident_of(bot, request, "`/incident link 12 https://…` adds one from anywhere.")
    found = links_in((request.body.get("message") or {}).get("text") or "")
    if not found:
        raise UserError(
            "There is no web address in that message.",
            "“Add to timeline” keeps the message itself; `/incident link https://…` adds an address.",
        )
    address, label = found[0]
    name = "" if label in address else one_line(label)[:LONGEST_NAME]
    await show(bot, request, link_form(incident, bot.config, url=address, name=name))
    return None


async def _incident_of(bot: Bot, request: Request, instead: str) -> Incident:
    async with bot.db.read() as session:
        incident = await by_channel(session, request.channel_id or "", request.viewer)
    if incident is None:
        raise UserError("This channel does not belong to an incident that you can see.", instead)
    refuse_if_closed(incident)
    return incident


SHORTCUTS = (
    Shortcut("task_message", "Add as task", "Make a task of the incident from this message", "message", task),
    Shortcut("link_message", "Add as link", "Add this message's link to the incident", "message", link),
)
