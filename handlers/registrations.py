"""What the bot listens to. The same objects register the handlers and make the app manifest: they cannot drift."""

import re
from dataclasses import dataclass, field

from handlers.request import Handle


@dataclass(frozen=True)
class Command:
    """A slash command; `hint` is what Slack shows while it is typed."""

    name: str
    description: str
    hint: str
    handle: Handle


@dataclass(frozen=True)
class Shortcut:
    """An entry of the lightning menu ("global") or of a message's menu ("message")."""

    callback_id: str
    name: str
    description: str
    type: str
    handle: Handle


@dataclass(frozen=True)
class Action:
    """A click on an element with this action_id."""

    action_id: str | re.Pattern[str]
    handle: Handle


@dataclass(frozen=True)
class Options:
    """What a menu with this action_id offers when it is too long to be sent whole: Slack asks while somebody types."""

    action_id: str
    handle: Handle


@dataclass(frozen=True)
class Submission:
    """A modal with this callback_id was submitted."""

    callback_id: str
    handle: Handle


@dataclass(frozen=True)
class Event:
    """An event that Slack sends; `scopes` are those it needs, with the reason for each. `subscriptions` are the manifest's
    names for it, where it has others: messages are subscribed to by the kind of channel.
    """

    type: str
    handle: Handle
    scopes: dict[str, str] = field(default_factory=dict)
    subscriptions: tuple[str, ...] = ()

    @property
    def subscribed(self) -> tuple[str, ...]:
        return self.subscriptions or (self.type,)
