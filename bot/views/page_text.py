"""Words about paging for one person, and what a declaration says of it."""

from datetime import datetime

from bot.config import Config
from bot.config.sections.schedules import Schedule
from bot.incidents.queries import PagingNow, Unpaged
from bot.oncall.layers import LATEST
from bot.oncall.schedule import Shift
from bot.paging.rows import QUEUED, WAITING, Page
from bot.paging.status import PageStatus
from bot.paging.targets import Wanted
from bot.paging.urgency import Start
from bot.views.incident_text import NAME
from bot.views.page import next_words, rung_lines, state_words
from bot.views.text import literal, moment, rich


def sent_words(page: Page, wanted: Wanted) -> str:
    """The answer to who pages. Nobody has it yet, and it does not say so."""
    to = rich(wanted.said, NAME)
    private = (
        " The incident is private: your words stand on its timeline, and whoever is paged reads no more than that."
        if page.private
        else ""
    )
    return f":hourglass_flowing_sand: Page #{page.id} to *{to}* is on its way; `/page show {page.id}` tells who has it.{private}"


def on_call_line(section: Schedule, shift: Shift) -> str:
    """ "First responder: bo until Monday"."""
    name = literal(section.title or section.name, NAME)
    if shift.person is None:
        return f":warning: {name}: *nobody* ({literal(shift.reason, 150)})"
    until = "" if shift.ends_at == LATEST else f" until {moment(shift.ends_at)}"
    return f"{name}: *{literal(shift.person, NAME)}*{until}"


def paging_words(paging: PagingNow, config: Config) -> str:
    """What a declaration or a new severity means for paging, in a line or two; "" where there is nothing to say."""
    if not paging.pages and paging.unpaged is not None:
        return unpaged_words(paging.unpaged, paging.item)
    return "\n".join([*(_page_words(status, config) for status in paging.pages), *item_words(paging.item)])


def _page_words(status: PageStatus, config: Config) -> str:
    page = status.page
    coming = next_words(status)
    if page.state == WAITING:
        return f":alarm_clock: Page #{page.id}: {coming or state_words(page)}"
    told = (
        rung_lines(status, config, 4)
        if any(one.state == QUEUED or one.accepted_at for one in status.notifications)
        else []
    )
    return "\n".join(filter(None, (f":bell: Page #{page.id}: {state_words(page)}", *told, coming)))


def begins_words(begins: Start | Unpaged, now: datetime) -> str:
    """What a declaration sets off, told before anybody can have been reached."""
    if isinstance(begins, Unpaged):
        return unpaged_words(begins)
    if begins.at is None or begins.at <= now:
        return ":hourglass_flowing_sand: A page is on its way to whoever is on call."
    rings = f"Pages whoever is on call {moment(begins.at)}, unless somebody acknowledges before"
    return f":alarm_clock: {rings}: {literal(begins.reason, 150)}."


def item_words(item: int | None) -> list[str]:
    """Which item of the backlog an incident has, where it has one."""
    return (
        [f":notebook: It is item #{item} of the backlog: `/ops backlog show {item}`"]
        if item is not None
        else []
    )


def unpaged_words(unpaged: Unpaged, item: int | None = None) -> str:
    """Why nobody is paged, what it has become instead, and what to do where that may not be meant."""
    if unpaged.kind == "policy":
        return (
            ":warning: *Nobody is paged*: app.yaml has no escalation policy. Call whom you need; whoever runs Tocsin "
            "adds `escalation_policies` to app.yaml (docs/paging.md)."
        )
    if unpaged.kind == "severity":
        return f":warning: *Nobody is paged*: {literal(unpaged.reason, 200)}. Change the severity, or use `/page`."
    nobody = f":no_bell: Nobody is paged: {literal(unpaged.reason, 200)}. A higher severity pages, and so does `/page`."
    return "\n".join([nobody, *item_words(item)])
