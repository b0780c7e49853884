"""What is done again and again, with its evidence."""

from typing import Annotated

import typer

from bot.cli.command import AsJson, print_json, read_config, read_settings, stop, with_database

commands = typer.Typer(no_args_is_help=True, help="What is done again and again.")


@commands.command("evidence")
def routine_evidence(
    task: Annotated[str | None, typer.Argument(help="Only of this task.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="The first day, such as 2026-01-01.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="The last day.")] = None,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """Print what was done, when, by whom and how, as Markdown; the status is 1 if it was changed afterwards."""
    from bot.reading import routine as reading

    settings = read_settings()
    config = read_config(settings)
    span = {
        "since": reading.day(since, config) if since is not None else None,
        "until": reading.day(until, config, end=True) if until is not None else None,
    }
    found = with_database(settings, lambda db: reading.evidence(db, config, task=task, **span))
    if as_json:
        print_json({"broken": found.broken, "evidence": found.rows})
    else:
        print(reading.as_csv(found) if as_csv else reading.as_markdown(found, config), end="")
    if found.broken:
        stop(f"The evidence of {', '.join(found.broken)} was changed after it was written.")
