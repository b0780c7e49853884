"""What is filled in for an incident: read from what people type or choose, kept as texts, and what is still missing. Pure.

How a value is written is told by bot.config.sections.field_values.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from bot.config import Config, IncidentField
from bot.config.sections.field_values import NoValue, is_account, is_number, kept
from bot.core.errors import RuleRefused, UserError
from bot.core.texts import storable
from bot.incidents.rows import Incident

# The input of a form is named so.
INPUT = "field."
# Slack takes no more as the value of an option: of what is no choice any more a longer one comes back cut.
OF_AN_OPTION = 150
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


def asked_at_declaration(is_over: bool) -> str:
    """The moment whose fields must be filled in: what is over when it is written down is resolved from the start."""
    return "resolve" if is_over else "declare"


def checked_at_declaration(
    config: Config, type_name: str | None, typed: Mapping[str, str], *, is_over: bool = False
) -> dict[str, str]:
    """What was typed, as it is kept; raises UserError for what is no value, and for what must be filled in and is not."""
    # What a line names is kept, also where this type is not asked for it.
    said = {name: words for name, words in typed.items() if config.field(name) is not None and words.strip()}
    needed = "to write down what is resolved" if is_over else "to declare"
    lacks = [
        UserError(f"{field.label} is needed {needed}.", "Fill it in.", field=INPUT + field.name)
        for field in missing(config, type_name, said, asked_at_declaration(is_over))
    ]
    return values_of(config, said, lacks)


def values_of(config: Config, typed: Mapping[str, str], lacks: Sequence[UserError] = ()) -> dict[str, str]:
    """What was typed into fields of app.yaml, as it is kept; raises one UserError for all that is no value and for what
    is lacking besides, which a form shows each under its own input.
    """
    filled: dict[str, str] = {}
    refused: list[UserError] = []
    for name, words in typed.items():
        try:
            filled[name] = value_of(field_of(config, name), words)
        except UserError as refusal:
            refused.append(refusal)
    if refused := [*refused, *lacks]:
        under = {field: words for one in refused for field, words in one.under.items()}
        raise UserError(refused[0].what, refused[0].next_step, under=under)
    return filled


def field_of(config: Config, name: str) -> IncidentField:
    """The field of app.yaml; raises UserError where it was taken out meanwhile."""
    if (found := config.field(name)) is None:
        raise UserError(
            f"There is no field “{name[:60]}” any more.",
            "Leave it as it was; `/incident field` shows those that there are.",
            field=INPUT + name,
        )
    return found


def missing_of(incident: Incident, config: Config, moment: str) -> list[IncidentField]:
    return missing(config, incident.type, incident.fields, moment)


def refuse_if_missing(incident: Incident, config: Config, moment: str) -> None:
    """What an incident must tell before it is resolved or closed by a person."""
    found = missing_of(incident, config, moment)
    if found:
        before = f"must be filled in before incident #{incident.id} is {moment}d."
        raise RuleRefused(
            f"{labels(found)} {before}",
            f"`/incident field {incident.id}` opens the form for it.",
            under={INPUT + one.name: f"{one.label} {before}" for one in found},
        )


def labels(fields: Iterable[IncidentField]) -> str:
    """ "Region and Customers", as plain text."""
    said = [field.label for field in fields]
    return " and ".join(filter(None, [", ".join(said[:-1]), *said[-1:]]))
