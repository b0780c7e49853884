"""Every Web API method that Tocsin calls, with the scopes that it needs and why.

The app manifest is made of this and `Slack.call` refuses any other method, so neither can drift.
"""

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
    "channels:manage": "makes the channel of an incident and sets its topic",
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
    "conversations.create": _MANAGE,
    "conversations.history": _HISTORY,
    "conversations.invite": _INVITE,
    "conversations.list": _READ_PUBLIC | _READ_PRIVATE,
    "conversations.open": {"im:write": "tells those who take a role privately what it asks of them"},
    "conversations.replies": _HISTORY,
    "conversations.setTopic": _MANAGE,
    "files.completeUploadExternal": {
        "files:write": "gives out exported timelines, plans, and what was drawn as a picture"
    },
    "files.getUploadURLExternal": {
        "files:write": "gives out exported timelines, plans, and what was drawn as a picture"
    },
    "pins.add": {"pins:write": "pins the card of an incident"},
    "usergroups.list": {
        "usergroups:read": "finds the people of a user group that an escalation policy names"
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
