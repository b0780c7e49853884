"""The Bot: what every handler is given."""

from dataclasses import dataclass

from bot.config import Config, Settings
from bot.core.clock import Clock
from bot.core.db import Database
from bot.delivery.slack import Slack


@dataclass(frozen=True)
class Bot:
    """Built once by bot.app; nothing in it changes while the program runs."""

    config: Config
    settings: Settings
    db: Database
    slack: Slack
    clock: Clock
