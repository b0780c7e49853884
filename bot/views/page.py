"""A page in Slack: the message that rings, edited in place; the question; the call for help."""

from collections.abc import Sequence

from bot.config import Config
from bot.paging.people import is_user_id
from bot.paging.rows import ACKNOWLEDGED, EXHAUSTED, RESOLVED, RINGING, SNOOZED, Page
from bot.views.incident_text import NAME
from bot.views.text import (
    Block,
    actions,
    button,
    context,
    literal,
    mention,
    moment,
    section,
)

# Slack takes 50 blocks; people read no more than this of one message.
LISTED = 15


def page_text(pages: Sequence[Page], config: Config) -> str:
    """What notifications and screen readers get."""
    if len(pages) == 1:
        return f"{_mark(pages[0])} {_line(pages[0], config)}"
    ringing = sum(page.state in (RINGING, EXHAUSTED) for page in pages)
    return f":rotating_light: {ringing} of {len(pages)} pages ring for you" if ringing else "Nothing rings"


def page_blocks(pages: Sequence[Page], config: Config, *, first: int) -> list[Block]:
    """The pages that one message tells of; `first` names the bundle for "Acknowledge all"."""
    blocks: list[Block] = []
    for page in pages[:LISTED]:
        blocks.append(section(f"{_mark(page)} {_line(page, config)}"))
        blocks.append(context(_state(page)))
        if page.state in (RINGING, EXHAUSTED):
            blocks.append(
                actions(
                    f"page-{page.id}",
                    button("Acknowledge", "page.acknowledge", str(page.id), style="primary"),
                )
            )
    if len(pages) > LISTED:
        blocks.append(context(f"… and {len(pages) - LISTED} more."))
    if sum(page.state in (RINGING, EXHAUSTED) for page in pages) > 1:
        blocks.append(
            actions(
                "page-all",
                button("Acknowledge all", "page.acknowledge_all", str(first), style="primary"),
            )
        )
    return blocks


def _mark(page: Page) -> str:
    if page.state in (RINGING, EXHAUSTED):
        return ":rotating_light:"
    return {ACKNOWLEDGED: ":eyes:", SNOOZED: ":zzz:", RESOLVED: ":white_check_mark:"}.get(
        page.state, ":bell:"
    )


def _line(page: Page, config: Config) -> str:
    parts = [f"*Page #{page.id}*"]
    if page.drill:
        parts.append("*Drill*")
    if page.severity is not None:
        parts.append(literal(page.severity, NAME))
    if page.service is not None:
        service = config.service(page.service)
        parts.append(literal(service.shown_name if service else page.service, NAME))
    if page.incident_id is not None:
        parts.append(f"incident #{page.incident_id}")
    return f"{' · '.join(parts)}: {literal(page.what, 1200)}"


def _state(page: Page) -> str:
    if page.state == ACKNOWLEDGED and page.acknowledged_at is not None:
        return f"Acknowledged by {mention(page.acknowledged_by)} {moment(page.acknowledged_at)}"
    if page.state == SNOOZED and page.snoozed_until is not None:
        return f"Snoozed by {mention(page.acknowledged_by)} until {moment(page.snoozed_until)}"
    if page.state == RESOLVED and page.resolved_at is not None:
        return f"Over since {moment(page.resolved_at)}: {literal(page.reason, 300)}"
    words = [f"Paged {moment(page.created_at)}", literal(page.reason, 600)]
    if page.created_by is not None:
        words.insert(1, f"by {mention(page.created_by)}")
    if page.state == RINGING and page.escalate_at is not None:
        words.append(f"next step {moment(page.escalate_at, '{time}')}")
    return " · ".join(words)


def ask_text(page: Page, config: Config) -> str:
    return f":question: Still on it? {_line(page, config)}"


def ask_blocks(page: Page, config: Config) -> list[Block]:
    """The question to whoever acknowledged and was not heard of since."""
    again = f"Without an answer it pages again {moment(page.ask_at, '{time}')}." if page.ask_at else ""
    return [
        section(ask_text(page, config)),
        context(f"Nothing was written or changed for a while. {again}"),
        actions(f"page-{page.id}", button("Still on it", "page.still_on_it", str(page.id), style="primary")),
    ]


def nobody_text(page: Page, config: Config) -> str:
    return f":sos: Nobody has answered: {_line(page, config)}"


def nobody_blocks(page: Page, people: Sequence[str], config: Config) -> list[Block]:
    """Whom to call now, by their numbers where app.yaml has them."""
    lines = []
    for name in people[:30]:
        person = config.person(name)
        who = mention(name) if person is None and is_user_id(name) else f"*{literal(name, NAME)}*"
        number = person.phone if person is not None and person.phone else "no number in app.yaml"
        lines.append(f"• {who}: {literal(number, 60)}")
    blocks = [
        section(nobody_text(page, config)),
        section("Please call somebody:\n" + ("\n".join(lines) or "The policy reaches nobody.")),
        context(f"Why: {literal(page.reason, 600)}"),
    ]
    if page.state in (RINGING, EXHAUSTED):
        blocks.append(
            actions(
                f"page-{page.id}", button("Acknowledge", "page.acknowledge", str(page.id), style="primary")
            )
        )
    return blocks
