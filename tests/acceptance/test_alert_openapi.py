"""Requests of any shape against docs/openapi.yaml: each is answered as it says there, and none makes a 500."""

import asyncio
import itertools
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bot.checks.keys import ping_key
from bot.config import Config
from bot.config.sections.checks import Check
from bot.config.sections.integrations import Integration
from tests.acceptance.alerting import KEY, SECRET, signals, with_integrations
from tests.acceptance.office import open_office

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# Of each kind, for each of the addresses.
EXAMPLES = 40
HOOKS = ("alertmanager", "grafana", "sentry", "datadog", "github", "generic")
HEADERS = {
    "X-Tocsin-Secret": SECRET,
    "X-GitHub-Event": "deployment",
    "Sentry-Hook-Resource": "event_alert",
}
HEARTBEAT = "backup"


def with_each_hook(config: Config) -> Config:
    """A hook of each kind beside the events, and a heartbeat."""
    hooks = (
        {"name": f"any-{kind}", "kind": kind}
        | ({"mapping": {"key": "id", "title": "title"}} if kind == "generic" else {})
        for kind in HOOKS
    )
    given = with_integrations(config)
    return given.model_copy(
        update={
            "integrations": (*given.integrations, *map(Integration.model_validate, hooks)),
            "checks": (Check.model_validate({"name": HEARTBEAT, "heartbeat": {"period": "1h"}}),),
        }
    )


def plays(url: str, mode: GenerationMode, ping: str) -> Counter[int]:
    """Sends what the document describes, or what it does not; returns how often each status was answered."""
    seen: Counter[int] = Counter()
    hooks = itertools.cycle(HOOKS)
    schema = schemathesis.openapi.from_path(DOCUMENT)
    for found in schema.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def each(case: Any) -> None:
            # Past the door, or nothing but the door would be tried.
            if isinstance(case.body, dict) and "routing_key" in case.body:
                case.body["routing_key"] = KEY
            if "integration" in (case.path_parameters or {}):
                case.path_parameters["integration"] = f"any-{next(hooks)}"
            if "key" in (case.path_parameters or {}):
                case.path_parameters["key"] = ping
            answer = case.call(base_url=url, headers=HEADERS)
            seen[answer.status_code] += 1
            case.validate_response(answer, checks=CHECKS)

        each()
    return seen


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
async def test_every_answer_is_as_documented(
    database_url: str, secrets: None, mode: GenerationMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in HOOKS:
        monkeypatch.setenv(f"TOCSIN_INTEGRATION_ANY_{kind.upper()}", SECRET)
    async with open_office(database_url, change=with_each_hook) as office:
        ping = ping_key(office.app.bot.signer, HEARTBEAT)
        seen = await asyncio.to_thread(plays, office.bot_url, mode, ping)
        accepted = len(await signals(office.app.bot.db))
    assert set(seen) <= {200, 202, 400, 404, 405, 413, 429}, seen
    assert sum(seen.values()) > EXAMPLES
    assert seen[202] + seen[200] >= accepted
    if mode is GenerationMode.POSITIVE:
        assert accepted > 0, seen
        assert seen[200] > 0, "heartbeats are heard"
