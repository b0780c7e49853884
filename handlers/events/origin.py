"""Whose doing an event was."""

from handlers.request import Request


def by_a_bot(request: Request) -> bool:
    """Whether the bot itself did it: Slack sends it its own deeds too."""
    return not request.user_id or is_ours(request, request.user_id)


def is_ours(request: Request, user_id: str | None) -> bool:
    """Whether that is the account of the bot itself."""
    return user_id in {one.get("user_id") for one in request.body.get("authorizations") or ()}
