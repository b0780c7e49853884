"""The form to find incidents, sent: what fits takes its place."""

import re
from collections.abc import Iterator
from datetime import date

from bot.config.sections.field_values import Comparison
from bot.core.slack_text import as_title
from bot.incidents.filters import Filter, wanted
from bot.runtime import Bot
from bot.views.lists import list_modal
from handlers.incident_fields import field_named, typed_fields
from handlers.incident_lists import found_by
from handlers.registrations import Submission
from handlers.request import Answer, Request


async def find(bot: Bot, request: Request) -> Answer | None:
    found = await found_by(bot, request, _written(bot, request))
    return Answer(view=list_modal(found, bot.config))


def _written(bot: Bot, request: Request) -> str:
    """What was filled in, as it would be typed."""
    filled = Filter(
        status=str(request.value("status")),
        severities=tuple(request.value("severities") or ()),
        services=tuple(request.value("services") or ()),
        types=(kind,) if (kind := request.value("type")) else (),
        fields=tuple(_wanted(bot, request)),
        person=request.value("person"),
        words=" ".join(as_title(request.words("words")).split()),
    )
    since, until = _day("since", request.value("since")), _day("until", request.value("until"))
    return " ".join([f"status:{filled.status}", *since, *until, filled.written])


def _wanted(bot: Bot, request: Request) -> Iterator[tuple[str, Comparison]]:
    """What is asked of fields; of numbers and days also two things at once: `>=100 <1000`."""
    for name, typed in typed_fields(request).items():
        if typed.strip():
            known = field_named(bot.config, name)
            for part in re.split(r"\s+(?=[<>])", typed.strip()):
                yield known.name, wanted(known, part)


def _day(key: str, chosen: object) -> list[str]:
    return [f"{key}:{date.fromisoformat(chosen)}"] if isinstance(chosen, str) else []


SUBMISSIONS = (Submission("list_filter", find),)
