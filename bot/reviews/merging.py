"""Two incidents that turn out to be one: what is worked on in the one goes on in the other.

It stands above all that it moves: alerts, pages, tasks, links, roles, people, action items. The one that was merged is
closed and points to where it goes on; no figure counts its harm a second time.
"""

from collections import Counter
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import telling as alert_telling
from bot.alerts.rows import Alert, AlertStorm
from bot.config import Config
from bot.core.audit import audit
from bot.core.errors import RuleRefused
from bot.core.search_text import ACTION, remove_text
from bot.core.timeline import record
from bot.core.viewer import Viewer
from bot.incidents import lifecycle, relations, telling
from bot.incidents.automation import Change
from bot.incidents.permissions import require
from bot.incidents.queries import responders_of, roles_of
from bot.incidents.rows import Incident, Responder, RoleAssignment
from bot.incidents.task_rows import Link, Task
from bot.paging import pages
from bot.paging.queries import open_pages_of
from bot.paging.ringing import show
from bot.reviews.action_rows import ActionItem
from bot.reviews.actions import found_by_its_words


async def merge(
    session: AsyncSession, number: int, into: int, *, config: Config, by: str, now: datetime, text: str = ""
) -> Incident:
    """Merges one incident into another, open one, and returns that."""
    await _lock_alerts(session, number)
    source, target = await relations.locked_both(session, number, into, Viewer(by))
    await _refuse(session, source, target)
    await require(session, config, "merge", source, by=by, now=now)
    audit(session, "merged", by=by, now=now, incident_id=number, into=into)
    moved = Counter(
        alerts=await _move_alerts(session, source, target),
        pages=await _move_pages(session, source, target, by=by, now=now),
        tasks=await _move(session, Task, source, target),
        links=await _move(session, Link, source, target),
        action_items=await _move_action_items(session, source, target),
    )
    roles = await _move_roles(session, source, target, by=by, now=now)
    await _move_people(session, source, target, now=now)
    before = source.status
    await lifecycle.end(session, source, config=config, by=by, now=now)
    source.merged_into, source.counted = target.id, False
    await _tie(session, source, target, by=by, now=now)
    because = lifecycle.cleaned(text, "text") or None
    entry = record(session, source, "merged", now=now, by=by, into=target.id, text=because)
    change = Change("status", "closed", before)
    lifecycle.told(session, source, entry, change, config=config, now=now)
    entry = record(
        session, target, "merged_in", now=now, by=by, other=source.id, title=source.title, text=because,
        moved={what: count for what, count in moved.items() if count}, roles=roles or None,
    )  # fmt: skip
    telling.changed(session, target, now=now)
    telling.post(session, target, entry_number=entry, now=now)
    telling.post_to_announcement(session, target, entry_number=entry, now=now)
    if moved["alerts"]:
        await alert_telling.told_of(session, target, now=now)
    return target


def refuse_if_over(source: Incident, into: int | None = None) -> None:
    """What is over has nothing left that could go on elsewhere."""
    if source.merged_into is not None:
        raise RuleRefused(
            f"Incident #{source.id} was merged into #{source.merged_into} already.",
            f"It goes on there, and that one can be merged on: `/incident show {source.merged_into}`.",
        )
    if source.is_closed:
        tie = f"`/incident relate {source.id} {into or '…'}` ties the two"
        raise RuleRefused(
            f"Incident #{source.id} is closed already, and nothing of it is left to go on elsewhere.",
            f"If they belong together, {tie}. If it was never over, open it again: `/incident reopen {source.id}`.",
        )


async def _refuse(session: AsyncSession, source: Incident, target: Incident) -> None:
    refuse_if_over(source, target.id)
    if not target.is_open:
        if target.merged_into is not None:
            mend = f"It was merged into #{target.merged_into}: merge into that one."
        else:
            mend = f"Merge it the other way round, or open that one again: `/incident reopen {target.id}`."
        raise RuleRefused(f"Incident #{target.id} is {target.status}; nothing goes on there.", mend)
    if source.drill != target.drill:
        raise RuleRefused(
            "A drill and a real incident cannot be merged.",
            "Close the drill by itself: nothing is broken in it.",
        )
    if source.private != target.private:
        private, public = (source, target) if source.private else (target, source)
        raise RuleRefused(
            f"Incident #{private.id} is private and #{public.id} is not; a merge would tell of it to more people.",
            f"Close #{source.id} by itself: `/incident close {source.id}` with a reason.",
        )
    if source.private and await _people(session, source) != await _people(session, target):
        raise RuleRefused(
            "Both are private, and other people take part in each; a merge would show them what they may not see.",
            "Invite to both channels whoever may see both, then merge.",
        )


async def _people(session: AsyncSession, incident: Incident) -> set[str]:
    return set(await responders_of(session, incident.id))


# -- what is moved --------------------------------------------------------------------------------------------


async def _lock_alerts(session: AsyncSession, number: int) -> None:
    """Before the incidents, as signals lock them."""
    await session.execute(
        select(Alert.id).where(Alert.incident_id == number).order_by(Alert.id).with_for_update()
    )


async def _move_alerts(session: AsyncSession, source: Incident, target: Incident) -> int:
    """Those that come later for the same follow them: an alert joins the incident of the newest of its group."""
    await session.execute(
        update(Alert)
        .where(Alert.incident_id == source.id, Alert.outcome == "incident")
        .values(outcome="joined")
        .execution_options(synchronize_session=False)
    )
    await _move(session, AlertStorm, source, target)
    return await _move(session, Alert, source, target)


async def _move_pages(
    session: AsyncSession, source: Incident, target: Incident, *, by: str, now: datetime
) -> int:
    """Those that are not over go on; whom the target rings by the same policy already is not rung twice."""
    known = {page.policy for page in await open_pages_of(session, target.id)}
    moved = 0
    for page in await open_pages_of(session, source.id):
        if page.policy in known:
            why = f"the incident was merged into #{target.id}"
            await pages.resolve(session, page, record_on=source, by=by, now=now, reason=why)
        else:
            page.incident_id, moved = target.id, moved + 1
            await session.flush()
            await show(session, page, now=now)
    return moved


async def _move_action_items(session: AsyncSession, source: Incident, target: Incident) -> int:
    """Those of a private one are found from now on by whoever may see where it goes on."""
    moved = await _move(session, ActionItem, source, target)
    if moved and source.private:
        there = select(ActionItem).where(ActionItem.incident_id == target.id)
        for item in await session.scalars(there.execution_options(populate_existing=True)):
            remove_text(session, ACTION, incident_id=source.id, number=item.id)
            found_by_its_words(session, item)
    return moved


async def _move_roles(
    session: AsyncSession, source: Incident, target: Incident, *, by: str, now: datetime
) -> dict[str, str]:
    """Who had a role that nobody has there has it there."""
    there = await roles_of(session, target.id)
    moved = {role: user for role, user in (await roles_of(session, source.id)).items() if role not in there}
    for role, user in moved.items():
        session.add(
            RoleAssignment(incident_id=target.id, role=role, user_id=user, assigned_by=by, assigned_at=now)
        )
    return moved


async def _move_people(session: AsyncSession, source: Incident, target: Incident, *, now: datetime) -> None:
    """Whoever took part is invited to where it goes on."""
    missing = await _people(session, source) - await _people(session, target)
    for user in sorted(missing):
        session.add(Responder(incident_id=target.id, user_id=user, joined_at=now))
    await session.flush()
    telling.invitations(session, target, now=now)


async def _tie(session: AsyncSession, source: Incident, target: Incident, *, by: str, now: datetime) -> None:
    """In the place of what they were to each other before."""
    await relations.untie(session, source, target)
    relations.tie(session, source, target, relations.MERGED, by=by, now=now)


async def _move(
    session: AsyncSession,
    rows: type[Alert] | type[AlertStorm] | type[Task] | type[Link] | type[ActionItem],
    source: Incident,
    target: Incident,
) -> int:
    moved = await session.execute(
        update(rows)
        .where(rows.incident_id == source.id)
        .values(incident_id=target.id)
        .returning(rows.id)
        .execution_options(synchronize_session=False)
    )
    return len(moved.all())
