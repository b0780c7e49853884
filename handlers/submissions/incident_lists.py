"""The form to find incidents, sent: what fits takes its place."""

from datetime import date

from bot.core.slack_text import as_title
from bot.incidents.filters import Filter
from bot.runtime import Bot
from bot.views.lists import list_modal
from handlers.incident_fields import typed_fields
from handlers.incident_lists import found_by
from handlers.registrations import Submission
from handlers.request import Answer, Request


async def find(bot: Bot, request: Request) -> Answer | None:
    found = await found_by(bot, request, _written(request))
    return Answer(view=list_modal(found, bot.config))


def _written(request: Request) -> str:
    """What was filled in, as it would be typed."""
    filled = Filter(
        status=str(request.value("status")),
        severities=tuple(request.value("severities") or ()),
        services=tuple(request.value("services") or ()),
        types=(kind,) if (kind := request.value("type")) else (),
        fields=tuple((name, value) for name, value in typed_fields(request).items() if value),
        person=request.value("person"),
        words=" ".join(as_title(request.words("words")).split()),
    )
    since, until = _day("since", request.value("since")), _day("until", request.value("until"))
    return " ".join([f"status:{filled.status}", *since, *until, filled.written])


def _day(key: str, chosen: object) -> list[str]:
    return [f"{key}:{date.fromisoformat(chosen)}"] if isinstance(chosen, str) else []


SUBMISSIONS = (Submission("list_filter", find),)
