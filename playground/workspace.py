"""The workspace in memory: who and what there is, and how to find it."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from . import people as cast
from .channels import Channel
from .errors import Refused, SlackError
from .files import File
from .ids import Ids, TsClock
from .manifest import Manifest
from .messages import Message
from .people import BOT_USER, Person
from .views import Views

Announce = Callable[[str, dict[str, Any]], None]
Changed = Callable[..., None]


class Workspace:
    """Everything that Slack would keep. Nothing here waits: each change is one step of the event loop.

    `announce(subscription, event)` gets every event of the Events API, `changed(what, ...)` every change
    that somebody may be looking at. `keep_messages` bounds what one channel remembers.
    """

    def __init__(self, manifest: Manifest, seed: Mapping[str, Any] | None, keep_messages: int) -> None:
        self.manifest = manifest
        self.announce: Announce = lambda subscription, event: None
        self.changed: Changed = lambda what, **about: None
        self.keep_messages = keep_messages
        self._seed = seed
        # Not begun again by a reset: a bot that still knows old channels must not meet others by their ids.
        self.ids = Ids(seed=7)
        self.clock = TsClock()
        self.reset()

    def reset(self) -> None:
        """Back to the beginning: the people and channels of the seed, no messages."""
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.names: dict[str, str] = {}
        self.ims: dict[frozenset[str], str] = {}
        self.files: dict[str, File] = {}
        self.groups: dict[str, dict[str, Any]] = {}
        self.emoji: dict[str, str] = {}
        self.views = Views(self.ids)
        bot = cast.bot_user(self.manifest.name)
        self.people[bot.id] = bot
        seed = self._seed if self._seed is not None else _DEFAULT_SEED
        self.team_name = str(seed.get("team", cast.TEAM_NAME))
        for person in [_person(entry) for entry in seed["people"]] if "people" in seed else cast.company():
            self.people[person.id] = person
        for entry in seed.get("channels", _DEFAULT_SEED["channels"]):
            self.add_channel(entry)
        for group in seed.get("usergroups", []):
            self.add_group(group)

    # -- people ---------------------------------------------------------------------------------------

    def person(self, user: str) -> Person:
        """A person of the control routes. Raises Refused (404)."""
        found = self.people.get(user)
        if found is None or found.is_bot:
            raise Refused(404, "user_not_found", f"nobody has the id {user}")
        return found

    def user(self, user: str) -> Person:
        """A user of the Web API. Raises SlackError `user_not_found`."""
        found = self.people.get(user)
        if found is None:
            raise SlackError("user_not_found")
        return found

    def add_person(self, entry: Mapping[str, Any]) -> Person:
        """Somebody joins the company."""
        person = _person({"id": self.ids.next("U"), **entry})
        if person.id in self.people:
            raise Refused(409, "user_exists", person.id)
        self.people[person.id] = person
        for channel in self.channels.values():
            if channel.is_general and not person.is_restricted:
                channel.members[person.id] = None
        self.announce("team_join", {"type": "team_join", "user": person.json(with_email=False)})
        self.changed("people")
        return person

    def named_person(self, name: str) -> tuple[str, str] | None:
        """The id and name of whoever is mentioned as `@name`, or the group with that handle."""
        for person in self.people.values():
            if person.name == name:
                return person.id, person.name
        for group in self.groups.values():
            if group["handle"] == name:
                return str(group["id"]), name
        return None

    def named_channel(self, name: str) -> tuple[str, str] | None:
        """The id and name of the public channel that is mentioned as `#name`."""
        found = self.channels.get(self.names.get(name, ""))
        return None if found is None or found.is_private else (found.id, found.name)

    # -- channels -------------------------------------------------------------------------------------

    def add_channel(self, entry: Mapping[str, Any]) -> Channel:
        """A channel of the seed or of `POST /workspace/channels`, without events."""
        members = [str(member) for member in entry.get("members", [])]
        if members == ["*"]:
            members = [user for user, person in self.people.items() if not person.is_restricted]
        if unknown := [member for member in members if member not in self.people]:
            raise Refused(400, "user_not_found", f"{unknown} are nobody's ids")
        if entry["name"] in self.names:
            raise Refused(409, "name_taken", entry["name"])
        channel = Channel(
            id=entry.get("id") or self.ids.next("C"),
            name=entry["name"],
            creator=next((member for member in members if member != BOT_USER), BOT_USER),
            created=int(time.time()),
            is_private=bool(entry.get("is_private")),
            is_general=bool(entry.get("is_general")),
            is_archived=bool(entry.get("is_archived")),
            is_ext_shared=bool(entry.get("is_ext_shared")),
            is_read_only=bool(entry.get("is_read_only")),
            members=dict.fromkeys(members),
        )
        for part in ("topic", "purpose"):
            if entry.get(part):
                setattr(
                    channel,
                    part,
                    {"value": entry[part], "creator": channel.creator, "last_set": channel.created},
                )
        self.channels[channel.id] = channel
        self.names[channel.name] = channel.id
        return channel

    def im(self, one: str, other: str) -> Channel:
        """The direct messages between two people, or a person and the bot, opened when they are not yet."""
        pair = frozenset((one, other))
        if pair not in self.ims:
            channel = Channel(self.ids.next("D"), "", one, int(time.time()), is_im=True)
            channel.members = dict.fromkeys((one, other))
            self.channels[channel.id] = channel
            self.ims[pair] = channel.id
            self.changed("channel", channel=channel)
        return self.channels[self.ims[pair]]

    def channel(self, name: str) -> Channel:
        """A channel that the bot may know of. Raises SlackError `channel_not_found`.

        A private channel without the bot does not exist for it, as in Slack.
        """
        found = self.channels.get(name)
        if found is None or ((found.is_private or found.is_im) and BOT_USER not in found.members):
            raise SlackError("channel_not_found")
        return found

    def visible(self, person: Person, channel: Channel) -> bool:
        """Whether that person can look into the channel: guests only into their own ones."""
        if person.id in channel.members:
            return True
        open_to_all = not (channel.is_private or channel.is_im or channel.is_mpim)
        return open_to_all and not person.is_restricted and not person.is_ultra_restricted

    def seen(self, person: Person, name: str) -> Channel:
        """A channel that the person sees, or by a user's id their direct messages. Raises Refused (404)."""
        if name in self.people and name != person.id:
            return self.im(person.id, name)
        found = self.channels.get(name)
        if found is None or not self.visible(person, found):
            raise Refused(404, "channel_not_found", f"{person.name} sees no channel {name}")
        return found

    def joined(self, person: Person, name: str) -> Channel:
        """A channel that the person is in. Raises Refused: 404 when unseen, 409 when not joined."""
        channel = self.seen(person, name)
        if person.id not in channel.members:
            raise Refused(409, "not_in_channel", f"{person.name} has not joined #{channel.name}")
        return channel

    def writable(self, person: Person, name: str) -> Channel:
        """A channel in which the person can write: joined, and not archived. Raises Refused."""
        channel = self.joined(person, name)
        if channel.is_archived:
            raise Refused(409, "is_archived", f"#{channel.name} is archived")
        return channel

    def seen_by(self, person: Person) -> Iterator[Channel]:
        """All channels that the person sees, direct messages included."""
        return (channel for channel in self.channels.values() if self.visible(person, channel))

    def title(self, channel: Channel, viewer: str | None) -> str:
        """The channel's name as that viewer reads it: a direct message bears the other one's."""
        if not channel.is_im:
            return channel.name
        if viewer is not None:
            return self.people[channel.other(viewer)].name
        return ", ".join(self.people[member].name for member in channel.members)

    # -- messages -------------------------------------------------------------------------------------

    def message_seen(self, person: Person, channel: Channel, ts: str) -> Message:
        """A message that the person sees, ephemeral ones included. Raises Refused (404)."""
        found = channel.messages.get(ts) or channel.ephemeral.get(ts)
        if found is None or found.only_for not in (None, person.id):
            raise Refused(404, "message_not_found", f"{person.name} sees no message {ts} there")
        return found

    # -- user groups ----------------------------------------------------------------------------------

    def add_group(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """A user group: `{"id"?, "name", "handle", "users": [...]}`."""
        now = int(time.time())
        users: Iterable[str] = entry.get("users", [])
        group = {
            "id": entry.get("id") or self.ids.next("S"),
            "team_id": cast.TEAM_ID,
            "is_usergroup": True,
            "is_subteam": True,
            "name": entry["name"],
            "description": entry.get("description", ""),
            "handle": entry["handle"],
            "is_external": False,
            "date_create": now,
            "date_update": now,
            "date_delete": 0,
            "auto_type": None,
            "auto_provision": False,
            "enterprise_subteam_id": "",
            "created_by": next(iter(self.people)),
            "updated_by": next(iter(self.people)),
            "deleted_by": None,
            "prefs": {"channels": [], "groups": []},
            "users": list(users),
            "user_count": len(list(users)),
        }
        self.groups[group["id"]] = group
        return group


_DEFAULT_SEED: Mapping[str, Any] = {
    "channels": [
        {"id": "C01GENERAL", "name": "general", "is_general": True, "members": ["*"],
         "purpose": "Company-wide announcements"},
        {"id": "C01INCIDENTS", "name": "incidents", "members": ["*"], "topic": "Something broken? /incident declare"},
        {"id": "C01PAYMENTS", "name": "payments", "members": ["U01ADA", "U01BEN", "U01FAY", "U01HAL"]},
        {"id": "C01PLATFORM", "name": "platform", "members": ["U01ADA", "U01CHLOE", "U01DEV", "U01EMI"]},
    ],
}  # fmt: skip


def _person(entry: Mapping[str, Any]) -> Person:
    known = set(Person.__dataclass_fields__)
    if unknown := set(entry) - known:
        raise Refused(400, "invalid_person", f"unknown fields: {', '.join(sorted(unknown))}")
    if "name" not in entry:
        raise Refused(400, "invalid_person", "name is missing")
    return Person(**{"real_name": str(entry["name"]).capitalize(), **entry})
