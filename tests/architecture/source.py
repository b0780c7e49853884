"""The source as trees, for tests about what it may and may not do."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def files(*folders: str) -> list[Path]:
    """Every Python file under these folders of the repository."""
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def calls(*folders: str) -> Iterator[tuple[Path, ast.Call]]:
    """Every call in these folders."""
    for file in files(*folders):
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.Call):
                yield file, node


def dotted(node: ast.expr) -> str:
    """`datetime.now` of an attribute or a name; "" of anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def at(file: Path, node: ast.expr | ast.stmt) -> str:
    return f"{file.relative_to(ROOT)}:{node.lineno}"
