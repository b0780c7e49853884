"""The tools themselves: PagerDuty's own client over TLS, and a real Alertmanager, drive what they know as PagerDuty."""

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pagerduty
import pytest
import trustme
import yaml
from aiohttp import web
from sqlalchemy import select

from bot.alerts.intake import Busy
from bot.alerts.rows import Signal
from tests.acceptance.alerting import KEY, SECRET, signals, with_integrations
from tests.acceptance.office import Office, open_office
from tests.acceptance.process import free_port
from tests.acceptance.signals import alerts_of


@pytest.fixture
async def monitored(database_url: str, secrets: None) -> AsyncIterator[Office]:
    async with open_office(database_url, change=with_integrations) as office:
        yield office


async def stored(office: Office, expected: Callable[[list[tuple[str, str, str]]], bool]) -> None:
    """Waits until what is stored is as expected."""
    try:
        async with asyncio.timeout(60):
            while not expected(await signals(office.app.bot.db)):  # noqa: ASYNC110 - nobody is told
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"stored: {await signals(office.app.bot.db)}") from None


# -- PagerDuty's client ---------------------------------------------------------------------------------------


@asynccontextmanager
async def tls(office: Office) -> AsyncIterator[tuple[str, ssl.SSLContext]]:
    """What stands before Tocsin where it is deployed: a proxy with a certificate. Yields its address and whom to trust."""
    authority = trustme.CA()
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(ours)
    theirs = ssl.create_default_context()
    authority.configure_trust(theirs)

    async def passed_on(request: web.Request) -> web.Response:
        headers = {"Content-Type": request.headers.get("Content-Type", "")}
        async with office.http.post(
            office.bot_url + request.path, data=await request.read(), headers=headers
        ) as answer:
            return web.Response(
                body=await answer.read(), status=answer.status, content_type=answer.content_type
            )

    application = web.Application()
    application.router.add_post("/{anything:.*}", passed_on)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "localhost", 0, ssl_context=ours).start()
        yield f"https://localhost:{runner.addresses[0][1]}", theirs
    finally:
        await runner.cleanup()


async def test_pagerdutys_own_client(monitored: Office) -> None:
    def plays(address: str, trusted: ssl.SSLContext) -> str:
        with pagerduty.EventsApiV2Client(KEY, base_url=address, verify=trusted) as client:
            made = client.trigger("Disk full", "db1", severity="warning", custom_details={"free": "1%"})
            client.trigger(
                "Disk full",
                "db1",
                dedup_key="disk-1",
                links=[{"href": "https://wiki.example.com", "text": "Runbook"}],
                images=[{"src": "https://graphs.example.com/1.png"}],
            )
            assert client.acknowledge("disk-1") == "disk-1"
            assert client.resolve("disk-1") == "disk-1"
            client.submit(
                "Deployed 1.2", source="ci", timestamp="2026-01-01T00:00:00Z", custom_details={"sha": "abc"}
            )
        with (
            pagerduty.EventsApiV2Client("x" * 32, base_url=address, verify=trusted) as stranger,
            pytest.raises(pagerduty.HttpError, match="400"),
        ):
            stranger.trigger("Disk full", "db1")
        return made

    async with tls(monitored) as (address, trusted):
        made = await asyncio.to_thread(plays, address, trusted)
    found = await signals(monitored.app.bot.db)
    assert [action for _, action, _ in found] == ["trigger", "trigger", "acknowledge", "resolve", "change"]
    assert [key for _, _, key in found][:4] == [made, "disk-1", "disk-1", "disk-1"]


# -- Alertmanager ---------------------------------------------------------------------------------------------


def program() -> str:
    found = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    assert found, "Alertmanager is not installed: `apt install prometheus-alertmanager` (.ci/run does)"
    return found


@asynccontextmanager
async def alertmanager(
    office: Office, folder: Path, *, repeats: str = "4h", **webhook: Any
) -> AsyncIterator[str]:
    """A real one with both of its ways to us; yields its address. `webhook` are more keys of that receiver."""
    config = {
        "route": {
            "receiver": "tocsin",
            "group_by": ["alertname"],
            "group_wait": "0s",
            "group_interval": "1s",
            "repeat_interval": repeats,
        },
        "receivers": [
            {
                "name": "tocsin",
                "webhook_configs": [
                    {
                        "url": f"{office.bot_url}/hooks/prom",
                        "http_config": {"authorization": {"credentials": SECRET}},
                        **webhook,
                    }
                ],
                "pagerduty_configs": [
                    {
                        "routing_key": KEY,
                        "url": f"{office.bot_url}/v2/enqueue",
                        "component": "{{ .CommonLabels.service }}",
                        "severity": '{{ or .CommonLabels.severity "error" }}',
                    }
                ],
            }
        ],
    }
    file = folder / "alertmanager.yml"
    file.write_text(yaml.safe_dump(config))
    port = free_port()
    with (folder / "alertmanager.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            program(),
            f"--config.file={file}",
            f"--storage.path={folder}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
            stdout=log,
            stderr=log,
        )
    try:
        async with asyncio.timeout(60):
            while True:
                try:
                    async with office.http.get(f"http://127.0.0.1:{port}/-/ready") as answer:
                        if answer.status == 200:
                            break
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        await process.wait()


async def test_a_real_alertmanager_by_both_of_its_ways(monitored: Office, tmp_path: Path) -> None:
    async with alertmanager(monitored, tmp_path) as address:

        async def says(instance: str, **more: str) -> None:
            labels = {"alertname": "DiskFull", "instance": instance, "severity": "critical"}
            alert = {"labels": labels, "annotations": {"summary": "Disk full"}, **more}
            async with monitored.http.post(f"{address}/api/v2/alerts", json=[alert]) as answer:
                assert answer.status == 200, await answer.text()

        await says("db1")
        await stored(
            monitored,
            lambda found: (
                {(name, action) for name, action, _ in found} == {("prom", "trigger"), ("events", "trigger")}
            ),
        )
        firing = await signals(monitored.app.bot.db)
        by_events = {key for name, _, key in firing if name == "events"}
        assert {len(key) for key in by_events} == {64}, "Alertmanager's key of a group is a SHA-256"

        await says("db1", endsAt="2026-01-01T00:00:00Z", startsAt="2025-12-31T00:00:00Z")
        await stored(
            monitored,
            lambda found: (
                {("prom", "resolve"), ("events", "resolve")} <= {(name, action) for name, action, _ in found}
            ),
        )
        ended = await signals(monitored.app.bot.db)
        for name in ("prom", "events"):
            keys = {(action, key) for of, action, key in ended if of == name}
            assert {key for action, key in keys if action == "resolve"} <= {
                key for action, key in keys if action == "trigger"
            }


async def says(office: Office, address: str, *instances: str, **more: str) -> None:
    """Prometheus tells Alertmanager of these."""
    labels = {"alertname": "DiskFull", "severity": "critical", "service": "payments"}
    alerts = [
        {"labels": labels | {"instance": one}, "annotations": {"summary": "Disk full"}, **more}
        for one in instances
    ]
    async with office.http.post(f"{address}/api/v2/alerts", json=alerts) as answer:
        assert answer.status == 200, await answer.text()


OVER = {"endsAt": "2026-01-01T00:00:00Z", "startsAt": "2025-12-31T00:00:00Z"}


async def test_what_it_says_twice_and_by_both_ways_is_one_incident(monitored: Office, tmp_path: Path) -> None:
    async with alertmanager(monitored, tmp_path, repeats="1s") as address:
        await says(monitored, address, "db1")
        await stored(
            monitored,
            lambda found: all(
                sum(one[:2] == (name, "trigger") for one in found) >= 3 for name in ("prom", "events")
            ),
        )
        await monitored.settled()
        of_tools = await alerts_of(monitored)
        assert sorted(one.integration for one in of_tools) == ["events", "prom"]
        assert all(one.count >= 2 for one in of_tools)
        assert {one.incident_id for one in of_tools} == {1}
        await says(monitored, address, "db1", **OVER)
        await stored(
            monitored, lambda found: {("prom", "resolve"), ("events", "resolve")} <= {o[:2] for o in found}
        )
        await monitored.settled()
        assert {one.state for one in await alerts_of(monitored)} == {"resolved"}
        assert len(await monitored.calls("conversations.create")) == 1


async def test_what_it_leaves_out_and_what_it_does_not_say(monitored: Office, tmp_path: Path) -> None:
    """`max_alerts` cuts a group, and `send_resolved: false` keeps the end from us: the alert goes on here."""
    async with alertmanager(monitored, tmp_path, max_alerts=1, send_resolved=False) as address:
        await says(monitored, address, "db1", "db2", "db3")
        # The first may leave before the others have come; then they are told of a second later.
        await stored(monitored, lambda found: {o[0] for o in found} == {"prom", "events"})
        async with asyncio.timeout(60):
            while "more alerts of this group left out" not in await details_of_signals(monitored):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await says(monitored, address, "db1", "db2", "db3", **OVER)
        await stored(monitored, lambda found: ("events", "resolve") in {o[:2] for o in found})
        await monitored.settled()
        of_tools = await alerts_of(monitored)
        assert {one.state for one in of_tools if one.integration == "prom"} == {"firing"}
        assert {one.state for one in of_tools if one.integration == "events"} == {"resolved"}


async def details_of_signals(office: Office) -> str:
    async with office.app.bot.db.read() as session:
        return str([one.event.get("details") for one in await session.scalars(select(Signal))])


async def test_alertmanager_sends_again_what_could_not_be_stored(monitored: Office, tmp_path: Path) -> None:
    refused = 0
    take = monitored.app.intake.take

    async def busy_at_first(*given: object) -> None:
        nonlocal refused
        refused += 1
        if refused <= 2:
            raise Busy
        await take(*given)  # type: ignore[arg-type]

    monitored.app.intake.take = busy_at_first  # type: ignore[method-assign]
    async with alertmanager(monitored, tmp_path) as address:
        alert = {"labels": {"alertname": "DiskFull", "instance": "db1"}}
        async with monitored.http.post(f"{address}/api/v2/alerts", json=[alert]) as answer:
            assert answer.status == 200
        await stored(monitored, lambda found: {name for name, _, _ in found} == {"prom", "events"})
    assert refused > 2
