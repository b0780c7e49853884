"""Channels come, go and change their names; people join and leave them."""

import time
from typing import Any

from .channels import Channel, check_name
from .errors import SlackError
from .people import BOT_USER, TEAM_ID
from .posting import post_system
from .workspace import Workspace


def _kind(channel: Channel) -> str:
    return "group" if channel.is_private else "channel"


def create(workspace: Workspace, name: str, *, by: str, private: bool) -> Channel:
    """A new channel with its creator in it. Raises SlackError `name_taken`, `invalid_name…`."""
    check_name(name)
    if name in workspace.names:
        # An archived channel keeps its name, so this is no rare case.
        raise SlackError("name_taken")
    channel = Channel(workspace.ids.next("C"), name, by, int(time.time()), is_private=private)
    channel.members[by] = None
    workspace.channels[channel.id] = channel
    workspace.names[name] = channel.id
    if not private:
        about = {
            "id": channel.id,
            "is_channel": True,
            "name": name,
            "name_normalized": name,
            "created": channel.created,
            "creator": by,
            "is_shared": False,
            "is_org_shared": False,
            "context_team_id": TEAM_ID,
            "is_archived": False,
        }
        event = {"type": "channel_created", "channel": about, "event_ts": workspace.clock.next()}
        workspace.announce("channel_created", event)
    join(workspace, channel, by, announce_member=False)
    return channel


def join(
    workspace: Workspace,
    channel: Channel,
    user: str,
    *,
    inviter: str | None = None,
    announce_member: bool = True,
) -> None:
    """Somebody comes in, alone or invited; the bot hears of it when it is in the channel (or is the one)."""
    channel.members[user] = None
    fields: dict[str, Any] = {"inviter": inviter} if inviter else {}
    post_system(
        workspace,
        channel,
        user,
        f"{_kind(channel)}_join",
        f"<@{user}> has joined the {_kind(channel)}",
        **fields,
    )
    if announce_member and BOT_USER in channel.members:
        event = {
            "type": "member_joined_channel",
            "user": user,
            "channel": channel.id,
            "channel_type": channel.id[0],
            "team": TEAM_ID,
            "event_ts": workspace.clock.next(),
        }
        if inviter:
            event["inviter"] = inviter
        workspace.announce("member_joined_channel", event)


def leave(workspace: Workspace, channel: Channel, user: str) -> None:
    """Somebody goes out. Whoever left a private channel no longer sees it."""
    was_there = BOT_USER in channel.members
    del channel.members[user]
    channel.last_read.pop(user, None)
    post_system(
        workspace, channel, user, f"{_kind(channel)}_leave", f"<@{user}> has left the {_kind(channel)}"
    )
    ts = workspace.clock.next()
    if user == BOT_USER:
        kind = f"{_kind(channel)}_left"
        workspace.announce(kind, {"type": kind, "channel": channel.id, "actor_id": user, "event_ts": ts})
    elif was_there:
        event = {
            "type": "member_left_channel",
            "user": user,
            "channel": channel.id,
            "channel_type": channel.id[0],
            "team": TEAM_ID,
            "event_ts": ts,
        }
        workspace.announce("member_left_channel", event)
    workspace.changed("channel", channel=channel, users={user})


def set_line(workspace: Workspace, channel: Channel, part: str, value: str, *, by: str) -> None:
    """Sets the `topic` or the `purpose` (250 characters). The same value again changes and says nothing."""
    if len(value) > 250:
        raise SlackError("too_long")
    line = getattr(channel, part)
    if line["value"] == value:
        return
    setattr(channel, part, {"value": value, "creator": by, "last_set": int(time.time())})
    shown = "topic" if part == "topic" else "description"
    text = f"set the channel {shown}: {value}" if value else f"cleared the channel {shown}"
    post_system(workspace, channel, by, f"{_kind(channel)}_{part}", text, **{part: value})


def rename(workspace: Workspace, channel: Channel, name: str, *, by: str) -> None:
    """Gives the channel another name. Raises SlackError as create does."""
    check_name(name)
    if workspace.names.get(name, channel.id) != channel.id:
        raise SlackError("name_taken")
    if name == channel.name:
        return
    old = channel.name
    del workspace.names[old]
    workspace.names[name] = channel.id
    channel.previous_names = [old, *(previous for previous in channel.previous_names if previous != name)]
    channel.name = name
    text = f'has renamed the channel from "{old}" to "{name}"'
    post_system(workspace, channel, by, f"{_kind(channel)}_name", text, old_name=old, name=name)
    if not channel.is_private or BOT_USER in channel.members:
        about = {
            "id": channel.id,
            "name": name,
            "name_normalized": name,
            "created": channel.created,
            "is_channel": not channel.is_private,
            "is_mpim": False,
        }
        kind = f"{_kind(channel)}_rename"
        workspace.announce(kind, {"type": kind, "channel": about, "event_ts": workspace.clock.next()})


def archive(workspace: Workspace, channel: Channel, *, by: str, archived: bool) -> None:
    """Closes a channel for good or opens it again."""
    word = "archive" if archived else "unarchive"
    if archived:
        post_system(workspace, channel, by, f"{_kind(channel)}_archive", "archived the channel")
    channel.is_archived = archived
    if not archived:
        post_system(workspace, channel, by, f"{_kind(channel)}_unarchive", "un-archived the channel")
    if not channel.is_private or BOT_USER in channel.members:
        kind = f"{_kind(channel)}_{word}"
        event = {"type": kind, "channel": channel.id, "user": by, "event_ts": workspace.clock.next()}
        workspace.announce(kind, event)
    workspace.changed("channel", channel=channel)
