"""What came in is forgotten after its time, and nothing that anybody still needs."""

from datetime import timedelta

from sqlalchemy import func, insert, select

from bot.alerts.rows import Alert, Signal
from bot.core.audit import audit_lines
from bot.steps.retention import AT_MOST
from tests.acceptance.office import Office, open_office
from tests.acceptance.signals import alert, alerts_of, arrive, read, with_rules

RULES = with_rules(
    routes=[
        {"name": "critical", "to": "incident", "when": {"levels": ["critical"]}},
        {"name": "errors", "to": "page", "when": {"levels": ["error"]}},
        {"name": "rest", "to": "message"},
    ],
    retention={"signals": "30d", "alerts": "100d"},
)


async def signals_kept(office: Office) -> int:
    async with office.app.bot.db.read() as session:
        return await session.scalar(select(func.count()).select_from(Signal)) or 0


async def aged(office: Office, days: int) -> None:
    """What came in is so much older, without all that would have happened meanwhile."""
    async with office.app.bot.db.begin() as session:
        for signal in await session.scalars(select(Signal)):
            signal.received_at -= timedelta(days=days)
        for one in await session.scalars(select(Alert)):
            one.last_at -= timedelta(days=days)
            if one.resolved_at is not None:
                one.resolved_at -= timedelta(days=days)


async def test_what_is_over_is_forgotten_and_what_is_needed_is_not(database_url: str) -> None:
    async with open_office(database_url, change=RULES) as office:
        over = [
            alert("over", "Disk is full", service="payments"),
            alert("over-too", "CPU is hot", level="error", service="web"),
            alert("said", level="info", service="web"),
        ]
        running = [
            alert("worked", "Search is down", service="search"),
            alert("fires", level="warning", service="search"),
            alert("root", level="warning", service="accounts"),
            alert("member", level="warning", service="accounts"),
        ]
        await arrive(office, *over, *running)
        await arrive(office, *(alert(key, action="resolve") for key in ("over", "over-too", "said")))
        # Their incident is not over, and the message that the first of its group has tells of the second, too.
        await arrive(office, *(alert(key, action="resolve") for key in ("worked", "root")))
        await office.cleo.types("/incident resolve 1 mended")
        await aged(office, days=31)
        await office.passes(hours=6, minutes=1)
        assert await signals_kept(office) == 0
        assert len(await alerts_of(office)) == 7
        await aged(office, days=70)
        await office.passes(hours=6, minutes=1)
        kept = {one.key for one in await alerts_of(office)}
        assert kept == {"worked", "fires", "root", "member"}
        await arrive(office, alert("member", action="resolve"))
        assert "all 2 resolved" in await read(office, "incidents")
        assert "Disk is full" in str(await office.timeline()), "the timeline keeps what was said"


async def test_more_than_one_batch_is_gone_after_one_cleaning(database_url: str) -> None:
    async with open_office(database_url, change=RULES) as office:
        now = office.clock.now()
        async with office.app.bot.db.begin() as session:
            rows = [
                {
                    "integration": "alertmanager",
                    "key": f"k{number}",
                    "can_wait": True,
                    "event": {"action": "resolve", "key": f"k{number}"},
                    "received_at": now - timedelta(days=31),
                    "stumbles": 0,
                }
                for number in range(AT_MOST * 2 + 1)
            ]
            await session.execute(insert(Signal), rows)
        await office.passes(hours=6, minutes=1)
        assert await signals_kept(office) == 0
        async with office.app.bot.db.read() as session:
            told = await audit_lines(session, act="retention")
        assert sum(line.data["rows"] for line in told if line.data["kind"] == "signals") == AT_MOST * 2 + 1
        assert {line.by for line in told} == {None}
