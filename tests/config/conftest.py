from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from bot.config import ConfigErrors, load

Write = Callable[..., None]
Told = Callable[..., list[str]]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write files into an empty directory, where the test then stands: write("app.yaml text", {"b.yaml": "…"})."""
    monkeypatch.chdir(tmp_path)

    def files(app: str, more: dict[str, str] | None = None) -> None:
        for name, text in {"app.yaml": app, **(more or {})}.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(dedent(text), encoding="utf-8")

    return files


@pytest.fixture
def told(write: Write) -> Told:
    """The errors of app.yaml, line by line; none if it is right."""

    def errors(app: str, more: dict[str, str] | None = None) -> list[str]:
        write(app, more)
        try:
            load("app.yaml")
        except ConfigErrors as error:
            return str(error).splitlines()
        return []

    return errors
