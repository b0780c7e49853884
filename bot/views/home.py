"""App Home: the open incidents that its reader may see, and how to declare one."""

from collections.abc import Sequence

from bot.config import Config
from bot.incidents.rows import Incident
from bot.views.incident_text import line
from bot.views.text import Block, actions, button, context, escape, header, moment, section

SHOWN = 20


def home(incidents: Sequence[Incident], total: int, config: Config) -> Block:
    """The whole tab. Two blocks an incident, so `SHOWN` of them stay well under Slack's hundred."""
    blocks: list[Block] = [
        header(f"Incidents at {config.organization}"),
        actions(
            "home", button(":rotating_light: Declare an incident", "home.declare", "declare", style="primary")
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
        blocks.append(
            section(line(incident, config), accessory=button("Show", "incident.show", str(incident.id)))
        )
        blocks.append(context(f"declared {moment(incident.declared_at)} by <@{incident.declared_by}>"))
    if total > len(incidents):
        blocks.append(context(f"and {total - len(incidents)} more: `/incident list`"))
    blocks.append({"type": "divider"})
    severities = "\n".join(
        f"{s.emoji} *{escape(s.name)}* {escape(s.meaning)}" for s in config.severities[:10]
    )
    blocks.append(context(severities[:2000]))
    return {"type": "home", "blocks": blocks}
