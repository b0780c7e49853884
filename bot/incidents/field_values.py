"""What is filled in for an incident: read from what people type or choose, kept as texts, and what is still missing. Pure.

Numbers are kept as they are written in app.yaml and JSON ("12.5"), days as 2026-01-31, people by their Slack account.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from bot.config import Config, IncidentField, near
from bot.core.errors import RuleRefused, UserError
from bot.core.texts import storable
from bot.incidents.rows import Incident

LONGEST = 200
# The input of a form is named so.
INPUT = "field."

_PERSON = re.compile(r"<@([UW][A-Z0-9]+)>|([UW][A-Z0-9]{2,})")
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,6})?")


def value_of(field: IncidentField, typed: str) -> str:
    """The value as it is kept; raises UserError with what would be one."""
    typed = " ".join(storable(typed).split())
    if field.kind == "choice":
        return _choice(field, typed)
    if field.kind == "person":
        found = _PERSON.fullmatch(typed)
        if found is None:
            raise _refused(field, typed, "a person that Slack knows", "Type @ and choose the person.")
        return found[1] or found[2]
    if field.kind == "date":
        try:
            return date.fromisoformat(typed).isoformat()
        except ValueError:
            raise _refused(field, typed, "a day", "Write it as 2026-01-31.") from None
    if field.kind == "number":
        return _number(field, typed)
    if len(typed) > LONGEST:
        raise _refused(field, typed, f"of {LONGEST} characters at most", "Shorten it.")
    return typed


def _choice(field: IncidentField, typed: str) -> str:
    found = field.choice(typed)
    if found is None:
        meant = near(typed, field.choices)
        guess = f"Did you mean *{meant}*? " if meant else ""
        raise _refused(
            field, typed, "one of its choices", f"{guess}Choose one of {', '.join(field.choices)[:600]}."
        )
    return found


def _number(field: IncidentField, typed: str) -> str:
    written = re.sub(r"(?<=\d)[\s_](?=\d{3})", "", typed)
    if not _NUMBER.fullmatch(written):
        raise _refused(field, typed, "a number", "Write it as 1200 or 12.5.")
    return f"{Decimal(written).normalize() + 0:f}"


def _refused(field: IncidentField, typed: str, what: str, mend: str) -> UserError:
    return UserError(f"{field.label}: “{typed[:60]}” is not {what}.", mend, field=INPUT + field.name)


def folded_value(value: str) -> str:
    """As it is compared in lists."""
    return " ".join(value.casefold().split())[:400]


def fields_of(config: Config, type_name: str | None) -> list[IncidentField]:
    """Those that an incident of this type has."""
    return [field for field in config.fields if field.is_for(type_name)]


def missing(
    config: Config, type_name: str | None, filled: Mapping[str, str] | None, moment: str
) -> list[IncidentField]:
    """The fields that must be filled in by this moment of an incident's life ("declare", "resolve", "close") and are not."""
    filled = filled or {}
    return [one for one in fields_of(config, type_name) if one.is_due(moment) and not filled.get(one.name)]


def checked_at_declaration(config: Config, type_name: str | None, typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed, as it is kept; raises UserError for what is no value, and for what must be filled in and is not."""
    known = {field.name: field for field in fields_of(config, type_name)}
    filled = {
        name: value_of(known[name], words) for name, words in typed.items() if name in known and words.strip()
    }
    for field in missing(config, type_name, filled, "declare"):
        raise UserError(f"{field.label} is needed to declare.", "Fill it in.", field=INPUT + field.name)
    return filled


def missing_of(incident: Incident, config: Config, moment: str) -> list[IncidentField]:
    return missing(config, incident.type, incident.fields, moment)


def refuse_if_missing(incident: Incident, config: Config, moment: str) -> None:
    """What an incident must tell before it is resolved or closed by a person."""
    found = missing_of(incident, config, moment)
    if found:
        raise RuleRefused(
            f"{labels(found)} must be filled in before incident #{incident.id} is {moment}d.",
            f"`/incident field {incident.id}` opens the form for it.",
        )


def labels(fields: Iterable[IncidentField]) -> str:
    """ "Region and Customers", as plain text."""
    said = [field.label for field in fields]
    return " and ".join(filter(None, [", ".join(said[:-1]), *said[-1:]]))
