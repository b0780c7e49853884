"""What the keys of a section mean: the texts that stand under its attributes.

They are read from the source when somebody wants to see them. Pydantic would read them as each class is made, a quarter of
a second of each start and of each command, whether anybody does or not.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from itertools import pairwise

from pydantic import BaseModel


def meanings(model: type[BaseModel]) -> dict[str, str]:
    """The text of each field that has one, those of the classes that it stands on too."""
    fields = model.model_fields.keys()
    return {
        name: text
        for owner in reversed(model.__mro__)
        if fields & vars(owner).get("__annotations__", {}).keys()
        for name, text in _under_attributes(owner)
        if name in fields
    }


def _under_attributes(owner: type) -> Iterator[tuple[str, str]]:
    try:
        source = inspect.getsource(owner)
    except OSError:  # a program without its sources works, and says less
        return
    (written,) = ast.parse(textwrap.dedent(source)).body
    assert isinstance(written, ast.ClassDef)
    for above, below in pairwise(written.body):
        match above, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)
