"""App Home of one person: published anew from what that person may see now."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.outbox import OutboxItem
from bot.core.people import person
from bot.core.viewer import Viewer
from bot.delivery.sender import Later, Sender, Stale
from bot.delivery.slack import Call
from bot.incidents.queries import count_incidents, open_incidents
from bot.views.home import SHOWN, home, home_of_a_guest


class HomeSender(Sender):
    """Publishing the same view twice does no harm, so there is nothing to look for."""

    kind = "home"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        user = item.about["user"]
        known = await person(session, user)
        if known is not None and known.is_no_member:
            return Call("views.publish", {"user_id": user, "view": home_of_a_guest(self.config)})
        viewer = Viewer(user)
        incidents = await open_incidents(session, viewer, limit=SHOWN)
        total = await count_incidents(session, viewer, only_open=True)
        return Call("views.publish", {"user_id": user, "view": home(incidents, total, self.config)})
