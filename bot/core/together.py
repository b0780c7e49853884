"""Many requests in one transaction: under load its beginning, its end, and what is written with the commit are paid
for once a group.

Whoever comes while nothing is under way begins at once. Those who come meanwhile wait, and then do their work one
after the other in one transaction; each is answered after its commit. A group that fails is rolled back whole, and
each of it does its work again by itself: so its own error is what it is told, and nobody pays for another's.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from contextvars import Context, copy_context
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")
Work = Callable[[AsyncSession], Coroutine[Any, Any, T]]

# So many share one transaction at most: the first of them waits for the work of the last.
AT_MOST = 32
# In seconds. What is under way for longer (it waits for a lock, the database hangs) holds up nobody any more.
PATIENCE = 0.25


class _ByYourself(Exception):
    """The group was rolled back, and this member is to do its work in a transaction of its own."""


class _Member:
    """One who waits for a place in a group, and then for the group's commit."""

    def __init__(self, work: Work[Any]) -> None:
        self.work = work
        self.context = copy_context()  # the request's own, with its trace
        self.outcome: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.group: _Group | None = None
        self.result: Any = None


class _Group:
    """Those who share one transaction, and the task that runs it: none of them can end it by being cancelled."""

    def __init__(self) -> None:
        self.members: list[_Member] = []
        self.task: asyncio.Task[None] | None = None

    def is_deserted(self) -> bool:
        return all(member.outcome.done() for member in self.members)


class _Place:
    """What is under way takes one, and gives it back at its end, or when its time is over."""

    def __init__(self, together: "Together") -> None:
        self._together: Together | None = together
        self._timer = asyncio.get_running_loop().call_later(PATIENCE, self.leave)
        together.places -= 1

    def leave(self) -> None:
        together, self._together = self._together, None
        if together is not None:
            self._timer.cancel()
            together.places += 1
            together.next_group()


class Together:
    """Runs work in transactions that `begin` gives; as many are under way at once as there are `places`.

    `is_for_all` tells of an error whether trying again one by one would only meet it again.
    """

    def __init__(
        self,
        begin: Callable[[], AbstractAsyncContextManager[AsyncSession]],
        is_for_all: Callable[[BaseException], bool],
        *,
        places: int,
    ) -> None:
        self.places = places
        self._begin = begin
        self._is_for_all = is_for_all
        self._waiting: deque[_Member] = deque()
        self._groups: set[asyncio.Task[None]] = set()

    async def run(self, work: Work[T]) -> T:
        """What `work` returns, once it is committed; raises what it raises. It may be run twice, the first time for
        nothing.
        """
        if self.places > 0:
            place = _Place(self)
            try:
                return await self._alone(work)
            finally:
                place.leave()
        member = _Member(work)
        self._waiting.append(member)
        try:
            result: T = await member.outcome
            return result
        except _ByYourself:
            pass
        except asyncio.CancelledError:
            if member.group is not None and member.group.task is not None and member.group.is_deserted():
                member.group.task.cancel()
            raise
        return await self._alone(work)

    async def _alone(self, work: Work[T]) -> T:
        async with self._begin() as session:
            return await work(session)

    def next_group(self) -> None:
        """Those who wait begin, as far as there are places."""
        while self._waiting and self.places > 0:
            group, place = _Group(), _Place(self)
            # In a context of its own, which is nobody's request.
            group.task = asyncio.create_task(self._run(group, place), context=Context())
            self._groups.add(group.task)
            group.task.add_done_callback(self._groups.discard)

    async def _run(self, group: _Group, place: _Place) -> None:
        try:
            if self._took_next(group):
                async with self._begin() as session:
                    await self._work(group, session)
        except BaseException as error:
            self._failed(group, error)
            if not isinstance(error, Exception):
                raise
        else:
            for member in group.members:
                if not member.outcome.done():
                    member.outcome.set_result(member.result)
        finally:
            place.leave()

    async def _work(self, group: _Group, session: AsyncSession) -> None:
        """Also that of those who come meanwhile: the more share the commit, the less it costs each."""
        for member in group.members:  # it grows as we go
            member.result = await asyncio.create_task(member.work(session), context=member.context)
            self._took_next(group)

    def _took_next(self, group: _Group) -> bool:
        """Whether there was one more for this group."""
        while self._waiting and len(group.members) < AT_MOST:
            member = self._waiting.popleft()
            if not member.outcome.done():  # else it was cancelled before its turn
                member.group = group
                group.members.append(member)
                return True
        return False

    def _failed(self, group: _Group, error: BaseException) -> None:
        """A database that is gone is gone for all of them; anything else may be the fault of one."""
        is_own = len(group.members) == 1 or self._is_for_all(error)
        for member in group.members:
            if not member.outcome.done():
                told = error if is_own and isinstance(error, Exception) else _ByYourself()
                member.outcome.set_exception(told)
