"""Every table, in one place: importing this fills `Base.metadata`, which migrations and tests need whole."""

from sqlalchemy import MetaData

from bot.alerts import rows as alerts
from bot.backlog import rows as backlog
from bot.cadences import rows as cadences
from bot.checks import rows as checks
from bot.core import outbox, people, receipts, timeline
from bot.core.db import Base
from bot.delivery import limits
from bot.incidents import rows as incidents
from bot.oncall import rows as oncall
from bot.paging import rows as paging
from bot.routine import decision_rows as decisions
from bot.routine import plan_rows as plans
from bot.routine import risk_rows as risks

METADATA: MetaData = Base.metadata

# The modules that hold rows. A new one is added here, or its tables are missing from migrations.
WITH_ROWS = (
    outbox,
    people,
    receipts,
    timeline,
    oncall,
    paging,
    backlog,
    incidents,
    alerts,
    checks,
    cadences,
    risks,
    decisions,
    plans,
    limits,
)
