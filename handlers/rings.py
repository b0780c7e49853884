"""After an acknowledgement nothing rings: it is answered when no ring of its pages is on its way any more.

A ring that reads its page a moment before the acknowledgement is committed, in this process or in another, arrives a
moment after it. Whoever acknowledged would hear it ring once more, and wonder. So the answer waits for it; the
acknowledgement itself is committed and does not.
"""

import asyncio
from collections.abc import Collection

from bot.paging.ringing import rings_under_way
from bot.runtime import Bot

# In seconds. Slack waits three for the answer; a ring that hangs for longer is in doubt, and not waited for.
LANDS_WITHIN = 1.0
LOOKED_AT_EVERY = 0.02


async def rings_have_landed(bot: Bot, page_ids: Collection[int]) -> None:
    """Returns once no ring of these pages is under way, or after a second."""
    for _ in range(int(LANDS_WITHIN / LOOKED_AT_EVERY)):
        async with bot.db.read() as session:
            if not await rings_under_way(session, page_ids, now=bot.clock.now()):
                return
        await asyncio.sleep(LOOKED_AT_EVERY)
