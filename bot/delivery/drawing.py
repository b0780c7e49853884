"""Pictures, each drawn by a program of its own: what draws takes 60 MB, which the bot need not keep."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import structlog

log = structlog.get_logger(__name__)

# Within the lease of its row; it takes two seconds on a machine that has time.
DRAWN_WITHIN = 15.0


async def drawn(program: Sequence[str], asked: Any) -> bytes | None:
    """What the program makes of this, as JSON; None when it cannot be drawn, or not in time."""
    process: asyncio.subprocess.Process | None = None
    try:
        async with asyncio.timeout(DRAWN_WITHIN):
            process = await asyncio.create_subprocess_exec(
                *program,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
            made, _ = await process.communicate(json.dumps(asked).encode())
    except OSError as error:  # a TimeoutError is one
        log.warning("A picture could not be drawn", error=type(error).__name__)
        return None
    finally:
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        log.warning("A picture could not be drawn", status=process.returncode)
        return None
    return made
