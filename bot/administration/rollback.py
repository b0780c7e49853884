"""Putting the files of a former configuration in the place of those of now.

Whoever rolls back writes the files of one machine, and notes a version that says so. Every other replica, which has files of
its own, finds that version and writes its own alike.

Reading and writing them takes seconds where they are large: it is done outside a transaction, and beside the loop.
"""

import os
import shutil
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.administration.configuration import newest_version, version
from bot.administration.rows import ConfigVersion
from bot.config.written import Written, read_written
from bot.core.errors import RuleRefused

# Of what is wrong with a version so much is told.
TOLD = 5
Held = Collection[tuple[str, str]]
ROLLED_BACK = "rolled back to "


async def restorable(session: AsyncSession, number: int, now: Written) -> tuple[ConfigVersion, Held]:
    """The version, and which of the texts of now the history holds: what it does not hold is not overwritten. Raises NotFound."""
    return await version(session, number), await _held(session, now)


async def rolled_back_since(
    session: AsyncSession, number: int, now: Written
) -> tuple[ConfigVersion, Held] | None:
    """The same of the newest version, if it came after this one and somebody rolled back to it."""
    columns = select(ConfigVersion.number, ConfigVersion.how)
    newest = (await session.execute(columns.order_by(ConfigVersion.number.desc()).limit(1))).first()
    if newest is None or newest.number <= number or not newest.how.startswith(ROLLED_BACK):
        return None
    return await version(session, newest.number), await _held(session, now)


async def _held(session: AsyncSession, now: Written) -> Held:
    """All texts of now if they were active together once; else those of them that are active."""
    same = select(ConfigVersion).where(ConfigVersion.digest == now.digest).limit(1)
    known = await session.scalar(same) or await newest_version(session)
    return set(known.texts.items()) if known is not None else set()


def rolled_back(number: int) -> str:
    """How a version came to be active that has the files of a former one."""
    return f"{ROLLED_BACK}{number}"


def put_back(wanted: ConfigVersion, held: Held, file: Path) -> tuple[Written, list[str]]:
    """Writes the files of a version; returns what is read then, and which files were kept aside because no version holds
    them. Raises RuleRefused; then nothing was written, or only whole files were.
    """
    if read_written(file).digest == wanted.digest:
        raise RuleRefused(f"The files are those of version {wanted.number} already.")
    _check(wanted, file)
    try:
        kept = _put(wanted.texts, held, file)
    except OSError as error:
        raise RuleRefused(
            f"{error.filename or file} cannot be written: {error.strerror or error}.",
            "Roll back where the files come from (the ConfigMap, the repository): Tocsin reads them by itself then.",
        ) from None
    again = read_written(file)
    if again.digest != wanted.digest:
        raise RuleRefused(
            "The files are not those of the version after they were written.",
            "Does something else write them? Stop it, and roll back again.",
        )
    return again, kept


def _check(wanted: ConfigVersion, file: Path) -> None:
    """Raises RuleRefused where the program of today would refuse it. It is read where nothing can go wrong by it."""
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
            told = "; ".join(str(problem) for problem in found.problems[:TOLD])
            more = len(found.problems) - TOLD
            further = f"; and {more} more" if more > 0 else ""
            raise RuleRefused(
                f"The Tocsin of today refuses version {wanted.number}: {told}{further}.",
                f"Mend {file.name} by hand; `tocsin config diff {wanted.number}` tells what was otherwise.",
            )


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
