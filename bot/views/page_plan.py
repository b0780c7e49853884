"""A page on trial (`/page … --dry-run`): who would be reached, when, how and why."""

from bot.config import Config
from bot.config.fields import duration_text
from bot.paging.forecast import Forecast, Reached
from bot.views.incident_text import NAME
from bot.views.page import METHODS, via_words, who_words
from bot.views.text import Block, context, literal, moment, section

# Repeats say nothing new after so many.
SHOWN = 12


def plan_text(found: Forecast) -> str:
    return f"Nobody was paged: this is what a page to {literal(found.to, NAME)} would do"


def plan_blocks(found: Forecast, config: Config) -> list[Block]:
    """The whole plan; nothing of it happened."""
    to = literal(found.to, NAME)
    if found.begins_at is None:
        return [section(f":no_bell: A page to *{to}* would reach nobody: {literal(found.start, 300)}.")]
    head = (
        f":test_tube: *A page to {to}*, {moment(found.at)}: {literal(found.start, 200)}, with {found.urgency} urgency, "
        f"{literal(found.urgency_reason, 200)}. Nobody was paged just now."
    )
    if not found.reached:
        why = "; ".join(found.passed) or "the policy has no targets"
        return [section(head), section(f":warning: It would reach *nobody*: {literal(why, 900)}")]
    said = [_line(one, config) for one in found.reached[:SHOWN]]
    blocks = [section(head), section("\n".join(said))]
    if len(found.reached) > SHOWN:
        blocks.append(context(f"… and {len(found.reached) - SHOWN} more, as the policy repeats."))
    return blocks


def _line(one: Reached, config: Config) -> str:
    planned = one.planned
    after = f"+{duration_text(planned.delay)}" if planned.delay else "at once"
    why = ", ".join(filter(None, (via_words(planned.via, config), literal(planned.because, 100))))
    how = ", ".join(_method(how) for how in one.how)
    reasons = "; ".join(filter(None, (why, literal(planned.reason, 200))))
    return f"• {moment(one.at, '{time}')} ({after}) *{who_words(planned.who)}* by {how} – {reasons}"


def _method(how: str) -> str:
    kind, _, rest = how.partition(" ")
    return f"{METHODS.get(kind, literal(kind, 40))} {rest}".strip()
