"""The configurations that were active, and those that were refused."""

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base, RowId


class ConfigVersion(Base):
    """app.yaml and what it includes, as it was active from `activated_at` until the next one.

    `texts` are the files by their path from app.yaml's folder, app.yaml first. Whoever sits at a file is known by the
    system only: `by` is the name of its owner, or who rolled back.
    """

    __tablename__ = "config_version"

    # Numbered by the program: two replicas that read the same new file at the same moment write one version.
    number: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    digest: Mapped[str] = mapped_column(String(64))
    texts: Mapped[dict[str, str]] = mapped_column(JSON)
    activated_at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(120))
    how: Mapped[str] = mapped_column(String(60))


class ConfigTrouble(Base):
    """A configuration that was refused, and is until `mended_at`. `place` is the machine that read it."""

    __tablename__ = "config_trouble"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    problems: Mapped[list[str]]
    place: Mapped[str] = mapped_column(String(120))
    found_at: Mapped[datetime]
    mended_at: Mapped[datetime | None]
