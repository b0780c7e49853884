"""Pages in Slack: the ring, its message kept current, who is in a group.

What is sent is decided when it is sent: an acknowledged page does not ring.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.alerts.queries import pages_with_alerts
from bot.config import Config
from bot.core.outbox import OutboxItem, enqueue
from bot.core.people import person_by_email
from bot.core.timeline import HasTimeline
from bot.core.viewer import PROGRAM
from bot.delivery.incident_messages import GONE, find_channel, in_dm
from bot.delivery.people import note_account
from bot.delivery.sender import Later, Sender, Stale, find_message, key_of, new_message
from bot.delivery.slack import Call, Refused, Slack, SlackFailed
from bot.delivery.twins import LOOKED_FOR_AFTER
from bot.incidents.paging import changed, locked_page, locked_pages
from bot.paging import told
from bot.paging.course import hurry, policy_of
from bot.paging.people import account_of, people_of
from bot.paging.ringing import CHANNEL, bundle_of, leaves, notifications_of, ring_members, still_rings
from bot.paging.rows import QUEUED, Notification, Page
from bot.paging.status import statuses
from bot.views import page as page_view

# In an answer: the account behind an e-mail address that was written to.
ACCOUNT = "_account"


async def page_of(session: AsyncSession, page_id: int) -> Page:
    found = await session.get(Page, page_id)
    if found is None:
        raise LookupError(f"there is no page {page_id}")
    return found


@dataclass(frozen=True)
class Bundle:
    """What one message tells of: notifications with their pages, in their order."""

    notifications: Sequence[Notification]
    pages: Sequence[Page]
    # All notifications of these pages: what else they rang tells how they stand.
    told: Sequence[Notification]

    def of(self, notification: Notification) -> Page:
        return next(page for page in self.pages if page.id == notification.page_id)


async def bundle(session: AsyncSession, first: int) -> Bundle:
    rows = (await session.execute(_BUNDLE, {"first": first})).all()
    told = [one for one, _ in rows]
    pages = {page.id: page for _, page in rows}
    together = [one for one in told if first in (one.id, one.bundle)]
    return Bundle(together, [pages[number] for number in sorted(pages)], told)


_TOGETHER = aliased(Notification)
_FIRST = bindparam("first", type_=_TOGETHER.id.type)
# In one statement: a page that leaves waits for this, and for nothing else.
_BUNDLE = (
    select(Notification, Page)
    .join(Page, Page.id == Notification.page_id)
    .where(
        Notification.page_id.in_(
            select(_TOGETHER.page_id).where(or_(_TOGETHER.id == _FIRST, _TOGETHER.bundle == _FIRST))
        )
    )
    .order_by(Notification.id)
)


class DirectSender(Sender):
    """A message to a person (by user id, or by e-mail until the id is known) or to a channel by its name."""

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        call, account = await self._addressed(slack, call)
        return {**await slack.call(call), ACCOUNT: account}

    async def find(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        to, key = str(call.args["channel"]), item.about.get("key")
        if to.startswith("#"):
            channel = await find_channel(slack, to[1:])
            if channel is None:
                return None
            there = Call(call.method, {**call.args, "channel": channel["id"]})
            return await find_message(slack, item, there, key=key)
        call, account = await self._addressed(slack, call)
        found = await find_message(slack, item, await in_dm(slack, call), key=key)
        return None if found is None else {**found, ACCOUNT: account}

    def besides(self, call: Call) -> tuple[str, ...]:
        return ("users.lookupByEmail",) if "@" in str(call.args.get("channel", "")) else ()

    async def _addressed(self, slack: Slack, call: Call) -> tuple[Call, dict[str, Any] | None]:
        """The call with a user id in the place of an e-mail address, and the account that Slack told for it."""
        to = str(call.args.get("channel", ""))
        if "@" not in to:
            return call, None
        found = await slack.call(Call("users.lookupByEmail", {"email": to}))
        return Call(call.method, {**call.args, "channel": found["user"]["id"]}), found["user"]

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        """Remembers whose address it was: the next page need not ask."""
        account = answer.get(ACCOUNT)
        if account is not None:
            person = await note_account(session, account, now=now)
            if await person_by_email(session, str(call.args["channel"])) is None:
                person.email = str(call.args["channel"]).lower()

    async def address_of(self, session: AsyncSession, person: str) -> str | None:
        """Where this person is written to: a user id, or the e-mail address that Slack is asked by."""
        known = await account_of(session, self.config, person)
        configured = self.config.person(person)
        return known or (configured.email if configured is not None else None)


class NotifySender(DirectSender):
    """The ring, in Slack. Notifications that leave together are one message."""

    kind = "page.notify"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        first = int(item.about["notification"])
        together = await bundle(session, first)
        ringing = [one for one in together.notifications if still_rings(together.of(one), one)]
        told = ringing or together.notifications
        to = await self._to(session, told[0])
        if to is None:
            return Stale("app.yaml does not know this person any more")
        pages = await pages_with_alerts(
            session,
            await statuses(
                session, map(together.of, told), config=self.config, now=now, notifications=together.told
            ),
        )
        args = {
            "channel": to,
            "text": page_view.page_text(pages, self.config),
            "blocks": page_view.page_blocks(pages, self.config, first=first),
        }
        call = new_message(item, args)
        # As names, since Slack's own types know no list of numbers there.
        call.args["metadata"]["event_payload"]["told"] = {str(one.id): True for one in told}
        return call if ringing else Stale("nothing of it rings any more", sent_before=call)

    async def _to(self, session: AsyncSession, notification: Notification) -> str | None:
        if notification.method == CHANNEL:
            return f"#{notification.channel}"
        if notification.user_id is not None:
            return notification.user_id
        return await self.address_of(session, str(notification.person))

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        first = int(item.about["notification"])
        # Of a message that was found, what it told when it was posted.
        included = {int(one) for one in answer.get("payload", call.args["metadata"]["event_payload"])["told"]}
        for one, page, record_on in await locked_bundle(session, first):
            if one.id not in included:
                continue
            told.accepted(
                session,
                page,
                one,
                record_on=record_on,
                now=now,
                channel_id=answer.get("channel"),
                message_ts=answer.get("ts"),
                user_id=(answer.get(ACCOUNT) or {}).get("id"),
            )
            await changed(session, page, record_on, now=now)  # acknowledged while it was under way, perhaps
        await leave_again(session, first, included, now=now)
        await super().arrived(session, item, call, answer, now)

    async def lock(self, session: AsyncSession, item: OutboxItem) -> None:
        """A bundle's pages may be of several incidents, also of some before the first one's."""
        await locked_bundle(session, int(item.about["notification"]))

    async def dropped(self, session: AsyncSession, item: OutboxItem, reason: str, now: datetime) -> None:
        await drop_bundle(session, int(item.about["notification"]), reason, config=self.config, now=now)
        if item.doubtful:
            about = {"notification": item.about["notification"], "key": key_of(item)}
            for delay in LOOKED_FOR_AFTER:
                enqueue(session, "page.late", now=now, about=about, delay=delay)

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        for one, page, record_on in await locked_bundle(session, int(item.about["notification"])):
            await told.failed(
                session, page, one, f"Slack says {code}", config=self.config, record_on=record_on, now=now
            )
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


async def locked_bundle(session: AsyncSession, first: int) -> list[tuple[Notification, Page, HasTimeline]]:
    """A bundle's notifications as they are now, with everything locked that a change of them concerns."""
    ids = {one.page_id for one in await bundle_of(session, first)}
    by_id = {page.id: (page, record_on) for page, record_on in await locked_pages(session, ids, PROGRAM)}
    found = []
    # Whoever joins it just now is waited for, or comes too late and leaves alone.
    await session.execute(select(Notification.id).where(Notification.id == first).with_for_update())
    for one in await bundle_of(session, first):
        await session.refresh(one)
        if one.page_id in by_id:
            found.append((one, *by_id[one.page_id]))
    return found


async def drop_bundle(
    session: AsyncSession, first: int, reason: str, *, config: Config, now: datetime
) -> None:
    """What still rings, and cannot be sent to anybody, has failed."""
    found = await locked_bundle(session, first)
    for one, page, record_on in found:
        await told.failed(session, page, one, reason, config=config, record_on=record_on, now=now)
    await leave_again(session, first, {one.id for one, _, _ in found}, now=now)


async def leave_again(session: AsyncSession, first: int, settled: set[int], *, now: datetime) -> None:
    """What joined a bundle after it was composed leaves as one of its own, if it rings by then."""
    left = [one for one in await bundle_of(session, first) if one.id not in settled and one.state == QUEUED]
    if not left:
        return
    first = left[0].id
    for one in left:
        one.bundle = None if one.id == first else first
        if one.id == first:
            leaves(session, one, incident_id=None, now=now)


class PageMessageSender(Sender):
    """A message about pages, edited in place: whoever acknowledged, all see it."""

    kind = "page.message"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        first = int(item.about["notification"])
        together = await bundle(session, first)
        shown = [one for one in together.notifications if one.message_ts is not None]
        if not shown:
            return Stale("there is no message yet")
        pages = await pages_with_alerts(
            session,
            await statuses(
                session, map(together.of, shown), config=self.config, now=now, notifications=together.told
            ),
        )
        return Call(
            "chat.update",
            {
                "channel": shown[0].channel_id,
                "ts": shown[0].message_ts,
                "text": page_view.page_text(pages, self.config),
                "blocks": page_view.page_blocks(pages, self.config, first=first),
            },
        )

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        """Somebody deleted the message: there is nothing to keep current."""
        if code in GONE:
            for one in await bundle_of(session, int(item.about["notification"])):
                one.message_ts = None
            return timedelta()
        return None


class GroupSender(Sender):
    """Asks Slack who is in a user group, and rings them."""

    kind = "page.group"
    what = "finding the people of a user group"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        page = await page_of(session, int(item.about["page"]))
        if not self._is_current(page, item):
            return Stale("the page has gone on")
        return Call("usergroups.list", {"include_users": True})

    def _is_current(self, page: Page, item: OutboxItem) -> bool:
        return page.state == "ringing" and page.life == item.about["life"]

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        page, record_on = await locked_page(session, int(item.about["page"]), PROGRAM)
        if not self._is_current(page, item):
            return
        handle = item.about["group"]
        group = next((one for one in answer.get("usergroups", ()) if one.get("handle") == handle), None)
        users = list(group.get("users") or ()) if group is not None else []
        names = await people_of(session, self.config, users)
        if not await ring_members(session, page, handle, users, names, config=self.config, now=now):
            why = "it has no members" if group is not None else "Slack knows no such user group"
            self._nobody_there(session, page, item, record_on, why, now)
        await changed(session, page, record_on, now=now)

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        page, record_on = await locked_page(session, int(item.about["page"]), PROGRAM)
        told_of = await notifications_of(session, page, life=page.life)
        reached = any((one.step, one.round) == (page.step, page.round) for one in told_of)
        if self._is_current(page, item) and not reached:
            why = f"Slack does not tell who is in it ({code})"
            self._nobody_there(session, page, item, record_on, why, now)
        return None

    def _nobody_there(
        self,
        session: AsyncSession,
        page: Page,
        item: OutboxItem,
        record_on: HasTimeline,
        why: str,
        now: datetime,
    ) -> None:
        """The next step need not wait, unless this one has gone by already or asks for other groups too."""
        group = f"@{item.about['group']}"
        told.not_there(session, page, group, why, record_on=record_on, now=now)
        policy = policy_of(self.config, page.policy)
        if policy is None or (page.step, page.round) != (item.about["step"], item.about["round"]):
            return
        notify = policy.steps[page.step].notify if 0 <= page.step < len(policy.steps) else ()
        if sum(text.startswith("group:") for text in notify) <= 1:
            hurry(session, page, f"nobody of {group} could be reached: {why}", now)

    def what_of(self, item: OutboxItem) -> str:
        return f"finding the people of @{item.about['group']}"
