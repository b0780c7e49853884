"""Who did what that is administrative."""

from typing import Annotated

import typer

from bot.cli.command import AsJson, print_json, read_config, read_settings, with_database


def audit(
    since: Annotated[
        str | None, typer.Option(help="From this day or moment on, such as 2026-10-01. Default: all.")
    ] = None,
    who: Annotated[
        str | None, typer.Option(help="Of this person only: a name of app.yaml, or a Slack user id.")
    ] = None,
    act: Annotated[str | None, typer.Option(help="Of this kind only, such as refused.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000)] = 1000,
    as_json: AsJson = False,
) -> None:
    """Tell who did what that is administrative, and who was refused what; the newest first."""
    from bot.core.clock import Clock
    from bot.reading import audit as reading

    settings = read_settings()
    config, now = read_config(settings), Clock().now()
    found = with_database(
        settings, lambda db: reading.audit(db, config, since=since, who=who, act=act, limit=limit, now=now)
    )
    if as_json:
        print_json(found)
    else:
        none = "Nothing in the audit log fits." if since or who or act else "Nothing stands in the audit log."
        print("\n".join(reading.lines(found)) or none)
