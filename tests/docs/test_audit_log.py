"""docs/audit.md names each act that the program notes, and no other."""

import ast
import re
from pathlib import Path

from bot.core.audit import ACTS

HERE = Path(__file__).resolve().parents[2]


def documented() -> set[str]:
    rows = re.findall(r"^\| (`[^|]+`) \|", (HERE / "docs/audit.md").read_text(), re.MULTILINE)
    return {act for row in rows for act in re.findall(r"`(\w+)`", row)}


def noted() -> set[str]:
    """The words that the calls of `audit` and its like name as the act; constants by their value."""
    found, constants = set(), {"kind": {"hidden", "shown"}, "REDACTED": {"redacted"}, "REFUSED": {"refused"}}
    for file in (*HERE.glob("bot/**/*.py"), *HERE.glob("handlers/**/*.py")):
        for call in ast.walk(ast.parse(file.read_text())):
            if isinstance(call, ast.Call) and _name(call) in ("audit", "note", "_audit", "_note"):
                for word in call.args[1:4]:
                    if isinstance(word, ast.Constant) and word.value in ACTS:
                        found.add(word.value)
                    elif isinstance(word, ast.Name):
                        found |= constants.get(word.id, set())
    return found


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def test_every_act_is_documented_and_every_documented_one_is_noted() -> None:
    assert documented() == set(ACTS)
    assert noted() == set(ACTS)
