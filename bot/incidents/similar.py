"""Earlier incidents that were like one: whoever works on it looks up what helped then.

The words that tell what an incident is about are looked for in the titles and summaries of the others; a word weighs the
more, the fewer have it. Only what everybody may see is shown, and no drills.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from math import log

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.search_text import INCIDENT, SearchText
from bot.core.search_words import STOP_WORDS, Question, Term, words_of
from bot.incidents.queries import Situation, is_open
from bot.incidents.rows import Incident
from bot.incidents.texts import Asked, earlier_incidents

SHOWN = 3
MOST_WORDS = 10
SHORTEST_WORD = 3
# Of each word so many incidents are looked at, the newest; and of these so many closely, the likeliest.
OF_A_WORD = 50
CLOSELY = 40
# How much of what it is about, by weight, another must have in common with it.
ALIKE = 0.6
SAME_SERVICE = 0.15
# What the rarest word weighs, and one that nobody wrote before.
HEAVIEST, UNHEARD = 4.0, 1.0
# What every other title says.
_USUAL = frozenset(
    "down error errors failed failing fails failure high incident issue issues outage problem problems slow".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Candidate:
    """An earlier incident with its title and summary."""

    number: int
    title: str
    summary: str
    same_service: bool


def telling_words(title: str, summary: str) -> list[str]:
    """The words that say what an incident is about, those of the title first."""
    found = [*dict.fromkeys(word for word in [*words_of(title), *words_of(summary)] if _tells(word))]
    return ([word for word in found if word not in _USUAL] or found)[:MOST_WORDS]


def _tells(word: str) -> bool:
    is_number = word.isdigit() and len(word) != 3  # 503 says something, the time and the port do not
    return len(word) >= SHORTEST_WORD and word not in STOP_WORDS and not is_number


def weights(found: Mapping[str, Sequence[int]], newest: int) -> dict[str, float]:
    """How much each word tells, by the numbers of the newest incidents that have it; one that none has tells little."""
    return {
        word: min(HEAVIEST, log(1 + newest / (1 + _how_many(numbers, newest)))) if numbers else UNHEARD
        for word, numbers in found.items()
    }


def _how_many(numbers: Sequence[int], newest: int) -> float:
    """How many have a word; where only the newest are known, as many of the others as of those between them."""
    if len(numbers) < OF_A_WORD:
        return len(numbers)
    return len(numbers) * newest / max(1, newest - min(numbers) + 1)


def most_alike(
    title: str, summary: str, weight: Mapping[str, float], candidates: Sequence[Candidate]
) -> list[int]:
    """The numbers of those that are truly like it, the most alike first, then the newest."""
    words = telling_words(title, "") or telling_words("", summary)
    whole = sum(weight.get(word, 0.0) for word in words)
    found = []
    for one in candidates:
        shared = {*words_of(one.title), *words_of(one.summary)} & weight.keys()
        if whole <= 0 or not _says_enough(shared, words, one):
            continue
        likeness = sum(weight[word] for word in shared) / whole + (SAME_SERVICE if one.same_service else 0)
        if likeness >= ALIKE:
            found.append((round(min(likeness, 1.5), 1), one.number))
    return [number for _, number in sorted(found, reverse=True)[:SHOWN]]


def _says_enough(shared: Set[str], words: Sequence[str], one: Candidate) -> bool:
    """Two words in common; or the one that both are about."""
    return len(shared) >= 2 or (len(shared) == 1 and words == telling_words(one.title, "") == [*shared])


async def similar_to(session: AsyncSession, incident: Incident) -> list[int]:
    """The numbers of earlier incidents that were like it, which everybody may see."""
    words = telling_words(incident.title, incident.summary)
    if not words:
        return []
    asked = [Asked(Question((Term((word,)),)), OF_A_WORD) for word in words]
    hits = await earlier_incidents(session, asked, incident)
    found = {
        word: [hit.incident_id for hit in of_word if hit.incident_id is not None]
        for word, of_word in zip(words, hits, strict=True)
    }
    weight = weights(found, incident.id)
    scores: dict[int, float] = {}
    for word, numbers in found.items():
        for number in numbers:
            scores[number] = scores.get(number, 0.0) + weight[word]
    likeliest = sorted(scores, key=lambda number: (scores[number], number), reverse=True)[:CLOSELY]
    return most_alike(
        incident.title, incident.summary, weight, await _candidates(session, incident, likeliest)
    )


async def _candidates(session: AsyncSession, incident: Incident, numbers: Sequence[int]) -> list[Candidate]:
    rows = await session.execute(
        select(SearchText.incident_id, SearchText.title, SearchText.body, Incident.service)
        .join(Incident, Incident.id == SearchText.incident_id)
        .where(SearchText.incident_id.in_(list(numbers)), SearchText.kind == INCIDENT)
    )
    return [
        Candidate(number or 0, title, body, incident.service is not None and service == incident.service)
        for number, title, body, service in rows
    ]


async def similar_incidents(session: AsyncSession, incident: Incident) -> list[Incident]:
    """The same as rows, as they are now. Whoever may see the incident may see these."""
    numbers = incident.similar if incident.similar is not None else await similar_to(session, incident)
    if not numbers:
        return []
    query = select(Incident).where(
        Incident.id.in_(list(numbers)), Incident.private.is_(False), Incident.drill.is_(False)
    )
    rows = {row.id: row for row in await session.scalars(query)}
    return [rows[number] for number in numbers if number in rows]


async def open_and_like(session: AsyncSession, number: int) -> list[Incident]:
    """The open ones whose cards name it as one that was like them."""
    rows = await session.scalars(
        select(Incident).where(is_open(), Incident.similar.is_not(None)).order_by(Incident.id)
    )
    return [row for row in rows if number in (row.similar or ())]


async def with_similar(session: AsyncSession, around: Situation) -> Situation:
    """The same with earlier incidents that were like it."""
    return replace(around, similar=tuple(await similar_incidents(session, around.incident)))
