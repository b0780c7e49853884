"""Feeds: a person's or a schedule's shifts for calendar programs, behind a link that is the only key."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.errors import NotFound
from bot.oncall.overrides import known_person, known_schedule
from bot.oncall.rows import FeedLink

TOKEN_BYTES = 32


async def make_feed_link(
    session: AsyncSession,
    *,
    config: Config,
    person: str | None = None,
    schedule: str | None = None,
    by: str | None,
    now: datetime,
) -> str:
    """A new secret for the shifts of a person or of a schedule; it is told this once.

    Earlier links of the same maker to the same feed end. Raises UserError for unknown names.
    """
    assert (person is None) != (schedule is None), "a feed is a person's or a schedule's"
    person = None if person is None else known_person(config, person)
    schedule = None if schedule is None else known_schedule(config, schedule)
    for link in await feed_links_of(session, by):
        if (link.person, link.schedule) == (person, schedule):
            link.revoked_at = now
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        FeedLink(token_hash=_digest(token), person=person, schedule=schedule, made_by=by, made_at=now)
    )
    return token


async def revoke_feed_link(session: AsyncSession, link_id: int, *, by: str | None, now: datetime) -> None:
    """Ends a link of one's own; raises NotFound."""
    link = await session.get(FeedLink, link_id, with_for_update=True)
    if link is None or link.made_by != by or link.revoked_at is not None:
        raise NotFound("You have no such calendar link.", "It may be revoked already.")
    link.revoked_at = now


async def feed_links_of(session: AsyncSession, user_id: str | None) -> Sequence[FeedLink]:
    """The links that somebody made and that work, the newest last."""
    query = select(FeedLink).where(FeedLink.made_by == user_id, FeedLink.revoked_at.is_(None))
    return (await session.scalars(query.order_by(FeedLink.id))).all()


async def feed_link(session: AsyncSession, token: str) -> FeedLink | None:
    """The link of this secret, if it works."""
    digest = _digest(token)
    link: FeedLink | None = await session.scalar(select(FeedLink).where(FeedLink.token_hash == digest))
    # The index compares digests, of which nobody can choose the beginning; this costs nothing more.
    if link is None or not hmac.compare_digest(link.token_hash, digest) or link.revoked_at is not None:
        return None
    return link


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
