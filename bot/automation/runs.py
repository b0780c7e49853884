"""The runs of rules: each is carried out once, in a transaction, action by action in the order of app.yaml.

What changes rows is done here and now; what is said or sent leaves by the outbox. What an action does is no change that
rules wait for, so none sets off another.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.automation.actions import ACTIONS, Occasion
from bot.config import Config
from bot.core.errors import UserError
from bot.core.timeline import record
from bot.core.viewer import PROGRAM
from bot.incidents.queries import locked
from bot.incidents.rows import AutomationRun

GONE = "it does not stand in app.yaml any more"


async def carry_out(
    session: AsyncSession, incident_id: int, entry: int, rule_name: str, *, config: Config, now: datetime
) -> None:
    """Does what the rule said when it was set off, as far as app.yaml still says so. What was changed or taken out
    meanwhile is left out, and that is told: nobody has seen it act as it stands now.
    """
    incident = await locked(session, incident_id, PROGRAM)
    run = await session.get(AutomationRun, (incident_id, entry, rule_name), populate_existing=True)
    if run is None or run.due_at is None:
        return  # another process was first
    run.due_at = None
    rule = config.automation_rule(run.rule)
    if rule is None:
        record(
            session, incident, "automation", now=now, by=None, what="gone", rule=run.rule, because=run.because
        )
        return
    occasion = Occasion(incident, rule, run.entry, run.because, config, now)
    noted = run.actions if run.actions is not None else [(one.kind, one.key) for one in rule.then]
    for kind, name in noted:
        action = rule.action(name)
        if action is None:
            occasion.record(session, "left_out", action=kind, problem=GONE)
            continue
        try:
            await ACTIONS[kind](session, action, occasion)
        except UserError as refusal:
            occasion.record(session, "failed", action=kind, problem=refusal.what, mend=refusal.next_step)
