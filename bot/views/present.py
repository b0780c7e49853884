"""What fails at this moment, for App Home: checks, maintenance, and alerts that no incident tells of."""

from collections.abc import Sequence
from datetime import datetime

from bot.alerts.firing import COUNTED, Firing, FiringNow
from bot.alerts.maintenance import Plan, Window
from bot.checks.rows import CheckState
from bot.config import Config
from bot.views.alerts import OTHER_SIGN, SIGNS
from bot.views.checks import failing_line
from bot.views.incident_text import service_name
from bot.views.maintenance import running_line
from bot.views.text import Block, context, paragraphs

FAILING_SHOWN, SERVICES_SHOWN = 5, 10


def home_blocks(
    failing: Sequence[CheckState],
    count: int,
    maintenance: Sequence[tuple[Plan, Window]],
    firing: Firing,
    config: Config,
    *,
    now: datetime,
) -> list[Block]:
    """`failing` are the first of the `count` checks and objectives that fail; four blocks at most."""
    blocks = paragraphs([*_checks(failing, count, config, now), *_alerts(firing, config)])
    if maintenance:
        blocks.append(context(running_line(maintenance, config)))
    return blocks


def _checks(failing: Sequence[CheckState], count: int, config: Config, now: datetime) -> list[str]:
    watched = len(config.checks) + len(config.slos)
    if not watched:
        return []
    what = "checks and objectives" if config.slos else "check" if watched == 1 else "checks"
    if not failing:
        return [f":large_green_circle: *{watched} {what}*, none failing"]
    lines = [f"*{count} of {watched} {what} failing*"]
    lines += [failing_line(_title(state.name, config), state, now) for state in failing[:FAILING_SHOWN]]
    if count > len(failing):
        lines.append(f"… and {count - len(failing)} more: `/check`")
    return lines


def _title(name: str, config: Config) -> str:
    """As people know it; an objective's state is named slo:NAME."""
    check = config.check(name)
    if check is not None:
        return check.shown_name
    objective = next((one for one in config.slos if f"slo:{one.name}" == name), None)
    return f"{objective.shown_name} (objective)" if objective is not None else name


def _alerts(firing: Firing, config: Config) -> list[str]:
    if not firing.by_service:
        return []
    said = [_of_service(one, config) for one in firing.by_service[:SERVICES_SHOWN]]
    more = len(firing.by_service) - SERVICES_SHOWN
    said += [f"{more} more service{'s' if more > 1 else ''}"] if more > 0 else []
    total = sum(one.count for one in firing.by_service)
    head = (
        f"{total} alert{'s fire' if total > 1 else ' fires'}"
        if firing.is_all
        else f"More than {COUNTED:,} alerts fire"
    )
    return [f"*{head} without an incident*: {' · '.join(said)}"]


def _of_service(one: FiringNow, config: Config) -> str:
    name = service_name(one.service, config) if one.service else "no service"
    silenced = f" ({one.silenced} silenced)" if one.silenced else ""
    return f"{SIGNS.get(one.level, OTHER_SIGN)} {name} {one.count}{silenced}"
