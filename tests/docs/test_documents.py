"""The documents say what is there: every command is described, every link and picture leads somewhere."""

import re
from pathlib import Path

import pytest
import typer.main
from click import Command, Group

from bot.cli import app
from handlers.commands.incident import SUBCOMMANDS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]


def test_every_subcommand_is_described() -> None:
    text = (ROOT / "docs/commands.md").read_text()
    missing = [s.name for s in SUBCOMMANDS if f"`/incident {s.name}" not in text]
    assert not missing


def test_every_command_of_the_program_is_described() -> None:
    text = (ROOT / "docs/commands.md").read_text()
    missing = [words for words in _commands(typer.main.get_command(app), "tocsin") if f"`{words}" not in text]
    assert not missing


def _commands(command: Command, words: str) -> list[str]:
    if isinstance(command, Group):
        return [
            found for name, sub in command.commands.items() for found in _commands(sub, f"{words} {name}")
        ]
    return [words]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_pictures_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", document.read_text())
    broken = [
        link
        for link in links
        if not link.startswith(("http://", "https://", "#"))
        and not (document.parent / link.split("#")[0]).exists()
    ]
    assert not broken
