"""The folder of runbooks: which files are in it, and what is wrong with them."""

import re
from pathlib import Path

from bot.config import Config
from bot.config.problems import ConfigProblem
from bot.runbooks.page import LONGEST_PAGE, Runbook, UnfitRunbook, parse

MOST_FILES = 500
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?")
# What folders hold that is no runbook.
_NOT_MEANT = ("readme",)


def files_in(base: Path, config: Config) -> dict[str, Path]:
    """The Markdown files by their names; those that app.yaml says are kept elsewhere are not among them."""
    folder = _folder(base, config)
    if folder is None or not folder.is_dir():
        return {}
    elsewhere = {page.name for page in config.runbooks.pages if page.is_fetched}
    found = {path.stem: path for path in sorted(folder.glob("*.md"))[:MOST_FILES] if path.is_file()}
    unwanted = elsewhere.union(_NOT_MEANT)
    return {name: path for name, path in found.items() if _NAME.fullmatch(name) and name not in unwanted}


def problems_in(base: Path, config: Config) -> list[ConfigProblem]:
    """Everything that is wrong with the folder and its files, as file:line."""
    return read_all(base, config)[1]


def read_all(base: Path, config: Config) -> tuple[list[Runbook], list[ConfigProblem]]:
    """The runbooks of the folder that are in order, and what is wrong with the others."""
    folder = _folder(base, config)
    if folder is None:
        return [], []
    if not folder.is_dir():
        return [], [
            ConfigProblem(str(folder), None, "", "is not a folder", "the one that runbooks.folder names")
        ]
    found, problems = [], []
    for path in sorted(folder.glob("*.md")):
        if not _NAME.fullmatch(path.stem) and path.stem.lower() not in _NOT_MEANT:
            allowed = "lowercase letters, digits, - and _, such as database-failover.md"
            problems.append(ConfigProblem(str(path), None, "", "this name cannot be typed", allowed))
    files = files_in(base, config)
    for page in config.runbooks.pages:
        if not page.is_fetched and page.name not in files:
            problems.append(ConfigProblem(str(folder / f"{page.name}.md"), None, "", "there is no such file"))
    known = {*files, *(page.name for page in config.runbooks.pages)}
    for rule in config.automation:
        for action in rule.then:
            if action.checklist is not None and action.checklist not in known:
                missing = str(folder / f"{action.checklist}.md")
                why = f"the rule {rule.name} posts its steps"
                problems.append(ConfigProblem(missing, None, "", "there is no such file", why))
    for name, path in files.items():
        try:
            text = path.read_bytes()[: 4 * LONGEST_PAGE + 1].decode("utf-8-sig", "replace")
            found.append(parse(name, text, config, file=str(path)))
        except UnfitRunbook as unfit:
            problems.extend(unfit.problems)
        except OSError as error:
            problems.append(ConfigProblem(str(path), None, "", f"cannot be read: {error.strerror}"))
    return found, problems


def _folder(base: Path, config: Config) -> Path | None:
    return None if config.runbooks.folder is None else base / config.runbooks.folder
