"""What `tocsin oncall` tells: from app.yaml, with the overrides and calendars of the database where there is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.config import Config, ConfigProblem
from bot.config.sections.schedules import Layer
from bot.config.sections.schedules import Schedule as Section
from bot.core.db import Database
from bot.core.errors import NotFound, UserError
from bot.oncall.calendars import LARGEST_TEXT
from bot.oncall.ical import UnreadableCalendar, months_around, names_for, read_calendar, unknown_in
from bot.oncall.layers import EARLIEST, LATEST
from bot.oncall.overrides import LONGEST, known_schedule
from bot.oncall.proof import gaps, imbalances, loads
from bot.oncall.queries import calendar_texts, made_ready, overrides_between
from bot.oncall.schedule import Override, Schedule, Shift, on_call, shifts
from bot.oncall.when import moment

Json = dict[str, Any]

GAPS_SHOWN = 20
LONGEST_SPAN = timedelta(days=3660)


@dataclass(frozen=True)
class Known:
    """A schedule and everything that decides who is on call in a span."""

    section: Section
    schedule: Schedule
    overrides: Sequence[Override]
    texts: Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Asked:
    """A schedule's name and the span that is asked about."""

    section: Section
    start: datetime
    end: datetime


def chosen(config: Config, names: Sequence[str]) -> list[Section]:
    """The schedules of these names, all for none; raises NotFound."""
    if not config.schedules:
        raise NotFound("app.yaml has no schedules.", "docs/on-call.md tells how to write one.")
    wanted = [known_schedule(config, name) for name in names]
    return [section for section in config.schedules if not wanted or section.name in wanted]


def asked(config: Config, section: Section, start: str, end: str | None, days: int, now: datetime) -> Asked:
    """The span from what was typed, in the schedule's zone; `days` long without an end. Raises UserError."""
    zone = config.zone_of(section)
    since = moment(start, zone, now=now)
    until = min(since + timedelta(days=days), LATEST) if end is None else moment(end, zone, now=now)
    if until < since or (until == since and end is not None):
        raise UserError("The span ends before it begins.", "Choose a --to that is later than --from.")
    if until - since > LONGEST_SPAN:
        raise UserError("The span is longer than ten years.", "Choose a shorter one.")
    return Asked(section, since, until)


async def known(db: Database | None, config: Config, folder: Path, asked: Asked) -> Known:
    """What is known of a schedule. `db` None: app.yaml alone. Files are relative to `folder`."""
    section = asked.section
    texts = _files(section, folder)
    overrides: list[Override] = []
    if db is not None:
        async with db.read() as session:
            since, until = asked.start - LONGEST, asked.end + LONGEST
            overrides = await overrides_between(session, section.name, since, until)
            if any(layer.ical is not None for layer in section.layers):
                texts = {**await calendar_texts(session, schedule=section.name), **texts}
    first, last = months_around(asked.start)[0], months_around(asked.end)[1]
    return Known(section, made_ready(config, section, texts, first, last), overrides, texts)


def _files(section: Section, folder: Path) -> dict[tuple[str, str], str]:
    """The calendars that are files here; those that cannot be read are told of by `verify`."""
    found = {}
    for layer in section.layers:
        if layer.ical is not None and layer.ical.file is not None:
            try:
                with (folder / layer.ical.file).open("rb") as file:
                    content = file.read(LARGEST_TEXT)
            except OSError:
                continue
            found[section.name, layer.name] = content.decode("utf-8", "replace")
    return found


def who(known: Known, at: datetime) -> Json:
    shift = on_call(known.schedule, at, known.overrides)
    return {
        "schedule": shift.schedule,
        "at": _local(known, at),
        "person": shift.person,
        "reason": shift.reason,
        "shift_start": None if shift.starts_at == EARLIEST else _local(known, shift.starts_at),
        "shift_end": None if shift.ends_at == LATEST else _local(known, shift.ends_at),
    }


def shifts_of(known: Known, start: datetime, end: datetime) -> list[Json]:
    return [_shift(known, shift) for shift in shifts(known.schedule, start, end, known.overrides)]


def _shift(known: Known, shift: Shift) -> Json:
    return {
        "schedule": shift.schedule,
        "person": shift.person,
        "reason": shift.reason,
        "start": _local(known, shift.starts_at),
        "end": _local(known, shift.ends_at),
    }


def verify(known: Known, config: Config, start: datetime, end: datetime) -> Json:
    """Gaps with an example each, what each person bears, and what is wrong with imported calendars."""
    found = shifts(known.schedule, start, end, known.overrides)
    holes = [
        {
            "start": _local(known, gap.starts_at),
            "end": _local(known, gap.ends_at),
            "hours": _hours(gap.ends_at - gap.starts_at),
            "reasons": list(gap.reasons),
            "example": f'tocsin oncall who {known.section.name} --at "{_wall(known, gap.starts_at)}"',
        }
        for gap in gaps(found)
    ]
    burdens = loads(found, config, known.section)
    calendars = calendar_troubles(config, known, start, end)
    return {
        "schedule": known.section.name,
        "from": _local(known, start),
        "to": _local(known, end),
        "ok": not holes and not calendars,
        "gaps": holes,
        "people": [
            {
                "person": load.person,
                "hours": load.hours,
                "nights": load.nights,
                "weekends": load.weekends,
                "holidays": load.holidays,
            }
            for load in burdens
        ],
        "imbalance": [
            {"measure": i.measure, "person": i.person, "value": i.value, "average": i.average}
            for i in imbalances(burdens)
        ],
        "calendars": calendars,
    }


def who_line(found: Json) -> str:
    """A line for the terminal."""
    until = f" until {_short(found['shift_end'])}" if found["shift_end"] else ""
    return f"{found['schedule']:<16} {found['person'] or 'NOBODY':<16} {found['reason']}{until}"


def shift_line(found: Json) -> str:
    """A line for the terminal."""
    times = f"{_short(found['start'])} – {_short(found['end'])}"
    return f"{found['schedule']:<16} {times}  {found['person'] or 'NOBODY':<16} {found['reason']}"


def verify_lines(found: Json) -> list[str]:
    """The proof in words."""
    lines = [f"{found['schedule']}, {found['from'][:10]} to {found['to'][:10]}"]
    for gap in found["gaps"][:GAPS_SHOWN]:
        times = f"{_short(gap['start'])} – {_short(gap['end'])}"
        lines += [
            f"  GAP {times} ({gap['hours']:g} h): {'; '.join(gap['reasons'])}",
            f"      {gap['example']}",
        ]
    if len(found["gaps"]) > GAPS_SHOWN:
        lines.append(f"  … and {len(found['gaps']) - GAPS_SHOWN} more gaps; --json lists them all")
    lines += [f"  CALENDAR {trouble['layer']}: {trouble['problem']}" for trouble in found["calendars"]]
    if not found["gaps"]:
        lines.append("  Somebody is on call at every moment.")
    lines.append(f"  {'':<16} {'hours':>9} {'nights':>7} {'weekends':>9} {'holidays':>9}")
    lines += [
        f"  {p['person']:<16} {p['hours']:>9,.1f} {p['nights']:>7} {p['weekends']:>9} {p['holidays']:>9}"
        for p in found["people"]
    ]
    lines += [
        f"  UNEVEN {i['person']} has {i['value']:g} {i['measure']}, the average is {i['average']:g}"
        for i in found["imbalance"]
    ]
    return lines


def _short(moment: str) -> str:
    """A moment without what a reader in its zone knows."""
    return datetime.fromisoformat(moment).strftime("%a %Y-%m-%d %H:%M")


def calendar_troubles(config: Config, known: Known, start: datetime, end: datetime) -> list[Json]:
    """Imported calendars that are missing, cannot be read, or name people whom app.yaml does not know."""
    found = []
    for layer in known.section.layers:
        if layer.ical is not None:
            text = known.texts.get((known.section.name, layer.name))
            found += [
                {"layer": layer.name, "problem": problem}
                for problem in _troubles_of(config, known, layer, text, start, end)
            ]
    return found


def file_problems(config: Config, file: Path, now: datetime) -> list[ConfigProblem]:
    """What is wrong with the calendars that are files: for `tocsin config check`, which asks no database."""
    found = []
    for section in config.schedules:
        start, end = months_around(now)
        texts = _files(section, file.parent)
        known = Known(section, made_ready(config, section, texts, start, end), (), texts)
        for layer in section.layers:
            if layer.ical is not None and layer.ical.file is not None:
                where = f"schedules.{section.name}.layers.{layer.name}.ical.file"
                text = texts.get((section.name, layer.name))
                found += [
                    ConfigProblem(str(file), None, where, problem)
                    for problem in _troubles_of(config, known, layer, text, start, end)
                ]
    return found


def _troubles_of(
    config: Config, known: Known, layer: Layer, text: str | None, start: datetime, end: datetime
) -> list[str]:
    assert layer.ical is not None
    if text is None:
        return [
            f"the file {layer.ical.file} cannot be read"
            if layer.ical.file
            else "it was not fetched yet; that needs the database of a running Tocsin"
        ]
    try:
        held = read_calendar(text, names_for(config, layer), config.zone_of(known.section), start, end)
    except UnreadableCalendar as error:
        return [str(error)]
    return [
        f"“{says}” ({_wall(known, at)}) is not among the people; add an e-mail address or `names`"
        for says, at in unknown_in(held).items()
    ]


def _hours(length: timedelta) -> float:
    return round(length.total_seconds() / 3600, 2)


def _local(known: Known, at: datetime) -> str:
    return at.astimezone(known.schedule.zone).isoformat()


def _wall(known: Known, at: datetime) -> str:
    """As it can be typed again; with its offset, as a wall time may occur twice."""
    local = at.astimezone(known.schedule.zone)
    return local.isoformat(sep=" ", timespec="minutes")
