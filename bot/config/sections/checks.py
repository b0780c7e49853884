"""Checks: what is probed again and again, what is expected, and how bad it is when it is not so; objectives (SLOs)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

import jmespath
from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from bot.config.calendar import Cron, Timezone
from bot.config.fields import (
    CheckName,
    Duration,
    Label,
    Link,
    Meaning,
    Section,
    ServiceName,
    Slug,
    VariableName,
    duration_text,
    refuse,
)
from bot.config.problems import shown
from bot.config.sections.paging import NetworkText

S = TypeVar("S", bound=Section)

Priority = Literal["P1", "P2", "P3", "P4"]

Port = Annotated[int, Field(ge=1, le=65535)]
LONGEST_TIMEOUT = timedelta(minutes=10)


def _path(value: str) -> str:
    try:
        jmespath.compile(value)
    except jmespath.exceptions.JMESPathError:
        raise refuse(
            f"{shown(value)} is not a JMESPath expression", "such as status or items[0].name"
        ) from None
    return value


JsonPath = Annotated[
    str, AfterValidator(_path), WithJsonSchema({"type": "string", "examples": ["status", "items[0].name"]})
]


class Header(Section):
    """A header that is sent. Its value stands here, or in the environment where it is a secret."""

    name: Label
    """Its name."""

    value: Meaning | None = None
    """Its value."""

    value_from: VariableName | None = None
    """The environment variable that holds its value."""

    @model_validator(mode="after")
    def _has_one_value(self) -> Header:
        if (self.value is None) == (self.value_from is None):
            raise refuse("has not one value", "value or value_from, one of them")
        return self


class ExpectedHeader(Section):
    """A header that the answer must have."""

    name: Label
    """Its name."""

    contains: Meaning = ""
    """What must be in it. Default: anything."""


class ExpectedJson(Section):
    """What must stand somewhere in the answer's JSON."""

    path: JsonPath
    """Where, as a JMESPath expression."""

    equals: str | bool | int | float | None = None
    """What must stand there. Default: anything but nothing and false."""


class HttpProbe(Section):
    """A request over HTTP or HTTPS. It measures the latency in milliseconds."""

    url: Link | None = None
    """The address."""

    url_from: VariableName | None = None
    """The environment variable that holds the address, where that is a secret."""

    method: Literal["GET", "HEAD", "POST", "PUT", "OPTIONS"] = "GET"
    """The method."""

    headers: tuple[Header, ...] = ()
    """What is sent beside it."""

    body: str | None = None
    """The body that is sent."""

    status: tuple[Annotated[int, Field(ge=100, le=599)], ...] = ()
    """The statuses that are expected. Default: 200 to 299."""

    contains: tuple[Meaning, ...] = ()
    """Texts that must be in the body, of which the first 256 kB are read."""

    lacks: tuple[Meaning, ...] = ()
    """Texts that must not be in it."""

    json_: Annotated[tuple[ExpectedJson, ...], Field(alias="json")] = ()
    """What must stand in the answer's JSON."""

    expect_headers: tuple[ExpectedHeader, ...] = ()
    """The headers that the answer must have."""

    follow_redirects: bool = True
    """Whether it goes where the answer sends it, five times at most. Each address is checked anew."""

    @model_validator(mode="after")
    def _has_one_address(self) -> HttpProbe:
        return _one_of(self, "url", "url_from")


class TcpProbe(Section):
    """A connection over TCP. It measures the time until it stands, in milliseconds."""

    host: Label
    """The name or address."""

    port: Port
    """The port."""

    send: Meaning | None = None
    """What is sent, with a line end."""

    contains: Meaning | None = None
    """What the first 4 kB of the answer must contain."""


class DnsProbe(Section):
    """A question to the DNS. It measures the latency in milliseconds."""

    name: Label
    """The name that is looked up."""

    type: Literal["A", "AAAA", "CNAME", "MX", "NS", "TXT", "SRV", "SOA", "CAA", "PTR"] = "A"
    """The type of record."""

    server: Label | None = None
    """The address of the server that is asked. Default: the machine's own."""

    port: Port = 53
    """Its port."""

    contains: tuple[Meaning, ...] = ()
    """Records that must be among the answers. Default: any."""


class TlsProbe(Section):
    """The certificate of a TLS server. It measures the days until it ends."""

    host: Label
    """The name or address."""

    port: Port = 443
    """The port."""

    server_name: Label | None = None
    """The name that the certificate must be for. Default: the host."""

    verify: bool = True
    """Whether the chain and the name must hold too; otherwise only the end is looked at."""


class IcmpProbe(Section):
    """A ping. It measures the latency in milliseconds. The system must allow it (net.ipv4.ping_group_range)."""

    host: Label
    """The name or address."""


class QueryProbe(Section):
    """A query of Postgres. It measures the first value of the first row, where that is a number."""

    url_from: VariableName
    """The environment variable that holds the database's address, with its password."""

    query: str
    """The query. It runs in a transaction that may only read."""

    equals: str | bool | int | float | None = None
    """What the first value of the first row must be. Default: anything but nothing and false."""


class RedisProbe(Section):
    """A command to Redis. It measures the answer, where that is a number."""

    url_from: VariableName
    """The environment variable that holds the server's address, redis:// or rediss://, with its password."""

    command: Annotated[tuple[str, ...], Field(min_length=1)] = ("PING",)
    """The command, word by word. Default: PING."""

    equals: str | int | None = None
    """What must be answered. Default: anything but nothing and an error."""


class PrometheusProbe(Section):
    """A query of Prometheus. It measures the largest value that is answered."""

    url: Link | None = None
    """The address of Prometheus."""

    url_from: VariableName | None = None
    """The environment variable that holds its address, where that is a secret."""

    headers: tuple[Header, ...] = ()
    """What is sent beside it, such as a token."""

    query: str
    """The query, in PromQL."""

    nothing_is_fine: bool = False
    """Whether an answer without any series is a good one. Default: it fails."""

    @model_validator(mode="after")
    def _has_one_address(self) -> PrometheusProbe:
        return _one_of(self, "url", "url_from")


class CommandProbe(Section):
    """A program of this machine, without a shell. It passes with status 0; what it writes is kept."""

    argv: Annotated[tuple[str, ...], Field(min_length=1)]
    """The program and its arguments, word by word."""

    contains: Meaning | None = None
    """What it must write."""


class FreshnessProbe(Section):
    """How old something is: a backup, an export, the newest row. It measures the age in hours."""

    file: Label | None = None
    """A file; of a pattern with * the newest."""

    url: Link | None = None
    """Something that tells its age over HTTP (Last-Modified), such as an object of a store."""

    url_from: VariableName | None = None
    """The environment variable that holds its address, where that is a secret."""

    table: QueryProbe | None = None
    """A query of Postgres whose first value is a moment, with the keys `url_from` and `query` of `checks.postgres`."""

    at_most: Duration
    """How old it may be."""

    at_least: Annotated[int, Field(ge=0)] = 0
    """How many bytes it must have, of a file or an object."""

    @model_validator(mode="after")
    def _has_one_thing(self) -> FreshnessProbe:
        return _one_of(self, "file", "url", "url_from", "table")


class HeartbeatProbe(Section):
    """Something that says by itself that it lives, by POST /ping/KEY (`tocsin check list` tells the key)."""

    period: Duration | None = None
    """How often it says so."""

    cron: Cron | None = None
    """When it says so, as a cron line, for work at fixed times."""

    timezone: Timezone | None = None
    """The zone of the cron line. Default: the organization's."""

    grace: Duration = timedelta(minutes=5)
    """How late it may be; and how long it may take, where it tells its start."""

    @model_validator(mode="after")
    def _has_one_rhythm(self) -> HeartbeatProbe:
        return _one_of(self, "period", "cron")


def _one_of(section: S, *keys: str) -> S:
    """The section, if just one of these keys is given. Raises Refused."""
    given = [key for key in keys if getattr(section, key) is not None]
    if len(given) != 1:
        raise refuse(
            "names nothing" if not given else f"has {' and '.join(given)}", f"one of {', '.join(keys)}"
        )
    return section


Probe = (
    HttpProbe
    | TcpProbe
    | DnsProbe
    | TlsProbe
    | IcmpProbe
    | QueryProbe
    | RedisProbe
    | PrometheusProbe
    | CommandProbe
    | FreshnessProbe
    | HeartbeatProbe
)

KINDS = (
    "http",
    "tcp",
    "dns",
    "tls",
    "icmp",
    "postgres",
    "redis",
    "prometheus",
    "command",
    "freshness",
    "heartbeat",
)
# What the certificate of a site needs where nothing else is said: time to renew it, and haste.
UNITS = {
    "http": "ms",
    "tcp": "ms",
    "dns": "ms",
    "icmp": "ms",
    "tls": "days",
    "freshness": "hours",
    "postgres": "",
    "redis": "",
    "prometheus": "",
}


class Threshold(Section):
    """How bad it is when what the check measures is above or below a value."""

    above: float | None = None
    """It is so bad when more is measured."""

    below: float | None = None
    """It is so bad when less is measured."""

    severity: Priority
    """How bad: P1 is the worst."""

    @model_validator(mode="after")
    def _has_one_side(self) -> Threshold:
        return _one_of(self, "above", "below")

    def is_crossed(self, value: float) -> bool:
        """Whether it is so bad."""
        return value > self.above if self.above is not None else value < (self.below or 0.0)

    @property
    def words(self) -> str:
        return f"at most {self.above:g}" if self.above is not None else f"at least {self.below or 0.0:g}"


class Percentile(Section):
    """What 95 of 100 runs must keep to."""

    at_most: Duration
    """How long they may take."""

    over: Duration = timedelta(minutes=10)
    """The time that is looked at."""

    severity: Priority = "P3"
    """How bad it is when they take longer."""


class Check(Section):
    """Something that is probed again and again. Exactly one of the keys from `http` to `heartbeat` says how."""

    name: Slug
    """The short name that people type."""

    title: Label | None = None
    """The name that people read. Default: the short name."""

    service: ServiceName | None = None
    """The service that it is about."""

    every: Duration = timedelta(minutes=1)
    """How often it runs, at least each 5 s."""

    timeout: Duration = timedelta(seconds=10)
    """How long a run may take, 10m at most."""

    severity: Priority = "P2"
    """How bad it is when it fails."""

    thresholds: tuple[Threshold, ...] = ()
    """How bad it is by what it measures: the latency in ms, the days that a certificate has left (default: below 14 P3, below 3 P1), the age in hours, the value of a query."""

    p95: Percentile | None = None
    """What 95 of 100 runs must keep to; it fails when more than 5 of 100 take longer."""

    failures: Annotated[int, Field(ge=1, le=100)] = 3
    """How often in a row it must fail before an alert is raised. A heartbeat that is missing or fails: once."""

    successes: Annotated[int, Field(ge=1, le=100)] = 2
    """How often in a row it must pass before the alert is over. A heartbeat: once."""

    private_networks: tuple[NetworkText, ...] = ()
    """Networks that it may reach although they are refused otherwise, such as 169.254.10.0/24: link-local addresses, those of clouds' metadata, and what is inside when a server outside redirects there."""

    http: HttpProbe | None = None
    """A request over HTTP."""

    tcp: TcpProbe | None = None
    """A connection over TCP."""

    dns: DnsProbe | None = None
    """A question to the DNS."""

    tls: TlsProbe | None = None
    """The end of a certificate."""

    icmp: IcmpProbe | None = None
    """A ping."""

    postgres: QueryProbe | None = None
    """A query of Postgres."""

    redis: RedisProbe | None = None
    """A command to Redis."""

    prometheus: PrometheusProbe | None = None
    """A query of Prometheus."""

    command: CommandProbe | None = None
    """A program of this machine."""

    freshness: FreshnessProbe | None = None
    """How old something is."""

    heartbeat: HeartbeatProbe | None = None
    """Something that says by itself that it lives."""

    @model_validator(mode="after")
    def _is_possible(self) -> Check:
        _one_of(self, *KINDS)
        if self.every < timedelta(seconds=5):
            raise refuse(f"{duration_text(self.every)} is too often", "at least 5s", at="every")
        if self.timeout > LONGEST_TIMEOUT:
            raise refuse(
                f"{duration_text(self.timeout)} is too long",
                f"at most {duration_text(LONGEST_TIMEOUT)}",
                at="timeout",
            )
        if self.thresholds and self.kind not in UNITS:
            raise refuse(f"a {self.kind} check measures nothing", "leave them out", at="thresholds")
        return self

    @property
    def kind(self) -> str:
        """Which kind of probe it is: "http", "tcp", …"""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def probe(self) -> Probe:
        """How it is probed."""
        found: Probe = getattr(self, self.kind)
        return found

    @property
    def shown_name(self) -> str:
        """The title, or the name where there is none."""
        return self.title or self.name

    @property
    def limits(self) -> tuple[Threshold, ...]:
        """The thresholds, with those of a certificate where none are given."""
        if self.tls is not None and not self.thresholds:
            return CERTIFICATE_LIMITS
        return self.thresholds

    @property
    def opens_after(self) -> int:
        """Failures in a row until an alert is raised."""
        return 1 if self.heartbeat is not None else self.failures

    @property
    def closes_after(self) -> int:
        """Successes in a row until it is over."""
        return 1 if self.heartbeat is not None else self.successes


CERTIFICATE_LIMITS = (Threshold(below=14, severity="P3"), Threshold(below=3, severity="P1"))


class Objective(Section):
    """An objective (SLO) over 30 days. What is spent of its budget comes from a check, or from Prometheus."""

    name: Slug
    """The short name."""

    title: Label | None = None
    """The name that people read. Default: the short name."""

    service: ServiceName | None = None
    """The service that it is about."""

    check: CheckName | None = None
    """The check whose results count."""

    slower_than: Duration | None = None
    """Runs of the check that pass but take longer count as bad too: an objective of latency."""

    prometheus: PrometheusProbe | None = None
    """A query whose value is the share of bad events, 0 to 1; {window} stands for its span, such as 1h."""

    target: Annotated[float, Field(gt=0, lt=100)]
    """How many of 100 must be good, such as 99.9."""

    fast_burn: Annotated[float, Field(gt=1, le=1000)] = 14.4
    """An alert is raised when the budget goes so many times too fast, over the last hour and the last 5 minutes. 14.4 spends 2 % in an hour."""

    severity: Priority = "P2"
    """How bad that is."""

    @model_validator(mode="after")
    def _has_one_source(self) -> Objective:
        if self.slower_than is not None and self.check is None:
            raise refuse("needs the results of a check", "give `check`, or leave it out", at="slower_than")
        return _one_of(self, "check", "prometheus")

    @property
    def shown_name(self) -> str:
        """The title, or the name where there is none."""
        return self.title or self.name


def check_variables(checks: tuple[Check, ...], slos: tuple[Objective, ...] = ()) -> set[str]:
    """The environment variables that hold what checks need and must not stand in app.yaml."""
    found: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, Mapping):
            for key, inner in value.items():
                if key in ("url_from", "value_from") and isinstance(inner, str):
                    found.add(inner)
                else:
                    walk(inner)
        elif isinstance(value, (list, tuple)):
            for inner in value:
                walk(inner)

    walk([check.model_dump() for check in (*checks, *slos)])
    return found


def zone_of(heartbeat: HeartbeatProbe, default: ZoneInfo) -> ZoneInfo:
    """The zone of its cron line."""
    return ZoneInfo(heartbeat.timezone) if heartbeat.timezone else default
