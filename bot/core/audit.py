"""The audit log: who did what that is administrative, and who was refused what.

A line is written in the transaction of the act that it tells of: there is none without the act, and no act without it. A
refusal changes nothing else, so it has a transaction of its own (handlers.entry). Lines are only ever added.

A line names things by number and by the names that app.yaml gives them. It never holds what people wrote: no title, no
text of a timeline, no secret. So it tells whoever keeps it nothing of what a private incident is about.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Connection, Index, Select, String, Table, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base, RowId, at_commit

# Whoever sits at the command line: the operating system knows who that is, Tocsin does not.
OPERATOR = "operator"
REFUSED = "refused"

# All that is told of; docs/audit.md says what each means.
ACTS = (
    REFUSED,
    "backup_made",
    "backup_verified",
    "closed",
    "configuration",
    "configuration_refused",
    "contact_method",
    "declared_private",
    "exported",
    "hidden",
    "let_pass",
    "merged",
    "override_cancelled",
    "override_made",
    "redacted",
    "reopened",
    "restored",
    "retention",
    "shown",
)


class AuditLine(Base):
    """One act. `by` is a Slack user id, `OPERATOR`, or None for Tocsin itself; `data` says more, by what was done."""

    __tablename__ = "audit_line"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    at: Mapped[datetime]
    act: Mapped[str] = mapped_column(String(60))
    by: Mapped[str | None] = mapped_column(String(40))
    incident_id: Mapped[int | None] = mapped_column(RowId)
    data: Mapped[dict[str, Any]]

    __table_args__ = (Index("ix_audit_line_at", "at", "id"),)


def audit(
    session: AsyncSession,
    act: str,
    *,
    by: str | None,
    now: datetime,
    incident_id: int | None = None,
    **data: Any,
) -> None:
    """Has the line written with the commit. `act` is one of `ACTS`; what is None in `data` is left out."""
    at_commit(session, _write, _line(act, by, now, incident_id, data))


def note(connection: Connection, act: str, *, by: str | None, now: datetime, **data: Any) -> None:
    """Writes the line at once, where there is no session: into a database that is just being restored."""
    _write(connection, [_line(act, by, now, None, data)])


def _line(
    act: str, by: str | None, now: datetime, incident_id: int | None, data: Mapping[str, Any]
) -> dict[str, Any]:
    said = {key: value for key, value in data.items() if value is not None}
    return {"at": now.astimezone(UTC), "act": act, "by": by, "incident_id": incident_id, "data": said}


def _write(connection: Connection, lines: list[dict[str, Any]]) -> None:
    connection.execute(_INSERT, lines)


_INSERT = insert(cast("Table", AuditLine.__table__)).inline()


async def audit_lines(
    session: AsyncSession,
    *,
    since: datetime | None = None,
    who: str | None = None,
    act: str | None = None,
    limit: int = 1000,
) -> Sequence[AuditLine]:
    """The lines, the newest first."""
    query = select(AuditLine).order_by(AuditLine.at.desc(), AuditLine.id.desc()).limit(limit)
    if since is not None:
        query = query.where(AuditLine.at >= since)
    if who is not None:
        query = query.where(AuditLine.by == who)
    if act is not None:
        query = query.where(AuditLine.act == act)
    return (await session.scalars(query)).all()


def old_lines(before: datetime) -> Select[int]:
    """Those of before, the oldest first."""
    return select(AuditLine.id).where(AuditLine.at < before).order_by(AuditLine.at)
