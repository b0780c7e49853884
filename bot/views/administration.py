"""What those who run Tocsin read of its configuration."""

from bot.administration.rows import ConfigTrouble
from bot.views.text import cut, literal, moment

SHOWN = 10


def refused_text(trouble: ConfigTrouble) -> str:
    """What is wrong, line by line, and that nothing has changed."""
    lines = [f"• {literal(problem, 280)}" for problem in trouble.problems[:SHOWN]]
    more = len(trouble.problems) - SHOWN
    if more > 0:
        lines.append(f"… and {more} more: `tocsin config check` tells all.")
    head = (
        f":warning: *app.yaml was changed and is refused* ({literal(trouble.place, 120)}, {moment(trouble.found_at)}). "
        "Tocsin goes on with the configuration before."
    )
    tail = "Mend the file: it is read again by itself. `tocsin config rollback` brings a former version back. A restart needs a file in order."
    return cut("\n".join([head, *lines, tail]), 3900)


def mended_text(trouble: ConfigTrouble) -> str:
    """That it is in order again, in answer to what was told before."""
    return (
        f":white_check_mark: app.yaml is in order again ({literal(trouble.place, 120)}); what was refused at "
        f"{moment(trouble.found_at)} counts no more."
    )
