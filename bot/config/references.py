"""Rules between entries: names that refer to nothing, names given twice, and the sections' rules about a whole.

They read the data as written, guided by the models. So they can speak beside the errors of single fields,
and a service with a bad link is still a service that others may depend on.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.config.fields import OrText, Refers, RefersByKind, Whole, named
from bot.config.near import folded, near
from bot.config.problems import Flaw, Path, listed, shown


def flaws(model: type[BaseModel], data: Mapping[str, Any]) -> Iterator[Flaw]:
    """Every rule between entries that `data`, meant for `model`, breaks."""
    names = {key: {name for _, name in named(_default(field))} for key, field in model.model_fields.items()}
    names |= {key: {name for _, name in named(value)} for key, value in data.items()}
    yield from _in_model(model, data, names, ())


def _default(field: FieldInfo) -> object:
    """What stands for a list that is not written: there are severities, roles and statuses without any in the file."""
    whole = field.default if isinstance(field.default, tuple) else ()
    return [item.model_dump() for item in whole if isinstance(item, BaseModel)]


def _in_model(model: type[BaseModel], data: object, names: dict[str, set[str]], path: Path) -> Iterator[Flaw]:
    if not isinstance(data, Mapping):
        return
    for name, field in model.model_fields.items():
        key = field.alias or name
        if data.get(key) is not None:
            yield from _in_value(field.annotation, field.metadata, data[key], names, (*path, key))


def _in_value(
    kind: Any, marks: list[Any], value: object, names: dict[str, set[str]], path: Path
) -> Iterator[Flaw]:
    for mark in marks:
        if isinstance(mark, Whole):
            yield from (flaw.under(path) for flaw in mark.check(value))
        elif isinstance(mark, OrText):
            value = mark.mapping(value)
        elif isinstance(mark, Refers) and isinstance(value, str):
            yield from _unknown(value, mark.section, names, path)
        elif isinstance(mark, RefersByKind) and isinstance(value, str):
            kind, colon, name = value.partition(":")
            section = dict(mark.sections).get(kind.strip())
            if not colon and mark.bare is not None:
                yield from _unknown(value, mark.bare, names, path)
            elif colon and section in names:  # the file may have no such list (yet)
                yield from _unknown(name, section, names, path, before=f"{kind}:")
    origin = get_origin(kind)
    if origin is Annotated:
        inner, *more = get_args(kind)
        yield from _in_value(inner, more, value, names, path)
    elif origin in (Union, types.UnionType):
        for choice in get_args(kind):
            yield from _in_value(choice, [], value, names, path)
    elif origin is tuple and isinstance(value, (list, tuple)):
        item_kind = get_args(kind)[0]
        if (
            isinstance(item_kind, type)
            and issubclass(item_kind, BaseModel)
            and "name" in item_kind.model_fields
        ):
            yield from _named_twice(value, path)
        for index, item in enumerate(value):
            yield from _in_value(item_kind, [], item, names, (*path, index))
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        yield from _in_model(kind, value, names, path)


def _unknown(
    word: str, section: str, names: dict[str, set[str]], path: Path, *, before: str = ""
) -> Iterator[Flaw]:
    known = names.get(section, set())
    name = word.strip().removeprefix("@")
    if name not in known:
        what = section.replace("_", " ")
        guess = near(name, sorted(known))
        meant = None if guess is None else before + guess
        yield Flaw(
            f"{shown(before + word)} is not among the {what}",
            f"known {what}: {listed(sorted(known))}",
            meant,
            path,
        )


def _named_twice(items: object, path: Path) -> Iterator[Flaw]:
    first: dict[str, int] = {}
    for index, name in named(items):
        earlier = first.setdefault(folded(name), index)
        if earlier != index:
            other = (*path, earlier, "name")
            yield Flaw(
                f"{shown(name)} is a name given already",
                "a name for each",
                None,
                (*path, index, "name"),
                other,
            )
