"""Action items as issues on GitHub: what is wanted there, and what was seen there.

Two know of an issue's state, and either may change it. `issue_state` is what both knew last: what differs from it on
one side was changed there, and the other follows. With two states they can never have changed it to different ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.db import insert_missing, left_work
from bot.core.errors import RuleRefused
from bot.core.viewer import PROGRAM, Viewer
from bot.reviews.action_course import close_elsewhere, held, open_again
from bot.reviews.action_rows import DONE, DROPPED, ActionItem, IssuePoll
from bot.reviews.actions import tell_github

OPEN, CLOSED = "open", "closed"
NOT_PLANNED = "not_planned"
# A poll that a process died over is taken up by another.
POLL_LEASE = timedelta(minutes=2)
SHORTEST_POLL = timedelta(minutes=1)


@dataclass(frozen=True)
class Seen:
    """An issue as GitHub told it."""

    repository: str
    number: int
    state: str
    reason: str | None
    updated_at: datetime


def state_of(item: ActionItem) -> str:
    """The state that its issue is to have."""
    return OPEN if item.is_unfinished else CLOSED


async def want(session: AsyncSession, number: int, *, config: Config, by: str, now: datetime) -> ActionItem:
    """Asks for an issue of this item."""
    item, _ = await held(session, number, Viewer(by))
    if config.github is None:
        raise RuleRefused(
            "No repository on GitHub is named in app.yaml.",
            "Whoever keeps it can add `github: {repository: …}`.",
        )
    if item.private:
        raise RuleRefused(f"Action item #{item.id} came of a private incident and stays here.")
    if item.issue_number is not None:
        raise RuleRefused(f"Action item #{item.id} is issue {item.issue_number} of {item.issue_repository}.")
    item.issue_wanted = True
    tell_github(session, item, now=now)
    return item


async def took(
    session: AsyncSession,
    number: int,
    seen: Seen,
    *,
    config: Config,
    now: datetime,
    sent: str | None = None,
    title: str | None = None,
) -> None:
    """Notes how the item's issue stands on GitHub. What was changed there becomes of the item; `sent` is the state that
    we asked for ourselves just now, `title` the one that needs to be sent no more.
    """
    item, incident = await held(session, number, PROGRAM)
    item.issue_title = title or item.issue_title
    if item.issue_number is None:
        item.issue_repository, item.issue_number = seen.repository, seen.number
    elif item.issue_seen_at is not None and seen.updated_at < item.issue_seen_at:
        return  # an answer from before what we know
    # It was open when it was made: what was found closed, after an answer that never came, was closed by somebody.
    changed_there = seen.state not in (item.issue_state or OPEN, sent)
    item.issue_state, item.issue_seen_at, item.issue_problem = seen.state, seen.updated_at, None
    if not changed_there or seen.state == state_of(item):
        return
    if seen.state == OPEN:
        open_again(session, item, incident, config=config, by=None, now=now, via="github")
    elif seen.reason in (NOT_PLANNED, "duplicate"):
        why = (
            "Closed on GitHub as not planned"
            if seen.reason == NOT_PLANNED
            else "Closed on GitHub as a duplicate"
        )
        close_elsewhere(session, item, incident, DROPPED, reason=why, now=now)
    else:
        close_elsewhere(session, item, incident, DONE, reason="", now=now)


async def lost(session: AsyncSession, number: int, *, now: datetime) -> None:
    """Its issue is not there any more: deleted, or moved to another repository."""
    item, _ = await held(session, number, PROGRAM)
    item.issue_problem = f"Issue {item.issue_number} was deleted or moved; the item stands for itself."
    item.issue_wanted, item.issue_number, item.issue_title = False, None, None
    item.issue_state = item.issue_seen_at = None


async def renamed(session: AsyncSession, former: str, repository: str) -> None:
    """The repository has another name: its issues are the same ones."""
    await session.execute(
        update(ActionItem)
        .where(ActionItem.issue_repository == former)
        .values(issue_repository=repository)
        .execution_options(synchronize_session=False)
    )


async def failed(session: AsyncSession, number: int, problem: str) -> None:
    """What keeps its issue from being made or changed, for people to read."""
    await session.execute(
        update(ActionItem).where(ActionItem.id == number).values(issue_problem=problem[:500])
    )


# -- asking GitHub ----------------------------------------------------------------------------------------------


async def expect_poll(session: AsyncSession, config: Config, *, now: datetime) -> None:
    """The row of the configured repository; it is asked for what changes from now on, and since a change of it."""
    if config.github is not None:
        row = {"repository": config.github.repository, "poll_at": now, "since_at": now - timedelta(days=1)}
        await insert_missing(session, IssuePoll, [row])


async def poll_due(session: AsyncSession, repository: str, *, now: datetime) -> bool:
    found = await session.scalar(
        select(IssuePoll.repository).where(IssuePoll.repository == repository, IssuePoll.poll_at <= now)
    )
    return found is not None


async def claim_poll(session: AsyncSession, repository: str, *, now: datetime) -> IssuePoll | None:
    """Takes the poll for this process, for as long as the lease; None: another has it."""
    row: IssuePoll | None = await session.scalar(
        select(IssuePoll)
        .where(IssuePoll.repository == repository, IssuePoll.poll_at <= now)
        .with_for_update(skip_locked=True)
    )
    if row is not None:
        row.poll_at = now + POLL_LEASE
    return row


async def polled(
    session: AsyncSession,
    repository: str,
    *,
    claimed_until: datetime,
    next_at: datetime,
    now: datetime,
    since_at: datetime | None = None,
    etag: str | None = None,
    problem: str | None = None,
) -> bool:
    """Notes what came of a poll; returns whether a problem is news. Where GitHub's hook has asked for another one while it
    was read, that comes at once: what the hook told of may have come behind what was read.
    """
    row = await session.get_one(IssuePoll, repository, with_for_update=True)
    is_news = problem is not None and row.problem is None
    asked_again = row.poll_at < claimed_until
    if asked_again:
        left_work(session)
    row.poll_at, row.problem = (now if asked_again else next_at), problem and problem[:500]
    if problem is None:
        row.answered_at = now
        row.etag = etag
        row.since_at = since_at or row.since_at
    return is_news


async def poll_now(session: AsyncSession, repository: str, *, now: datetime) -> None:
    """GitHub says that something changed: it is asked at once what that is."""
    left_work(session)
    await session.execute(
        update(IssuePoll)
        .where(IssuePoll.repository == repository, IssuePoll.poll_at > now)
        .values(poll_at=now)
        .execution_options(synchronize_session=False)
    )


async def numbers_of(session: AsyncSession, repository: str, issues: Sequence[int]) -> dict[int, int]:
    """The items of these issues, by the issue's number."""
    found = await session.execute(
        select(ActionItem.issue_number, ActionItem.id).where(
            ActionItem.issue_repository == repository, ActionItem.issue_number.in_(issues)
        )
    )
    return {int(issue or 0): number for issue, number in found}
