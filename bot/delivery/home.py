"""App Home of one person: published anew from what that person may see now."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.firing import firing_alone
from bot.alerts.windows import running_now
from bot.checks.queries import failing_now
from bot.core.outbox import OutboxItem
from bot.core.people import person
from bot.core.viewer import Viewer
from bot.delivery.routine_tasks import owners
from bot.delivery.sender import Later, Sender, Stale
from bot.delivery.slack import Call
from bot.delivery.ways import WaySender
from bot.incidents.homes import refresh_homes
from bot.incidents.permissions import admits
from bot.incidents.queries import count_incidents, open_incidents
from bot.incidents.task_queries import my_tasks
from bot.oncall.duties import duties, shifts_of
from bot.paging.how_paged import how_paged
from bot.paging.people import accounts_of, person_of
from bot.reviews.action_queries import Which, count_items
from bot.reviews.action_queries import listed as listed_actions
from bot.reviews.actions import today
from bot.reviews.queries import ReviewNow, listed
from bot.routine import decisions, risks
from bot.routine.meeting_queries import count_open, open_meetings
from bot.routine.task_queries import mine
from bot.views import action_items, between, present
from bot.views import routine_tasks as tasks_view
from bot.views.contacts import home_section
from bot.views.home import SHOWN, home, home_of_a_guest
from bot.views.oncall import home_blocks
from bot.views.reviews import AT_HOME, home_reviews
from bot.views.tasks import AT_HOME as TASKS_AT_HOME
from bot.views.tasks import home_section as tasks_at_home
from bot.views.text import Block


class HomesSender(Sender):
    """Nothing is sent: each Home that somebody looks at is an intent of its own."""

    kind = "homes"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        return Stale("each Home is brought up to date by itself", fulfilled=True)

    async def dropped(self, session: AsyncSession, item: OutboxItem, reason: str, now: datetime) -> None:
        await refresh_homes(session, now=now, delay=timedelta())


class HomeSender(WaySender):
    """Publishing the same view twice does no harm, so there is nothing to look for."""

    kind = "home"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        user = item.about["user"]
        known = await person(session, user)
        if known is not None and not admits(self.config, known):
            return Call("views.publish", {"user_id": user, "view": home_of_a_guest(self.config)})
        viewer = Viewer(user)
        incidents = await open_incidents(session, viewer, limit=SHOWN)
        total = await count_incidents(session, viewer, only_open=True)
        at_present = await self._at_present(session, now)
        on_call = await self._on_call(session, user, now)
        paged = home_section(await how_paged(session, self.ways.providers.vault, user))
        promised = await self._promised(session, viewer, now)
        tasks = tasks_at_home(*await my_tasks(session, viewer, limit=TASKS_AT_HOME))
        reviews = home_reviews(await self._reviews(session, viewer, user), now)
        routine = await self._routine(session, user, now)
        waiting = between.home_blocks(await self._between(session, now), now=now)
        view = home(
            incidents,
            total,
            self.config,
            at_present=at_present,
            on_call=on_call,
            paged=paged,
            tasks=tasks,
            promised=promised,
            reviews=reviews,
            routine=routine,
            between=waiting,
        )
        return Call("views.publish", {"user_id": user, "view": view})

    async def _at_present(self, session: AsyncSession, now: datetime) -> list[Block]:
        failing, count = await failing_now(session, limit=present.FAILING_SHOWN)
        return present.home_blocks(
            failing,
            count,
            await running_now(session, self.config, now=now),
            await firing_alone(session),
            self.config,
            now=now,
        )

    async def _promised(self, session: AsyncSession, viewer: Viewer, now: datetime) -> list[Block]:
        mine = Which(owner=viewer.user_id)
        items = await listed_actions(session, viewer, mine, limit=action_items.AT_HOME)
        total = await count_items(session, viewer, mine) if items else 0
        return action_items.home_section(items, total, self.config, today=today(self.config, now))

    async def _reviews(self, session: AsyncSession, viewer: Viewer, user: str) -> list[ReviewNow]:
        names = [user, await person_of(session, self.config, user)]
        return await listed(session, viewer, people=names, limit=AT_HOME)

    async def _on_call(self, session: AsyncSession, user: str, now: datetime) -> list[Block]:
        if not self.config.schedules:
            return []
        accounts = await accounts_of(session, self.config, [person.name for person in self.config.people])
        me = await person_of(session, self.config, user)
        mine = await shifts_of(session, self.config, me, now=now)
        found = await duties(session, self.config, now=now)
        return home_blocks(found, accounts, mine[0] if mine else None, now=now)

    async def _between(self, session: AsyncSession, now: datetime) -> between.Between:
        by = now + between.AHEAD
        return between.Between(
            await open_meetings(session, limit=between.MEETINGS_SHOWN),
            await count_open(session),
            await decisions.listed(session, limit=between.DECISIONS_SHOWN),
            await decisions.count_decisions(session),
            await risks.to_review(session, by=by, limit=between.RISKS_SHOWN),
            await risks.count_to_review(session, by=by),
        )

    async def _routine(self, session: AsyncSession, user: str, now: datetime) -> list[Block]:
        rows = await mine(session, self.config, user, limit=tasks_view.HOME_SHOWN + 1)
        accounts = await accounts_of(session, self.config, owners(rows))
        return tasks_view.home_blocks(rows, accounts, now=now)
