"""Lists of incidents, and the usage of commands."""

from collections.abc import Sequence

from bot.config import Config
from bot.incidents.rows import Incident
from bot.views.incident_text import line
from bot.views.text import Block, actions, button, context, section

PAGE = 15


def incident_list(
    incidents: Sequence[Incident], total: int, page: int, *, only_open: bool, config: Config
) -> list[Block]:
    """A page of incidents; `page` counts from 0, the newest."""
    if not incidents:
        words = ":sunny: No open incidents." if only_open else "No incident was ever declared."
        return [section(f"{words} `/incident declare` starts one.")]
    blocks: list[Block] = [section(f"*{list_text(total, only_open=only_open)}*")]
    for incident in incidents:
        blocks.append(
            section(
                line(incident, config, limit=200), accessory=button("Show", "incident.show", str(incident.id))
            )
        )
    pages = -(-total // PAGE)
    if pages > 1:
        command = "/incident list" + ("" if only_open else " all")
        turn = []
        if page > 0:
            turn.append(button("Newer", "list.newer", f"{'open' if only_open else 'all'}:{page - 1}"))
        if page < pages - 1:
            turn.append(button("Older", "list.older", f"{'open' if only_open else 'all'}:{page + 1}"))
        blocks.append(actions("turn", *turn))
        blocks.append(
            context(
                f"Page {page + 1} of {pages} · `{command} {page + 2}` goes on"
                if page < pages - 1
                else f"Page {page + 1} of {pages}"
            )
        )
    elif only_open:
        blocks.append(context("`/incident list all` shows the past ones too."))
    return blocks


def list_text(total: int, *, only_open: bool) -> str:
    """How many there are, for those whom the blocks do not reach."""
    return f"{total} {'open ' if only_open else ''}incident{'s' if total != 1 else ''}"
