"""The planning interview in Slack: its one message, its forms, and the list of plans."""

from collections.abc import Sequence

from bot.core.texts import LONGEST_TEXT
from bot.routine import plan_outcome
from bot.routine.plan_outcome import Proposal, said, unspoken
from bot.routine.plan_questions import AREAS, Area, Task
from bot.routine.plan_rows import ASKING, COMPLETE, DROPPED, SUMMARY, MaintenancePlan
from bot.routine.plans import area_of
from bot.views.forms import about
from bot.views.text import (
    MOST_OPTIONS,
    Block,
    actions,
    button,
    confirm,
    context,
    field,
    header,
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
HOW_IT_GOES = (
    f"{len(AREAS)} questions, one at a time. Skip what does not matter, pause whenever you like: all answers are kept. "
    "At the end the plan comes as a file, and you choose what becomes routine tasks, backlog items and risks."
)


def begun_text(plan: MaintenancePlan, title: str) -> str:
    """Where the interview is; `title` is what somebody wants one for, who may have another that is not over."""
    if title in ("", plan.title):
        return ":speech_balloon: Let us go on in your direct messages with me."
    return (
        f":speech_balloon: Your interview “{literal(plan.title, 200)}” is not over: it goes on in your direct messages "
        "with me. *Yes, it is complete* or *Give up* ends it; then `/ops plan` begins another one."
    )


def message_text(plan: MaintenancePlan) -> str:
    title = literal(plan.title, 200)
    if plan.status == ASKING:
        return f"{title}: question {plan.position + 1} of {len(AREAS)}"
    if plan.status == SUMMARY:
        return f"{title}: is it complete?"
    return f"{title}: the interview is over" if plan.status != COMPLETE else f"{title} is complete"


def message_blocks(plan: MaintenancePlan, tasks: Sequence[Task]) -> list[Block]:
    """Where the interview stands, with what can be done next; `tasks` are those that could be made."""
    blocks = [header(plan.title)]
    if plan.status == DROPPED:
        return [*blocks, section("The interview was given up; nothing was made from it.")]
    if plan.paused_at is not None:
        go_on = button("Go on", "plan.resume", str(plan.id), style="primary")
        paused = (
            f":double_vertical_bar: Paused {moment(plan.paused_at)} {_progress(plan)}. All answers are kept."
        )
        return [*blocks, section(paused), actions("plan", go_on)]
    if plan.status == ASKING:
        return [*blocks, *_question(plan)]
    if plan.status == SUMMARY:
        return [*blocks, *_summary(plan)]
    return [*blocks, *(_proposals(plan, tasks) if plan.status == COMPLETE else _made(plan))]


def _progress(plan: MaintenancePlan) -> str:
    return f"at question {plan.position + 1} of {len(AREAS)}" if plan.status == ASKING else "at the summary"


def _question(plan: MaintenancePlan) -> list[Block]:
    area, number, value = area_of(plan), plan.position + 1, f"{plan.id}:{plan.position}"
    blocks = []
    before = AREAS[plan.position - 1] if plan.position and not plan.refining else None
    if before is not None and (left := _left(plan, before)):
        blocks.append(context(f"Noted. *{before.title}* says nothing yet of: {left}. *Back* adds to it."))
    elif before is None and not said(plan.answers, area) and not plan.refining:
        blocks.append(context(HOW_IT_GOES))
    blocks.append(section(f"*{number} of {len(AREAS)} · {area.title}*\n{area.question}"))
    blocks.append(context("Think of: " + "; ".join(hint.text for hint in area.hints)))
    answer = said(plan.answers, area)
    if answer:
        blocks.append(section(f"*Said so far*\n{rich(answer, 2500)}"))
        blocks += [context(lists)] if (lists := _lists(plan, area)) else []
    work = [button("Change …" if answer else "Answer …", "plan.answer", value, style="primary")]
    work.append(button("Next" if answer else "Skip", "plan.skip", value))
    work += [button("Back", "plan.previous", str(plan.id))] if plan.position else []
    work += [button("Pause", "plan.pause", str(plan.id)), _give_up(plan)]
    return [*blocks, actions("plan", *work)]


def _give_up(plan: MaintenancePlan) -> Block:
    sure = confirm("Give the interview up?", "Nothing is made from it.", "Give up")
    return button("Give up", "plan.drop", str(plan.id), confirm=sure)


def _left(plan: MaintenancePlan, area: Area) -> str:
    text = said(plan.answers, area)
    return ", ".join(hint.text for hint in unspoken(area, text)) if text else ""


def _lists(plan: MaintenancePlan, area: Area) -> str:
    """How many lines stand below the answer."""
    counts = [(len(plan_outcome.lines(said(plan.answers, area, part))), words) for part, words in _LISTS]
    return " · ".join(f"{count} {words}" for count, words in counts if count)


_LISTS = (("todo", "to be done"), ("again", "to be done again and again"), ("risks", "that may go wrong"))


def _summary(plan: MaintenancePlan) -> list[Block]:
    blocks, skipped = [], []
    for number, area in enumerate(AREAS, start=1):
        text = said(plan.answers, area)
        if not text:
            skipped.append(f"{number}. {area.title}")
            continue
        lists, left = _lists(plan, area), _left(plan, area)
        below = [f"_{lists}_"] if lists else []
        below += [f"_Nothing is said of: {left}_"] if left else []
        blocks.append(section("\n".join([f"*{number}. {area.title}*", rich(text, 500), *below])))
    if skipped:
        blocks.append(section("*Skipped*\n" + " · ".join(skipped)))
    options = [option(area.title, f"{plan.id}:{area.name}") for area in AREAS]
    refine = {**select(options, placeholder="No, refine …"), "action_id": "plan.refine"}
    blocks.append(section("*Is it complete?*"))
    blocks.append(
        actions(
            "plan",
            button("Yes, it is complete", "plan.complete", str(plan.id), style="primary"),
            refine,
            button("Back", "plan.previous", str(plan.id)),
            button("Pause", "plan.pause", str(plan.id)),
            _give_up(plan),
        )
    )
    return blocks


def _proposals(plan: MaintenancePlan, tasks: Sequence[Task]) -> list[Block]:
    items, risks = plan_outcome.items(plan.answers), plan_outcome.risks(plan.answers)
    blocks = [section(":white_check_mark: The plan is complete. It follows as a file, and is kept.")]
    some = bool(items or risks or tasks)
    if some:
        counts = [
            _many(len(tasks), "routine task", "routine tasks"),
            _many(len(items), "item for the backlog", "items for the backlog"),
            _many(len(risks), "risk", "risks"),
        ]
        could = _listed([count for count in counts if count])
        blocks.append(section(f"{could} could be made from it. Everybody will see what you choose."))
    if tasks:
        said_of = [f"{literal(task.title, 150)} ({task.cadence})" for task in tasks]
        blocks.append(_tasks("To be done again and again", said_of))
    choose = [button("Choose and make …", "plan.choose", str(plan.id), style="primary")] if some else []
    blocks.append(actions("plan", *choose, button("Make nothing", "plan.nothing", str(plan.id))))
    return blocks


def _listed(said: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def _many(count: int, one: str, more: str) -> str:
    return f"*{count}* {one if count == 1 else more}" if count else ""


def _made(plan: MaintenancePlan) -> list[Block]:
    items, risks = plan.made.get("items", []), plan.made.get("risks", [])
    said_of = []
    if items:
        said_of.append(
            f"{'item' if len(items) == 1 else 'items'} {_numbers(items)} of the backlog (`/ops backlog`)"
        )
    if risks:
        said_of.append(f"{'risk' if len(risks) == 1 else 'risks'} {_numbers(risks)} (`/ops risks`)")
    tasks = plan.made.get("tasks", [])
    if tasks:
        said_of.append(f"{_many(len(tasks), 'routine task', 'routine tasks')} (`/ops tasks planned`)")
    made = f"Made from it: {_listed(said_of)}" if said_of else "Nothing was made from it"
    kept = f"`/ops plan show {plan.id}` sends the plan again."
    blocks = [section(f":white_check_mark: The plan is complete. {made}. {kept}")]
    if tasks:
        blocks.append(_tasks("Done again and again from now on", [literal(title, 150) for title in tasks]))
    return blocks


def _numbers(numbers: Sequence[int]) -> str:
    shown = ", ".join(f"#{number}" for number in numbers[:40])
    return shown if len(numbers) <= 40 else f"{shown} and {len(numbers) - 40} more"


def _tasks(heading: str, said: Sequence[str]) -> Block:
    listed = "\n".join(f"• {line}" for line in said[:15])
    more = f"\nand {len(said) - 15} more" if len(said) > 15 else ""
    return section(f"*{heading}*\n{listed}{more}")


# -- forms --------------------------------------------------------------------------------------------------------


def answer_form(plan: MaintenancePlan) -> Block:
    """The answer to the question that is asked now; what was said before stands in it."""
    area = area_of(plan)

    def lines(block_id: str, label: str, placeholder: str, hint: str | None = None) -> Block:
        text = text_input(
            longest=LONGEST_TEXT,
            lines=True,
            initial=said(plan.answers, area, block_id),
            placeholder=placeholder,
        )
        return field(block_id, label, text, optional=True, hint=hint)

    text = text_input(longest=LONGEST_TEXT, lines=True, initial=said(plan.answers, area))
    blocks = [
        section(f"*{area.title}*\n{area.question}"),
        context("Think of: " + "; ".join(hint.text for hint in area.hints)),
        field("text", "Your answer", text),
        lines("todo", "What is to be done, one a line", "Write the runbook"),
        lines(
            "again",
            "What is to be done again and again, one a line",
            "weekly: restore a backup",
            "In front: daily, weekly, every two weeks, monthly, quarterly or yearly.",
        ),
        lines("risks", "What may go wrong, one a line", "Only one person knows the billing job"),
        context(f"At most {plan_outcome.MOST_LINES} lines of each."),
    ]
    title = f"Question {plan.position + 1} of {len(AREAS)}"
    return modal(
        "plan_answer", title, blocks, submit="Next", about=about(plan=plan.id, position=plan.position)
    )


def choose_form(plan: MaintenancePlan, tasks: Sequence[Task]) -> Block:
    """What is made from the plan; `tasks` are those that there are none of yet. What people wrote is chosen already."""
    blocks: list[Block] = []
    items, risks = plan_outcome.items(plan.answers), plan_outcome.risks(plan.answers)
    if tasks:
        options = [option(f"{task.cadence}: {task.title}", task.name) for task in tasks[:MOST_OPTIONS]]
        menu: Block = {"type": "multi_static_select", "options": options, "initial_options": options}
        blocks.append(field("tasks", "Routine tasks, from their next time on", menu, optional=True))
        owner: Block = {"type": "users_select", "initial_user": plan.user_id}
        hint = "Without anybody: whoever comes first. /ops tasks planned changes each of them later."
        blocks.append(field("owner", "Who does them?", owner, optional=True, hint=hint))
    if items:
        blocks.append(field("items", "Into the backlog", _menu(items), optional=True))
    if risks:
        blocks.append(field("risks_made", "Risks", _menu(risks), optional=True))
    blocks.append(context("Everybody will see them. Risks are judged medium until somebody reviews them."))
    return modal("plan_make", "Made from the plan", blocks, submit="Make them", about=about(plan=plan.id))


def _menu(proposals: Sequence[Proposal]) -> Block:
    shown = proposals[:MOST_OPTIONS]
    options = [option(proposal.title, proposal.key) for proposal in shown]
    chosen = [choice for choice, proposal in zip(options, shown, strict=True) if proposal.wanted]
    menu: Block = {"type": "multi_static_select", "options": options}
    return menu | ({"initial_options": chosen} if chosen else {})


# -- the list -----------------------------------------------------------------------------------------------------


def plan_list(plans: Sequence[MaintenancePlan], total: int) -> list[Block]:
    if not plans:
        return [
            section("No plan is complete yet. `/ops plan Directory service` begins an interview for one.")
        ]
    blocks = [section(f"*{list_text(total)}*, the newest first")]
    for plan in plans:
        when = f" {moment(plan.completed_at)}" if plan.completed_at else ""
        line = f"*#{plan.id}* {literal(plan.title, 200)}\n{mention(plan.user_id)}{when}"
        blocks.append(section(line, accessory=button("Send it to me", "plan.send", str(plan.id))))
    return blocks


def list_text(total: int) -> str:
    return f"Plans: {total}"
