"""The verbs of a page: open, escalate, acknowledge, snooze, reassign, resolve.

Each is handed the page with its row locked, and `record_on`: what keeps its timeline, the locked incident
or, where it has none, the page itself (bot.incidents.paging loads both, the incident first).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config, EscalationPolicy, Service, Severity, Step
from bot.config.sections.paging import target
from bot.core.db import insert_row, left_work
from bot.core.errors import RuleRefused, UserError
from bot.core.outbox import Priority
from bot.core.timeline import HasTimeline, record
from bot.paging.duty import duty, shadows_of
from bot.paging.escalation import Decision, Reach, next_step, resolved
from bot.paging.hours import office_hours
from bot.paging.people import is_user_id, person_of
from bot.paging.ringing import notifications_of, notify, ring, show
from bot.paging.rows import (
    ACCEPTED,
    ACKED,
    ACKNOWLEDGED,
    ASK,
    DELIVERED,
    EXHAUSTED,
    FAILED,
    NOBODY,
    QUEUED,
    RESOLVED,
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
from bot.paging.urgency import Start, ask_after, page_again_after, urgency_of

SHORTEST_SNOOZE, LONGEST_SNOOZE = timedelta(minutes=30), timedelta(hours=24)
LONGEST_WHAT = 300
# A page of a single target, without a policy: it rings it again this often, every five minutes.
DIRECT_REPEAT = 3
# The states of a notification that a provider has.
REACHED = (ACCEPTED, DELIVERED, SEEN, ACKED)


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


async def open_page(
    session: AsyncSession,
    *,
    config: Config,
    what: str,
    policy: str,
    start: Start,
    by: str | None,
    now: datetime,
    incident: HasTimeline | None = None,
    severity: Severity | None = None,
    service: Service | None = None,
    private: bool = False,
    drill: bool = False,
) -> Page:
    """Opens a page; one that begins at once rings in this very transaction.

    `policy` is a policy's name or a target. `incident` is locked, or new.
    """
    what = " ".join(what.replace("\x00", "").split())[:LONGEST_WHAT]
    if not what:
        raise UserError("A page needs words.", "Say in a few what is wrong.")
    begins = start.at or now
    urgency, why = urgency_of(config, severity, service, begins, office_hours(config))
    page = Page(
        incident_id=incident.id if incident is not None else None,
        what=what,
        policy=policy,
        service=service.name if service else None,
        severity=severity.name if severity else None,
        urgency=urgency,
        private=private,
        drill=drill,
        created_at=now,
        created_by=by,
        state=WAITING,
        reason=start.reason,
        step=-1,
        round=0,
        life=0,
        escalate_at=begins,
        ask_after=int(ask_after(config, severity).total_seconds()),
        again_after=int(page_again_after(config, severity).total_seconds()),
        stumbles=0,
        timeline_length=0,
        timeline_head="",
    )
    page.set_due()
    await insert_row(session, page)
    record_on = incident if incident is not None else page
    if incident is None or by is not None:
        record(session, record_on, "page_opened", now=now, by=by, page=page.id, text=what, policy=policy)
    if begins <= now:
        await _begin(session, page, config=config, record_on=record_on, now=now, why=f"{urgency}: {why}")
    else:
        record(
            session,
            record_on,
            "page_waits",
            now=now,
            by=None,
            page=page.id,
            until=begins.isoformat(),
            reason=start.reason,
        )
    return page


async def due(
    session: AsyncSession, page: Page, *, config: Config, record_on: HasTimeline, now: datetime
) -> bool:
    """Does what the page is due for, one thing; False when nothing is."""
    if page.due_at is None or page.due_at > now:
        return False
    if page.state == WAITING:
        await _begin(session, page, config=config, record_on=record_on, now=now, why="its time has come")
    elif page.state == SNOOZED:
        who = page.acknowledged_by
        await _begin_again(
            session, page, "the snooze is over", config=config, record_on=record_on, now=now, also=who
        )
    elif page.state == EXHAUSTED:
        await _begin_again(
            session, page, "nobody has acknowledged it yet", config=config, record_on=record_on, now=now
        )
    elif page.state == ACKNOWLEDGED:
        await _unanswered(session, page, config=config, record_on=record_on, now=now)
    elif page.last_resort_at is not None and page.last_resort_at <= now:
        await _last_resort(session, page, config=config, record_on=record_on, now=now)
    else:
        await _escalate(session, page, config=config, record_on=record_on, now=now)
    return True


async def escalate_now(
    session: AsyncSession, page: Page, *, config: Config, record_on: HasTimeline, by: str, now: datetime
) -> None:
    """Somebody asks for the next step without waiting for its time."""
    _refuse_if_resolved(page)
    if page.state in (WAITING, SNOOZED, EXHAUSTED):
        await _begin_again(session, page, "asked for", config=config, record_on=record_on, now=now, by=by)
        return
    if page.state == ACKNOWLEDGED:
        page.enter(RINGING, "asked for")
        page.acknowledged_at = page.acknowledged_by = None
        page.life += 1
        _arm_last_resort(page, config, now)
    await _escalate(session, page, config=config, record_on=record_on, now=now, by=by)


async def begin_anew(
    session: AsyncSession,
    page: Page,
    start: Start,
    why: str,
    *,
    config: Config,
    record_on: HasTimeline,
    now: datetime,
) -> None:
    """Begins from the first step, now or when `start` says; whoever had acknowledged rings too.

    One that rings, or begins sooner than that, is left alone until its first step comes.
    """
    if start.at is None:
        return
    if start.at <= now:
        who = page.acknowledged_by
        await _begin_again(session, page, why, config=config, record_on=record_on, now=now, also=who)
    elif page.state == WAITING and page.escalate_at is not None and page.escalate_at > start.at:
        page.escalate_at, page.reason = start.at, start.reason
        page.set_due()


async def put_off(
    session: AsyncSession, page: Page, start: Start, why: str, *, record_on: HasTimeline, now: datetime
) -> None:
    """It has not begun, and is to begin later, or not at all. One that rings, or that somebody has, goes on."""
    if page.state != WAITING:
        return
    if start.at is None:
        reason = f"{why}, which pages nobody"
        await resolve(session, page, record_on=record_on, by=None, now=now, reason=reason)
    elif page.escalate_at is not None and start.at > page.escalate_at:
        page.escalate_at, page.reason = start.at, f"{why}: {start.reason}"[:300]
        page.set_due()
        until = start.at.isoformat()
        record(
            session, record_on, "page_waits", now=now, by=None, page=page.id, until=until, reason=page.reason
        )


# -- ringing --------------------------------------------------------------------------------------------------


async def _begin(
    session: AsyncSession,
    page: Page,
    *,
    config: Config,
    record_on: HasTimeline,
    now: datetime,
    why: str,
    by: str | None = None,
    also: str | None = None,
) -> None:
    """Rings from the first step. `also` rings too, whoever the step names."""
    page.enter(RINGING, why)
    page.step, page.round = -1, 0
    page.acknowledged_at = page.acknowledged_by = None
    _arm_last_resort(page, config, now)
    extra: tuple[Reach, ...] = ()
    if also is not None:
        extra = (Reach("whoever had acknowledged", person=await person_of(session, config, also)),)
    await _escalate(session, page, config=config, record_on=record_on, now=now, by=by, why=why, extra=extra)


async def _begin_again(
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
    _silence(page, await notifications_of(session, page, life=page.life), now)
    page.life += 1
    await _begin(session, page, config=config, record_on=record_on, now=now, why=why, by=by, also=also)
    await show(session, page, now=now)


def _arm_last_resort(page: Page, config: Config, now: datetime) -> None:
    policy = policy_of(config, page.policy)
    last = policy.last_resort if policy is not None else None
    page.last_resort_at = now + last.after if last is not None else None


async def _escalate(
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
        await _exhausted(
            session, page, "app.yaml has no escalation policy", config=config, record_on=record_on, now=now
        )
        return
    decision = next_step(
        policy,
        page.step,
        page.round,
        now,
        await duty(session, config, now),
        await _turns(session, policy),
        office_hours(config),
    )
    if decision.exhausted:
        await _steps_are_over(
            session, page, decision, config=config, record_on=record_on, now=now, extra=extra, by=by
        )
        return
    for step, turn in decision.turns.items():
        await session.merge(Turn(policy=policy.name, step=step, turn=turn))
    page.step, page.round, page.escalate_at = decision.step, decision.round, decision.next_at
    reach = _once(*decision.reach, *extra)
    await _rang(
        session, page, reach, _reason(decision, why), config=config, record_on=record_on, now=now, by=by
    )


async def _rang(
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
    words = decision.reason if why is None else f"{decision.reason} ({why})"
    return "; ".join((words, *decision.passed))


async def _turns(session: AsyncSession, policy: EscalationPolicy) -> dict[int, int]:
    if not any(step.round_robin for step in policy.steps):
        return {}
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
    await _rang(session, page, [reach], "last resort", config=config, record_on=record_on, now=now, by=by)


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
        await _rang(
            session, page, extra, _reason(decision, None), config=config, record_on=record_on, now=now
        )
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
    people = list(dict.fromkeys(one.person for one in told if one.person is not None))
    record(
        session, record_on, "page_nobody", now=now, by=None, page=page.id, people=people, reason=page.reason
    )
    places = config.paging.nobody or (f"channel:{config.channels.announcements}",)
    for place in places:
        await notify(session, page, NOBODY, place, now=now, people=people)
    await show(session, page, now=now)


# -- people's answers -----------------------------------------------------------------------------------------


async def acknowledge(
    session: AsyncSession,
    page: Page,
    *,
    config: Config,
    record_on: HasTimeline,
    by: str,
    now: datetime,
    how: str | None = None,
) -> int:
    """Somebody takes it: from now on nothing rings, unless the step wants all and others are still to come.

    Returns the number of its entry.
    """
    _refuse_if_resolved(page)
    if page.state == ACKNOWLEDGED:
        who = "You have" if page.acknowledged_by == by else f"<@{page.acknowledged_by}> has"
        raise RuleRefused(
            f"{who} acknowledged page #{page.id} already.", "Reassign it to hand it to somebody else."
        )
    person = await person_of(session, config, by)
    told = await notifications_of(session, page, life=page.life)
    own = [one for one in told if by == one.user_id or person == one.person]
    before = bool(own) and all(one.acknowledged_at is not None for one in own)
    for one in own:
        one.acknowledged_at = now
        _settle(one, ACKED if one.accepted_at is not None else STALE, now)
    missing = missing_of(page, told, policy_of(config, page.policy))
    if missing and before:
        raise RuleRefused(f"You have acknowledged page #{page.id} already.", "The others must do so too.")
    if missing:
        entry = record(
            session, record_on, "page_acknowledged", now=now, by=by, page=page.id, how=how, missing=missing
        )
        await show(session, page, now=now)
        return entry
    page.enter(ACKNOWLEDGED, "acknowledged")
    page.acknowledged_at, page.acknowledged_by = now, by
    page.ask_at = now + timedelta(seconds=page.ask_after)
    _silence(page, told, now)
    entry = record(session, record_on, "page_acknowledged", now=now, by=by, page=page.id, how=how)
    await show(session, page, now=now)
    return entry


def missing_of(page: Page, told: Sequence[Notification], policy: EscalationPolicy | None) -> list[str]:
    """Whose acknowledgement the step still waits for, where it wants that of all."""
    if page.state != RINGING or policy is None or not 0 <= page.step < len(policy.steps):
        return []
    if policy.steps[page.step].acknowledge != "all":
        return []
    of_step = [one for one in told if (one.step, one.round) == (page.step, page.round) and one.person]
    done = {one.person for one in told if one.acknowledged_at is not None}
    return list(dict.fromkeys(str(one.person) for one in of_step if one.person not in done))


async def unacknowledge(
    session: AsyncSession, page: Page, *, config: Config, record_on: HasTimeline, by: str, now: datetime
) -> None:
    """Whoever had it cannot go on: it rings again from the first step."""
    _refuse_if_resolved(page)
    if page.state not in (ACKNOWLEDGED, SNOOZED):
        raise RuleRefused(f"Nobody has acknowledged page #{page.id}.", "It rings already.")
    record(session, record_on, "page_unacknowledged", now=now, by=by, page=page.id)
    await _begin_again(session, page, "unacknowledged", config=config, record_on=record_on, now=now)


async def snooze(
    session: AsyncSession,
    page: Page,
    length: timedelta,
    *,
    record_on: HasTimeline,
    by: str,
    now: datetime,
) -> None:
    """Silent until then; after that it rings anew, and whoever snoozed it rings too."""
    _refuse_if_resolved(page)
    if not SHORTEST_SNOOZE <= length <= LONGEST_SNOOZE:
        raise RuleRefused("A page can be snoozed for 30 minutes to 24 hours.", "Choose a time between.")
    told = await notifications_of(session, page, life=page.life)
    page.enter(SNOOZED, "snoozed")
    page.snoozed_until = now + length
    page.acknowledged_by, page.acknowledged_at = by, page.acknowledged_at or now
    _silence(page, told, now)
    record(
        session,
        record_on,
        "page_snoozed",
        now=now,
        by=by,
        page=page.id,
        until=page.snoozed_until.isoformat(),
    )
    await show(session, page, now=now)


async def reassign(
    session: AsyncSession,
    page: Page,
    to: str,
    *,
    config: Config,
    record_on: HasTimeline,
    by: str,
    now: datetime,
) -> None:
    """Hands it to a target ("person:bo", "schedule:payments") or to another escalation policy, which rings at once.

    A target that does not acknowledge in time is followed by the first step of the page's own policy.
    """
    _refuse_if_resolved(page)
    told = await notifications_of(session, page, life=page.life)
    _silence(page, told, now)
    if ":" not in to:
        if config.escalation_policy(to) is None:
            raise UserError(f"There is no escalation policy “{to}”.", "Choose one of app.yaml.")
        page.policy = to
        record(session, record_on, "page_reassigned", now=now, by=by, page=page.id, to=to)
        await _begin_again(session, page, "reassigned", config=config, record_on=record_on, now=now)
        return
    reach = _reach_of(to, config, resolved(to, now, await duty(session, config, now)))
    page.life += 1
    page.enter(RINGING, "reassigned")
    page.step, page.round = -1, 0
    page.acknowledged_at = page.acknowledged_by = None
    _arm_last_resort(page, config, now)
    policy = policy_of(config, page.policy)
    page.escalate_at = now + (policy.steps[0].wait if policy is not None else timedelta(minutes=5))
    record(session, record_on, "page_reassigned", now=now, by=by, page=page.id, to=reach.said)
    await _rang(session, page, [reach], "reassigned", config=config, record_on=record_on, now=now)
    await show(session, page, now=now)


def _reach_of(to: str, config: Config, reach: Reach | None) -> Reach:
    kind, name = target(to)
    if reach is None:
        raise RuleRefused(f"Nobody is on call for {name} now.", "Choose a person, or another schedule.")
    if kind == "person" and config.person(name) is None and not is_user_id(name):
        raise UserError(f"There is no person “{name}” in app.yaml.", "Choose somebody else.")
    return reach


async def resolve(
    session: AsyncSession,
    page: Page,
    *,
    record_on: HasTimeline,
    by: str | None,
    now: datetime,
    reason: str = "resolved",
) -> None:
    """It is over: nothing rings, nothing is due."""
    _refuse_if_resolved(page)
    told = await notifications_of(session, page, life=page.life)
    page.enter(RESOLVED, reason)
    page.resolved_at, page.resolved_by = now, by
    _silence(page, told, now)
    record(session, record_on, "page_resolved", now=now, by=by, page=page.id, reason=reason)
    await show(session, page, now=now)


async def note(
    session: AsyncSession, page: Page, text: str, *, record_on: HasTimeline, by: str, now: datetime
) -> None:
    """A line on the timeline; it counts as progress."""
    text = text.replace("\x00", "").strip()
    if not text:
        raise UserError("A note needs words.", "Write what should stand on the timeline.", field="text")
    record(session, record_on, "note", now=now, by=by, text=text[:3000])
    progress(page, now=now)


def confirm(session: AsyncSession, page: Page, *, record_on: HasTimeline, by: str, now: datetime) -> None:
    """Whoever was asked is still on it; that is progress enough for now."""
    if page.state != ACKNOWLEDGED:
        raise RuleRefused(f"Page #{page.id} is {page.state} by now.", "Acknowledge it first.")
    record(session, record_on, "page_confirmed", now=now, by=by, page=page.id)
    progress(page, now=now)


def progress(page: Page, *, now: datetime) -> None:
    """Something was done about it: an acknowledged page has its whole time again before it asks."""
    if page.state == ACKNOWLEDGED:
        page.ask_at, page.asked_at = now + timedelta(seconds=page.ask_after), None
        page.set_due()


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
    await _begin_again(
        session,
        page,
        "acknowledged, and no progress since",
        config=config,
        record_on=record_on,
        now=now,
        also=who,
    )


def _silence(page: Page, told: Sequence[Notification], now: datetime) -> None:
    """Nothing of this life rings any more."""
    for one in told:
        if one.state in (QUEUED, FAILED):
            _settle(one, STALE, now)
    page.set_due()


def _settle(notification: Notification, state: str, now: datetime) -> None:
    notification.state, notification.due_at = state, None
    if state == STALE:
        notification.stale_at = now


def _refuse_if_resolved(page: Page) -> None:
    if page.state == RESOLVED:
        raise RuleRefused(f"Page #{page.id} is over.", "Page again if somebody is needed: `/page`.")


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
