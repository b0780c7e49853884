"""The sections `checks` and `slos`: what is refused, with file and line."""

import pytest

from bot.config import load
from bot.config.sections.checks import check_variables
from tests.config.conftest import Told, Write

START = "organization: Acme\nservices: [{name: web, owner: O}]\n"


@pytest.mark.parametrize(
    ("written", "told_of"),
    [
        ("tcp: {host: a, port: 70000}", "port"),
        ("http: {}", "names nothing; one of url, url_from"),
        ("http: {url: 'https://a.de', url_from: A}", "has url and url_from; one of url, url_from"),
        ("tcp: {host: a, port: 1}, icmp: {host: a}", "has tcp and icmp; one of http, tcp"),
        ("every: 5m", "names nothing; one of http, tcp"),
        ("every: 1s, icmp: {host: a}", "every: 1s is too often; at least 5s"),
        ("timeout: 1h, icmp: {host: a}", "is too long; at most 10m"),
        ("heartbeat: {cron: '99 * * * *'}", "is not a cron line"),
        ("http: {url: 'https://a.de', json: [{path: 'a['}]}", "is not a JMESPath expression"),
        (
            "postgres: {url_from: 'postgres://u:pa55@h/d', query: x}",
            "is not the name of an environment variable",
        ),
        ("command: {argv: []}", "argv"),
        ("command: {argv: [a]}, thresholds: [{above: 1, severity: P1}]", "a command check measures nothing"),
        ("icmp: {host: a}, thresholds: [{severity: P1}]", "names nothing; one of above, below"),
        ("icmp: {host: a}, severity: P5", "severity"),
        ("icmp: {host: a}, service: wbe", 'did you mean "web"?'),
        ("icmp: {host: a}, private_networks: [abc]", "is not a network"),
    ],
)
def test_what_cannot_be_is_refused_where_it_stands(told: Told, written: str, told_of: str) -> None:
    (line,) = told(f"{START}checks:\n  - {{name: it, {written}}}\n")
    assert line.startswith("app.yaml:4: checks.it")
    assert told_of in line
    assert "pa55" not in line


def test_an_objective_needs_a_source_that_exists(told: Told) -> None:
    (line,) = told(f"{START}slos:\n  - {{name: it, target: 99, check: nothing}}\n")
    assert "“nothing”" in line or '"nothing" is not among the checks' in line
    (line,) = told(f"{START}slos:\n  - {{name: it, target: 99}}\n")
    assert "one of check, prometheus" in line
    (line,) = told(
        f"{START}slos:\n  - {{name: it, target: 100, prometheus: {{url: 'http://p', query: x}}}}\n"
    )
    assert "target" in line


def test_the_variables_that_hold_secrets_are_known(write: Write) -> None:
    write(
        START
        + """
checks:
  - {name: a, redis: {url_from: REDIS}}
  - {name: b, http: {url: "https://a.de", headers: [{name: X, value_from: KEY}]}}
  - {name: c, freshness: {at_most: 1d, table: {url_from: DB, query: x}}}
slos:
  - {name: s, target: 99, prometheus: {url_from: PROM, query: x}}
"""
    )
    config = load("app.yaml")
    assert check_variables(config.checks, config.slos) == {"REDIS", "KEY", "DB", "PROM"}
