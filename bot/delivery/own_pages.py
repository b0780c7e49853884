"""Brings the page that one reader alone sees (`/page show`) up to date, after a click on it."""

from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.queries import pages_with_alerts
from bot.core.errors import NotFound
from bot.core.outbox import OutboxItem
from bot.core.viewer import Viewer
from bot.delivery.answers import RESPOND
from bot.delivery.own_cards import ANSWERED_WITHIN
from bot.delivery.sender import Later, Sender, Stale
from bot.delivery.slack import Call, Refused, Slack
from bot.incidents.paging import visible_page
from bot.paging.status import statuses
from bot.views import page as page_view

log = structlog.get_logger(__name__)


class OwnPageSender(Sender):
    """Replaces an ephemeral page through the click's `response_url`."""

    kind = "own_page"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        if now - item.created_at > ANSWERED_WITHIN:
            return Stale("Slack takes no more answers to this click")
        ephemeral: dict[str, Any] = {"response_type": "ephemeral", "replace_original": True}
        try:
            page = await visible_page(session, int(item.about["page"]), Viewer(item.about["user"]))
        except NotFound as missing:
            return Call(RESPOND, {"text": missing.what, **ephemeral})
        shown = await pages_with_alerts(session, await statuses(session, [page], config=self.config, now=now))
        return Call(
            RESPOND,
            {
                "text": page_view.page_text(shown, self.config),
                "blocks": page_view.page_blocks(shown, self.config, first=0),
                **ephemeral,
            },
        )

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        try:
            await slack.respond(item.about["response_url"], call.args)
        except Refused as refusal:
            # The address is used up: nobody can change that message any more.
            log.info("A reader's own page stays as it is", problem=refusal.code)
        return {}
