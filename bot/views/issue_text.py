"""An action item as an issue on GitHub: its title and what Tocsin says in its description."""

import re

from bot.backlog.priority import priority
from bot.config import Config
from bot.reviews.action_rows import MEETING, REVIEW, ActionItem
from bot.views.text import shorten

LONGEST_TITLE = 256
END = "<!-- /tocsin -->"
# GitHub notifies whoever is named so; names in our texts are not theirs there.
_MENTION = re.compile(r"@(?=[A-Za-z0-9])")


def marker(item: ActionItem) -> str:
    """What tells for ever which item an issue is of; numbers alone begin again with a new database."""
    return f"<!-- tocsin action-item {item.id}-{int(item.created_at.timestamp() * 1_000_000):x} -->"


def title(item: ActionItem) -> str:
    return shorten(item.title, LONGEST_TITLE)


def body(item: ActionItem, config: Config, *, owner: str) -> str:
    """Between the marks stands what Tocsin keeps current; all around it belongs to people."""
    facts = [f"- Owner: {_plain(owner)}", f"- Due: {item.due_on.isoformat()}"]
    urgency = priority(item.impact, item.effort)
    if urgency is not None:
        facts.append(f"- Priority: {urgency} (impact {item.impact}, effort {item.effort})")
    if item.service:
        known = config.service(item.service)
        facts.append(f"- Service: {_plain(known.shown_name if known is not None else item.service)}")
    facts.append(f"- From: {_source(item)}")
    if item.reason:
        facts.append(f"- Dropped: {_plain(item.reason)}")
    text = f"{_plain(item.description)}\n\n" if item.description else ""
    return f"{marker(item)}\n{text}{chr(10).join(facts)}\n{END}"


def updated(there: str, item: ActionItem, config: Config, *, owner: str) -> str:
    """The description that is there, with our part of it as it is now; unchanged where somebody took that out."""
    start = there.find(marker(item))
    end = there.find(END, start)
    if start < 0 or end < 0:
        return there
    return there[:start] + body(item, config, owner=owner) + there[end + len(END) :]


def _source(item: ActionItem) -> str:
    number = f"action item #{item.id} of Tocsin"
    if item.origin == MEETING:
        return f"{number}, made in a recurring review"
    if item.incident_id is None:
        return number
    drill = "drill" if item.drill else "incident"
    return f"{number}, {'the review of ' if item.origin == REVIEW else ''}{drill} #{item.incident_id}"


def _plain(text: str) -> str:
    """Without anything that would end our part, name somebody or be HTML."""
    return _MENTION.sub("@\u2060", text.replace("<", "&lt;"))
