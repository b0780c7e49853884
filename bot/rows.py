"""Every table, in one place: importing this fills `Base.metadata`, which migrations and tests need whole."""

from sqlalchemy import MetaData

from bot.core.db import Base

METADATA: MetaData = Base.metadata
