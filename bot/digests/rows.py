"""The row of a digest that was sent, or is to be."""

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base, RowId


class DigestMessage(Base):
    """A digest of app.yaml for one occurrence of its cadence; its figures are those from `starts_at` to `ends_at`.

    `missed_at` is the first occurrence before it that was passed over, after a downtime. `message_ts` is its message in
    Slack; the details and the pictures stand in that thread.
    """

    __tablename__ = "digest_message"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    occurs_at: Mapped[datetime]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    missed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    channel_id: Mapped[str | None] = mapped_column(String(40))
    message_ts: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (UniqueConstraint("name", "occurs_at"),)
