"""Whether somebody could be reached by a page, asked before their shift begins."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.paging.people import reachable

NO_ACCOUNT, NO_METHOD = "no_account", "no_method"


async def hindrances(session: AsyncSession, config: Config, person: str) -> tuple[str, ...]:
    """What stands in the way: `no_account` (Slack is not known to have one), `no_method` (none that is verified)."""
    known = (await reachable(session, config, [person]))[person]
    found = [NO_ACCOUNT] if known.user_id is None else []
    return (*found, NO_METHOD) if not known.methods else tuple(found)
