"""`GET /oncall/feed/<token>.ics`: shifts for calendar programs. The link is the only key."""

import asyncio
from datetime import datetime, timedelta

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.oncall.feed_text import as_ical
from bot.oncall.feeds import feed_link
from bot.oncall.layers import EARLIEST, LATEST
from bot.oncall.queries import overrides_around, ready_schedules
from bot.oncall.rows import FeedLink
from bot.oncall.schedule import Override, Schedule, Shift, on_call, shifts
from bot.runtime import Bot, BotOfNow

BEHIND, AHEAD = timedelta(days=31), timedelta(days=183)
# Base64 of 32 bytes; whatever is longer is not looked up.
LONGEST_TOKEN = 64


def add_feed(app: web.Application, bot_of_now: BotOfNow) -> None:
    """Adds the route to the site."""

    async def feed(request: web.Request) -> web.StreamResponse:
        bot, token = bot_of_now(), request.match_info["token"]
        now = bot.clock.now()
        async with bot.db.read() as session:
            link = await feed_link(session, token) if len(token) <= LONGEST_TOKEN else None
            if link is None or not _is_known(bot, link):
                return _gone()
            found = await _shifts(session, bot.config, link, now)
        titles = {schedule.name: schedule.shown_name for schedule in bot.config.schedules}
        title = f"On call: {link.person or titles[str(link.schedule)]}"
        # Half a year of shifts by the hour takes a second and more to write: no page waits for it.
        made_at = now.replace(microsecond=0)
        text = await asyncio.to_thread(as_ical, found, title=title, titles=titles, made_at=made_at)
        return web.Response(
            body=text,
            content_type="text/calendar",
            charset="utf-8",
            headers={"Cache-Control": "private, max-age=300", "Referrer-Policy": "no-referrer"},
        )

    app.router.add_get("/oncall/feed/{token:[A-Za-z0-9_-]+}.ics", feed)


def _is_known(bot: Bot, link: FeedLink) -> bool:
    """Whether app.yaml still has whom or what the link is about."""
    if link.person is not None:
        return bot.config.person(link.person) is not None
    return bot.config.schedule(str(link.schedule)) is not None


async def _shifts(session: AsyncSession, config: Config, link: FeedLink, now: datetime) -> list[Shift]:
    """A schedule's shifts with its gaps, or a person's in all schedules."""
    found: list[Shift] = []
    for name, schedule in (await ready_schedules(session, config, around=now)).items():
        if link.schedule in (None, name):
            stand_ins = await overrides_around(session, name, now)
            found += [
                shift for shift in _whole(schedule, now, stand_ins) if link.person in (None, shift.person)
            ]
    return sorted(found, key=lambda shift: (shift.starts_at, shift.schedule))


def _whole(schedule: Schedule, now: datetime, stand_ins: list[Override]) -> list[Shift]:
    """Shifts uncut, or a calendar program would see another first one each time. A gap for ever is no appointment."""
    found = shifts(schedule, now - BEHIND, now + AHEAD, stand_ins)
    for place in (0, -1):
        found[place] = on_call(schedule, found[place].starts_at, stand_ins)
    return [shift for shift in found if shift.starts_at > EARLIEST and shift.ends_at < LATEST]


def _gone() -> web.Response:
    """The same for a link that never was and one that was revoked."""
    detail = "There is no calendar here. Links end when they are revoked or made anew."
    return web.json_response({"ok": False, "error": "not_found", "detail": detail}, status=404)
