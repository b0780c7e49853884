"""The kinds of value that app.yaml is made of, and the base of its sections."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from bot.config.meanings import meanings
from bot.config.problems import Flaw, Refused, shown


class Section(BaseModel):
    """A mapping in app.yaml: immutable, unknown keys refused, each key described by the text under it."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,  # an error must not repeat what may be a secret
        validate_default=False,
    )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        written = handler(schema)
        keys = handler.resolve_ref_schema(written)["properties"]
        for name, text in meanings(cls).items():
            keys[cls.model_fields[name].alias or name].setdefault("description", text)
        return written

    def __copy__(self) -> Self:
        """What was worked out from the fields stays behind: `model_copy` changes fields of the copy."""
        copied = super().__copy__()
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied


@dataclass(frozen=True, slots=True)
class Refers:
    """The text is the name of an entry in this top-level list ("people", "services")."""

    section: str


@dataclass(frozen=True, slots=True)
class OrText:
    """A mapping that may also be written as a text: the value of its key `key`."""

    key: str

    def mapping(self, value: Any) -> Any:
        """The mapping that a text stands for; anything else as it is."""
        return {self.key: value} if isinstance(value, str) else value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.mapping, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string"}, handler(schema)]}


@dataclass(frozen=True, slots=True)
class RefersByKind:
    """The text is a kind and a name, "person:ada". Names of these kinds are entries of these top-level lists; a name
    alone is an entry of `bare`.
    """

    sections: tuple[tuple[str, str], ...]
    bare: str | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """A rule about a value as a whole. It sees the data as written, so that it can speak beside other errors.

    `check` must bear any type in any place; what is no mapping or no text is told of elsewhere.
    """

    check: Callable[[Any], Iterator[Flaw]]


def refuse(problem: str, allowed: str = "", near: str | None = None, at: str | None = None) -> Refused:
    """A refusal of the value at hand, or of its key `at`."""
    return Refused(Flaw(problem, allowed, near, () if at is None else (at,)))


def named(items: object) -> Iterator[tuple[int, str]]:
    """Index and name of each entry, as far as the data as written has them."""
    if isinstance(items, Sequence) and not isinstance(items, str):
        for index, item in enumerate(items):
            if isinstance(item, dict) and isinstance(item.get("name"), str):
                yield index, item["name"]


# Durations -----------------------------------------------------------------------------------------------

_UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:(\d{1,6})w ?)?(?:(\d{1,6})d ?)?(?:(\d{1,6})h ?)?(?:(\d{1,6})m ?)?(?:(\d{1,6})s)?")
_LOOSE = re.compile(r"(\d{1,6})\s*(w|d|h|m|s)[a-z]*", re.IGNORECASE)
_LONGEST = timedelta(days=366)
_DURATION_ALLOWED = "write a number with a unit, such as 30s, 15m, 2h 30m or 1d"


def duration(value: object) -> timedelta:
    """Read "30m", "2h 30m", "1d". Units: w, d, h, m, s, the largest first. More than 0, at most 366 days.

    Raises Refused.
    """
    if isinstance(value, timedelta):
        length = value
    elif isinstance(value, str) and value.strip() and (match := _DURATION.fullmatch(value.strip())):
        length = timedelta(
            seconds=sum(int(n or 0) * u for n, u in zip(match.groups(), _UNITS.values(), strict=True))
        )
    else:
        raise refuse(f"{shown(value)} is not a duration", _DURATION_ALLOWED, _duration_meant(value))
    if length <= timedelta(0):
        raise refuse(f"{shown(duration_text(length))} is too short", "more than 0")
    if length > _LONGEST:
        raise refuse(f"{shown(duration_text(length))} is too long", "at most 366d")
    return length


def duration_text(length: timedelta) -> str:
    """The shortest way to write it: "2h 30m", "1d". Fractions of a second are dropped."""
    rest = int(length.total_seconds())
    parts = []
    for unit, seconds in list(_UNITS.items())[1:]:  # days are clearer than weeks: "7d"
        count, rest = divmod(rest, seconds)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0s"


def _duration_meant(value: object) -> str | None:
    if not isinstance(value, str) or len(value) > 40 or _LOOSE.sub("", value).strip(" ,and"):
        return None
    seconds = sum(int(count) * _UNITS[unit.lower()] for count, unit in _LOOSE.findall(value))
    return duration_text(timedelta(seconds=seconds)) if 0 < seconds <= _LONGEST.total_seconds() else None


Duration = Annotated[
    timedelta,
    BeforeValidator(duration),
    PlainSerializer(duration_text, return_type=str, when_used="json"),
    WithJsonSchema(
        {
            "type": "string",
            "title": "duration",
            "pattern": r"^(?=\d)(\d{1,6}w ?)?(\d{1,6}d ?)?(\d{1,6}h ?)?(\d{1,6}m ?)?(\d{1,6}s)?$",
            "examples": ["30s", "15m", "2h 30m", "1d"],
        }
    ),
]


# Texts ---------------------------------------------------------------------------------------------------


def _text(longest: int, *, lines: bool) -> Callable[[str], str]:
    def checked(value: str) -> str:
        text = value.strip()
        if not text:
            raise refuse("is empty", "give it a text or leave the key out")
        if len(text) > longest:
            raise refuse(f"is {len(text)} characters long", f"at most {longest}")
        bad = next((c for c in text if not c.isprintable() and not (lines and c == "\n")), None)
        if bad is not None:
            what = "a line break" if bad == "\n" else f"the character U+{ord(bad):04X}"
            raise refuse(f"holds {what}", "printable text" + (" on one line" if not lines else ""))
        return text

    return checked


def _text_schema(longest: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "minLength": 1, "maxLength": longest})


Label = Annotated[str, AfterValidator(_text(60, lines=False)), _text_schema(60)]
Meaning = Annotated[str, AfterValidator(_text(200, lines=False)), _text_schema(200)]
Prose = Annotated[str, AfterValidator(_text(2000, lines=True)), _text_schema(2000)]

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?")


def _slug(value: str) -> str:
    if _SLUG.fullmatch(value):
        return value
    proposal = re.sub(r"[^a-z0-9_-]+", "-", value.lower())[:40].strip("-_")
    raise refuse(
        f"{shown(value)} cannot be a name",
        "1 to 40 lowercase letters, digits, - and _, beginning and ending with a letter or digit",
        proposal if _SLUG.fullmatch(proposal) else None,
    )


Slug = Annotated[
    str, AfterValidator(_slug), WithJsonSchema({"type": "string", "pattern": rf"^{_SLUG.pattern}$"})
]
"""A name that people type and that refers to something: lowercase, without spaces."""

_EMOJI = re.compile(r"(?![:_])[a-z0-9_+'-]{1,80}(?:::skin-tone-[2-6])?")


def _emoji(value: str) -> str:
    inner = value.strip().removeprefix(":").removesuffix(":")
    if not _EMOJI.fullmatch(inner):
        raise refuse(f"{shown(value)} is not an emoji's name", "its name in Slack, such as red_circle")
    return f":{inner}:"


Emoji = Annotated[
    str,
    AfterValidator(_emoji),
    WithJsonSchema(
        {"type": "string", "pattern": r"^:?[a-z0-9_+'-]+(::skin-tone-[2-6])?:?$", "examples": ["red_circle"]}
    ),
]
"""An emoji by its name in Slack; kept with its colons (":red_circle:")."""


# Links ---------------------------------------------------------------------------------------------------


def web_link(value: str) -> str:
    """Check an http(s) link that may be shown to everybody: no password in it. Raises Refused."""
    link = value.strip()
    allowed = "a link that begins with https:// or http://"
    try:
        parts = urlsplit(link)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise refuse(f"{shown(value)} is not a link", allowed) from None
    if parts.username is not None or parts.password is not None:
        raise refuse("the link holds a name or a password", "a link that everybody may see")
    if link.lower().startswith("https://hooks.slack.com/"):
        raise refuse("a webhook link is a secret", "secrets belong into the environment")
    if (
        parts.scheme not in ("http", "https")
        or not host
        or len(link) > 2000
        or not re.fullmatch(r"[^\s<>|\"]+", link)
    ):
        guess = f"https://{link}" if re.fullmatch(r"[\w-]+(\.[\w-]+)+(/[^\s<>|\"]*)?", link) else None
        raise refuse(f"{shown(value)} is not a link", allowed, guess)
    return link


Link = Annotated[
    str,
    AfterValidator(web_link),
    WithJsonSchema({"type": "string", "format": "uri", "pattern": "^https?://"}),
]

PersonName = Annotated[
    str,
    AfterValidator(lambda name: name.removeprefix("@")),
    Refers("people"),
    WithJsonSchema({"type": "string", "examples": ["ada"]}),
]
"""A person, by the name under `people`; a leading @ is allowed."""


def _whoever(value: str) -> str:
    kind, colon, name = (part.strip() for part in value.partition(":"))
    if not colon or kind == "person":
        return (name if colon else kind).removeprefix("@")
    if kind != "schedule":
        raise refuse(
            f"{shown(value)} does not say who", "a name under `people`, or schedule:NAME", f"schedule:{name}"
        )
    return f"{SCHEDULE}{name}"


SCHEDULE = "schedule:"
PersonOrSchedule = Annotated[
    str,
    AfterValidator(_whoever),
    RefersByKind((("person", "people"), ("schedule", "schedules")), bare="people"),
    WithJsonSchema({"type": "string", "examples": ["ada", "schedule:primary"]}),
]
"""A person, by the name under `people`; or schedule:NAME, whoever is on call in it at that time."""


def once_each(people: tuple[str, ...]) -> tuple[str, ...]:
    """Those who take turns. Raises Refused."""
    twice = next((one for number, one in enumerate(people) if one in people[:number]), None)
    if twice is not None:
        raise refuse(f"{shown(twice)} is named twice", "each once")
    return people


ServiceName = Annotated[str, Refers("services"), WithJsonSchema({"type": "string", "examples": ["payments"]})]
"""A service, by the name under `services`."""

PolicyName = Annotated[
    str, Refers("escalation_policies"), WithJsonSchema({"type": "string", "examples": ["default"]})
]
"""An escalation policy, by the name under `escalation_policies`."""

SeverityName = Annotated[str, Refers("severities"), WithJsonSchema({"type": "string", "examples": ["SEV1"]})]
"""A severity, by its name under `severities`."""

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


def _variable(value: str) -> str:
    """Nothing of it is repeated: it may be the secret itself."""
    name = value.strip().removeprefix("$")
    if not _VARIABLE.fullmatch(name):
        raise refuse(
            "is not the name of an environment variable",
            "capitals, digits and _, such as TEAM_CALENDAR_URL; the secret itself stands in the environment or .env",
        )
    return name


VariableName = Annotated[
    str, AfterValidator(_variable), WithJsonSchema({"type": "string", "examples": ["TEAM_CALENDAR_URL"]})
]
"""An environment variable, or a line of `.env`, by its name: what it holds is a secret."""

CheckName = Annotated[str, Refers("checks"), WithJsonSchema({"type": "string", "examples": ["checkout"]})]
"""A check, by the name under `checks`."""
