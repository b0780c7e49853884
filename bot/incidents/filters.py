"""Which incidents a list shows: read from words, and written as words again. Pure.

    status:resolved severity:SEV1 service:checkout @ada since:2w timeout

The command, the form and the buttons under a list speak the same few words, so that a page of a list is always what could have
been typed.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.config import Config, IncidentField, near
from bot.config.fields import duration
from bot.config.problems import Refused
from bot.config.sections.field_values import Comparison, NoValue, comparison
from bot.core.errors import UserError
from bot.core.search_words import LONGEST_TYPED
from bot.incidents.field_values import no_value
from bot.oncall.when import moment

OPEN, ALL = "open", "all"
KEYS = ("status", "severity", "service", "type", "person", "since", "until", "page", "words")
# A button must be able to carry it.
LONGEST = 1000

_QUOTES = '"“”„'
_TOKEN = re.compile(
    rf"(?P<field>[^\W\d][\w-]*)(?P<compared>[<>]=?[^\s<>]+)|(?P<key>[^\W\d][\w-]*):(?:[{_QUOTES}](?P<quoted>[^{_QUOTES}]*)[{_QUOTES}]|(?P<value>\S*))"
    rf"|(?P<phrase>[{_QUOTES}][^{_QUOTES}]*[{_QUOTES}])|(?P<word>\S+)"
)
_WORDS = re.compile(r"(?<!\S)words:\s*", re.IGNORECASE)
_PERSON = re.compile(r"<@([UW][A-Z0-9]+)>")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}|today|yesterday|[a-z]{3,9}", re.IGNORECASE)
_PAGE = re.compile(r"[1-9]\d{0,5}")


@dataclass(frozen=True)
class Bound:
    """One end of a period: the moment, and how it was said ("2w"), which stays true from day to day."""

    at: datetime
    said: str


@dataclass(frozen=True)
class Filter:
    """What an incident must be to be listed. `status` is open, all, or a status of app.yaml; of names one must be its own.

    `person` is the Slack account of somebody who takes part, `words` what is searched for in its title, summary and timeline.
    """

    status: str = OPEN
    severities: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    fields: tuple[tuple[str, Comparison], ...] = ()  # custom fields by name, each with what it must be
    person: str | None = None
    since: Bound | None = None
    until: Bound | None = None
    words: str = ""

    @property
    def written(self) -> str:
        """The words that read as this filter."""
        said = [] if self.status == self._usual_status else [f"status:{self.status}"]
        said += [f"severity:{_quoted(name)}" for name in self.severities]
        said += [f"service:{_quoted(name)}" for name in self.services]
        said += [f"type:{_quoted(name)}" for name in self.types]
        said += [_compared(name, wanted) for name, wanted in self.fields]
        said += [f"person:<@{self.person}>"] if self.person else []
        said += [f"since:{_quoted(self.since.said)}"] if self.since else []
        said += [f"until:{_quoted(self.until.said)}"] if self.until else []
        said += [f"words:{self.words}"] if self.words else []
        return " ".join(said)

    @property
    def is_plain(self) -> bool:
        """Whether nothing but open or all is asked for."""
        return self in (Filter(), Filter(status=ALL))

    @property
    def _usual_status(self) -> str:
        """What is meant where no status is named: of a period, and of what is searched for, nothing is left out."""
        return ALL if self.words or self.since or self.until else OPEN


@dataclass(frozen=True)
class Asked:
    """A filter, and which page of what fits it; counted from 1."""

    filter: Filter = Filter()
    page: int = 1


@dataclass(frozen=True)
class Reader:
    """Whose words are read: "me" is that person, and days begin where they live."""

    user_id: str
    zone: ZoneInfo
    now: datetime


def read_filter(text: str, config: Config, reader: Reader) -> Asked:
    """What somebody asks for. Without a status only the open ones are meant, unless a period or words are named.

    An exact name of app.yaml is what it names; every other word is searched for, and so is all behind `words:`. A lone
    number is a page. Raises UserError.
    """
    text, words = _apart(text[: LONGEST * 4])
    reading = _Reading(config, reader)
    for token in _TOKEN.finditer(text):
        reading.take(token)
    asked = reading.asked(words)
    if len(asked.filter.written) > LONGEST:
        raise UserError("That is too much to ask for at once.", "Name less of it.")
    return asked


def _apart(text: str) -> tuple[str, str]:
    """What stands before `words:`, and what behind."""
    found = _WORDS.search(text)
    return (text, "") if found is None else (text[: found.start()], " ".join(text[found.end() :].split()))


class _Reading:
    """The filter while it is put together, token by token."""

    def __init__(self, config: Config, reader: Reader) -> None:
        self._config = config
        self._reader = reader
        self._filter = Filter()
        self._status: str | None = None
        self._page: int | None = None
        self._words: list[str] = []
        self._keys: dict[str, Callable[[str], None]] = {
            "status": self._of_status,
            "severity": self._of_severity,
            "service": self._of_service,
            "type": self._of_type,
            "person": self._of_person,
            "since": self._of_since,
            "until": self._of_until,
            "page": self._of_page,
        }

    def take(self, token: re.Match[str]) -> None:
        if token["field"] is not None:
            known = self._config.field(token["field"])
            if known is None:  # nobody is kept from searching for what looks like it
                self._words.append(token[0])
            else:
                self._of_field(known, token["compared"])
        elif token["key"] is not None:
            self._keyed(
                token["key"], (token["quoted"] if token["quoted"] is not None else token["value"]).strip()
            )
        elif token["phrase"] is not None:
            self._words.append(token["phrase"])
        else:
            self._bare(token["word"])

    def asked(self, words: str) -> Asked:
        said = [*self._words, *([words] if words else [])]
        page = self._page
        if page is None and len(said) == 1 and _PAGE.fullmatch(said[0]) and not words:
            page, said = int(said[0]), []
        found = replace(self._filter, words=" ".join(" ".join(said).split())[:LONGEST_TYPED].strip())
        return Asked(replace(found, status=self._status or found._usual_status), page or 1)

    def _keyed(self, key: str, value: str) -> None:
        read = self._keys.get(key.lower())
        if read is None and (known := self._config.field(key)) is not None and value:
            self._of_field(known, value)
            return
        if read is None:
            names = [*KEYS, *(one.name for one in self._config.fields)]
            meant = near(key, names)
            guess = f"Did you mean `{meant}:{value}`? " if meant else ""
            raise UserError(
                f"Incidents cannot be listed by “{key}”.",
                f"{guess}Choose among {', '.join(names)}; behind `words:` all is searched for.",
            )
        if not value:
            raise UserError(f"Nothing stands behind `{key}:`.", f"For example {_EXAMPLES[key.lower()]}.")
        read(value)

    def _bare(self, word: str) -> None:
        lowered = word.lower()
        if lowered in (OPEN, ALL):
            self._status = lowered
        elif lowered == "mine":
            self._of_person("me")
        elif _PERSON.fullmatch(word):
            self._of_person(word)
        elif (status := self._config.status(word)) is not None:
            self._status = status.name
        elif (severity := self._config.severity(word)) is not None:
            self._add_severity(severity.name)
        elif (service := self._config.service(word)) is not None:
            self._add_service(service.name)
        else:
            self._words.append(word)

    def _add_severity(self, name: str) -> None:
        severities = tuple(dict.fromkeys([*self._filter.severities, name]))
        self._filter = replace(self._filter, severities=severities)

    def _add_service(self, name: str) -> None:
        self._filter = replace(self._filter, services=tuple(dict.fromkeys([*self._filter.services, name])))

    def _of_status(self, value: str) -> None:
        known = self._config.status(value)
        if value.lower() in (OPEN, ALL):
            self._status = value.lower()
        elif known is not None:
            self._status = known.name
        else:
            raise _unknown("status", value, [OPEN, ALL, *(one.name for one in self._config.statuses)])

    def _of_severity(self, value: str) -> None:
        for word in _several(value):
            known = self._config.severity(word)
            if known is None:
                names = [one.name for one in self._config.severities]
                raise _unknown("severity", word, names, [n for s in self._config.severities for n in s.names])
            self._add_severity(known.name)

    def _of_service(self, value: str) -> None:
        for word in _several(value):
            known = self._config.service(word)
            # One that was taken out of app.yaml has its incidents still.
            self._add_service(known.name if known is not None else self._former(word))

    def _former(self, word: str) -> str:
        meant = near(word, [one.name for one in self._config.services], cutoff=0.8)
        if meant is not None:
            raise UserError(f"“{word}” is not a service of app.yaml.", f"Did you mean `service:{meant}`?")
        return word

    def _of_type(self, value: str) -> None:
        for word in _several(value):
            known = self._config.type(word)
            meant = (
                near(word, [one.name for one in self._config.types], cutoff=0.8) if known is None else None
            )
            if meant is not None:
                raise UserError(f"“{word}” is not a type of app.yaml.", f"Did you mean `type:{meant}`?")
            name = known.name if known is not None else word
            self._filter = replace(self._filter, types=tuple(dict.fromkeys([*self._filter.types, name])))

    def _of_field(self, field: IncidentField, value: str) -> None:
        is_reader = field.kind == "person" and value.lower() in ("me", "myself")
        found = Comparison(self._reader.user_id) if is_reader else wanted(field, value)
        others = [
            (name, other)
            for name, other in self._filter.fields
            if name != field.name or (found.is_ordered and other.is_ordered and other != found)
        ]
        self._filter = replace(self._filter, fields=(*others, (field.name, found)))

    def _of_person(self, value: str) -> None:
        found = _PERSON.fullmatch(value)
        if value.lower() not in ("me", "myself") and found is None:
            raise UserError(
                f"“{value}” is not a person that Slack knows.",
                "Type @ and choose the person from Slack's list; `mine` means you.",
                field="person",
            )
        self._filter = replace(self._filter, person=found[1] if found else self._reader.user_id)

    def _of_since(self, value: str) -> None:
        self._filter = replace(self._filter, since=Bound(_past(value, self._reader), value))

    def _of_until(self, value: str) -> None:
        at = _past(value, self._reader)
        # Until a day means that this day counts.
        end = _next_day(at, self._reader.zone) if _DAY.fullmatch(value) and value.lower() != "now" else at
        self._filter = replace(self._filter, until=Bound(end, value))

    def _of_page(self, value: str) -> None:
        if not _PAGE.fullmatch(value):
            raise UserError(f"“{value}” is not a page.", "Pages are numbers from 1 on.")
        self._page = int(value)


def wanted(field: IncidentField, value: str) -> Comparison:
    """What the field must be; also what was one of its choices once."""
    try:
        return comparison(field, value)
    except NoValue as refused:
        if field.kind == "choice" and near(value, field.choices, cutoff=0.8) is None:
            return Comparison(value)
        raise no_value(field, refused) from None


_EXAMPLES = {
    "status": "`status:resolved`",
    "severity": "`severity:SEV1`",
    "service": "`service:checkout`",
    "type": "`type:security`",
    "person": "`person:me` or `@ada`",
    "since": "`since:2w` or `since:2026-11-01`",
    "until": "`until:1w` or `until:2026-11-30`",
    "page": "`page:2`",
}


def _past(value: str, reader: Reader) -> datetime:
    """A moment behind us: "2w" is two weeks ago, a weekday the last one. Raises UserError."""
    try:
        return reader.now - duration(value.lower())
    except Refused:
        pass
    try:
        at = moment(value, reader.zone, now=reader.now)
    except UserError:
        raise UserError(
            f"“{value[:60]}” is not a time.", "Write 2w, 36h, 2026-01-31, yesterday or Monday."
        ) from None
    is_weekday = _DAY.fullmatch(value) is not None and value.isalpha()
    return at - timedelta(days=7) if is_weekday and at > reader.now else at


def _next_day(at: datetime, zone: ZoneInfo) -> datetime:
    """The beginning of the day after, where clocks may be changed in between."""
    there = at.astimezone(zone)
    following = (there.replace(tzinfo=None) + timedelta(days=1)).replace(hour=0, minute=0)
    return following.replace(tzinfo=zone).astimezone(at.tzinfo)


def meant_instead(which: Filter, config: Config) -> str | None:
    """What may have been meant by a word that was searched for, and that nothing has: "chekout" is `service:checkout`."""
    names = {one.name: f"service:{one.name}" for one in config.services}
    names |= {name: f"severity:{one.name}" for one in config.severities for name in one.names}
    names |= {one.name: f"type:{one.name}" for one in config.types}
    names |= {one.name: f"status:{one.name}" for one in config.statuses} | {
        name: name for name in (OPEN, ALL, "mine")
    }
    found = near(which.words, names, cutoff=0.75)
    return names[found] if found else None


def _several(value: str) -> Iterator[str]:
    yield from (part.strip() for part in value.split(",") if part.strip())


def _compared(name: str, wanted: Comparison) -> str:
    return f"{name}{wanted.said}" if wanted.is_ordered else f"{name}:{_quoted(wanted.value)}"


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value


def _unknown(what: str, word: str, allowed: Iterable[str], known: Iterable[str] | None = None) -> UserError:
    allowed = list(allowed)
    meant = near(word, list(known) if known is not None else allowed)
    guess = f"Did you mean `{what}:{meant}`? " if meant else ""
    return UserError(f"“{word}” is not a {what}.", f"{guess}Choose one of {', '.join(allowed)}.")
