"""GitHub's webhooks: changes, never alerts."""

import pytest

from bot.alerts.event import Malformed
from bot.alerts.formats import parse
from tests.alerts.sent import body, event, events, integration


def test_a_deployment_begins() -> None:
    told = event("github_deployment")
    assert (told.action, told.service, told.level) == ("change", "payments", "info")
    assert told.title == "Deployment of example/payments (main) to production began"
    assert told.labels["environment"] == "production"
    assert told.labels["by"] == "ada"


def test_and_fails() -> None:
    told = event("github_deployment_status")
    assert (told.action, told.level) == ("change", "error")
    assert told.title == "Deployment of example/payments (main) to production: failure"
    assert [link.text for link in told.links] == ["Log", "Environment", "Repository"]
    assert told.details["sha"] == "f95f852bd8fca8fcc58a9a2d6c842781e32a215e"


def test_a_workflow_has_run() -> None:
    told = event("github_workflow_run")
    assert (told.action, told.key, told.level) == ("change", "workflow_run:289782451:1", "info")
    assert told.title == "Workflow release of example/payments (main): success"
    assert told.links[0].href.endswith("/runs/289782451")


def test_a_failed_run_is_a_change_too() -> None:
    run = body("github_workflow_run")["workflow_run"] | {"conclusion": "failure", "run_attempt": 2}
    told = event("github_workflow_run", workflow_run=run)
    assert (told.action, told.level, told.key) == ("change", "error", "workflow_run:289782451:2")


def test_what_has_only_begun_and_what_is_something_else_is_nothing() -> None:
    assert events("github_workflow_run", action="requested") == ()
    for kind in ("ping", "push"):
        assert (
            parse("github", {"zen": "Design for failure."}, {"x-github-event": kind}, integration("github"))
            == ()
        )


def test_what_is_not_from_github_is_refused() -> None:
    with pytest.raises(Malformed, match="X-GitHub-Event is missing"):
        parse("github", body("github_deployment"), {}, integration("github"))
    with pytest.raises(Malformed, match="has no deployment with an id"):
        events("github_deployment", deployment={})
