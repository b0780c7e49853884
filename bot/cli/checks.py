"""Status checks: run, and how they stand."""

from typing import Annotated, Any

import typer

from bot.cli.command import AsJson, print_json, read_config, read_settings, with_database_if_any

commands = typer.Typer(no_args_is_help=True, help="Status checks: run them, and see how they stand.")

Checks = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]...", help="Checks, or services. Default: all.")
]


@commands.command("run")
def check_run(names: Checks = None, as_json: AsJson = False) -> None:
    """Run checks now, here; the status is 1 if one of them fails."""
    from bot.reading import checks as reading

    found = _checks(reading.run, names)
    if as_json:
        print_json({"ok": all(one["ok"] for one in found), "checks": found})
    else:
        print("\n".join(reading.run_line(one) for one in found))
    if not all(one["ok"] for one in found):
        raise typer.Exit(1)


@commands.command("list")
def check_list(names: Checks = None, as_json: AsJson = False) -> None:
    """List checks, how they stand, where heartbeats are told, and maintenance; the status is 1 if a check is failing."""
    from bot.reading import checks as reading

    found = _checks(reading.listed, names)
    is_fine = all(one["state"] != "failing" for one in found["checks"])
    if as_json:
        print_json({"ok": is_fine, **found})
    else:
        lines = [reading.list_line(one) for one in found["checks"]]
        print("\n".join([*lines, *(reading.maintenance_line(one) for one in found["maintenance"])]))
    if not is_fine:
        raise typer.Exit(1)


def _checks(ask: Any, names: list[str] | None) -> Any:
    settings = read_settings()
    config = read_config(settings)

    return with_database_if_any(settings, lambda db: ask(config, settings, db, names or []))
