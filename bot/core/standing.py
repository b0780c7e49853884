"""What stands of a timeline entry after its amendments, pure.

An amendment is an entry of its own. The entry that it is about then says what is true now (`data`, `occurred_at`), and
keeps in `amended` what was recorded first, with a mark for each amendment. Both follow from the chain alone, which
`bot.core.chain` proves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# By people, with a reason; and by Slack, where a message that was kept changed or went away.
CORRECTED, RETIMED, HIDDEN, SHOWN, REDACTED = "corrected", "retimed", "hidden", "shown", "redacted"
EDITED, DELETED = "message_edited", "message_deleted"
AMENDMENTS = frozenset({CORRECTED, RETIMED, HIDDEN, SHOWN, REDACTED, EDITED, DELETED})

GONE = "(redacted)"
# Where words stand in the data of entries: what a redaction takes away.
WORDS = ("text", "impact", "summary", "title", "output", "outcome", "app", "url", "former")
LISTS = ("files", "argv")
# And in those of changes of what people wrote; of fields each has its own.
CHANGES = ("before", "after")
REWORDED = ("title", "summary")
# A channel's name is made of the title.
MADE_CHANNEL = ("channel", "channel_renamed")
FILLED = "fields"


@dataclass(frozen=True)
class Standing:
    """What an entry of this kind says now; `amended` tells what it said at first, and what became of it."""

    kind: str
    data: Mapping[str, Any]
    occurred_at: datetime
    amended: Mapping[str, Any] | None

    @property
    def recorded(self) -> "Standing":
        if self.amended is None:
            return self
        first = self.amended["recorded"]
        return Standing(self.kind, first["data"], datetime.fromisoformat(first["occurred_at"]), None)


def standing_of(entry: Any) -> Standing:
    """Of a row, or of an entry that was read from an export."""
    return Standing(entry.kind, entry.data, entry.occurred_at, entry.amended)


def amend(
    before: Standing, kind: str, *, number: int, by: str | None, at: datetime, said: Mapping[str, Any]
) -> Standing:
    """What stands after the amendment that entry `number` tells of; `said` is its data."""
    recorded, data, occurred_at = before.recorded, dict(before.data), before.occurred_at
    if kind in (CORRECTED, EDITED):
        data |= {key: said[key] for key in ("text", "files") if key in said}
    elif kind == RETIMED:
        occurred_at = datetime.fromisoformat(said["at"])
    elif kind == REDACTED:
        recorded = Standing(
            before.kind, without_words(before.kind, recorded.data), recorded.occurred_at, None
        )
        data = without_words(before.kind, data)
    mark = {"number": number, "kind": kind, "by": by, "at": at.isoformat(), "why": said.get("why")}
    amended: dict[str, Any] = {
        "recorded": {"data": dict(recorded.data), "occurred_at": recorded.occurred_at.isoformat()},
        "marks": [*(before.amended or {}).get("marks", ()), mark],
    }
    # What its message said last in Slack, whatever people correct here: it is not news when it is read again.
    slack = (
        {key: said.get(key) for key in ("text", "files")}
        if kind == EDITED
        else (before.amended or {}).get("slack")
    )
    if slack is not None and kind != REDACTED:
        amended["slack"] = slack
    return Standing(before.kind, data, occurred_at, amended)


def without_words(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The data with nothing left of what people or programs wrote; who did what, and when, stays."""
    words = {*WORDS, *(CHANGES if kind in REWORDED else ()), *(("name",) if kind in MADE_CHANNEL else ())}
    left = {
        key: GONE if key in words and value else [GONE] if key in LISTS and value else value
        for key, value in data.items()
    }
    if kind == FILLED and "changes" in data:
        left["changes"] = {name: _emptied(change) for name, change in data["changes"].items()}
    return left


def _emptied(change: Mapping[str, Any]) -> dict[str, Any]:
    return {key: GONE if key in CHANGES and value else value for key, value in change.items()}


def words_of(entry: Any) -> set[str]:
    """What a redaction would take away, text by text."""
    left = without_words(str(entry.kind), entry.data)
    return _texts({key: value for key, value in entry.data.items() if left[key] != value}) - {GONE}


def _texts(said: Any) -> set[str]:
    if isinstance(said, Mapping | list):
        parts = said.values() if isinstance(said, Mapping) else said
        return {text for part in parts for text in _texts(part)}
    return {said} if isinstance(said, str) and said.strip() else set()


def has_words(entry: Any) -> bool:
    """Whether a redaction would take anything away."""
    return without_words(str(entry.kind), entry.data) != dict(entry.data)


def marks_of(entry: Any) -> list[dict[str, Any]]:
    """The amendments of an entry, the oldest first."""
    return list((entry.amended or {}).get("marks", ()))


def is_hidden(entry: Any) -> bool:
    """Whether it was hidden, and not shown again since."""
    turned = [mark["kind"] for mark in marks_of(entry) if mark["kind"] in (HIDDEN, SHOWN)]
    return bool(turned) and turned[-1] == HIDDEN


def is_redacted(entry: Any) -> bool:
    return any(mark["kind"] == REDACTED for mark in marks_of(entry))


def is_deleted(entry: Any) -> bool:
    """Whether its message is gone from Slack."""
    return any(mark["kind"] == DELETED for mark in marks_of(entry))
