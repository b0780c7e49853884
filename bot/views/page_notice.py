"""Messages about a page that ring nobody: the question, the call for help, what shadows see. Each stays true."""

from collections.abc import Sequence

from bot.config import Config
from bot.paging.rows import ACKNOWLEDGED, ASK, NOBODY, RESOLVED, SNOOZED, WAITING, PageNotice
from bot.paging.status import PageStatus
from bot.views.incident_text import NAME
from bot.views.page import headline, mark, next_words, rung_lines, state_words, via_words, who_words
from bot.views.text import Block, actions, button, context, literal, moment, section

# So many people to call are listed.
TO_CALL = 30


def text(notice: PageNotice, status: PageStatus, config: Config) -> str:
    """What notifications and screen readers get."""
    page = status.page
    line = f"{headline(page, config)}: {literal(page.what, 1200)}"
    if notice.kind == ASK:
        return f":question: Still on it? {line}" if _asks(notice, status) else f"{mark(page)} {line}"
    if notice.kind == NOBODY:
        return f":sos: Nobody has taken it: {line}" if _is_unanswered(status) else f"{mark(page)} {line}"
    return f":busts_in_silhouette: For you to follow: {line}"


def blocks(notice: PageNotice, status: PageStatus, config: Config) -> list[Block]:
    """The notice as it stands by now."""
    if notice.kind == ASK:
        return _ask(notice, status, config)
    if notice.kind == NOBODY:
        return _nobody(status, notice.about.get("people", ()), text(notice, status, config), config)
    return _shadow(notice, status, config)


# -- are you still on it? -----------------------------------------------------------------------------------------


def _asks(notice: PageNotice, status: PageStatus) -> bool:
    page = status.page
    return page.state == ACKNOWLEDGED and page.asked_at is not None and page.acknowledged_by == notice.to


def _ask(notice: PageNotice, status: PageStatus, config: Config) -> list[Block]:
    page = status.page
    if not _asks(notice, status):
        return [section(text(notice, status, config)), context(state_words(page))]
    again = f" Without an answer it rings again {moment(page.ask_at, '{time}')}." if page.ask_at else ""
    number = str(page.id)
    return [
        section(text(notice, status, config)),
        context(f"Nothing was written or changed for a while.{again}"),
        actions(
            f"page-ask-{page.id}",
            button("Still on it", "page.still_on_it", number, style="primary"),
            button("Reassign", "page.reassign", number),
            button("Unacknowledge", "page.unacknowledge", number),
            button("It is over", "page.resolve", number),
        ),
    ]


# -- nobody was reached -------------------------------------------------------------------------------------------


def _is_unanswered(status: PageStatus) -> bool:
    return status.page.state not in (ACKNOWLEDGED, SNOOZED, RESOLVED, WAITING)


def _nobody(status: PageStatus, people: Sequence[str], said: str, config: Config) -> list[Block]:
    """Whom to call now, by their numbers where app.yaml has them."""
    page = status.page
    if not _is_unanswered(status):
        return [section(said), context(state_words(page))]
    lines = []
    for name in people[:TO_CALL]:
        person = config.person(name)
        who = who_words(name) if person is None else f"*{literal(name, NAME)}*"
        number = person.phone if person is not None and person.phone else "no number in app.yaml"
        lines.append(f"• {who}: {literal(number, 60)}")
    return [
        section(said),
        section("Please call somebody:\n" + ("\n".join(lines) or "The policy reaches nobody.")),
        context(f"Why: {literal(page.reason, 600)}"),
        *([context(coming)] if (coming := next_words(status)) else []),
        actions(f"page-{page.id}", button("Acknowledge", "page.acknowledge", str(page.id), style="primary")),
    ]


# -- for shadows -----------------------------------------------------------------------------------------------------


def _shadow(notice: PageNotice, status: PageStatus, config: Config) -> list[Block]:
    page = status.page
    schedule = via_words(f"schedule:{notice.about.get('schedule', '')}", config)
    told = rung_lines(status, config, 4)
    return [
        section(text(notice, status, config)),
        context(
            f"You shadow *{schedule}*. Nothing is asked of you.",
            state_words(page),
            *(["\n".join(told)] if told else []),
        ),
    ]
