"""Two people at forms about the same thing: the one who sends theirs later does not undo what the other did."""

from datetime import datetime

from bot.core.errors import RuleRefused


def seen_at(changed_at: datetime) -> str:
    """Which state a form shows; it stands in the form."""
    return changed_at.isoformat()


def refuse_if_changed(name: str, at: datetime, by: str | None, seen: str | None) -> None:
    """Raises RuleRefused where `name` was changed since the form was opened that showed it as `seen`."""
    if seen is not None and seen_at(at) != seen:
        who = f"<@{by}>" if by is not None else "Tocsin"
        raise RuleRefused(
            f"{who} has changed {name} since you opened this form.", "Open it again to see how it is now."
        )
