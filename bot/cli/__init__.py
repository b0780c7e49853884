"""The command line: what can be asked of `tocsin`, a file a group of commands, and how its troubles are told.

What a command answers is read in bot.reading, in the file of the same name. What is slow to import is imported where it is needed: an
editor that checks app.yaml at each save does not wait for Bolt.
"""

import sys

import typer

from bot.cli import (
    alerts,
    audit,
    backlog,
    backups,
    checks,
    configuration,
    digests,
    incidents,
    oncall,
    pages,
    reviews,
    routine,
    runbooks,
    running,
)
from bot.cli.command import stop
from bot.config import ConfigErrors
from bot.core.db import trouble
from bot.core.errors import TocsinError

app = typer.Typer(
    name="tocsin",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Incident response in Slack, self-hosted.",
)
for _command in (
    running.run,
    running.demo,
    running.migrate,
    backups.retention,
    backups.restore,
    running.manifest,
    running.doctor,
    digests.digest,
    digests.report,
    audit.audit,
):
    app.command()(_command)
for _name, _group in {
    "config": configuration,
    "incident": incidents,
    "oncall": oncall,
    "page": pages,
    "alerts": alerts,
    "backlog": backlog,
    "check": checks,
    "runbook": runbooks,
    "review": reviews,
    "routine": routine,
    "backup": backups,
}.items():
    app.add_typer(_group.commands, name=_name)


def command_line() -> None:
    """Runs the command; every foreseeable trouble ends in a sentence and a status, never in a stack trace."""
    try:
        app()
    except ConfigErrors as errors:
        stop("\n".join(str(problem) for problem in errors.problems))
    except TocsinError as error:
        stop(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(141)
    except Exception as error:
        known = trouble(error)
        if known is None:
            raise
        stop(str(known))
