"""The command line: what can be asked of `tocsin`, and how its troubles are told."""

import asyncio
import gc
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from bot.config import Config, ConfigErrors, Settings, json_schema, load, missing_for_run, places
from bot.config.environment import overlooked
from bot.config.integration_secrets import secret_troubles
from bot.config.webhook_secrets import webhook_troubles
from bot.config.written import read_written
from bot.core import log
from bot.core.db import Database, exists, refuse_missing_file, trouble
from bot.core.errors import TocsinError

app = typer.Typer(
    name="tocsin",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Incident response in Slack, self-hosted.",
)
config_commands = typer.Typer(no_args_is_help=True, help="app.yaml: check it, describe it.")
incident_commands = typer.Typer(no_args_is_help=True, help="Read incidents from the database.")
oncall_commands = typer.Typer(no_args_is_help=True, help="Who is on call, and whether somebody always is.")
alert_commands = typer.Typer(no_args_is_help=True, help="Where alerts would go, and which of them rang.")
backlog_commands = typer.Typer(no_args_is_help=True, help="What is to be done some day.")
page_commands = typer.Typer(no_args_is_help=True, help="Whom a page would reach.")
check_commands = typer.Typer(no_args_is_help=True, help="Status checks: run them, and see how they stand.")
runbook_commands = typer.Typer(
    no_args_is_help=True, help="What is written for an incident, and when it was last tested."
)
review_commands = typer.Typer(no_args_is_help=True, help="Reviews of incidents.")
app.add_typer(config_commands, name="config")
app.add_typer(incident_commands, name="incident")
app.add_typer(oncall_commands, name="oncall")
app.add_typer(page_commands, name="page")
app.add_typer(alert_commands, name="alerts")
app.add_typer(backlog_commands, name="backlog")
app.add_typer(check_commands, name="check")
app.add_typer(runbook_commands, name="runbook")
app.add_typer(review_commands, name="review")
routine_commands = typer.Typer(no_args_is_help=True, help="What is done again and again.")
app.add_typer(routine_commands, name="routine")


class _FileOrWord(TyperGroup):
    """`tocsin backup FILE` is short for `tocsin backup write FILE`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["write", *args]
        return super().parse_args(ctx, args)


backup_commands = typer.Typer(
    cls=_FileOrWord, no_args_is_help=True, help="A copy of everything, taken while Tocsin runs."
)
app.add_typer(backup_commands, name="backup")

Checks = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]...", help="Checks, or services. Default: all.")
]

Schedules = Annotated[list[str] | None, typer.Argument(metavar="[SCHEDULE]...", help="Default: all.")]
From = Annotated[str, typer.Option("--from", help="The beginning of the span.")]
To = Annotated[str | None, typer.Option("--to", help="Its end.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def command_line() -> None:
    """Runs the command; every foreseeable trouble ends in a sentence and a status, never in a stack trace."""
    try:
        app()
    except ConfigErrors as errors:
        _stop("\n".join(str(problem) for problem in errors.problems))
    except TocsinError as error:
        _stop(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(141)
    except Exception as error:
        known = trouble(error)
        if known is None:
            raise
        _stop(str(known))


def _stop(words: str) -> None:
    print(words, file=sys.stderr)
    sys.exit(1)


def _settings() -> Settings:
    settings = Settings()
    log.configure(settings.log_level)
    return settings


def _config(settings: Settings) -> Config:
    return load(Path(settings.config))


def _print_json(data: Any) -> None:
    print(json.dumps(data, indent=2, ensure_ascii=False))


@app.command()
def run() -> None:
    """Run the bot for the Slack workspace of the environment's tokens."""
    settings = _settings()
    written = read_written(settings.config)
    if written.config is None:
        raise ConfigErrors(written.problems)
    missing = missing_for_run(settings)
    if missing:
        raise ConfigErrors(missing)
    from bot.serve import serve  # Bolt takes half a second to import, and no other command needs it

    asyncio.run(serve(settings, written))


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Where the playground's page is served.")] = 4000,
    quiet: Annotated[bool, typer.Option(help="Print the URL only.")] = False,
) -> None:
    """Try it without Slack: a local workspace in the browser, with the bot in it."""
    gc.disable()  # as while bot.cli was loaded (bot.__main__); demonstrate ends that when it is under way
    from bot.demo import demonstrate  # the playground is loaded here and nowhere else

    asyncio.run(demonstrate(port=port, quiet=quiet))


@app.command()
def migrate() -> None:
    """Bring the database's tables up to date."""
    settings = _settings()
    from bot.migrate import migrate as run_migrations  # alembic is slow to import

    before, after = asyncio.run(run_migrations(settings.database_url))
    print(
        f"The schema is {after} already."
        if before == after
        else f"The schema is {after} now (it was {before or 'empty'})."
    )


@backup_commands.command("write")
def backup_write(
    file: Annotated[Path, typer.Argument(help="Where it goes. It holds everything: keep it safe.")],
    as_json: AsJson = False,
) -> None:
    """Write everything in the database to a file, as it is at this moment; Tocsin may run meanwhile."""
    settings = _settings()
    from bot.backup.making import make
    from bot.core.clock import Clock

    written = asyncio.run(make(settings.database_url, file, now=Clock().now()))
    _note(settings, "backup_made", file=file.name, schema=written.schema, rows=written.rows)
    if as_json:
        _print_json({"file": str(file), "schema": written.schema, "rows": written.rows})
    else:
        print(f"{file}: {written.rows} rows of {len(written.parts)} tables, schema {written.schema}.")


@backup_commands.command("verify")
def backup_verify(file: Path, as_json: AsJson = False) -> None:
    """Restore a backup into a scratch database, count it, and follow every chain; the status is 1 if something is wrong."""
    settings = _settings()
    from bot.backup.archive import Archive
    from bot.backup.verifying import verify

    found = asyncio.run(verify(Archive(file)))
    said = {"file": file.name, "made_at": found.made_at, "ok": not found.problems}
    _note(settings, "backup_verified", **said)
    if as_json:
        _print_json(found.as_json())
    else:
        print(
            f"{file}: made {found.made_at[:19]}Z, {found.rows} rows, {found.incidents} incidents with "
            f"{found.entries} entries, {found.chains} chains."
        )
        print("\n".join(found.problems) or "It can be restored, and every chain holds.")
    if found.problems:
        raise typer.Exit(1)


@app.command()
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would go, delete nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tell what is older than app.yaml keeps it. The running bot deletes it by itself, a little at a time."""
    if not dry_run:
        _stop("The running bot does this by itself. → Add --dry-run to see what would go.")
    from bot.core.clock import Clock
    from bot.reading import retention as reading

    config, now = _config(_settings()), Clock().now()
    found = _with_database(lambda db: reading.dry_run(db, config, now=now))
    if as_json:
        _print_json(found)
    else:
        print("\n".join(reading.line(one) for one in found))


@app.command()
def restore(
    file: Path,
    replace: Annotated[
        bool, typer.Option("--replace", help="Where the database is not empty: what is there is kept aside.")
    ] = False,
) -> None:
    """Restore a backup. Tocsin must not run."""
    settings = _settings()
    from bot.administration.operator import operator
    from bot.backup.archive import Archive
    from bot.backup.restoring import restore as put_back
    from bot.core.clock import Clock

    archive = Archive(file)
    by, now = operator(), Clock().now()
    kept = asyncio.run(put_back(settings.database_url, archive, replace=replace, by=by, now=now))
    print(f"Restored: {archive.manifest.rows} rows, as of {archive.manifest.made_at[:19]}Z.")
    if kept is not None:
        print(f"What was there is kept as {kept}.")


@app.command()
def manifest(
    socket_mode: Annotated[
        bool | None,
        typer.Option(
            "--socket-mode/--http",
            help="How Slack reaches the bot. Default: Socket Mode if SLACK_APP_TOKEN is set.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the Slack app manifest of this program, with the reason for each scope."""
    settings = _settings()
    from handlers.manifest import PLACEHOLDER, as_yaml  # Bolt is slow to import
    from handlers.manifest import manifest as make

    over_socket = settings.slack_app_token is not None if socket_mode is None else socket_mode
    data = make(socket_mode=over_socket, public_url=settings.public_url)
    if not over_socket and settings.public_url is None:
        print(
            f"TOCSIN_PUBLIC_URL is not set; {PLACEHOLDER} stands in for it. Replace it before you use the manifest.",
            file=sys.stderr,
        )
    if as_json:
        _print_json(data)
    else:
        print(as_yaml(data), end="")


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Check token, scopes, manifest, database, clock and channels: a line each, with the mend."""
    settings = _settings()
    config = _config(settings)
    from bot.core.clock import Clock
    from bot.doctor import Finding, examine

    findings = [Finding("environment", None, str(problem)) for problem in overlooked()]
    findings += asyncio.run(examine(settings, config, Clock()))
    if as_json:
        _print_json([{"check": f.check, "ok": f.ok, "says": f.says, "mend": f.mend} for f in findings])
    else:
        for finding in findings:
            print(finding.line())
    if any(finding.ok is False for finding in findings):
        raise typer.Exit(1)


@config_commands.command("check")
def config_check(
    file: Annotated[Path | None, typer.Argument(help="Default: TOCSIN_CONFIG, app.yaml.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell everything that is wrong with app.yaml at once."""
    settings = None if file else _settings()
    path = file or Path(settings.config if settings else "")
    try:
        config = load(path)
        _check_calendars(config, path)
        _check_runbooks(config, path)
    except ConfigErrors as errors:
        if not as_json:
            raise
        _print_json({"ok": False, "problems": [str(problem) for problem in errors.problems]})
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
        _print_json({"ok": not unmet, "problems": unmet})
    elif unmet:
        _stop("\n".join(unmet))
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


@config_commands.command("schema")
def config_schema() -> None:
    """Print the JSON Schema of app.yaml, for editors."""
    _print_json(json_schema())


@config_commands.command("history")
def config_history(
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List the configurations that were active, the newest first: since when, by whom, and how much each changed."""
    from bot import config_history as reading

    found = _with_database(lambda db: reading.history(db, limit=limit))
    if as_json:
        _print_json(found)
    else:
        print("\n".join(reading.line(one) for one in found) or "No configuration was active yet.")


@config_commands.command("diff")
def config_diff(
    first: Annotated[
        int | None, typer.Argument(min=1, metavar="[A]", help="Default: the newest version.")
    ] = None,
    second: Annotated[
        int | None, typer.Argument(min=1, metavar="[B]", help="Default: the files as they stand.")
    ] = None,
) -> None:
    """Show what changed from one version of the configuration to another, or to the files as they stand."""
    from bot import config_history as reading

    file = Path(_settings().config)
    print(_with_database(lambda db: reading.diff(db, first, second, file)) or "There is no difference.")


@config_commands.command("rollback")
def config_rollback(number: Annotated[int, typer.Argument(min=1, help="A version of the history.")]) -> None:
    """Bring a former version back: its files are put in place, and a running Tocsin reads them by itself."""
    from bot import config_history as reading
    from bot.core.clock import Clock

    file, now = Path(_settings().config), Clock().now()
    new, kept = _with_database(lambda db: reading.roll_back(db, number, file, now=now))
    print(f"{file} is that of version {number} again; this is version {new}.")
    for aside in kept:
        print(f"What stood there was never active; it is kept as {aside}.")


@incident_commands.command("list")
def incident_list(
    everything: Annotated[bool, typer.Option("--all", help="The past ones too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    as_json: AsJson = False,
) -> None:
    """List the open incidents, the newest first."""
    from bot.reading import incidents as reading

    incidents = _with_database(lambda db: reading.incidents(db, everything=everything, limit=limit))
    if as_json:
        _print_json(incidents)
        return
    for incident in incidents:
        marks = "".join(f" [{mark}]" for mark in ("private", "drill") if incident[mark])
        print(
            f"#{incident['number']:<5} {incident['severity']:<6} {incident['status']:<14} {incident['declared_at'][:16]}  {incident['title']}{marks}"
        )
    if not incidents:
        print("No open incidents." if not everything else "No incident was ever declared.")


@incident_commands.command("show")
def incident_show(number: int, as_json: AsJson = False) -> None:
    """Show an incident with its roles and its timeline."""
    from bot.reading import incidents as reading

    data, words = _with_database(lambda db: reading.incident(db, number, _config(Settings())))
    if as_json:
        _print_json(data)
    else:
        print(words)


@incident_commands.command("export")
def incident_export(
    number: int, form: Annotated[str, typer.Option("--format", help="md, html or json")] = "md"
) -> None:
    """Print the whole record of an incident as Markdown, as a page that prints well, or as JSON with its hashes."""
    if form not in ("md", "json", "html"):
        _stop(f"“{form}” is not a format. Choose md, html or json.")
    from bot.reading import incidents as reading

    print(_with_database(lambda db: reading.record(db, number, form, _config(Settings()))), end="")


@incident_commands.command("verify")
def incident_verify(
    number: Annotated[int | None, typer.Argument(help="Which incident.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every incident's.")] = False,
    file: Annotated[Path | None, typer.Option(help="An export as JSON, in the database's place.")] = None,
    as_json: AsJson = False,
) -> None:
    """Prove that timelines are as they were recorded, and name the first entry that is not."""
    if [number is not None, everything, file is not None].count(True) != 1:
        _stop("Say which: a number, --all, or --file with an export as JSON.")
    from bot.reading import timelines as reading

    found = (
        [reading.verified_file(file)]
        if file is not None
        else _with_database(lambda db: reading.verified(db, number))
    )
    if as_json:
        _print_json(
            {"ok": all(one.broken is None for one in found), "incidents": [o.as_json() for o in found]}
        )
    else:
        print("\n".join(one.words() for one in found) or "No incident was ever declared.")
    if any(one.broken is not None for one in found):
        raise typer.Exit(1)


@oncall_commands.command("who")
def oncall_who(
    schedules: Schedules = None,
    at: Annotated[str, typer.Option(help="When: ISO, or wall time of the schedule.")] = "now",
    as_json: AsJson = False,
) -> None:
    """Tell who is on call, why, and how long."""
    from bot.reading import oncall as reading

    found = [reading.who(known, start) for known, start, _ in _on_call(schedules, at, None)]
    if as_json:
        _print_json(found[0] if schedules and len(schedules) == 1 else found)
    else:
        print("\n".join(reading.who_line(one) for one in found))


@oncall_commands.command("shifts")
def oncall_shifts(
    schedules: Schedules = None, start: From = "now", to: To = None, as_json: AsJson = False
) -> None:
    """List the shifts of a span, of four weeks by default."""
    from bot.reading import oncall as reading

    spans = _on_call(schedules, start, to, days=28)
    found = [shift for known, since, until in spans for shift in reading.shifts_of(known, since, until)]
    if as_json:
        _print_json(found)
    else:
        print("\n".join(reading.shift_line(shift) for shift in found))


@oncall_commands.command("verify")
def oncall_verify(
    schedules: Schedules = None, start: From = "now", to: To = None, as_json: AsJson = False
) -> None:
    """Prove that somebody is always on call, for a year by default: each gap with an example, and who bears how much."""
    from bot.reading import oncall as reading

    config = _config(_settings())
    spans = _on_call(schedules, start, to, days=364)
    found = [reading.verify(known, config, since, until) for known, since, until in spans]
    if as_json:
        _print_json({"ok": all(one["ok"] for one in found), "schedules": found})
    else:
        print("\n\n".join("\n".join(reading.verify_lines(one)) for one in found))
    if not all(one["ok"] for one in found):
        raise typer.Exit(1)


@page_commands.command("plan")
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

    settings = _settings()
    config, now = _config(settings), Clock().now().replace(microsecond=0)

    async def look() -> Any:
        db = Database(settings.database_url) if exists(settings.database_url) else None
        try:
            return await reading.plan(db, config, to, severity=severity, at=at, now=now)
        finally:
            if db is not None:
                await db.close()

    data, lines = asyncio.run(look())
    if as_json:
        _print_json(data)
    else:
        print("\n".join(lines))


@alert_commands.command("test")
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
    found = reading.test(file, _config(_settings()), name=integration, at=at, now=now, headers=header or ())
    if as_json:
        _print_json(reading.as_json(found))
    else:
        print("\n".join(reading.lines(found)))


@alert_commands.command("review")
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

    config, now = _config(_settings()), Clock().now()
    name = known_service(config, service) if service is not None else None
    found = _with_database(
        lambda db: reading.reviewed(db, config, weeks=weeks, service=name, limit=limit, now=now)
    )
    if as_json:
        _print_json(reading.review_json(found))
    else:
        print("\n".join(reading.review_lines(found)))


@backlog_commands.command("list")
def backlog_list(
    everything: Annotated[bool, typer.Option("--all", help="Also what is done or declined.")] = False,
    service: Annotated[str | None, typer.Option(help="Only of this service.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="So many at most.")] = 500,
    as_json: AsJson = False,
) -> None:
    """List what is to be done, the oldest first."""
    from bot.reading import backlog as reading

    config = _config(_settings())
    found = _with_database(
        lambda db: reading.listed(db, config, service=service, everything=everything, limit=limit)
    )
    if as_json:
        _print_json(found)
    elif found:
        print("\n".join(reading.line(item) for item in found))
    else:
        print("Nothing was ever in the backlog." if everything else "The backlog is empty.")


@runbook_commands.command("list")
def runbook_list(as_json: AsJson = False) -> None:
    """List the runbooks with their owners and when each was last tested; the status is 1 if one cannot be read."""
    from bot.reading import runbooks as reading

    found = _runbooks(reading.listed)
    is_fine = all(one["problem"] is None for one in found)
    if as_json:
        _print_json({"ok": is_fine, "runbooks": found})
    else:
        print("\n".join(reading.line(one) for one in found) or "There are no runbooks.")
    if not is_fine:
        raise typer.Exit(1)


@runbook_commands.command("show")
def runbook_show(name: str, as_json: AsJson = False) -> None:
    """Show a runbook with its steps."""
    from bot.reading import runbooks as reading

    found = _runbooks(lambda *given: reading.shown(*given, name=name))
    if as_json:
        _print_json(found)
    else:
        print("\n".join(reading.lines(found)))


def _runbooks(ask: Any) -> Any:
    from bot.core.clock import Clock

    settings = _settings()
    config = _config(settings)

    async def asking() -> Any:
        db = Database(settings.database_url) if exists(settings.database_url) else None
        try:
            return await ask(db, config, Path(settings.config).parent, Clock().now())
        finally:
            if db is not None:
                await db.close()

    return asyncio.run(asking())


@review_commands.command("list")
def review_list(
    everything: Annotated[bool, typer.Option("--all", help="Also what is done or waived.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="So many at most.")] = 500,
    as_json: AsJson = False,
) -> None:
    """List the reviews that are not finished, what is due first ahead."""
    from bot.reading import reviews as reading

    found = _with_database(lambda db: reading.reviews(db, everything=everything, limit=limit))
    if as_json:
        _print_json(found)
    elif found:
        print("\n".join(reading.line(review) for review in found))
    else:
        print("No incident had a review." if everything else "No review is to be done.")


@review_commands.command("show")
def review_show(number: int, as_json: AsJson = False) -> None:
    """Show how the review of an incident stands, step by step."""
    from bot.reading import reviews as reading

    config = _config(Settings())
    found = _with_database(lambda db: reading.record(db, number, config))
    if as_json:
        _print_json(reading.as_data(found, config))
    else:
        print(reading.steps(found))


@review_commands.command("export")
def review_export(
    number: int,
    form: Annotated[str, typer.Option("--format", help="md, html or json")] = "md",
    version: Annotated[int | None, typer.Option(min=1, help="Default: the newest, or the draft.")] = None,
) -> None:
    """Print the review of an incident as a document."""
    from bot.reading import reviews as reading
    from bot.views.review_text import FORMS, as_file

    if form not in FORMS:
        _stop(f"“{form}” is not a format. Choose md, html or json.")
    config = _config(Settings())
    found = _with_database(lambda db: reading.record(db, number, config, version=version))
    print(as_file(found, form, config), end="")


@routine_commands.command("evidence")
def routine_evidence(
    task: Annotated[str | None, typer.Argument(help="Only of this task.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="The first day, such as 2026-01-01.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="The last day.")] = None,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """Print what was done, when, by whom and how, as Markdown; the status is 1 if it was changed afterwards."""
    from bot.reading import routine as reading

    config = _config(_settings())
    span = {
        "since": reading.day(since, config) if since is not None else None,
        "until": reading.day(until, config, end=True) if until is not None else None,
    }
    found = _with_database(lambda db: reading.evidence(db, config, task=task, **span))
    if as_json:
        _print_json({"broken": found.broken, "evidence": found.rows})
    else:
        print(reading.as_csv(found) if as_csv else reading.as_markdown(found, config), end="")
    if found.broken:
        _stop(f"The evidence of {', '.join(found.broken)} was changed after it was written.")


@app.command()
def digest(
    name: Annotated[str, typer.Argument(help="The name of a digest of app.yaml.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print it, send nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print what a digest would say now. The running bot sends them by itself."""
    if not dry_run:
        _stop(
            "The running bot sends digests by itself, each at its time. → Add --dry-run to see what this one would say now, or type /incident digest in Slack."
        )
    from bot.core.clock import Clock
    from bot.reading import digests as reading

    config, now = _config(_settings()), Clock().now()
    data, lines = _with_database(lambda db: reading.dry_run(db, config, name, now=now))
    if as_json:
        _print_json(data)
    else:
        print("\n".join(lines))


@app.command()
def report(
    start: Annotated[str, typer.Option("--from", help="The first day, such as 2026-10-01, or a moment.")],
    to: Annotated[str | None, typer.Option("--to", help="Where it ends, not included. Default: now.")] = None,
    form: Annotated[str, typer.Option("--format", help="md, html, json or csv")] = "md",
) -> None:
    """Print the figures of any span: how many incidents, how long they took, who was disturbed."""
    if form not in ("md", "html", "json", "csv"):
        _stop(f"“{form}” is not a format. Choose md, html, json or csv.")
    from bot.core.clock import Clock
    from bot.reading import digests as reading

    config, now = _config(_settings()), Clock().now()
    since, until = reading.span_asked(config, start, to, now=now)
    print(_with_database(lambda db: reading.report(db, config, since, until, form=form, now=now)), end="")


@app.command()
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

    config, now = _config(_settings()), Clock().now()
    found = _with_database(
        lambda db: reading.audit(db, config, since=since, who=who, act=act, limit=limit, now=now)
    )
    if as_json:
        _print_json(found)
    else:
        none = "Nothing in the audit log fits." if since or who or act else "Nothing stands in the audit log."
        print("\n".join(reading.lines(found)) or none)


@check_commands.command("run")
def check_run(names: Checks = None, as_json: AsJson = False) -> None:
    """Run checks now, here; the status is 1 if one of them fails."""
    from bot.reading import checks as reading

    found = _checks(reading.run, names)
    if as_json:
        _print_json({"ok": all(one["ok"] for one in found), "checks": found})
    else:
        print("\n".join(reading.run_line(one) for one in found))
    if not all(one["ok"] for one in found):
        raise typer.Exit(1)


@check_commands.command("list")
def check_list(names: Checks = None, as_json: AsJson = False) -> None:
    """List checks, how they stand, where heartbeats are told, and maintenance; the status is 1 if a check is failing."""
    from bot.reading import checks as reading

    found = _checks(reading.listed, names)
    is_fine = all(one["state"] != "failing" for one in found["checks"])
    if as_json:
        _print_json({"ok": is_fine, **found})
    else:
        lines = [reading.list_line(one) for one in found["checks"]]
        print("\n".join([*lines, *(reading.maintenance_line(one) for one in found["maintenance"])]))
    if not is_fine:
        raise typer.Exit(1)


def _checks(ask: Any, names: list[str] | None) -> Any:
    settings = _settings()
    config = _config(settings)

    async def asking() -> Any:
        db = Database(settings.database_url) if exists(settings.database_url) else None
        try:
            return await ask(config, settings, db, names or [])
        finally:
            if db is not None:
                await db.close()

    return asyncio.run(asking())


def _on_call(names: list[str] | None, start: str, end: str | None, *, days: int = 0) -> Any:
    """Each schedule with everything known of it, and the span that is asked about, in the schedule's zone."""
    from bot.core.clock import Clock
    from bot.reading import oncall as reading

    settings = _settings()
    config, now = _config(settings), Clock().now().replace(microsecond=0)
    asked = [reading.asked(config, s, start, end, days, now) for s in reading.chosen(config, names or [])]

    async def look() -> Any:
        db = Database(settings.database_url) if exists(settings.database_url) else None
        try:
            folder = Path(settings.config).parent
            return [(await reading.known(db, config, folder, one), one.start, one.end) for one in asked]
        finally:
            if db is not None:
                await db.close()

    return asyncio.run(look())


def _note(settings: Any, act: str, **said: Any) -> None:
    """A line in the audit log."""
    from bot.administration.operator import noted
    from bot.core.clock import Clock

    why = asyncio.run(noted(settings.database_url, act, now=Clock().now(), **said))
    if why is not None:
        print(
            f"This stands in no audit log: the database of TOCSIN_DATABASE_URL does not take it ({why}).",
            file=sys.stderr,
        )


def _with_database(read: Any) -> Any:
    settings = _settings()

    async def reading() -> Any:
        refuse_missing_file(settings.database_url)
        db = Database(settings.database_url)
        try:
            return await read(db)
        finally:
            await db.close()

    return asyncio.run(reading())
