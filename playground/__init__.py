"""A local Slack workspace: Slack's Web API and Slack's side of commands, clicks, modals, events and sockets.

In a test: `playground = await Playground.start(bot_url=...)`, `playground.url`, `await playground.stop()`.
It imports nothing of the bot, so that it cannot share the bot's mistakes.
"""

from .server import Playground

__all__ = ["Playground"]
