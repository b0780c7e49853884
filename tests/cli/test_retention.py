"""`tocsin retention --dry-run`."""

import json
from datetime import timedelta

from sqlalchemy import select

from bot.administration.rows import ConfigVersion
from bot.config.sections.retention import Retention
from bot.core.audit import AuditLine, audit
from bot.core.clock import Clock
from bot.core.db import Database
from bot.steps.retention import KINDS, forget
from tests.cli.conftest import Tocsin


async def test_what_would_go_is_counted_and_stays(tocsin: Tocsin, folder: object, database_url: str) -> None:
    db, now = Database(database_url), Clock().now()
    async with db.begin() as session:
        for days in (3, 400, 900):
            at = now - timedelta(days=days)
            audit(session, "configuration", by=None, now=at)
            version = ConfigVersion(number=1000 - days, digest="", texts={}, activated_at=at, by="", how="")
            session.add(version)
    status, out, _ = await tocsin("retention", "--dry-run", "--json", TOCSIN_DATABASE_URL=database_url)
    told = {one["kind"]: one for one in json.loads(out)}
    assert status == 0
    assert told["audit_log"] == {"kind": "audit_log", "kept_for": None, "rows": 3, "would_go": 0}
    assert told["signals"]["kept_for"] == "30d"
    status, _, err = await tocsin("retention", TOCSIN_DATABASE_URL=database_url)
    assert (status, "--dry-run" in err) == (1, True)

    kept = Retention(audit_log=timedelta(days=30), config_versions=timedelta(days=30))
    gone = {}
    for kind in KINDS:
        async with db.begin() as session:
            gone[kind.name] = await forget(session, kind, kept, now=now)
    assert (gone["audit_log"], gone["config_versions"]) == (2, 1)
    async with db.read() as session:
        acts = sorted((await session.scalars(select(AuditLine.act))).all())
        assert acts == ["configuration", "retention", "retention"], "what went is told for each kind"
        numbers = (await session.scalars(select(ConfigVersion.number).order_by(ConfigVersion.number))).all()
        assert numbers == [600, 997], "one was active until three days ago"
    await db.close()
