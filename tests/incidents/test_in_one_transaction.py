"""Verbs that follow one another in one transaction see what the earlier ones left, also what the commit writes."""

from datetime import UTC, datetime

from bot.config import load
from bot.core.db import Database
from bot.core.viewer import Viewer
from bot.incidents import queries, roles
from bot.incidents.declaring import Declaration, declare
from tests.acceptance.office import SAMPLE

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


async def test_an_incident_declared_just_now_has_its_responders(database_url: str) -> None:
    config = load(SAMPLE)
    db = Database(database_url)
    async with db.begin() as session:
        incident = await declare(
            session,
            Declaration(title="Checkout is down", severity=config.severities[0], private=True),
            config=config,
            responders=["U02"],
            by="U01",
            now=NOW,
        )
        assert await queries.locked(session, incident.id, Viewer("U02")) is incident
        await roles.assign(session, incident.id, config.roles[0], "U02", by="U01", now=NOW)
    async with db.read() as session:
        assert set(await queries.responders_of(session, incident.id)) == {"U01", "U02"}
    await db.close()
