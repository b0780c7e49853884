"""Whose doing an event was."""

from handlers.request import Request


def by_a_bot(request: Request) -> bool:
    """Whether the bot itself did it: Slack sends it its own deeds too."""
    ours = {authorization.get("user_id") for authorization in request.body.get("authorizations") or ()}
    return not request.user_id or request.user_id in ours
