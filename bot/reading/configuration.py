"""What `tocsin config history`, `diff` and `rollback` tell and do."""

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
from bot.administration.operator import operator
from bot.administration.rollback import put_back, restorable, rolled_back
from bot.administration.rows import ConfigVersion
from bot.config.written import read_written
from bot.core.audit import OPERATOR
from bot.core.db import Database
from bot.core.errors import NotFound


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
        wanted, held = await restorable(session, number, read_written(file))
    again, kept = put_back(wanted, held, file)
    async with db.begin() as session:
        # Where what stood there was broken, the version may be active all the time: it stays that one.
        new = await activate(session, again, by=operator(), how=rolled_back(number), now=now, who=OPERATOR)
    return new, kept
