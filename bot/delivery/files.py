"""Files, by Slack's external upload in three steps; only the last one shows."""

from dataclasses import dataclass
from typing import Any

from bot.core.outbox import OutboxItem
from bot.delivery.sender import Sender
from bot.delivery.slack import Call, Slack


@dataclass(frozen=True)
class File:
    """`alt` is a picture in words, for those who do not see it."""

    content: bytes
    title: str
    comment: str
    alt: str | None = None


class FileSender(Sender):
    """What is to be uploaded stands in the call: its `name`, which is never another file's, and a text as `document`."""

    def title_of(self, item: OutboxItem) -> str:
        """What people read above the file."""
        raise NotImplementedError

    async def place(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        """Where it is shared: by default in the direct messages of `user`."""
        return {"channel_id": await self.dm(slack, item)}

    async def messages(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        """The newest messages of that place."""
        channel = await self.dm(slack, item)
        return await slack.call(Call("conversations.history", {"channel": channel, "limit": 100}))

    async def find(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        answer = await self.messages(slack, item, call)
        for message in answer.get("messages", ()):
            if any(file.get("name") == call.args["name"] for file in message.get("files", ())):
                return {"found": True}
        return None

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        title = self.title_of(item)
        comment = f"{title}. Times are in UTC."
        return await self.upload(slack, item, call, File(call.args["document"].encode(), title, comment))

    async def upload(self, slack: Slack, item: OutboxItem, call: Call, file: File) -> dict[str, Any]:
        asked: dict[str, Any] = {"filename": call.args["name"], "length": len(file.content)}
        if file.alt is not None:
            asked["alt_txt"] = file.alt
        place = await slack.call(Call("files.getUploadURLExternal", asked))
        await slack.upload(place["upload_url"], file.content)
        return await slack.call(
            Call(
                call.method,
                {
                    "files": [{"id": place["file_id"], "title": file.title}],
                    **await self.place(slack, item, call),
                    "initial_comment": file.comment,
                },
            )
        )

    def besides(self, call: Call) -> tuple[str, ...]:
        return ("files.getUploadURLExternal", "conversations.open")

    async def dm(self, slack: Slack, item: OutboxItem) -> str:
        opened = await slack.call(Call("conversations.open", {"users": item.about["user"]}))
        return str(opened["channel"]["id"])
