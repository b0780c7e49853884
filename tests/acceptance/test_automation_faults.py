"""Rules while Slack fails, and while the bot is killed: each does its work once."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.config import AutomationRule, Config, load
from tests.acceptance.changes import impatient
from tests.acceptance.faults import ways
from tests.acceptance.kit import messages
from tests.acceptance.office import Office, open_office, said, write_config
from tests.acceptance.process import FarOffice, all_done, far_bot, restarted
from tests.acceptance.replicas import until
from tests.acceptance.stand_in import ON_LOOPBACK, StandIn
from tests.databases import SqliteFiles

SECRET = "whsec_a2tra2tra2tra2tra2tra2tra2tra2tr"
ELSEWHERE = {
    "name": "elsewhere",
    "when": "declared",
    "then": [{"message": {"text": "Rule: {number} {title}", "channel": "#incidents"}}],
}
HERE = {"name": "here", "when": "severity", "then": [{"message": "Rule: {change}"}]}
GROUP = {"name": "on-deck", "when": "declared", "then": [{"invite": "@payments-team"}]}
WAYS = ways(hang=2)
# What fails, and in which way it shows: the call, and what it is called with.
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "elsewhere": ("chat.postMessage", {"channel": "#incidents"}),
    "group": ("usergroups.list", {}),
}


@pytest.fixture
async def office(request: pytest.FixtureRequest, sqlite_files: SqliteFiles) -> AsyncIterator[Office]:
    way = request.node.callspec.params["way"]

    def change(config: Config) -> Config:
        rules = tuple(AutomationRule.model_validate(rule) for rule in (ELSEWHERE, HERE, GROUP))
        config = config.model_copy(update={"automation": rules})
        return impatient(config) if "hang" in way else config

    async with sqlite_files.one() as url, open_office(url, change=change) as office:
        yield office


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("call", CALLS)
async def test_a_call_that_fails_holds_up_nothing_and_is_mended(office: Office, call: str, way: str) -> None:
    body = {"handle": "payments-team", "name": "Payments", "users": [office.cleo.id]}
    assert (await office.post("/workspace/usergroups", body))["ok"]
    method, match = CALLS[call]
    await office.fault(method, match=match, **WAYS[way])
    await office.ada.types("/incident declare sev2 Cards are refused")
    await office.ada.types("/incident severity 1 sev1")
    await office.passes(seconds=4)
    await office.passes(seconds=100)
    assert "Rule: the severity was raised" in await office.ada.reads(await office.incident_channel())
    await office.no_faults()
    for _ in range(3):
        await office.passes(minutes=7)
    place = (await office.channel("incidents"))["id"]
    assert sum("Rule: 1 Cards" in said(m) for m in await messages(office, place)) == 1
    assert office.cleo.id in (await office.channel(await office.incident_channel()))["members"]
    entries = await office.timeline()
    ruled = Counter(entry["data"]["rule"] for entry in entries if entry["kind"] == "automation")
    assert ruled == {"elsewhere": 1, "here": 1, "on-deck": 1}
    failed = Counter(entry["data"]["what"] for entry in entries if entry["kind"] == "failed")
    mended = Counter(entry["data"]["what"] for entry in entries if entry["kind"] == "mended")
    assert failed == mended
    assert all(times == 1 for times in failed.values())


def sections(providers: StandIn) -> dict[str, Any]:
    """Rules and a webhook, as they stand in the file of a bot in a process of its own."""
    hook = {"name": "status-page", "url": f"{providers.url}/hook", "private_networks": list(ON_LOOPBACK)}
    outward = {"name": "outward", "when": "declared", "then": [{"webhook": "status-page"}]}
    return {"automation": [ELSEWHERE, outward], "webhooks": [hook]}


def ids(providers: StandIn) -> Counter[int]:
    """How many different deliveries there were of each incident, however often each came."""
    found = {
        (one["data"]["incident"]["number"], value)
        for one in providers.of("webhook")
        for name, value in one["_headers"].items()
        if name.lower() == "webhook-id"
    }
    return Counter(number for number, _ in found)


async def posted(office: Office) -> Counter[str]:
    place = (await office.channel("incidents"))["id"]
    return Counter(said(m).split("\n")[0] for m in await messages(office, place) if "Rule: " in said(m))


async def test_killed_at_any_moment_each_rule_does_its_work_once(
    durable_url: str, tmp_path: Path, providers: StandIn
) -> None:
    chance = random.Random(7)
    config = tmp_path / "app.yaml"
    lease = {"read_members": False, "slack_timeout": "5s", "lease": "6s"}
    write_config(config, delivery=lease, **sections(providers))
    env = {
        "TOCSIN_CONFIG": str(config),
        "TOCSIN_DATABASE_URL": durable_url,
        "TOCSIN_LOG_LEVEL": "warning",
        "TOCSIN_WEBHOOK_STATUS_PAGE": SECRET,
    }
    async with far_bot(tmp_path, **env) as (playground, bot), aiohttp.ClientSession() as http:
        office = FarOffice(playground, http, durable_url, load(config))
        for number in range(1, 5):
            await office.ada.types(f"/incident declare sev1 Broken {number}", settle=False)
            await asyncio.sleep(chance.uniform(0, 0.15))
            await bot.kill()
            await restarted(bot)
        # Killed while both are under way: they may have arrived, or not.
        await office.fault("chat.postMessage", "hang_after", match={"channel": "#incidents"}, times=1)
        providers.fails["webhook"] = 0
        await office.ada.types("/incident declare sev1 Broken 5", settle=False)
        await until(lambda: _is_held(office, providers))
        await bot.kill()
        await office.no_faults()
        providers.fails.clear()
        await restarted(bot)
        await all_done(durable_url)
        assert await posted(office) == {f"Rule: {number} Broken {number}": 1 for number in range(1, 6)}
        assert ids(providers) == dict.fromkeys(range(1, 6), 1)
        assert "Traceback" not in bot.said()


async def _is_held(office: Office, providers: StandIn) -> bool:
    return providers.hanging > 0 and any(fault.waiting for fault in office.playground.faults)
