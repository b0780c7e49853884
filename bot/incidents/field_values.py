"""What is filled in for an incident: read from what people type or choose, kept as texts, and what is still missing. Pure.

How a value is written is told by bot.config.sections.field_values.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from bot.config import Config, IncidentField
from bot.config.sections.field_values import NoValue, is_account, is_number, kept
from bot.core.errors import RuleRefused, UserError
from bot.core.texts import storable
from bot.incidents.rows import Incident

# The input of a form is named so.
INPUT = "field."
# Between these stand all numbers, and all days, as lists compare them; and nothing else.
NUMBERS, DAYS = ("#0", "#2"), ("0001-01-01", "9999-12-31")


def value_of(field: IncidentField, typed: str) -> str:
    """The value as it is kept; raises UserError with what would be one."""
    try:
        return kept(field, storable(typed))
    except NoValue as refused:
        raise no_value(field, refused) from None


def no_value(field: IncidentField, refused: NoValue) -> UserError:
    """The same as people read it, with what they may have meant."""
    guess = f"Did you mean *{refused.meant}*? " if refused.meant else ""
    return UserError(f"{field.label}: {refused}.", f"{guess}{refused.mend}", field=INPUT + field.name)


def folded_value(value: str) -> str:
    """As it is compared in lists. Numbers are of one length there, so that texts are in their order, too."""
    if is_number(value):
        return f"#{in_order(value)}"
    return " ".join(value.casefold().split())[:400]


def in_order(number: str) -> str:
    """A number as digits alone: behind a 0 what is less than nothing, behind a 1 all else; in millionths."""
    millionths = int(Decimal(number).scaleb(6))
    return f"1{millionths:021d}" if millionths >= 0 else f"0{10**21 + millionths:021d}"


def searched_text(incident: Incident) -> str:
    """What is searched of an incident besides its title: its summary, and what is filled in but for people."""
    filled = [str(value) for value in (incident.fields or {}).values() if not is_account(str(value))]
    return "\n".join([incident.summary, *filled])


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
    # What a line names is kept, also where this type is not asked for it.
    known = {field.name: field for field in config.fields}
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
            field=INPUT + found[0].name,
        )


def labels(fields: Iterable[IncidentField]) -> str:
    """ "Region and Customers", as plain text."""
    said = [field.label for field in fields]
    return " and ".join(filter(None, [", ".join(said[:-1]), *said[-1:]]))
