"""What Slack sends for each handler there is, from the registrations: one that is new is tried with all others."""

import json
import re
from typing import Any

import handlers
from playground.people import TEAM_ID

# An action whose id is one of many is tried by one of them.
ONE_OF_MANY = ("incident.take.lead", "nudge.snooze.30")


def _named_by(pattern: re.Pattern[str]) -> str:
    """The one of them that this pattern is for."""
    (name,) = [one for one in ONE_OF_MANY if pattern.fullmatch(one)]
    return name


def everything(user: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """A payload for each handler there is, as if `user` had sent it; about incident 1 and page 1."""
    modal = {
        "id": "V1",
        "type": "modal",
        "private_metadata": json.dumps({"incident": 1, "page": 1}),
        "blocks": [],
    }
    found: list[tuple[str, dict[str, Any]]] = []
    for one in handlers.COMMANDS:
        command = {"command": one.name, "text": "list", "user_id": user["id"], "team_id": user["team_id"]}
        found.append((one.name, {**command, "channel_id": "C01GENERAL", "trigger_id": f"1.{one.name}"}))
    payloads: list[tuple[str, dict[str, Any]]] = []
    for action in handlers.ACTIONS:
        name = action.action_id if isinstance(action.action_id, str) else _named_by(action.action_id)
        click = {"action_id": name, "block_id": "b", "value": "1", "type": "button"}
        payloads.append((name, {"type": "block_actions", "actions": [click], "view": modal}))
    for form in handlers.SUBMISSIONS:
        view = {**modal, "callback_id": form.callback_id, "state": {"values": {}}}
        payloads.append((form.callback_id, {"type": "view_submission", "view": view}))
    for menu in handlers.OPTIONS:
        payloads.append(
            (menu.action_id, {"type": "block_suggestion", "action_id": menu.action_id, "value": "a"})
        )
    for entry in handlers.SHORTCUTS:
        kind = "shortcut" if entry.type == "global" else "message_action"
        message = {"ts": "1.1", "text": "x", "user": "U01ADA"}
        payloads.append(
            (entry.callback_id, {"type": kind, "callback_id": entry.callback_id, "message": message})
        )
    for name, payload in payloads:
        whole = {
            "user": user,
            "team": {"id": TEAM_ID},
            "channel": {"id": "C01GENERAL"},
            "trigger_id": f"2.{name}",
        }
        found.append((name, {"payload": json.dumps({**whole, **payload})}))
    return found
