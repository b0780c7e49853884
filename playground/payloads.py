"""What Slack puts into the requests that it sends to the bot."""

from typing import Any

from .channels import Channel
from .messages import Message
from .people import APP_ID, TEAM_DOMAIN, TEAM_ID, Person
from .views import View


def base(kind: str, person: Person, token: str) -> dict[str, Any]:
    """What every interaction begins with."""
    return {
        "type": kind,
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team_id},
        "api_app_id": APP_ID,
        "token": token,
        "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def message_container(message: Message) -> dict[str, Any]:
    """Where a click in a message happened."""
    container: dict[str, Any] = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": message.only_for is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    return container


def about_channel(channel: Channel) -> dict[str, Any]:
    """The channel of a click: private ones are not named."""
    return {"id": channel.id, "name": channel.name_in_payloads}


def in_message(payload: dict[str, Any], channel: Channel, message: Message) -> None:
    """Adds where a click in a message happened, and the message unless it was an ephemeral one."""
    payload["container"] = message_container(message)
    payload["channel"] = about_channel(channel)
    if message.only_for is None:
        payload["message"] = message.body


def in_view(payload: dict[str, Any], view: View) -> None:
    """Adds the view in which a click happened."""
    payload["container"] = {"type": "view", "view_id": view.id}
    payload["view"] = view.json()
