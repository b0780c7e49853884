"""users.*, usergroups.*, dnd.*: who there is and whether they are there."""

import time
from typing import Any

from playground.errors import SlackError
from playground.people import Person

from .call import Answer, Call, Family, Method, page


def _json(call: Call, person: Person) -> dict[str, Any]:
    return person.json(with_email=call.workspace.manifest.allows("users:read.email"))


def info(call: Call) -> Answer:
    """One user."""
    return {"ok": True, "user": _json(call, call.workspace.user(call.text("user")))}


def list_users(call: Call) -> Answer:
    """All users, a page at a time."""
    shown, cursor = page(list(call.workspace.people.values()), call, 1000, 1000)
    return {
        "ok": True,
        "members": [_json(call, person) for person in shown],
        "cache_ts": int(time.time()),
        "response_metadata": {"next_cursor": cursor},
    }


def lookup_by_email(call: Call) -> Answer:
    """The user with an email address."""
    email = call.text("email").lower()
    for person in call.workspace.people.values():
        if person.email.lower() == email and not person.deleted:
            return {"ok": True, "user": _json(call, person)}
    raise SlackError("users_not_found")


def get_presence(call: Call) -> Answer:
    """Whether somebody is active or away."""
    return {"ok": True, "presence": call.workspace.user(call.text("user")).presence}


def list_groups(call: Call) -> Answer:
    """All user groups."""
    shown = []
    for group in call.workspace.groups.values():
        if group["date_delete"] and not call.flag("include_disabled"):
            continue
        hidden = set()
        if not call.flag("include_users"):
            hidden.add("users")
        if not call.flag("include_count"):
            hidden.add("user_count")
        shown.append({key: value for key, value in group.items() if key not in hidden})
    return {"ok": True, "usergroups": shown}


def _group(call: Call) -> dict[str, Any]:
    group = call.workspace.groups.get(call.text("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return group


def list_group_users(call: Call) -> Answer:
    """Who is in a group."""
    return {"ok": True, "users": _group(call)["users"]}


def update_group_users(call: Call) -> Answer:
    """Puts others into a group."""
    group = _group(call)
    users = [user for user in call.names("users") if user]
    if not users:
        raise SlackError("no_users_provided")
    if any(user not in call.workspace.people for user in users):
        raise SlackError("invalid_users")
    before = set(group["users"])
    group |= {"users": users, "user_count": len(users), "date_update": int(time.time())}
    event = {
        "type": "subteam_members_changed",
        "subteam_id": group["id"],
        "team_id": group["team_id"],
        "date_update": group["date_update"],
        "added_users": [user for user in users if user not in before],
        "removed_users": [user for user in before if user not in users],
        "event_ts": call.workspace.clock.next(),
    }
    call.workspace.announce("subteam_members_changed", event)
    return {"ok": True, "usergroup": group}


def _dnd(person: Person) -> dict[str, Any]:
    return {
        "dnd_enabled": person.dnd_end > time.time(),
        "next_dnd_start_ts": person.dnd_start or 1,
        "next_dnd_end_ts": person.dnd_end or 1,
    }


def dnd_team_info(call: Call) -> Answer:
    """Who does not want to be disturbed."""
    known = call.workspace.people
    return {"ok": True, "users": {user: _dnd(known[user]) for user in call.names("users") if user in known}}


def dnd_info(call: Call) -> Answer:
    """Whether one person does not want to be disturbed."""
    return {"ok": True, **_dnd(call.workspace.user(call.text("user")))}


METHODS: Family = {
    "users.info": Method(info, "users:read", 4),
    "users.list": Method(list_users, "users:read", 2),
    "users.lookupByEmail": Method(lookup_by_email, "users:read.email", 3),
    "users.getPresence": Method(get_presence, "users:read", 3),
    "usergroups.list": Method(list_groups, "usergroups:read", 2),
    "usergroups.users.list": Method(list_group_users, "usergroups:read", 2),
    "usergroups.users.update": Method(update_group_users, "usergroups:write", 2),
    "dnd.teamInfo": Method(dnd_team_info, "dnd:read", 2),
    "dnd.info": Method(dnd_info, "dnd:read", 3),
}
