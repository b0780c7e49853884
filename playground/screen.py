"""What a person sees: channels, messages, views. Nothing here changes anything but what counts as read."""

from typing import Any

from .api.chat import permalink
from .channels import Channel
from .messages import Message, strings
from .people import Person
from .workspace import Workspace

MOST_SHOWN = 1000


def screen(workspace: Workspace, person: Person) -> dict[str, Any]:
    """Channels, direct messages, open modals and the Home tab."""
    seen = list(workspace.seen_by(person))
    home = workspace.views.homes.get(person.id)

    def cards(of: list[Channel]) -> list[dict[str, Any]]:
        return [channel.card(person.id, workspace.title(channel, person.id)) for channel in of]

    return {
        "user": person.card(),
        "channels": cards([channel for channel in seen if not channel.is_im]),
        "views": [view.shown() for view in workspace.views.stacks.get(person.id, [])],
        "home": home.shown() if home else None,
        "dms": cards([channel for channel in seen if channel.is_im]),
    }


def shown(message: Message, channel: Channel, url: str) -> dict[str, Any]:
    """A message as the control routes show it."""
    body = message.body
    return {
        **message.with_metadata(),
        "channel": channel.id,
        "ephemeral": message.only_for is not None,
        "pinned": body["ts"] in channel.pins,
        "permalink": permalink(url, channel.id, message),
    }


def messages(
    workspace: Workspace, person: Person, channel: Channel, thread_ts: str | None, limit: int, url: str
) -> list[dict[str, Any]]:
    """The newest messages of a channel or of one thread, oldest first, the person's ephemeral ones among them.

    Looking at the channel marks it as read.
    """
    limit = max(1, min(limit, MOST_SHOWN))
    if thread_ts is None:
        times = channel.timeline[-limit:]
        channel.last_read[person.id] = channel.timeline[-1] if channel.timeline else ""
    else:
        times = [thread_ts, *channel.threads.get(thread_ts, [])][-limit:]
    found = [channel.messages[ts] for ts in times if ts in channel.messages]
    found += [
        message
        for message in channel.ephemeral.values()
        if message.only_for == person.id and _in_thread(message, thread_ts)
    ]
    found.sort(key=lambda message: message.ts)
    return [shown(message, channel, url) for message in found[-limit:]]


def _in_thread(message: Message, thread_ts: str | None) -> bool:
    return message.thread_ts == thread_ts


def find(workspace: Workspace, person: Person, text: str, url: str) -> list[dict[str, Any]]:
    """The messages that contain the text, in what the person may see, oldest first."""
    wanted = text.casefold()
    found = [
        (message, channel)
        for channel in workspace.seen_by(person)
        for message in (*channel.messages.values(), *channel.ephemeral.values())
        if message.only_for in (None, person.id) and wanted in _words(message)
    ]
    found.sort(key=lambda pair: pair[0].ts)
    return [shown(message, channel, url) for message, channel in found[-MOST_SHOWN:]]


def _words(message: Message) -> str:
    body = message.body
    parts = [body.get("text", ""), *strings(body.get("blocks")), *strings(body.get("attachments"))]
    return "\n".join(parts).casefold()


def overview(workspace: Workspace) -> dict[str, Any]:
    """The whole workspace for `GET /workspace`."""
    from_manifest = workspace.manifest
    bot = next(person for person in workspace.people.values() if person.is_bot)
    return {
        "people": [person.card() for person in workspace.people.values() if not person.is_bot],
        "channels": [
            channel.card(None, workspace.title(channel, None)) for channel in workspace.channels.values()
        ],
        "usergroups": list(workspace.groups.values()),
        "commands": [
            {
                "name": name,
                "description": entry.get("description", ""),
                "usage_hint": entry.get("usage_hint", ""),
            }
            for name, entry in from_manifest.commands.items()
        ],
        "shortcuts": [
            {
                "name": entry["name"],
                "callback_id": entry["callback_id"],
                "type": entry["type"],
                "description": entry.get("description", ""),
            }
            for entry in from_manifest.shortcuts
        ],
        "bot_name": bot.name,
    }
