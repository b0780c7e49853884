"""Where alerts would go, and which of them rang."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.command import AsJson, print_json, read_config, read_settings, with_database

commands = typer.Typer(no_args_is_help=True, help="Where alerts would go, and which of them rang.")


@commands.command("test")
def alerts_test(
    file: Annotated[Path, typer.Argument(help="A payload, as the tool sends it.")],
    integration: Annotated[
        str | None, typer.Option(help="Whose payload it is. Default: an event as Tocsin keeps it.")
    ] = None,
    header: Annotated[
        list[str] | None, typer.Option(help="What the tool says in a header: 'X-GitHub-Event: deployment'.")
    ] = None,
    at: Annotated[str, typer.Option(help="When: ISO, or wall time of the organization.")] = "now",
    as_json: AsJson = False,
) -> None:
    """Tell what a payload would do: where each alert goes and why. Nobody is told."""
    from bot.core.clock import Clock
    from bot.reading import alerts as reading

    now = Clock().now().replace(microsecond=0)
    found = reading.test(
        file, read_config(read_settings()), name=integration, at=at, now=now, headers=header or ()
    )
    if as_json:
        print_json(reading.as_json(found))
    else:
        print("\n".join(reading.lines(found)))


@commands.command("review")
def alerts_review(
    weeks: Annotated[int, typer.Option(help="How many weeks back.")] = 4,
    service: Annotated[str | None, typer.Option(help="Only of this service.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="So many kinds of alerts at most.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Tell which alerts rang, and which of them for nothing: the worst first."""
    from bot.core.clock import Clock
    from bot.reading import alerts as reading
    from bot.reading.backlog import known_service

    settings = read_settings()
    config, now = read_config(settings), Clock().now()
    name = known_service(config, service) if service is not None else None
    found = with_database(
        settings, lambda db: reading.reviewed(db, config, weeks=weeks, service=name, limit=limit, now=now)
    )
    if as_json:
        print_json(reading.review_json(found))
    else:
        print("\n".join(reading.review_lines(found)))
