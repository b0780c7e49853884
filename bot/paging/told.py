"""What became of a notification, as delivery and providers tell it: accepted, delivered, seen, failed."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.timeline import HasTimeline, record
from bot.paging.course import REACHED, hurry
from bot.paging.ringing import fail_over, leave_alone, notifications_of, still_rings
from bot.paging.rows import ACCEPTED, DELIVERED, FAILED, QUEUED, SEEN, Notification, Page


def accepted(
    session: AsyncSession,
    page: Page,
    notification: Notification,
    *,
    record_on: HasTimeline,
    now: datetime,
    answer: str | None = None,
    channel_id: str | None = None,
    message_ts: str | None = None,
    user_id: str | None = None,
) -> None:
    """The provider has it. Also after a failure: a later attempt came through."""
    notification.accepted_at = notification.accepted_at or now
    notification.due_at = None
    notification.answer = answer and answer[:300]
    notification.channel_id = channel_id or notification.channel_id
    notification.message_ts = message_ts or notification.message_ts
    notification.user_id = user_id or notification.user_id
    if notification.state in (QUEUED, FAILED):
        notification.state = ACCEPTED
    _write_down(session, page, notification, "accepted", record_on=record_on, now=now, words=answer)


def delivered(
    session: AsyncSession,
    page: Page,
    notification: Notification,
    *,
    record_on: HasTimeline,
    now: datetime,
    answer: str | None = None,
) -> None:
    """The provider says that it arrived."""
    if notification.delivered_at is None:
        notification.delivered_at = now
        notification.answer = (answer and answer[:300]) or notification.answer
        if notification.state in (QUEUED, ACCEPTED):
            notification.state, notification.due_at = DELIVERED, None
        _write_down(session, page, notification, "delivered", record_on=record_on, now=now, words=answer)


def seen(
    session: AsyncSession,
    page: Page,
    notification: Notification,
    *,
    record_on: HasTimeline,
    now: datetime,
) -> None:
    """The person looked at it: opened the link, answered the call."""
    if notification.seen_at is None:
        notification.seen_at = now
        if notification.state in (QUEUED, ACCEPTED, DELIVERED):
            notification.state, notification.due_at = SEEN, None
        _write_down(session, page, notification, "seen", record_on=record_on, now=now)


async def failed(
    session: AsyncSession,
    page: Page,
    notification: Notification,
    problem: str,
    *,
    config: Config,
    record_on: HasTimeline,
    now: datetime,
) -> None:
    """The provider will not take it. The person's other methods follow at once; where none is left for
    anybody of this step, the next step does.
    """
    if not still_rings(page, notification):
        return
    again = notification.state == FAILED and notification.problem == problem[:300]
    if again:
        return  # it is tried on; when it failed stands there already
    notification.state, notification.failed_at, notification.due_at = FAILED, now, None
    notification.problem = problem[:300]
    _write_down(session, page, notification, "failed", record_on=record_on, now=now, words=problem)
    await fail_over(session, page, notification, config=config, now=now)
    told = await notifications_of(session, page, life=page.life)
    present = [one for one in told if (one.step, one.round) == (page.step, page.round)]
    if not any(one.state in (QUEUED, *REACHED) for one in present):
        hurry(session, page, "nobody of the last step could be reached", now)


async def stumbled(
    session: AsyncSession,
    page: Page,
    notification: Notification,
    problem: str,
    attempts: int,
    *,
    config: Config,
    now: datetime,
) -> None:
    """An attempt failed that is tried again. After a few of them the person's other methods do not wait."""
    notification.problem = problem[:300]
    if attempts >= config.paging.fail_over_failures and notification.state == QUEUED:
        await fail_over(session, page, notification, config=config, now=now)


async def overdue(
    session: AsyncSession,
    page: Page,
    notification: Notification,
    *,
    config: Config,
    record_on: HasTimeline,
    now: datetime,
) -> None:
    """No provider has accepted it in time: the person's other methods are used at once. It is still tried."""
    if notification.due_at is None or notification.due_at > now:
        return
    notification.due_at = None
    if notification.state != QUEUED or not still_rings(page, notification):
        return
    _write_down(
        session,
        page,
        notification,
        "late",
        record_on=record_on,
        now=now,
        words=notification.problem or "not accepted yet",
    )
    if notification.bundle is not None:
        # Those it was to leave with have not taken it along in time.
        leave_alone(session, page, notification, now=now)
    await fail_over(session, page, notification, config=config, now=now)


def not_there(
    session: AsyncSession, page: Page, group: str, why: str, *, record_on: HasTimeline, now: datetime
) -> None:
    """A user group rang nobody. There is no notification of it: only its members would have one."""
    record(
        session,
        record_on,
        "page_state",
        now=now,
        by=None,
        page=page.id,
        to=group,
        method="slack",
        state=FAILED,
        text=why,
    )


def _write_down(
    session: AsyncSession,
    page: Page,
    notification: Notification,
    state: str,
    *,
    record_on: HasTimeline,
    now: datetime,
    words: str | None = None,
) -> None:
    record(
        session,
        record_on,
        "page_state",
        now=now,
        by=None,
        page=page.id,
        to=f"#{notification.channel}" if notification.channel else notification.person,
        method=notification.method,
        state=state,
        text=words or None,
    )
