"""Who is on call, and whether somebody always is."""

from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.command import AsJson, print_json, read_config, read_settings, with_database_if_any
from bot.core.db import Database

commands = typer.Typer(no_args_is_help=True, help="Who is on call, and whether somebody always is.")

Schedules = Annotated[list[str] | None, typer.Argument(metavar="[SCHEDULE]...", help="Default: all.")]
From = Annotated[str, typer.Option("--from", help="The beginning of the span.")]
To = Annotated[str | None, typer.Option("--to", help="Its end.")]


@commands.command("who")
def oncall_who(
    schedules: Schedules = None,
    at: Annotated[str, typer.Option(help="When: ISO, or wall time of the schedule.")] = "now",
    as_json: AsJson = False,
) -> None:
    """Tell who is on call, why, and how long."""
    from bot.reading import oncall as reading

    found = [reading.who(known, start) for known, start, _ in _on_call(schedules, at, None)]
    if as_json:
        print_json(found[0] if schedules and len(schedules) == 1 else found)
    else:
        print("\n".join(reading.who_line(one) for one in found))


@commands.command("shifts")
def oncall_shifts(
    schedules: Schedules = None, start: From = "now", to: To = None, as_json: AsJson = False
) -> None:
    """List the shifts of a span, of four weeks by default."""
    from bot.reading import oncall as reading

    spans = _on_call(schedules, start, to, days=28)
    found = [shift for known, since, until in spans for shift in reading.shifts_of(known, since, until)]
    if as_json:
        print_json(found)
    else:
        print("\n".join(reading.shift_line(shift) for shift in found))


@commands.command("verify")
def oncall_verify(
    schedules: Schedules = None, start: From = "now", to: To = None, as_json: AsJson = False
) -> None:
    """Prove that somebody is always on call, for a year by default: each gap with an example, and who bears how much."""
    from bot.reading import oncall as reading

    config = read_config(read_settings())
    spans = _on_call(schedules, start, to, days=364)
    found = [reading.verify(known, config, since, until) for known, since, until in spans]
    if as_json:
        print_json({"ok": all(one["ok"] for one in found), "schedules": found})
    else:
        print("\n\n".join("\n".join(reading.verify_lines(one)) for one in found))
    if not all(one["ok"] for one in found):
        raise typer.Exit(1)


def _on_call(names: list[str] | None, start: str, end: str | None, *, days: int = 0) -> Any:
    """Each schedule with everything known of it, and the span that is asked about, in the schedule's zone."""
    from bot.core.clock import Clock
    from bot.reading import oncall as reading

    settings = read_settings()
    config, now = read_config(settings), Clock().now().replace(microsecond=0)
    asked = [reading.asked(config, s, start, end, days, now) for s in reading.chosen(config, names or [])]

    async def look(db: Database | None) -> Any:
        folder = Path(settings.config).parent
        return [(await reading.known(db, config, folder, one), one.start, one.end) for one in asked]

    return with_database_if_any(settings, look)
