"""`/p/<token>`: acknowledging a page without Slack. Looking (GET, HEAD) changes nothing; the button (POST) does."""

import asyncio
import ipaddress
from collections.abc import Sequence
from datetime import datetime
from functools import partial

import structlog
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.db import is_unreachable
from bot.core.errors import RuleRefused, UserError
from bot.core.people import names_of, person
from bot.incidents import paging
from bot.incidents.permissions import admits
from bot.paging import links
from bot.paging.people import people_of
from bot.paging.rows import ACKNOWLEDGED, EXHAUSTED, RINGING, WAITING, AckLink, Page
from bot.runtime import Bot, BotOfNow
from bot.views import link_page
from handlers.rings import rings_have_landed

log = structlog.get_logger(__name__)

LONGEST_TOKEN = 64
# Of links that lead nowhere, by one caller in a minute. Nobody guesses 24 bytes; the database need not try either.
MISSES = 30
MISSES_WITHIN = 60.0
ANSWER_WITHIN = 8.0
LARGEST_FORM = 1024
READ_WITHIN = 5.0


class Misses:
    """Who has asked for links that lead nowhere, and how often."""

    def __init__(self) -> None:
        self._by_caller: dict[str, tuple[float, int]] = {}

    def are_too_many(self, caller: str, now: float) -> bool:
        since, count = self._by_caller.get(caller, (now, 0))
        return now - since < MISSES_WITHIN and count >= MISSES

    def add(self, caller: str, now: float) -> None:
        """`now` counts monotonic seconds."""
        if len(self._by_caller) > 10_000:
            self._by_caller.clear()
        since, count = self._by_caller.get(caller, (now, 0))
        self._by_caller[caller] = (since, count + 1) if now - since < MISSES_WITHIN else (now, 1)


def add_links(app: web.Application, bot_of_now: BotOfNow) -> None:
    """Adds the routes to the site."""
    misses = Misses()

    async def answered(request: web.Request) -> web.StreamResponse:
        bot = bot_of_now()
        caller, now = _caller(request), bot.clock.monotonic()
        if misses.are_too_many(caller, now):
            return _html(link_page.too_many(), 429, {"Retry-After": "60"})
        act = _post if request.method == "POST" else _get
        wanted = await _wanted(request)
        try:
            text, status = await bot.deadlines.within(
                act(bot, request.match_info["token"], wanted), ANSWER_WITHIN
            )
        except Exception as error:
            if isinstance(error, TimeoutError) or is_unreachable(error):
                return _html(link_page.trouble(), 503)
            # Whoever is paged reads it on a phone, at night: the site's words for programs would tell them nothing.
            log.exception("A link of a page failed")
            return _html(link_page.broken(), 500)
        if status == 404:
            misses.add(caller, now)
        return _html(text, status)

    # Whatever a chat or a hand has left of a link, or put behind it: a person opened it.
    app.router.add_get("/p/{token:.*}", answered)
    app.router.add_post("/p/{token:.*}", answered)


def _caller(request: web.Request) -> str:
    """Who asks. A proxy of our own, on this machine or network, says for whom it does."""
    peer = request.remote or ""
    try:
        is_ours = ipaddress.ip_address(peer).is_private
    except ValueError:
        is_ours = False
    return request.headers.get("X-Forwarded-For", peer).rpartition(",")[2].strip()[:60] if is_ours else peer


async def _wanted(request: web.Request) -> str:
    """Which button it was. Without one (ntfy's action sends none) it is the first."""
    if request.method != "POST" or (request.content_length or 0) > LARGEST_FORM:
        return "acknowledge"
    if request.content_type != "application/x-www-form-urlencoded":
        return "acknowledge"
    async with asyncio.timeout(READ_WITHIN):
        return str((await request.post()).get("do", "acknowledge"))


Answer = tuple[str, int]


async def _get(bot: Bot, token: str, _wanted: str) -> Answer:
    async with bot.db.read() as session:
        found = await _found(bot, session, token)
        if found is None:
            return link_page.nothing_here(), 404
        link, pages = found
        dead = _why_dead(bot, link)
        ringing = [page for page in pages if page.state in (WAITING, RINGING, EXHAUSTED)]
        if dead is None and ringing:
            return link_page.question(ringing, bot.config), 200
        return await _state(session, bot, pages, first=dead or ""), 410 if dead else 200


async def _post(bot: Bot, token: str, wanted: str) -> Answer:
    async with bot.db.read() as session:
        found = await _found(bot, session, token)
        if found is None:
            return link_page.nothing_here(), 404
        link, pages = found
        dead = _why_dead(bot, link)
        if dead is not None:
            return await _state(session, bot, pages, first=dead), 200 if _has(link, pages) else 410
    escalate = wanted == "escalate"
    try:
        async with bot.db.begin() as session:
            now = bot.clock.now()
            await _carry_out(bot, session, link, [page.id for page in pages], escalate=escalate, now=now)
            await links.use(session, token, now=now)
    except UserError:
        # Somebody was quicker, or it is over: how it stands says more than a refusal.
        async with bot.db.read() as session:
            pages = await links.pages_of(session, link)
            return await _state(session, bot, pages), 200 if _has(link, pages) else 409
    await rings_have_landed(bot, [page.id for page in pages])
    rang = {page.id for page in pages if len(pages) == 1 or page.state in (RINGING, EXHAUSTED)}
    async with bot.db.read() as session:
        done = [page for page in await links.pages_of(session, link) if page.id in rang]
    return link_page.done(done or pages, bot.config, escalated=escalate), 200


async def _carry_out(
    bot: Bot, session: AsyncSession, link: AckLink, page_ids: list[int], *, escalate: bool, now: datetime
) -> None:
    """Raises UserError where there is nothing to do any more."""
    by = link.user_id or link.person
    if len(page_ids) > 1:
        act = paging.escalate_all if escalate else partial(paging.acknowledge_all, how="link")
        if not await act(session, page_ids, config=bot.config, by=by, now=now):
            raise RuleRefused("None of these pages rings any more.")
    elif escalate:
        await paging.escalate_now(session, page_ids[0], config=bot.config, by=by, now=now)
    else:
        await paging.acknowledge(session, page_ids[0], config=bot.config, by=by, now=now, how="link")


async def _found(bot: Bot, session: AsyncSession, token: str) -> tuple[AckLink, Sequence[Page]] | None:
    """The link and its pages; None also where its holder has left meanwhile."""
    ours = len(token) <= LONGEST_TOKEN and bot.signer.holds(token)
    link = await links.find(session, token) if ours else None
    if link is None:
        return None
    holder = await person(session, link.user_id) if link.user_id else None
    if holder is not None and not admits(bot.config, holder):
        return None
    pages = await links.pages_of(session, link)
    return (link, pages) if pages else None


def _why_dead(bot: Bot, link: AckLink) -> str | None:
    if link.used_at is not None:
        return "This link was used already."
    return "This link is too old." if link.expires_at <= bot.clock.now() else None


def _has(link: AckLink, pages: Sequence[Page]) -> bool:
    """A phone that sends twice, because the first answer got lost, is not told of a failure."""
    return all(page.state == ACKNOWLEDGED and page.acknowledged_by == link.user_id for page in pages)


async def _state(session: AsyncSession, bot: Bot, pages: Sequence[Page], *, first: str = "") -> str:
    users = {page.acknowledged_by for page in pages if page.acknowledged_by is not None}
    names = {**await people_of(session, bot.config, list(users)), **await names_of(session, users)}
    who = {page.id: names.get(page.acknowledged_by or "", "Nobody") for page in pages}
    return link_page.state_of(pages, bot.config, who=who, first=first)


def _html(text: str, status: int, more: dict[str, str] | None = None) -> web.Response:
    headers = {
        "Content-Security-Policy": link_page.POLICY,
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
        # ntfy's web app presses its button from its own site. Who has the link may press it anyway.
        "Access-Control-Allow-Origin": "*",
        **(more or {}),
    }
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)
