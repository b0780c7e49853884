"""What a form or a line says of an incident's type and custom fields."""

import re
from collections.abc import Sequence
from typing import Any, NoReturn

from bot.config import Config, IncidentField, IncidentType, near
from bot.core.errors import UserError
from bot.core.slack_text import as_typed
from bot.incidents.field_values import INPUT, missing_of
from bot.incidents.rows import Incident
from bot.runtime import Bot
from bot.views import forms
from bot.views.text import Block
from handlers.permitted import refuse_unpermitted
from handlers.request import Request

_TOKEN = re.compile(r"(?<!\S)([a-z0-9][\w-]*):(?:[\"“”„]([^\"“”„]*)[\"“”„]|(\S+))[^\S\n]*", re.IGNORECASE)


async def form_for_missing(
    bot: Bot, request: Request, incident: Incident, status: str, *, text: str = "", reason: str | None = None
) -> Block | None:
    """The form for what must be filled in before an incident comes into this status, where something must; with the
    words that were given already. Raises NotAllowed for who may not bring it there.
    """
    if status == "resolved" and incident.is_open and missing_of(incident, bot.config, "resolve"):
        await refuse_unpermitted(bot, request, "resolve", incident)
        return forms.resolve_form(incident, bot.config, text=text)
    if status == "closed" and incident.is_resolved and missing_of(incident, bot.config, "close"):
        await refuse_unpermitted(bot, request, "close", incident)
        return forms.close_form(incident, bot.config, text=text, reason=reason)
    return None


def typed_fields(request: Request) -> dict[str, str]:
    """All that stands in a form's fields, by their names; empty ones too."""
    return {name: str(request.value(INPUT + name) or "") for name in _inputs(request)}


def changed_fields(request: Request) -> dict[str, str]:
    """What differs from what the form was opened with: the rest somebody else may have filled in meanwhile."""
    opened = _inputs(request)
    return {name: value for name, value in typed_fields(request).items() if value != _initial(opened[name])}


def type_chosen(config: Config, request: Request) -> str | None:
    """The type that was chosen in a form; raises UserError for one that is no longer in app.yaml."""
    name = request.value("type")
    if name is None:
        return None
    if config.type(name) is None:
        raise UserError(f"The type “{name}” is not in app.yaml any more.", "Choose another.", field="type")
    return str(name)


def is_type_changed(request: Request) -> bool:
    """Whether the form asked for the type, and another was chosen than it was opened with."""
    asked = next((one for one in _blocks(request) if one.get("block_id") == "type"), None)
    return asked is not None and (request.value("type") or "") != _initial(asked)


def _blocks(request: Request) -> list[dict[str, Any]]:
    return request.view.get("blocks") or []


def _inputs(request: Request) -> dict[str, dict[str, Any]]:
    named = {str(block.get("block_id", "")): block for block in _blocks(request)}
    return {name.removeprefix(INPUT): block for name, block in named.items() if name.startswith(INPUT)}


def _initial(block: dict[str, Any]) -> str:
    """What an input held when the form was opened."""
    element = block.get("element") or {}
    if "initial_option" in element:
        return str(element["initial_option"]["value"])
    found = (element.get(key) for key in ("initial_value", "initial_user", "initial_date"))
    return next((str(value) for value in found if value), "")


def type_named(config: Config, word: str) -> IncidentType:
    """The type of this name; raises UserError with what is allowed."""
    return config.type(word) or _unknown(word, "type", [one.name for one in config.types])


def field_named(config: Config, word: str) -> IncidentField:
    """The field of this name; raises UserError with what there is."""
    return config.field(word) or _unknown(word, "field", [one.name for one in config.fields])


def _unknown(word: str, what: str, names: Sequence[str]) -> NoReturn:
    if not names:
        raise UserError(f"app.yaml has no {what}s.", "docs/fields.md tells how to add them.")
    meant = near(word, names)
    guess = f"Did you mean *{meant}*? " if meant else ""
    raise UserError(f"“{word[:60]}” is not a {what}.", f"{guess}Choose one of {', '.join(names)}.")


def classified_in(config: Config, text: str) -> tuple[IncidentType | None, dict[str, str], str]:
    """The type and the fields that `type:…` and `region:…` name in a line, and the line without them."""
    kind: IncidentType | None = None
    typed: dict[str, str] = {}
    rest, end = [], 0
    for token in _TOKEN.finditer(text):
        name, value = token[1].lower(), as_typed(token[2] if token[2] is not None else token[3])
        if name == "type" and config.types:
            kind = type_named(config, value)
        elif (known := config.field(name)) is not None and known.name == name:
            typed[name] = value
        else:
            continue
        rest.append(text[end : token.start()])
        end = token.end()
    return kind, typed, "".join([*rest, text[end:]]).strip()
