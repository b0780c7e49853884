"""Reviews in each of their states, with the same text wherever people write."""

from datetime import timedelta

from bot.incidents.rows import Incident
from bot.reviews.document import SECTIONS, Document
from bot.reviews.queries import ReviewNow
from bot.reviews.rows import (
    STATES,
    STEP_DONE,
    STEP_STATES,
    Review,
    ReviewTask,
    ReviewVersion,
    ReviewWording,
)
from tests.views.anything import NOW

__all__ = ["STATES", "document", "review_now", "versions", "wording"]


def review_now(
    state: str = "open", text: str = "T", *, private: bool = False, published: bool = False
) -> ReviewNow:
    title = " ".join(text.split())[:200] or "T"
    incident = Incident(
        id=2**40,
        title=title,
        summary=text[:3000],
        severity="SEV0",
        status="resolved",
        service="v0",
        private=private,
        drill=True,
        declared_at=NOW - timedelta(hours=2),
        declared_by="U01",
        resolved_at=NOW - timedelta(hours=1),
    )
    ended = state in ("done", "waived")
    review = Review(
        incident_id=incident.id,
        state=state,
        required=True,
        owner="U01",
        began_at=NOW,
        asked_by=None if published else "U02",
        due_at=NOW + timedelta(days=1),
        reminders=3,
        ended_at=NOW if ended else None,
        ended_by="U01" if ended else None,
        reason=text[:1000],
        versions=3,
        published_at=NOW if published else None,
        published_by="U01" if published else None,
        published_version=2 if published else None,
    )
    tasks = tuple(
        ReviewTask(
            incident_id=incident.id,
            name=name,
            place=place,
            title=title[:60],
            owner=("U01", title[:40], None)[place % 3],
            required=place % 2 == 0,
            due_at=NOW + timedelta(hours=1 - place),
            state=STEP_DONE if state == "done" else STEP_STATES[place // 2 % len(STEP_STATES)],
            changed_at=NOW,
            changed_by="U02",
            reason=text[:1000],
        )
        for place, name in enumerate(("one", "two", "publish", "four", "five", "six", "seven"))
    )
    return ReviewNow(incident, review, tasks)


def document(text: str) -> Document:
    return Document(dict.fromkeys(SECTIONS, text))


def versions(text: str, count: int = 100) -> list[ReviewVersion]:
    return [
        ReviewVersion(
            incident_id=1, number=number, author=("U01", None)[number % 2], kept_at=NOW, what=text[:200]
        )
        for number in range(count)
    ]


def wording(text: str, state: str = "ready", count: int = 40) -> ReviewWording:
    """So many sentences in other words, of every section."""
    keys = list(SECTIONS)
    return ReviewWording(
        id=2**40,
        incident_id=2**40,
        state=state,
        model=text[:200] or "m",
        asked_by="U01",
        asked_at=NOW,
        made_from=2,
        sections={},
        answer={},
        changes=[[keys[number * len(keys) // count], text, f"{text}{text}"] for number in range(count)],
        kept={text[:100]: 3, "it grew too long": 1},
        problem=text[:2000],
    )
