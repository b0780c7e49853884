"""The app's manifest as installed: which commands, shortcuts, events and scopes it has.

Without a manifest everything is allowed, so that a bot can be tried before it has one.
"""

from collections.abc import Mapping
from typing import Any

from .errors import Refused

# What an event subscription needs besides its own name; Slack delivers nothing for it otherwise.
EVENT_SCOPES: Mapping[str, tuple[str, ...]] = {
    "app_mention": ("app_mentions:read",),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "message.mpim": ("mpim:history",),
    "channel_created": ("channels:read",),
    "channel_rename": ("channels:read",),
    "channel_archive": ("channels:read",),
    "channel_unarchive": ("channels:read",),
    "group_rename": ("groups:read",),
    "group_archive": ("groups:read",),
    "group_unarchive": ("groups:read",),
    "member_joined_channel": ("channels:read", "groups:read"),
    "member_left_channel": ("channels:read", "groups:read"),
    "pin_added": ("pins:read",),
    "pin_removed": ("pins:read",),
    "reaction_added": ("reactions:read",),
    "reaction_removed": ("reactions:read",),
    "file_shared": ("files:read",),
    "file_created": ("files:read",),
    "file_deleted": ("files:read",),
    "team_join": ("users:read",),
    "user_change": ("users:read",),
    "subteam_members_changed": ("usergroups:read",),
    "app_home_opened": (),
}

# What `X-OAuth-Scopes` says while no manifest is installed.
ALL_SCOPES = (
    "app_mentions:read,bookmarks:read,bookmarks:write,channels:history,channels:join,channels:manage,"
    "channels:read,channels:write.invites,chat:write,chat:write.customize,chat:write.public,commands,"
    "dnd:read,emoji:read,files:read,files:write,groups:history,groups:read,groups:write,"
    "groups:write.invites,im:history,im:read,im:write,metadata.message:read,mpim:history,mpim:read,"
    "mpim:write,pins:read,pins:write,reactions:read,reactions:write,team:read,usergroups:read,usergroups:write,users:read,users:read.email,users:write"
)


class Manifest:
    """What the installed app may do. `Manifest(None)` allows everything."""

    def __init__(self, document: Mapping[str, Any] | None) -> None:
        self.document = dict(document) if document is not None else None
        features = _part(document, "features")
        settings = _part(document, "settings")
        home = _part(features, "app_home")
        asked = document is not None
        self.name: str = _part(features, "bot_user").get("display_name", "tocsin")
        self.commands: dict[str, dict[str, Any]] = {
            command["command"]: command for command in features.get("slash_commands", [])
        }
        self.shortcuts: list[dict[str, Any]] = list(features.get("shortcuts", []))
        scopes = _part(_part(document, "oauth_config"), "scopes").get("bot", [])
        self.scopes: frozenset[str] | None = frozenset(scopes) if asked else None
        self.scope_line = ",".join(scopes) if asked else ALL_SCOPES
        events = _part(settings, "event_subscriptions").get("bot_events", [])
        self.events: frozenset[str] | None = frozenset(events) if asked else None
        self.home_tab: bool = not asked or bool(home.get("home_tab_enabled"))
        self.messages_tab: bool = not asked or bool(home.get("messages_tab_enabled", True))
        self.messages_read_only: bool = asked and bool(home.get("messages_tab_read_only_enabled"))
        interactivity = _part(settings, "interactivity")
        self.interactive: bool = not asked or bool(interactivity.get("is_enabled"))
        self.socket_mode: bool = asked and bool(settings.get("socket_mode_enabled"))
        # Over HTTP external selects have an address of their own, and without it Slack asks nobody.
        self.loads_options: bool = (
            not asked or self.socket_mode or bool(interactivity.get("message_menu_options_url"))
        )
        if asked:
            _check_sizes(document or {}, features)

    def wants(self, subscription: str) -> bool:
        """Whether Slack would deliver this event: subscribed, and a scope that covers it granted."""
        if self.events is None:
            return True
        if subscription not in self.events:
            return False
        needed = EVENT_SCOPES.get(subscription, ())
        return not needed or any(scope in (self.scopes or ()) for scope in needed)

    def allows(self, scope: str) -> bool:
        """Whether the bot token has this scope."""
        return self.scopes is None or scope in self.scopes

    def command(self, name: str) -> Mapping[str, Any]:
        """The entry of a slash command. Raises Refused when the app has no such command."""
        if self.document is None:
            return self.commands.get(name, {"command": name, "should_escape": True})
        try:
            return self.commands[name]
        except KeyError:
            raise Refused(404, "unknown_command", f"{name} is not a valid command.") from None

    def warnings(self) -> list[str]:
        """Subscriptions that will stay silent because their scope is missing."""
        return [
            f"{event} is subscribed, but none of {', '.join(EVENT_SCOPES[event])} is among the scopes"
            for event in sorted(self.events or ())
            if EVENT_SCOPES.get(event) and not self.wants(event)
        ]


def _part(of: Mapping[str, Any] | None, key: str) -> Mapping[str, Any]:
    found = (of or {}).get(key) or {}
    if not isinstance(found, Mapping):
        raise Refused(400, "invalid_manifest", f"{key} is not an object")
    return found


def _check_sizes(document: Mapping[str, Any], features: Mapping[str, Any]) -> None:
    """Slack's limits on what an app may call itself and offer."""
    about = _part(document, "display_information")
    problems = []
    if not about.get("name"):
        problems.append("display_information.name is missing")
    if len(about.get("name", "")) > 35:
        problems.append("display_information.name is longer than 35 characters")
    if len(about.get("description", "")) > 140:
        problems.append("display_information.description is longer than 140 characters")
    commands = features.get("slash_commands", [])
    shortcuts = features.get("shortcuts", [])
    if len(commands) > 50:
        problems.append("more than 50 slash commands")
    if len(shortcuts) > 10:
        problems.append("more than 10 shortcuts")
    for command in commands:
        name = command.get("command", "")
        if not name.startswith("/") or len(name) > 32 or name != name.lower() or " " in name:
            problems.append(f"{name!r} is no command: a slash, then at most 31 lowercase characters")
        if not command.get("description"):
            problems.append(f"{name} has no description")
    for shortcut in shortcuts:
        if len(shortcut.get("name", "")) > 24:
            problems.append(f"the shortcut {shortcut.get('name')!r} is longer than 24 characters")
        if shortcut.get("type") not in ("global", "message"):
            problems.append(f"the shortcut {shortcut.get('name')!r} is neither global nor message")
        if not shortcut.get("callback_id"):
            problems.append(f"the shortcut {shortcut.get('name')!r} has no callback_id")
    if problems:
        raise Refused(400, "invalid_manifest", "; ".join(problems))
