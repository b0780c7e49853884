"""One look at the database for all steps of the tick that nearly always have nothing to do.

The tick comes each second, and after each commit that left work. To ask for each of these steps by itself was two thirds
of all statements of a quiet process, and of one that people work with.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, bindparam, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute

from bot.core.clock import Clock
from bot.core.db import Database, UtcDateTime
from bot.core.engine import Step

_NOW = bindparam("now", type_=UtcDateTime)


def has_come(
    moment: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    *conditions: ColumnElement[bool],
) -> ScalarSelect[Any]:
    """1 where a row's moment has come. By their order rather than by `exists`, for the reason that bot.core.claims gives."""
    first: Select[Any] = (
        select(literal_column("1")).where(moment <= _NOW, *conditions).order_by(moment).limit(1)
    )
    return first.scalar_subquery()


def looking_for(*moments: ScalarSelect[Any]) -> Select[Any]:
    """One row with a column for each."""
    return select(*moments)


class Look:
    """What is due, as the steps that share it need to know. One per process."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._moments: dict[str, tuple[ScalarSelect[Any], ...]] = {}
        self._query: Select[Any] | None = None
        # The steps that have something to do; None: a look is needed.
        self._due: frozenset[str] | None = None

    def step(
        self,
        name: str,
        run: Callable[[], Awaitable[None]],
        *moments: ScalarSelect[Any],
        or_if: Callable[[], bool] = lambda: False,
    ) -> Step:
        """A step that runs when one of these moments has come, or for a reason of its own; and once at first, as many
        write down what they expect then.
        """
        self._moments[name] = moments
        begun = False

        async def run_if_due() -> None:
            nonlocal begun
            if not begun or or_if() or name in await self._looked():
                self._due = None  # what it does may be what the next ones wait for
                await run()
                begun = True

        return Step(name, run_if_due)

    async def again(self) -> None:
        """Forgets what was seen: a tick begins."""
        self._due = None

    async def _looked(self) -> frozenset[str]:
        if self._due is None:
            if self._query is None:
                self._query = looking_for(*(moment for of in self._moments.values() for moment in of))
            async with self._db.read() as session:
                found = (await session.execute(self._query, {"now": self._clock.now()})).one()
            names = (name for name, of in self._moments.items() for _ in of)
            self._due = frozenset(name for name, one in zip(names, found, strict=True) if one is not None)
        return self._due
