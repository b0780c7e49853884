"""Every table, in one place: importing this fills `Base.metadata`, which migrations and tests need whole."""

from sqlalchemy import MetaData

import bot.core.outbox
import bot.core.people
import bot.core.receipts
import bot.core.timeline
import bot.delivery.limits
import bot.incidents.rows
from bot.core.db import Base

METADATA: MetaData = Base.metadata
