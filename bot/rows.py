"""Every table, in one place: importing this fills `Base.metadata`, which migrations and tests need whole."""

from sqlalchemy import MetaData

from bot.administration import rows as administration
from bot.alerts import rows as alerts
from bot.backlog import rows as backlog
from bot.cadences import rows as cadences
from bot.checks import rows as checks
from bot.core import audit, outbox, people, receipts, search_text, timeline, user_groups
from bot.core.db import Base
from bot.delivery import limits
from bot.digests import rows as digests
from bot.incidents import rows as incidents
from bot.incidents import task_rows as incident_tasks
from bot.oncall import rows as oncall
from bot.paging import rows as paging
from bot.reviews import action_rows as actions
from bot.reviews import rows as reviews
from bot.routine import decision_rows as decisions
from bot.routine import meeting_rows as meetings
from bot.routine import plan_rows as plans
from bot.routine import planned_rows as planned_tasks
from bot.routine import risk_rows as risks
from bot.routine import task_rows as routine_tasks
from bot.runbooks import rows as runbooks

METADATA: MetaData = Base.metadata

# The modules that hold rows. A new one is added here, or its tables are missing from migrations.
WITH_ROWS = (
    administration,
    audit,
    outbox,
    people,
    user_groups,
    receipts,
    search_text,
    timeline,
    oncall,
    paging,
    backlog,
    incidents,
    incident_tasks,
    alerts,
    checks,
    cadences,
    routine_tasks,
    meetings,
    actions,
    reviews,
    digests,
    runbooks,
    risks,
    decisions,
    plans,
    planned_tasks,
    limits,
)
