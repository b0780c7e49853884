"""Action items in Slack: the list, one item, its forms, reminders, and the part of App Home."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from bot.backlog.priority import LEVELS, priority
from bot.config import Config
from bot.core.seen import seen_at
from bot.reviews.action_queries import Which
from bot.reviews.action_reminders import Firmness, firmness
from bot.reviews.action_rows import (
    DONE,
    DROPPED,
    IN_PROGRESS,
    INCIDENT,
    MEETING,
    OPEN,
    REVIEW,
    ActionItem,
)
from bot.reviews.actions import LONGEST_TEXT, LONGEST_TITLE
from bot.views.backlog import PRIORITIES, WHAT_FOLLOWS
from bot.views.forms import about
from bot.views.incident_text import service_name
from bot.views.service_menu import service_menu
from bot.views.text import (
    Block,
    actions,
    button,
    context,
    day,
    field,
    link,
    literal,
    mention,
    modal,
    moment,
    notes,
    option,
    rich,
    section,
    select,
    text_input,
    turn_buttons,
)

PAGE = 15
AT_HOME = 5
SIGNS = {
    OPEN: ":white_large_square:",
    IN_PROGRESS: ":hourglass_flowing_sand:",
    DONE: ":white_check_mark:",
    DROPPED: ":wastebasket:",
}


# -- the list -------------------------------------------------------------------------------------------------


def chosen(which: Which) -> str:
    """The list's filters, as the value of its buttons (`which_of` reads it)."""
    flags = (
        ("m" if which.owner else "") + ("o" if which.due_before else "") + ("a" if which.everything else "")
    )
    return f"{flags}:{which.service or ''}:{which.incident_id or ''}"


def which_of(value: str, *, user: str, today: date) -> Which:
    """The filters that a button of the list names, for whoever clicked it."""
    flags, _, rest = value.partition(":")
    service, _, incident = rest.partition(":")
    return Which(
        owner=user if "m" in flags else None,
        due_before=today if "o" in flags else None,
        everything="a" in flags,
        service=service or None,
        incident_id=int(incident[:18]) if incident.isascii() and incident.isdigit() else None,
    )


def list_text(total: int, which: Which, config: Config) -> str:
    """How many there are, and of which."""
    late = "overdue " if which.due_before else "" if which.everything else "open "
    words = f"{total or 'No'} {late}action item{'s' if total != 1 else ''}"
    words += " of yours" if which.owner else ""
    words += f" for {service_name(which.service, config)}" if which.service else ""
    return words + (f" of incident #{which.incident_id}" if which.incident_id else "")


def items_list(
    items: Sequence[ActionItem], total: int, page: int, which: Which, config: Config, *, today: date
) -> list[Block]:
    """A page of the list, what is due first at the top; `page` counts from 0."""
    add = button("Add an action item", "action.add", str(which.incident_id or "-"))
    if not items:
        return [section(f":sunny: {list_text(0, which, config)}."), actions("turn", add)]
    blocks = [section(f"*{list_text(total, which, config)}*, what is due first at the top")]
    blocks += [
        section(item_line(item, config, today=today), accessory=button("Show", "action.show", str(item.id)))
        for item in items
    ]
    pages = -(-total // PAGE)
    turn = turn_buttons(
        "action.sooner", "action.later", page, pages, lambda there: f"{there}:{chosen(which)}"
    )
    if which.owner is None:
        turn.append(button("Only mine", "action.mine", f"0:{chosen(replace(which, owner='me'))}"))
    blocks.append(actions("turn", *turn, add))
    if pages > 1:
        blocks.append(context(f"Page {page + 1} of {pages}"))
    return blocks


def item_line(item: ActionItem, config: Config, *, today: date, limit: int = 250) -> str:
    """What it is, whose, by when, how urgent, and where it comes from."""
    said = [
        f"{_sign(item, today)} *#{item.id}* {literal(item.title, limit)}\n{mention(item.owner)}",
        due_words(item, today),
    ]
    urgency = priority(item.impact, item.effort)
    if urgency is not None and item.is_unfinished:
        said.append(f"*{PRIORITIES[urgency]}*")
    if item.status != OPEN:
        said.append(f"*{item.status}*")
    if item.service:
        said.append(service_name(item.service, config))
    if item.incident_id is not None:
        said.append(f"incident #{item.incident_id}{' (drill)' if item.drill else ''}")
    if item.issue_repository and item.issue_number:
        said.append(link(issue_url(item, config), f"issue {item.issue_number}"))
    return " · ".join(said)


def _sign(item: ActionItem, today: date) -> str:
    if item.private:
        return ":lock:"
    return ":alarm_clock:" if item.is_unfinished and item.due_on < today else SIGNS[item.status]


def due_words(item: ActionItem, today: date) -> str:
    """By when, and how late it is."""
    if not item.is_unfinished:
        return f"was due {day(item.due_on)}"
    late = (today - item.due_on).days
    if late > 0:
        return f"*overdue*: due {day(item.due_on)}, {late} day{'s' if late != 1 else ''} ago"
    return "due *today*" if late == 0 else f"due {day(item.due_on)}"


def issue_url(item: ActionItem, config: Config) -> str:
    """Where its issue is read."""
    web = config.github.web_url if config.github is not None else "https://github.com"
    return f"{web}/{item.issue_repository}/issues/{item.issue_number}"


# -- one item -------------------------------------------------------------------------------------------------


def item_text(item: ActionItem) -> str:
    return f"Action item #{item.id}: {literal(item.title, LONGEST_TITLE * 2)}"


def item_blocks(item: ActionItem, config: Config, *, today: date, news: str | None = None) -> list[Block]:
    """One item with all that is known of it, and what can be done. `news` is what has just become of it."""
    blocks = [section(news)] if news else []
    blocks.append(section(item_line(item, config, today=today, limit=LONGEST_TITLE * 2)))
    if item.description:
        blocks.append(section(rich(item.description, 2900)))
    blocks.append(notes(*_history(item)))
    return [*blocks, actions("work", *_buttons(item, config))]


def _history(item: ActionItem) -> list[str]:
    source = {
        INCIDENT: f" in incident #{item.incident_id}",
        REVIEW: f" in the review of incident #{item.incident_id}",
        MEETING: " in a recurring review",
    }.get(item.origin, "")
    lines = [f"Made {moment(item.created_at)} by {mention(item.created_by)}{source}"]
    if item.impact or item.effort:
        lines.append(f"Impact {item.impact or 'not judged'}, effort {item.effort or 'not judged'}")
    if item.closed_at is not None:
        who = mention(item.closed_by) if item.closed_by else "GitHub"
        why = f": {rich(item.reason, 1000)}" if item.status == DROPPED else ""
        lines.append(f"{item.status.capitalize()} {moment(item.closed_at)} by {who}{why}")
    if item.issue_problem:
        lines.append(f":warning: GitHub: {rich(item.issue_problem, 600)}")
    elif item.issue_wanted and item.issue_number is None and item.is_unfinished:
        lines.append("Its issue on GitHub is being made")
    return lines


def _buttons(item: ActionItem, config: Config) -> list[Block]:
    number = str(item.id)
    if item.is_unfinished:
        found = [button("Done", "action.done", number, style="primary")]
        found += [button("Start", "action.start", number)] if item.status == OPEN else []
        found += [button("Change …", "action.change", number), button("Drop …", "action.drop", number)]
        if config.github is not None and not (item.private or item.issue_wanted):
            found.append(button("Make an issue", "action.issue", number))
    else:
        found = [button("Reopen", "action.reopen", number)]
    if item.incident_id is not None:
        found.append(button(f"Incident #{item.incident_id}", "incident.show", str(item.incident_id)))
    return found


# -- forms ----------------------------------------------------------------------------------------------------


def add_form(
    config: Config,
    *,
    user: str,
    today: date,
    incident_id: int | None = None,
    service: str | None = None,
    meeting_id: int | None = None,
    review_id: int | None = None,
) -> Block:
    """To write one down. The ids say what it comes of."""
    due = today + timedelta(days=config.actions.due_after_days)
    of = "the review of " if review_id is not None else ""
    blocks = [] if incident_id is None else [section(f"It comes of {of}incident #{incident_id}.")]
    blocks += [
        field(
            "title",
            "What is to be done?",
            text_input(longest=LONGEST_TITLE, placeholder="Alert before the disk is full"),
        ),
        *promise(user, due),
        *rating(None, None),
    ]
    if config.services:
        blocks.append(field("service", "Which service?", service_menu(config, service), optional=True))
    blocks.append(field("text", "Description", text_input(longest=LONGEST_TEXT, lines=True), optional=True))
    said = about(incident=incident_id, meeting=meeting_id, review=review_id)
    return modal("action_add", "Add an action item", blocks, submit="Add", about=said)


def change_form(item: ActionItem, config: Config, *, today: date) -> Block:
    """Other words, another owner, another day, another judgement."""
    blocks = [
        section(item_line(item, config, today=today, limit=LONGEST_TITLE * 2)),
        field("title", "What is to be done?", text_input(longest=LONGEST_TITLE, initial=item.title)),
        *promise(item.owner, item.due_on),
        *rating(item.impact, item.effort),
        field(
            "text",
            "Description",
            text_input(longest=LONGEST_TEXT, lines=True, initial=item.description),
            optional=True,
        ),
    ]
    said = about(item=item.id, seen=seen_at(item.changed_at))
    return modal("action_change", f"Action item #{item.id}"[:24], blocks, submit="Change", about=said)


def promise(user: str, due: date) -> list[Block]:
    """Who does it, and by when."""
    return [
        field("owner", "Who does it?", {"type": "users_select", "initial_user": user}),
        field("due", "By when?", {"type": "datepicker", "initial_date": due.isoformat()}),
    ]


def rating(impact: str | None, effort: str | None) -> list[Block]:
    """Impact and effort, in the words that all forms share."""
    levels = [option(level.capitalize(), level) for level in LEVELS]
    return [
        field(
            "impact",
            "How much does it help?",
            select(levels, initial=impact, placeholder="Not judged yet"),
            optional=True,
        ),
        field(
            "effort",
            "How much work is it?",
            select(levels, initial=effort, placeholder="Not judged yet"),
            optional=True,
            hint=WHAT_FOLLOWS,
        ),
    ]


def drop_form(item: ActionItem, config: Config, *, today: date) -> Block:
    blocks = [
        section(item_line(item, config, today=today, limit=LONGEST_TITLE * 2)),
        field(
            "reason",
            "Why will it not be done?",
            text_input(longest=LONGEST_TEXT, lines=True, placeholder="The service is switched off in May"),
        ),
    ]
    return modal(
        "action_drop", f"Drop action item #{item.id}"[:24], blocks, submit="Drop", about=about(item=item.id)
    )


# -- what people are told -------------------------------------------------------------------------------------


def given_text(item: ActionItem, by: str | None) -> str:
    return f"{mention(by)} gave you action item #{item.id}: {literal(item.title, LONGEST_TITLE * 2)}"


def given_blocks(item: ActionItem, by: str | None, config: Config, *, today: date) -> list[Block]:
    news = f":inbox_tray: {mention(by)} gave you an action item."
    return item_blocks(item, config, today=today, news=news)


def reminder_text(item: ActionItem, *, today: date, to: str, has_left: bool = False) -> str:
    """What the reminder says; it grows firmer, and to others than its owner it says whose it is. `has_left`: its owner
    is a member no more.
    """
    late = (today - item.due_on).days
    days = f"{late} day{'s' if late != 1 else ''}"
    if has_left:
        when = f"is {days} late" if late > 0 else f"is due {day(item.due_on)}"
        return f":alarm_clock: Action item #{item.id} {when}, and {mention(item.owner)}, who promised it, has left. Hand it to somebody, or drop it and say why."
    if to != item.owner:
        return f":rotating_light: Action item #{item.id}, which {mention(item.owner)} has promised, is {days} late. Can you help, or find somebody who can?"
    return {
        Firmness.AHEAD: f":calendar: Action item #{item.id} is due {day(item.due_on)}.",
        Firmness.TODAY: f":alarm_clock: Action item #{item.id} is due today.",
        Firmness.LATE: f":alarm_clock: Action item #{item.id} was due yesterday. Do it, or move it to a day that holds."
        if late == 1
        else f":alarm_clock: Action item #{item.id} is {days} late. Do it, or move it to a day that holds.",
        Firmness.VERY_LATE: f":rotating_light: Action item #{item.id} is {days} late. Do it, hand it over, or drop it and say why; those who wait for it are told as well.",
    }[firmness(item.due_on, today)]


def reminder_blocks(
    item: ActionItem, config: Config, *, today: date, to: str, has_left: bool = False
) -> list[Block]:
    news = reminder_text(item, today=today, to=to, has_left=has_left)
    return item_blocks(item, config, today=today, news=news)


def home_section(items: Sequence[ActionItem], total: int, config: Config, *, today: date) -> list[Block]:
    """The reader's own open items, as a part of their App Home; nothing where there are none."""
    if not total:
        return []
    late = sum(item.due_on < today for item in items)
    warning = f", {late} of them overdue" if late else ""
    blocks = [section(f"*Your action items*: {total} open{warning}")]
    blocks += [
        section(item_line(item, config, today=today), accessory=button("Show", "action.show", str(item.id)))
        for item in items
    ]
    if total > len(items):
        blocks.append(context(f"… and {total - len(items)} more: `/ops actions mine`"))
    return blocks
