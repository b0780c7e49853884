"""Digests and reports."""

from typing import Annotated

import typer

from bot.cli.command import AsJson, print_json, read_config, read_settings, stop, with_database


def digest(
    name: Annotated[str, typer.Argument(help="The name of a digest of app.yaml.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print it, send nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print what a digest would say now. The running bot sends them by itself."""
    if not dry_run:
        stop(
            "The running bot sends digests by itself, each at its time. → Add --dry-run to see what this one would say now, or type /incident digest in Slack."
        )
    from bot.core.clock import Clock
    from bot.reading import digests as reading

    settings = read_settings()
    config, now = read_config(settings), Clock().now()
    data, lines = with_database(settings, lambda db: reading.dry_run(db, config, name, now=now))
    if as_json:
        print_json(data)
    else:
        print("\n".join(lines))


def report(
    start: Annotated[str, typer.Option("--from", help="The first day, such as 2026-10-01, or a moment.")],
    to: Annotated[str | None, typer.Option("--to", help="Where it ends, not included. Default: now.")] = None,
    form: Annotated[str, typer.Option("--format", help="md, html, json or csv")] = "md",
) -> None:
    """Print the figures of any span: how many incidents, how long they took, who was disturbed."""
    if form not in ("md", "html", "json", "csv"):
        stop(f"“{form}” is not a format. Choose md, html, json or csv.")
    from bot.core.clock import Clock
    from bot.reading import digests as reading

    settings = read_settings()
    config, now = read_config(settings), Clock().now()
    since, until = reading.span_asked(config, start, to, now=now)
    print(
        with_database(settings, lambda db: reading.report(db, config, since, until, form=form, now=now)),
        end="",
    )
