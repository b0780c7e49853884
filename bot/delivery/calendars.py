"""The tick's step that renews imported calendars, from links and files.

The last good copy stays until there is a better one: who is on call does not depend on somebody else's server.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import aiohttp
import structlog

from bot.config import Config
from bot.config.sections.schedules import ImportedCalendar, Layer
from bot.config.sections.schedules import Schedule as Section
from bot.core.addresses import CarefulResolver, Forbidden, is_forbidden, refuse_literal
from bot.core.background import Background
from bot.core.clock import Clock
from bot.core.db import Database
from bot.oncall.calendars import (
    LARGEST_TEXT,
    Key,
    calendar_failed,
    claim_calendars,
    expect_calendars,
    is_any_due,
    source_of,
    store_calendar,
)
from bot.oncall.ical import UnreadableCalendar, months_around, names_for, read_calendar, unknown_in

log = structlog.get_logger(__name__)

FETCH_WITHIN = aiohttp.ClientTimeout(total=20, connect=5)
REDIRECTS = 3
# As calendar programs write links that they subscribe to.
_WEBCAL = re.compile(r"^webcals?://", re.IGNORECASE)


class FetchFailed(Exception):
    """It could not be had; the words say why, without the link, which may be secret."""


@dataclass(frozen=True)
class Fetched:
    """What a source gave; `text` None: nothing new."""

    text: str | None
    etag: str | None


class CalendarFetch:
    """Fetches what is due. One per process; `folder` is that of app.yaml, `links` are those of the environment."""

    def __init__(
        self, *, config: Config, db: Database, clock: Clock, folder: Path, links: Mapping[str, str]
    ) -> None:
        self._config = config
        self._db = db
        self._clock = clock
        self._folder = folder
        self._links = links
        self._expected = False
        self._running = Background("Work on imported calendars was broken off")
        self._wanted = {
            (section.name, layer.name): (section, layer, layer.ical)
            for section in config.schedules
            for layer in section.layers
            if layer.ical is not None
        }

    def go_on_from(self, former: "CalendarFetch") -> None:
        """What it has set going goes on here."""
        self._running = former._running

    @property
    def is_busy(self) -> bool:
        return len(self._running) > 0

    async def run(self) -> None:
        """Sets the due ones going; a server that hangs holds up nothing else."""
        if not self._wanted:
            return
        if not self._expected:
            async with self._db.begin() as session:
                await expect_calendars(session, self._config, self._links, now=self._clock.now())
            self._expected = True
        async with self._db.read() as session:
            if not await is_any_due(session, now=self._clock.now()):
                return
        async with self._db.begin() as session:
            due = await claim_calendars(session, now=self._clock.now())
            claimed = [((row.schedule, row.layer), row.etag if row.text else None) for row in due]
        for key, etag in claimed:
            if key in self._wanted:
                self._running.set_going(self._renew(key, etag))

    async def stop(self) -> None:
        await self._running.stop()

    async def _renew(self, key: Key, etag: str | None) -> None:
        section, layer, calendar = self._wanted[key]
        try:
            fetched = await self._fetch(calendar, etag)
            unknown = await self._examine(section, layer, fetched.text)
        except (FetchFailed, UnreadableCalendar) as failure:
            await self._failed(key, calendar, str(failure))
            return
        except Exception as error:
            log.exception("An imported calendar failed in Tocsin itself", schedule=key[0], layer=key[1])
            await self._failed(key, calendar, f"a fault of Tocsin's ({type(error).__name__})")
            return
        async with self._db.begin() as session:
            await store_calendar(
                session,
                key,
                source=source_of(calendar, self._links),
                text=fetched.text,
                etag=fetched.etag,
                unknown=unknown,
                refresh_every=calendar.refresh_every,
                now=self._clock.now(),
            )

    async def _fetch(self, calendar: ImportedCalendar, etag: str | None) -> Fetched:
        if calendar.url_from is not None:
            if calendar.url_from not in self._links:
                raise FetchFailed(f"the environment variable {calendar.url_from} is not set")
            return await fetch(self._links[calendar.url_from], etag)
        return await asyncio.to_thread(read_file, self._folder / str(calendar.file))

    async def _examine(self, section: Section, layer: Layer, text: str | None) -> tuple[str, ...]:
        """The names in a new text that nobody has, the first ones. Raises UnreadableCalendar."""
        if text is None:
            return ()
        zone, names = self._config.zone_of(section), names_for(self._config, layer)
        span = months_around(self._clock.now())
        held = await asyncio.to_thread(read_calendar, text, names, zone, *span)
        unknown = dict(list(unknown_in(held).items())[:10])
        for says, at in unknown.items():
            log.warning(
                "An imported calendar names somebody who is not among the people; nobody is on call by it",
                schedule=section.name,
                layer=layer.name,
                says=says,
                first_at=at.isoformat(),
                mend="Add an e-mail address in app.yaml, or `names` of the layer.",
            )
        return tuple(unknown)

    async def _failed(self, key: Key, calendar: ImportedCalendar, problem: str) -> None:
        async with self._db.begin() as session:
            is_news = await calendar_failed(
                session,
                key,
                source=source_of(calendar, self._links),
                problem=problem,
                refresh_every=calendar.refresh_every,
                now=self._clock.now(),
            )
        if is_news:
            log.error(
                "An imported calendar cannot be renewed; the last good copy is used",
                schedule=key[0],
                layer=key[1],
                problem=problem,
                mend="Check the layer's ical in app.yaml; `tocsin oncall verify` shows what follows.",
            )


def read_file(path: Path) -> Fetched:
    """Raises FetchFailed."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_TEXT + 1)
    except OSError as error:
        raise FetchFailed(f"the file cannot be read: {error.strerror}") from None
    return Fetched(_text(content), None)


async def fetch(url: str, etag: str | None, *, accept: str = "text/calendar") -> Fetched:
    """Gets a text over HTTP, a calendar where nothing else is said; raises FetchFailed. Link-local and metadata addresses are never asked."""
    connector = aiohttp.TCPConnector(resolver=CarefulResolver(is_forbidden), use_dns_cache=False)
    async with aiohttp.ClientSession(
        connector=connector, timeout=FETCH_WITHIN, cookie_jar=aiohttp.DummyCookieJar()
    ) as http:
        try:
            return await _follow(http, url, etag, accept)
        except TimeoutError:
            raise FetchFailed(f"no answer within {FETCH_WITHIN.total:g} s") from None
        except Forbidden:
            raise FetchFailed("the address is link-local or of a cloud's metadata") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if isinstance(error.__cause__ or error.__context__, Forbidden):
                raise FetchFailed("the address is link-local or of a cloud's metadata") from None
            raise FetchFailed(f"the connection failed ({type(error).__name__})") from None


async def _follow(http: aiohttp.ClientSession, url: str, etag: str | None, accept: str) -> Fetched:
    headers = {"Accept": f"{accept}, */*;q=0.1", "User-Agent": "Tocsin"}
    if etag is not None:
        headers["If-None-Match"] = etag
    for _ in range(REDIRECTS + 1):
        url = _WEBCAL.sub("https://", url)
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise FetchFailed("it leads to something that is not http")
        refuse_literal(parts.hostname, is_forbidden)
        async with http.get(url, headers=headers, allow_redirects=False) as answer:
            if answer.status in (301, 302, 303, 307, 308) and "Location" in answer.headers:
                url = urljoin(url, answer.headers["Location"])
                continue
            if answer.status == 304 and etag is not None:
                return Fetched(None, etag)
            if answer.status != 200:
                raise FetchFailed(f"the server answers {answer.status}")
            content = bytearray()
            async for chunk in answer.content.iter_chunked(64 * 1024):
                content += chunk
                if len(content) > LARGEST_TEXT:
                    break
            new_etag = answer.headers.get("ETag", "")
            return Fetched(_text(bytes(content)), new_etag if 0 < len(new_etag) <= 200 else None)
    raise FetchFailed(f"more than {REDIRECTS} redirects")


def _text(content: bytes) -> str:
    if len(content) > LARGEST_TEXT:
        raise FetchFailed(f"it is larger than {LARGEST_TEXT} bytes")
    return content.decode("utf-8-sig", "replace").replace("\0", "")  # Postgres keeps no NUL
