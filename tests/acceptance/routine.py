"""What stories about the routine share: a bot with tasks and recurring reviews, and the way to their time."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from bot.config import Config
from bot.config.sections.checks import Check
from bot.config.sections.recurring_reviews import RecurringReview
from bot.config.sections.routine_tasks import Routine, RoutineTask
from bot.core.clock import MovableClock
from tests.acceptance.office import Json, Office, open_office


def with_routine(
    *tasks: Json, reviews: tuple[Json, ...] = (), checks: tuple[Json, ...] = ()
) -> Callable[[Config], Config]:
    def change(config: Config) -> Config:
        return config.model_copy(
            update={
                "routine": Routine(channel="incidents"),
                "routine_tasks": tuple(RoutineTask.model_validate(task) for task in tasks),
                "recurring_reviews": tuple(RecurringReview.model_validate(review) for review in reviews),
                "checks": tuple(Check.model_validate(check) for check in checks),
            }
        )

    return change


@asynccontextmanager
async def routine(
    database_url: str,
    *tasks: Json,
    reviews: tuple[Json, ...] = (),
    checks: tuple[Json, ...] = (),
    **settings: Any,
) -> AsyncIterator[Office]:
    """A bot with these tasks, all of them known to the rows."""
    change = with_routine(*tasks, reviews=reviews, checks=checks)
    async with open_office(database_url, change=change, **settings) as office:
        await office.settled()
        yield office


def daily(hours: float) -> Json:
    """A cadence that comes each day, for the first time about so many hours from now."""
    when = MovableClock().now() + timedelta(hours=hours)
    return {"every": f"{when.minute} {when.hour} * * *", "timezone": "UTC"}
