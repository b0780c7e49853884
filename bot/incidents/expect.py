"""Tests of the rules of automation in app.yaml, pure: "severity sev3 to sev1 payments" must set off on-deck."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from bot.config import Config, IncidentField, Severity, Status
from bot.config.problems import listed, shown
from bot.config.sections.field_values import NoValue, kept
from bot.incidents.automation import Change, Subject, judged
from bot.paging.expect import NotUnderstood, Unmet

FORMS = {
    "declared": "declared, severity: declared sev1 payments",
    "severity": "severity, before, to, after: severity sev3 to sev1 payments",
    "status": "status, before, to, after, severity: status investigating to resolved sev1 payments",
}
MARKS = ("private", "drill", "alert")
TITLE = "title="


@dataclass(frozen=True)
class Scene:
    """What becomes of which incident."""

    change: Change
    subject: Subject


def failures(config: Config) -> Iterator[Unmet]:
    """What the rules of app.yaml do otherwise than its expectations say."""
    for number, expectation in enumerate(config.expect, start=1):
        if expectation.fires is None:
            continue
        try:
            difference = _difference(scene(expectation.when, config), expectation.fires, config)
        except NotUnderstood as trouble:
            difference = str(trouble)
        if difference is not None:
            yield Unmet(number, expectation.when, difference)


def _difference(at: Scene, wanted: tuple[str, ...], config: Config) -> str | None:
    """The rules that are set off, in whatever order; with the reason of each that is so otherwise than expected."""
    judgements = judged(at.change, at.subject, config)
    fired = [one.rule.name for one in judgements if one.fires]
    if set(fired) == set(wanted):
        return None
    reasons = [
        f"{one.rule.name} {'is' if one.fires else 'is not'} set off: {one.reason}"
        for one in judgements
        if one.fires != (one.rule.name in wanted)
    ]
    return f"expected {listed(wanted)}, and it sets off {listed(fired)}; {'; '.join(reasons)}"


def scene(text: str, config: Config) -> Scene:
    """Read `when`; raises NotUnderstood."""
    try:
        kind, *words = shlex.split(text)
    except ValueError:
        raise NotUnderstood(f"{shown(text)} is not understood; a quotation mark has no partner") from None
    form = FORMS[kind]
    if kind == "declared":
        severity, words = _severity(words, config, form)
        change = Change("declared", severity.name)
        status = config.active_statuses[0]
    elif kind == "severity":
        before, words = _severity(words, config, form)
        severity, words = _severity(_after_to(words, form), config, form)
        change = Change("severity", severity.name, before.name)
        status = config.active_statuses[0]
    else:
        was, words = _status(words, config, form)
        status, words = _status(_after_to(words, form), config, form)
        severity, words = _severity(words, config, form)
        change = Change("status", status.name, was.name)
    return Scene(change, _subject(words, severity, status, config))


def _subject(words: list[str], severity: Severity, status: Status, config: Config) -> Subject:
    """What else is said of the incident: its service, what it is, its title, what is filled in."""
    marks, title, service, type_name = set(), "", None, None
    filled: dict[str, str] = {}
    for word in words:
        name, colon, value = word.partition(":")
        if word in MARKS:
            marks.add(word)
        elif word.startswith(TITLE):
            title = word.removeprefix(TITLE)
        elif colon and name == "type":
            type_name = _type(value, config)
        elif colon and (known := config.field(name)) is not None:
            filled[known.name] = _value(known, value)
        elif service is None and config.service(word) is not None:
            service = word
        else:
            names = [one.name for one in config.services]
            raise NotUnderstood(
                f'{shown(word)} is not understood; a service ({listed(names)}), {", ".join(MARKS)}, title="…", type:NAME or FIELD:VALUE'
            )
    found = config.service(service) if service is not None else None
    return Subject(
        severity.name,
        status.name,
        title,
        found.name if found is not None else None,
        "private" in marks,
        "drill" in marks,
        "alert" in marks,
        type_name,
        filled,
    )


def _type(word: str, config: Config) -> str:
    found = config.type(word)
    if found is None:
        raise NotUnderstood(
            f"{shown(word)} is not among the types; known types: {listed(one.name for one in config.types)}"
        )
    return found.name


def _value(field: IncidentField, typed: str) -> str:
    """What is filled in; of a person it does not matter who, as no rule asks for that."""
    if field.kind == "person":
        return typed
    try:
        return kept(field, typed)
    except NoValue as refused:
        raise NotUnderstood(f"{field.name}: {refused}. {refused.mend}") from None


def _after_to(words: list[str], form: str) -> list[str]:
    if words[:1] != ["to"]:
        raise NotUnderstood(f"it does not say what became of it; {form}")
    return words[1:]


def _severity(words: list[str], config: Config, form: str) -> tuple[Severity, list[str]]:
    """The severity, of one word or two ("level 3"), and the words behind it."""
    for length in (2, 1):
        found = config.severity(" ".join(words[:length])) if len(words) >= length else None
        if found is not None:
            return found, words[length:]
    known = [one.name for one in config.severities]
    raise NotUnderstood(
        f"{shown(' '.join(words[:1]))} is not among the severities; known severities: {listed(known)}; {form}"
    )


def _status(words: list[str], config: Config, form: str) -> tuple[Status, list[str]]:
    found = config.status(words[0]) if words else None
    if found is None:
        known = [one.name for one in config.statuses]
        raise NotUnderstood(
            f"{shown(' '.join(words[:1]))} is not among the statuses; known statuses: {listed(known)}; {form}"
        )
    return found, words[1:]
