"""Whom a page would reach."""

from typing import Annotated

import typer

from bot.cli.command import AsJson, print_json, read_config, read_settings, with_database_if_any

commands = typer.Typer(no_args_is_help=True, help="Whom a page would reach.")


@commands.command("plan")
def page_plan(
    to: Annotated[str, typer.Argument(metavar="WHOM", help="A service, schedule, person or policy.")],
    severity: Annotated[
        str | None, typer.Option(help="As a declaration of this severity pages. Default: at once.")
    ] = None,
    at: Annotated[str, typer.Option(help="When: ISO, or wall time of the organization.")] = "now",
    as_json: AsJson = False,
) -> None:
    """Tell who would be reached, when, how and why; pages nobody."""
    from bot.core.clock import Clock
    from bot.reading import pages as reading

    settings = read_settings()
    config, now = read_config(settings), Clock().now().replace(microsecond=0)

    data, lines = with_database_if_any(
        settings, lambda db: reading.plan(db, config, to, severity=severity, at=at, now=now)
    )
    if as_json:
        print_json(data)
    else:
        print("\n".join(lines))
