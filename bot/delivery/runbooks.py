"""The tick's step that reads runbooks, from the folder and from elsewhere; and what it tells of stale ones.

The last good copy stays until there is a better one: in an incident nobody waits for somebody else's server, nor for
whoever broke a file.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.config.sections.runbooks import RunbookPage
from bot.core.background import Background
from bot.core.clock import Clock
from bot.core.db import Database, insert_missing
from bot.core.look import has_come
from bot.core.outbox import OutboxItem
from bot.delivery.calendars import FetchFailed, fetch, read_file
from bot.delivery.in_place import EditedInPlace
from bot.delivery.oncall import OnCallSender
from bot.delivery.sender import ChannelPartSender, Later, Stale, new_message
from bot.delivery.slack import Call
from bot.incidents.rows import Incident
from bot.routine.turns import gone
from bot.runbooks import library
from bot.runbooks.checklists import tell
from bot.runbooks.commands import may_approve, tell_run
from bot.runbooks.files import files_in
from bot.runbooks.page import UnfitRunbook, parse
from bot.runbooks.rows import ASKED, Checklist, CommandRun, RunbookRow
from bot.views import runbooks as view

log = structlog.get_logger(__name__)

# Files are near, and looking at them costs little.
FILES_EVERY = timedelta(minutes=1)
# A file is read when it has changed; and now and then without a reason.
LOOKED_AT = timedelta(days=1)
LEASE = timedelta(minutes=2)
# Steps are in no lane; below the card they come all the same, unless it does not come at all.
CARD_AT_LATEST = timedelta(seconds=10)
ACCEPT = "text/markdown, text/plain;q=0.9"


def runbook_variables(config: Config) -> set[str]:
    """The environment variables that hold addresses of runbooks."""
    return {page.url_from for page in config.runbooks.pages if page.url_from}


class RunbookReading:
    """Reads what is due. One per process; `folder` is that of app.yaml, `links` are those of the environment."""

    MOMENTS = (has_come(RunbookRow.next_read_at), has_come(RunbookRow.remind_at))

    def __init__(
        self, *, config: Config, db: Database, clock: Clock, folder: Path, links: Mapping[str, str]
    ) -> None:
        self._config = config
        self._db = db
        self._clock = clock
        self._folder = folder
        self._links = links
        self._running = Background("Work on runbooks was broken off")
        self._looked_at: datetime | None = None

    def go_on_from(self, former: "RunbookReading") -> None:
        """What it has set going goes on here."""
        self._running = former._running

    @property
    def is_busy(self) -> bool:
        return len(self._running) > 0

    @property
    def is_to_look_at_files(self) -> bool:
        return self._looked_at is None or abs(self._clock.now() - self._looked_at) >= FILES_EVERY

    async def run(self) -> None:
        """Sets the due ones going; a server that hangs holds up nothing else."""
        if not self._config.runbooks.are_there:
            return
        now = self._clock.now()
        if self.is_to_look_at_files:
            self._looked_at = now
            await self._expect(now)
        async with self._db.read() as session:
            due = (await session.scalars(select(RunbookRow.name).where(RunbookRow.next_read_at <= now))).all()
            stale = await library.due_reminders(session, now=now)
        for name in due:
            await self._claim(name)
        for name in stale:
            async with self._db.begin() as session:
                await library.remind(session, name, config=self._config, now=self._clock.now())

    async def stop(self) -> None:
        await self._running.stop()

    def _source(self, page: RunbookPage) -> str:
        """Names where it comes from; the address itself may be a secret."""
        where = page.url or self._links.get(str(page.url_from), "")
        return hashlib.sha256(where.encode()).hexdigest()

    def _digests(self) -> dict[str, str | None]:
        """What the files of the folder are by now; None for one that cannot be read."""
        found: dict[str, str | None] = {}
        for name, path in files_in(self._folder, self._config).items():
            try:
                text = read_file(path).text
            except FetchFailed:
                text = None
            found[name] = None if text is None else library.digest_of(text, self._config)
        return found

    async def _expect(self, now: datetime) -> None:
        """Brings the rows in line with app.yaml and the folder: new ones are read at once, those that are gone go."""
        files = await asyncio.to_thread(self._digests)
        wanted = dict.fromkeys(files, "file")
        wanted |= {page.name: self._source(page) for page in self._config.runbooks.pages if page.is_fetched}
        async with self._db.read() as session:
            known = await session.execute(select(RunbookRow.name, RunbookRow.source, RunbookRow.digest))
            there = {str(name): (str(source), digest) for name, source, digest in known}
        changed = {name for name, digest in files.items() if name in there and there[name][1] != digest}
        if not changed and {name: source for name, (source, _) in there.items()} == wanted:
            return
        async with self._db.begin() as session:
            for row in await session.scalars(select(RunbookRow)):
                if row.name not in wanted:
                    await library.forget(session, row)
                elif row.source != wanted[row.name]:
                    row.source, row.etag, row.next_read_at = wanted[row.name], None, now
                elif row.name in changed:
                    row.next_read_at = min(row.next_read_at, now)
            nothing = {
                "title": "",
                "services": [],
                "checks": [],
                "severities": [],
                "steps": [],
                "failures": 0,
            }
            new = [
                {"name": name, "source": source, "known_at": now, "next_read_at": now, **nothing}
                for name, source in wanted.items()
                if name not in there
            ]
            await session.flush()
            await insert_missing(session, RunbookRow, new)

    async def _claim(self, name: str) -> None:
        now = self._clock.now()
        async with self._db.begin() as session:
            row = await session.get(RunbookRow, name, with_for_update={"skip_locked": True})
            if row is None or row.next_read_at > now:
                return
            row.next_read_at = now + LEASE
            etag = row.etag if row.text else None
        self._running.set_going(self._read(name, etag))

    async def _read(self, name: str, etag: str | None) -> None:
        page = self._config.runbooks.page(name)
        shown = f"{self._config.runbooks.folder}/{name}.md"
        every, problem, text, new_etag = FILES_EVERY, None, None, None
        try:
            if page is not None and page.is_fetched:
                shown, every = page.url or f"${page.url_from}", page.refresh_every
                fetched = await fetch(self._address(page), etag, accept=ACCEPT)
            else:
                path = files_in(self._folder, self._config).get(name)
                if path is None:
                    raise FetchFailed("the file is gone")
                shown = str(path)
                fetched = await asyncio.to_thread(read_file, path)
            text, new_etag = fetched.text, fetched.etag
        except FetchFailed as failure:
            problem = f"{shown}: {failure}"
        except Exception as error:
            log.exception("A runbook failed in Tocsin itself", runbook=name)
            problem = f"{shown}: a fault of Tocsin's ({type(error).__name__})"
        async with self._db.begin() as session:
            row = await session.get(RunbookRow, name, with_for_update=True)
            if row is not None:
                self._keep(session, row, text, new_etag, problem, shown, every, self._clock.now())

    def _keep(
        self,
        session: AsyncSession,
        row: RunbookRow,
        text: str | None,
        etag: str | None,
        problem: str | None,
        file: str,
        every: timedelta,
        now: datetime,
    ) -> None:
        if text is None and problem is None:
            text, etag = row.text, row.etag  # as it was; the rules may have changed
        digest = library.digest_of(text, self._config) if text is not None else None
        if text is not None and digest != row.digest:
            try:
                found = parse(row.name, text, self._config, file=file)
                library.keep(
                    session, row, found, text, digest=str(digest), etag=etag, config=self._config, now=now
                )
            except UnfitRunbook as unfit:
                problem = "\n".join(str(one) for one in unfit.problems)
        if problem is None:
            row.read_at, row.problem, row.failures = now, None, 0
        elif library.failed(row, problem):
            log.error(
                "A runbook cannot be read; the last good copy is used",
                runbook=row.name,
                problem=problem[:500],
                mend="Mend the file; `tocsin config check` tells all that is wrong.",
            )
        row.next_read_at = now + (LOOKED_AT if every == FILES_EVERY else library.wait_of(row, every))

    def _address(self, page: RunbookPage) -> str:
        address = page.url or self._links.get(str(page.url_from))
        if address is None:
            raise FetchFailed(f"the environment variable {page.url_from} is not set")
        return address


class StaleRunbookSender(OnCallSender):
    """Reminds whoever keeps a runbook that nobody has tried it for long; without an owner the announcement channel."""

    kind = "runbook.stale"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        row = await session.get(RunbookRow, str(item.about["runbook"]))
        if row is None or not library.is_stale(row, self.config, now=now):
            return Stale("it was tested meanwhile")
        is_there = row.owner is not None and not await gone(session, self.config, [row.owner])
        place = await self.place(session, str(row.owner)) if is_there else None
        args = {
            "channel": place or f"#{self.config.channels.announcements}",
            "text": view.stale_text(row),
            "blocks": view.stale_blocks(row),
        }
        return new_message(item, args)


class ChecklistSender(EditedInPlace[Checklist], ChannelPartSender):
    """A runbook's steps in the incident's channel: posted once, then edited in place."""

    kind = "runbook.checklist"
    what = "posting a runbook's steps"
    until_then = Later("the channel is not there yet")

    async def within(
        self, session: AsyncSession, item: OutboxItem, incident: Incident, channel: str, now: datetime
    ) -> Call | Stale | Later:
        row = await session.get(Checklist, int(item.about["checklist"]))
        if row is None:
            return Stale("the checklist is gone")
        awaits_card = incident.card_ts is None and now - item.created_at < CARD_AT_LATEST
        if row.message_ts is None and awaits_card:
            return Later("the card is not there yet")
        args = {
            "channel": channel,
            "text": view.checklist_text(row),
            "blocks": view.checklist_blocks(row, self.config),
        }
        if row.message_ts is None:
            return new_message(item, args)
        return Call("chat.update", {**args, "ts": row.message_ts})

    async def row(self, session: AsyncSession, item: OutboxItem) -> Checklist | None:
        return await session.get(Checklist, int(item.about["checklist"]), with_for_update=True)

    def tell_again(self, session: AsyncSession, row: Checklist, now: datetime) -> None:
        tell(session, row, now=now)


class CommandRunSender(EditedInPlace[CommandRun], ChannelPartSender):
    """A command's run in the thread of its steps: posted once, then edited while it goes on."""

    kind = "runbook.command"
    what = "telling of a command"
    until_then = Later("the channel is not there yet")

    async def within(
        self, session: AsyncSession, item: OutboxItem, incident: Incident, channel: str, now: datetime
    ) -> Call | Stale | Later:
        run = await session.get(CommandRun, int(item.about["run"]))
        checklist = await session.get(Checklist, run.checklist_id) if run is not None else None
        if run is None or checklist is None:
            return Stale("the run is gone")
        if checklist.message_ts is None:
            return Later("the steps are not there yet")
        is_asked = run.state == ASKED
        approvers = await may_approve(session, run, config=self.config, now=now) if is_asked else []
        args = {
            "channel": channel,
            "text": view.run_text(run, self.config),
            "blocks": view.run_blocks(run, self.config, approvers),
        }
        if run.message_ts is None:
            # Who is to approve it reads the channel, and not each thread.
            to_all = {"reply_broadcast": True} if is_asked else {}
            return new_message(item, {**args, "thread_ts": checklist.message_ts, **to_all})
        return Call("chat.update", {**args, "ts": run.message_ts})

    async def row(self, session: AsyncSession, item: OutboxItem) -> CommandRun | None:
        return await session.get(CommandRun, int(item.about["run"]), with_for_update=True)

    def tell_again(self, session: AsyncSession, row: CommandRun, now: datetime) -> None:
        tell_run(session, row, now=now)
