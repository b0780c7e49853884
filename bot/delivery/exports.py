"""The timeline as a file in the direct messages of the one who asked for it."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.checks.history import around
from bot.core.errors import NotFound
from bot.core.outbox import OutboxItem
from bot.core.people import names_of
from bot.core.timeline import entries_of
from bot.core.viewer import Viewer
from bot.delivery.sender import Later, Sender, Stale, key_of
from bot.delivery.slack import Call, Slack
from bot.incidents.queries import by_number, roles_of
from bot.views.timeline import as_markdown, people_in


class FileSender(Sender):
    """Slack's external upload in three steps; only the last one shows. What is to be uploaded stands in the call, as
    `document` and `name`; the name is never another file's.
    """

    def title_of(self, item: OutboxItem) -> str:
        """What people read above the file."""
        raise NotImplementedError

    async def place(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        """Where it is shared: by default in the direct messages of `user`."""
        return {"channel_id": await self._dm(slack, item)}

    async def messages(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        """The newest messages of that place."""
        channel = await self._dm(slack, item)
        return await slack.call(Call("conversations.history", {"channel": channel, "limit": 100}))

    async def find(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        answer = await self.messages(slack, item, call)
        for message in answer.get("messages", ()):
            if any(file.get("name") == call.args["name"] for file in message.get("files", ())):
                return {"found": True}
        return None

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        content = call.args["document"].encode()
        place = await slack.call(
            Call("files.getUploadURLExternal", {"filename": call.args["name"], "length": len(content)})
        )
        await slack.upload(place["upload_url"], content)
        title = self.title_of(item)
        return await slack.call(
            Call(
                call.method,
                {
                    "files": [{"id": place["file_id"], "title": title}],
                    **await self.place(slack, item, call),
                    "initial_comment": f"{title}. Times are in UTC.",
                },
            )
        )

    def besides(self, call: Call) -> tuple[str, ...]:
        return ("files.getUploadURLExternal", "conversations.open")

    async def _dm(self, slack: Slack, item: OutboxItem) -> str:
        opened = await slack.call(Call("conversations.open", {"users": item.about["user"]}))
        return str(opened["channel"]["id"])


class ExportSender(FileSender):
    """The whole record of an incident."""

    kind = "incident.export"
    what = "sending the exported timeline"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        try:
            incident = await by_number(session, int(item.incident_id or 0), Viewer(item.about["user"]))
        except NotFound:
            return Stale("its reader may not see the incident any more")
        entries = await entries_of(session, incident.id)
        roles = await roles_of(session, incident.id)
        names = await names_of(session, people_in(incident, entries) | set(roles.values()))
        document = as_markdown(
            incident, entries, roles, names, self.config, await around(session, incident, self.config)
        )
        return Call(
            "files.completeUploadExternal",
            {"document": document, "name": f"incident-{incident.id}-{key_of(item)}.md"},
        )

    def title_of(self, item: OutboxItem) -> str:
        return f"Timeline of incident #{item.incident_id}"
