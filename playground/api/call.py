"""One Web API call: its arguments in any of the forms in which SDKs send them, and who makes it."""

import base64
import binascii
import json
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from playground.channels import Channel
from playground.errors import SlackError
from playground.messages import Message
from playground.workspace import Workspace

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Address:
    """Where the playground is, and how a bot gets a way into Socket Mode."""

    url: str
    open_socket: Callable[[], str]


class Call:
    """A call of a method with its arguments. Each reader raises SlackError for what does not fit."""

    __slots__ = ("address", "args", "warning", "workspace")

    def __init__(
        self, workspace: Workspace, args: Mapping[str, Any], address: Address, warning: str | None = None
    ) -> None:
        self.workspace = workspace
        self.args = args
        self.address = address
        self.warning = warning

    def text(self, name: str, default: str | None = None) -> str:
        """A text argument; required unless there is a default."""
        value = self.args.get(name)
        if value is None or (value == "" and default is None):
            if default is None:
                raise missing(name)
            return default
        if isinstance(value, bool | dict | list):
            raise SlackError.with_messages("invalid_arguments", [f"must be a string [json-pointer:/{name}]"])
        return str(value)

    def optional(self, name: str) -> str | None:
        """A text argument or None when it is missing or empty."""
        return self.text(name, "") or None

    def flag(self, name: str, default: bool = False) -> bool:
        """A true or false argument: `true`, `1`."""
        value = self.args.get(name)
        if value is None or value == "":
            return default
        return value if isinstance(value, bool) else str(value).lower() in ("1", "true", "t", "yes")

    def number(self, name: str, default: int) -> int:
        """A whole number."""
        value = self.args.get(name)
        if value is None or value == "":
            return default
        try:
            return int(value)
        except (TypeError, ValueError):
            message = f"must be an integer [json-pointer:/{name}]"
            raise SlackError.with_messages("invalid_arguments", [message]) from None

    def names(self, name: str) -> list[str]:
        """A comma separated list, or a JSON array."""
        value = self.args.get(name)
        if value is None or value == "":
            raise missing(name)
        if isinstance(value, str):
            value = self.json(name) if value.startswith("[") else value.split(",")
        if not isinstance(value, list):
            raise SlackError.with_messages("invalid_arguments", [f"must be an array [json-pointer:/{name}]"])
        return [str(part).strip() for part in value]

    def json(self, name: str, error: str = "invalid_arguments") -> Any:
        """A list or an object, also as a JSON text within a form; None when it is missing."""
        value = self.args.get(name)
        if isinstance(value, str):
            if not value:
                return None
            try:
                return json.loads(value)
            except ValueError:
                message = f"must be valid json [json-pointer:/{name}]"
                raise SlackError.with_messages(error, [message]) from None
        return value

    def objects(self, name: str) -> list[dict[str, Any]] | None:
        """A list of objects; None when it is missing."""
        value = self.json(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise SlackError.with_messages(
                "invalid_arguments", [f"must be an array of objects [json-pointer:/{name}]"]
            )
        return value

    def need(self, *scopes: str) -> None:
        """Asks for one of these scopes. Raises SlackError `missing_scope`."""
        manifest = self.workspace.manifest
        if manifest.scopes is None or any(scope in manifest.scopes for scope in scopes):
            return
        raise SlackError("missing_scope", needed=",".join(scopes), provided=manifest.scope_line)

    def channel(self, name: str = "channel") -> Channel:
        """The channel by its id. Raises SlackError `channel_not_found`."""
        return self.workspace.channel(self.text(name))

    def message(self, channel: Channel, name: str = "timestamp") -> Message:
        """A message of the channel. Raises SlackError `message_not_found`."""
        found = channel.messages.get(self.text(name))
        if found is None or found.body.get("subtype") == "tombstone":
            raise SlackError("message_not_found")
        return found


class Method(NamedTuple):
    """A method: what does it, the scope that it always needs, and its tier of rate limits."""

    act: Callable[[Call], Answer]
    scope: str | None = None
    tier: int = 3


Family = Mapping[str, Method]


def missing(name: str) -> SlackError:
    """The answer to a call without a required argument."""
    return SlackError.with_messages("invalid_arguments", [f"missing required field: {name}"])


def read_arguments(content_type: str, query: str, sent: bytes) -> tuple[dict[str, Any], str | None]:
    """The arguments of a request, and Slack's warning about its form.

    Raises SlackError `invalid_json`, `json_not_object`, `invalid_post_type`. Files in multipart bodies are
    left out: every method takes its bytes by an upload address.
    """
    args: dict[str, Any] = {}
    if query:
        args.update(urllib.parse.parse_qsl(query, keep_blank_values=True))
    if not sent:
        return args, None
    kind, _, parameters = content_type.partition(";")
    kind = kind.strip().lower()
    if kind == "application/json":
        try:
            body = json.loads(sent)
        except ValueError:
            raise SlackError("invalid_json") from None
        if not isinstance(body, dict):
            raise SlackError("json_not_object")
        args.update((key, value) for key, value in body.items() if value is not None)
        return args, None if "charset" in parameters.lower() else "missing_charset"
    if kind == "application/x-www-form-urlencoded":
        args.update(urllib.parse.parse_qsl(sent.decode("utf-8", "replace"), keep_blank_values=True))
        return args, None
    if kind == "multipart/form-data":
        args.update(_multipart(parameters, sent))
        return args, None
    raise SlackError("invalid_post_type")


def _multipart(parameters: str, sent: bytes) -> dict[str, str]:
    boundary = parameters.partition("boundary=")[2].split(";")[0].strip().strip('"')
    if not boundary:
        raise SlackError("invalid_form_data")
    args: dict[str, str] = {}
    for part in sent.split(b"--" + boundary.encode())[1:-1]:
        head, _, value = part.partition(b"\r\n\r\n")
        name = head.partition(b'name="')[2].partition(b'"')[0].decode()
        if name and b'filename="' not in head:
            args[name] = value.removesuffix(b"\r\n").decode("utf-8", "replace")
    return args


def page(found: list[Any], call: Call, most: int, default: int = 100) -> tuple[list[Any], str]:
    """One page of a list by `cursor` and `limit`, and the cursor of the next one."""
    limit = call.number("limit", default) or default
    if not 1 <= limit <= most:
        raise SlackError("invalid_limit")
    start = read_cursor(call.optional("cursor"), "offset")
    begin = int(start) if start else 0
    further = begin + limit
    return found[begin:further], make_cursor("offset", str(further)) if further < len(found) else ""


def make_cursor(kind: str, value: str) -> str:
    """An opaque cursor as Slack makes them: base64 of a word and a place."""
    return base64.b64encode(f"{kind}:{value}".encode()).decode()


def read_cursor(cursor: str | None, kind: str) -> str | None:
    """The place in a cursor. Raises SlackError `invalid_cursor`."""
    if not cursor:
        return None
    try:
        found, _, value = base64.b64decode(cursor, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise SlackError("invalid_cursor") from None
    if found != kind:
        raise SlackError("invalid_cursor")
    return value
