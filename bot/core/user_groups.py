"""Who is in the Slack user groups that app.yaml names: what Slack said last."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import String, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base


class UserGroup(Base):
    """One that app.yaml names, by its handle without @. One that Slack does not know has no `group_id` and nobody in it."""

    __tablename__ = "user_group"

    handle: Mapped[str] = mapped_column(String(40), primary_key=True)
    group_id: Mapped[str | None] = mapped_column(String(40))
    users: Mapped[list[str]]
    read_at: Mapped[datetime]


async def groups_with(session: AsyncSession, handles: Collection[str], user_id: str) -> set[str] | None:
    """Those of `handles` that this person is in; None: in none that is known, and of some Slack has not said yet."""
    rows = await session.execute(
        select(UserGroup.handle, UserGroup.users).where(UserGroup.handle.in_(handles))
    )
    known = {one.handle: one.users for one in rows}
    found = {handle for handle, users in known.items() if user_id in users}
    return None if not found and len(known) < len(set(handles)) else found


async def members_of(session: AsyncSession, handles: Collection[str]) -> list[str]:
    """The accounts that are in one of these groups, as far as Slack has said."""
    if not handles:
        return []
    rows = await session.scalars(select(UserGroup.users).where(UserGroup.handle.in_(handles)))
    return sorted({user for users in rows for user in users})


async def unknown_groups(session: AsyncSession, handles: Collection[str]) -> set[str]:
    """Those of `handles` of which Slack has not said yet who is in them."""
    known = await session.scalars(select(UserGroup.handle).where(UserGroup.handle.in_(handles)))
    return set(handles) - set(known)


async def keep_groups(
    session: AsyncSession, handles: Collection[str], listed: Collection[dict[str, Any]], *, now: datetime
) -> None:
    """Keeps what Slack says of these groups, and no others. One that is switched off is one that it does not know."""
    await session.execute(delete(UserGroup).where(UserGroup.handle.not_in(handles)))
    by_handle = {one.get("handle"): one for one in listed if not one.get("date_delete")}
    for handle in sorted(handles):
        said = by_handle.get(handle) or {}
        row = await session.get(UserGroup, handle, with_for_update=True)
        if row is None:
            row = UserGroup(handle=handle, group_id=None, users=[], read_at=now)
            session.add(row)
        row.group_id, row.users, row.read_at = said.get("id"), list(said.get("users") or ()), now
    await session.flush()
