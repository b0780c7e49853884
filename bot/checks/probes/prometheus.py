"""Queries of Prometheus."""

from __future__ import annotations

import json
import math
from urllib.parse import urlencode

from bot.checks.evaluation import Seen
from bot.checks.probes.http import ask
from bot.checks.probes.reach import Failed, Surroundings, address, number
from bot.config.sections.checks import Check, PrometheusProbe


async def probe(check: Check, around: Surroundings) -> Seen:
    wanted: PrometheusProbe = check.probe  # type: ignore[assignment]
    value, latency, labels = await value_of(check, around, wanted, wanted.query)
    if value is None:
        return Seen(wanted.nothing_is_fine, "a value", "no series", latency)
    return Seen(True, "a value", f"{value:.6g}{labels}", latency, value)


async def value_of(
    check: Check, around: Surroundings, wanted: PrometheusProbe, query: str
) -> tuple[float | None, float, str]:
    """The largest value of all series, the latency, and whose value it is. None: no series. Raises Failed."""
    url = address(around, wanted.url, wanted.url_from).rstrip("/")
    answer = await ask(
        check, around, f"{url}/api/v1/query?{urlencode({'query': query})}", headers=wanted.headers
    )
    try:
        data = json.loads(answer.text)
        if data["status"] != "success":
            raise Failed(f"Prometheus refuses the query: {str(data.get('error'))[:150]}")
        kind, result = data["data"]["resultType"], data["data"]["result"]
        pairs = (
            [(result[1], {})] if kind == "scalar" else [(one["value"][1], one["metric"]) for one in result]
        )
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        raise Failed(f"that is not Prometheus (status {answer.status})") from None
    found = [
        (value, metric)
        for said, metric in pairs
        if (value := number(said)) is not None and not math.isnan(value)
    ]
    if not found:
        return None, answer.latency_ms, ""
    value, metric = max(found, key=lambda pair: pair[0])
    labels = ", ".join(f"{key}={said}" for key, said in metric.items())[:100]
    return value, answer.latency_ms, f" ({labels})" if labels else ""
