"""The files of deploy/ fit together, and nginx takes its own."""

from pathlib import Path

import yaml

from bot.config import Settings
from bot.config.environment import variable
from tests.acceptance.process import BotProcess
from tests.acceptance.replicas import NGINX_CONF, Nginx

COMPOSE = yaml.safe_load((NGINX_CONF.parent / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]


def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    assert "syntax is ok" in Nginx(tmp_path, [BotProcess(tmp_path) for _ in range(3)]).tested()


def test_every_replica_is_behind_nginx_under_its_address() -> None:
    replicas = {name for name in SERVICES if name.startswith("tocsin-")}
    assert len(replicas) == 3
    addresses = dict(line.split(":") for line in SERVICES["nginx"]["extra_hosts"])
    for name in replicas:
        assert SERVICES[name]["networks"]["inside"]["ipv4_address"] == addresses[name]
        assert f"server {name}:3000 " in NGINX_CONF.read_text()
        assert SERVICES[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_only_settings_that_exist_are_set() -> None:
    known = {variable(field) for field in Settings.model_fields}
    for name in ("tocsin-1", "migrate"):
        assert set(SERVICES[name]["environment"]) <= known


def test_nothing_but_nginx_is_reached_from_outside() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"nginx"}


def test_every_service_that_stays_says_whether_it_is_well() -> None:
    assert {name for name, service in SERVICES.items() if "healthcheck" not in service} == {"migrate"}
