"""Links by which a page is acknowledged without Slack: random and signed, kept as a hash, for one person, once, for a while.

Looking at a link changes nothing (mail programs and chats look at every link); only the button on its page does.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.errors import NotFound, RuleRefused
from bot.core.signer import Signer
from bot.paging.ringing import bundle_of
from bot.paging.rows import AckLink, Page

LASTS = timedelta(hours=24)
KEPT_FOR = timedelta(days=7)


async def make_link(
    session: AsyncSession,
    *,
    signer: Signer,
    page_id: int,
    person: str,
    user_id: str | None,
    now: datetime,
    bundle: int | None = None,
) -> str:
    """A new link's token, known to its reader alone: the database has its hash. `bundle`: it is for all of its pages."""
    token = signer.signed(secrets.token_urlsafe(24))
    session.add(
        AckLink(
            page_id=page_id,
            bundle=bundle,
            person=person,
            user_id=user_id,
            token_hash=hashed(token),
            created_at=now,
            expires_at=now + LASTS,
        )
    )
    await session.flush()
    return token


async def look(session: AsyncSession, token: str, *, now: datetime) -> AckLink:
    """What a link is about, without using it up. Raises NotFound, or RuleRefused for one that is used or too old."""
    return _good(await find(session, token), now)


async def find(session: AsyncSession, token: str) -> AckLink | None:
    """The link, good or not; None where there never was one, or it is long gone."""
    found: AckLink | None = await session.scalar(select(AckLink).where(AckLink.token_hash == hashed(token)))
    return found


async def pages_of(session: AsyncSession, link: AckLink) -> Sequence[Page]:
    """What it is about, in their order."""
    ids = {link.page_id}
    if link.bundle is not None:
        ids |= {one.page_id for one in await bundle_of(session, link.bundle)}
    return (await session.scalars(select(Page).where(Page.id.in_(ids)).order_by(Page.id))).all()


async def use(session: AsyncSession, token: str, *, now: datetime) -> AckLink:
    """Uses a link up. The caller acknowledges the page for `person` in the same transaction.

    The link's row is locked after the page's: the caller has looked at it, and holds the page.
    """
    link = await session.scalar(
        select(AckLink)
        .where(AckLink.token_hash == hashed(token))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    link = _good(link, now)
    link.used_at = now
    return link


def _good(link: AckLink | None, now: datetime) -> AckLink:
    if link is None:
        raise NotFound("This link leads nowhere.", "Open the page in Slack.")
    if link.used_at is not None:
        raise RuleRefused("This link was used already.", "Look in Slack who has the page.")
    if link.expires_at <= now:
        raise RuleRefused("This link is too old.", "Look in Slack whether the page still rings.")
    return link


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


async def purge(session: AsyncSession, *, now: datetime) -> None:
    """Forgets links that nobody can use any more."""
    await session.execute(delete(AckLink).where(AckLink.expires_at < now - KEPT_FOR))
