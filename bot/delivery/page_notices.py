"""Messages about pages that ring nobody: the question, the call for help, what shadows see; kept current."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.outbox import OutboxItem, enqueue
from bot.core.viewer import PROGRAM
from bot.delivery.incident_messages import GONE
from bot.delivery.pages import ACCOUNT, DirectSender, page_of
from bot.delivery.sender import Later, Stale, key_of, new_message
from bot.delivery.slack import Call, RateLimited, Refused, SlackFailed
from bot.delivery.twins import LOOKED_FOR_AFTER
from bot.incidents.paging import changed, locked_page
from bot.paging.fallback import call_beside_slack
from bot.paging.people import is_user_id
from bot.paging.rows import ACKNOWLEDGED, ASK, NOBODY, RESOLVED, PageNotice
from bot.paging.status import PageStatus, statuses
from bot.views import page_notice as view


class PageNoticeSender(DirectSender):
    """Posts the notice once, then edits it in place."""

    kind = "page.notice"
    what = "telling about a page"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        notice = await _notice(session, item)
        page = await page_of(session, notice.page_id)
        (status,) = await statuses(session, [page], config=self.config, now=now)
        args = {
            "text": view.text(notice, status, self.config),
            "blocks": view.blocks(notice, status, self.config),
        }
        if notice.message_ts is not None:
            return Call("chat.update", {"channel": notice.channel_id, "ts": notice.message_ts, **args})
        why_not = _out_of_date(notice, status)
        to = await self._to(session, notice.to)
        if to is None:
            return Stale(why_not or "app.yaml does not know this person any more")
        call = new_message(item, {"channel": to, **args})
        return call if why_not is None else Stale(why_not, sent_before=call)

    async def dropped(self, session: AsyncSession, item: OutboxItem, reason: str, now: datetime) -> None:
        if item.doubtful:
            about = {"notice": item.about["notice"], "key": key_of(item)}
            for delay in LOOKED_FOR_AFTER:
                enqueue(session, "page.late_notice", now=now, about=about, delay=delay)

    async def _to(self, session: AsyncSession, to: str) -> str | None:
        if is_user_id(to):
            return to
        kind, _, name = to.partition(":")
        return f"#{name}" if kind == "channel" else await self.address_of(session, name)

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        if call.method != "chat.postMessage":
            return
        notice = await _notice(session, item)
        page, record_on = await locked_page(session, notice.page_id, PROGRAM)
        await super().arrived(session, item, call, answer, now)
        notice.channel_id, notice.message_ts = answer.get("channel"), answer.get("ts")
        to = (answer.get(ACCOUNT) or {}).get("id") or str(call.args["channel"])
        notice.user_id = to if is_user_id(to) else None
        if answer.get("found") or _out_of_date(notice, PageStatus(page)) is not None:
            await changed(session, page, record_on, now=now)  # it may show an older state

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        notice = await _notice(session, item)
        if code in GONE:  # somebody deleted the message: there is nothing to keep current
            notice.message_ts = None
            return timedelta()
        await self._beside_slack(session, notice, now)
        return None

    async def stumbled(
        self, session: AsyncSession, item: OutboxItem, failure: SlackFailed, now: datetime
    ) -> None:
        if isinstance(failure, RateLimited):
            await self.held(session, item, failure.wait, now)
        elif not isinstance(failure, Refused) and item.attempts >= self.config.paging.fail_over_failures:
            await self._beside_slack(session, await _notice(session, item), now)

    async def held(self, session: AsyncSession, item: OutboxItem, wait: timedelta, now: datetime) -> None:
        if wait > self.config.paging.fail_over_after:
            await self._beside_slack(session, await _notice(session, item), now)

    async def _beside_slack(self, session: AsyncSession, notice: PageNotice, now: datetime) -> None:
        """Slack does not take the call for help: it leaves by other ways, once. It is still tried here."""
        if notice.kind == NOBODY and notice.message_ts is None and "beside" not in notice.about:
            notice.about = {**notice.about, "beside": True}
            page = await page_of(session, notice.page_id)
            await call_beside_slack(
                session, page, notice.to, list(notice.about.get("people", ())), config=self.config, now=now
            )


async def _notice(session: AsyncSession, item: OutboxItem) -> PageNotice:
    found = await session.get(PageNotice, int(item.about["notice"]))
    if found is None:
        raise LookupError(f"there is no notice {item.about['notice']}")
    return found


def _out_of_date(notice: PageNotice, status: PageStatus) -> str | None:
    """Why it need not be posted any more."""
    page = status.page
    if notice.kind == ASK:
        asked = page.state == ACKNOWLEDGED and page.asked_at is not None and page.acknowledged_by == notice.to
        return None if asked else "there was progress since"
    if notice.kind == NOBODY and (not page.is_open or page.acknowledged_at is not None):
        return "somebody has it by now"
    return "the page is over" if page.state == RESOLVED else None
