"""Every Web API method that Tocsin calls, with the scopes that it needs and why, and how often Slack takes it.

The app manifest is made of this and `Slack.call` refuses any other method, so neither can drift.
"""

from enum import IntEnum

_READ_PUBLIC = {"channels:read": "finds the announcement channel and checks that it can be posted to"}
_READ_PRIVATE = {"groups:read": "the same where these channels are private"}
_POST = {
    "chat:write": "posts cards, updates and announcements, and edits them in place",
    "chat:write.public": "announces in public channels without being invited first",
}
_HISTORY = {
    "channels:history": "reads a message that goes on the timeline, and looks before it repeats one of its own",
    "groups:history": "the same in private incidents",
    "im:history": "the same in direct messages of its own",
}
_MANAGE = {
    "channels:manage": "makes the channel of an incident, sets its topic and archives it",
    "groups:write": "the same for private incidents",
}
_INVITE = {
    "channels:write.invites": "invites responders to the channel of an incident",
    "groups:write.invites": "the same for private incidents",
}

SCOPES: dict[str, dict[str, str]] = {
    "auth.test": {},
    "apps.connections.open": {},
    "apps.manifest.export": {},
    "bookmarks.add": {"bookmarks:write": "puts runbook and bridge at the top of the channel"},
    "bookmarks.list": {"bookmarks:read": "looks before it repeats a bookmark"},
    "bots.info": {"users:read": "learns names and kinds of accounts, so that guests cannot act"},
    "chat.delete": _POST,
    "chat.getPermalink": {},
    "chat.postMessage": _POST,
    "chat.update": _POST,
    "conversations.archive": _MANAGE,
    "conversations.create": _MANAGE,
    "conversations.history": _HISTORY,
    "conversations.info": _READ_PUBLIC | _READ_PRIVATE,
    "conversations.invite": _INVITE,
    "conversations.list": _READ_PUBLIC | _READ_PRIVATE,
    "conversations.open": {"im:write": "tells those who take a role privately what it asks of them"},
    "conversations.replies": _HISTORY,
    "conversations.rename": _MANAGE,
    "conversations.setTopic": _MANAGE,
    "conversations.unarchive": _MANAGE,
    "files.completeUploadExternal": {
        "files:write": "gives out exported timelines and plans, and the pictures of checks, digests and matrices"
    },
    "files.getUploadURLExternal": {
        "files:write": "gives out exported timelines and plans, and the pictures of checks, digests and matrices"
    },
    "pins.add": {"pins:write": "pins the card of an incident"},
    "pins.list": {"pins:read": "finds what was pinned while Tocsin was away"},
    "usergroups.list": {
        "usergroups:read": "finds the people of a user group that an escalation policy or a permission names"
    },
    "usergroups.users.update": {
        "usergroups:write": "makes whoever is on call the member of a schedule's user group"
    },
    "users.conversations": _READ_PUBLIC | _READ_PRIVATE,
    "users.info": {"users:read": "learns names and kinds of accounts, so that guests cannot act"},
    "users.list": {
        "users:read": "learns names and kinds of accounts, so that guests cannot act",
        "users:read.email": "finds the people of app.yaml by their e-mail addresses",
    },
    "users.lookupByEmail": {
        "users:read": "learns names and kinds of accounts, so that guests cannot act",
        "users:read.email": "finds the people of app.yaml by their e-mail addresses",
    },
    "views.open": {},
    "views.publish": {},
    "views.push": {},
    "views.update": {},
}


class Tier(IntEnum):
    """Slack's tiers of rate limits: so many calls of a method a minute, by one app in one workspace."""

    ONE = 1
    TWO = 20
    THREE = 50
    FOUR = 100
    # "Hundreds", says Slack of methods with a limit of their own.
    SPECIAL = 300


# Of chat.postMessage, Slack also counts those to one channel (bot.delivery.pace).
TIERS: dict[str, Tier] = {
    "auth.test": Tier.SPECIAL,
    "apps.connections.open": Tier.ONE,
    "apps.manifest.export": Tier.THREE,
    "bookmarks.add": Tier.TWO,
    "bookmarks.list": Tier.THREE,
    "bots.info": Tier.THREE,
    "chat.delete": Tier.THREE,
    "chat.getPermalink": Tier.SPECIAL,
    "chat.postMessage": Tier.SPECIAL,
    "chat.update": Tier.THREE,
    "conversations.archive": Tier.TWO,
    "conversations.create": Tier.TWO,
    "conversations.history": Tier.THREE,
    "conversations.info": Tier.THREE,
    "conversations.invite": Tier.THREE,
    "conversations.list": Tier.TWO,
    "conversations.open": Tier.THREE,
    "conversations.replies": Tier.THREE,
    "conversations.rename": Tier.TWO,
    "conversations.setTopic": Tier.TWO,
    "conversations.unarchive": Tier.TWO,
    "files.completeUploadExternal": Tier.FOUR,
    "files.getUploadURLExternal": Tier.FOUR,
    "pins.add": Tier.TWO,
    "pins.list": Tier.TWO,
    "usergroups.list": Tier.TWO,
    "usergroups.users.update": Tier.TWO,
    "users.conversations": Tier.THREE,
    "users.info": Tier.FOUR,
    "users.list": Tier.TWO,
    "users.lookupByEmail": Tier.THREE,
    "views.open": Tier.FOUR,
    "views.publish": Tier.FOUR,
    "views.push": Tier.FOUR,
    "views.update": Tier.FOUR,
}
