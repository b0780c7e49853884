"""app.yaml: what is wrong with it, and how it was before."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.command import AsJson, print_json, read_settings, stop, with_database
from bot.config import Config, ConfigErrors, json_schema, load, places
from bot.config.integration_secrets import secret_troubles
from bot.config.webhook_secrets import webhook_troubles

commands = typer.Typer(no_args_is_help=True, help="app.yaml: check it, describe it.")


@commands.command("check")
def config_check(
    file: Annotated[Path | None, typer.Argument(help="Default: TOCSIN_CONFIG, app.yaml.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell everything that is wrong with app.yaml at once."""
    settings = None if file else read_settings()
    path = file or Path(settings.config if settings else "")
    try:
        config = load(path)
        _check_calendars(config, path)
        _check_runbooks(config, path)
    except ConfigErrors as errors:
        if not as_json:
            raise
        print_json({"ok": False, "problems": [str(problem) for problem in errors.problems]})
        raise typer.Exit(1) from None
    from bot.alerts.expect import failures as alert_failures
    from bot.core.clock import Clock
    from bot.incidents.expect import failures as automation_failures
    from bot.paging.duty import planned_duty
    from bot.paging.expect import failures  # the database's libraries, which an editor's hook need not load

    now = Clock().now()
    found = [
        *failures(config, planned_duty(config), now),
        *alert_failures(config, now),
        *automation_failures(config),
    ]
    found.sort(key=lambda one: one.number)
    stand = places(path, [("expect", one.number - 1) for one in found]) if found else []
    unmet = [f"{place}: {one}" for place, one in zip(stand, found, strict=True)]
    if as_json:
        print_json({"ok": not unmet, "problems": unmet})
    elif unmet:
        stop("\n".join(unmet))
    if unmet:
        raise typer.Exit(1)
    if not as_json:
        print(
            f"{path} is in order: {len(config.services)} services, {len(config.severities)} severities, {len(config.people)} people, {len(config.schedules)} schedules, {len(config.expect)} expectations met."
        )
        # Of the file that runs here only, and no fault of it: elsewhere the secrets need not be known.
        for lack in [] if settings is None else secret_troubles(settings, config):
            print(f"Note: {lack}", file=sys.stderr)
        for name, trouble in webhook_troubles(settings, config).items() if settings is not None else ():
            print(f"Note: webhook {name} {trouble}", file=sys.stderr)


def _check_calendars(config: Config, path: Path) -> None:
    """The calendars that are files belong to the configuration: they may name people that it does not know."""
    if any(layer.ical is not None for schedule in config.schedules for layer in schedule.layers):
        from bot.core.clock import Clock
        from bot.reading.oncall import file_problems

        problems = file_problems(config, path, Clock().now())
        if problems:
            raise ConfigErrors(problems)


def _check_runbooks(config: Config, path: Path) -> None:
    """The files of runbooks belong to the configuration: they name services, people and commands."""
    if config.runbooks.folder is not None:
        from bot.runbooks.files import problems_in  # it needs the database's libraries

        problems = problems_in(path.parent, config)
        if problems:
            raise ConfigErrors(problems)


@commands.command("schema")
def config_schema() -> None:
    """Print the JSON Schema of app.yaml, for editors."""
    print_json(json_schema())


@commands.command("history")
def config_history(
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List the configurations that were active, the newest first: since when, by whom, and how much each changed."""
    from bot.reading import configuration as reading

    found = with_database(read_settings(), lambda db: reading.history(db, limit=limit))
    if as_json:
        print_json(found)
    else:
        print("\n".join(reading.line(one) for one in found) or "No configuration was active yet.")


@commands.command("diff")
def config_diff(
    first: Annotated[
        int | None, typer.Argument(min=1, metavar="[A]", help="Default: the newest version.")
    ] = None,
    second: Annotated[
        int | None, typer.Argument(min=1, metavar="[B]", help="Default: the files as they stand.")
    ] = None,
) -> None:
    """Show what changed from one version of the configuration to another, or to the files as they stand."""
    from bot.reading import configuration as reading

    settings = read_settings()
    file = Path(settings.config)
    found = with_database(settings, lambda db: reading.diff(db, first, second, file))
    print(found or "There is no difference.")


@commands.command("rollback")
def config_rollback(number: Annotated[int, typer.Argument(min=1, help="A version of the history.")]) -> None:
    """Bring a former version back: its files are put in place, and a running Tocsin reads them by itself."""
    from bot.core.clock import Clock
    from bot.reading import configuration as reading

    settings = read_settings()
    file, now = Path(settings.config), Clock().now()
    new, kept = with_database(settings, lambda db: reading.roll_back(db, number, file, now=now))
    print(f"{file} is that of version {number} again; this is version {new}.")
    for aside in kept:
        print(f"What stood there was never active; it is kept as {aside}.")
