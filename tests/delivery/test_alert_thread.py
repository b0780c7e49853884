"""What was told of alerts is noted while a signal about one of them is carried out, by two replicas on one Postgres."""

import asyncio
from datetime import UTC, datetime

from bot.alerts.queries import last_of_key
from bot.alerts.rows import FIRING, Alert
from bot.config import load
from bot.core.db import Database
from bot.core.outbox import OutboxItem
from bot.core.viewer import PROGRAM
from bot.delivery.alerts import AlertThreadSender
from bot.delivery.slack import Call
from bot.incidents.declaring import Declaration, declare
from bot.incidents.queries import locked
from tests.acceptance.office import SAMPLE
from tests.databases import PostgresCluster

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
# Long enough to come to the lock that the first one holds.
COMES_TO_IT = 0.15


async def test_neither_waits_for_the_other(postgres_cluster: PostgresCluster) -> None:
    config = load(SAMPLE)
    async with postgres_cluster.one() as url:
        signals, delivery = Database(url), Database(url)
        async with signals.begin() as session:
            incident = await declare(
                session,
                Declaration(title="Down", severity=config.severities[0]),
                config=config,
                by=None,
                now=NOW,
            )
            alert = Alert(
                integration="prom",
                key="disk",
                title="Disk full",
                labels={},
                details={},
                links=[],
                state=FIRING,
                first_at=NOW,
                last_at=NOW,
                outcome="joined",
                incident_id=incident.id,
            )
            session.add(alert)
        item = OutboxItem(id=1, kind="incident.alerts", incident_id=incident.id, about={})
        call = Call("chat.postMessage", {"channel": "C1", "metadata": {"event_payload": {"last": alert.id}}})

        async def notes() -> None:
            async with delivery.begin() as session:
                await AlertThreadSender(config).arrived(session, item, call, {"ts": "1.1"}, NOW)

        async with signals.begin() as session:
            await last_of_key(session, "prom", "disk")
            noting = asyncio.create_task(notes())
            await asyncio.sleep(COMES_TO_IT)
            await locked(session, incident.id, PROGRAM)
        async with asyncio.timeout(60):
            await noting
        async with signals.read() as session:
            found = await session.get(Alert, alert.id)
            assert found is not None
            assert (found.channel_id, found.message_ts) == ("C1", "1.1")
        await signals.close()
        await delivery.close()
