"""Programs of this machine, without a shell."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from bot.checks.evaluation import Seen
from bot.checks.probes.reach import Failed, Surroundings
from bot.config.sections.checks import Check, CommandProbe
from bot.core.clock import Clock

# Of what it writes the end is kept: there it says what went wrong.
LARGEST_OUTPUT = 4000
GONE_WITHIN = 1.0
# What a program finds in its environment. Tocsin's own secrets are not among it.
_HANDED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")


async def probe(check: Check, around: Surroundings) -> Seen:
    wanted: CommandProbe = check.probe  # type: ignore[assignment]
    return await run_program(wanted.argv, contains=wanted.contains, folder=around.folder, clock=around.clock)


async def run_program(argv: Sequence[str], *, contains: str | None, folder: Path, clock: Clock) -> Seen:
    """Runs a program in `folder`; it passes with status 0, and where it writes `contains`. Raises Failed.

    Whoever has no patience any more cancels it: it is ended with all that it has started.
    """
    expected = "status 0" + (f" and “{contains}”" if contains else "")
    began = clock.monotonic()
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=folder,
            env={name: os.environ[name] for name in _HANDED_ON if name in os.environ},
            start_new_session=True,
        )
    except OSError as error:
        raise Failed(f"{argv[0]} cannot be started: {error.strerror}") from None
    try:
        output = await _read(process)
        status = await process.wait()
    except BaseException:
        await _end(process)
        raise
    latency = (clock.monotonic() - began) * 1000
    if status != 0:
        return Seen(False, expected, f"status {status}: {_last_line(output)}", latency, output=output)
    if contains is not None and contains not in output:
        return Seen(False, expected, f"it wrote: {_last_line(output)}", latency, output=output)
    return Seen(True, expected, "status 0", latency, output=output)


async def _read(process: asyncio.subprocess.Process) -> str:
    kept = b""
    assert process.stdout is not None, "it was started with a pipe"
    while chunk := await process.stdout.read(8192):
        kept = (kept + chunk)[-LARGEST_OUTPUT:]
    return kept.decode("utf-8", "replace").replace("\x00", "").strip()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ends it with all that it has started, also where the program itself is over and what it started writes on."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    # Who took a process group of its own may hold on to the output: it is not waited for.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(GONE_WITHIN):
            await process.wait()


def _last_line(output: str) -> str:
    return output.rpartition("\n")[2][:200] or "nothing"
