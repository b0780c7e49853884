"""Asks Slack who people are: all by its list of members, one by e-mail whom app.yaml names, or by id who acts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.outbox import OutboxItem, Priority, enqueue
from bot.core.people import Person, person_by_email
from bot.delivery.sender import Later, Sender, Stale
from bot.delivery.slack import Call
from bot.incidents.permissions import admits
from bot.incidents.roles import add_responders

log = structlog.get_logger(__name__)

# Slack recommends pages of 200, and allows twenty calls a minute.
PAGE = 200
PAGE_EVERY = timedelta(seconds=6)
READ_EVERY = timedelta(days=1)
MEMBERS = "members"


class FindPersonSender(Sender):
    """Finds the account behind an e-mail address, and adds it to the incident that waits for it."""

    kind = "person.find"
    what = "finding a responder in Slack"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        return Call("users.lookupByEmail", {"email": item.about["email"]})

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        await self.lock(session, item)
        person = await note_account(session, answer["user"], now=now)
        # Slack may know the person by another primary address than the one that we asked for.
        if await person_by_email(session, item.about["email"]) is None:
            person.email = item.about["email"].lower()
        if item.incident_id is not None:
            await add_responders(session, item.incident_id, [person.user_id], now=now)

    def what_of(self, item: OutboxItem) -> str:
        return f"finding {item.about['email']} in Slack"


class LookUpPersonSender(Sender):
    """Learns name, zone and kind of account of somebody who acted while Slack did not say."""

    kind = "person.look_up"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        return Call("users.info", {"user": item.about["user"]})

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        person = await note_account(session, answer["user"], now=now)
        if not admits(self.config, person):
            log.warning(
                "Somebody who is no full member acted while Slack did not say so; they may not any more",
                user=person.user_id,
                since=item.created_at.isoformat(),
            )


def look_up_person(session: AsyncSession, user_id: str, *, now: datetime) -> None:
    """Asks Slack who somebody is."""
    enqueue(session, "person.look_up", now=now, about={"user": user_id}, fold=f"person:{user_id}")


class ReadMembersSender(Sender):
    """Reads the list of the workspace's members, a page at a time, and begins again the next day.

    So hardly anybody who acts is unknown (handlers.authorise). There is no hurry: it leaves after all else,
    and keeps to half of what Slack allows.
    """

    kind = "members.read"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        if not self.config.delivery.read_members:
            return Stale("app.yaml says not to")
        cursor = item.about.get("cursor")
        return Call("users.list", {"limit": PAGE, **({"cursor": cursor} if cursor else {})})

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        members = answer.get("members", ())
        await note_accounts(session, [one for one in members if not one.get("deleted")], now=now)
        await _note_gone(session, [one["id"] for one in members if one.get("deleted")])
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        await _read(session, cursor, now=now, delay=PAGE_EVERY if cursor else READ_EVERY)

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        """A cursor does not live for ever: from the beginning, then."""
        held = await session.get(OutboxItem, item.id)
        if code != "invalid_cursor" or held is None or not held.about:
            return None
        held.about = {}
        await session.flush()
        return PAGE_EVERY


async def read_members(session: AsyncSession, *, now: datetime) -> None:
    """Begins to read the members, unless that is waiting already: at the first start, or after it was given up."""
    waiting = select(OutboxItem.id).where(OutboxItem.fold == MEMBERS, OutboxItem.due_at.is_not(None))
    if await session.scalar(waiting.limit(1)) is None:
        await _read(session, None, now=now, delay=timedelta())


async def _read(session: AsyncSession, cursor: str | None, *, now: datetime, delay: timedelta) -> None:
    enqueue(
        session,
        "members.read",
        now=now,
        about={"cursor": cursor} if cursor else {},
        fold=MEMBERS,
        priority=Priority.DIGEST,
        delay=delay,
    )


async def note_account(session: AsyncSession, account: dict[str, Any], *, now: datetime) -> Person:
    """Keeps what Slack says of an account."""
    await note_accounts(session, [account], now=now)
    return await session.get_one(Person, account["id"], populate_existing=True)


async def note_accounts(session: AsyncSession, accounts: Sequence[dict[str, Any]], *, now: datetime) -> None:
    """The same for many, in one statement: nobody's click is to wait for two hundred."""
    rows = sorted((_row(account, now) for account in accounts), key=lambda row: str(row["user_id"]))
    if not rows:
        return
    insert = insert_sqlite if session.get_bind().dialect.name == "sqlite" else insert_postgres
    statement = insert(Person)
    said: dict[str, Any] = {name: statement.excluded[name] for name in rows[0] if name != "user_id"}
    # Without the scope for it, or for a hidden address, Slack says none.
    said["email"] = func.coalesce(statement.excluded.email, Person.email)
    await session.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=said), rows)


async def _note_gone(session: AsyncSession, user_ids: Sequence[str]) -> None:
    """Of those who have left, only who was known here matters: the rest of the years need not be kept."""
    known = (Person.user_id.in_(user_ids), Person.has_left.is_(False))
    await session.execute(
        update(Person).where(*known).values(has_left=True).execution_options(synchronize_session=False)
    )


def _row(account: dict[str, Any], now: datetime) -> dict[str, Any]:
    profile = account.get("profile") or {}
    name = profile.get("display_name") or account.get("name") or profile.get("real_name") or ""
    return {
        "user_id": account["id"],
        "name": name[:200],
        "email": (profile.get("email") or "").lower() or None,
        "timezone": account.get("tz"),
        "is_guest": bool(account.get("is_restricted") or account.get("is_ultra_restricted")),
        "is_outside": bool(account.get("is_stranger")),
        "is_bot": bool(account.get("is_bot")),
        "has_left": bool(account.get("deleted")),
        "looked_up_at": now,
    }
