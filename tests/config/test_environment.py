"""The environment and .env."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

import pytest

from bot.config import ConfigErrors, Settings, missing_for_run
from bot.config.environment import overlooked

SECRET = "s3cr3t" * 5


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable and no .env of the machine gets in."""
    for name in list(os.environ):
        if name.startswith(("SLACK_", "TOCSIN_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def said(**values: str) -> list[str]:
    """The problems of these variables."""
    for name, value in values.items():
        os.environ[name] = value
    try:
        Settings()
    except ConfigErrors as error:
        return str(error).splitlines()
    finally:
        for name in values:
            del os.environ[name]
    return []


def test_nothing_needs_to_be_set() -> None:
    settings = Settings()
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.config == Path("app.yaml")
    assert settings.database_url == "sqlite:///tocsin.sqlite3"
    assert (settings.listen_host, settings.listen_port) == ("127.0.0.1", 3000)
    assert (settings.public_url, settings.log_level, settings.socket_mode) == (None, "info", False)


def test_a_dotenv_file_is_read_and_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text(
        "TOCSIN_LISTEN=:4000\nTOCSIN_LOG_LEVEL=debug\nSLACK_BOT_TOKEN='xoxb-1 '\nOTHER=x\nTOCSIN_PUBLIC_URL=\n"
    )
    monkeypatch.setenv("TOCSIN_LOG_LEVEL", "WARNING")
    settings = Settings()
    assert (settings.listen_host, settings.listen_port, settings.log_level) == ("0.0.0.0", 4000, "warning")
    assert settings.slack_bot_token is not None
    assert settings.slack_bot_token.get_secret_value() == "xoxb-1"
    assert settings.public_url is None


def test_code_may_give_values_by_name() -> None:
    settings = Settings(
        _env_file=None, slack_bot_token="xoxb-1", listen="[::1]:0", config="other.yaml", log_level="error"
    )
    assert (settings.listen_host, settings.listen_port) == ("::1", 0)
    assert settings.config == Path("other.yaml")


def test_all_problems_come_at_once() -> None:
    assert said(TOCSIN_LISTEN="abc", TOCSIN_LOG_LEVEL="warn", SLACK_API_URL="slack.com") == [
        'environment: SLACK_API_URL: "slack.com" is not a URL; a URL such as https://tocsin.example.com',
        'environment: TOCSIN_LISTEN: "abc" is not HOST:PORT; e.g. 127.0.0.1:3000',
        'environment: TOCSIN_LOG_LEVEL: "warn" is not a log level; debug, info, warning, error; did you mean "warning"?',
    ]


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("3000", '"3000" is not HOST:PORT; e.g. 127.0.0.1:3000; did you mean "127.0.0.1:3000"?'),
        ("localhost", '"localhost" is not HOST:PORT; e.g. 127.0.0.1:3000; did you mean "localhost:3000"?'),
        ("localhost:70000", '"70000" is not a port; 0 to 65535; 0 takes any free one'),
        ("::1:3000", '"::1:3000" is not HOST:PORT; e.g. 127.0.0.1:3000'),
    ],
)
def test_a_wrong_address_to_listen_on(value: str, error: str) -> None:
    assert said(TOCSIN_LISTEN=value) == [f"environment: TOCSIN_LISTEN: {error}"]


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("sqlite:///x.db", "sqlite:///x.db"),
        ("sqlite:////var/x.db", "sqlite:////var/x.db"),
        ("postgres://u:p%40w@h/d", "postgresql+asyncpg://u:p%40w@h/d"),
        ("postgresql://h:5433/d?sslmode=require", "postgresql+asyncpg://h:5433/d?ssl=require"),
        ("postgresql+asyncpg://h/d", "postgresql+asyncpg://h/d"),
    ],
)
def test_a_database_url_gets_its_asynchronous_driver(
    monkeypatch: pytest.MonkeyPatch, given: str, used: str
) -> None:
    monkeypatch.setenv("TOCSIN_DATABASE_URL", given)
    assert Settings().database_url == used


URLS = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("mysql://u:hunter2@h/d", f'"mysql" is not a database that the bot knows; {URLS}'),
        (
            "postgre://u:hunter2@h/d",
            f'"postgre" is not a database that the bot knows; {URLS}; did you mean "postgresql://"?',
        ),
        ("postgresql+psycopg2://u:hunter2@h/d", f'the driver "psycopg2" is not used; leave it out: {URLS}'),
        ("postgresql://u:hunter2@h", f"names no database; {URLS}"),
        ("hunter2", f"is not a database URL; {URLS}; in a password, write @ : / as %40 %3A %2F"),
        (
            "postgresql://u:hunter2@h:port/d",
            f"is not a database URL; {URLS}; in a password, write @ : / as %40 %3A %2F",
        ),
        (
            "sqlite://",
            "names no file; sqlite:///tocsin.sqlite3, or with four slashes for an absolute path; a database in memory would be lost",
        ),
    ],
)
def test_a_wrong_database_url_is_told_without_its_password(value: str, error: str) -> None:
    assert said(TOCSIN_DATABASE_URL=value) == [f"environment: TOCSIN_DATABASE_URL: {error}"]


def test_urls_lose_or_gain_their_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:4000/api")
    monkeypatch.setenv("TOCSIN_PUBLIC_URL", "https://tocsin.example.com/")
    settings = Settings()
    assert settings.slack_api_url == "http://127.0.0.1:4000/api/"
    assert settings.public_url == "https://tocsin.example.com"


# Secrets -------------------------------------------------------------------------------------------------


def test_encryption_keys_are_checked_and_the_first_one_encrypts() -> None:
    first, second = ("a" * 43 + "=", "b" * 43 + "=")
    assert Settings(secret_key=f"{first},{second}").secret_keys == [first, second]
    assert Settings().secret_keys == []
    with pytest.raises(ConfigErrors, match="TOCSIN_SECRET_KEY: is not an encryption key") as error:
        Settings(secret_key="hunter2")
    assert "hunter2" not in str(error.value)


def test_no_secret_appears_in_what_is_printed() -> None:
    settings = Settings(
        slack_bot_token=f"xoxb-{SECRET}",
        slack_signing_secret=SECRET,
        slack_app_token=f"xapp-{SECRET}",
        slack_config_token=f"xoxe.xoxp-{SECRET}",
        database_url=f"postgresql://bot:{SECRET}@db/tocsin",
    )
    assert SECRET not in repr(settings) + str(settings)


def test_no_secret_appears_in_an_error_or_its_traceback() -> None:
    with pytest.raises(ConfigErrors) as caught:
        Settings(
            slack_bot_token=f"xoxb {SECRET}é",
            database_url=f"mysql://bot:{SECRET}@db/x",
            public_url=f"https://a:{SECRET}@x",
        )
    assert len(caught.value.problems) == 3
    assert SECRET not in str(caught.value) + "".join(traceback.format_exception(caught.value))


def test_an_unreadable_dotenv_file_is_told() -> None:
    Path(".env").write_bytes(b"\xff\xfe\x00")
    assert said() == [".env: the file cannot be read; a UTF-8 file of lines NAME=value"]


# What it takes to run ------------------------------------------------------------------------------------


def missing(**secrets: str) -> list[str]:
    return [str(problem) for problem in missing_for_run(Settings(**secrets))]


def test_http_takes_the_bot_token_and_the_signing_secret() -> None:
    bot, signing = missing()
    assert bot == (
        "environment: SLACK_BOT_TOKEN: is missing; the bot token (xoxb-…): https://api.slack.com/apps → your app → OAuth & Permissions"
    )
    assert signing.startswith(
        "environment: SLACK_SIGNING_SECRET: is missing; the signing secret: https://api.slack.com/apps"
    )
    assert missing(slack_bot_token="xoxb-1", slack_signing_secret="playground-signing-secret") == []


def test_socket_mode_takes_the_app_token_instead() -> None:
    assert missing(slack_bot_token="xoxb-1", slack_app_token="xapp-1") == []


def test_tokens_that_were_mixed_up_are_recognised() -> None:
    bot, app = missing(slack_bot_token="xapp-1", slack_app_token="xoxb-1")
    assert bot.startswith("environment: SLACK_BOT_TOKEN: is an app-level token; the bot token (")
    assert app.startswith("environment: SLACK_APP_TOKEN: is a bot token; an app-level token (")
    (secret,) = missing(slack_bot_token="xoxb-1", slack_signing_secret="xoxb-1")
    assert secret.startswith("environment: SLACK_SIGNING_SECRET: is a bot token; the signing secret:")
    (odd,) = missing(slack_bot_token="abc", slack_signing_secret="x")
    assert odd.startswith("environment: SLACK_BOT_TOKEN: does not begin with xoxb-; the bot token (xoxb-…)")


def test_what_would_be_passed_over_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_LISTN", ":1")
    Path(".env").write_text("SLACK_BOT_TOKN=xoxb-1\n'oh no\nTOCSIN_LISTEN=:3\nUNRELATED=1\n")
    assert [str(problem) for problem in overlooked()] == [
        ".env:2: this line is not understood; NAME=value",
        '.env:1: SLACK_BOT_TOKN: this variable is not known; did you mean "SLACK_BOT_TOKEN"?',
        'environment: TOCSIN_LISTN: this variable is not known; did you mean "TOCSIN_LISTEN"?',
    ]


def test_links_that_app_yaml_names_come_from_the_environment_or_env_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(
        "TEAM_CALENDAR_URL=https://a.example/private-1\nOTHER=https://b.example/$x\nEMPTY=\n"
    )
    monkeypatch.setenv("OTHER", "https://set.example/")
    settings = Settings()
    assert settings.links(["TEAM_CALENDAR_URL", "OTHER", "EMPTY", "MISSING"]) == {
        "TEAM_CALENDAR_URL": "https://a.example/private-1",
        "OTHER": "https://set.example/",
    }
    assert "private-1" not in repr(settings) + str(settings)
    assert Settings(_env_file=None).links(["TEAM_CALENDAR_URL"]) == {}
