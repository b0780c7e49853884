"""What becomes of a configuration that was read: it is active as a version, or it is refused and told of."""

import difflib
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.administration.rows import ConfigTrouble, ConfigVersion
from bot.config import Config
from bot.config.sections.paging import target
from bot.config.written import Written
from bot.core.audit import audit
from bot.core.db import insert_missing
from bot.core.errors import NotFound
from bot.core.outbox import Priority, enqueue
from bot.core.user_groups import members_of

REFUSED, MENDED = "refused", "mended"
# Of a broken file there can be thousands.
KEPT_PROBLEMS = 20


async def newest_version(session: AsyncSession) -> ConfigVersion | None:
    """The configuration that was made active last."""
    query = select(ConfigVersion).order_by(ConfigVersion.number.desc()).limit(1)
    found: ConfigVersion | None = await session.scalar(query.execution_options(populate_existing=True))
    return found


async def version(session: AsyncSession, number: int) -> ConfigVersion:
    """Raises NotFound."""
    found = await session.get(ConfigVersion, number) if 0 < number < 2**62 else None
    if found is None:
        raise NotFound(
            f"There is no version {number} of the configuration.", "`tocsin config history` lists them."
        )
    return found


async def version_before(session: AsyncSession, number: int) -> ConfigVersion | None:
    """The one that it took the place of, if that is kept."""
    query = select(ConfigVersion).where(ConfigVersion.number < number)
    found: ConfigVersion | None = await session.scalar(query.order_by(ConfigVersion.number.desc()).limit(1))
    return found


async def versions(session: AsyncSession, *, limit: int) -> Sequence[ConfigVersion]:
    """The newest first."""
    query = select(ConfigVersion).order_by(ConfigVersion.number.desc()).limit(limit)
    return (await session.scalars(query)).all()


def old_versions(before: datetime) -> Select[int]:
    """Those that another one followed before then, the oldest first: what was active since is kept."""
    later = aliased(ConfigVersion)
    followed = select(later.number).where(later.number > ConfigVersion.number, later.activated_at < before)
    return select(ConfigVersion.number).where(followed.exists()).order_by(ConfigVersion.number)


async def activate(
    session: AsyncSession, written: Written, *, by: str, how: str, now: datetime, who: str | None = None
) -> int:
    """Notes that this configuration is active from now on; returns its number. What is active already is no new version:
    a restart changes nothing, nor does another replica that reads the same files. `who` rolled back, if somebody did.
    """
    while True:
        newest = await newest_version(session)
        if newest is not None and newest.digest == written.digest:
            return newest.number
        number = 1 if newest is None else newest.number + 1
        row = {
            "number": number,
            "digest": written.digest,
            "texts": dict(written.texts),
            "activated_at": now,
            "by": by[:120],
            "how": how[:60],
        }
        await insert_missing(session, ConfigVersion, [row])
        kept = await session.get_one(ConfigVersion, number, populate_existing=True)
        if kept.digest == written.digest and kept.activated_at == now:
            audit(session, "configuration", by=who, now=now, version=number, how=how, owner=by)
            return number


async def refuse(
    session: AsyncSession, problems: Sequence[str], *, config: Config, place: str, now: datetime
) -> str:
    """Notes what is wrong with a configuration that was not made active; returns the name of this trouble. Those who
    may configure are told once, whoever finds it and however often.
    """
    digest = hashlib.sha256("\n".join(problems).encode()).hexdigest()
    row = {
        "digest": digest,
        "problems": list(problems[:KEPT_PROBLEMS]),
        "place": place[:120],
        "found_at": now,
        "mended_at": None,
    }
    known = await session.get(ConfigTrouble, digest, with_for_update=True)
    if known is None:
        await insert_missing(session, ConfigTrouble, [row])
        known = await session.get_one(ConfigTrouble, digest, with_for_update=True)
        is_news = known.found_at == now
    else:
        is_news = known.mended_at is not None
        if is_news:
            known.found_at, known.mended_at, known.place = now, None, place[:120]
    if is_news:
        audit(session, "configuration_refused", by=None, now=now, place=place, problems=len(problems))
        await _tell(session, digest, REFUSED, config=config, now=now)
    return digest


async def mend(session: AsyncSession, *, place: str, config: Config, now: datetime) -> None:
    """The configuration of this machine is in order again: whoever was told that it was not is told so."""
    query = select(ConfigTrouble).where(ConfigTrouble.place == place[:120], ConfigTrouble.mended_at.is_(None))
    mended = (await session.scalars(query.order_by(ConfigTrouble.digest).with_for_update())).all()
    for trouble in mended:
        trouble.mended_at = now
    if mended:
        await _tell(session, max(mended, key=lambda one: one.found_at).digest, MENDED, config=config, now=now)


async def _tell(session: AsyncSession, trouble: str, news: str, *, config: Config, now: datetime) -> None:
    """Tells those who may configure: people by their name, members of user groups by their account."""
    named = [target(one) for one in config.permissions.configuration if ":" in one]
    groups = await members_of(session, [one.name for one in named if one.kind == "group"])
    for person in dict.fromkeys([*(one.name for one in named if one.kind == "person"), *groups]):
        enqueue(
            session,
            "config.notice",
            now=now,
            about={"trouble": trouble, "news": news, "to": person},
            lane=f"config:{person}",
            priority=Priority.NOTE,
        )


def difference(before: Mapping[str, str], after: Mapping[str, str], names: tuple[str, str]) -> str:
    """What changed from one to the other, as a unified diff; nothing where nothing did."""
    found: list[str] = []
    for file in dict.fromkeys((*before, *after)):
        old, new = before.get(file, ""), after.get(file, "")
        if old != new:
            sides = [f"{file} ({name})" for name in names]
            found += difflib.unified_diff(old.splitlines(), new.splitlines(), sides[0], sides[1], lineterm="")
    return "\n".join(found)


def counted(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[int, int]:
    """How many lines were added, and how many taken out."""
    lines = difference(before, after, ("", "")).splitlines()
    changed = [line[0] for line in lines if line[:1] in "+-" and not line.startswith(("+++ ", "--- "))]
    return changed.count("+"), changed.count("-")
