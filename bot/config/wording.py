"""pydantic's errors in our words: what is wrong, what is allowed, did you mean."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bot.config.meanings import meanings
from bot.config.near import near
from bot.config.problems import Flaw, Path, Refused, listed, shown


def flaws(error: ValidationError, model: type[BaseModel]) -> Iterator[Flaw]:
    """The flaws that pydantic found in data meant for `model`."""
    for detail in error.errors(include_url=False):
        path = tuple(detail["loc"])
        cause = detail.get("ctx", {}).get("error")
        if isinstance(cause, Refused):
            yield from (flaw.under(path) for flaw in cause.flaws)
        elif detail["type"] == "extra_forbidden":
            yield _unknown_key(path, model)
        elif detail["type"] == "missing":
            yield _missing(path, model)
        else:
            yield _wrong(detail).under(path)


def _unknown_key(path: Path, model: type[BaseModel]) -> Flaw:
    owner = model_at(model, path[:-1])
    names = [] if owner is None else [field.alias or name for name, field in owner.model_fields.items()]
    if len(path) == 1:
        names.append("include")
    return Flaw("this key is not known", f"allowed: {listed(names)}", near(str(path[-1]), names), path)


def _missing(path: Path, model: type[BaseModel]) -> Flaw:
    owner = model_at(model, path[:-1])
    meaning = meanings(owner).get(str(path[-1]), "") if owner is not None else ""
    first = meaning.split(". ")[0].rstrip(".")
    return Flaw("is missing", first[:1].lower() + first[1:], path=path)


_KINDS: tuple[tuple[str, str], ...] = (  # the beginning of pydantic's error type, and what it expects
    ("string_", "a text"),
    ("tuple_", "a list"),
    ("list_", "a list"),
    ("model_", "keys with values"),
    ("dict_", "keys with values"),
    ("bool_", "true or false"),
    ("int_", "a whole number"),
    ("float_", "a number"),
)


def _wrong(detail: ErrorDetails) -> Flaw:
    value, kind = detail["input"], detail["type"]
    if value is None:
        return Flaw("has no value", "give one or leave the key out; a text that begins with # needs quotes")
    if kind == "too_long":
        return Flaw(
            f"has {len(value)} entries",
            f"at most {detail['ctx']['max_length']}, as a menu in Slack shows no more",
        )
    if kind == "literal_error":
        allowed = [
            word.strip("'") for word in str(detail["ctx"]["expected"]).replace(" or ", ", ").split(", ")
        ]
        return Flaw(f"{shown(value)} is not known", f"allowed: {listed(allowed)}", near(str(value), allowed))
    expected = next((words for start, words in _KINDS if kind.startswith(start)), None)
    if expected is None:
        return Flaw(detail["msg"][:1].lower() + detail["msg"][1:])
    problem = f"must be {expected}, not {shown(value)}"
    if expected == "a text" and isinstance(value, (int, float)):
        return Flaw(
            problem, f'put it in quotes: "{str(value).lower() if isinstance(value, bool) else value}"'
        )
    if expected == "a list" and isinstance(value, str):
        return Flaw(problem, f"put it in brackets: [{shown(value)}]")
    return Flaw(problem)


def model_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    """The model whose keys stand at `path`, or None if it is no model's place."""
    kind: Any = model
    for step in path:
        kind = _model_or_tuple(kind)
        if isinstance(step, int) and get_origin(kind) is tuple:
            kind = get_args(kind)[0]
        elif isinstance(step, str) and _is_model(kind) and (field := _field_at(kind, step)) is not None:
            kind = field.annotation
        else:
            return None
    kind = _model_or_tuple(kind)
    return kind if _is_model(kind) else None


def _field_at(model: type[BaseModel], key: str) -> FieldInfo | None:
    """The field that stands in the file under this key."""
    return next((field for name, field in model.model_fields.items() if (field.alias or name) == key), None)


def _model_or_tuple(kind: Any) -> Any:
    """The part of an annotation that leads further down: X of `Annotated[X, …]` and of `X | None`."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif get_origin(kind) in (Union, types.UnionType):
            choices = [choice for choice in get_args(kind) if choice is not type(None)]
            kind = choices[0]
        else:
            return kind


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
