"""Programs of this machine, without a shell."""

from __future__ import annotations

from bot.checks.evaluation import Seen
from bot.checks.probes.reach import Failed, Surroundings
from bot.checks.programs import run_program
from bot.config.sections.checks import Check, CommandProbe


async def probe(check: Check, around: Surroundings) -> Seen:
    wanted: CommandProbe = check.probe  # type: ignore[assignment]
    expected = "status 0" + (f" and “{wanted.contains}”" if wanted.contains else "")
    began = around.clock.monotonic()
    try:
        status, output = await run_program(wanted.argv, folder=around.folder)
    except OSError as error:
        raise Failed(f"{wanted.argv[0]} cannot be started: {error.strerror}") from None
    latency = (around.clock.monotonic() - began) * 1000
    if status != 0:
        return Seen(False, expected, f"status {status}: {_last_line(output)}", latency, output=output)
    if wanted.contains is not None and wanted.contains not in output:
        return Seen(False, expected, f"it wrote: {_last_line(output)}", latency, output=output)
    return Seen(True, expected, "status 0", latency, output=output)


def _last_line(output: str) -> str:
    return output.rpartition("\n")[2][:200] or "nothing"
