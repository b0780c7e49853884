"""pins.*, bookmarks.*, reactions.*: what is put onto channels and messages."""

import re
import time
from typing import Any

from playground import posting
from playground.channels import Channel
from playground.errors import SlackError
from playground.people import APP_ID, BOT_USER

from .call import Answer, Call, Family, Method

_EMOJI = re.compile(r"[a-z0-9_+'\-]+(::skin-tone-[2-6])?")


def _channel(call: Call, name: str = "channel") -> Channel:
    channel = call.channel(name)
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel" if name == "channel" else "channel_not_found")
    return channel


def add_pin(call: Call) -> Answer:
    """Pins a message."""
    channel = _channel(call)
    if channel.is_archived:
        raise SlackError("is_archived")
    if not call.optional("timestamp"):
        raise SlackError("no_item_specified")
    posting.pin(call.workspace, channel, call.message(channel), BOT_USER)
    return {"ok": True}


def remove_pin(call: Call) -> Answer:
    """Unpins a message."""
    channel = _channel(call)
    if not call.optional("timestamp"):
        raise SlackError("no_item_specified")
    posting.unpin(call.workspace, channel, call.message(channel), BOT_USER)
    return {"ok": True}


def list_pins(call: Call) -> Answer:
    """What is pinned, the newest first."""
    channel = _channel(call)
    items = [
        {
            "type": "message",
            "created": about["created"],
            "created_by": about["user"],
            "channel": channel.id,
            "message": channel.messages[ts].body,
        }
        for ts, about in reversed(channel.pins.items())
    ]
    return {"ok": True, "items": items}


def _bookmark(call: Call, channel: Channel) -> dict[str, Any]:
    wanted = call.text("bookmark_id")
    for mark in channel.bookmarks:
        if mark["id"] == wanted:
            return mark
    raise SlackError("not_found")


def _check_link(link: str | None) -> str:
    if not link or "://" not in link:
        raise SlackError("invalid_link")
    return link


def add_bookmark(call: Call) -> Answer:
    """A link above the channel; at most 100."""
    channel = _channel(call, "channel_id")
    if channel.is_archived:
        raise SlackError("is_archived")
    if call.text("type") != "link":
        raise SlackError("invalid_bookmark_type")
    link = _check_link(call.optional("link"))
    if len(channel.bookmarks) >= 100:
        raise SlackError("too_many_bookmarks")
    now = int(time.time())
    mark: dict[str, Any] = {
        "id": call.workspace.ids.next("Bk"),
        "channel_id": channel.id,
        "title": call.text("title"),
        "link": link,
        "emoji": call.text("emoji", ""),
        "icon_url": None,
        "type": "link",
        "entity_id": call.optional("entity_id"),
        "date_created": now,
        "date_updated": 0,
        "rank": f"{len(channel.bookmarks):06d}",
        "last_updated_by_user_id": BOT_USER,
        "last_updated_by_team_id": call.workspace.people[BOT_USER].team_id,
        "shortcut_id": None,
        "app_id": APP_ID,
        "app_action_id": None,
    }
    channel.bookmarks.append(mark)
    call.workspace.changed("channel", channel=channel)
    return {"ok": True, "bookmark": mark}


def edit_bookmark(call: Call) -> Answer:
    """Another title, link or emoji."""
    channel = _channel(call, "channel_id")
    mark = _bookmark(call, channel)
    if call.optional("link"):
        mark["link"] = _check_link(call.optional("link"))
    for part in ("title", "emoji"):
        if call.optional(part):
            mark[part] = call.text(part)
    mark["date_updated"] = int(time.time())
    call.workspace.changed("channel", channel=channel)
    return {"ok": True, "bookmark": mark}


def list_bookmarks(call: Call) -> Answer:
    """The links above the channel."""
    return {"ok": True, "bookmarks": _channel(call, "channel_id").bookmarks}


def remove_bookmark(call: Call) -> Answer:
    """Takes a link away."""
    channel = _channel(call, "channel_id")
    channel.bookmarks.remove(_bookmark(call, channel))
    call.workspace.changed("channel", channel=channel)
    return {"ok": True}


def _reaction(call: Call) -> str:
    name = call.text("name").strip(":")
    if not _EMOJI.fullmatch(name):
        raise SlackError("invalid_name")
    return name


def add_reaction(call: Call) -> Answer:
    """The bot reacts to a message."""
    name = _reaction(call)
    channel = _channel(call)
    if channel.is_archived:
        raise SlackError("is_archived")
    posting.react(call.workspace, channel, call.message(channel), BOT_USER, name)
    return {"ok": True}


def remove_reaction(call: Call) -> Answer:
    """The bot takes its reaction back."""
    name = _reaction(call)
    channel = _channel(call)
    posting.unreact(call.workspace, channel, call.message(channel), BOT_USER, name)
    return {"ok": True}


def get_reactions(call: Call) -> Answer:
    """The message with its reactions."""
    channel = _channel(call)
    message = call.message(channel)
    return {"ok": True, "type": "message", "channel": channel.id, "message": message.body}


METHODS: Family = {
    "pins.add": Method(add_pin, "pins:write", 2),
    "pins.remove": Method(remove_pin, "pins:write", 2),
    "pins.list": Method(list_pins, "pins:read", 2),
    "bookmarks.add": Method(add_bookmark, "bookmarks:write", 2),
    "bookmarks.edit": Method(edit_bookmark, "bookmarks:write", 2),
    "bookmarks.list": Method(list_bookmarks, "bookmarks:read", 3),
    "bookmarks.remove": Method(remove_bookmark, "bookmarks:write", 2),
    "reactions.add": Method(add_reaction, "reactions:write", 3),
    "reactions.get": Method(get_reactions, "reactions:read", 3),
    "reactions.remove": Method(remove_reaction, "reactions:write", 2),
}
