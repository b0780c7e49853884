"""Brings the card, or the list, that one reader alone sees up to date, after a click on it."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.queries import with_alerts
from bot.core.errors import NotFound
from bot.core.outbox import OutboxItem
from bot.core.viewer import Viewer
from bot.delivery.answers import RESPOND
from bot.delivery.sender import Later, Sender, Stale
from bot.delivery.slack import Call, Refused, Slack
from bot.delivery.tasks import links_screen, tasks_screen
from bot.delivery.timeline import timeline_screen
from bot.incidents.paging import situation
from bot.incidents.queries import by_number
from bot.incidents.relations import with_relations
from bot.incidents.task_queries import with_tasks
from bot.reviews.action_queries import with_actions
from bot.runbooks.library import with_runbooks
from bot.views.card import card_for_reader, card_text
from bot.views.forms import incident_form, message_form

log = structlog.get_logger(__name__)

# Slack takes no more answers to a click after this.
ANSWERED_WITHIN = timedelta(minutes=30)


class OwnCardSender(Sender):
    """Replaces an ephemeral card through the click's `response_url`, or the modal that shows it."""

    kind = "own_card"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        if now - item.created_at > ANSWERED_WITHIN:
            return Stale("Slack takes no more answers to this click")
        try:
            return await self._shown(session, item, Viewer(item.about["user"]), now)
        except NotFound as missing:
            # They left a private incident meanwhile: what they no longer may see does not stay on the screen.
            return self._call(item, missing.what, [], message_form("Not there", missing.what))

    async def _shown(
        self, session: AsyncSession, item: OutboxItem, viewer: Viewer, now: datetime
    ) -> Call | Stale | Later:
        """As this viewer may see it now; raises NotFound."""
        if "shows" in item.about:
            return Call(
                "views.update",
                {"view_id": item.about["view"], "view": await self._list(session, item, viewer)},
            )
        incident = await by_number(session, item.about["incident"], viewer)
        around = await situation(session, incident, config=self.config, now=now)
        around = await with_alerts(session, around)
        around = await with_actions(session, around)
        around = await with_runbooks(session, around, self.config)
        around = await with_relations(session, around, Viewer(item.about["user"]))
        around = await with_tasks(session, around)
        return self._call(
            item,
            card_text(incident, self.config),
            card_for_reader(around, self.config),
            incident_form(around, self.config),
        )

    async def _list(self, session: AsyncSession, item: OutboxItem, viewer: Viewer) -> dict[str, Any]:
        number, page = item.about.get("of"), item.about.get("page")
        if item.about["shows"] == "links":
            return await links_screen(session, viewer, int(number or 0), self.config)
        if item.about["shows"] == "timeline":
            incident = await by_number(session, int(number or 0), viewer)
            return await timeline_screen(session, incident, self.config, page)
        return await tasks_screen(session, viewer, number, int(page or 0), self.config)

    def _call(self, item: OutboxItem, text: str, blocks: list[dict[str, Any]], view: dict[str, Any]) -> Call:
        if "view" in item.about:
            return Call("views.update", {"view_id": item.about["view"], "view": view})
        ephemeral = {"text": text, "response_type": "ephemeral", "replace_original": True}
        return Call(RESPOND, ephemeral | ({"blocks": blocks} if blocks else {}))

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        try:
            if call.method != RESPOND:
                return await slack.call(call)
            await slack.respond(item.about["response_url"], call.args)
        except Refused as refusal:
            # The modal was closed, or the address is used up: nobody can change that card any more.
            log.info("A reader's own card stays as it is", problem=refusal.code)
        return {}
