"""App Home: the open incidents that its reader may see, and how to declare one."""

from collections.abc import Sequence

from bot.config import Config
from bot.incidents.rows import Incident
from bot.views.incident_text import declarer, line, severity_legend
from bot.views.text import Block, actions, button, context, escape, header, moment, section

SHOWN = 20


def home(
    incidents: Sequence[Incident],
    total: int,
    config: Config,
    *,
    at_present: Sequence[Block] = (),
    on_call: Sequence[Block] = (),
    paged: Sequence[Block] = (),
    tasks: Sequence[Block] = (),
    promised: Sequence[Block] = (),
    reviews: Sequence[Block] = (),
    routine: Sequence[Block] = (),
    between: Sequence[Block] = (),
) -> Block:
    """The whole tab. One block an incident, so that all of it stays under Slack's hundred.

    `at_present` is what fails and what is silent now (views.present.home_blocks);
    `on_call` says who is on call, and when the reader is (views.oncall.home_blocks); `paged`, how the reader
    is paged (views.contacts.home_section); `tasks`, what the reader has to do in incidents (views.tasks.home_section); `promised`, the reader's action items (views.action_items.home_section);
    `reviews`, which reviews wait for the reader (views.reviews.home_reviews).
    `routine`, the reader's tasks (views.routine_tasks.home_blocks); `between`, the meetings ahead, the decisions and
    the risks that wait (views.between.home_blocks).
    """
    blocks: list[Block] = [
        header(f"Incidents at {config.organization}"),
        actions(
            "home",
            button(":rotating_light: Declare an incident", "home.declare", "declare", style="primary"),
            button("Find incidents …", "home.find", "1:"),
            button("My incidents", "home.mine", "mine"),
        ),
        {"type": "divider"},
    ]
    if not incidents:
        blocks.append(
            section(
                ":sunny: *No open incidents.* Declare one as soon as something looks wrong; it can be closed again in a minute."
            )
        )
    else:
        blocks.append(section(f"*{total} open incident{'s' if total != 1 else ''}*"))
    for incident in incidents[:SHOWN]:
        said = f"{line(incident, config)}\nDeclared {moment(incident.declared_at)} by {declarer(incident)}"
        blocks.append(section(said, accessory=button("Show", "incident.show", str(incident.id))))
    if total > len(incidents):
        blocks.append(context(f"… and {total - len(incidents)} more: `/incident list`"))
    blocks.append({"type": "divider"})
    blocks += [*at_present, {"type": "divider"}] if at_present else []
    blocks += [*tasks, {"type": "divider"}] if tasks else []
    blocks += [*promised, {"type": "divider"}] if promised else []
    blocks.extend(reviews)
    blocks.extend(on_call)
    blocks += [*routine, {"type": "divider"}] if routine else []
    blocks += [*between, {"type": "divider"}] if between else []
    blocks += [*paged, {"type": "divider"}] if paged else []
    blocks.append(context(severity_legend(config)))
    return {"type": "home", "blocks": blocks}


def home_of_a_guest(config: Config) -> Block:
    """Guests and people of other organizations see no incidents."""
    blocks = [
        header(f"Incidents at {config.organization}"),
        section(
            f"Incidents are for full members of {escape(config.organization)}. Is something wrong? Ask one of them to declare it for you."
        ),
    ]
    return {"type": "home", "blocks": blocks}
