"""Reviews of incidents."""

from typing import Annotated

import typer

from bot.cli.command import AsJson, print_json, read_config, read_settings, stop, with_database

commands = typer.Typer(no_args_is_help=True, help="Reviews of incidents.")


@commands.command("list")
def review_list(
    everything: Annotated[bool, typer.Option("--all", help="Also what is done or waived.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="So many at most.")] = 500,
    as_json: AsJson = False,
) -> None:
    """List the reviews that are not finished, what is due first ahead."""
    from bot.reading import reviews as reading

    found = with_database(read_settings(), lambda db: reading.reviews(db, everything=everything, limit=limit))
    if as_json:
        print_json(found)
    elif found:
        print("\n".join(reading.line(review) for review in found))
    else:
        print("No incident had a review." if everything else "No review is to be done.")


@commands.command("show")
def review_show(number: int, as_json: AsJson = False) -> None:
    """Show how the review of an incident stands, step by step."""
    from bot.reading import reviews as reading

    settings = read_settings()
    config = read_config(settings)
    found = with_database(settings, lambda db: reading.record(db, number, config))
    if as_json:
        print_json(reading.as_data(found, config))
    else:
        print(reading.steps(found))


@commands.command("export")
def review_export(
    number: int,
    form: Annotated[str, typer.Option("--format", help="md, html or json")] = "md",
    version: Annotated[int | None, typer.Option(min=1, help="Default: the newest, or the draft.")] = None,
) -> None:
    """Print the review of an incident as a document."""
    from bot.reading import reviews as reading
    from bot.views.review_text import FORMS, as_file

    if form not in FORMS:
        stop(f"“{form}” is not a format. Choose md, html or json.")
    settings = read_settings()
    config = read_config(settings)
    found = with_database(settings, lambda db: reading.record(db, number, config, version=version))
    print(as_file(found, form, config), end="")
