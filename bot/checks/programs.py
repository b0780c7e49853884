"""Programs of this machine, without a shell: for checks, routine tasks and the commands of runbooks."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# Of what it writes the end is kept: there it says what went wrong.
LARGEST_OUTPUT = 4000
GONE_WITHIN = 1.0
# What a program finds in its environment. Tocsin's own secrets are not among it.
_HANDED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")
# A shorter value is no secret, and hiding it would make the rest unreadable.
_SHORTEST_SECRET = 6
_HIDDEN = "(hidden)"


async def run_program(
    argv: Sequence[str],
    *,
    folder: Path,
    variables: Mapping[str, str] | None = None,
    told: Callable[[str], None] | None = None,
) -> tuple[int, str]:
    """Runs it to its end; returns its status and the end of what it wrote. Raises OSError when it cannot be started.

    It gets `variables` beside the usual ones, and their values are hidden in what it writes. `told` hears the output so
    far, in whole lines. Whoever cancels this ends it with all that it has started.
    """
    variables = variables or {}
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=folder,
        env={name: os.environ[name] for name in _HANDED_ON if name in os.environ} | dict(variables),
        start_new_session=True,
    )
    try:
        output = await _read(process, list(variables.values()), told)
        return await process.wait(), output
    except BaseException:
        await _end(process)
        raise


async def _read(
    process: asyncio.subprocess.Process, secrets: Sequence[str], told: Callable[[str], None] | None
) -> str:
    hidden = [secret.encode() for secret in secrets if len(secret) >= _SHORTEST_SECRET]
    kept = b""
    assert process.stdout is not None, "it was started with a pipe"
    while chunk := await process.stdout.read(8192):
        kept += chunk
        for secret in hidden:
            kept = kept.replace(secret, _HIDDEN.encode())
        # A secret that has come in part only is not cut in two here.
        kept = kept[-LARGEST_OUTPUT - max((len(secret) for secret in hidden), default=0) :]
        if told is not None:
            told(_text(kept[: kept.rfind(b"\n") + 1]))
    return _text(kept)


def _text(kept: bytes) -> str:
    return kept[-LARGEST_OUTPUT:].decode("utf-8", "replace").replace("\x00", "").strip()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ends it with all that it has started, also where the program itself is over and what it started writes on."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    # Who took a process group of its own may hold on to the output: it is not waited for.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(GONE_WITHIN):
            await process.wait()
