"""Asks Slack who somebody is: by e-mail for those whom app.yaml names, by id for those who act."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.outbox import OutboxItem
from bot.core.people import Person, person_by_email, remember
from bot.delivery.sender import Later, Sender, Stale
from bot.delivery.slack import Call
from bot.incidents.roles import add_responders


class FindPersonSender(Sender):
    """Finds the account behind an e-mail address, and adds it to the incident that waits for it."""

    kind = "person.find"
    what = "finding a responder in Slack"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        return Call("users.lookupByEmail", {"email": item.about["email"]})

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        person = await note_account(session, answer["user"], now=now)
        # Slack may know the person by another primary address than the one that we asked for.
        if await person_by_email(session, item.about["email"]) is None:
            person.email = item.about["email"].lower()
        if item.incident_id is not None:
            await add_responders(session, item.incident_id, [person.user_id], now=now)

    def what_of(self, item: OutboxItem) -> str:
        return f"finding {item.about['email']} in Slack"


class LookUpPersonSender(Sender):
    """Learns name, zone and kind of account of somebody who acts."""

    kind = "person.look_up"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        return Call("users.info", {"user": item.about["user"]})

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        await note_account(session, answer["user"], now=now)


async def note_account(session: AsyncSession, account: dict[str, Any], *, now: datetime) -> Person:
    """Keeps what Slack says of an account."""
    person = await remember(session, account["id"])
    profile = account.get("profile") or {}
    person.name = (profile.get("display_name") or account.get("name") or profile.get("real_name") or "")[:200]
    person.email = (profile.get("email") or person.email or "").lower() or None
    person.timezone = account.get("tz")
    person.is_guest = bool(account.get("is_restricted") or account.get("is_ultra_restricted"))
    person.is_outside = bool(account.get("is_stranger"))
    person.is_bot = bool(account.get("is_bot"))
    person.looked_up_at = now
    return person
