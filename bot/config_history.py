"""What `tocsin config history`, `diff` and `rollback` tell and do."""

import getpass
import os
import shutil
import tempfile
from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

from bot.administration.configuration import (
    activate,
    counted,
    difference,
    newest_version,
    version,
    versions,
)
from bot.administration.rows import ConfigVersion
from bot.config.problems import ConfigErrors
from bot.config.written import read_written
from bot.core.db import Database
from bot.core.errors import NotFound, OperatorError, RuleRefused


async def history(db: Database, *, limit: int) -> list[dict[str, Any]]:
    """The versions, the newest first, each with how much it changed."""
    async with db.read() as session:
        found = await versions(session, limit=limit + 1)  # one more: what the last one changed
    return [_told(one, before) for one, before in zip_longest(found, found[1:])][:limit]


def _told(one: ConfigVersion, before: ConfigVersion | None) -> dict[str, Any]:
    added, removed = counted(before.texts, one.texts) if before is not None else (0, 0)
    texts = before.texts if before is not None else {}
    changed = [file for file in {*one.texts, *texts} if one.texts.get(file) != texts.get(file)]
    return {
        "version": one.number,
        "activated_at": one.activated_at.isoformat(),
        "by": one.by,
        "how": one.how,
        "added": added,
        "removed": removed,
        "files": sorted(changed),
        "digest": one.digest,
    }


def line(told: dict[str, Any]) -> str:
    """For the terminal."""
    changed = f"+{told['added']} −{told['removed']} in {', '.join(told['files'])}"
    much = changed if told["added"] or told["removed"] else ", ".join(told["files"])
    return f"{told['version']:>4}  {told['activated_at'][:19]}Z  {told['by']:<16} {told['how']:<22} {much}"


async def diff(db: Database, first: int | None, second: int | None, file: Path) -> str:
    """From one version to another; without the second to what stands in the files now, without both from the newest one
    to that.
    """
    async with db.read() as session:
        newest = await newest_version(session)
        if newest is None:
            raise NotFound("No configuration was active yet.", "`tocsin run` notes the first one.")
        before = newest if first is None else await version(session, first)
        if second is not None:
            after = await version(session, second)
            return difference(before.texts, after.texts, (_name(before), _name(after)))
    return difference(before.texts, read_written(file).texts, (_name(before), "as it stands"))


def _name(of: ConfigVersion) -> str:
    return f"version {of.number}"


async def roll_back(db: Database, number: int, file: Path, *, now: datetime) -> tuple[int, list[str]]:
    """Puts the files of a version in the place of those of now; returns the new version's number, and which files were
    kept aside because no version holds them. A running Tocsin reads them by itself.
    """
    async with db.read() as session:
        wanted = await version(session, number)
        held = {pair for one in await versions(session, limit=1_000_000) for pair in one.texts.items()}
    if read_written(file).digest == wanted.digest:
        raise RuleRefused(f"The files are those of version {number} already.")
    _check(wanted, file)
    async with db.begin() as session:
        try:
            kept = _put(wanted.texts, held, file)
        except OSError as error:
            raise OperatorError(
                f"{error.filename or file} cannot be written: {error.strerror or error}.",
                "Roll back where the files come from (the ConfigMap, the repository): Tocsin reads them by itself then.",
            ) from None
        again = read_written(file)
        if again.digest != wanted.digest:
            raise OperatorError(
                "The files are not those of the version after they were written.",
                "Does something else write them? Stop it, and roll back again.",
            )
        # Where what stood there was broken, the version may be active all the time: it stays that one.
        new = await activate(session, again, by=_operator(), how=f"rolled back to {number}", now=now)
    return new, kept


def _operator() -> str:
    return os.environ.get("SUDO_USER") or getpass.getuser()


def _check(wanted: ConfigVersion, file: Path) -> None:
    """Raises ConfigErrors where the program of today would refuse it. It is read where nothing can go wrong by it."""
    with tempfile.TemporaryDirectory(prefix="tocsin-rollback-") as folder:
        # As deep as the deepest path out of the folder needs.
        depth = max(name.split(os.sep).count("..") for name in wanted.texts)
        base = Path(folder, *(["in"] * depth))
        for name, text in wanted.texts.items():
            place = base / (name if not os.path.isabs(name) else Path(name).name)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        found = read_written(base / file.name)
        if found.config is None:
            raise ConfigErrors(found.problems)


def _put(texts: Mapping[str, str], held: Collection[tuple[str, str]], file: Path) -> list[str]:
    """Writes each file whole, by a rename, and takes away what the version did not have: a pattern would include it again.
    What no version holds is kept beside; returns these files.
    """
    kept, folder = [], file.parent

    def keep(name: str, text: str) -> None:
        if (name, text) not in held:
            aside = (folder / name).with_name(f"{Path(name).name}.replaced")
            shutil.copy2(folder / name, aside)
            kept.append(str(aside))

    before = read_written(file).texts
    for name, text in texts.items():
        if before.get(name) == text:
            continue
        if name in before:
            keep(name, before[name])
        place = Path(os.path.realpath(folder / name))
        aside = place.with_name(f".{place.name}.rollback")
        place.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(text, encoding="utf-8")
        if place.exists():
            shutil.copymode(place, aside)
        aside.replace(place)
    # Read again: what was there may have been too broken to tell what it includes.
    for name, text in read_written(file).texts.items():
        if name not in texts:
            keep(name, text)
            (folder / name).unlink()
    return kept
