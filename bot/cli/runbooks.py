"""Runbooks, and when each was last tested."""

from pathlib import Path
from typing import Any

import typer

from bot.cli.command import AsJson, print_json, read_config, read_settings, with_database_if_any

commands = typer.Typer(
    no_args_is_help=True, help="What is written for an incident, and when it was last tested."
)


@commands.command("list")
def runbook_list(as_json: AsJson = False) -> None:
    """List the runbooks with their owners and when each was last tested; the status is 1 if one cannot be read."""
    from bot.reading import runbooks as reading

    found = _runbooks(reading.listed)
    is_fine = all(one["problem"] is None for one in found)
    if as_json:
        print_json({"ok": is_fine, "runbooks": found})
    else:
        print("\n".join(reading.line(one) for one in found) or "There are no runbooks.")
    if not is_fine:
        raise typer.Exit(1)


@commands.command("show")
def runbook_show(name: str, as_json: AsJson = False) -> None:
    """Show a runbook with its steps."""
    from bot.reading import runbooks as reading

    found = _runbooks(lambda *given: reading.shown(*given, name=name))
    if as_json:
        print_json(found)
    else:
        print("\n".join(reading.lines(found)))


def _runbooks(ask: Any) -> Any:
    from bot.core.clock import Clock

    settings = read_settings()
    config = read_config(settings)

    return with_database_if_any(
        settings, lambda db: ask(db, config, Path(settings.config).parent, Clock().now())
    )
