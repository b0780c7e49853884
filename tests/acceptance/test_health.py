"""That the tick's death is noticed: readiness, metrics, and the dead man's switch."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update
from structlog.testing import capture_logs

from bot import health
from bot.core.clock import Clock
from bot.core.engine import Step
from bot.delivery import dead_man
from bot.delivery.dead_man import DeadManSwitch
from bot.paging.rows import Page
from tests.acceptance.office import Json, Office, open_office
from tests.acceptance.pages import rings


async def readiness(office: Office) -> tuple[int, Json]:
    async with office.http.get(f"{office.bot_url}/readyz") as answer:
        return answer.status, await answer.json()


async def metrics(office: Office) -> dict[tuple[str, ...], float]:
    """Every figure, by its name and the values of its labels."""
    async with office.http.get(f"http://127.0.0.1:{office.app.metrics_port}/metrics") as answer:
        assert answer.status == 200
        families = text_string_to_metric_families(await answer.text())
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


class Alarm:
    """The service outside: it counts the signs of life."""

    def __init__(self) -> None:
        self.signs = 0
        self.status = 200
        self.heard = asyncio.Event()
        self.silent = asyncio.Event()
        self.silent.set()

    async def sign(self, request: web.Request) -> web.StreamResponse:
        self.signs += 1
        self.heard.set()
        await self.silent.wait()
        return web.Response(status=self.status)

    async def hears(self) -> None:
        async with asyncio.timeout(60):
            await self.heard.wait()
        self.heard.clear()


@pytest.fixture
async def alarm() -> AsyncIterator[tuple[Alarm, str]]:
    alarm = Alarm()
    app = web.Application()
    app.router.add_get("/ping/s3cr3t-of-the-switch", alarm.sign)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield alarm, f"http://127.0.0.1:{runner.addresses[0][1]}/ping/s3cr3t-of-the-switch"
    alarm.silent.set()
    await runner.cleanup()


async def forget_a_page(office: Office) -> None:
    """A page that is due and that no tick takes up: as if somebody had claimed it and vanished."""
    await office.eve.types("/incident declare sev1 Shop is down")
    async with office.app.bot.db.begin() as session:
        past = office.clock.now() - timedelta(minutes=1)
        await session.execute(update(Page).values(escalate_at=past, due_at=past))


async def test_a_forgotten_page_is_driven_counted_and_told(
    database_url: str, monkeypatch: pytest.MonkeyPatch, alarm: tuple[Alarm, str]
) -> None:
    outside, url = alarm
    monkeypatch.setattr(dead_man, "PING_EVERY", 0.0)
    async with open_office(database_url, metrics_listen="127.0.0.1:0", deadman_url=url) as office:
        await outside.hears()
        paging = office.app.parts.paging
        monkeypatch.setattr(paging, "run", nothing)  # the step does nothing any more
        monkeypatch.setattr(office.app.engine, "_steps", [*_without_pages(office)])
        await forget_a_page(office)
        monkeypatch.setattr(paging, "_audited_at", None)
        office.app.engine.wake()
        await office.settled()

        assert len(await rings(office.dev)) == 1, "the auditor drove it"
        status, said = await readiness(office)
        assert status == 503
        assert said["checks"]["pages"] == "1 were due and nobody had them in work"
        figures = await metrics(office)
        assert figures["tocsin_pages_forgotten",] == figures["tocsin_pages_found_forgotten_total",] == 1
        before = outside.signs
        await office.app.engine.tick()
        await office.app.engine.tick()
        assert outside.signs == before, "no sign of life while pages are forgotten"

        monkeypatch.setattr(paging, "_audited_at", None)  # five seconds later
        await office.app.engine.tick()
        outside.heard.clear()
        await office.app.engine.tick()
        await outside.hears()
        status, said = await readiness(office)
        assert status == 200, said


async def test_a_tick_that_hangs_or_fails_is_noticed(
    database_url: str, monkeypatch: pytest.MonkeyPatch, alarm: tuple[Alarm, str]
) -> None:
    outside, url = alarm
    monkeypatch.setattr(dead_man, "PING_EVERY", 0.0)
    async with open_office(database_url, deadman_url=url) as office, asyncio.timeout(60):
        await outside.hears()
        engine = office.app.engine
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(engine, "_steps", [Step("pages", fails)])
            await office.settled()
            await engine.tick()
            status, said = await readiness(office)
            assert (status, said["checks"]["tick"]) == (503, "failed in the last tick: pages")

            freed = asyncio.Event()
            meanwhile.setattr(engine, "_steps", [Step("pages", freed.wait)])
            meanwhile.setattr(health, "TICK_AT_LEAST_EVERY", 0.2)
            engine.wake()
            while not (said := await readiness(office))[1]["checks"]["tick"].startswith("last tick"):  # noqa: ASYNC110 - nothing happens any more
                await asyncio.sleep(0.05)
            assert said[0] == 503
            before, since = outside.signs, engine.seconds_since_tick() or 0
            while (engine.seconds_since_tick() or 0) < since + 1.5:  # noqa: ASYNC110 - as before
                await asyncio.sleep(0.05)
            assert outside.signs == before, "no sign of life"
            freed.set()
        outside.heard.clear()
        engine.wake()
        await outside.hears()
        assert (await readiness(office))[0] == 200


async def fails() -> None:
    raise ValueError("a fault of ours")


async def nothing() -> None:
    return


def _without_pages(office: Office) -> list[object]:
    return [step for step in office.app.engine._steps if step.name != "pages"]


async def test_the_figures_follow_what_happens(database_url: str) -> None:
    async with open_office(database_url, metrics_listen="127.0.0.1:0") as office:
        await office.fault("chat.postMessage", "status", times=1)
        await office.eve.types("/incident declare sev1 Shop is down")
        await office.settled()
        figures = await metrics(office)
        assert figures["tocsin_pages", "ringing"] == 1
        assert figures["tocsin_page_overdue_seconds",] == 0
        assert figures["tocsin_slack_failures_total", "chat.postMessage", "unclear"] == 1
        assert figures["tocsin_database_up",] == 1
        assert figures["tocsin_tick_age_seconds",] < 10
        assert figures["tocsin_outbox_rows", "page"] <= 1
        assert figures["tocsin_outbox_overdue_seconds", "page"] == 0
        async with office.http.get(f"{office.bot_url}/metrics") as answer:
            assert answer.status == 404, "not where everybody reaches it"


async def test_the_switch_is_pinged_seldom_and_never_waited_for(alarm: tuple[Alarm, str]) -> None:
    outside, url = alarm

    class Stopped(Clock):
        at = 0.0

        def monotonic(self) -> float:
            return self.at

    clock = Stopped()
    switch = DeadManSwitch(url, clock)
    outside.silent.clear()  # it takes the call and says nothing
    switch.ping()
    await outside.hears()
    clock.at = 29
    switch.ping()
    clock.at = 31
    switch.ping()
    await outside.hears()
    assert outside.signs == 2
    await switch.stop()


async def test_a_switch_that_cannot_be_reached_is_told_without_its_address(
    alarm: tuple[Alarm, str], database_url: str
) -> None:
    outside, url = alarm
    outside.status = 404
    with capture_logs() as told:
        async with open_office(database_url, deadman_url=url) as office, asyncio.timeout(60):
            while not any("dead man" in line["event"] for line in told):  # noqa: ASYNC110 - a log has no event
                await asyncio.sleep(0.01)
            assert (await readiness(office))[0] == 200, "it is no reason to send people elsewhere"
    assert "HTTP 404" in str(told)
    assert "s3cr3t" not in str(told)
