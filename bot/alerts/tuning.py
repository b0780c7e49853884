""" "Tune this": a kind of alerts of the review goes into the backlog, once."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.review import WEEK, Review, RuleFigures
from bot.backlog import items
from bot.backlog.rows import ALERT_RULE, PROCESS, BacklogItem
from bot.core.texts import one_line


async def tune(
    session: AsyncSession, found: RuleFigures, of: Review, *, by: str, now: datetime
) -> tuple[BacklogItem, bool]:
    """Makes the item with the figures of the review, and returns it with True; the unfinished one that there is
    already with False.
    """
    rule = found.rule
    title = one_line(found.title) or rule.kind
    return await items.add(
        session,
        title=f"Tune the alert “{title[:150]}”",
        by=by,
        now=now,
        kind=PROCESS,
        description=description(found, of),
        service=rule.service,
        origin=ALERT_RULE,
        cause=items.cause(ALERT_RULE, rule.integration, rule.kind, rule.service),
    )


def description(found: RuleFigures, of: Review) -> str:
    """The figures in words, as they were when somebody asked for it. Pure."""
    figures = found.figures
    weeks = (of.until - of.since) // WEEK
    return "\n".join(
        [
            f"{weeks} week{'s' if weeks != 1 else ''} until {of.until:%Y-%m-%d}, from {found.rule.integration}:",
            f"• {figures.came} came (by week: {', '.join(map(str, found.weeks))})",
            f"• {figures.rang} rang; somebody acted on {figures.acted} of these",
            f"• {figures.by_itself} ended without anybody's doing",
            *([f"• {figures.flapped} flapped"] if figures.flapped else ()),
            *([f"• {figures.held_back} were silenced or held back"] if figures.held_back else ()),
            "",
            "Raise its threshold, let it wait, route it elsewhere, mend what it tells of, or delete it.",
        ]
    )
