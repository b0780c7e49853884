"""The app manifest: within Slack's limits, made of what the code does, and comparable with what is installed."""

import copy
from typing import Any

import pytest
import yaml

from bot.delivery.methods import SCOPES
from handlers import COMMANDS, EVENTS, SHORTCUTS
from handlers.manifest import PLACEHOLDER, as_yaml, drift, manifest, scopes

BOTH = [False, True]


def made(socket_mode: bool = False) -> dict[str, Any]:
    return manifest(socket_mode=socket_mode, public_url="https://bot.example.com")


@pytest.mark.parametrize("socket_mode", BOTH)
def test_slacks_limits(socket_mode: bool) -> None:
    data = made(socket_mode)
    display = data["display_information"]
    assert len(display["name"]) <= 35
    assert len(display["description"]) <= 140
    assert len(data["features"]["bot_user"]["display_name"]) <= 80
    commands, shortcuts = data["features"]["slash_commands"], data["features"]["shortcuts"]
    assert 0 < len(commands) <= 50
    assert 0 < len(shortcuts) <= 10
    for command in commands:
        assert command["command"].startswith("/")
        assert len(command["command"]) <= 32
        assert 0 < len(command["description"]) <= 2000
        assert 0 < len(command["usage_hint"]) <= 1000
        assert command["should_escape"] is True
    for shortcut in shortcuts:
        assert 0 < len(shortcut["name"]) <= 24
        assert 0 < len(shortcut["description"]) <= 150
        assert len(shortcut["callback_id"]) <= 255
        assert shortcut["type"] in ("global", "message")


def test_names_differ() -> None:
    for names in (
        [command.name for command in COMMANDS],
        [shortcut.callback_id for shortcut in SHORTCUTS],
        [event.type for event in EVENTS],
    ):
        assert len(names) == len(set(names))


@pytest.mark.parametrize("socket_mode", BOTH)
def test_every_registration_and_scope_is_in_it(socket_mode: bool) -> None:
    data = made(socket_mode)
    assert {c["command"] for c in data["features"]["slash_commands"]} == {c.name for c in COMMANDS}
    assert {s["callback_id"] for s in data["features"]["shortcuts"]} == {s.callback_id for s in SHORTCUTS}
    assert set(data["settings"]["event_subscriptions"]["bot_events"]) == {
        name for event in EVENTS for name in event.subscribed
    }
    needed = {scope for of_method in SCOPES.values() for scope in of_method}
    needed |= {scope for event in EVENTS for scope in event.scopes}
    assert set(data["oauth_config"]["scopes"]["bot"]) == needed | {"commands"}
    assert all(scopes().values())


def test_over_http_slack_is_told_where_to_call_and_in_socket_mode_nothing() -> None:
    assert as_yaml(made(False)).count("https://bot.example.com/slack/events") == 3 + len(COMMANDS)
    assert "http" not in as_yaml(made(True))
    assert PLACEHOLDER in as_yaml(manifest(socket_mode=False, public_url=None))


@pytest.mark.parametrize("socket_mode", BOTH)
def test_yaml_and_json_say_the_same_with_a_reason_for_each_scope(socket_mode: bool) -> None:
    text = as_yaml(made(socket_mode))
    assert yaml.safe_load(text) == made(socket_mode)
    for scope, reason in scopes().items():
        assert f"- {scope}  # {reason}\n" in text


# -- drift ----------------------------------------------------------------------------------------------------


def changed(*path: Any, to: Any = None) -> dict[str, Any]:
    data: Any = copy.deepcopy(made())
    at = data
    for step in path[:-1]:
        at = at[step]
    if to is None:
        del at[path[-1]]
    else:
        at[path[-1]] = to
    return data  # type: ignore[no-any-return]


def test_what_is_installed_as_printed_has_no_drift() -> None:
    assert drift(made(), made()) == []


def test_what_slack_or_people_added_is_no_drift() -> None:
    data = made()
    data["features"]["unfurl_domains"] = ["example.com"]
    data["oauth_config"]["scopes"]["bot"].append("team:read")
    data["features"]["slash_commands"].append({"command": "/else"})
    data["settings"]["is_hosted"] = False
    del data["settings"]["org_deploy_enabled"]  # Slack leaves out what is false
    assert drift(data, made()) == []


@pytest.mark.parametrize(
    ("installed", "said"),
    [
        ({}, "is missing"),
        (
            changed("oauth_config", "scopes", "bot", to=["commands"]),
            "oauth_config.scopes.bot lacks chat:write",
        ),
        (changed("oauth_config"), "oauth_config is missing"),
        (changed("features", "slash_commands", to=[]), "features.slash_commands lacks /incident"),
        (
            changed("features", "slash_commands", 0, "should_escape", to=False),
            "features.slash_commands /incident.should_escape is False, not True",
        ),
        (
            changed("features", "slash_commands", 0, "url", to="https://old.example/slack/events"),
            "/incident.url is 'https://old.example/slack/events'",
        ),
        (changed("features", "shortcuts", 0), "features.shortcuts lacks declare"),
        (changed("settings", "event_subscriptions", "bot_events", 0), "bot_events lacks app_home_opened"),
        (
            changed("settings", "socket_mode_enabled", to=True),
            "settings.socket_mode_enabled is True, not False",
        ),
        (changed("features", "app_home", "home_tab_enabled"), "home_tab_enabled is None, not True"),
        (changed("features", to=["odd"]), "features is missing"),
    ],
)
def test_drift_is_named(installed: dict[str, Any], said: str) -> None:
    assert any(said in line for line in drift(installed, made())), drift(installed, made())


def test_an_address_that_nobody_told_us_is_not_compared() -> None:
    assert drift(made(), manifest(socket_mode=False, public_url=None)) == []
