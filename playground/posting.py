"""What happens to messages: posted, edited, deleted, reacted to, pinned, and the events of each."""

import bisect
import time
from typing import Any

from .channels import Channel
from .errors import SlackError
from .manifest import Manifest
from .messages import Message, rich_text
from .people import APP_ID, BOT_ID, BOT_USER, TEAM_ID
from .workspace import Workspace

_SUBSCRIPTION = {
    "channel": "message.channels",
    "group": "message.groups",
    "im": "message.im",
    "mpim": "message.mpim",
}


def bot_profile(manifest: Manifest) -> dict[str, Any]:
    """What the bot's messages tell of the app."""
    return {
        "id": BOT_ID,
        "app_id": APP_ID,
        "user_id": BOT_USER,
        "name": manifest.name,
        "icons": {
            f"image_{size}": f"https://avatars.playground.example/app-{size}.png" for size in (36, 48, 72)
        },
        "deleted": False,
        "updated": 1732159876,
        "team_id": TEAM_ID,
    }


def bot_body(workspace: Workspace, text: str, blocks: list[dict[str, Any]] | None) -> dict[str, Any]:
    """The beginning of a message of the bot; its time is set when it is posted."""
    body: dict[str, Any] = {
        "user": BOT_USER,
        "type": "message",
        "ts": "",
        "bot_id": BOT_ID,
        "app_id": APP_ID,
        "text": text,
        "team": TEAM_ID,
        "bot_profile": bot_profile(workspace.manifest),
    }
    if blocks:
        body["blocks"] = blocks
    return body


def person_body(workspace: Workspace, user: str, text: str) -> dict[str, Any]:
    """A message that a person types, in Slack's markup."""
    return {
        "user": user,
        "type": "message",
        "ts": "",
        "client_msg_id": f"{workspace.ids.secret(8)}-{workspace.ids.secret(4)}-4{workspace.ids.secret(3)}",
        "text": text,
        "team": TEAM_ID,
        "blocks": [rich_text(text, workspace.ids.short())],
    }


def post(
    workspace: Workspace,
    channel: Channel,
    author: str,
    body: dict[str, Any],
    *,
    metadata: dict[str, Any] | None = None,
    thread_ts: str | None = None,
    broadcast: bool = False,
    event_subtype: str | None = None,
) -> Message:
    """Puts a message into the channel or below a parent, and tells everyone."""
    ts = body["ts"] = workspace.clock.next()
    message = Message(channel.id, author, body, metadata)
    if thread_ts is not None:
        _reply(channel, message, thread_ts, broadcast=broadcast)
    if thread_ts is None or broadcast:
        channel.timeline.append(ts)
    channel.messages[ts] = message
    channel.last_read[author] = ts
    if len(channel.messages) > workspace.keep_messages:
        _forget_oldest(channel)
    _announce_message(workspace, channel, message, event_subtype)
    workspace.changed("channel", channel=channel, ts=ts)
    return message


def _reply(channel: Channel, message: Message, thread_ts: str, *, broadcast: bool) -> None:
    parent = channel.messages.get(thread_ts)
    if parent is None:
        raise SlackError("thread_not_found")
    if parent.is_reply:
        # Slack files a reply to a reply under the thread's parent.
        thread_ts = str(parent.thread_ts)
        parent = channel.messages[thread_ts]
    body = message.body
    body["thread_ts"] = thread_ts
    if "user" in parent.body:
        body["parent_user_id"] = parent.body["user"]
    if broadcast:
        body["subtype"] = "thread_broadcast"
        body["root"] = {key: parent.body[key] for key in ("user", "type", "ts", "text") if key in parent.body}
    replies = channel.threads.setdefault(thread_ts, [])
    replies.append(message.ts)
    users = parent.body.get("reply_users", [])
    if message.author not in users:
        users = [*users, message.author]
    parent.body |= {
        "thread_ts": thread_ts,
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "latest_reply": message.ts,
        "reply_users": users,
        "is_locked": False,
        "subscribed": BOT_USER in users or parent.author == BOT_USER,
    }


def _forget_oldest(channel: Channel) -> None:
    oldest = next(iter(channel.messages))
    del channel.messages[oldest]
    if channel.timeline and channel.timeline[0] == oldest:
        del channel.timeline[0]
    channel.threads.pop(oldest, None)
    channel.pins.pop(oldest, None)


def _announce_message(workspace: Workspace, channel: Channel, message: Message, subtype: str | None) -> None:
    if BOT_USER not in channel.members:
        return
    subscription = _SUBSCRIPTION[channel.kind]
    if workspace.manifest.wants(subscription):
        event = {**message.with_metadata(), "channel": channel.id, "channel_type": channel.kind}
        event["event_ts"] = message.ts
        if subtype:
            event["subtype"] = subtype
        if not channel.is_im:
            event.pop("root", None)
        workspace.announce(subscription, event)
    mentioned = f"<@{BOT_USER}>" in message.body.get("text", "") or f"<@{BOT_USER}|" in message.body.get(
        "text", ""
    )
    if mentioned and message.author != BOT_USER and not channel.is_im and "subtype" not in message.body:
        kept = ("user", "ts", "client_msg_id", "text", "team", "blocks", "thread_ts", "parent_user_id")
        mention = {key: message.body[key] for key in kept if key in message.body}
        workspace.announce(
            "app_mention", {"type": "app_mention", **mention, "channel": channel.id, "event_ts": message.ts}
        )


def post_ephemeral(
    workspace: Workspace,
    channel: Channel,
    user: str,
    body: dict[str, Any],
    thread_ts: str | None = None,
) -> Message:
    """Shows a message to one person only; it is in no history and makes no event."""
    ts = body["ts"] = workspace.clock.next()
    body["is_ephemeral"] = True
    if thread_ts:
        body["thread_ts"] = thread_ts
    message = Message(channel.id, BOT_USER, body, only_for=user)
    channel.ephemeral[ts] = message
    if len(channel.ephemeral) > workspace.keep_messages:
        del channel.ephemeral[next(iter(channel.ephemeral))]
    workspace.changed("channel", channel=channel, users={user}, ts=ts)
    return message


def slackbot(
    workspace: Workspace, channel: Channel, user: str, text: str, thread_ts: str | None = None
) -> None:
    """Slack's own words to one person, e.g. that a command failed."""
    body: dict[str, Any] = {"user": "USLACKBOT", "type": "message", "ts": "", "text": text}
    post_ephemeral(workspace, channel, user, body, thread_ts)
    workspace.changed("toast", users={user}, text=text)


def post_system(
    workspace: Workspace, channel: Channel, user: str, subtype: str, text: str, **fields: Any
) -> None:
    """The line that Slack writes when somebody joins, sets a topic or renames the channel."""
    post(
        workspace,
        channel,
        user,
        {"type": "message", "subtype": subtype, "user": user, "ts": "", "text": text, **fields},
    )


def changed_body(message: Message) -> dict[str, Any]:
    """A copy of the body to put new content into. The old one stays as it was for `previous_message`."""
    return dict(message.body)


def edit(
    workspace: Workspace,
    channel: Channel,
    message: Message,
    body: dict[str, Any],
    metadata: dict[str, Any] | None,
    *,
    by: str,
    mark: bool,
) -> None:
    """Replaces a message's content. `mark` shows it as edited."""
    before = message.with_metadata()
    if mark:
        body["edited"] = {"user": by, "ts": workspace.clock.next()}
    message.body = body
    message.metadata = metadata
    if message.only_for is None:
        _announce_change(workspace, channel, "message_changed", before, message=message.with_metadata())
    _tell(workspace, channel, message)


def _tell(workspace: Workspace, channel: Channel, message: Message) -> None:
    users = None if message.only_for is None else {message.only_for}
    workspace.changed("channel", channel=channel, users=users, ts=message.ts)


def _announce_change(
    workspace: Workspace, channel: Channel, subtype: str, before: dict[str, Any], **fields: Any
) -> None:
    subscription = _SUBSCRIPTION[channel.kind]
    if BOT_USER not in channel.members or not workspace.manifest.wants(subscription):
        return
    ts = workspace.clock.next()
    event = {
        "type": "message",
        "subtype": subtype,
        **fields,
        "previous_message": before,
        "channel": channel.id,
        "hidden": True,
        "ts": ts,
        "event_ts": ts,
        "channel_type": channel.kind,
    }
    workspace.announce(subscription, event)


def delete(workspace: Workspace, channel: Channel, message: Message) -> None:
    """Takes a message away; a parent with replies stays as a tombstone, as in Slack."""
    ts = message.ts
    if message.only_for is not None:
        channel.ephemeral.pop(ts, None)
        _tell(workspace, channel, message)
        return
    before = message.with_metadata()
    channel.pins.pop(ts, None)
    if channel.threads.get(ts):
        kept = {key: message.body[key] for key in _THREAD_FIELDS if key in message.body}
        message.body = {
            "type": "message",
            "subtype": "tombstone",
            "text": "This message was deleted.",
            "user": "USLACKBOT",
            "hidden": True,
            "ts": ts,
            **kept,
        }
        message.metadata = None
    else:
        _take_out(channel, message)
    _announce_change(workspace, channel, "message_deleted", before, deleted_ts=ts)
    _tell(workspace, channel, message)


_THREAD_FIELDS = ("thread_ts", "reply_count", "reply_users_count", "latest_reply", "reply_users", "is_locked")


def _take_out(channel: Channel, message: Message) -> None:
    ts = message.ts
    channel.messages.pop(ts, None)
    place = bisect.bisect_left(channel.timeline, ts)
    if place < len(channel.timeline) and channel.timeline[place] == ts:
        del channel.timeline[place]
    if not message.is_reply:
        return
    thread = str(message.thread_ts)
    replies = channel.threads.get(thread, [])
    if ts in replies:
        replies.remove(ts)
    parent = channel.messages.get(thread)
    if parent is None:
        return
    if replies:
        users = list(dict.fromkeys(channel.messages[reply].author for reply in replies))
        parent.body |= {
            "reply_count": len(replies),
            "reply_users_count": len(users),
            "reply_users": users,
            "latest_reply": replies[-1],
        }
        return
    channel.threads.pop(thread, None)
    for key in (*_THREAD_FIELDS, "subscribed"):
        parent.body.pop(key, None)
    if parent.body.get("subtype") == "tombstone":
        _take_out(channel, parent)


def react(workspace: Workspace, channel: Channel, message: Message, user: str, name: str) -> None:
    """Adds somebody's reaction. Raises SlackError `already_reacted`."""
    reactions = message.body.setdefault("reactions", [])
    found = next((reaction for reaction in reactions if reaction["name"] == name), None)
    if found is None:
        if len(reactions) >= 23:
            raise SlackError("too_many_emoji")
        found = {"name": name, "users": [], "count": 0}
        reactions.append(found)
    if user in found["users"]:
        raise SlackError("already_reacted")
    found["users"].append(user)
    found["count"] += 1
    _announce_reaction(workspace, channel, message, user, name, "reaction_added")


def unreact(workspace: Workspace, channel: Channel, message: Message, user: str, name: str) -> None:
    """Takes somebody's reaction back. Raises SlackError `no_reaction`."""
    reactions = message.body.get("reactions", [])
    found = next((reaction for reaction in reactions if reaction["name"] == name), None)
    if found is None or user not in found["users"]:
        raise SlackError("no_reaction")
    found["users"].remove(user)
    found["count"] -= 1
    if not found["users"]:
        reactions.remove(found)
    if not reactions:
        del message.body["reactions"]
    _announce_reaction(workspace, channel, message, user, name, "reaction_removed")


def _announce_reaction(
    workspace: Workspace, channel: Channel, message: Message, user: str, name: str, kind: str
) -> None:
    if BOT_USER in channel.members:
        event = {
            "type": kind,
            "user": user,
            "reaction": name,
            "item": {"type": "message", "channel": channel.id, "ts": message.ts},
            "item_user": message.author,
            "event_ts": workspace.clock.next(),
        }
        workspace.announce(kind, event)
    _tell(workspace, channel, message)


def pin(workspace: Workspace, channel: Channel, message: Message, user: str) -> None:
    """Pins a message. Raises SlackError `already_pinned`, `not_pinnable`."""
    if message.ts in channel.pins:
        raise SlackError("already_pinned")
    if "subtype" in message.body and message.body["subtype"] not in (
        "bot_message",
        "thread_broadcast",
        "me_message",
    ):
        raise SlackError("not_pinnable")
    if len(channel.pins) >= 100:
        raise SlackError("too_many_pins")
    now = int(time.time())
    channel.pins[message.ts] = {"user": user, "created": now}
    message.body["pinned_to"] = [channel.id]
    message.body["pinned_info"] = {"channel": channel.id, "pinned_by": user, "pinned_ts": now}
    _announce_pin(workspace, channel, message, user, "pin_added")


def unpin(workspace: Workspace, channel: Channel, message: Message, user: str) -> None:
    """Unpins a message. Raises SlackError `no_pin`."""
    if message.ts not in channel.pins:
        raise SlackError("no_pin")
    del channel.pins[message.ts]
    message.body.pop("pinned_to", None)
    message.body.pop("pinned_info", None)
    _announce_pin(workspace, channel, message, user, "pin_removed")


def _announce_pin(workspace: Workspace, channel: Channel, message: Message, user: str, kind: str) -> None:
    if BOT_USER in channel.members:
        item = {
            "type": "message",
            "created": int(time.time()),
            "created_by": user,
            "channel": channel.id,
            "message": message.body,
        }
        event = {
            "type": kind,
            "user": user,
            "channel_id": channel.id,
            "item": item,
            "item_user": message.author,
            "pin_count": len(channel.pins),
            "event_ts": workspace.clock.next(),
        }
        if kind == "pin_removed":
            event["has_pins"] = bool(channel.pins)
        workspace.announce(kind, event)
    workspace.changed("channel", channel=channel, ts=message.ts)
