"""The handlers of one kind of request, by the name of what was used.

Bolt asks its listeners one after the other whether they match, and makes the arguments of each question anew: with some
hundreds of them the last form waited milliseconds for its turn. So Bolt gets one listener a kind, and the rest is looked up.
"""

import re
from collections.abc import Iterable

from bot.runtime import Bot
from handlers.request import Answer, Handle, Request


class ByName:
    """Handles what has one of these names. `names` matches them, and nothing else.

    Raises ValueError for a name that stands twice: one of the two would never be called.
    """

    def __init__(self, handlers: Iterable[tuple[str | re.Pattern[str], Handle]]) -> None:
        self._known: dict[str, Handle] = {}
        self._patterns: list[tuple[re.Pattern[str], Handle]] = []
        for name, handle in handlers:
            if isinstance(name, re.Pattern):
                self._patterns.append((name, handle))
            elif name in self._known:
                raise ValueError(f"{name} is registered twice")
            else:
                self._known[name] = handle
        every = [re.escape(name) for name in self._known] + [pattern.pattern for pattern, _ in self._patterns]
        self.names = re.compile(rf"\A(?:{'|'.join(every)})\Z")

    async def __call__(self, bot: Bot, request: Request) -> Answer | None:
        return await self._handle_of(request.name)(bot, request)

    def _handle_of(self, name: str) -> Handle:
        known = self._known.get(name)
        return known or next(handle for pattern, handle in self._patterns if pattern.fullmatch(name))
