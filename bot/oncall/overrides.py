"""Standing in for somebody: making an override, and taking it back."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config, choose_one
from bot.core.errors import NotFound, RuleRefused, UserError
from bot.oncall.rows import OverrideRow

LONGEST = timedelta(days=366)
LONGEST_REASON = 200


async def make_override(
    session: AsyncSession,
    *,
    config: Config,
    schedule: str,
    person: str | None,
    starts_at: datetime,
    ends_at: datetime,
    by: str | None,
    now: datetime,
    reason: str = "",
) -> OverrideRow:
    """Puts somebody on call from `starts_at` to `ends_at`; `person` None: nobody.

    Raises UserError for unknown names, RuleRefused for a span that is over, empty or longer than a year.
    """
    override = OverrideRow(
        schedule=known_schedule(config, schedule),
        person=None if person is None else known_person(config, person),
        starts_at=starts_at,
        ends_at=ends_at,
        made_by=by,
        reason=reason.strip()[:LONGEST_REASON],
        made_at=now,
    )
    _check_span(starts_at, ends_at, now)
    session.add(override)
    await session.flush()
    return override


async def cancel_override(
    session: AsyncSession, override_id: int, *, by: str | None, now: datetime
) -> OverrideRow:
    """Takes an override back; what it was until now stays true. Raises NotFound, RuleRefused."""
    override = await session.get(OverrideRow, override_id, with_for_update=True, populate_existing=True)
    if override is None:
        raise NotFound(f"There is no override #{override_id}.", "Look up those that are to come.")
    if override.cancelled_at is not None:
        raise RuleRefused("That override was cancelled already.", "Nothing more needs to be done.")
    if override.ends_at <= now:
        raise RuleRefused("That override is over.", "What was cannot be changed; make a new one.")
    if override.starts_at < now:
        override.ends_at = now  # who was on call until now was so, whatever comes after
    else:
        override.cancelled_at = now
    override.cancelled_by = by
    return override


def known_schedule(config: Config, name: str) -> str:
    """The schedule's name as app.yaml has it; raises UserError."""
    found = config.schedule(name)
    if found is None:
        raise _unknown("schedule", name, [schedule.name for schedule in config.schedules])
    return found.name


def known_person(config: Config, name: str) -> str:
    """The person's name as app.yaml has it; raises UserError."""
    found = config.person(name)
    if found is None:
        raise _unknown("person", name, [person.name for person in config.people])
    return found.name


def _unknown(kind: str, name: str, names: list[str]) -> UserError:
    return NotFound(f"“{name}” is no {kind} of app.yaml.", choose_one(name, names))


def _check_span(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    if ends_at <= starts_at:
        raise RuleRefused("An override must end after it starts.", "Choose a later end.")
    if ends_at <= now:
        raise RuleRefused("That time is over already.", "Choose an end that is to come.")
    if ends_at - starts_at > LONGEST:
        raise RuleRefused(
            "An override lasts a year at most.", "Choose an earlier end, or change the layers in app.yaml."
        )
