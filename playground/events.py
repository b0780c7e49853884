"""The envelope around an event, and who may get it."""

import time
from typing import Any

from .people import APP_ID, BOT_USER, TEAM_ID
from .workspace import Workspace


def envelope(workspace: Workspace, event: dict[str, Any], token: str) -> dict[str, Any]:
    """An `event_callback` as the Events API sends it."""
    channel = event.get("channel")
    found = workspace.channels.get(channel) if isinstance(channel, str) else None
    return {
        "token": token,
        "team_id": TEAM_ID,
        "context_team_id": TEAM_ID,
        "context_enterprise_id": None,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": workspace.ids.next("Ev"),
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM_ID,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": bool(found and found.is_ext_shared),
        "event_context": f"4-{workspace.ids.secret(24)}",
    }
