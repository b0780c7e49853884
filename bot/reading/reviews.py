"""What `tocsin review` tells: as the operator, who may see everything anyway."""

from typing import Any

from bot.config import Config
from bot.core.db import Database
from bot.core.errors import NotFound
from bot.core.viewer import PROGRAM
from bot.reviews.facts import written
from bot.reviews.queries import listed, review_of
from bot.views.review_text import Record, as_json, record_of, state_words

Json = dict[str, Any]


async def reviews(db: Database, *, everything: bool, limit: int) -> list[Json]:
    """The reviews that are not finished or all, what is due first ahead."""
    async with db.read() as session:
        found = await listed(session, PROGRAM, everything=everything, limit=limit)
    return [
        {
            "incident": one.incident.id,
            "title": one.incident.title,
            "severity": one.incident.severity,
            "private": one.incident.private,
            "state": one.review.state,
            "says": state_words(one),
            "owner": one.review.owner,
            "due_at": (one.due_at or one.review.due_at).isoformat(),
            "to_do": [task.name for task in one.tasks if task.is_open],
        }
        for one in found
    ]


def line(review: Json) -> str:
    """A review on a terminal."""
    private = " [private]" if review["private"] else ""
    return (
        f"#{review['incident']:<5} {review['severity']:<6} {review['says']:<10} due {review['due_at'][:16]}  "
        f"{review['owner'] or 'nobody':<14} {review['title']}{private}"
    )


async def record(db: Database, number: int, config: Config, *, version: int | None = None) -> Record:
    """The review of an incident, as it is or in one of its versions. Raises NotFound."""
    async with db.read() as session:
        _, known = await review_of(session, number, PROGRAM)
        if known is None:
            raise NotFound(
                f"Incident #{number} has no review.", "`tocsin review list --all` shows which have one."
            )
        of = await written(session, known, version=version)
    if version is not None and of.version is None:
        raise NotFound(
            f"The review of #{number} has no version {version}.", f"It has {known.review.versions} of them."
        )
    return record_of(of, config)


def as_data(of: Record, config: Config) -> Json:
    return as_json(of, config)


def steps(of: Record) -> str:
    """Where the review and its steps stand, for a terminal."""
    review = of.now.review
    lines = [
        of.title,
        f"{state_words(of.now)}, {of.who(review.owner)} has it, version {review.versions or 'draft'}",
    ]
    for task in of.now.tasks:
        need = "required" if task.required else "optional"
        why = f": {task.reason}" if task.reason else ""
        due = f" until {task.due_at:%Y-%m-%d %H:%M} UTC" if task.is_open else ""
        lines.append(f"  {task.name:<12} {task.state:<8} {need:<9} {of.who(task.owner)}{due}{why}")
    return "\n".join(lines)
