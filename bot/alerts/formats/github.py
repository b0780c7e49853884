"""GitHub's webhooks of deployments and workflow runs: changes that stand beside incidents, never alerts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.alerts.event import Event, Level, Malformed
from bot.alerts.formats import bounds, words
from bot.config.sections.integrations import Integration

KIND = "X-GitHub-Event"

_WENT_WRONG = ("failure", "error", "timed_out", "startup_failure")


def parse(body: Any, headers: Mapping[str, str], integration: Integration) -> tuple[Event, ...]:
    """A change for a deployment, a status of one, or a workflow run that has ended; none for all else GitHub sends.

    Raises Malformed.
    """
    said = bounds.mapping(body)
    kind = words.header(headers, KIND)
    if not kind:
        raise Malformed(f"the header {KIND} is missing")
    if kind == "deployment":
        return (_deployment(said),)
    if kind == "deployment_status":
        return (_deployment_status(said),)
    if kind == "workflow_run" and said.get("action") == "completed":
        return (_workflow_run(said),)
    return ()


def _deployment(said: Mapping[str, Any]) -> Event:
    deployment = _part(said, "deployment")
    return _change(
        said,
        key=f"deployment:{deployment['id']}",
        title=f"{_what(said, deployment)} began",
        labels=_labels(deployment),
        details=_picked(deployment, "description", "sha", "task"),
        links=[],
        at=deployment.get("created_at"),
    )


def _deployment_status(said: Mapping[str, Any]) -> Event:
    status, deployment = _part(said, "deployment_status"), bounds.mapping(said.get("deployment"))
    state = bounds.text(status.get("state"))
    return _change(
        said,
        key=f"deployment_status:{status['id']}",
        title=f"{_what(said, deployment)}: {state or 'unknown'}",
        state=state,
        labels=_labels(deployment)
        | {"environment": status.get("environment") or deployment.get("environment")},
        details=_picked(status, "description")
        | _picked(deployment, "sha", "task", "production_environment")
        | {"deployment": bounds.text(deployment.get("id"))},
        links=[
            (bounds.first(status, "log_url", "target_url"), "Log"),
            (status.get("environment_url"), "Environment"),
        ],
        at=status.get("created_at"),
    )


def _workflow_run(said: Mapping[str, Any]) -> Event:
    run = _part(said, "workflow_run")
    workflow = bounds.mapping(said.get("workflow"))
    name = bounds.first(run, "name") or bounds.first(workflow, "name") or "workflow"
    state = bounds.text(run.get("conclusion"))
    commit = bounds.mapping(run.get("head_commit"))
    branch = bounds.text(run.get("head_branch"))
    where = _repository(said) + (f" ({branch})" if branch else "")
    return _change(
        said,
        # A run that is started again keeps its number.
        key=f"workflow_run:{run['id']}:{bounds.first(run, 'run_attempt') or 1}",
        title=f"Workflow {name} of {where}: {state or 'unknown'}",
        state=state,
        labels={"workflow": name, "branch": branch, "trigger": run.get("event")},
        details={
            "sha": run.get("head_sha"),
            "commit": commit.get("message"),
            "committed_at": commit.get("timestamp"),
            **_picked(run, "run_number"),
        },
        links=[(run.get("html_url"), "Run")],
        at=run.get("updated_at") or run.get("created_at"),
    )


def _change(
    said: Mapping[str, Any],
    *,
    key: str,
    title: str,
    labels: Mapping[str, Any],
    details: Mapping[str, Any],
    links: list[tuple[Any, str]],
    at: Any,
    state: str = "",
) -> Event:
    repository = bounds.mapping(said.get("repository"))
    level: Level = "error" if state in _WENT_WRONG else "info"
    by = bounds.first(bounds.mapping(said.get("sender")), "login")
    return Event(
        action="change",
        key=bounds.key(key),
        title=bounds.title(title),
        level=level,
        source=bounds.source(_repository(said)),
        service=bounds.service(repository.get("name")),
        labels=bounds.labels({"repository": _repository(said), "state": state, "by": by}, labels),
        details=bounds.details(details),
        links=bounds.named_links([*links, (repository.get("html_url"), "Repository")]),
        occurred_at=words.moment(at),
    )


def _part(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = bounds.mapping(said.get(name))
    if not bounds.text(part.get("id")):
        raise Malformed(f"has no {name} with an id")
    return part


def _what(said: Mapping[str, Any], deployment: Mapping[str, Any]) -> str:
    ref, where = bounds.text(deployment.get("ref")), bounds.text(deployment.get("environment"))
    return f"Deployment of {_repository(said)}{f' ({ref})' if ref else ''}{f' to {where}' if where else ''}"


def _repository(said: Mapping[str, Any]) -> str:
    return bounds.first(bounds.mapping(said.get("repository")), "full_name", "name") or "a repository"


def _labels(deployment: Mapping[str, Any]) -> dict[str, Any]:
    return {name: deployment.get(name) for name in ("environment", "ref")}


def _picked(said: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: said.get(name) for name in names}
