"""What reaching people beside Slack takes, for the senders that do."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.outbox import OutboxItem
from bot.core.signer import Signer
from bot.delivery.github import GitHub
from bot.delivery.providers import Providers
from bot.delivery.sender import Sender, Stale
from bot.delivery.slack import Call, Refused, Slack, SlackFailed
from bot.delivery.webhooks import Webhooks
from bot.incidents.homes import refresh_home
from bot.paging.contacts import note_outcome
from bot.paging.links import make_link
from bot.paging.rows import ContactMethod
from bot.views.contact_text import Message


@dataclass(frozen=True)
class Ways:
    """The providers, and what makes links to the site; without `public_url` there are none."""

    providers: Providers
    db: Database
    clock: Clock
    public_url: str | None
    signer: Signer
    github: GitHub
    webhooks: Webhooks

    async def link(
        self, page_id: int, *, person: str, user_id: str | None, bundle: int | None = None
    ) -> str | None:
        """A new link to a page, or to all of a bundle. In a transaction of its own, which ends before anything is sent."""
        if self.public_url is None:
            return None
        async with self.db.begin() as session:
            token = await make_link(
                session,
                signer=self.signer,
                page_id=page_id,
                bundle=bundle,
                person=person,
                user_id=user_id,
                now=self.clock.now(),
            )
        return f"{self.public_url}/p/{token}"


class WaySender(Sender):
    """A sender that knows these ways."""

    def __init__(self, config: Config, ways: Ways) -> None:
        super().__init__(config)
        self.ways = ways


class MethodSender(WaySender):
    """Tells one person something by one contact method, and keeps what came of it for its owner to see."""

    async def method_of(
        self, session: AsyncSession, item: OutboxItem, *, verified: bool = True
    ) -> ContactMethod | Stale:
        method = await session.get(ContactMethod, int(item.about["method"]))
        if method is None:
            return Stale("the contact method was removed")
        if method.disabled_at is not None:
            return Stale("the contact method is switched off")
        if verified and method.verified_at is None:
            return Stale("the contact method is not verified")
        return method

    def message_call(self, method: ContactMethod, message: Message) -> Call:
        # The kind stands where Slack's calls have their method: what limits one kind does not limit others.
        return Call(method.kind, {"address": method.address, "message": message})

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        answer = await self.ways.providers.send(call.method, call.args["address"], call.args["message"])
        return {"said": answer}

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        await self._note(session, item, None, now)

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        await self._note(session, item, code, now)
        return None

    async def stumbled(
        self, session: AsyncSession, item: OutboxItem, failure: SlackFailed, now: datetime
    ) -> None:
        if not isinstance(failure, Refused):
            await self._note(session, item, failure.code, now)

    async def _note(
        self, session: AsyncSession, item: OutboxItem, problem: str | None, now: datetime
    ) -> None:
        user_id = await note_outcome(session, int(item.about["method"]), problem, now=now)
        if user_id is not None:
            refresh_home(session, user_id, now=now)
