"""The backlog in Slack: the list, one item, and its forms."""

from collections.abc import Mapping, Sequence

from bot.alerts.backlog import Behind
from bot.backlog.rows import ALERT, ALERT_RULE, DECLINED, INCIDENT, OPEN, PLANNED, BacklogItem
from bot.config import Config
from bot.core.texts import LONGEST_TEXT, LONGEST_TITLE
from bot.views.forms import about
from bot.views.incident_text import service_name
from bot.views.service_menu import service_menu
from bot.views.text import (
    Block,
    actions,
    button,
    context,
    field,
    literal,
    mention,
    modal,
    moment,
    option,
    rich,
    section,
    select,
    text_input,
)

PAGE = 15

SIGNS = {"feature": ":sparkles:", "debt": ":wrench:", "bug": ":bug:", "process": ":gear:"}
TITLES = {"feature": "Feature", "debt": "Technical debt", "bug": "Bug", "process": "Process"}


def backlog_list(
    items: Sequence[BacklogItem],
    behind: Mapping[int, Behind],
    total: int,
    page: int,
    *,
    service: str | None,
    everything: bool,
    config: Config,
) -> list[Block]:
    """A page of the backlog; `page` counts from 0, the oldest."""
    add = button("Add an item", "backlog.add", service or "-")
    if not items:
        where = f" for {service_name(service, config)}" if service else ""
        nothing = "Nothing is in the backlog" if everything else ":sunny: The backlog is empty"
        return [section(f"{nothing}{where}."), actions("turn", add)]
    blocks = [
        section(f"*{list_text(total, service, everything=everything, config=config)}*, the oldest first")
    ]
    blocks += [
        section(
            item_line(item, config, behind=behind.get(item.id)),
            accessory=button("Show", "backlog.show", str(item.id)),
        )
        for item in items
    ]
    pages = -(-total // PAGE)
    which = f"{'all' if everything else 'open'}:{service or ''}"
    turn = [button("Older", "backlog.older", f"{page - 1}:{which}")] if page > 0 else []
    turn += [button("Newer", "backlog.newer", f"{page + 1}:{which}")] if page < pages - 1 else []
    blocks.append(actions("turn", *turn, add))
    if pages > 1:
        blocks.append(context(f"Page {page + 1} of {pages}"))
    elif not everything:
        blocks.append(context("`/ops backlog all` shows what is done or declined too."))
    return blocks


def list_text(total: int, service: str | None, *, everything: bool, config: Config) -> str:
    """How many there are."""
    where = f" for {service_name(service, config)}" if service else ""
    which = "" if everything else " to be done"
    return f"Backlog{where}: {total} item{'s' if total != 1 else ''}{which}"


def item_line(item: BacklogItem, config: Config, *, behind: Behind | None = None, limit: int = 250) -> str:
    """What it is, where it stands and where it comes from."""
    sign = ":lock:" if item.private else SIGNS.get(item.kind, ":notebook:")
    said = [f"{sign} *#{item.id}* {literal(item.title, limit)}\n{TITLES.get(item.kind, item.kind)}"]
    if item.service:
        said.append(service_name(item.service, config))
    if item.status != OPEN:
        said.append(f"*{item.status}*")
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
    blocks.append(context(*_history(item, behind)))
    number = str(item.id)
    if item.is_unfinished:
        work = [button("Done", "backlog.done", number, style="primary")]
        work += [button("Plan", "backlog.plan", number)] if item.status != PLANNED else []
        work.append(button("Decline …", "backlog.decline", number))
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
    }.get(item.origin, f"{made} by {mention(item.created_by)}")
    lines = [said]
    if behind is not None:
        often = "once" if behind.count == 1 else f"{behind.count} times"
        end = f"over since {moment(behind.over_at)}" if behind.over_at is not None else "still firing"
        lines.append(
            f":bell: Received {often} since {moment(behind.first_at)}, last {moment(behind.last_at)}; {end}"
        )
    if item.closed_at is not None:
        why = f": {rich(item.reason, 1000)}" if item.status == DECLINED else ""
        lines.append(f"{item.status.capitalize()} {moment(item.closed_at)} by {mention(item.closed_by)}{why}")
    elif item.status == PLANNED:
        lines.append(f"Planned {moment(item.changed_at)} by {mention(item.changed_by)}")
    return lines


def add_form(config: Config, *, service: str | None = None) -> Block:
    blocks = [
        field(
            "title",
            "What is to be done?",
            text_input(longest=LONGEST_TITLE, placeholder="Retry payments when the bank times out"),
        ),
        field("kind", "Kind", select([option(title, kind) for kind, title in TITLES.items()], initial="bug")),
    ]
    if config.services:
        blocks.append(field("service", "Which service?", service_menu(config, service), optional=True))
    blocks.append(field("text", "Description", text_input(longest=LONGEST_TEXT, lines=True), optional=True))
    return modal("backlog_add", "Add to the backlog", blocks, submit="Add")


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
