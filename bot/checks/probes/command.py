"""Programs of this machine, without a shell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.checks.evaluation import Seen
from bot.checks.probes.reach import Failed, Surroundings
from bot.checks.programs import run_program
from bot.config.sections.checks import Check, CommandProbe
from bot.core.clock import Clock


async def probe(check: Check, around: Surroundings) -> Seen:
    wanted: CommandProbe = check.probe  # type: ignore[assignment]
    return await try_program(wanted.argv, contains=wanted.contains, folder=around.folder, clock=around.clock)


async def try_program(argv: Sequence[str], *, contains: str | None, folder: Path, clock: Clock) -> Seen:
    """Runs a program in `folder`; it passes with status 0, and where it writes `contains`. Raises Failed.

    Whoever has no patience any more cancels it: it is ended with all that it has started.
    """
    expected = "status 0" + (f" and “{contains}”" if contains else "")
    began = clock.monotonic()
    try:
        status, output = await run_program(argv, folder=folder)
    except OSError as error:
        raise Failed(f"{argv[0]} cannot be started: {error.strerror}") from None
    latency = (clock.monotonic() - began) * 1000
    if status != 0:
        return Seen(False, expected, f"status {status}: {_last_line(output)}", latency, output=output)
    if contains is not None and contains not in output:
        return Seen(False, expected, f"it wrote: {_last_line(output)}", latency, output=output)
    return Seen(True, expected, "status 0", latency, output=output)


def _last_line(output: str) -> str:
    return output.rpartition("\n")[2][:200] or "nothing"
