"""The tasks and links of an incident: their lists, their forms, what people are told, and the part of App Home."""

from collections.abc import Sequence

from bot.config import Config
from bot.core.texts import LONGEST_TITLE
from bot.incidents.links import LONGEST_ADDRESS, LONGEST_NAME
from bot.incidents.rows import Incident
from bot.incidents.task_rows import Link, Task
from bot.views.forms import about, subject
from bot.views.incident_text import line, short_line
from bot.views.task_text import card_line, named_link, task_line
from bot.views.text import (
    Block,
    actions,
    button,
    context,
    field,
    literal,
    mention,
    modal,
    section,
    text_input,
    turn_buttons,
)

# Two blocks each, in a modal of a hundred.
PAGE = 20
AT_HOME = 5
# What a form of a page number says; the list of one person's own tasks has no incident's.
MINE = 0


# -- lists ----------------------------------------------------------------------------------------------------


def tasks_form(
    incident: Incident, tasks: Sequence[Task], total: int, left: int, page: int, config: Config
) -> Block:
    """A page of an incident's tasks with what can be done with each; `page` counts from 0, `left` are open."""
    words = f"*{left} of {total} task{'s' if total != 1 else ''} open*" if total else "*No tasks yet.*"
    blocks = [section(line(incident, config, limit=200)), section(words)]
    for task in tasks:
        blocks.append(section(task_line(task)))
        if not incident.is_closed:
            blocks.append(actions(f"incident.task.{task.id}", *_buttons(task)))
    turn = _turn(incident.id, page, total)
    if not incident.is_closed:
        turn.append(button("Add a task …", "incident.task.add", str(incident.id)))
    blocks += [actions("turn", *turn)] if turn else []
    return modal(
        "tasks",
        f"Tasks of #{incident.id}"[:24],
        blocks,
        close="Close",
        about=about(incident=incident.id, page=page),
    )


def my_tasks_form(rows: Sequence[tuple[Task, Incident]], total: int, page: int, config: Config) -> Block:
    """A page of one person's open tasks, of all incidents."""
    blocks = [section(f"*{total or 'No'} open task{'s' if total != 1 else ''} of yours*")]
    for task, incident in rows:
        blocks.append(section(f"{task_line(task)} · {short_line(incident, config)}"))
        blocks.append(actions(f"incident.task.{task.id}", *_buttons(task)))
    turn = _turn(MINE, page, total)
    blocks += [actions("turn", *turn)] if turn else []
    return modal("tasks", "Your tasks", blocks, close="Close", about=about(page=page))


def _buttons(task: Task) -> list[Block]:
    number = str(task.id)
    if not task.is_open:
        return [button("Reopen", "incident.task.reopen", number)]
    found = [button("Done", "incident.task.done", number, style="primary")]
    found += [button("Take", "incident.task.take", number)] if task.owner is None else []
    return [*found, button("Change …", "incident.task.change", number)]


def _turn(number: int, page: int, total: int) -> list[Block]:
    pages = -(-total // PAGE)
    return turn_buttons(
        "incident.task.previous", "incident.task.next", page, pages, lambda there: f"{number}:{there}"
    )


def links_form(incident: Incident, links: Sequence[Link], config: Config) -> Block:
    """An incident's links, which can be opened and removed."""
    blocks = [section(line(incident, config, limit=200))]
    for one in links:
        words = f"{named_link(one, 2500)}\nadded by {mention(one.added_by)}"
        remove = button("Remove", "incident.link.remove", f"{incident.id}:{one.id}")
        blocks.append(
            section(
                words, accessory=None if incident.is_closed else remove, block_id=f"incident.link.{one.id}"
            )
        )
    if not links:
        blocks.append(section("No links yet: a dashboard, a document, a call."))
    if not incident.is_closed:
        blocks.append(actions("turn", button("Add a link …", "incident.link.add", str(incident.id))))
    return modal(
        "links", f"Links of #{incident.id}"[:24], blocks, close="Close", about=about(incident=incident.id)
    )


# -- forms ----------------------------------------------------------------------------------------------------


def task_form(incident: Incident, config: Config, *, title: str = "", owner: str | None = None) -> Block:
    """To add one. `handlers.own_card.opened_from` says what it is about."""
    blocks = [subject(incident, config), *_task_fields(title, owner)]
    return modal("incident_task_add", "Add a task", blocks, submit="Add", about=about(incident=incident.id))


def change_form(task: Task) -> Block:
    return modal(
        "incident_task_change",
        f"Task #{task.id}"[:24],
        _task_fields(task.title, task.owner),
        submit="Change",
        about=about(task=task.id),
    )


def _task_fields(title: str, owner: str | None) -> list[Block]:
    menu: Block = {"type": "users_select", **({"initial_user": owner} if owner else {})}
    hint = "They are invited to the channel, and told. Without anybody the task waits for whoever takes it."
    return [
        field(
            "title",
            "What is to be done?",
            text_input(longest=LONGEST_TITLE, initial=title, placeholder="Fail over to the second database"),
        ),
        field("owner", "Who does it?", menu, optional=True, hint=hint),
    ]


def link_form(incident: Incident, config: Config, *, url: str = "", name: str = "") -> Block:
    blocks = [
        subject(incident, config),
        field(
            "url",
            "Which link?",
            text_input(
                longest=LONGEST_ADDRESS, initial=url, placeholder="https://grafana.example.com/d/checkout"
            ),
        ),
        field(
            "name",
            "What is it?",
            text_input(longest=LONGEST_NAME, initial=name, placeholder="Checkout's dashboard"),
            optional=True,
        ),
    ]
    return modal("incident_link_add", "Add a link", blocks, submit="Add", about=about(incident=incident.id))


# -- what people are told -------------------------------------------------------------------------------------


def added_words(task: Task) -> str:
    """What is said to whoever added one."""
    owner = f" for {mention(task.owner)}" if task.owner else ", which nobody has yet"
    return f":white_check_mark: Task #{task.id}{owner}: {literal(task.title, 250)}"


def changed_words(task: Task) -> str:
    """What is said to whoever changed one."""
    state = (
        "is done" if not task.is_open else f"is {mention(task.owner)}'s" if task.owner else "is nobody's yet"
    )
    return f":white_check_mark: Task #{task.id} {state}: {literal(task.title, 250)}"


def left_words(left: int) -> str:
    """What is said to whoever resolves an incident that has open tasks; "" where it has none."""
    if not left:
        return ""
    return f":clipboard: {left} task{' is' if left == 1 else 's are'} still open: “Tasks …” on the card shows {'it' if left == 1 else 'them'}."


def given_text(tasks: Sequence[Task], incident: Incident) -> str:
    count = f"{len(tasks)} tasks" if len(tasks) > 1 else "a task"
    return f"You have {count} in {_named(incident, 1000)}"


def _named(incident: Incident, limit: int) -> str:
    what = "drill" if incident.drill else "incident"
    return f"{what} #{incident.id} {literal(incident.title, limit)}"


def given_blocks(tasks: Sequence[Task], incident: Incident, config: Config) -> list[Block]:
    """To their owner, who can say that it is done where they read it."""
    first = tasks[0]
    by = first.given_by if all(task.given_by == first.given_by for task in tasks) else None
    what = "a task" if len(tasks) == 1 else f"{len(tasks)} tasks"
    who = f"{mention(by)} gave you {what}" if by or len(tasks) == 1 else f"You were given {what}"
    blocks = [section(f":clipboard: {who}\n{line(incident, config, limit=200)}")]
    for task in tasks[:PAGE]:
        done = button("Done", "incident.task.done", str(task.id))
        blocks.append(section(card_line(task), accessory=done, block_id=f"incident.task.{task.id}"))
    if len(tasks) > PAGE:
        blocks.append(context(f"… and {len(tasks) - PAGE} more"))
    return [*blocks, actions("all", button("All tasks …", "incident.task.list", str(incident.id)))]


def home_section(rows: Sequence[tuple[Task, Incident]], total: int) -> list[Block]:
    """The reader's own open tasks, as a part of their App Home; nothing where there are none."""
    if not total:
        return []
    blocks = [
        section(
            f"*Your tasks*: {total} open",
            accessory=button("Show all", "incident.task.list", str(MINE)),
            block_id="my tasks",
        )
    ]
    for task, incident in rows:
        done = button("Done", "incident.task.done", str(task.id))
        words = f"{card_line(task)}\n{_named(incident, 200)}"
        blocks.append(section(words, accessory=done, block_id=f"incident.task.{task.id}"))
    return blocks
