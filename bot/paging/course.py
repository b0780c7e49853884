"""The course of a page that nobody touches: it rings, escalates, calls the last resort, gives up, asks, begins again.

Each is handed the page with its row locked, and `record_on`: what keeps its timeline, the locked incident
or, where it has none, the page itself (bot.incidents.paging loads both, the incident first).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config, EscalationPolicy, Step
from bot.config.sections.paging import target
from bot.core.db import insert_missing, insert_new, is_new, left_work
from bot.core.outbox import Priority
from bot.core.timeline import HasTimeline, record
from bot.paging.duty import duty, shadows_of
from bot.paging.escalation import Decision, Reach, next_step, resolved
from bot.paging.hours import office_hours
from bot.paging.people import person_of
from bot.paging.ringing import notifications_of, notify, ring, show
from bot.paging.rows import (
    ACCEPTED,
    ACKED,
    ACKNOWLEDGED,
    ASK,
    DELIVERED,
    EXHAUSTED,
    NOBODY,
    QUEUED,
    RINGING,
    SEEN,
    SHADOW,
    SNOOZED,
    STALE,
    WAITING,
    Notification,
    Page,
    PageNotice,
    Turn,
)

# A page of a single target, without a policy: it rings it again this often, every five minutes.
DIRECT_REPEAT = 3
# The states of a notification that a provider has.
REACHED = (ACCEPTED, DELIVERED, SEEN, ACKED)


def answered_of(page: Page, told: Sequence[Notification]) -> set[str]:
    """Who has acknowledged in the present life, which goes on as others must do so too."""
    return {one.person for one in told if one.person and one.life == page.life and one.acknowledged_at}


def policy_of(config: Config, name: str) -> EscalationPolicy | None:
    """The policy that a page names: one of app.yaml, or a single target ("person:ada") that is rung again.

    One that left app.yaml since falls back to that of all services: a page does not die of an edit.
    """
    if ":" in name:
        # Not checked again: a person may be a Slack user id here, whom no file knows.
        step = Step.model_construct(
            notify=(name,),
            wait=timedelta(minutes=5),
            acknowledge="any",
            round_robin=False,
            hours="always",
        )
        return EscalationPolicy.model_construct(
            name=name, title=None, steps=(step,), repeat=DIRECT_REPEAT, last_resort=None
        )
    return config.escalation_policy(name) or config.policy_for(None)


async def due(
    session: AsyncSession, page: Page, *, config: Config, record_on: HasTimeline, now: datetime
) -> bool:
    """Does what the page is due for, one thing; False when nothing is."""
    if page.due_at is None or page.due_at > now:
        return False
    if page.state == WAITING:
        await begin(session, page, config=config, record_on=record_on, now=now, why="nobody took it before")
    elif page.state == SNOOZED:
        who = page.acknowledged_by
        await begin_again(
            session, page, "the snooze is over", config=config, record_on=record_on, now=now, also=who
        )
    elif page.state == EXHAUSTED:
        await begin_again(
            session, page, "nobody has taken it yet", config=config, record_on=record_on, now=now
        )
    elif page.state == ACKNOWLEDGED:
        await _unanswered(session, page, config=config, record_on=record_on, now=now)
    elif page.last_resort_at is not None and page.last_resort_at <= now:
        await _last_resort(session, page, config=config, record_on=record_on, now=now)
    else:
        await escalate(session, page, config=config, record_on=record_on, now=now)
    return True


async def begin(
    session: AsyncSession,
    page: Page,
    *,
    config: Config,
    record_on: HasTimeline,
    now: datetime,
    why: str | None = None,
    by: str | None = None,
    also: str | None = None,
) -> None:
    """Rings from the first step. `also` rings too, whoever the step names; `why` follows "as" in the reason."""
    page.enter(RINGING, why or "")
    page.step, page.round = -1, 0
    page.acknowledged_at = page.acknowledged_by = None
    arm_last_resort(page, config, now)
    extra: tuple[Reach, ...] = ()
    if also is not None:
        extra = (Reach("whoever had acknowledged", person=await person_of(session, config, also)),)
    await escalate(session, page, config=config, record_on=record_on, now=now, by=by, why=why, extra=extra)


async def begin_again(
    session: AsyncSession,
    page: Page,
    why: str,
    *,
    config: Config,
    record_on: HasTimeline,
    now: datetime,
    by: str | None = None,
    also: str | None = None,
) -> None:
    # What still waited to ring in the life that ends never will.
    silence(page, await notifications_of(session, page, life=page.life), now)
    page.life += 1
    await begin(session, page, config=config, record_on=record_on, now=now, why=why, by=by, also=also)
    await show(session, page, now=now)


def arm_last_resort(page: Page, config: Config, now: datetime) -> None:
    policy = policy_of(config, page.policy)
    last = policy.last_resort if policy is not None else None
    page.last_resort_at = now + last.after if last is not None else None


async def escalate(
    session: AsyncSession,
    page: Page,
    *,
    config: Config,
    record_on: HasTimeline,
    now: datetime,
    by: str | None = None,
    why: str | None = None,
    extra: tuple[Reach, ...] = (),
) -> None:
    """The next step that reaches somebody, or what follows when there is none."""
    policy = policy_of(config, page.policy)
    if policy is None:
        await _inserted(session, page)
        await _exhausted(
            session, page, "app.yaml has no escalation policy", config=config, record_on=record_on, now=now
        )
        return
    # Before the first step nobody can have answered, and that one must be quick.
    told = await notifications_of(session, page, life=page.life) if page.step >= 0 else ()
    decision = next_step(
        policy,
        page.step,
        page.round,
        now,
        await duty(session, config, now),
        await _turns(session, policy),
        office_hours(config),
        answered_of(page, told),
    )
    if decision.exhausted:
        await _inserted(session, page)
        await _steps_are_over(
            session, page, decision, config=config, record_on=record_on, now=now, extra=extra, by=by
        )
        return
    for step, turn in decision.turns.items():
        await session.merge(Turn(policy=policy.name, step=step, turn=turn))
    page.step, page.round, page.escalate_at = decision.step, decision.round, decision.next_at
    reach = _once(*decision.reach, *extra)
    await rang(
        session, page, reach, _reason(decision, why), config=config, record_on=record_on, now=now, by=by
    )


async def rang(
    session: AsyncSession,
    page: Page,
    reach: Sequence[Reach],
    reason: str,
    *,
    config: Config,
    record_on: HasTimeline,
    now: datetime,
    by: str | None = None,
) -> None:
    """Notifies, and writes down whom."""
    page.reason = reason[:300]
    page.set_due()
    await _inserted(session, page)
    record(
        session,
        record_on,
        "paged",
        now=now,
        by=by,
        page=page.id,
        people=[found.said for found in reach],
        via=[[found.via, found.because] for found in reach],
        reason=page.reason,
        urgency=page.urgency,
    )
    await ring(session, page, reach, config=config, now=now)
    await _tell_shadows(session, page, reach, config=config, now=now)
    if page.step > 0 or page.round or page.life:
        await show(session, page, now=now)  # earlier messages tell who is rung now


async def _inserted(session: AsyncSession, page: Page) -> None:
    """A new page is written when it is known how it begins: updating it in the same transaction would delay its ring."""
    if is_new(page):
        await insert_new(session, page)


async def _tell_shadows(
    session: AsyncSession, page: Page, reach: Sequence[Reach], *, config: Config, now: datetime
) -> None:
    """Shadows of the schedules see the page: each once, and nobody who is rung."""
    wanted: dict[str, str] = {}
    for found in reach:
        kind, name = target(found.via) if ":" in found.via else ("", "")
        if kind == "schedule":
            for shadow in await shadows_of(session, config, name, now):
                wanted.setdefault(shadow, name)
    if not wanted:
        return
    told = {one.person for one in await notifications_of(session, page)}
    seen = await session.scalars(
        select(PageNotice.to).where(PageNotice.page_id == page.id, PageNotice.kind == SHADOW)
    )
    told |= {target(to).name for to in seen}
    for shadow, schedule in wanted.items():
        if shadow not in told:
            to = f"person:{shadow}"
            await notify(session, page, SHADOW, to, now=now, priority=Priority.CARD, schedule=schedule)


def _once(*reach: Reach) -> list[Reach]:
    """Each person once."""
    return list({(found.person, found.group, found.channel): found for found in reversed(reach)}.values())[
        ::-1
    ]


def _reason(decision: Decision, why: str | None) -> str:
    words = decision.reason if why is None else f"{decision.reason}, as {why}"
    return "; ".join((words, *decision.passed))


async def _turns(session: AsyncSession, policy: EscalationPolicy) -> dict[int, int]:
    robins = [number for number, step in enumerate(policy.steps) if step.round_robin]
    if not robins:
        return {}
    # Two first pages may come at once: a row that is not there cannot be locked.
    await insert_missing(session, Turn, [{"policy": policy.name, "step": step, "turn": 0} for step in robins])
    rows = await session.scalars(select(Turn).where(Turn.policy == policy.name).with_for_update())
    return {row.step: row.turn for row in rows}


async def _last_resort(
    session: AsyncSession,
    page: Page,
    *,
    config: Config,
    record_on: HasTimeline,
    now: datetime,
    by: str | None = None,
) -> None:
    """Nobody has acknowledged for long: the last resort rings, whatever the steps are doing."""
    policy = policy_of(config, page.policy)
    page.last_resort_at = None
    reach = None
    if policy is not None and policy.last_resort is not None:
        reach = resolved(policy.last_resort.notify, now, await duty(session, config, now))
    if reach is None:
        page.set_due()
        if page.due_at is None:
            await _exhausted(
                session, page, "the last resort reaches nobody", config=config, record_on=record_on, now=now
            )
        return
    if page.escalate_at is None:  # the steps are over, and this is the end of them
        page.escalate_at = now + (policy.steps[-1].wait if policy is not None else timedelta(minutes=5))
    await rang(session, page, [reach], "last resort", config=config, record_on=record_on, now=now, by=by)


async def _steps_are_over(
    session: AsyncSession,
    page: Page,
    decision: Decision,
    *,
    config: Config,
    record_on: HasTimeline,
    now: datetime,
    extra: tuple[Reach, ...],
    by: str | None,
) -> None:
    if extra:
        # Whoever had acknowledged is there all the same.
        page.escalate_at = now + timedelta(minutes=5)
        await rang(session, page, extra, _reason(decision, None), config=config, record_on=record_on, now=now)
        return
    if page.last_resort_at is None:
        await _exhausted(session, page, _reason(decision, None), config=config, record_on=record_on, now=now)
        return
    told = await notifications_of(session, page, life=page.life)
    if by is None and any(one.accepted_at is not None or one.state == QUEUED for one in told):
        page.escalate_at = None  # those who were reached have until the last resort's time
        page.reason = decision.reason
        page.set_due()
    else:
        page.escalate_at = None  # the last resort has its own time, which begins now
        await _last_resort(session, page, config=config, record_on=record_on, now=now, by=by)


async def _exhausted(
    session: AsyncSession,
    page: Page,
    reason: str,
    *,
    config: Config,
    record_on: HasTimeline,
    now: datetime,
) -> None:
    """Nobody is left. Everybody is told whom to call, and after a while it starts over."""
    page.enter(EXHAUSTED, reason)
    again = now + config.paging.start_over_after
    page.escalate_at = office_hours(config).next_open(again) if page.urgency == "low" else again
    page.set_due()
    page.nobody_at = now
    told = await notifications_of(session, page)
    answered = answered_of(page, told)
    people = list(dict.fromkeys(one.person for one in told if one.person and one.person not in answered))
    record(
        session, record_on, "page_nobody", now=now, by=None, page=page.id, people=people, reason=page.reason
    )
    places = config.paging.nobody or (f"channel:{config.channels.announcements}",)
    for place in places:
        await notify(session, page, NOBODY, place, now=now, people=people)
    await show(session, page, now=now)


async def _unanswered(
    session: AsyncSession, page: Page, *, config: Config, record_on: HasTimeline, now: datetime
) -> None:
    """Acknowledged, and nothing heard since: first it asks, then it pages again."""
    if page.asked_at is None:
        page.asked_at, page.ask_at = now, now + timedelta(seconds=page.again_after)
        page.set_due()
        record(session, record_on, "page_asked", now=now, by=None, page=page.id, user=page.acknowledged_by)
        if page.acknowledged_by is not None:
            await notify(session, page, ASK, page.acknowledged_by, now=now)
        await show(session, page, now=now)
        return
    who = page.acknowledged_by
    await begin_again(
        session,
        page,
        "there was no progress since somebody acknowledged it",
        config=config,
        record_on=record_on,
        now=now,
        also=who,
    )


def silence(page: Page, told: Sequence[Notification], now: datetime) -> None:
    """Nothing of this life rings any more. What failed stays so: people look for it afterwards."""
    for one in told:
        if one.state == QUEUED:
            settle(one, STALE, now)
    page.set_due()


def settle(notification: Notification, state: str, now: datetime) -> None:
    notification.state, notification.due_at = state, None
    if state == STALE:
        notification.stale_at = now


def hurry(session: AsyncSession, page: Page, reason: str, now: datetime) -> None:
    """Nobody of this step can be reached: the next one need not wait."""
    if page.state == RINGING:
        if page.escalate_at is None and page.last_resort_at is not None:
            page.last_resort_at = now
        else:
            page.escalate_at = now
        page.reason = reason[:300]
        page.set_due()
        left_work(session)
