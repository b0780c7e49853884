"""What runs Tocsin, and what makes it ready to run."""

import asyncio
import gc
import sys
from typing import Annotated

import typer

from bot.cli.command import AsJson, print_json, read_config, read_settings
from bot.config import ConfigErrors, missing_for_run
from bot.config.environment import overlooked
from bot.config.written import read_written
from bot.core.loading import for_good


def run() -> None:
    """Run the bot for the Slack workspace of the environment's tokens."""
    settings = read_settings()
    written = read_written(settings.config)
    if written.config is None:
        raise ConfigErrors(written.problems)
    missing = missing_for_run(settings)
    if missing:
        raise ConfigErrors(missing)
    with for_good():
        from bot.serve import serve  # Bolt takes half a second to import, and no other command needs it

    asyncio.run(serve(settings, written))


def demo(
    port: Annotated[int, typer.Option(help="Where the playground's page is served.")] = 4000,
    quiet: Annotated[bool, typer.Option(help="Print the URL only.")] = False,
) -> None:
    """Try it without Slack: a local workspace in the browser, with the bot in it."""
    gc.disable()  # as for_good does; demonstrate ends that when it is under way
    from bot.demo import demonstrate  # the playground is loaded here and nowhere else

    asyncio.run(demonstrate(port=port, quiet=quiet))


def migrate() -> None:
    """Bring the database's tables up to date."""
    settings = read_settings()
    from bot.migrate import migrate as run_migrations  # alembic is slow to import

    before, after = asyncio.run(run_migrations(settings.database_url))
    print(
        f"The schema is {after} already."
        if before == after
        else f"The schema is {after} now (it was {before or 'empty'})."
    )


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
    settings = read_settings()
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
        print_json(data)
    else:
        print(as_yaml(data), end="")


def doctor(as_json: AsJson = False) -> None:
    """Check token, scopes, manifest, database, clock and channels: a line each, with the mend."""
    settings = read_settings()
    config = read_config(settings)
    from bot.core.clock import Clock
    from bot.doctor import Finding, examine

    findings = [Finding("environment", None, str(problem)) for problem in overlooked()]
    findings += asyncio.run(examine(settings, config, Clock()))
    if as_json:
        print_json([{"check": f.check, "ok": f.ok, "says": f.says, "mend": f.mend} for f in findings])
    else:
        for finding in findings:
            print(finding.line())
    if any(finding.ok is False for finding in findings):
        raise typer.Exit(1)
