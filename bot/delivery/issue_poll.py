"""The tick's step that asks GitHub which issues were closed or reopened there."""

from datetime import datetime

import structlog

from bot.config import Config
from bot.core.background import Background
from bot.core.clock import Clock
from bot.core.db import Database
from bot.delivery.github import GITHUB, GitHub
from bot.delivery.issues import at_github, seen_of
from bot.delivery.limits import Gates
from bot.delivery.slack import RateLimited, SlackFailed
from bot.delivery.verdict import LONGEST_WAIT
from bot.reviews import issues
from bot.reviews.action_rows import IssuePoll

log = structlog.get_logger(__name__)

PAGES = 10


class IssuePolling:
    """Asks when it is time. One per process; the row tells the processes apart."""

    def __init__(self, *, config: Config, db: Database, clock: Clock, github: GitHub) -> None:
        self._config = config
        self._db = db
        self._clock = clock
        self._github = github
        self._expected = False
        self._running = Background("Asking GitHub for issues was broken off")

    def go_on_from(self, former: "IssuePolling") -> None:
        """What it has set going goes on here."""
        self._running = former._running

    @property
    def is_busy(self) -> bool:
        return len(self._running) > 0

    async def run(self) -> None:
        """Sets the poll going when it is due; a server that hangs holds up nothing else."""
        section = self._config.github
        if section is None or self.is_busy:
            return
        if not self._expected:
            async with self._db.begin() as session:
                await issues.expect_poll(session, self._config, now=self._clock.now())
            self._expected = True
        now, gates = self._clock.now(), Gates()
        async with self._db.read() as session:
            if not await issues.poll_due(session, section.repository, now=now):
                return
            await gates.read(session)
        if gates.closed_until(GITHUB, now) is not None:
            return  # GitHub has asked to wait
        async with self._db.begin() as session:
            row = await issues.claim_poll(session, section.repository, now=self._clock.now())
        if row is not None:
            self._running.set_going(self._poll(row))

    async def stop(self) -> None:
        await self._running.stop()

    async def _poll(self, row: IssuePoll) -> None:
        section = self._config.github
        assert section is not None
        wait = max(section.poll_every, issues.SHORTEST_POLL)
        problem, since_at, etag = None, None, row.etag
        try:
            since_at, etag = await self._read(row)
        except RateLimited as limit:
            async with self._db.begin() as session:
                await Gates().close(session, GITHUB, self._clock.now() + min(limit.wait, LONGEST_WAIT))
        except SlackFailed as failure:
            problem = failure.code
        now = self._clock.now()
        async with self._db.begin() as session:
            is_news = await issues.polled(
                session,
                row.repository,
                claimed_until=row.poll_at,
                next_at=now + wait,
                now=now,
                since_at=since_at,
                etag=etag,
                problem=problem,
            )
        if is_news:
            log.error(
                "GitHub does not tell which issues changed; it is asked again",
                repository=row.repository,
                problem=problem,
                mend=f"Check {section.token_from} and github.repository in app.yaml.",
            )

    async def _read(self, row: IssuePoll) -> tuple[datetime, str | None]:
        """Takes in what changed; returns since when to ask next, and the answer's tag where that is the same question."""
        since, tag = row.since_at, None
        for page in range(1, PAGES + 1):
            answer = await self._github.read(
                f"/repos/{row.repository}/issues",
                etag=row.etag if page == 1 else None,
                state="all",
                sort="updated",
                direction="asc",
                since=at_github(row.since_at),
                per_page="100",
                page=str(page),
            )
            if answer.said is None:
                return row.since_at, row.etag
            found = [seen_of(one, row.repository) for one in answer.said if "pull_request" not in one]
            await self._take_in(row.repository, found)
            updated = [datetime.fromisoformat(one["updated_at"]) for one in answer.said]
            since = max([since, *updated])
            tag = answer.etag
            if len(answer.said) < 100:
                break
        return since, tag if at_github(since) == at_github(row.since_at) else None

    async def _take_in(self, repository: str, found: list[issues.Seen]) -> None:
        async with self._db.read() as session:
            ours = await issues.numbers_of(session, repository, [seen.number for seen in found])
        for seen in found:
            if seen.number in ours:
                async with self._db.begin() as session:
                    await issues.took(
                        session, ours[seen.number], seen, config=self._config, now=self._clock.now()
                    )
