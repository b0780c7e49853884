"""Objectives that Prometheus knows: what is left of the budget, how fast it goes, and whom that wakes."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from bot.checks import objectives
from tests.acceptance.checking import checking, signals, state
from tests.acceptance.office import Json, Office
from tests.acceptance.pages import rings

QUERY = "sum(rate(errors[{window}])) / sum(rate(requests[{window}]))"


class Prometheus:
    """Answers as Prometheus does; `shares` are those of bad requests, as it writes them, by the window asked about."""

    def __init__(self) -> None:
        self.shares = {"30d": "0.001", "1h": "0.001", "5m": "0.001"}
        self.trouble: str | None = None
        self.asked: list[str] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        query = request.query["query"]
        self.asked.append(query)
        if self.trouble is not None:
            return await _troubled(request, self.trouble)
        share = self.shares[query.partition("[")[2].partition("]")[0]]
        result: list[Json] = [{"metric": {}, "value": [1763742000.781, share]}] if share else []
        return web.json_response(
            {"status": "success", "data": {"resultType": "vector", "result": result, "analysis": {}}}
        )


async def _troubled(request: web.Request, how: str) -> web.StreamResponse:
    def refused(status: int, kind: str, error: str) -> web.Response:
        return web.json_response({"status": "error", "errorType": kind, "error": error}, status=status)

    if how == "bad query":
        return refused(400, "bad_data", 'invalid parameter "query": 1:5: parse error')
    if how == "cannot be computed":
        return refused(
            422, "execution", "found duplicate series for the match group {} on the right hand-side"
        )
    if how == "timed out":
        return refused(503, "timeout", "query timed out in expression evaluation")
    if how == "matrix":
        values = [{"metric": {}, "values": [[1763742000.781, "0.5"], [1763742015.781, "0.5"]]}]
        data = {"resultType": "matrix", "result": values}
        return web.json_response({"status": "success", "data": data})
    if how == "string":
        data = {"resultType": "string", "result": [1763742000.781, "0.5"]}
        return web.json_response({"status": "success", "data": data})
    if how == "no share":
        data = {"resultType": "scalar", "result": [1763742000.781, "+Inf"]}
        return web.json_response({"status": "success", "data": data})
    if how == "a proxy's page":
        return web.Response(
            status=502, text="<html><h1>502 Bad Gateway</h1></html>", content_type="text/html"
        )
    if how == "hangs":
        await asyncio.sleep(30)
    assert request.transport is not None
    request.transport.abort()  # "hangs up"
    return web.Response()


TROUBLES = {
    "bad query": "Prometheus refuses the query: invalid parameter",
    "cannot be computed": "Prometheus refuses the query: found duplicate series",
    "timed out": "Prometheus refuses the query: query timed out",
    "matrix": "that is not Prometheus (status 200)",
    "string": "that is not Prometheus (status 200)",
    "no share": "the query gives inf, which is no share of 0 to 1",
    "a proxy's page": "that is not Prometheus (status 502)",
    "hangs": "no answer within",
    "hangs up": "the connection failed",
}


@pytest.fixture
async def prometheus() -> AsyncIterator[Prometheus]:
    prometheus = Prometheus()
    site = web.Application()
    site.router.add_get("/api/v1/query", prometheus.answer)
    runner = web.AppRunner(site, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    prometheus.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield prometheus
    await runner.cleanup()


def objective(prometheus: Prometheus, **more: Any) -> Json:
    asked = {"url": prometheus.url, "query": QUERY}
    return {"name": "errors", "title": "Orders go through", "target": 99.0, "prometheus": asked, **more}


CHECK: Json = {"name": "true", "service": "payments", "command": {"argv": ["true"]}}


async def looks(office: Office) -> str:
    """What the board says, a minute later."""
    await office.passes(minutes=1)
    return await office.bo.types("/check")


async def test_the_board_says_what_is_left_and_how_fast_it_goes(
    database_url: str, prometheus: Prometheus
) -> None:
    async with checking(database_url, CHECK, slos=(objective(prometheus, service="payments"),)) as office:
        board = await looks(office)
        assert "Orders go through (objective, 99%)" in board
        assert "90.0% of the budget left, burn rate 0.1 over the last hour" in board
        assert QUERY.replace("{window}", "30d") in prometheus.asked
        # A slow burn is shown, and wakes nobody.
        prometheus.shares = {"30d": "0.004", "1h": "0.03", "5m": "0.03"}
        assert (
            "60.0% of the budget left, burn rate 3 over the last hour: spent in 6 days at this pace"
            in await looks(office)
        )
        # One that was fast and is over neither.
        prometheus.shares = {"30d": "0.012", "1h": "0.2", "5m": "0"}
        assert "the budget is spent 1.2 times, burn rate 20 over the last hour" in await looks(office)
        assert await signals(office) == []
        # Running the checks of its service tells of it too.
        await office.bo.types("/check payments")
        await office.passes(seconds=1)
        await office.bo.sees("the budget is spent 1.2 times", "general")


async def test_a_fast_burn_pages_whoever_answers_for_the_service(
    database_url: str, prometheus: Prometheus
) -> None:
    burning = objective(prometheus, service="payments", severity="P1")
    async with checking(database_url, CHECK, slos=(burning,)) as office:
        await office.passes(minutes=1)
        assert await rings(office.cleo) == []
        prometheus.shares = {"30d": "0.006", "1h": "0.2", "5m": "0.3"}
        board = await looks(office)
        assert "40.0% of the budget left, burn rate 20 over the last hour: too fast" in board
        assert "since" in board.split("too fast")[1]
        assert len(await rings(office.cleo)) == 1
        record = await office.record()
        assert record["service"] == "payments"
        assert "40.0% of the budget left" in record["title"]
        assert await signals(office) != []
        prometheus.shares = {"30d": "0.006", "1h": "0.2", "5m": "0.001"}
        await office.passes(minutes=1)
        assert [event["action"] for event in await signals(office)] == ["trigger", "resolve"]
        assert any(entry["kind"] == "alert_resolved" for entry in await office.timeline())


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_a_prometheus_in_trouble_says_nothing_about_the_objective(
    database_url: str, prometheus: Prometheus, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither that it burns, nor that it does no more."""
    monkeypatch.setattr(objectives, "ASKED_WITHIN", 0.5 if trouble == "hangs" else 20.0)
    async with checking(database_url, CHECK, slos=(objective(prometheus),)) as office:
        await office.passes(minutes=1)
        prometheus.trouble = trouble
        assert f"unknown: {TROUBLES[trouble]}" in await looks(office)
        assert await signals(office) == []
        prometheus.trouble, prometheus.shares = None, {"30d": "0.006", "1h": "0.2", "5m": "0.3"}
        await office.passes(minutes=1)
        prometheus.trouble = trouble
        await office.passes(minutes=1)
        assert [event["action"] for event in await signals(office)] == ["trigger"]
        assert (await state(office, "slo:errors")).state == "failing"
        prometheus.trouble, prometheus.shares = None, {"30d": "0.006", "1h": "0.1", "5m": "0"}
        await office.passes(minutes=1)
        assert [event["action"] for event in await signals(office)] == ["trigger", "resolve"]


@pytest.mark.parametrize("nothing", ["", "NaN"])
async def test_without_any_requests_nothing_is_known(
    database_url: str, prometheus: Prometheus, nothing: str
) -> None:
    async with checking(database_url, CHECK, slos=(objective(prometheus),)) as office:
        prometheus.shares = {"30d": "0.006", "1h": "0.2", "5m": "0.3"}
        await office.passes(minutes=1)
        prometheus.shares = {"30d": "0.006", "1h": nothing, "5m": nothing}
        assert "40.0% of the budget left" in await looks(office)
        prometheus.shares = dict.fromkeys(prometheus.shares, nothing)
        assert "nothing is known yet" in await looks(office)
        # That nothing comes any more does not end what burnt.
        assert [event["action"] for event in await signals(office)] == ["trigger"]
