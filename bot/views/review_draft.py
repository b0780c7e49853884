"""The draft of a review, from what was recorded: a pure function, without any AI.

Each sentence that claims something cites the timeline entry that it comes from, as `[^12]`. What nobody has written
down is asked for, in italics, and never guessed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from bot.config import Config
from bot.core.timeline import TimelineEntry
from bot.incidents.lifecycle import WITH_INCIDENT
from bot.paging.rows import ACCEPTED, ACKED, DELIVERED, SEEN
from bot.reviews.document import Document, document
from bot.reviews.facts import Facts, Precedent
from bot.views.markdown import from_mrkdwn
from bot.views.text import shorten, span
from bot.views.timeline import MENTION, Words, utc

# A longer one is cut: the whole record is exported beside the review.
MOST_ENTRIES = 150
MOST_CHARACTERS = 16_000
LONGEST_QUOTE = 600
LONGEST_LESSON = 400
MOST_CITED = 5
# What tells of Tocsin's own doings, and not of the incident.
_NOISE = frozenset(
    [
        "channel",
        "invited",
        "joined",
        "left",
        "failed",
        "mended",
        "given_up",
        "page_waits",
        "page_asked",
        "page_confirmed",
        "review",
        "backlog_item",
        "exported",
    ]
)
_CAUSE = re.compile(
    r"\b(because|caus(?:e|ed|es|ing)|due to|root cause|reason|turned out|introduced|triggered|regression"
    r"|weil|wegen|ursache|grund)\b",
    re.IGNORECASE,
)
_TO_DO = re.compile(r"^\W*(?:to-?do|action(?: item)?|follow[- ]?up)\b\W*(.+)", re.IGNORECASE | re.DOTALL)
_FAKE_CITATION = re.compile(r"\[\^")


def draft(facts: Facts, config: Config) -> Document:
    """The document as Tocsin would write it now."""
    said = _Draft(facts, config)
    texts = {
        "summary": said.summary(),
        "impact": said.impact(),
        "response": said.response(),
        "timeline": said.timeline(),
        "factors": said.factors(),
        "well": said.well(),
        "actions": said.actions(),
        "questions": said.questions(),
    }
    return document({key: "\n".join(_bounded(lines)) for key, lines in texts.items()})


def _bounded(lines: Sequence[str]) -> list[str]:
    """As many lines as are still read; the record of the incident has them all."""
    kept: list[str] = []
    length = 0
    for number, line in enumerate(lines):
        length += len(line) + 1
        if length > MOST_CHARACTERS:
            return [
                *kept,
                f"- {_ask(f'{len(lines) - number} more lines are left to the record of the incident.')}",
            ]
        kept.append(line)
    return kept


class _ShortWords(Words):
    """Without what programs wrote: a review tells that a command ran and how it ended, the timeline has the rest."""

    def _command(self, entry: TimelineEntry, data: dict[str, Any]) -> str:
        return super()._command(entry, {key: value for key, value in data.items() if key != "output"})


def file_words(names: Mapping[str, str], config: Config) -> Words:
    """The sentences of entries, with names of people, each on one line."""

    def who(user_id: str | None) -> str:
        return names.get(user_id, user_id) if user_id else "Tocsin"

    def quote(text: str) -> str:
        return quoted(MENTION.sub(lambda match: who(match[1]), str(text)))

    return _ShortWords(who, quote, one_line, lambda text: f"**{one_line(text)}**", utc, config)


def quoted(text: str) -> str:
    """What somebody wrote in Slack, on one line of Markdown. It is cut first: half of what is bold is not."""
    return from_mrkdwn(shorten(one_line(text), LONGEST_QUOTE))


def one_line(text: str) -> str:
    """What somebody typed, so that it can neither begin a heading nor cite anything."""
    return _FAKE_CITATION.sub("[ ^", " ".join(str(text).split()))


def on_one_line(words: Words, entry: TimelineEntry) -> str:
    """An entry's sentence; what the timeline says below it stands behind it."""
    return " · ".join(one_line(line) for line in words.say(entry).splitlines() if line.strip())


def cite(text: str, *entries: TimelineEntry | None) -> str:
    """A sentence with the entries that it comes from."""
    numbers = sorted({entry.number for entry in entries if entry is not None})
    return f"{text} {''.join(f'[^{number}]' for number in numbers[:MOST_CITED])}"


class _Draft:
    """The sections, each as lines of Markdown."""

    def __init__(self, facts: Facts, config: Config) -> None:
        self._facts = facts
        self._config = config
        self._incident = facts.incident
        self._entries = sorted(facts.entries, key=lambda entry: (entry.occurred_at, entry.number))
        self._words = file_words(facts.names, config)
        self._severity = config.severity(facts.incident.severity)

    # -- sections -------------------------------------------------------------------------------------------------

    def summary(self) -> list[str]:
        incident, declared = self._incident, self._first("declared")
        service = f" on {one_line(self._service(incident.service))}" if incident.service else ""
        drill = "A drill: " if incident.drill else ""
        what = f"{drill}{incident.severity}{service}: {one_line(incident.title)}."
        lines = [cite(what, declared, self._last("title"), self._last("severity"))]
        who = self._who(incident.declared_by) if incident.declared_by else "An alert"
        did = "wrote down afterwards that it began" if incident.retrospective else "declared it"
        lines.append(cite(f"{who} {did} at {utc(incident.declared_at)}.", declared))
        if incident.retrospective and incident.has_known_end and incident.resolved_at is not None:
            lasted = span(incident.resolved_at - incident.declared_at)
            lines.append(cite(f"It was over after {lasted}.", self._last("over") or declared))
        summary = self._last("summary")
        if incident.summary:
            lines.append(cite(self._quote(incident.summary), summary or declared))
        resolved = self._last("resolved")
        if resolved is not None and not incident.is_open:
            took = span(resolved.occurred_at - incident.declared_at)
            how = f": {self._quote(resolved.data['text'])}" if resolved.data.get("text") else "."
            lines.append(cite(f"{self._who(resolved.author)} resolved it after {took}{how}", resolved))
        reopened = self._all("reopened")
        if reopened:
            often = "once" if len(reopened) == 1 else f"{len(reopened)} times"
            lines.append(cite(f"It was thought to be over and came back {often}.", *reopened))
        if became := self._became_lead():
            entry, lead = became[-1]
            lines.append(cite(f"{self._who(lead)} led the response.", entry))
        return _bullets(lines)

    def impact(self) -> list[str]:
        lines = [
            cite(f"{utc(entry.occurred_at)}: {self._quote(entry.data['impact'])}", entry)
            for entry in self._all("update")
            if entry.data.get("impact")
        ]
        lines += [cite(f"{self._say(entry)}.", entry) for entry in self._all("severity")]
        alerts = self._all("alert")
        if alerts:
            count = max(len(self._facts.alerts), len(alerts))
            lines.append(cite(f"{_count(count, 'alert')} came in for it.", *alerts))
        if not any(entry.data.get("impact") for entry in self._all("update")):
            lines.append(_ask("To be written: who was affected, how, and for how long?"))
        return _bullets(lines)

    def response(self) -> list[str]:
        found: list[str | None] = [
            self._detected(),
            self._rung(),
            self._acknowledged(),
            self._led(),
            self._told(),
            self._ended(),
        ]
        return _bullets(line for line in found if line is not None)

    def timeline(self) -> list[str]:
        shown = [entry for entry in self._entries if self._matters(entry)]
        lines: list[str] = []
        day = None
        for entry in shown[:MOST_ENTRIES]:
            at = utc(entry.occurred_at)
            if at[:10] != day:
                day = at[:10]
                lines += ["", f"**{day}** (times in UTC)", ""] if lines else [f"**{day}** (times in UTC)", ""]
            lines.append(f"- {at[11:19]} {cite(self._say(entry), entry)}")
        if len(shown) > MOST_ENTRIES:
            lines.append(
                f"- {_ask(f'{len(shown) - MOST_ENTRIES} more stand in the record of the incident.')}"
            )
        return lines

    def factors(self) -> list[str]:
        of_themselves = ("change", "alert_root", "alert_flaps", "alerts_after_storm", "maintenance")
        lines = []
        for entry in self._entries:
            if entry.kind in of_themselves or self._names_cause(entry):
                lines.append(cite(f"{utc(entry.occurred_at)}: {self._say(entry)}", entry))
        lines.append(
            _ask("To be written: what made it possible, what set it off, and what let it last so long?")
        )
        return _bullets(lines)

    def well(self) -> list[str]:
        lines = []
        alert, declared = self._first("alert"), self._first("declared")
        if alert is not None and not self._incident.declared_by:
            lines.append(cite("Monitoring found it before anybody had to tell.", alert, declared))
        acknowledged = self._first("page_acknowledged")
        target = self._severity.respond_within if self._severity else None
        if acknowledged is not None and target is not None:
            took = acknowledged.occurred_at - self._incident.declared_at
            if took <= target:
                words = f"Somebody was at work on it after {span(took)}, within the {span(target)} asked for."
                lines.append(cite(words, acknowledged))
        gap, _ = self._longest_silence()
        every = self._severity.update_every if self._severity else None
        updates = self._all("update")
        if updates and every is not None and gap <= every:
            words = f"Updates came on time: never more than {span(gap)} passed without one."
            lines.append(cite(words, *updates))
        helped = [e for e in self._all("resolved") if e.data.get("text")]
        lines += [cite(f"What ended it: {self._quote(entry.data['text'])}", entry) for entry in helped[-1:]]
        lines.append(_ask("To be written: what helped, and should be kept?"))
        return _bullets(lines)

    def actions(self) -> list[str]:
        promised = [self._promised(entries) for entries in self._action_items()]
        lines = list(promised)
        lines += [cite(f"{self._say(entry)}.", entry) for entry in self._all("backlog_item")]
        for entry in self._entries:
            found = _TO_DO.match(str(entry.data.get("text") or ""))
            if entry.kind in ("note", "message") and found is not None:
                lines.append(cite(f"{self._who(entry.author)}: {self._quote(found[1])}", entry))
        if not promised:
            lines.append(_ask("To be written: what is done, by whom, until when?"))
        return _bullets(lines)

    def questions(self) -> list[str]:
        lines = []
        declared = self._first("declared")
        if self._incident.declared_by and not self._all("alert"):
            words = "No alert told of it. What would have found it before a person did?"
            lines.append(cite(words, declared))
        first = self._first("paged")
        nobody = self._all("page_nobody")
        if nobody:
            lines.append(cite("Why could nobody be reached?", *nobody))
        acknowledged = self._first("page_acknowledged")
        target = self._severity.respond_within if self._severity else None
        if first is not None and acknowledged is None:
            lines.append(cite("Nobody acknowledged its page. Who was at work on it, and since when?", first))
        elif acknowledged is not None and target is not None:
            took = acknowledged.occurred_at - self._incident.declared_at
            if took > target:
                words = f"Why did it take {span(took)} until somebody was at work on it ({span(target)} are asked for)?"
                lines.append(cite(words, first, acknowledged))
        failed = [entry for entry in self._all("page_state") if entry.data.get("state") == "failed"]
        if failed:
            lines.append(cite(f"{_count(len(failed), 'ring')} failed. What is wrong there?", *failed))
        gap, before = self._longest_silence()
        every = self._severity.update_every if self._severity else None
        if every is not None and gap > every:
            words = f"For {span(gap)} nobody was told anything ({span(every)} are asked for). Who missed it?"
            lines.append(cite(words, before))
        changes = self._all("change")
        if changes:
            lines.append(cite("Had one of these changes to do with it?", *changes))
        reopened = self._all("reopened")
        if reopened:
            lines.append(cite("How would it have shown that it was not over yet?", *reopened))
        lines += [_ask(self._like(one)) for one in self._facts.similar]
        lines.append(_ask("To be written: what do we not know yet?"))
        return _bullets(lines)

    def _like(self, one: Precedent) -> str:
        """An earlier incident; what everybody may read of it."""
        said = shorten(one_line(one.lesson.replace("_", " ")), LONGEST_LESSON)
        lesson = f" Of that one it says: “{said}”" if said else ""
        title = one_line(one.incident.title.replace("_", " "))
        when = utc(one.incident.declared_at)[:10]
        return f"It is like #{one.incident.id}, {title} ({when}).{lesson} Does the same hold here?"

    def _action_items(self) -> list[list[TimelineEntry]]:
        """What was told of each action item, by its number."""
        found: dict[Any, list[TimelineEntry]] = {}
        for entry in self._all("action_item"):
            found.setdefault(entry.data["item"], []).append(entry)
        return [found[item] for item in sorted(found, key=int)]

    def _promised(self, entries: Sequence[TimelineEntry]) -> str:
        """An action item as it stands by now."""
        last = entries[-1]
        ends = [entry for entry in entries if entry.data["change"] in ("done", "dropped", "reopened")]
        end = ends[-1] if ends and ends[-1].data["change"] != "reopened" else None
        stands = f", until {last.data['due']}"
        if end is not None:
            stands = f", {end.data['change']}"
        if end is not None and end.data.get("text"):
            stands += f" ({self._quote(end.data['text'])})"
        what = f"#{last.data['item']} {one_line(last.data['title'])}: {self._who(str(last.data['owner']))}"
        return cite(f"{what}{stands}.", entries[0], last, end)

    # -- detection and response -----------------------------------------------------------------------------------

    def _detected(self) -> str | None:
        declared, entry = self._first("declared"), self._first("alert")
        if entry is None:
            who = self._who(self._incident.declared_by) if self._incident.declared_by else "Tocsin"
            return cite(f"Detected by a person: {who} declared it, no alert told of it.", declared)
        first = min([alert.first_at for alert in self._facts.alerts], default=entry.occurred_at)
        distance = self._incident.declared_at - first
        when = "as it was declared"
        if abs(distance) >= timedelta(seconds=1):
            side = "before" if distance > timedelta() else "after"
            when = f"{span(abs(distance))} {side} it was declared"
        title = one_line(entry.data.get("title", "an alert"))
        return cite(f"First alert at {utc(first)}, {when}: {title}.", entry)

    def _rung(self) -> str | None:
        first = self._first("paged")
        if first is None:
            return None
        after = span(first.occurred_at - self._incident.declared_at)
        reached = {one.person or one.user_id for one in self._facts.notifications if one.state in _REACHED}
        words = f"First page after {after}, at {utc(first.occurred_at)}."
        if reached:
            words = f"{words[:-1]}; pages reached {_count(len(reached), 'person', 'people')} in all."
        return cite(words, *self._all("paged"))

    def _acknowledged(self) -> str | None:
        entry = self._first("page_acknowledged")
        if entry is None:
            return None
        took = entry.occurred_at - self._incident.declared_at
        target = self._severity.respond_within if self._severity else None
        held = ""
        if target is not None:
            held = f", {'within' if took <= target else 'later than'} the {span(target)} that {self._incident.severity} asks for"
        return cite(f"{self._who(entry.author)} acknowledged after {span(took)}{held}.", entry)

    def _led(self) -> str | None:
        became = self._became_lead()
        if not became:
            return None
        entry, lead = became[0]
        after = span(entry.occurred_at - self._incident.declared_at)
        return cite(f"{self._who(lead)} was lead after {after}.", entry)

    def _told(self) -> str | None:
        updates = self._all("update")
        if not updates:
            return None
        first = span(updates[0].occurred_at - self._incident.declared_at)
        gap, before = self._longest_silence()
        words = f"{_count(len(updates), 'update')}, the first after {first}; the longest silence lasted {span(gap)}."
        return cite(words, updates[0], before, self._last("resolved"))

    def _ended(self) -> str | None:
        entry = self._last("resolved")
        if entry is None or self._incident.is_open:
            return None
        took = span(entry.occurred_at - self._incident.declared_at)
        return cite(f"Over after {took}, at {utc(entry.occurred_at)}.", entry)

    def _longest_silence(self) -> tuple[timedelta, TimelineEntry | None]:
        """The longest time in which nobody was told anything, and the entry that it began with."""
        end = self._incident.resolved_at
        begin = [entry for entry in self._entries if entry.kind in ("declared", "update")]
        if end is not None:
            begin = [entry for entry in begin if entry.occurred_at <= end]
        moments = [(entry.occurred_at, entry) for entry in begin]
        ends = [moment for moment, _ in moments[1:]] + ([end] if end is not None else [])
        gaps = [(until - since, entry) for (since, entry), until in zip(moments, ends, strict=False)]
        return max(gaps, key=lambda gap: gap[0], default=(timedelta(), None))

    # -- small ----------------------------------------------------------------------------------------------------

    def _matters(self, entry: TimelineEntry) -> bool:
        if entry.kind == "page_state":
            return entry.data.get("state") == "failed"
        if entry.kind == "page_resolved" and entry.data.get("reason") == WITH_INCIDENT:
            return False  # that the incident ended stands there anyway
        return entry.kind not in _NOISE

    def _names_cause(self, entry: TimelineEntry) -> bool:
        written = entry.kind in ("note", "update", "message", "status", "resolved")
        return written and _CAUSE.search(str(entry.data.get("text") or "")) is not None

    def _first(self, kind: str) -> TimelineEntry | None:
        return next((entry for entry in self._entries if entry.kind == kind), None)

    def _last(self, kind: str) -> TimelineEntry | None:
        return next((entry for entry in reversed(self._entries) if entry.kind == kind), None)

    def _all(self, kind: str) -> list[TimelineEntry]:
        return [entry for entry in self._entries if entry.kind == kind]

    def _became_lead(self) -> list[tuple[TimelineEntry, str]]:
        """Each time that somebody became lead, by themselves or by a handover, and who."""
        given = [entry for entry in self._all("role") if entry.data.get("role") == "lead"]
        handed = [entry for entry in self._all("handover") if "lead" in entry.data["roles"]]
        became = sorted([*given, *handed], key=lambda entry: (entry.occurred_at, entry.number))
        return [(entry, str(entry.data["user"])) for entry in became]

    def _who(self, user_id: str | None) -> str:
        return self._facts.names.get(user_id, user_id) if user_id else "Tocsin"

    def _quote(self, text: Any) -> str:
        return quoted(MENTION.sub(lambda match: self._who(match[1]), str(text)))

    def _say(self, entry: TimelineEntry) -> str:
        return on_one_line(self._words, entry)

    def _service(self, name: str | None) -> str:
        found = self._config.service(name) if name else None
        return found.shown_name if found is not None else name or ""


_REACHED = frozenset({ACCEPTED, DELIVERED, SEEN, ACKED})


def _bullets(lines: Iterable[str]) -> list[str]:
    return [f"- {line}" for line in lines]


def _ask(words: str) -> str:
    return f"_{words}_"


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
