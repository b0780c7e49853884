"""The verbs of a page: open, escalate, acknowledge, snooze, reassign, resolve.

Each is handed the page with its row locked, and `record_on`, as its course is (bot.paging.course).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config, EscalationPolicy, Service, Severity
from bot.config.sections.paging import target
from bot.core.db import insert_new, new_row
from bot.core.errors import RuleRefused, UserError
from bot.core.texts import one_line
from bot.core.timeline import HasTimeline, record
from bot.paging.course import (
    answered_of,
    arm_last_resort,
    begin,
    begin_again,
    escalate,
    policy_of,
    rang,
    settle,
    silence,
)
from bot.paging.duty import duty
from bot.paging.escalation import Reach, resolved
from bot.paging.hours import office_hours
from bot.paging.people import is_user_id, person_of
from bot.paging.ringing import notifications_of, show
from bot.paging.rows import (
    ACKED,
    ACKNOWLEDGED,
    EXHAUSTED,
    FAILED,
    RESOLVED,
    RINGING,
    SNOOZED,
    STALE,
    WAITING,
    Notification,
    Page,
)
from bot.paging.urgency import Start, ask_after, page_again_after, urgency_of

SHORTEST_SNOOZE, LONGEST_SNOOZE = timedelta(minutes=30), timedelta(hours=24)
LONGEST_WHAT = 300


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
    what = one_line(what)[:LONGEST_WHAT]
    if not what:
        raise UserError("A page needs words.", "Say in a few what is wrong.")
    begins = start.at or now
    urgency, why = urgency_of(config, severity, service, begins, office_hours(config))
    reason = start.reason
    if severity is not None and urgency != severity.urgency:
        reason = f"{reason} ({urgency} urgency {why})"
    page = new_row(
        Page,
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
        reason=reason[:300],
        step=-1,
        round=0,
        life=0,
        escalate_at=begins,
        due_at=begins,
        ask_after=int(ask_after(config, severity).total_seconds()),
        again_after=int(page_again_after(config, severity).total_seconds()),
        stumbles=0,
        timeline_length=0,
        timeline_head="",
    )
    record_on = incident if incident is not None else page
    if incident is None or by is not None or begins > now:
        await insert_new(session, page)
    if incident is None or by is not None:
        record(session, record_on, "page_opened", now=now, by=by, page=page.id, text=what, policy=policy)
    if begins <= now:
        begun_as = reason if by is None else None  # who asked for it stands there already
        await begin(session, page, config=config, record_on=record_on, now=now, why=begun_as)
    else:
        record(
            session,
            record_on,
            "page_waits",
            now=now,
            by=None,
            page=page.id,
            until=begins.isoformat(),
            reason=page.reason,
        )
    return page


async def escalate_now(
    session: AsyncSession, page: Page, *, config: Config, record_on: HasTimeline, by: str, now: datetime
) -> None:
    """Somebody asks for the next step without waiting for its time."""
    _refuse_if_resolved(page)
    if page.state in (WAITING, SNOOZED, EXHAUSTED):
        await begin_again(
            session, page, "somebody asked for it", config=config, record_on=record_on, now=now, by=by
        )
        return
    if page.state == ACKNOWLEDGED:
        page.enter(RINGING, "somebody asked for it")
        page.acknowledged_at = page.acknowledged_by = None
        page.life += 1
        arm_last_resort(page, config, now)
    await escalate(session, page, config=config, record_on=record_on, now=now, by=by)


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

    One that rings, that somebody has, or that begins sooner, is left alone; one that sleeps wakes in time.
    """
    if start.at is None:
        return
    if start.at <= now:
        who = page.acknowledged_by
        await begin_again(session, page, why, config=config, record_on=record_on, now=now, also=who)
        return
    if page.due_at is None or page.due_at <= start.at or page.state not in (WAITING, SNOOZED, EXHAUSTED):
        return
    page.reason = f"{why}: {start.reason}"[:300]
    if page.state == SNOOZED:
        page.snoozed_until = start.at
    else:
        page.escalate_at = start.at
    page.set_due()
    until = start.at.isoformat()
    record(session, record_on, "page_waits", now=now, by=None, page=page.id, until=until, reason=page.reason)
    await show(session, page, now=now)


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
    policy = policy_of(config, page.policy)
    last_resort = _is_last_resort(page, own, policy)
    again = bool(own) and all(one.acknowledged_at is not None for one in own)
    if again and not last_resort and missing_of(page, told, policy):
        raise RuleRefused(f"You have acknowledged page #{page.id} already.", "The others must do so too.")
    for one in own:
        one.acknowledged_at = now
        if one.state != FAILED:
            settle(one, ACKED if one.accepted_at is not None else STALE, now)
    missing = [] if last_resort else missing_of(page, told, policy)
    if missing:
        entry = record(
            session, record_on, "page_acknowledged", now=now, by=by, page=page.id, how=how, missing=missing
        )
        await show(session, page, now=now)
        return entry
    page.enter(ACKNOWLEDGED, "acknowledged")
    page.acknowledged_at, page.acknowledged_by = now, by
    page.ask_at = now + timedelta(seconds=page.ask_after)
    silence(page, told, now)
    entry = record(session, record_on, "page_acknowledged", now=now, by=by, page=page.id, how=how)
    await show(session, page, now=now)
    return entry


def _is_last_resort(page: Page, own: Sequence[Notification], policy: EscalationPolicy | None) -> bool:
    """Whether the last resort was rung and these notifications are of it: its answer is enough for everybody."""
    if policy is None or policy.last_resort is None or page.last_resort_at is not None:
        return False
    last = policy.last_resort.notify
    # Of a channel it is whoever looked into it.
    return any(one.via == last for one in own) or (last.startswith("channel:") and not own)


def missing_of(page: Page, told: Sequence[Notification], policy: EscalationPolicy | None) -> list[str]:
    """Whose acknowledgement the step still waits for, where it wants that of all."""
    if page.state != RINGING or policy is None or not 0 <= page.step < len(policy.steps):
        return []
    step = policy.steps[page.step]
    if step.acknowledge != "all":
        return []
    # Not the last resort, nor whoever had acknowledged in an earlier life: the step does not name them.
    of_step = [one for one in told if (one.step, one.round) == (page.step, page.round)]
    named = [one.person for one in of_step if one.person and one.via in step.notify]
    done = answered_of(page, told)
    return list(dict.fromkeys(person for person in named if person not in done))


async def unacknowledge(
    session: AsyncSession, page: Page, *, config: Config, record_on: HasTimeline, by: str, now: datetime
) -> None:
    """Whoever had it cannot go on: it rings again from the first step."""
    _refuse_if_resolved(page)
    if page.state not in (ACKNOWLEDGED, SNOOZED):
        raise RuleRefused(f"Nobody has acknowledged page #{page.id}.", "It rings already.")
    record(session, record_on, "page_unacknowledged", now=now, by=by, page=page.id)
    await begin_again(session, page, "it was given back", config=config, record_on=record_on, now=now)


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
    silence(page, told, now)
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
    silence(page, told, now)
    if ":" not in to:
        if config.escalation_policy(to) is None:
            raise UserError(f"There is no escalation policy “{to}”.", "Choose one of app.yaml.")
        page.policy = to
        record(session, record_on, "page_reassigned", now=now, by=by, page=page.id, to=to)
        await begin_again(session, page, "it was reassigned", config=config, record_on=record_on, now=now)
        return
    reach = _reach_of(to, config, resolved(to, now, await duty(session, config, now)))
    page.life += 1
    page.enter(RINGING, "reassigned")
    page.step, page.round = -1, 0
    page.acknowledged_at = page.acknowledged_by = None
    arm_last_resort(page, config, now)
    policy = policy_of(config, page.policy)
    page.escalate_at = now + (policy.steps[0].wait if policy is not None else timedelta(minutes=5))
    record(session, record_on, "page_reassigned", now=now, by=by, page=page.id, to=reach.said)
    await rang(session, page, [reach], "reassigned", config=config, record_on=record_on, now=now)
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
    silence(page, told, now)
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


def _refuse_if_resolved(page: Page) -> None:
    if page.state == RESOLVED:
        raise RuleRefused(f"Page #{page.id} is over.", "Page again if somebody is needed: `/page`.")
