"""Files in somebody's direct messages, by Slack's external upload in three steps; only the last one shows."""

from dataclasses import dataclass
from typing import Any

from bot.core.outbox import OutboxItem
from bot.delivery.sender import Sender, find_message
from bot.delivery.slack import Call, Slack


@dataclass(frozen=True)
class File:
    """`alt` is a picture in words, for those who do not see it."""

    content: bytes
    title: str
    comment: str
    alt: str | None = None


class DirectFileSender(Sender):
    """The base of those that send a file to `about["user"]`. `compose` gives a call with its `name`."""

    async def find(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        channel = await self.dm(slack, item)
        answer = await slack.call(Call("conversations.history", {"channel": channel, "limit": 100}))
        for message in answer.get("messages", ()):
            if any(file.get("name") == call.args["name"] for file in message.get("files", ())):
                return {"found": True}
        return await find_message(slack, item, Call("chat.postMessage", {"channel": channel}))

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
                    "channel_id": await self.dm(slack, item),
                    "initial_comment": file.comment,
                },
            )
        )

    async def dm(self, slack: Slack, item: OutboxItem) -> str:
        opened = await slack.call(Call("conversations.open", {"users": item.about["user"]}))
        return str(opened["channel"]["id"])
