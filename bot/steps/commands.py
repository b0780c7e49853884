"""The tick's step that runs the commands of runbooks: claimed in a transaction, run beside the tick, outside of any."""

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import structlog

from bot.checks.programs import run_program
from bot.config import Config
from bot.config.fields import duration_text
from bot.config.sections.runbooks import Command
from bot.core.clock import Clock
from bot.core.db import Database, is_unreachable
from bot.core.look import has_come
from bot.runbooks import commands
from bot.runbooks.rows import CommandRun
from bot.steps.beside_the_tick import BesideTheTick

log = structlog.get_logger(__name__)

# How often what it wrote is shown, and the lease renewed. Slack takes some fifty edits a minute, of all messages.
SHOW_EVERY = 3.0
WRITE_AGAIN_AFTER = 1.0
WRITE_TRIES = 60


def command_variables(config: Config) -> set[str]:
    """The environment variables that commands are given."""
    return {name for command in config.commands for name in command.environment}


class Commands(BesideTheTick[CommandRun]):
    """`folder` is that of app.yaml, `variables` are what commands may be given."""

    MOMENTS = (has_come(CommandRun.due_at), has_come(CommandRun.claimed_until))
    named = "run"
    put_off_for = timedelta(minutes=1)  # people stand by and wait

    def __init__(
        self,
        *,
        config: Config,
        db: Database,
        clock: Clock,
        folder: Path,
        variables: Mapping[str, str],
        worker: str,
    ) -> None:
        super().__init__(commands, config=config, db=db, clock=clock, worker=worker)
        self._folder = folder
        self._variables = variables

    async def _carry_out(self, claimed: CommandRun) -> None:
        command = self._config.command(claimed.command)
        if command is None:
            return
        so_far = [""]
        showing = asyncio.create_task(self._show(claimed.id, so_far))
        try:
            status, outcome = await self._program(command, so_far)
        finally:
            showing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await showing
        await self._end(claimed.id, status, outcome, so_far[0])

    async def _program(self, command: Command, so_far: list[str]) -> tuple[int | None, str]:
        """Its status, and how it ended in words."""

        def told(output: str) -> None:
            so_far[0] = output

        given = {name: self._variables[name] for name in command.environment if name in self._variables}
        try:
            async with asyncio.timeout(command.timeout.total_seconds()):
                status, so_far[0] = await run_program(
                    command.argv, folder=self._folder, variables=given, told=told
                )
        except TimeoutError:
            return None, f"it took longer than {duration_text(command.timeout)} and was ended"
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            return None, f"{command.argv[0]} cannot be started: {why}"
        return status, f"status {status}"

    async def _show(self, number: int, so_far: list[str]) -> None:
        """Says again and again that it runs, and what it wrote."""
        while True:
            await asyncio.sleep(SHOW_EVERY)
            try:
                async with self._db.begin() as session:
                    await commands.go_on(
                        session, number, so_far[0], worker=self._worker, now=self._clock.now()
                    )
            except Exception as error:
                if not is_unreachable(error):  # its end is told all the same
                    log.exception("How far a command is could not be told", run=number)

    async def _end(self, number: int, status: int | None, outcome: str, output: str) -> None:
        """Writes how it ended; a database that is away is waited for, as nobody else knows."""
        for _ in range(WRITE_TRIES):
            try:
                async with self._db.begin() as session:
                    await commands.end(
                        session,
                        number,
                        status=status,
                        outcome=outcome,
                        output=output,
                        worker=self._worker,
                        now=self._clock.now(),
                    )
            except Exception as error:
                if not is_unreachable(error):
                    raise
                await asyncio.sleep(WRITE_AGAIN_AFTER)
            else:
                return
        log.error("The end of a command could not be written", run=number, outcome=outcome)
