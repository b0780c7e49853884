"""The reference of app.yaml and the environment, made from the schema: JSON Schema for editors, Markdown for people.

`python -m bot.config` writes docs/app.schema.json and docs/configuration.md anew.
"""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.config.calendar import WeekHours
from bot.config.environment import Settings, variable
from bot.config.fields import duration_text
from bot.config.meanings import meanings
from bot.config.schema import Config

SCHEMA_FILE = Path("docs/app.schema.json")
REFERENCE_FILE = Path("docs/configuration.md")

_INCLUDE = (
    "Further files to read, relative to this one; * and ? match names. Lists are joined, mappings merged."
)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of app.yaml, for editors."""
    schema = Config.model_json_schema()
    files = {"type": "string", "minLength": 1}
    schema["properties"] = {
        "include": {
            "title": "Include",
            "description": _INCLUDE,
            "anyOf": [files, {"type": "array", "items": files}],
            "examples": [["people.yaml", "services/*.yaml"]],
        },
        **schema["properties"],
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Tocsin's app.yaml"}


def schema_text() -> str:
    """The JSON Schema as the file that editors read."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def reference_markdown() -> str:
    """docs/configuration.md: every key of app.yaml and every environment variable."""
    lines = [_INTRODUCTION, *_table(_rows(Config)), f"| `include` | {_INCLUDE} | list of files | none |", ""]
    for key, field in Config.model_fields.items():
        model = _model(field.annotation)
        if model is not None:
            lines += _section(key, model, set())
    lines += [_INCLUDING, _ERRORS, _ENVIRONMENT, *_environment_table(), "", _SECRETS]
    return "\n".join(lines).rstrip() + "\n"


def _section(title: str, model: type[BaseModel], told: set[type[BaseModel]]) -> list[str]:
    """A section's table, and those of the sections in it, each once."""
    told.add(model)
    lines = [f"### {title}", "", _one_line(model.__doc__), "", *_table(_rows(model)), ""]
    for key, field in model.model_fields.items():
        inner = _model(field.annotation)
        if inner is not None and inner not in told:
            lines += _section(f"{title}.{field.alias or key}", inner, told)
    return lines


_INTRODUCTION = """\
# Configuration

What an organization wants stands in `app.yaml`: services, severities, roles, channels. Where the bot runs, and with
which secrets, comes from the [environment](#the-environment). The sample `app.yaml` is a good start; only
`organization` must be given.

- `tocsin config check` tells everything that is wrong, with file and line.
- `tocsin config schema` prints the JSON Schema. The first line of the sample tells editors where it is, so that they
  complete keys and mark mistakes.
- Durations are written `30s`, `15m`, `2h 30m`, `1d`.
- People, services, severities, roles and statuses are referred to by name. Slack's ids are not needed.

This page is made from the schema (`python -m bot.config`); do not edit it.

## app.yaml
"""

_INCLUDING = """\
### Including other files

`include:` at the top of any of the files names others, relative to itself. Lists are joined (the including file's
entries first, a glob's files in alphabetical order), mappings are merged, and a single value that is given in two
files is an error that names both. A file is read once; circles are refused.
"""

_ERRORS = """\
### Errors

All are told at once, each as `file:line: path: what is wrong; what is allowed; did you mean "x"?`:

```
app.yaml:24: services.web.depends_on[1]: "chekout" is not among the services; known services: checkout, web; did you mean "checkout"?
app.yaml:31: severities.SEV1.update_every: "30 minutes" is not a duration; write a number with a unit, such as 30s, 15m, 2h 30m or 1d; did you mean "30m"?
```
"""

_ENVIRONMENT = """\
## The environment

The variables may also stand in a file `.env`, as lines of `NAME=value`. What is set in the environment comes first;
an empty variable counts as not set.
"""

_SECRETS = """\
Other names are yours: `TOCSIN_INTEGRATION_…` holds the secret of an integration ([alerts](alerts.md#sending-alerts)),
`TOCSIN_WEBHOOK_…` that of a webhook ([automation](automation.md#a-signed-webhook)), and what `url_from` and `value_from` name in app.yaml holds the address or value of a calendar or check.

HTTP takes `SLACK_BOT_TOKEN` and `SLACK_SIGNING_SECRET`, Socket Mode takes `SLACK_BOT_TOKEN` and `SLACK_APP_TOKEN`.
All of them are found at <https://api.slack.com/apps> in the settings of your app. A secret in `app.yaml` is refused,
and no secret appears in a log or an error.
"""


def _table(rows: Iterator[tuple[str, str, str, str]]) -> list[str]:
    head = ["| key | meaning | value | default |", "|---|---|---|---|"]
    return head + [
        "| " + " | ".join((f"`{key}`", _one_line(text), kind, default)) + " |"
        for key, text, kind, default in rows
    ]


def _rows(model: type[BaseModel]) -> Iterator[tuple[str, str, str, str]]:
    texts = meanings(model)
    for key, field in model.model_fields.items():
        yield field.alias or key, texts.get(key, ""), _kind(field), _default(field)


def _environment_table() -> list[str]:
    rows, texts = ["| variable | meaning | default |", "|---|---|---|"], meanings(Settings)
    for key, field in Settings.model_fields.items():
        rows.append(f"| `{variable(key)}` | {_one_line(texts.get(key))} | {_default(field)} |")
    return rows


def _kind(field: FieldInfo) -> str:
    return _kind_of(field.annotation)


def _kind_of(kind: Any) -> str:
    """The kind of value in a word or two; a model links to its section."""
    origin = get_origin(kind)
    if origin is Annotated:
        return _kind_of(get_args(kind)[0])
    if origin in (Union, types.UnionType):
        return _kind_of(next(choice for choice in get_args(kind) if choice is not type(None)))
    if origin is tuple:
        return "list" if _model(kind) else f"list of {_kind_of(get_args(kind)[0])}s"
    if origin is Literal:
        return ", ".join(f"`{word}`" for word in get_args(kind))
    if _model(kind):
        return "keys"
    if origin is dict:
        return f"names with {_kind_of(get_args(kind)[1])}"
    return {str: "text", bool: "true or false", int: "number", timedelta: "duration", date: "day"}.get(
        kind, "text"
    )


def _default(field: FieldInfo) -> str:
    value = field.default
    if field.is_required():
        return "must be given"
    if value in (None, (), {}):
        return "none"
    if isinstance(value, timedelta):
        return f"`{duration_text(value)}`"
    if isinstance(value, WeekHours):
        return f"`{value.text}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, BaseModel):
        return "see below"
    if isinstance(value, tuple):
        return "as in the sample"
    return f"`{value}`"


def _model(kind: Any) -> type[BaseModel] | None:
    """The section that an annotation leads to, if it does."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    return next((model for part in get_args(kind) if (model := _model(part)) is not None), None)


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def write() -> None:
    """Write both files anew, from the repository's root."""
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
    REFERENCE_FILE.write_text(reference_markdown(), encoding="utf-8")
