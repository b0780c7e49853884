"""`GET /metrics` for Prometheus, on a listener of its own: what it tells is the operator's business alone."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


@dataclass(frozen=True)
class Backlog:
    """What the database holds that is still to come."""

    pages: Mapping[str, int]  # open ones, by state
    page_overdue: timedelta  # how long something has been due for a page already; zero when nothing is
    signal_overdue: timedelta  # how long something that a monitoring tool sent has not been carried out
    outbox: Mapping[str, int]  # what waits or is in flight, by priority
    outbox_overdue: Mapping[str, timedelta]


@dataclass(frozen=True)
class Measures:
    """What is told of one process; `backlog` is None when the database does not answer."""

    tick_age: float | None  # seconds since the last tick ended
    forgotten: int  # pages that the auditor found when it looked last
    forgotten_in_all: int
    clock_correction: timedelta
    slack_failures: Mapping[tuple[str, str], int]  # by method and outcome
    alerts_accepted: Mapping[str, int]  # by integration
    alerts_rejected: Mapping[tuple[str, str], int]  # requests, by integration and reason
    backlog: Backlog | None


def metrics_site(measure: Callable[[], Awaitable[Measures]]) -> web.Application:
    """The site of the second listener; nothing else is there."""
    app = web.Application()

    async def metrics(request: web.Request) -> web.StreamResponse:
        registry = CollectorRegistry()
        registry.register(_Snapshot(await measure()))
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app.router.add_get("/metrics", metrics)
    return app


class _Snapshot(Collector):
    def __init__(self, measures: Measures) -> None:
        self._measures = measures

    def collect(self) -> Iterator[Metric]:
        """Every figure, in its Prometheus form."""
        of = self._measures
        if of.tick_age is not None:
            yield _gauge("tick_age_seconds", "Since the last tick of this process ended", of.tick_age)
        yield _gauge(
            "pages_forgotten", "Pages that were due and nobody had in work, at the last look", of.forgotten
        )
        found = CounterMetricFamily(
            "tocsin_pages_found_forgotten", "Pages that the auditor of this process had to take up"
        )
        found.add_metric([], of.forgotten_in_all)
        yield found
        yield _gauge(
            "clock_correction_seconds",
            "By which this process corrects its machine's clock to the database's",
            of.clock_correction.total_seconds(),
        )
        failures = CounterMetricFamily(
            "tocsin_slack_failures",
            "Calls to Slack that failed, by method and outcome",
            labels=["method", "outcome"],
        )
        for (method, outcome), count in sorted(of.slack_failures.items()):
            failures.add_metric([method, outcome], count)
        yield failures
        accepted = CounterMetricFamily(
            "tocsin_alerts_accepted", "Events that were stored, by integration", labels=["integration"]
        )
        for integration, count in sorted(of.alerts_accepted.items()):
            accepted.add_metric([integration], count)
        yield accepted
        rejected = CounterMetricFamily(
            "tocsin_alert_requests_rejected",
            "Requests of monitoring tools that were refused, by integration and reason",
            labels=["integration", "reason"],
        )
        for (integration, reason), count in sorted(of.alerts_rejected.items()):
            rejected.add_metric([integration, reason], count)
        yield rejected
        yield _gauge("database_up", "Whether the database answered just now", float(of.backlog is not None))
        if of.backlog is not None:
            yield from _of_backlog(of.backlog)


def _of_backlog(of: Backlog) -> Iterator[Metric]:
    yield _gauge(
        "page_overdue_seconds",
        "How long something has been due for a page already",
        of.page_overdue.total_seconds(),
    )
    yield _by("pages", "Pages that are not over, by state", "state", of.pages)
    yield _gauge(
        "signal_overdue_seconds",
        "How long something that a monitoring tool sent has waited to be carried out",
        of.signal_overdue.total_seconds(),
    )
    yield _by("outbox_rows", "What is still to be told, by priority", "priority", of.outbox)
    overdue = {name: span.total_seconds() for name, span in of.outbox_overdue.items()}
    yield _by(
        "outbox_overdue_seconds", "How long the oldest of it has been due, by priority", "priority", overdue
    )


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(f"tocsin_{name}", about, value=value)


def _by(name: str, about: str, label: str, values: Mapping[str, float]) -> Metric:
    metric = GaugeMetricFamily(f"tocsin_{name}", about, labels=[label])
    for key, value in values.items():
        metric.add_metric([key], value)
    return metric
