"""How the JSON of a tool that Tocsin does not know is read, and how a tool signs what it sends."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from typing import Annotated, Literal

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult
from pydantic import AfterValidator, WithJsonSchema

from bot.config.fields import Label, Section, refuse
from bot.config.problems import shown

AlertLevel = Literal["critical", "error", "warning", "info"]

RESOLVES = ("resolve", "resolved", "ok", "recovered", "closed", "cleared", "normal", "success", "up")
ACKNOWLEDGES = ("acknowledge", "acknowledged")
CHANGES = ("change",)

_LONGEST = 300  # characters of an expression; the parser goes as deep as it is long
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,80}")


@lru_cache(maxsize=2048)
def compiled(expression: str) -> ParsedResult:
    """The expression, ready to search. Raises JMESPathError, RecursionError or PendingDeprecationWarning."""
    with warnings.catch_warnings():
        # `text` in backquotes is read as a text for now; single quotes will be read as one for ever.
        warnings.simplefilter("error", PendingDeprecationWarning)
        return jmespath.compile(expression)


def _expression(value: str) -> str:
    if len(value) > _LONGEST:
        raise refuse(f"is {len(value)} characters long", f"at most {_LONGEST}")
    try:
        compiled(value)
    except (JMESPathError, RecursionError, PendingDeprecationWarning):
        raise refuse(
            f"{shown(value)} is not a JMESPath expression",
            "such as alert.id, or in single quotes a text as it is; see jmespath.org",
        ) from None
    return value


def _header(value: str) -> str:
    if not _HEADER.fullmatch(value):
        raise refuse(f"{shown(value)} is not the name of a header", "a name such as X-Signature")
    return value


Expression = Annotated[
    str,
    AfterValidator(_expression),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": _LONGEST, "examples": ["alert.id"]}),
]
"""A JMESPath expression."""


class FieldMapping(Section):
    """Where each part of an alert stands in the JSON that arrives, as [JMESPath](https://jmespath.org) expressions. A text in single quotes stands for itself: `'disk'`."""

    alerts: Expression | None = None
    """The list of alerts, where several come at once; all other expressions then start at each of them. Without it the body is one alert."""

    key: Expression
    """What tells the alerts apart: a repeat and the end of an alert have the same. Must give a text or number."""

    title: Expression
    """What people read. Must give a text."""

    status: Expression | None = None
    """What happened. What is named by none of the next three triggers; without it everything does."""

    resolves: tuple[Label, ...] = ()
    """The values of status that end the alert; case does not matter. Without any: resolve, resolved, ok, recovered, closed, cleared, normal, success, up."""

    acknowledges: tuple[Label, ...] = ()
    """The values of status that say somebody has it. Without any: acknowledge, acknowledged."""

    changes: tuple[Label, ...] = ()
    """The values of status that tell of a change, such as a deployment, instead of an alert. Without any: change."""

    level: Expression | None = None
    """How bad it is, in the tool's own word. Common words are known."""

    levels: dict[str, AlertLevel] = {}  # noqa: RUF012 - pydantic copies it
    """What the words of level mean, where they are not known: critical, error, warning or info; case does not matter."""

    service: Expression | None = None
    """The service by its name in app.yaml."""

    source: Expression | None = None
    """Where it happened: a host, a region."""

    labels: dict[str, Expression] = {}  # noqa: RUF012 - pydantic copies it
    """Short texts for routing and grouping, each by its name."""

    details: dict[str, Expression] = {}  # noqa: RUF012 - pydantic copies it
    """Whatever else people should see, each by its name; may be JSON of any form."""

    link: Expression | None = None
    """The alert in the tool."""

    time: Expression | None = None
    """When it happened: ISO 8601, or seconds or milliseconds since 1970."""


class Signature(Section):
    """How the tool signs what it sends: an HMAC of the body, keyed with the integration's secret."""

    header: Annotated[
        str, AfterValidator(_header), WithJsonSchema({"type": "string", "examples": ["X-Signature"]})
    ]
    """The header that carries it."""

    algorithm: Literal["sha256", "sha512", "sha1"] = "sha256"
    """The hash of the HMAC."""

    encoding: Literal["hex", "base64"] = "hex"
    """How its bytes are written."""

    prefix: Label | None = None
    """What stands before it in the header, such as `sha256=`."""
