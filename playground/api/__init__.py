"""The Web API: every method that the playground knows. What is not here answers `unknown_method`."""

from collections.abc import Mapping

from . import chat, conversations, marks, surfaces, team, uploads, users
from .call import Method

METHODS: Mapping[str, Method] = {
    **team.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **users.METHODS,
    **marks.METHODS,
    **surfaces.METHODS,
    **uploads.METHODS,
}

# Which kind of token a method takes when it is not the bot's.
APP_TOKEN_METHODS = frozenset({"apps.connections.open"})
CONFIG_TOKEN_METHODS = frozenset({"apps.manifest.export"})
OPEN_METHODS = frozenset({"api.test"})
