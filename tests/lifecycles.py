"""What whoever reads an incident's timeline must conclude about it."""

from collections.abc import Iterable

from bot.core.timeline import TimelineEntry

BECOMES = {
    "declared": "investigating",
    "over": "resolved",
    "resolved": "resolved",
    "closed": "closed",
    "merged": "closed",
}


def concluded(entries: Iterable[TimelineEntry]) -> tuple[str | None, str | None, int | None]:
    """Status, severity, and what it was merged into."""
    status = severity = merged_into = None
    for entry in entries:
        status = BECOMES.get(entry.kind, status)
        if entry.kind in ("status", "reopened"):
            status = entry.data["after"]
        if entry.kind in ("declared", "severity"):
            severity = entry.data.get("after") or entry.data["severity"]
        merged_into = entry.data["into"] if entry.kind == "merged" else merged_into
    return status, severity, merged_into
