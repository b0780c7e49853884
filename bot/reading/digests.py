"""What `tocsin digest` and `tocsin report` print: figures of a span. Private incidents and drills are in none."""

import json
from datetime import datetime, timedelta
from typing import Any

from bot.cadences.cadence import cadence, following
from bot.config import Config, choose_one
from bot.core.db import Database
from bot.core.errors import NotFound, UserError
from bot.core.wall import midnight
from bot.delivery.digests import DRAWING
from bot.delivery.drawing import drawn
from bot.digests.gather import Digest, figures, gathered
from bot.digests.sending import spans_of
from bot.digests.spans import between
from bot.oncall.when import moment
from bot.views import report as view
from bot.views.digest import TITLES, trends

LONGEST = timedelta(days=1100)


async def dry_run(
    db: Database, config: Config, name: str, *, now: datetime
) -> tuple[dict[str, Any], list[str]]:
    """What a digest would say if it were sent now, as data and as lines; raises NotFound."""
    digest = config.digest(name)
    if digest is None:
        known = [one.name for one in config.digests]
        raise NotFound(f"app.yaml has no digest “{name}”.", choose_one(name, known))
    async with db.read() as session:
        told = await gathered(session, config, digest.period, spans_of(config, digest, now), now=now)
    ready = cadence(config, digest.cadence)
    next_at = following(ready, after=now)
    channel = digest.channel or config.channels.announcements
    is_left_out = digest.skip_empty and told.is_empty
    data = {
        "name": digest.name,
        "period": digest.period,
        "channel": channel,
        "next_at": next_at.isoformat() if next_at is not None else None,
        "left_out": is_left_out,
        **view.as_json(told, config),
    }
    when = f"{next_at.astimezone(ready.zone):%Y-%m-%d %H:%M} {ready.zone}" if next_at is not None else "never"
    head = f"{TITLES[digest.period]} “{digest.name}” for #{channel}, next {when}. Nothing was sent."
    empty = ["It would be left out: there is nothing to tell."] if is_left_out else []
    return data, [head, *empty, "", *view.as_text(told, config)]


def span_asked(config: Config, start: str, end: str | None, *, now: datetime) -> tuple[datetime, datetime]:
    """The span that is meant; a day without a time begins at midnight. Raises UserError."""
    since = _moment(start, config, now)
    until = now if end is None else _moment(end, config, now)
    if end is None and since >= now:
        raise UserError("--from lies in the future.", "A report tells of what was: name a day before now.")
    if until <= since:
        raise UserError("--to lies before --from.", "What is at --to itself is not in the report.")
    if until - since > LONGEST:
        raise UserError(
            "That is more than three years.", "Ask for a shorter span, and put several together from CSV."
        )
    return since, until


def _moment(text: str, config: Config, now: datetime) -> datetime:
    try:
        day = datetime.strptime(text.strip(), "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return moment(text, config.zone, now=now)
    return midnight(day, config.zone)


async def report(
    db: Database, config: Config, start: datetime, end: datetime, *, form: str, now: datetime
) -> str:
    """The report in one of `view.FORMATS`."""
    async with db.read() as session:
        told = await figures(session, config, None, between(start, end, config.zone), now=now)
    if form == "json":
        return json.dumps(view.as_json(told, config), indent=2, ensure_ascii=False) + "\n"
    if form == "csv":
        return view.as_csv(told, config)
    return await _page(told, config) if form == "html" else view.as_markdown(told, config)


async def _page(told: Digest, config: Config) -> str:
    """With its charts; where they cannot be drawn the words below say the same."""
    shown = trends(told, config)
    return view.as_html(told, config, shown, await drawn(DRAWING, shown) if shown else None)
