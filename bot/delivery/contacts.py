"""Pages by contact methods, their codes, tests and probes; and the call for help when Slack does not take it.

What is sent is decided when it is sent: an acknowledged page does not ring.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.errors import OperatorError
from bot.core.outbox import OutboxItem
from bot.delivery.pages import DirectSender, bundle, drop_bundle, leave_again, locked_bundle, page_of
from bot.delivery.providers import ProviderRefused
from bot.delivery.sender import Later, Stale, new_message
from bot.delivery.slack import Call, Refused, Slack, SlackFailed
from bot.delivery.ways import MethodSender, WaySender
from bot.incidents.paging import changed
from bot.incidents.rows import Incident
from bot.paging import told
from bot.paging.contacts import is_current_code
from bot.paging.people import account_of
from bot.paging.probes import tell_unready
from bot.paging.ringing import still_rings
from bot.paging.rows import ContactMethod, Page
from bot.views import contact_text
from bot.views.contacts import unready_text

EMAIL = "email"
# A probe that stumbles so often is told of.
PROBE_TRIES = 3


class ContactSender(WaySender):
    """The ring, by a contact method. Notifications that leave together are one message."""

    kind = "page.contact"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        together = await bundle(session, int(item.about["notification"]))
        ringing = [one for one in together.notifications if still_rings(together.of(one), one)]
        if not ringing:
            return Stale("nothing of it rings any more")
        method = await session.get(ContactMethod, ringing[0].contact_method_id)
        usable = method is not None and method.disabled_at is None and method.verified_at is not None
        pages = [together.of(one) for one in ringing]
        return Call(
            ringing[0].method,
            {
                "address": method.address if method is not None and usable else None,
                "pages": pages,
                "told": [one.id for one in ringing],
                "person": str(ringing[0].person),
                "user_id": ringing[0].user_id,
                "channel_id": await _channel_of(session, pages),
            },
        )

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        if call.args["address"] is None:  # a failure like any other: the person's other methods take over
            raise ProviderRefused(call.method, "the contact method was removed or switched off")
        pages: list[Page] = call.args["pages"]
        link = await self.ways.link(
            pages[0].id,
            person=call.args["person"],
            user_id=call.args["user_id"],
            bundle=int(item.about["notification"]) if len(pages) > 1 else None,
        )
        message = contact_text.ring_message(
            pages, link, self.config, channel_id=call.args["channel_id"], perhaps_again=item.doubtful
        )
        return {"said": await self.ways.providers.send(call.method, call.args["address"], message)}

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        first, included = int(item.about["notification"]), set(call.args["told"])
        for one, page, record_on in await locked_bundle(session, first):
            if one.id in included:
                told.accepted(session, page, one, record_on=record_on, now=now, answer=answer["said"])
                await changed(session, page, record_on, now=now)
        await leave_again(session, first, included, now=now)

    async def lock(self, session: AsyncSession, item: OutboxItem) -> None:
        await locked_bundle(session, int(item.about["notification"]))

    async def dropped(self, session: AsyncSession, item: OutboxItem, reason: str, now: datetime) -> None:
        await drop_bundle(session, int(item.about["notification"]), reason, config=self.config, now=now)

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        for one, page, record_on in await locked_bundle(session, int(item.about["notification"])):
            await told.failed(session, page, one, code, config=self.config, record_on=record_on, now=now)
            await changed(session, page, record_on, now=now)
        return None

    async def stumbled(
        self, session: AsyncSession, item: OutboxItem, failure: SlackFailed, now: datetime
    ) -> None:
        if isinstance(failure, Refused):
            return
        for one, page, record_on in await locked_bundle(session, int(item.about["notification"])):
            await told.stumbled(session, page, one, failure.code, item.attempts, config=self.config, now=now)
            await changed(session, page, record_on, now=now)


async def _channel_of(session: AsyncSession, pages: list[Page]) -> str | None:
    """The channel of the one incident that they are about, unless it is private."""
    incidents = {page.incident_id for page in pages}
    if len(incidents) != 1 or None in incidents or any(page.private for page in pages):
        return None
    incident = await session.get(Incident, incidents.pop())
    return incident.channel_id if incident is not None else None


class CodeSender(MethodSender):
    """The code that verifies an address. It rests encrypted, and only until it is too old."""

    kind = "contact.code"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        method = await self.method_of(session, item, verified=False)
        if isinstance(method, Stale):
            return method
        try:
            code = self.ways.providers.vault.decrypt(str(item.about["code"]))
        except OperatorError:
            return Stale("the key of its code is gone; another code can be asked for")
        if not is_current_code(method, code, now=now):
            return Stale("it is verified already, or there is a newer code, or this one is too old")
        return self.message_call(method, contact_text.code_message(code, self.config.organization))


class TrySender(MethodSender):
    """What a person asked for to see how it rings."""

    kind = "contact.test"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        if now - item.created_at > timedelta(minutes=15):
            return Stale("nobody waits for this test any more")
        method = await self.method_of(session, item)
        if isinstance(method, Stale):
            return method
        return self.message_call(method, contact_text.test_message(self.config.organization))


class NobodyBesideSender(WaySender):
    """Tells a person whom to call, when Slack does not take it: by a contact method, or the e-mail of app.yaml."""

    kind = "page.nobody_beside"
    what = "telling beside Slack that nobody has taken a page"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        page = await page_of(session, int(item.about["page"]))
        if not page.is_open or page.acknowledged_at is not None:
            return Stale("somebody has it by now")
        person = str(item.about["person"])
        said = {
            "page": page,
            "people": item.about["people"],
            "person": person,
            "user_id": await account_of(session, self.config, person),
        }
        if item.about["method"] is None:
            configured = self.config.person(person)
            if configured is None or configured.email is None or not self.ways.providers.can("email"):
                return Stale("there is no gateway for e-mail, or no address")
            return Call(EMAIL, {"plain": configured.email, **said})
        method = await session.get(ContactMethod, int(item.about["method"]))
        if method is None or method.disabled_at is not None or method.verified_at is None:
            return Stale("the contact method is gone, or switched off")
        return Call(method.kind, {"address": method.address, **said})

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        page, user_id = call.args["page"], call.args["user_id"]
        link: str | None = None
        if user_id is not None:  # who has no account in Slack cannot be written down as the one who has it
            link = await self.ways.link(page.id, person=call.args["person"], user_id=user_id)
        message = contact_text.nobody_message(page, call.args["people"], link, self.config)
        if "plain" in call.args:
            return {"said": await self.ways.providers.send_to(call.method, call.args["plain"], message)}
        return {"said": await self.ways.providers.send(call.method, call.args["address"], message)}


class ProbeSender(MethodSender):
    """A quiet message before a shift: it is enough that the provider accepts it."""

    kind = "contact.probe"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        if datetime.fromisoformat(item.about["starts_at"]) <= now:
            return Stale("the shift has begun")
        method = await self.method_of(session, item)
        if isinstance(method, Stale):
            return method
        return self.message_call(method, contact_text.probe_message(self.config.organization))

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        if item.attempts == 1:
            await self._tell(session, item, now)
        return await super().refused(session, item, code, now)

    async def stumbled(
        self, session: AsyncSession, item: OutboxItem, failure: SlackFailed, now: datetime
    ) -> None:
        if not isinstance(failure, Refused) and item.attempts == PROBE_TRIES:
            await self._tell(session, item, now)
        await super().stumbled(session, item, failure, now)

    async def _tell(self, session: AsyncSession, item: OutboxItem, now: datetime) -> None:
        method = await session.get(ContactMethod, int(item.about["method"]))
        if method is not None:
            about = {key: item.about[key] for key in ("schedule", "person", "starts_at")}
            tell_unready(session, about, method.label, config=self.config, now=now)


class UnreadySender(DirectSender):
    """Tells a person, and the schedule's owner, that there is no way to reach the person but Slack."""

    kind = "contact.unready"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        about = item.about
        starts_at = datetime.fromisoformat(about["starts_at"])
        schedule = self.config.schedule(about["schedule"])
        to = await self.address_of(session, about["to"])
        if starts_at <= now or schedule is None or to is None:
            return Stale("the shift has begun, or app.yaml does not know who is concerned any more")
        own = about["to"] == about["person"]
        if not own and await account_of(session, self.config, about["person"]) is None:
            return Stale("Slack does not know them at all, which the owner is told with the reminder")
        words = unready_text(None if own else about["person"], schedule.shown_name, starts_at, about["label"])
        return new_message(item, {"channel": to, "text": words})
