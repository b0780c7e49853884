"""Which beginnings of words so many entries have that Postgres' index had better not be asked for them.

For a beginning the index gathers all the texts that have any of its words, before it looks at another word of the
question: `host513 rolled back` reads a third of all texts to find three. Where few texts have what else is asked for, the
index is asked for that alone, and each text that it finds for the whole question.
"""

from dataclasses import replace

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.search_words import Question

# A beginning that so many of all texts have is left out, as far as ANALYZE knew.
FREQUENT = 0.005
# What has so many texts is not few.
MANY = 2_000

_SHARES = text(
    """
    SELECT asked.word, sum(known.share)
    FROM unnest(CAST(:words AS text[])) AS asked(word)
    JOIN (
        SELECT unnest(CAST(CAST(most_common_elems AS text) AS text[])) AS word, unnest(most_common_elem_freqs) AS share
        FROM pg_stats
        WHERE schemaname = current_schema() AND tablename = 'search_text' AND attname = 'words'
    ) AS known ON starts_with(known.word, asked.word)
    GROUP BY asked.word
    """
)
_HOW_MANY = text(
    """
    SELECT count(*)
    FROM (
        SELECT FROM search_text WHERE kind = 'entry' AND words @@ to_tsquery('simple', :asked) LIMIT :many
    ) AS few
    """
)


async def rare_part(session: AsyncSession, question: Question) -> Question | None:
    """What the index of entries is asked in the place of this question; None: the question itself."""
    if not (question.begins and question.every) or len(question.terms) == 1:
        return None
    beginnings = {term.words[0] for term in question.terms if term.may_begin}
    shares = dict(tuple(row) for row in await session.execute(_SHARES, {"words": sorted(beginnings)}))
    frequent = {word for word, share in shares.items() if share >= FREQUENT}
    if not frequent or frequent == beginnings:
        return None
    rare = tuple(term for term in question.terms if not term.may_begin or term.words[0] not in frequent)
    part = replace(question, terms=rare)
    there = await session.scalar(_HOW_MANY, {"asked": part.tsquery, "many": MANY})
    return part if (there or 0) < MANY else None
