"""People as Slack knows them, remembered: who is a guest, whose zone is which, whose e-mail is whose."""

from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base, insert_missing


class Person(Base):
    """A member of the workspace. What is not known yet is empty; `looked_up_at` tells how old the rest is."""

    __tablename__ = "person"

    user_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str | None] = mapped_column(String(320), index=True)
    timezone: Mapped[str | None] = mapped_column(String(64))
    is_guest: Mapped[bool] = mapped_column(default=False)
    is_outside: Mapped[bool] = mapped_column(default=False)
    is_bot: Mapped[bool] = mapped_column(default=False)
    has_left: Mapped[bool] = mapped_column(default=False)
    looked_up_at: Mapped[datetime | None]
    # When they last opened App Home: their Home is kept current for a while after.
    home_opened_at: Mapped[datetime | None] = mapped_column(index=True)

    @property
    def is_no_member(self) -> bool:
        """Guests, bots, people of other organizations and those who have left neither act on incidents nor see them,
        unless app.yaml admits them (bot.incidents.permissions).
        """
        return self.is_guest or self.is_outside or self.is_bot or self.has_left


async def person(session: AsyncSession, user_id: str) -> Person | None:
    found: Person | None = await session.get(Person, user_id)
    return found


async def person_by_email(session: AsyncSession, email: str) -> Person | None:
    found: Person | None = await session.scalar(select(Person).where(Person.email == email.lower()).limit(1))
    return found


async def names_of(session: AsyncSession, user_ids: set[str]) -> dict[str, str]:
    """Names for the ids that are known; an export shows the bare id for the rest."""
    rows = await session.execute(select(Person.user_id, Person.name).where(Person.user_id.in_(user_ids)))
    return {user_id: name for user_id, name in rows if name}


async def accounts_named(session: AsyncSession, name: str) -> list[str]:
    """The ids of those who have this name in Slack."""
    found = await session.scalars(
        select(Person.user_id).where(Person.name == name).order_by(Person.user_id).limit(10)
    )
    return list(found)


async def remember(session: AsyncSession, user_id: str) -> Person:
    """The person's row, made if there is none."""
    known = await session.get(Person, user_id)
    if known is None:
        # Two first acts of one person may come at the same moment, to two replicas even.
        nothing = {"name": "", "is_guest": False, "is_outside": False, "is_bot": False, "has_left": False}
        await insert_missing(session, Person, [{"user_id": user_id, **nothing}])
        known = await session.get_one(Person, user_id)
    return known
