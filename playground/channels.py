"""A channel: public, private or a direct message, with all that hangs on it."""

import bisect
import re
from dataclasses import dataclass, field
from typing import Any

from .errors import SlackError
from .messages import Message
from .people import TEAM_ID

_NAME = re.compile(r"[^\W_]|[-_]")


@dataclass(slots=True)
class Channel:
    """Its members in the order in which they came, its messages in the order of their times.

    `timeline` holds the times of what stands in the channel itself, `threads` those of the replies
    below each parent. Times sort as text, so both are searched by bisection.
    """

    id: str
    name: str
    creator: str
    created: int
    is_private: bool = False
    is_im: bool = False
    is_mpim: bool = False
    is_archived: bool = False
    is_general: bool = False
    is_ext_shared: bool = False
    is_read_only: bool = False
    members: dict[str, None] = field(default_factory=dict)
    topic: dict[str, Any] = field(default_factory=lambda: {"value": "", "creator": "", "last_set": 0})
    purpose: dict[str, Any] = field(default_factory=lambda: {"value": "", "creator": "", "last_set": 0})
    previous_names: list[str] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    timeline: list[str] = field(default_factory=list)
    threads: dict[str, list[str]] = field(default_factory=dict)
    ephemeral: dict[str, Message] = field(default_factory=dict)
    pins: dict[str, dict[str, Any]] = field(default_factory=dict)
    bookmarks: list[dict[str, Any]] = field(default_factory=list)
    last_read: dict[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """`im`, `mpim`, `group` or `channel`, as in an event's `channel_type`."""
        if self.is_im:
            return "im"
        if self.is_mpim:
            return "mpim"
        return "group" if self.is_private else "channel"

    @property
    def type_name(self) -> str:
        """What `types` of conversations.list calls it."""
        if self.is_im:
            return "im"
        if self.is_mpim:
            return "mpim"
        return "private_channel" if self.is_private else "public_channel"

    @property
    def scope_family(self) -> str:
        """The first half of the scopes that cover it."""
        if self.is_im:
            return "im"
        if self.is_mpim:
            return "mpim"
        return "groups" if self.is_private else "channels"

    @property
    def name_in_payloads(self) -> str:
        """The name that commands and clicks carry: private ones never tell theirs."""
        if self.is_im:
            return "directmessage"
        return "privategroup" if self.is_private else self.name

    def other(self, user: str) -> str:
        """In a direct message, whom `user` talks with."""
        return next((member for member in self.members if member != user), user)

    def unread(self, user: str) -> int:
        """How many messages came since that person last looked."""
        return len(self.timeline) - bisect.bisect_right(self.timeline, self.last_read.get(user, ""))

    def card(self, user: str | None, name: str) -> dict[str, Any]:
        """What the control routes tell of it, to a person or (None) to whoever sees everything."""
        shown: dict[str, Any] = {
            "id": self.id,
            "name": name,
            "is_private": self.is_private,
            "is_im": self.is_im,
            "is_archived": self.is_archived,
            "topic": self.topic["value"],
            "purpose": self.purpose["value"],
            "members": list(self.members),
            "bookmarks": [
                {"id": mark["id"], "title": mark["title"], "link": mark["link"], "emoji": mark["emoji"]}
                for mark in self.bookmarks
            ],
            "pins": list(self.pins),
            "unread": self.unread(user) if user in self.members else 0,
            "is_member": user in self.members,
            "creator": self.creator,
        }
        if self.is_im and user is not None:
            shown["user"] = self.other(user)
        return shown

    def json(self, bot: str, *, num_members: bool = False) -> dict[str, Any]:
        """Slack's conversation object, as the bot sees it."""
        if self.is_im:
            return {
                "id": self.id,
                "created": self.created,
                "is_archived": False,
                "is_im": True,
                "is_org_shared": False,
                "context_team_id": TEAM_ID,
                "user": self.other(bot),
                "is_user_deleted": False,
                "is_open": True,
                "priority": 0,
                "updated": self.created * 1000,
            }
        shown: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "is_channel": not self.is_private,
            "is_group": self.is_private and not self.is_mpim,
            "is_im": False,
            "is_mpim": self.is_mpim,
            "is_private": self.is_private,
            "created": self.created,
            "is_archived": self.is_archived,
            "is_general": self.is_general,
            "unlinked": 0,
            "name_normalized": self.name,
            "is_shared": self.is_ext_shared,
            "is_org_shared": False,
            "is_pending_ext_shared": False,
            "pending_shared": [],
            "context_team_id": TEAM_ID,
            "updated": self.created * 1000,
            "parent_conversation": None,
            "creator": self.creator,
            "is_ext_shared": self.is_ext_shared,
            "shared_team_ids": [TEAM_ID],
            "pending_connected_team_ids": [],
            "is_member": bot in self.members,
            "topic": self.topic,
            "purpose": self.purpose,
            "previous_names": self.previous_names,
        }
        if num_members:
            shown["num_members"] = len(self.members)
        return shown


def check_name(name: str) -> None:
    """Slack's rules of channel names. Raises SlackError with the code for what is wrong."""
    if not name:
        raise SlackError("invalid_name_required")
    if len(name) > 80:
        raise SlackError("invalid_name_maxlength")
    if not any(letter.isalnum() for letter in name):
        raise SlackError("invalid_name_punctuation")
    if name != name.lower() or not all(_NAME.fullmatch(letter) for letter in name):
        raise SlackError("invalid_name_specials")
