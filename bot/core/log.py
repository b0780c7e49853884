"""Logs: JSON lines for machines, readable lines on a terminal; each with timestamp, level, message, trace_id.

Secrets never reach a log: values of secret-looking keys are replaced, and so is anything in a text that
has the shape of a Slack token. Bolt logs whole rejected request bodies; they are cut to their first words.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

SECRET_KEY = re.compile(r"token|secret|password|authorization|signature|response_url", re.IGNORECASE)
SECRET_TEXT = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|xoxe[.\w-]+|https://hooks\.slack\.com/\S+|://[^/\s:@]*:[^/\s]+@"
)
LONGEST_TEXT = 2000


def redact(value: Any) -> Any:
    """The value with everything taken out that looks like a secret, texts cut to a bearable length."""
    if isinstance(value, str):
        value = SECRET_TEXT.sub("[secret]", value)
        return value if len(value) <= LONGEST_TEXT else value[:LONGEST_TEXT] + "…"
    if isinstance(value, dict):
        return {
            redact(str(k)): "[secret]" if SECRET_KEY.search(str(k)) else redact(v) for k, v in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact(v) for v in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return redact(str(value) if isinstance(value, BaseException) else repr(value))


def _redact_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in list(event):
        if not key.startswith("_"):
            event[key] = "[secret]" if SECRET_KEY.search(key) else redact(event[key])
    return event


class _BoltTamed(logging.Filter):
    """Bolt's middleware logs the whole body of a request with a bad signature, at INFO."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if message.startswith("The current session ()"):
            return False  # a Socket Mode that was never connected is parted with
        if message.startswith("As ") and "token" in message:
            return False  # Bolt wonders that the environment holds a token although it was given a client
        if "Invalid request signature detected" in message:
            record.msg, record.args = "A request with a bad or missing signature was refused", ()
        elif record.levelno == logging.DEBUG and record.name.startswith(("slack_bolt", "slack_sdk")):
            record.msg, record.args = message[:40], ()  # what follows may be a whole payload or answer
        elif message.startswith("Failed to connect (error:"):
            # The Socket Mode client tells it every few seconds, with a trace and an address that is a secret.
            record.msg, record.args = "Slack's Socket Mode cannot be reached; it is tried again", ()
            record.exc_info = record.exc_text = None
        elif message.startswith("Failed to retrieve WSS URL"):
            code = re.search(r"'error': '(\w+)'", message)
            refusal = f"Slack refuses Socket Mode ({code[1] if code else 'no reason given'})."
            record.msg, record.args = f"{refusal} Check SLACK_APP_TOKEN; `tocsin doctor` tells more.", ()
        elif "Unhandled request" in message:
            record.msg, record.args = message.split("\n", 1)[0][:200], ()
        return True


def configure(level: str = "info", *, as_json: bool | None = None) -> None:
    """Sets up logging for the process. JSON unless standard error is a terminal, or as said."""
    if as_json is None:
        as_json = not sys.stderr.isatty()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        _redact_event,
    ]
    renderer: list[Any]
    if as_json:
        renderer = [structlog.processors.EventRenamer("message"), structlog.processors.JSONRenderer()]
    else:
        renderer = [structlog.dev.ConsoleRenderer()]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    handler.addFilter(_BoltTamed())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in (
        "aiosqlite",  # shows each statement with all that is written by it: what is private, what is secret
        "alembic",
        "apscheduler",
        "asyncio",
        "slack_sdk",
        "slack_bolt",
        "aiohttp.access",
        "aiohttp.server",  # shows what was sent by those who speak no HTTP
    ):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
