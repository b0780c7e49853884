"""Incidents and their timelines."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.command import AsJson, print_json, read_config, read_settings, stop, with_database

commands = typer.Typer(no_args_is_help=True, help="Read incidents from the database.")


@commands.command("list")
def incident_list(
    everything: Annotated[bool, typer.Option("--all", help="The past ones too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    as_json: AsJson = False,
) -> None:
    """List the open incidents, the newest first."""
    from bot.reading import incidents as reading

    incidents = with_database(
        read_settings(), lambda db: reading.incidents(db, everything=everything, limit=limit)
    )
    if as_json:
        print_json(incidents)
        return
    for incident in incidents:
        marks = "".join(f" [{mark}]" for mark in ("private", "drill") if incident[mark])
        print(
            f"#{incident['number']:<5} {incident['severity']:<6} {incident['status']:<14} {incident['declared_at'][:16]}  {incident['title']}{marks}"
        )
    if not incidents:
        print("No open incidents." if not everything else "No incident was ever declared.")


@commands.command("show")
def incident_show(number: int, as_json: AsJson = False) -> None:
    """Show an incident with its roles and its timeline."""
    from bot.reading import incidents as reading

    settings = read_settings()
    config = read_config(settings)
    data, words = with_database(settings, lambda db: reading.incident(db, number, config))
    if as_json:
        print_json(data)
    else:
        print(words)


@commands.command("export")
def incident_export(
    number: int, form: Annotated[str, typer.Option("--format", help="md, html or json")] = "md"
) -> None:
    """Print the whole record of an incident as Markdown, as a page that prints well, or as JSON with its hashes."""
    if form not in ("md", "json", "html"):
        stop(f"“{form}” is not a format. Choose md, html or json.")
    from bot.reading import incidents as reading

    settings = read_settings()
    config = read_config(settings)
    print(with_database(settings, lambda db: reading.record(db, number, form, config)), end="")


@commands.command("verify")
def incident_verify(
    number: Annotated[int | None, typer.Argument(help="Which incident.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every incident's.")] = False,
    file: Annotated[Path | None, typer.Option(help="An export as JSON, in the database's place.")] = None,
    as_json: AsJson = False,
) -> None:
    """Prove that timelines are as they were recorded, and name the first entry that is not."""
    if [number is not None, everything, file is not None].count(True) != 1:
        stop("Say which: a number, --all, or --file with an export as JSON.")
    from bot.reading import timelines as reading

    found = (
        [reading.verified_file(file)]
        if file is not None
        else with_database(read_settings(), lambda db: reading.verified(db, number))
    )
    if as_json:
        print_json(
            {"ok": all(one.broken is None for one in found), "incidents": [o.as_json() for o in found]}
        )
    else:
        print("\n".join(one.words() for one in found) or "No incident was ever declared.")
    if any(one.broken is not None for one in found):
        raise typer.Exit(1)
