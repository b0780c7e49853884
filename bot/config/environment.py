"""The environment and `.env`: where the bot runs, and with which secrets.

A variable that is set beats the same one in `.env`; an empty one counts as not set.
"""

from __future__ import annotations

import base64
import io
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.config.fields import refuse
from bot.config.near import near
from bot.config.problems import ConfigErrors, ConfigProblem, Place, Refused, shown

ENVIRONMENT = "environment"  # stands where a file's name stands in the problems of app.yaml
INTEGRATION = "TOCSIN_INTEGRATION_"  # and the integration's name
WEBHOOK = "TOCSIN_WEBHOOK_"  # and the webhook's name
LOG_LEVELS = ("debug", "info", "warning", "error")


def _secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value().strip()
    # A token goes into an HTTP header. What is no header would fail much later, with a stack trace.
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise refuse(
            "cannot be a token or secret",
            "letters, digits and - without spaces; copy it again from Slack's app settings",
        )
    return SecretStr(text)


def _plain_url(value: str) -> str:
    """An http(s) URL without password, query and trailing slash."""
    url = value.strip()
    allowed = "a URL such as https://tocsin.example.com"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise refuse(f"{shown(value)} is not a URL", allowed) from None
    if parts.username is not None or parts.password is not None:
        raise refuse("the URL holds a name or a password", allowed)
    if parts.scheme not in ("http", "https") or not host or not re.fullmatch(r"[^\s<>|\"]+", url):
        raise refuse(f"{shown(value)} is not a URL", allowed)
    if parts.query or parts.fragment:
        raise refuse(f"{shown(value)} has a ? or #", allowed)
    return url.rstrip("/")


def _database(value: str) -> str:
    """The URL with the asynchronous driver that the bot uses. Nothing of it is repeated: it may hold a password."""
    allowed = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
    try:
        url = make_url(value.strip())
    except (ArgumentError, ValueError):
        raise refuse(
            "is not a database URL", f"{allowed}; in a password, write @ : / as %40 %3A %2F"
        ) from None
    kind, _, driver = url.drivername.partition("+")
    if kind == "sqlite" and driver in ("", "aiosqlite", "pysqlite"):
        if (
            not url.database
            or url.database == ":memory:"
            or "mode=memory" in (url.database, *map(str, url.query.items()))
        ):
            raise refuse(
                "names no file",
                "sqlite:///tocsin.sqlite3, or with four slashes for an absolute path; a database in memory would be lost",
            )
        return url.set(drivername="sqlite").render_as_string(hide_password=False)
    if kind in ("postgres", "postgresql") and driver in ("", "asyncpg"):
        if not url.database:
            raise refuse("names no database", allowed)
        query = dict(url.query)
        if "sslmode" in query:  # libpq's word; asyncpg calls it ssl
            query["ssl"] = query.pop("sslmode")
        return url.set(drivername="postgresql+asyncpg", query=query).render_as_string(hide_password=False)
    if kind in ("sqlite", "postgres", "postgresql"):
        raise refuse(f"the driver {shown(driver)} is not used", f"leave it out: {allowed}")
    raise refuse(f"{shown(kind)} is not a database that the bot knows", allowed, _database_meant(kind))


def _database_meant(kind: str) -> str | None:
    guess = near(kind, ("sqlite", "postgresql"))
    return {"sqlite": "sqlite:///", "postgresql": "postgresql://"}.get(guess or "")


_LISTEN = re.compile(r"(?:(?P<host>[A-Za-z0-9.-]*)|\[(?P<six>[0-9A-Fa-f:.%]+)\]):(?P<port>\d{1,6})")


def _listen(value: str) -> str:
    text = value.strip()
    match = _LISTEN.fullmatch(text)
    if match is None:
        meant = f"127.0.0.1:{text}" if re.fullmatch(r"\d{2,5}", text) else None
        meant = f"{text}:3000" if re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+|localhost", text) else meant
        raise refuse(f"{shown(value)} is not HOST:PORT", "e.g. 127.0.0.1:3000", meant)
    if int(match["port"]) > 65535:
        raise refuse(f"{shown(match['port'])} is not a port", "0 to 65535; 0 takes any free one")
    return text


def _host(listen: str) -> str:
    match = _LISTEN.fullmatch(listen)
    assert match is not None
    return match["six"] or match["host"] or "0.0.0.0"  # noqa: S104 - asked for by leaving the host out


def _log_level(value: object) -> object:
    if not isinstance(value, str):
        return value
    level = value.strip().lower()
    if level not in LOG_LEVELS:
        raise refuse(f"{shown(value)} is not a log level", ", ".join(LOG_LEVELS), near(level, LOG_LEVELS))
    return level


def _fernet_keys(value: SecretStr) -> SecretStr:
    for key in _keys(value):
        try:
            fits = len(base64.urlsafe_b64decode(key)) == 32
        except ValueError:
            fits = False
        if not fits:
            raise refuse(
                "is not an encryption key",
                "32 bytes in base64, several with commas; `openssl rand -base64 32` prints one",
            )
    return value


def _keys(value: SecretStr) -> list[str]:
    return [key for key in value.get_secret_value().split(",") if key]


def _secret_url(value: SecretStr) -> SecretStr:
    """An http(s) URL whose path or query is a secret: nothing of it is repeated."""
    try:
        parts = urlsplit(value.get_secret_value())
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits:
        raise refuse("is not a URL", "a URL such as https://hc-ping.com/…")
    return value


def _gateway(value: SecretStr) -> SecretStr:
    """Nothing of it is repeated: it holds passwords."""
    text = value.get_secret_value().strip()
    if "://" not in text or "{address}" not in text or not text.isprintable() or " " in text:
        raise refuse(
            "is not a gateway",
            "an apprise URL with {address} where the person's address goes, such as twilio://SID:TOKEN@FROM/{address}",
        )
    return SecretStr(text)


Secret = Annotated[SecretStr, AfterValidator(_secret)]
Gateway = Annotated[SecretStr, AfterValidator(_gateway)]
Url = Annotated[str, AfterValidator(_plain_url)]


class Settings(BaseSettings):
    """Where the bot runs, and with which secrets. Raises ConfigErrors with everything that is wrong.

    Names in Python are those of the environment without TOCSIN_, in lower case; `Settings(_env_file=None, …)`
    reads no `.env`. No secret appears in `repr`, `str` or an error.
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
        validate_default=False,
    )

    slack_bot_token: Secret | None = None
    """The bot's token, xoxb-…: Slack's app settings, OAuth & Permissions."""

    slack_signing_secret: Secret | None = None
    """What Slack signs its requests with, for HTTP: Slack's app settings, Basic Information."""

    slack_app_token: Secret | None = None
    """An app-level token, xapp-…, with connections:write. If it is set, the bot uses Socket Mode and needs no public address."""

    slack_config_token: Secret | None = None
    """An app configuration token, xoxe.xoxp-…. With it `tocsin doctor` compares the app's manifest with the code."""

    secret_key: Annotated[Secret, AfterValidator(_fernet_keys)] | None = Field(
        default=None, validation_alias="TOCSIN_SECRET_KEY"
    )
    """The key that encrypts people's contact methods in the database. Several with commas: the first encrypts, all decrypt. `openssl rand -base64 32` prints one."""

    gateway_email: Gateway | None = Field(default=None, validation_alias="TOCSIN_GATEWAY_EMAIL")
    """How e-mail leaves: an [apprise](https://appriseit.com) URL with {address} where the person's address goes, such as `mailtos://USER:PASSWORD@smtp.example.com?from=tocsin@example.com&to={address}`."""

    gateway_sms: Gateway | None = Field(default=None, validation_alias="TOCSIN_GATEWAY_SMS")
    """How text messages leave, such as `twilio://SID:TOKEN@FROM/{address}`."""

    gateway_voice: Gateway | None = Field(default=None, validation_alias="TOCSIN_GATEWAY_VOICE")
    """How calls are made: the apprise URL of a provider that reads texts aloud, such as `twilio://SID:TOKEN@FROM/{address}?method=call`, or `jsons://HOST/call/{address}` of a gateway of your own."""

    gateway_pushover: Gateway | None = Field(default=None, validation_alias="TOCSIN_GATEWAY_PUSHOVER")
    """How Pushover is reached: `pover://{address}@APPTOKEN?priority=high`."""

    gateway_telegram: Gateway | None = Field(default=None, validation_alias="TOCSIN_GATEWAY_TELEGRAM")
    """How Telegram is reached: `tgram://BOTTOKEN/{address}`."""

    slack_api_url: Annotated[Url, AfterValidator(lambda url: url + "/")] = "https://slack.com/api/"
    """Where Slack's Web API is. Another address is used by the playground."""

    config: Path = Field(default=Path("app.yaml"), validation_alias="TOCSIN_CONFIG")
    """The configuration file; the path counts from the directory where the bot is started."""

    database_url: Annotated[str, AfterValidator(_database)] = Field(
        default="sqlite:///tocsin.sqlite3", validation_alias="TOCSIN_DATABASE_URL", repr=False
    )
    """The database: sqlite:///FILE, or postgresql://USER:PASSWORD@HOST/NAME when more than one process runs."""

    listen: Annotated[str, AfterValidator(_listen)] = Field(
        default="127.0.0.1:3000", validation_alias="TOCSIN_LISTEN"
    )
    """Where the bot listens for HTTP: HOST:PORT, [::1]:3000, or :3000 for every address of the machine."""

    metrics_listen: Annotated[str, AfterValidator(_listen)] | None = Field(
        default=None, validation_alias="TOCSIN_METRICS_LISTEN"
    )
    """Where `/metrics` for Prometheus is served: HOST:PORT, apart from the rest, as it has no password. Without it there is none."""

    deadman_url: Annotated[Secret, AfterValidator(_secret_url)] | None = Field(
        default=None, validation_alias="TOCSIN_DEADMAN_URL"
    )
    """An address of healthchecks.io or the like, called every 30 seconds while all is well: when the calls stop, that service raises the alarm."""

    public_url: Url | None = Field(default=None, validation_alias="TOCSIN_PUBLIC_URL")
    """The address under which Slack and people reach the bot, such as https://tocsin.example.com."""

    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_log_level)] = Field(
        default="info", validation_alias="TOCSIN_LOG_LEVEL"
    )
    """How much is logged: debug, info, warning or error."""

    _env_file: Path | None = PrivateAttr(default=None)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
            file = values.get("_env_file", self.model_config["env_file"])
            self._env_file = None if file is None else Path(str(file))
        except ValidationError as error:
            problems = list(_problems(error))
        except (OSError, UnicodeDecodeError):
            problems = [
                ConfigProblem(".env", None, "", "the file cannot be read", "a UTF-8 file of lines NAME=value")
            ]
        else:
            return
        # Outside the handler, so that no chained exception carries the values along.
        raise ConfigErrors(problems)

    @property
    def listen_host(self) -> str:
        """The address to bind; `:3000` means every one."""
        return _host(self.listen)

    @property
    def listen_port(self) -> int:
        """The port to bind; 0 takes any free one."""
        return int(self.listen.rpartition(":")[2])

    @property
    def metrics_place(self) -> tuple[str, int] | None:
        """The address and port for metrics; None when there are to be none."""
        if self.metrics_listen is None:
            return None
        return _host(self.metrics_listen), int(self.metrics_listen.rpartition(":")[2])

    @property
    def secret_keys(self) -> list[str]:
        """The keys of TOCSIN_SECRET_KEY, the one that encrypts first; none when it is not set."""
        return [] if self.secret_key is None else _keys(self.secret_key)

    @property
    def gateways(self) -> dict[str, str]:
        """The gateways that are set, by the kind of contact method."""
        found = {
            "email": self.gateway_email,
            "sms": self.gateway_sms,
            "voice": self.gateway_voice,
            "pushover": self.gateway_pushover,
            "telegram": self.gateway_telegram,
        }
        return {kind: url.get_secret_value() for kind, url in found.items() if url is not None}

    @property
    def link_keys(self) -> list[str]:
        """What links are signed with, the first key for new ones. Without a key of their own it is Slack's token."""
        token = self.slack_bot_token.get_secret_value() if self.slack_bot_token else ""
        return list(self.secret_keys) or ([token] if token else [])

    def links(self, names: Iterable[str]) -> dict[str, str]:
        """The links in variables that app.yaml names, of those that are set. They are secrets."""
        written = self._written()
        found = {name: (os.environ.get(name) or written.get(name) or "").strip() for name in names}
        return {name: link for name, link in found.items() if link}

    def integration_secrets(self) -> dict[str, tuple[str, ...]]:
        """The secrets of TOCSIN_INTEGRATION_…, by variable: several, with commas, while one is exchanged."""
        return self.secrets_that_begin(INTEGRATION)

    def secrets_that_begin(self, prefix: str) -> dict[str, tuple[str, ...]]:
        """The secrets of all variables that begin so, by variable: several, with commas, while one is exchanged."""
        names = {*os.environ, *self._written()}
        found = self.links(name for name in names if name.startswith(prefix))
        split = {
            name: tuple(part.strip() for part in text.split(",") if part.strip())
            for name, text in found.items()
        }
        return {name: secrets for name, secrets in split.items() if secrets}

    def changed_since(self) -> list[str]:
        """The variables that `.env` would set otherwise by now. Other processes' environments cannot be seen from here."""
        if self._env_file is None:
            return []
        try:
            fresh = Settings(_env_file=self._env_file)
        except ConfigErrors as errors:
            return [problem.path for problem in errors.problems]
        names = (name for name in Settings.model_fields if getattr(fresh, name) != getattr(self, name))
        return [variable(name) for name in names]

    def _written(self) -> dict[str, str | None]:
        if self._env_file is None or not self._env_file.is_file():
            return {}
        return dotenv_values(self._env_file, interpolate=False)

    @property
    def socket_mode(self) -> bool:
        """Whether the bot calls Slack (an app token is set) or Slack calls the bot over HTTP."""
        return self.slack_app_token is not None


def variable(field: str) -> str:
    """The environment variable that sets an attribute of Settings."""
    alias = Settings.model_fields[field].validation_alias
    return alias if isinstance(alias, str) else field.upper()


def _problems(error: ValidationError) -> list[ConfigProblem]:
    found: list[ConfigProblem] = []
    for detail in error.errors(include_url=False, include_input=False):
        field = str(detail["loc"][0]) if detail["loc"] else ""
        name = variable(field) if field in Settings.model_fields else field.upper()
        cause = detail.get("ctx", {}).get("error")
        if isinstance(cause, Refused):
            found.extend(_problem(name, flaw.problem, flaw.allowed, flaw.near) for flaw in cause.flaws)
        else:
            found.append(_problem(name, detail["msg"][:1].lower() + detail["msg"][1:]))
    return found


def _problem(name: str, problem: str, allowed: str = "", near: str | None = None) -> ConfigProblem:
    return ConfigProblem(ENVIRONMENT, None, name, problem, allowed, near)


# What it takes to run ------------------------------------------------------------------------------------

_SETTINGS_PAGE = "https://api.slack.com/apps"
_WHERE = {
    "slack_bot_token": f"the bot token (xoxb-…): {_SETTINGS_PAGE} → your app → OAuth & Permissions",
    "slack_signing_secret": (
        f"the signing secret: {_SETTINGS_PAGE} → your app → Basic Information → App Credentials; "
        "or set SLACK_APP_TOKEN to use Socket Mode instead of HTTP"
    ),
    "slack_app_token": (
        f"an app-level token (xapp-…) with connections:write: {_SETTINGS_PAGE} → your app → Basic Information "
        "→ App-Level Tokens"
    ),
}
_BEGINNINGS = {"slack_bot_token": "xoxb-", "slack_app_token": "xapp-"}
_OTHER_SECRETS = {
    "xoxb-": "a bot token",
    "xapp-": "an app-level token",
    "xoxp-": "a user token",
    "xoxe": "a configuration token",
}


def missing_for_run(settings: Settings) -> tuple[ConfigProblem, ...]:
    """What keeps the bot from running: secrets that are missing or are not what their name says.

    HTTP takes the bot token and the signing secret, Socket Mode the bot token and the app token.
    """
    needed = ("slack_bot_token", "slack_app_token" if settings.socket_mode else "slack_signing_secret")
    return tuple(problem for field in needed if (problem := _unfit(settings, field)) is not None)


def _unfit(settings: Settings, field: str) -> ConfigProblem | None:
    secret: SecretStr | None = getattr(settings, field)
    if secret is None:
        return _problem(variable(field), "is missing", _WHERE[field])
    text = secret.get_secret_value()
    beginning = _BEGINNINGS.get(field, "")
    what = next((words for start, words in _OTHER_SECRETS.items() if text.startswith(start)), None)
    if beginning and not text.startswith(beginning):
        return _problem(
            variable(field), f"is {what}" if what else f"does not begin with {beginning}", _WHERE[field]
        )
    if not beginning and what is not None:
        return _problem(variable(field), f"is {what}", _WHERE[field])
    return None


def overlooked(env_file: Path = Path(".env")) -> tuple[ConfigProblem, ...]:
    """What would be passed over in silence: misspelt variables, and lines of `.env` that are none.

    Nobody is refused for these; `tocsin doctor` tells them.
    """
    known = [variable(field) for field in Settings.model_fields]
    names = dict.fromkeys(os.environ, Place(ENVIRONMENT, None))
    problems: list[ConfigProblem] = []
    if env_file.is_file():
        text = env_file.read_text(encoding="utf-8", errors="replace")
        for binding in parse_stream(io.StringIO(text)):
            if binding.error:
                what = ("this line is not understood", "NAME=value")
                problems.append(ConfigProblem(str(env_file), binding.original.line, "", *what))
            elif binding.key is not None:
                names[binding.key] = Place(str(env_file), binding.original.line)
    for name, found in sorted(names.items()):
        meant = None
        is_ours = name.startswith(("TOCSIN_", "SLACK_")) and not name.startswith((INTEGRATION, WEBHOOK))
        if is_ours and name not in known:
            meant = near(name, known)
        if meant is not None:
            problems.append(
                ConfigProblem(found.file, found.line, name, "this variable is not known", "", meant)
            )
    return tuple(problems)
