"""The documents say what is there: every command is described, every link and picture leads somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperCommand, TyperGroup

from bot.cli import app
from handlers import SHORTCUTS
from handlers.commands.incident import SUBCOMMANDS
from handlers.commands.maintenance import SUBCOMMANDS as OF_MAINTENANCE
from handlers.commands.oncall import SUBCOMMANDS as OF_ONCALL
from handlers.commands.ops import SUBCOMMANDS as OF_OPS
from handlers.commands.page import SUBCOMMANDS as PAGE_WORDS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]

every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


@pytest.fixture
def commands() -> str:
    return (ROOT / "docs/commands.md").read_text()


def test_every_subcommand_is_described(commands: str) -> None:
    missing = [s.name for s in SUBCOMMANDS if not re.search(rf"`/incident {s.name}\b", commands)]
    assert not missing


def test_every_word_of_page_is_described(commands: str) -> None:
    described = set(re.findall(r"^\| `/page (\w+)", commands, re.MULTILINE))
    assert described == {"help", *(s.name for s in PAGE_WORDS)}
    assert not [name for s in PAGE_WORDS for name in s.also if f"`{name}`" not in commands]


def test_every_subcommand_of_oncall_is_described_and_no_other(commands: str) -> None:
    described = set(re.findall(r"^\| `/oncall (\w+)", commands, re.MULTILINE))
    assert described - {"primary"} == {s.name for s in OF_ONCALL}
    assert not [name for s in OF_ONCALL for name in s.also if f"`{name}`" not in commands]


def test_every_word_of_maintenance_is_described_and_no_other(commands: str) -> None:
    described = set(re.findall(r"^\| `/check maintenance (\w+)", commands, re.MULTILINE))
    assert described == {word.name for word in OF_MAINTENANCE}
    assert not [name for word in OF_MAINTENANCE for name in word.also if f"`{name}`" not in commands]


def test_every_word_of_ops_is_described_and_no_other(commands: str) -> None:
    described = set(re.findall(r"^\| `/ops ([a-z]+(?: [a-z]+)?)", commands, re.MULTILINE))
    assert described == {"help", *(s.name for s in OF_OPS)}


def test_every_other_name_of_a_subcommand_is_described(commands: str) -> None:
    missing = [name for s in SUBCOMMANDS for name in s.also if f"`{name}`" not in commands]
    assert not missing


def test_no_subcommand_is_described_that_does_not_exist(commands: str) -> None:
    described = set(re.findall(r"^\| `/incident (\w+)", commands, re.MULTILINE))
    assert described - {s.name for s in SUBCOMMANDS} == {"help"}


def test_every_shortcut_is_described(commands: str) -> None:
    missing = [shortcut.name for shortcut in SHORTCUTS if f"*{shortcut.name}*" not in commands]
    assert not missing


@pytest.fixture
def program() -> dict[str, TyperCommand]:
    """Every command by its words, "tocsin incident list"."""
    found = dict(_commands(typer.main.get_command(app), "tocsin"))
    assert "tocsin config check" in found
    return found


def _commands(command: object, words: str) -> Iterator[tuple[str, TyperCommand]]:
    if isinstance(command, TyperGroup):
        for name, sub in command.commands.items():
            yield from _commands(sub, f"{words} {name}")
    elif isinstance(command, TyperCommand):
        yield words, command


def test_every_command_of_the_program_is_described(commands: str, program: dict[str, TyperCommand]) -> None:
    missing = [words for words in program if not re.search(rf"`{words}\b", commands)]
    assert not missing


def test_every_option_of_the_program_is_described(commands: str, program: dict[str, TyperCommand]) -> None:
    missing = [
        f"{words} {option}"
        for words, command in program.items()
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--") and option != "--help"
        if not re.search(rf"^\| `{words}\b[^|]*{option}\b", commands, re.MULTILINE)
    ]
    assert not missing


def test_every_picture_is_taken_by_a_test_and_shown_by_a_document() -> None:
    kept = {file.stem for file in (ROOT / "docs/pictures").iterdir()}
    shown = {name for one in DOCUMENTS for name in re.findall(r"pictures/([a-z-]+)\.png", one.read_text())}
    tests = (ROOT / "tests/browser").glob("test_*.py")
    taken = {name for one in tests for name in re.findall(r'\.picture\("([a-z-]+)"', one.read_text())}
    assert kept == shown == taken


@every_document
def test_links_and_pictures_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", document.read_text())
    broken = [
        link for link in links if not link.startswith(("http://", "https://")) and not _leads(document, link)
    ]
    assert not broken


def _leads(document: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = document.parent / path if path else document
    return target.exists() and (not anchor or anchor in _anchors(target))


def _anchors(document: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@every_document
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", document.read_text(), re.MULTILINE))
    assert named <= targets


@every_document
def test_every_file_that_is_named_exists(document: Path) -> None:
    named = re.findall(
        r"`((?:bot|handlers|playground|tests|docs|migrations|bench)/[\w./-]*\w\.?\w*/?)`",
        document.read_text(),
    )
    assert [name for name in named if not (ROOT / name).exists()] == []
