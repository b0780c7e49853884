"""The buttons of a page, by its state. A `value` is the page's number, in menus with what is to be done: "7:note"."""

from bot.paging.rows import ACKNOWLEDGED, EXHAUSTED, RESOLVED, RINGING, SNOOZED, WAITING, Page
from bot.views.text import Block, actions, button, confirm, option, overflow, select

# Blocks of a page on a card are named so: a click there brings up to date the card, not a page (handlers.own_page).
ON_CARD = "page-card-"
SNOOZES = (30, 60, 120, 240, 480, 720, 1440)  # minutes


def page_buttons(page: Page) -> list[Block]:
    """All that can be done with it, in a message of its own."""
    if page.state == RESOLVED:
        return []
    number = str(page.id)
    row = []
    if page.state != ACKNOWLEDGED:
        row.append(_acknowledge(page))
    if page.state in (ACKNOWLEDGED, SNOOZED):
        row.append(button("Unacknowledge", "page.unacknowledge", number))
    row.append(button(_escalate(page), "page.escalate", number))
    row.append(button("Reassign", "page.reassign", number))
    row.append(button("Note", "page.note", number))
    row.append(button("Resolve", "page.resolve", number, confirm=_ending(page)))
    if page.state != WAITING:
        row.append(_snooze(page))
    # Slack keeps what was chosen in a menu until its block has another name: a new state begins with "Snooze …".
    return [actions(f"page-{page.id}-{page.state}", *row)]


def acknowledge_row(page: Page, *, place: str) -> list[Block]:
    """The one button of its state, where `page_menu` has the rest; `place` keeps the ids of one message apart."""
    if page.state == RESOLVED:
        return []
    if page.state == ACKNOWLEDGED:
        row = button("Unacknowledge", "page.unacknowledge", str(page.id))
    else:
        row = _acknowledge(page, stands_out=place == "card")
    return [actions(f"page-{place}-{page.id}", row)]


def page_menu(page: Page) -> Block | None:
    """What else can be done with it, in little room: five entries are the most that Slack takes."""
    if page.state == RESOLVED:
        return None
    what = []
    if page.state == SNOOZED:
        what.append(("Unacknowledge", "unacknowledge"))
    what += [(_escalate(page), "escalate"), ("Reassign", "reassign")]
    if page.state in (RINGING, EXHAUSTED, ACKNOWLEDGED):
        what.append(("Snooze", "snooze"))
    what += [("Resolve this page", "resolve"), ("Note", "note")]
    return overflow("page.more", *(option(label, f"{page.id}:{do}") for label, do in what))


def _acknowledge(page: Page, *, stands_out: bool = True) -> Block:
    return button("Acknowledge", "page.acknowledge", str(page.id), style="primary" if stands_out else None)


def _escalate(page: Page) -> str:
    return {WAITING: "Ring now", SNOOZED: "Ring now", EXHAUSTED: "Ring again now"}.get(
        page.state, "Escalate now"
    )


def _snooze(page: Page) -> Block:
    options = [option(snoozed_for(minutes), f"{page.id}:{minutes}") for minutes in SNOOZES]
    return {**select(options, placeholder="Snooze …"), "action_id": "page.snooze"}


def snoozed_for(minutes: int) -> str:
    """ "30 minutes", "4 hours"."""
    if minutes < 60:
        return f"{minutes} minutes"
    hours = minutes // 60
    return f"{hours} hour{'s' if hours > 1 else ''}"


def _ending(page: Page) -> Block:
    goes_on = f" Incident #{page.incident_id} goes on." if page.incident_id is not None else ""
    return confirm(f"Resolve page #{page.id}?", f"It rings nobody any more.{goes_on}", "Resolve it")
