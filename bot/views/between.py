"""What comes between incidents, at Home: the meetings ahead, what is to be decided, the risks to be looked at again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.routine.decision_rows import Decision
from bot.routine.meeting_rows import Meeting
from bot.routine.risk_rows import Risk
from bot.views import decisions, meetings, risks
from bot.views.text import Block, button, context, section

MEETINGS_SHOWN, DECISIONS_SHOWN, RISKS_SHOWN = 2, 3, 3
# A risk is at Home from so long before somebody is to look at it.
AHEAD = timedelta(days=7)
TITLE = 150


@dataclass(frozen=True)
class Between:
    """The first of each, and how many there are of all."""

    meetings: Sequence[Meeting] = ()
    meeting_count: int = 0
    decisions: Sequence[Decision] = ()
    decision_count: int = 0
    risks: Sequence[Risk] = ()
    risk_count: int = 0


def home_blocks(found: Between, *, now: datetime) -> list[Block]:
    """Each opens with a button. Nothing, where nothing waits."""
    blocks = [
        section(meetings.line(row), accessory=button("Show", "meeting.show", str(row.id)))
        for row in found.meetings
    ]
    for decision in found.decisions:
        line = decisions.decision_line(decision, now=now, limit=TITLE)
        blocks.append(section(line, accessory=button("Show", "decision.show", str(decision.id))))
    for risk in found.risks:
        line = risks.risk_line(risk, now=now, limit=TITLE)
        blocks.append(section(line, accessory=button("Show", "risk.show", str(risk.id))))
    if not blocks:
        return []
    more = [
        f"{count - len(shown)} more {of}: `{command}`"
        for shown, count, of, command in (
            (found.meetings, found.meeting_count, "recurring reviews", "/ops meetings"),
            (found.decisions, found.decision_count, "to be decided", "/ops decisions"),
            (found.risks, found.risk_count, "risks to be looked at", "/ops risks"),
        )
        if count > len(shown)
    ]
    return [section("*Between incidents*"), *blocks, *([context(" · ".join(more))] if more else [])]
