"""The rows that are searched: what is kept of a text, and that the indexes follow them on both databases."""

import json
import random
from datetime import UTC, datetime
from typing import Any

from alembic import command
from sqlalchemy import text

from bot import migrate
from bot.core.db import Database, engine_for
from bot.core.search_text import (
    ACTION,
    BACKLOG,
    DECISION,
    ENTRY,
    INCIDENT,
    REVIEW,
    RISK,
    RUNBOOK,
    add_text,
    change_text,
    remove_text,
)
from bot.core.search_words import Question, Term, terms_of
from bot.core.viewer import PROGRAM
from bot.incidents.frequent import rare_part
from bot.incidents.texts import Asked, Hit, texts_seen

# The schema before items and risks were found.
BEFORE_ITEMS = "0037"
AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


async def hits(db: Database, typed: str, *, entries: bool = False, limit: int = 10, **how: Any) -> list[Hit]:
    question = Question(terms_of(typed), **how)
    async with db.read() as session:
        (found,) = await texts_seen(session, [Asked(question, limit, entries)], PROGRAM)
    return found


async def test_a_text_is_found_by_what_it_says_now_until_it_is_removed(database_url: str) -> None:
    db = Database(database_url)
    async with db.begin() as session:
        add_text(session, DECISION, number=1, title="Cache?", body="Überlauf of db-1")
        add_text(session, DECISION, number=2, title="", body="–")
        add_text(session, ENTRY, incident_id=5, number=3, body="cache flushed")
    assert [hit.number for hit in await hits(db, "cache")] == [1], "what has no word is not kept"
    assert [hit.number for hit in await hits(db, "cache", entries=True)] == [3]
    assert len(await hits(db, "uberlauf", in_title=True)) == 0
    assert len(await hits(db, "ÜBERLAUF")) == 1
    assert len(await hits(db, "db-1 cache")) == 1
    assert len(await hits(db, "uberl", begins=True)) == len(await hits(db, "Übe", begins=True)) == 1
    async with db.begin() as session:
        change_text(session, DECISION, number=1, title="Queue?", body="")
        change_text(session, ENTRY, incident_id=5, number=3, body="")
        change_text(session, RUNBOOK, name="new", title="Queue")
    assert (
        await hits(db, "cache") == await hits(db, "überlauf") == await hits(db, "cache", entries=True) == []
    )
    assert [(hit.kind, hit.name) for hit in await hits(db, "queue", in_title=True)] == [
        (RUNBOOK, "new"),
        (DECISION, ""),
    ]
    async with db.begin() as session:
        remove_text(session, DECISION, number=1)
        remove_text(session, RUNBOOK, name="new")
    assert await hits(db, "queue") == []
    await db.close()


async def test_the_newest_are_found_first_however_many_there_are(database_url: str) -> None:
    """Also across the stretches in which Postgres is asked, and where few are wanted of many."""
    db = Database(database_url)
    ids = (1, 16_383, 16_384, 32_768, 262_143, 262_144, 600_000, 5_000_000, 70_000_000, 150_000_000)
    async with db.begin() as session:
        for n in ids:
            await session.execute(
                text(
                    "INSERT INTO search_text (id, kind, number, name, title, body)"
                    f" VALUES ({n}, 'entry', 0, '', '', 'common w{n}')"
                )
            )
    newest_first = sorted(ids, reverse=True)
    assert [hit.id for hit in await hits(db, "common", entries=True)] == newest_first
    assert [hit.id for hit in await hits(db, "common", entries=True, limit=4)] == newest_first[:4]
    for n in ids:
        assert [hit.id for hit in await hits(db, f"w{n}", entries=True)] == [n]
    await db.close()


async def test_whatever_is_asked_the_answer_is_what_the_texts_say(database_url: str) -> None:
    """Also where Postgres' index is asked for a part of the question, as it is for the rare words among frequent ones."""
    db, chance = Database(database_url), random.Random(5)
    frequent = ["rolled", "rollback", "back", "backup", "gateway", "gatewayed"]
    rare = [f"host{n}" for n in range(300)]
    texts = [
        " ".join([*chance.choices(frequent, k=chance.randint(1, 4)), *chance.sample(rare, k=1)])
        for _ in range(600)
    ]
    async with db.begin() as session:
        for number, said in enumerate(texts):
            add_text(session, ENTRY, incident_id=1, number=number, body=said)
    async with db.begin() as session:
        await session.execute(text("ANALYZE search_text"))
    in_part = 0
    for _ in range(120):
        asked = chance.sample(
            ["rol", "rolled", "back", "gatew", '"rolled back"', "host1", "ba", "zebra", *rare], k=3
        )
        terms = terms_of(" ".join(asked))
        question = Question(terms, begins=True)
        expected = [n for n, said in enumerate(texts) if all(_has(said.split(), term) for term in terms)]
        found = await hits(db, " ".join(asked), entries=True, limit=1000, begins=True)
        assert [hit.number for hit in found] == expected[::-1], asked
        if not db.is_sqlite:
            async with db.read() as session:
                in_part += await rare_part(session, question) is not None
    assert db.is_sqlite or 20 < in_part < 120
    await db.close()


def _has(words: list[str], term: Term) -> bool:
    if term.may_begin:
        return any(word.startswith(term.words[0]) for word in words)
    length = len(term.words)
    return any(tuple(words[n : n + length]) == term.words for n in range(len(words)))


async def test_a_rollback_leaves_nothing_to_be_found(database_url: str) -> None:
    db = Database(database_url)
    try:
        async with db.begin() as session:
            add_text(session, DECISION, number=1, title="Cache")
            await session.flush()
            raise RuntimeError("no")
    except RuntimeError:
        pass
    assert await hits(db, "cache") == []
    await db.close()


async def test_the_migration_finds_what_was_written_before(empty_database_url: str) -> None:
    engine = engine_for(empty_database_url)
    at = "'2026-11-20 09:30:00'"
    sections = json.dumps({"factors": "A forgotten ostrich[^12]", "response": "quick"})
    async with engine.begin() as connection:
        await connection.run_sync(lambda c: command.upgrade(migrate._alembic(c), "0021"))
        for statement in (
            "INSERT INTO incident (id, title, summary, severity, status, private, drill, declared_at, declared_by,"
            " changed_at, timeline_length, timeline_head)"
            f" VALUES (4, 'Checkout is down', 'Seen in Zürich', 'SEV1', 'x', false, false, {at}, 'U1', {at}, 3, '')",
            "INSERT INTO timeline_entry (id, incident_id, number, kind, occurred_at, recorded_at, author, data,"
            " previous_hash, hash) VALUES"
            f" (1, 4, 1, 'declared', {at}, {at}, 'U1', '{{\"text\": \"giraffe\"}}', '', ''),"
            f" (2, 4, 2, 'update', {at}, {at}, 'U1', '{{\"text\": \"elephant\", \"impact\": \"all\"}}', '', ''),"
            f" (3, 4, 3, 'resolved', {at}, {at}, NULL, '{{\"text\": \"giraffe\"}}', '', '')",
            "INSERT INTO review (incident_id, state, required, began_at, due_at, reminders, reason, versions,"
            f" published_version) VALUES (4, 'done', true, {at}, {at}, 0, '', 2, 1)",
            "INSERT INTO review_version (incident_id, number, sections, kept_at, what)"
            f" VALUES (4, 1, '{sections}', {at}, ''), (4, 2, '{{}}', {at}, '')",
            "INSERT INTO decision (id, question, description, owner, status, answer, due_at, created_at, created_by)"
            f" VALUES (9, 'Which hosting?', 'Three offers', 'U1', 'pending', 'The second', {at}, {at}, 'U1')",
            "INSERT INTO runbook (name, source, title, services, checks, severities, steps, known_at, next_read_at,"
            f" failures, text) VALUES ('failover', 'file', 'Failover', '[]', '[]', '[]', '[]', {at}, {at}, 0,"
            " '---\nowner: penguin\n---\n# Failover\n1. Wake the okapi')",
        ):
            await connection.run_sync(lambda c, said: c.exec_driver_sql(said), statement)
    await engine.dispose()
    await migrate.migrate(empty_database_url)
    db = Database(empty_database_url)
    for typed, kind, number in (
        ("checkout zurich", INCIDENT, 0),
        ("forgotten ostrich", REVIEW, 0),
        ("hosting second", DECISION, 9),
        ("okapi", RUNBOOK, 0),
    ):
        assert [(hit.kind, hit.number) for hit in await hits(db, typed)] == [(kind, number)], typed
    (entry,) = await hits(db, "elephant all", entries=True)
    assert (entry.incident_id, entry.number) == (4, 2)
    for typed in ("giraffe", "penguin", "12", "quick"):
        assert await hits(db, typed) == await hits(db, typed, entries=True) == []
    async with db.begin() as session:
        change_text(session, INCIDENT, incident_id=4, title="Mail is down")
    assert await hits(db, "checkout") == []
    await db.close()


async def test_items_and_risks_that_there_are_already_are_found(empty_database_url: str) -> None:
    engine = engine_for(empty_database_url)
    at = "'2026-11-20 09:30:00'"
    who = f"{at}, 'U1', {at}, 'U1'"
    async with engine.begin() as connection:
        await connection.run_sync(lambda c: command.upgrade(migrate._alembic(c), BEFORE_ITEMS))
        for statement in (
            "INSERT INTO backlog_item (id, kind, title, description, status, reason, private, origin, incident_id, place,"
            f" created_at, created_by, changed_at, changed_by) VALUES"
            f" (1, 'bug', 'Größe of the cache', 'walrus', 'declined', 'too dear', false, 'incident', 5, 0, {who}),"
            f" (2, 'bug', 'A secret', '', 'split', '#3 #4', true, 'incident', 5, 0, {who})",
            "INSERT INTO action_item (id, title, description, owner, due_on, status, reason, private, drill, origin,"
            " incident_id, created_at, created_by, changed_at, changed_by, issue_wanted) VALUES"
            f" (3, 'Feed it', 'daily', 'U1', '2026-11-30', 'dropped', 'aquarium', true, false, 'incident', 5, {who}, false)",
            "INSERT INTO risk (id, kind, title, description, likelihood, impact, mitigation, owner, status,"
            " created_at, created_by, changed_at, changed_by)"
            f" VALUES (4, 'quality', 'It leaves', 'at night', 'low', 'high', 'penguin', 'U1', 'open', {who})",
        ):
            await connection.run_sync(lambda c, said: c.exec_driver_sql(said), statement)
    await engine.dispose()
    await migrate.migrate(empty_database_url)
    db = Database(empty_database_url)
    for typed, kind, number, incident in (
        ("grosse walrus dear", BACKLOG, 1, None),
        ("secret", BACKLOG, 2, 5),
        ("feed daily aquarium", ACTION, 3, 5),
        ("leaves night penguin", RISK, 4, None),
    ):
        (hit,) = await hits(db, typed)
        assert (hit.kind, hit.number, hit.incident_id) == (kind, number, incident), typed
    assert await hits(db, "3") == [], "the parts of one that was split"
    await db.close()
