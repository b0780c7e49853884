"""Types and custom fields of incidents: in words, and as the inputs of forms."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from bot.config import Config, IncidentField
from bot.config.sections.field_values import ANYTHING, LONGEST, NOTHING, ORDERED, Comparison
from bot.incidents.field_values import INPUT, OF_AN_OPTION
from bot.incidents.rows import Incident
from bot.views.incident_text import NAME
from bot.views.text import Block, day, escape, field, literal, mention, option, select, text_input

TYPE_ACTION = "declare.type"

_ACCOUNT = re.compile(r"[UW][A-Z0-9]{6,}")


def value_words(
    name: str,
    value: str,
    config: Config,
    *,
    who: Callable[[str | None], str],
    plain: Callable[[str], str],
) -> str:
    """A value as people read it; also of a field that was taken out of app.yaml since."""
    known = config.field(name)
    is_person = known.kind == "person" if known is not None else bool(_ACCOUNT.fullmatch(value))
    if is_person and _ACCOUNT.fullmatch(value):
        return who(value)
    if known is not None and known.kind == "date":
        try:
            return day(date.fromisoformat(value))
        except ValueError:  # the field was of another kind before
            return plain(value)
    return plain(value)


def classified_words(incident: Incident, config: Config) -> list[str]:
    """Type and fields as mrkdwn, each with its label; those of app.yaml in their order, then those that it had before."""
    said = (
        [f"*Type* {type_name(incident.type, config)}{_not_private(incident, config)}"]
        if incident.type
        else []
    )
    return said + [field_words(name, value, config) for name, value in in_order(incident, config)]


def _not_private(incident: Incident, config: Config) -> str:
    """Said of a type that is kept private, where this incident is not: nobody may rely on it."""
    known = config.type(incident.type) if incident.type else None
    return ", but *not private*" if known is not None and known.private and not incident.private else ""


def retyped_words(incident: Incident, config: Config) -> str:
    """The answer to another type: what it is now, and what of the type does not come with it."""
    known = config.type(incident.type) if incident.type else None
    if known is None:
        return "it has no type now."
    stays = []
    if known.severity is not None and known.severity != incident.severity:
        stays.append(
            f"its severity stays {escape(incident.severity)} (`/incident severity {incident.id}` changes it)"
        )
    if known.private and not incident.private:
        stays.append("everybody still sees it, as only a declaration makes an incident private")
    now = f"its type is {type_name(known.name, config)} now"
    return f"{now}; {', and '.join(stays)}." if stays else f"{now}."


def field_words(name: str, value: str, config: Config) -> str:
    """One field with its label, as mrkdwn."""
    words = value_words(name, value, config, who=mention, plain=lambda text: literal(text, LONGEST * 2))
    return f"*{literal(label_of(name, config), NAME)}* {words}"


def wanted_words(name: str, wanted: Comparison, config: Config) -> str:
    """What a list asks of a field, as mrkdwn."""
    if not wanted.is_ordered and wanted.value not in (NOTHING, ANYTHING):
        return field_words(name, wanted.value, config)
    words = {NOTHING: "is empty", ANYTHING: "is filled in"}.get(
        wanted.said
    ) or f"{wanted.sign} {wanted.value}"
    return f"*{literal(label_of(name, config), NAME)}* {escape(words)}"


def in_order(incident: Incident, config: Config) -> list[tuple[str, str]]:
    """Names and values of what is filled in."""
    filled = incident.fields or {}
    known = [one.name for one in config.fields if one.name in filled]
    return [(name, filled[name]) for name in [*known, *sorted(filled.keys() - set(known))]]


def label_of(name: str, config: Config) -> str:
    """The label of a field; of one that was taken out of app.yaml since, its name."""
    known = config.field(name)
    return known.label if known is not None else name


def type_name(name: str, config: Config) -> str:
    """A type as people call it; one that was taken out of app.yaml since, as it was called there."""
    known = config.type(name)
    return literal(known.shown_name if known is not None else name, NAME)


def type_input(
    config: Config, chosen: str | None, *, dispatch: bool = False, is_declared: bool = False
) -> list[Block]:
    """Which type it is, where app.yaml has any. `dispatch`: the form changes with the type. `is_declared`: what else a type
    brings does not come any more.
    """
    if not config.types and chosen is None:
        return []
    options = [option(one.shown_name, one.name, one.description) for one in config.types]
    if chosen is not None and config.type(chosen) is None:
        options = [option(chosen, chosen), *options][:100]
    menu = select(options, initial=chosen, placeholder="Choose a type")
    menu |= {"action_id": TYPE_ACTION} if dispatch else {}
    brings = any(one.severity is not None or one.private for one in config.types)
    hint = "The severity and who may see the incident stay as they are." if brings and is_declared else None
    return [field("type", "What kind of incident is it?", menu, optional=True, hint=hint, dispatch=dispatch)]


def field_inputs(
    fields: Sequence[IncidentField], filled: Mapping[str, str] | None, required: Sequence[IncidentField] = ()
) -> list[Block]:
    """An input for each, with what is filled in; those that are `required` cannot be left empty."""
    filled = filled or {}
    return [
        field(
            f"{INPUT}{one.name}",
            one.label,
            _element(one, filled.get(one.name)),
            optional=one not in required,
            hint=one.hint,
        )
        for one in fields
    ]


def field_filters(fields: Sequence[IncidentField], wanted: Sequence[tuple[str, Comparison]]) -> list[Block]:
    """What is asked of fields in the form to find incidents. What is written in texts is found by its words."""
    return [
        field(
            f"{INPUT}{one.name}",
            one.label,
            _filter(one, [of for name, of in wanted if name == one.name]),
            optional=True,
        )
        for one in fields
        if one.kind != "text"
    ]


def _filter(one: IncidentField, wanted: Sequence[Comparison]) -> Block:
    if one.kind in ORDERED:
        example = ">100" if one.kind == "number" else ">=2026-01-31"
        said = " ".join(of.said for of in wanted)
        return text_input(longest=LONGEST, initial=said, placeholder=f"Such as {example}")
    return _element(one, wanted[0].value if wanted else None)


def _element(one: IncidentField, value: str | None) -> Block:
    if one.kind == "choice":
        options = [option(choice, choice) for choice in one.choices]
        if value and value not in one.choices:  # it was a choice once, and is not lost in a form
            options.append(option(value, value[:OF_AN_OPTION]))
        initial = value[:OF_AN_OPTION] if value else None
        return select(options, initial=initial, placeholder="Choose")
    if one.kind == "person":
        is_account = value is not None and _ACCOUNT.fullmatch(value)
        return {"type": "users_select"} | ({"initial_user": value} if is_account else {})
    if one.kind == "date":
        return {"type": "datepicker"} | ({"initial_date": value} if _is_day(value) else {})
    return text_input(longest=LONGEST, initial=value or "")


def _is_day(value: str | None) -> bool:
    return value is not None and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) is not None
