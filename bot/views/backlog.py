"""The backlog in Slack: the list, one item, and its forms."""

from collections.abc import Mapping, Sequence

from bot.alerts.backlog import Behind
from bot.backlog.grooming import Progress
from bot.backlog.health import Health
from bot.backlog.items import LONGEST_MILESTONE, MOST_PARTS
from bot.backlog.priority import LEVELS, Priority, priority
from bot.backlog.rows import (
    ALERT,
    ALERT_RULE,
    BUG,
    DECLINED,
    GROOMING,
    INCIDENT,
    KINDS,
    OPEN,
    PLANNED,
    PLANNING,
    SPLIT,
    BacklogItem,
    Grooming,
)
from bot.config import Config
from bot.core.seen import seen_at
from bot.core.texts import LONGEST_TEXT, LONGEST_TITLE
from bot.incidents.backlog import Which
from bot.views.forms import about
from bot.views.incident_text import service_name
from bot.views.service_menu import service_menu
from bot.views.text import (
    Block,
    actions,
    button,
    context,
    field,
    header,
    literal,
    mention,
    modal,
    moment,
    notes,
    option,
    rich,
    section,
    select,
    span,
    text_input,
    turn_buttons,
)

PAGE = 15

SIGNS = {"feature": ":sparkles:", "debt": ":wrench:", "bug": ":bug:", "process": ":gear:"}
TITLES = {"feature": "Feature", "debt": "Technical debt", "bug": "Bug", "process": "Process"}
MANY = {"feature": "features", "debt": "of technical debt", "bug": "bugs", "process": "of process"}
PRIORITIES = {
    Priority.NOW: "Do now",
    Priority.PLAN: "Plan",
    Priority.CONSIDER: "Consider",
    Priority.DEFER: "Defer",
}


def backlog_list(
    items: Sequence[BacklogItem],
    behind: Mapping[int, Behind],
    total: int,
    page: int,
    which: Which,
    config: Config,
) -> list[Block]:
    """A page of the backlog; `page` counts from 0, the most urgent."""
    add = button("Add an item", "backlog.add", which.service or "-")
    if not items:
        nothing = "Nothing is in the backlog" if which.everything else ":sunny: The backlog is empty"
        return [section(f"{nothing}{_where(which, config)}."), actions("turn", add)]
    blocks = [section(f"*{list_text(total, which, config)}*")]
    heading = None
    for item in items:
        if heading != (heading := _heading(item)):
            blocks.append(context(f"*{heading}*"))
        line = item_line(item, config, behind=behind.get(item.id))
        blocks.append(section(line, accessory=button("Show", "backlog.show", str(item.id))))
    pages = -(-total // PAGE)
    turn = turn_buttons("backlog.older", "backlog.newer", page, pages, lambda there: list_value(there, which))
    matrix = button("As a matrix", "backlog.matrix", "-")
    blocks.append(actions("turn", *turn, add, matrix, button("Health", "backlog.health", "-")))
    if pages > 1:
        blocks.append(context(f"Page {page + 1} of {pages}"))
    elif not which.everything:
        blocks.append(context("`/ops backlog all` shows what is done, declined or split too."))
    return blocks


def _heading(item: BacklogItem) -> str:
    if not item.is_unfinished:
        return "Closed"
    known = priority(item.impact, item.effort)
    return PRIORITIES[known] if known is not None else "Not judged yet"


def list_value(page: int, which: Which) -> str:
    """A page of a list, as the value of a button."""
    everything = "all" if which.everything else "open"
    return f"{page}:{everything}:{which.kind or ''}:{which.service or ''}:{which.milestone or ''}"


def which_of(value: str) -> Which:
    """What such a value says behind the page."""
    everything, _, rest = value.partition(":")
    kind, _, rest = rest.partition(":")
    service, _, milestone = rest.partition(":")
    return Which(everything == "all", kind if kind in KINDS else None, service or None, milestone or None)


def list_text(total: int, which: Which, config: Config) -> str:
    """How many there are."""
    to_be_done = "" if which.everything else " to be done"
    return f"Backlog{_where(which, config)}: {total} item{'s' if total != 1 else ''}{to_be_done}"


def _where(which: Which, config: Config) -> str:
    kind = f", {TITLES[which.kind].lower()}" if which.kind else ""
    service = f" for {service_name(which.service, config)}" if which.service else ""
    milestone = f", milestone {literal(which.milestone, 120)}" if which.milestone else ""
    return f"{kind}{service}{milestone}"


def item_line(item: BacklogItem, config: Config, *, behind: Behind | None = None, limit: int = 250) -> str:
    """What it is, where it stands and where it comes from."""
    sign = ":lock:" if item.private else SIGNS.get(item.kind, ":notebook:")
    said = [f"{sign} *#{item.id}* {literal(item.title, limit)}\n{TITLES.get(item.kind, item.kind)}"]
    if item.service:
        said.append(service_name(item.service, config))
    if item.impact and item.effort:
        said.append(f"impact {literal(item.impact, 10)}, effort {literal(item.effort, 10)}")
    if item.owner:
        said.append(mention(item.owner))
    if item.status != OPEN:
        said.append(f"*{item.status}*")
    if item.milestone:
        said.append(f":checkered_flag: {literal(item.milestone, 120)}")
    said.append(f"since {moment(item.created_at)}")
    if item.incident_id is not None:
        said.append(f"incident #{item.incident_id}")
    if behind is not None:
        said.append(f"received {behind.count}×, {'over' if behind.over_at is not None else 'still firing'}")
    return " · ".join(said)


def item_text(item: BacklogItem) -> str:
    return f"Item #{item.id} of the backlog: {literal(item.title, LONGEST_TITLE * 2)}"


def item_blocks(
    item: BacklogItem, config: Config, *, behind: Behind | None = None, news: str | None = None
) -> list[Block]:
    """One item with all that is known of it, and what can be done. `news` is what has just become of it."""
    blocks = [section(news)] if news else []
    blocks.append(section(item_line(item, config, limit=LONGEST_TITLE * 2)))
    if item.description:
        blocks.append(section(rich(item.description, 2900)))
    blocks.append(notes(*_history(item, behind)))
    number = str(item.id)
    if item.is_unfinished:
        work = [button("Done", "backlog.done", number, style="primary")]
        work += [button("Plan", "backlog.plan", number)] if item.status != PLANNED else []
        work += [
            button("Change …", "backlog.change", number),
            button("Judge …", "backlog.judge", number),
            button("Put first", "backlog.first", number),
            button("Split …", "backlog.split", number),
            button("Decline …", "backlog.decline", number),
        ]
    else:
        work = [button("Reopen", "backlog.reopen", number)]
    if item.incident_id is not None:
        work.append(button(f"Incident #{item.incident_id}", "incident.show", str(item.incident_id)))
    return [*blocks, actions("work", *work)]


def _history(item: BacklogItem, behind: Behind | None) -> list[str]:
    made = f"Made {moment(item.created_at)}"
    said = {
        INCIDENT: f"{made} of incident #{item.incident_id}, whose severity asks for it",
        ALERT: f"{made} of an alert",
        ALERT_RULE: f"{made} from the alert review by {mention(item.created_by)}",
        GROOMING: f"{made} from item #{item.part_of} by {mention(item.created_by)}",
        PLANNING: f"{made} from the plan of {mention(item.created_by)}",
    }.get(item.origin, f"{made} by {mention(item.created_by)}")
    lines = [said]
    known = priority(item.impact, item.effort)
    if known is not None and item.judged_at is not None:
        lines.append(f"*{PRIORITIES[known]}*, judged {moment(item.judged_at)} by {mention(item.judged_by)}")
    if behind is not None:
        often = "once" if behind.count == 1 else f"{behind.count} times"
        end = f"over since {moment(behind.over_at)}" if behind.over_at is not None else "still firing"
        lines.append(
            f":bell: Received {often} since {moment(behind.first_at)}, last {moment(behind.last_at)}; {end}"
        )
    if item.closed_at is not None:
        why = f": {rich(item.reason, 1000)}" if item.status in (DECLINED, SPLIT) else ""
        lines.append(f"{item.status.capitalize()} {moment(item.closed_at)} by {mention(item.closed_by)}{why}")
    elif item.looked_at is not None and item.looked_at != item.judged_at:
        lines.append(f"Last looked at {moment(item.looked_at)} by {mention(item.changed_by)}")
    return lines


def add_form(
    config: Config,
    *,
    service: str | None = None,
    title: str = "",
    description: str = "",
    kind: str = BUG,
    channel: str | None = None,
) -> Block:
    """`channel` is where it was asked for: from that of a private incident the item is private too."""
    kinds = select([option(title, kind) for kind, title in TITLES.items()], initial=kind)
    blocks = [
        field(
            "title",
            "What is to be done?",
            text_input(
                longest=LONGEST_TITLE, initial=title, placeholder="Retry payments when the bank times out"
            ),
        ),
        field("kind", "Kind", kinds),
    ]
    if config.services:
        blocks.append(field("service", "Which service?", service_menu(config, service), optional=True))
    text = text_input(longest=LONGEST_TEXT, lines=True, initial=description)
    blocks.append(field("text", "Description", text, optional=True))
    return modal("backlog_add", "Add to the backlog", blocks, submit="Add", about=about(channel=channel))


def judge_form(item: BacklogItem, config: Config) -> Block:
    """Impact, effort and who sees to it."""
    owner: Block = {"type": "users_select"}
    if item.owner:
        owner["initial_user"] = item.owner
    blocks = [
        section(item_line(item, config, limit=LONGEST_TITLE * 2)),
        field("impact", "How much does it help?", level_menu(item.impact)),
        field("effort", "How much work is it?", level_menu(item.effort), hint=WHAT_FOLLOWS),
        field("owner", "Who sees to it?", owner, optional=True),
    ]
    said = about(item=item.id, seen=seen_at(item.changed_at))
    return modal("backlog_judge", f"Judge #{item.id}"[:24], blocks, submit="Judge", about=said)


WHAT_FOLLOWS = "Helps much and is little work: do now. Much of both: plan. Little of both: consider. Helps little and is much work: defer."


def level_menu(chosen: str | None) -> Block:
    """High, medium or low."""
    return select([option(level.capitalize(), level) for level in LEVELS], initial=chosen)


def change_form(item: BacklogItem, config: Config) -> Block:
    """All that people say of an item."""
    owner: Block = {"type": "users_select"}
    if item.owner:
        owner["initial_user"] = item.owner
    kinds = select([option(title, kind) for kind, title in TITLES.items()], initial=item.kind)
    milestone = text_input(longest=LONGEST_MILESTONE, initial=item.milestone or "", placeholder="Release 4")
    # Whoever judges says both; what was never judged may stay so.
    unjudged = not (item.impact and item.effort)
    blocks = [
        field("title", "What is to be done?", text_input(longest=LONGEST_TITLE, initial=item.title)),
        field("kind", "Kind", kinds),
        field("impact", "How much does it help?", level_menu(item.impact), optional=unjudged),
        field(
            "effort",
            "How much work is it?",
            level_menu(item.effort),
            optional=unjudged,
            hint=WHAT_FOLLOWS,
        ),
        field("owner", "Who sees to it?", owner, optional=True),
        field("milestone", "For which milestone?", milestone, optional=True),
        field(
            "text",
            "Description",
            text_input(longest=LONGEST_TEXT, lines=True, initial=item.description),
            optional=True,
        ),
    ]
    said = about(item=item.id, seen=seen_at(item.changed_at))
    return modal("backlog_change", f"Change #{item.id}"[:24], blocks, submit="Change", about=said)


def split_form(item: BacklogItem, config: Config) -> Block:
    blocks = [
        section(item_line(item, config, limit=LONGEST_TITLE * 2)),
        field(
            "parts",
            "Its parts, one a line",
            text_input(longest=LONGEST_TEXT, lines=True, placeholder="Measure it first\nThen mend it"),
            hint=f"2 to {MOST_PARTS}. Each becomes an item of its own, and this one is closed.",
        ),
    ]
    return modal("backlog_split", f"Split #{item.id}"[:24], blocks, submit="Split", about=about(item=item.id))


def decline_form(item: BacklogItem, config: Config) -> Block:
    blocks = [
        section(item_line(item, config, limit=LONGEST_TITLE * 2)),
        field(
            "reason",
            "Why will it not be done?",
            text_input(longest=LONGEST_TEXT, lines=True, placeholder="The service is switched off in May"),
        ),
    ]
    return modal(
        "backlog_decline", f"Decline #{item.id}"[:24], blocks, submit="Decline", about=about(item=item.id)
    )


# -- how it fares, and grooming -----------------------------------------------------------------------------------


def kinds_words(by_kind: Mapping[str, int]) -> str:
    """ "2 bugs, 1 feature", or nothing."""
    return ", ".join(
        f"{count} {TITLES[kind].lower() if count == 1 else MANY[kind]}"
        for kind in TITLES
        if (count := by_kind.get(kind, 0))
    )


def health_lines(found: Health) -> list[str]:
    kinds = kinds_words(found.by_kind)
    lines = [f"*{found.unfinished}* to be done" + (f": {kinds}" if kinds else "")]
    if found.age is not None and found.oldest is not None:
        lines.append(f"Half of them are older than {span(found.age)}; the oldest is {span(found.oldest)} old")
    lines.append(f"*{found.unjudged}* never judged")
    lines.append(f"In the last 30 days: {found.done} done, {found.declined} declined")
    return lines


def health_blocks(found: Health) -> list[Block]:
    return [section("*Health of the backlog*\n" + "\n".join(health_lines(found)))]


def grooming_text(found: Progress) -> str:
    if found.item is None:
        return f"The backlog was gone through: {items_words(found.gone_through)}"
    return f"Let us go through the backlog: {items_words(found.left)} left"


def items_words(count: int) -> str:
    return f"{count} item{'s' if count != 1 else ''}"


def grooming_blocks(grooming: Grooming, found: Progress, fares: Health, config: Config) -> list[Block]:
    """The next item with what can be decided about it, or what was decided about all."""
    blocks = [header("Backlog grooming"), notes(*health_lines(fares))]
    if found.item is None:
        blocks.append(section(f":white_check_mark: All were gone through. {_decided(found)}."))
        return blocks
    item = found.item
    value = f"{item.id}:{grooming.id}"
    blocks.append(section(item_line(item, config, limit=LONGEST_TITLE * 2)))
    if item.description:
        blocks.append(context(rich(item.description, 1500)))
    # What is to be done first stands out: a judgement, or else to go on.
    is_judged = priority(item.impact, item.effort) is not None
    keep = button("Keep as it is", "groom.keep", value, style="primary" if is_judged else None)
    judge = button("Judge …", "backlog.judge", str(item.id), style=None if is_judged else "primary")
    work = [keep, judge] if is_judged else [judge, keep]
    work += [button("Plan", "groom.plan", value)] if item.status != PLANNED else []
    work += [
        button("Split …", "backlog.split", str(item.id)),
        button("Decline …", "backlog.decline", str(item.id)),
    ]
    blocks.append(actions("groom", *work))
    so_far = f" · so far {_decided(found)}" if found.gone_through else ""
    blocks.append(context(f"The oldest first · {found.left} left{so_far}"))
    return blocks


def _decided(found: Progress) -> str:
    counts = (
        (found.judged, "judged"),
        (found.planned, "planned"),
        (found.closed, "done, declined or split"),
    )
    decided = ", ".join(f"{count} {word}" for count, word in counts if count)
    return f"{found.gone_through} gone through" + (f": {decided}" if decided else "")
