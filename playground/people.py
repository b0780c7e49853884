"""The people of the workspace, the bot among them, and the company that it begins with."""

import datetime
import zoneinfo
from dataclasses import dataclass
from typing import Any

TEAM_ID = "T0PLAYGROUND"
TEAM_NAME = "Playground Ltd"
TEAM_DOMAIN = "playground"
BOT_USER = "U0TOCSIN"
BOT_ID = "B0TOCSIN"
APP_ID = "A0TOCSIN"
UPDATED = 1732159876


@dataclass(slots=True)
class Person:
    """Someone with an account, or the bot's own user."""

    id: str
    name: str
    real_name: str
    title: str = ""
    tz: str = "UTC"
    color: str = "4bbe2e"
    email: str = ""
    team_id: str = TEAM_ID
    is_admin: bool = False
    is_owner: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    deleted: bool = False
    presence: str = "active"
    dnd_start: int = 0
    dnd_end: int = 0
    status_text: str = ""
    status_emoji: str = ""

    def __post_init__(self) -> None:
        if not self.email and not self.is_bot:
            self.email = f"{self.name}@playground.example"

    def tz_offset(self) -> int:
        """Seconds east of UTC, now."""
        offset = datetime.datetime.now(zoneinfo.ZoneInfo(self.tz)).utcoffset()
        return int(offset.total_seconds()) if offset else 0

    def card(self) -> dict[str, Any]:
        """What `GET /workspace` tells of this person."""
        return {
            "id": self.id,
            "name": self.name,
            "real_name": self.real_name,
            "title": self.title,
            "tz": self.tz,
            "color": self.color,
            "is_restricted": self.is_restricted or self.is_ultra_restricted,
            "team_id": self.team_id,
            "is_bot": self.is_bot,
            "deleted": self.deleted,
            "presence": self.presence,
        }

    def json(self, *, with_email: bool) -> dict[str, Any]:
        """Slack's user object."""
        first, _, last = self.real_name.partition(" ")
        profile: dict[str, Any] = {
            "title": self.title,
            "phone": "",
            "skype": "",
            "real_name": self.real_name,
            "real_name_normalized": self.real_name,
            "display_name": "" if self.is_bot else self.name,
            "display_name_normalized": "" if self.is_bot else self.name,
            "first_name": first,
            "last_name": last,
            "fields": None,
            "status_text": self.status_text,
            "status_emoji": self.status_emoji,
            "status_emoji_display_info": [],
            "status_expiration": 0,
            "avatar_hash": f"g{self.color}",
            "team": self.team_id,
        }
        for size in (24, 32, 48, 72, 192, 512):
            profile[f"image_{size}"] = f"https://avatars.playground.example/{self.id}-{size}.png"
        if self.is_bot:
            profile |= {"api_app_id": APP_ID, "always_active": True, "bot_id": BOT_ID}
        elif with_email:
            profile["email"] = self.email
        user: dict[str, Any] = {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "deleted": self.deleted,
            "color": self.color,
            "real_name": self.real_name,
            "tz": self.tz,
            "tz_label": self.tz.rpartition("/")[2].replace("_", " ") + " Time",
            "tz_offset": self.tz_offset(),
            "profile": profile,
            "is_admin": self.is_admin,
            "is_owner": self.is_owner,
            "is_primary_owner": self.is_owner,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": UPDATED,
            "is_email_confirmed": not self.is_bot,
            "who_can_share_contact_card": "EVERYONE",
        }
        if self.team_id != TEAM_ID:
            user["is_stranger"] = True
        return user


def bot_user(name: str) -> Person:
    """The user that the app posts as."""
    return Person(id=BOT_USER, name=name, real_name=name.capitalize(), is_bot=True, color="3c989f")


def company() -> list[Person]:
    """The small company that a workspace begins with, spread over the time zones."""
    return [
        Person(
            "U01ADA",
            "ada",
            "Ada Larsson",
            "Engineering manager",
            "Europe/Stockholm",
            "9f69e7",
            is_admin=True,
            is_owner=True,
        ),
        Person("U01BEN", "ben", "Ben Okafor", "Payments engineer", "Europe/London", "4bbe2e"),
        Person("U01CHLOE", "chloe", "Chloé Dubois", "Site reliability engineer", "Europe/Paris", "e7392d"),
        Person("U01DEV", "dev", "Dev Patel", "Platform engineer", "Asia/Kolkata", "3c989f"),
        Person("U01EMI", "emi", "Emi Tanaka", "Database engineer", "Asia/Tokyo", "674b1b"),
        Person("U01FAY", "fay", "Fay Morales", "Customer support lead", "America/New_York", "e96699"),
        Person("U01GUS", "gus", "Gus Whitaker", "Head of operations", "America/Los_Angeles", "2b6836"),
        Person("U01HAL", "hal", "Hal Brandt", "Contractor", "Europe/Berlin", "db3150", is_restricted=True),
    ]
