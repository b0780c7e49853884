"""A terminal in an empty folder: `status, out, err = await tocsin("incident", "list")`."""

import asyncio
import logging
import os
import shutil
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import structlog

from bot.__main__ import main

Tocsin = Callable[..., Awaitable[tuple[int, str, str]]]
SAMPLE = Path(__file__).resolve().parents[2] / "app.yaml"
# A shift of a week, every week, of whom it is formatted with.
CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:t
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20260101
DTEND;VALUE=DATE:20260108
RRULE:FREQ=WEEKLY
SUMMARY:{}
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder, with the sample app.yaml, its runbooks and nothing of the environment's that concerns Tocsin."""
    for name in list(os.environ):
        if name.startswith(("SLACK_", "TOCSIN_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    shutil.copy(SAMPLE, tmp_path / "app.yaml")
    shutil.copytree(SAMPLE.parent / "runbooks", tmp_path / "runbooks")
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield tmp_path
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def tocsin(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tocsin:
    """Runs the command in a thread, as it brings an event loop of its own; keywords are environment variables."""

    async def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
        capsys.readouterr()
        with monkeypatch.context() as here:
            here.setattr("sys.argv", ["tocsin", *arguments])
            for name, value in environment.items():
                here.setenv(name, value)
            status = await asyncio.to_thread(_status)
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return status, out, err

    return run


def databases_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.glob("*.sqlite3*"))


def _status() -> int:
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0
