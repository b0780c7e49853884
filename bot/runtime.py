"""The Bot: what every handler is given."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.config import Config, Settings
from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.deadlines import Deadlines
from bot.core.foreground import Foreground
from bot.core.signer import Signer
from bot.core.vault import Vault
from bot.delivery.slack import Slack


class RecentMembers:
    """Who was found to be a full member a moment ago, so that not every click asks the database for it."""

    def __init__(self, believed_for: float = 60.0) -> None:
        self._believed_for = believed_for
        self._until: dict[str, float] = {}

    def __contains__(self, at: tuple[str, float]) -> bool:
        user_id, now = at
        return self._until.get(user_id, 0.0) > now

    def add(self, user_id: str, now: float) -> None:
        """`now` counts monotonic seconds."""
        if len(self._until) > 10_000:
            self._until.clear()
        self._until[user_id] = now + self._believed_for


@dataclass(frozen=True)
class Bot:
    """Built by bot.app, anew when app.yaml has changed; nothing in one ever changes."""

    config: Config
    settings: Settings
    db: Database
    slack: Slack
    clock: Clock
    vault: Vault = field(default_factory=lambda: Vault(()))
    signer: Signer = field(default_factory=lambda: Signer(()))
    foreground: Foreground = field(default_factory=Foreground)
    members: RecentMembers = field(default_factory=RecentMembers)
    deadlines: Deadlines = field(default_factory=Deadlines)


BotOfNow = Callable[[], Bot]
"""Asked once where a request begins: it goes by one configuration to its end, whatever changes meanwhile."""
