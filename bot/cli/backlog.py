"""What is to be done some day."""

from typing import Annotated

import typer

from bot.cli.command import AsJson, print_json, read_config, read_settings, with_database

commands = typer.Typer(no_args_is_help=True, help="What is to be done some day.")


@commands.command("list")
def backlog_list(
    everything: Annotated[bool, typer.Option("--all", help="Also what is done or declined.")] = False,
    service: Annotated[str | None, typer.Option(help="Only of this service.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="So many at most.")] = 500,
    as_json: AsJson = False,
) -> None:
    """List what is to be done, the oldest first."""
    from bot.reading import backlog as reading

    settings = read_settings()
    config = read_config(settings)
    found = with_database(
        settings, lambda db: reading.listed(db, config, service=service, everything=everything, limit=limit)
    )
    if as_json:
        print_json(found)
    elif found:
        print("\n".join(reading.line(item) for item in found))
    else:
        print("Nothing was ever in the backlog." if everything else "The backlog is empty.")
