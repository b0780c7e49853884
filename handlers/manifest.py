"""The Slack app manifest, made of what is registered and of what is called."""

from typing import Any

import yaml

from bot.delivery.methods import SCOPES
from handlers import COMMANDS, EVENTS, SHORTCUTS

NAME = "Tocsin"
PATH = "/slack/events"
PLACEHOLDER = "https://tocsin.example.com"


def scopes() -> dict[str, str]:
    """Each bot scope with the reason for it, in order."""
    needed = {"commands": "the slash commands and shortcuts"}
    for method_scopes in SCOPES.values():
        needed |= {scope: reason for scope, reason in method_scopes.items() if scope not in needed}
    for event in EVENTS:
        needed |= {scope: reason for scope, reason in event.scopes.items() if scope not in needed}
    return dict(sorted(needed.items()))


def manifest(*, socket_mode: bool, public_url: str | None) -> dict[str, Any]:
    """The manifest as data. Over HTTP Slack calls `public_url`; in Socket Mode it has nothing to call."""
    url = {} if socket_mode else {"request_url": (public_url or PLACEHOLDER) + PATH}
    # Slack asks for the options of long menus at an address of its own.
    options_url = {} if socket_mode else {"message_menu_options_url": (public_url or PLACEHOLDER) + PATH}
    command_url = {} if socket_mode else {"url": (public_url or PLACEHOLDER) + PATH}
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": NAME,
            "description": "Declare, work and close incidents, with everything written down.",
            "background_color": "#7a1f1f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": NAME, "always_online": True},
            "shortcuts": [
                {"name": s.name, "type": s.type, "callback_id": s.callback_id, "description": s.description}
                for s in SHORTCUTS
            ],
            "slash_commands": [
                {
                    "command": c.name,
                    "description": c.description,
                    "usage_hint": c.hint,
                    "should_escape": True,
                    **command_url,
                }
                for c in COMMANDS
            ],
        },
        "oauth_config": {"scopes": {"bot": list(scopes())}},
        "settings": {
            "event_subscriptions": {
                **url,
                "bot_events": sorted({name for event in EVENTS for name in event.subscribed}),
            },
            "interactivity": {"is_enabled": True, **url, **options_url},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": False,
        },
    }


def as_yaml(data: dict[str, Any]) -> str:
    """The manifest as YAML, which Slack takes as well, with the reason behind each scope."""
    reasons = scopes()
    text: str = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=1000)
    lines = []
    for line in text.splitlines():
        scope = line.strip().removeprefix("- ")
        reason = reasons.get(scope) if line.strip().startswith("- ") else None
        lines.append(f"{line}  # {reason}" if reason else line)
    return "\n".join(lines) + "\n"


def drift(installed: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """What the installed app lacks or says otherwise, as paths; Slack's own additions do not count."""
    return _drift(installed, wanted, "")


def _drift(installed: Any, wanted: Any, path: str) -> list[str]:
    if isinstance(wanted, dict):
        if not isinstance(installed, dict):
            return [f"{path or 'manifest'} is missing"]
        found = []
        for key, value in wanted.items():
            if key != "_metadata":
                found += _drift(installed.get(key), value, f"{path}.{key}".lstrip("."))
        return found
    if isinstance(wanted, list):
        there = {_named(item): item for item in installed} if isinstance(installed, list) else {}
        found = []
        for item in wanted:
            name = _named(item)
            if name not in there:
                found.append(f"{path} lacks {name}")
            else:
                found += _drift(there[name], item, f"{path} {name}")
        return found
    if isinstance(wanted, str) and wanted.startswith(PLACEHOLDER) and installed:
        return []  # nobody told us the address, so whatever Slack has may be right
    if wanted != installed and not (wanted is False and installed is None):
        return [f"{path} is {installed!r}, not {wanted!r}"]
    return []


def _named(item: Any) -> str:
    if isinstance(item, dict):
        return str(item.get("command") or item.get("callback_id") or item)
    return str(item)
